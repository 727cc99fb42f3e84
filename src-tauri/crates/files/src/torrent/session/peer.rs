//! One peer of a session.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::limits::{MAX_MESSAGES_PER_SECOND, MAX_PIECES, MAX_REQUESTS_ASKED};
use crate::torrent::bits::Bits;
use crate::torrent::metadata::Extensions;
use crate::torrent::wire::{Block, Decoder, Greeting};

/// Requests under way before anything is known of a peer's speed.
const FIRST_REQUESTS: usize = 16;
/// For how long a peer shall have work at its speed.
const WORK: Duration = Duration::from_secs(2);
/// Over what time speed is measured.
const MEASURE: Duration = Duration::from_millis(250);

/// What is known of one peer.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) decoder: Decoder,
    /// What it said first; `None` until then.
    pub(super) greeting: Option<Greeting>,
    pub(super) since: Duration,
    pub(super) extensions: Extensions,
    /// What it has. While the description is not known, of as many pieces as can be.
    pub(super) has: Bits,
    /// Whether it said that it has everything before it was known how much that is.
    pub(super) has_all: bool,
    /// Whether it gives us nothing.
    pub(super) chokes: bool,
    /// Whether we give it nothing.
    pub(super) is_choked: bool,
    /// Since when it may ask.
    pub(super) unchoked_at: Duration,
    /// Whether it wants something of us.
    pub(super) is_interested: bool,
    /// Whether we told it that we want something.
    pub(super) interests: bool,
    /// Whether we told it what we have.
    pub(super) is_told: bool,
    /// What we asked of it.
    pub(super) asked: BTreeSet<Block>,
    /// What it asked of us and we have not begun to read.
    pub(super) wants: VecDeque<Block>,
    /// Bytes being read for it.
    pub(super) reading: usize,
    /// Bytes waiting in its channel.
    pub(super) unsent: usize,
    /// When its channel last took something, or first had something to take.
    pub(super) taken_at: Duration,
    /// When data last went either way.
    pub(super) useful_at: Duration,
    pub(super) heard_at: Duration,
    pub(super) said_at: Duration,
    /// When it last sent a block, or was first asked for one.
    pub(super) block_at: Duration,
    /// Until when it is not asked for anything, having refused.
    pub(super) rests_until: Duration,
    /// Bytes it sent that nobody wanted.
    pub(super) junk: usize,
    /// Bytes that were asked of it, and then not wanted any more: they may still come.
    pub(super) cancelled: usize,
    /// Parts of the description that it read.
    pub(super) described: usize,
    /// Until when it is not asked for the description, having not given it.
    pub(super) silent_until: Duration,
    speed: Speed,
    allowance: Allowance,
}

impl Peer {
    pub(super) fn new(now: Duration, pieces: Option<u32>) -> Self {
        Self {
            decoder: Decoder::default(),
            greeting: None,
            since: now,
            extensions: Extensions::default(),
            has: Bits::none(pieces.unwrap_or(MAX_PIECES)),
            has_all: false,
            chokes: true,
            is_choked: true,
            unchoked_at: now,
            is_interested: false,
            interests: false,
            is_told: false,
            asked: BTreeSet::new(),
            wants: VecDeque::new(),
            reading: 0,
            unsent: 0,
            taken_at: now,
            useful_at: now,
            heard_at: now,
            said_at: now,
            block_at: now,
            rests_until: Duration::ZERO,
            junk: 0,
            cancelled: 0,
            described: 0,
            silent_until: Duration::ZERO,
            speed: Speed {
                since: now,
                bytes: 0,
                per_second: None,
            },
            allowance: Allowance {
                at: now,
                messages: 2 * u64::from(MAX_MESSAGES_PER_SECOND),
            },
        }
    }

    pub(super) fn is_fast(&self) -> bool {
        self.greeting.is_some_and(|greeting| greeting.fast)
    }

    pub(super) fn is_extended(&self) -> bool {
        self.greeting.is_some_and(|greeting| greeting.extended)
    }

    /// How many requests it shall have under way.
    pub(super) fn pipeline(&self, block_len: u32) -> usize {
        match self.speed.per_second {
            None => FIRST_REQUESTS,
            Some(bytes) => {
                let blocks = bytes as usize * WORK.as_secs() as usize / block_len.max(1) as usize;
                (4 + blocks).min(MAX_REQUESTS_ASKED)
            }
        }
    }

    /// It has something to do again: neither its patience nor its speed counts from before.
    pub(super) fn begin_work(&mut self, now: Duration) {
        self.block_at = now;
        self.speed.since = now;
        self.speed.bytes = 0;
    }

    /// A block came from it.
    pub(super) fn note_block(&mut self, now: Duration, bytes: usize) {
        self.block_at = now;
        self.useful_at = now;
        self.speed.note(now, bytes);
    }

    /// How much of what came unasked was asked for once; what is left nobody ever wanted.
    pub(super) fn note_unwanted(&mut self, bytes: usize) {
        let forgiven = bytes.min(self.cancelled);
        self.cancelled -= forgiven;
        self.junk += bytes - forgiven;
    }

    /// Whether it may say one thing more, which costs us this much.
    pub(super) fn may_speak(&mut self, now: Duration, cost: u64) -> bool {
        self.allowance.take(now, cost)
    }
}

/// How fast a peer sends.
#[derive(Debug)]
struct Speed {
    since: Duration,
    bytes: u64,
    per_second: Option<u64>,
}

impl Speed {
    fn note(&mut self, now: Duration, bytes: usize) {
        self.bytes += bytes as u64;
        let time = now.saturating_sub(self.since);
        if time < MEASURE {
            return;
        }
        let measured = self.bytes * 1000 / (time.as_millis() as u64).max(1);
        // Rises at once and sinks slowly, so that a short pause does not starve a fast peer.
        let before = self.per_second.unwrap_or(0);
        self.per_second = Some(measured.max((measured + 3 * before) / 4));
        self.since = now;
        self.bytes = 0;
    }
}

/// How much a peer may still say.
#[derive(Debug)]
struct Allowance {
    at: Duration,
    messages: u64,
}

impl Allowance {
    fn take(&mut self, now: Duration, cost: u64) -> bool {
        let rate = u64::from(MAX_MESSAGES_PER_SECOND);
        let earned = now.saturating_sub(self.at).as_millis() as u64 * rate / 1000;
        if earned > 0 {
            self.messages = (self.messages + earned).min(2 * rate);
            self.at = now;
        }
        match self.messages.checked_sub(cost) {
            Some(left) => {
                self.messages = left;
                true
            }
            None => false,
        }
    }
}
