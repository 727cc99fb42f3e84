//! One share as this machine fetches or gives it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use files::store::{Prepared, Source, Whole};
use room::{Has, RoomKey, ShareKey};
use view::{ShareKind, TransferFault, TransferFile, TransferState};

use super::orders::{Place, Wanted};
use super::swarm::SwarmId;

/// One transfer, as long as the node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TransferId(pub(super) u64);

/// How long speed is remembered when it is told.
const SPEED_MEMORY: u64 = 8;
/// Over how many measurements it is told how long it will take: some ten seconds.
const CALM_MEMORY: u64 = 40;
/// How long nothing may move before the speed is none: a pause of the disk's is no end.
const STILL_AFTER: Duration = Duration::from_secs(2);

/// One share as this machine fetches or gives it.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) place: Place,
    pub(super) key: ShareKey,
    pub(super) name: String,
    pub(super) kind: ShareKind,
    pub(super) own: bool,
    pub(super) state: TransferState,
    pub(super) fault: Option<TransferFault>,
    /// Whether its session says that nothing comes.
    pub(super) stalled: bool,
    /// How much of it others were told that we have.
    pub(super) holds: Has,
    pub(super) files: Vec<TransferFile>,
    /// Where it moves: towards natives, and towards browsers.
    pub(super) swarms: Vec<SwarmId>,
    /// All bytes as a person counts them.
    pub(super) total: Option<u64>,
    /// Something that blocks and is under way.
    pub(super) work: Option<Arc<Work>>,
    /// What was asked for; none of our own.
    pub(super) wanted: Option<Wanted>,
    /// Whether it was begun another time, and nobody wanted it since.
    pub(super) remembered: bool,
    /// What was picked, of our own.
    pub(super) sources: Vec<Source>,
    /// What is ready to be given, and not offered yet.
    pub(super) ready: Option<Box<Prepared>>,
    /// What is finished.
    pub(super) whole: Option<Whole>,
    /// How many bytes of memory it may take.
    pub(super) memory: u64,
    pub(super) progress: Progress,
    /// How far it was when that was last told, and when.
    pub(super) told: Progress,
    pub(super) told_at: Duration,
}

/// How far it is, as it was last looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) have: u64,
    pub(super) peers: u32,
    pub(super) per_second: u64,
    /// The same over a longer time, by which it is told how long it will take.
    calm_speed: u64,
    /// How many measurements that is of.
    measured: u64,
    /// Whether nobody is there who has it.
    pub(super) lonely: bool,
    moved: u64,
    /// When something moved last.
    moved_at: Duration,
    looked_at: Duration,
}

impl Progress {
    /// Whether a person would see no difference.
    pub(super) fn is_told_as(&self, other: &Self) -> bool {
        let seen = |it: &Self| (it.have, it.peers, it.per_second, it.lonely);
        seen(self) == seen(other)
    }

    /// Looks again: so much was moved since the beginning.
    pub(super) fn look(&mut self, now: Duration, moved: u64) {
        let time = now.saturating_sub(self.looked_at).as_millis();
        let time = u64::try_from(time).unwrap_or(u64::MAX).max(1);
        let measured = moved.saturating_sub(self.moved).saturating_mul(1000) / time;
        let before = self.per_second;
        if measured > 0 {
            self.moved_at = now;
        }
        self.measured = (self.measured + 1).min(CALM_MEMORY);
        self.calm_speed = measured
            .saturating_add(self.calm_speed.saturating_mul(self.measured - 1))
            / self.measured;
        // It is told soon after the beginning, calmly later, and not for long after the end.
        self.per_second = if before == 0 {
            measured
        } else if now.saturating_sub(self.moved_at) >= STILL_AFTER {
            0
        } else {
            (measured + (SPEED_MEMORY - 1) * before) / SPEED_MEMORY
        };
        self.moved = moved;
        self.looked_at = now;
    }

    /// Nothing moves any more.
    pub(super) fn stand_still(&mut self) {
        self.per_second = 0;
        (self.calm_speed, self.measured) = (0, 0);
        self.peers = 0;
    }

    /// What moves from here on is counted from zero again.
    pub(super) fn begin_anew(&mut self, now: Duration) {
        *self = Self {
            looked_at: now,
            ..Self::default()
        };
    }
}

/// Something that blocks: how far it is, and that it is not wanted any more.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) done: AtomicU64,
    /// How much there is to do, once it is known.
    pub(super) all: AtomicU64,
    pub(super) called_off: AtomicBool,
}

impl Work {
    /// So many bytes more are done; whether it shall go on.
    pub(super) fn goes_on(&self, bytes: u64) -> bool {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        !self.called_off.load(Ordering::Relaxed)
    }

    pub(super) fn call_off(&self) {
        self.called_off.store(true, Ordering::Relaxed);
    }
}

impl Transfer {
    /// One that begins.
    pub(super) fn new(place: Place, key: ShareKey, name: String, kind: ShareKind) -> Self {
        Self {
            place,
            key,
            name,
            kind,
            own: false,
            state: TransferState::Waiting,
            fault: None,
            stalled: false,
            holds: Has::None,
            files: Vec::new(),
            swarms: Vec::new(),
            total: None,
            work: None,
            wanted: None,
            remembered: false,
            sources: Vec::new(),
            ready: None,
            whole: None,
            memory: 0,
            progress: Progress::default(),
            told: Progress::default(),
            told_at: Duration::ZERO,
        }
    }

    pub(super) fn is_of(&self, room: &RoomKey, key: &ShareKey) -> bool {
        self.place.room == *room && self.key == *key
    }

    /// Whether it still wants bytes of others.
    pub(super) fn wants(&self) -> bool {
        !self.own && matches!(self.state, TransferState::Waiting | TransferState::Fetching)
    }

    /// Whether it goes on by itself, so that it must be looked at.
    pub(super) fn is_moving(&self) -> bool {
        matches!(
            self.state,
            TransferState::Preparing
                | TransferState::Waiting
                | TransferState::Fetching
                | TransferState::Saving
                | TransferState::Giving
        ) || !self.swarms.is_empty()
    }

    /// Whether something of it moves, or will in a moment.
    pub(super) fn is_busy(&self) -> bool {
        self.work.is_some() || self.wants() || self.progress.peers > 0
    }

    pub(super) fn call_off_work(&mut self) {
        if let Some(work) = self.work.take() {
            work.call_off();
        }
    }

    /// All of it is here now.
    pub(super) fn finish(&mut self, whole: Whole) {
        self.state = TransferState::Done;
        self.fault = None;
        self.memory = match &whole {
            Whole::Memory(files) => files.iter().map(|file| file.bytes.len() as u64).sum(),
            Whole::Disk(_) => 0,
        };
        if let (Whole::Disk(finished), Some(folder)) = (&whole, self.folder().cloned()) {
            for done in finished {
                let place = done.path.strip_prefix(&folder).unwrap_or(&done.path);
                if let Some(file) = self.files.get_mut(done.file) {
                    file.path_shown = Some(place.to_string_lossy().into_owned());
                }
            }
        }
        self.progress.have = self.total.unwrap_or(self.progress.have);
        self.whole = Some(whole);
    }

    /// The folder it is kept in.
    pub(super) fn folder(&self) -> Option<&PathBuf> {
        self.wanted.as_ref()?.into.as_ref()
    }

    /// Whether another folder may do where this one did not.
    pub(super) fn failed_for_its_folder(&self) -> bool {
        let fault = self.fault.as_ref();
        let is_its = |it| {
            matches!(
                it,
                &TransferFault::CannotWrite | &TransferFault::NoRoom { .. }
            )
        };
        self.state == TransferState::Failed && fault.is_some_and(is_its)
    }

    /// As the page is told.
    pub(super) fn shown(&self) -> view::Transfer {
        let moves = !matches!(
            self.state,
            TransferState::Paused | TransferState::Failed | TransferState::Withdrawn
        );
        let speed = if moves { self.progress.per_second } else { 0 };
        let missing = self
            .total
            .map(|total| total.saturating_sub(self.progress.have));
        let is_coming = matches!(
            self.state,
            TransferState::Fetching | TransferState::Preparing
        );
        let left_ms = missing
            .filter(|_| is_coming && speed > 0)
            .map(|missing| missing.saturating_mul(1000) / self.progress.calm_speed.max(1));
        view::Transfer {
            room: self.place.room.to_string(),
            key: self.key.to_string(),
            name: self.name.clone(),
            kind: self.kind,
            own: self.own,
            state: self.state,
            have: self.progress.have,
            total: self.total,
            speed,
            left_ms,
            peers: self.progress.peers,
            stalled: (self.stalled || self.progress.lonely) && self.wants(),
            files: self.files.clone(),
            folder: self.folder().map(|it| it.to_string_lossy().into_owned()),
            reason: self.fault.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_told_calmly_and_is_none_soon_after_the_end() {
        let mut progress = Progress::default();
        let at = |quarters: u64| Duration::from_millis(250 * quarters);
        progress.look(at(1), 250_000);
        assert_eq!(progress.per_second, 1_000_000);

        progress.look(at(2), 250_000);
        assert!((500_000..1_000_000).contains(&progress.per_second));
        for quarters in 3..9 {
            progress.look(at(quarters), 250_000);
            assert!(progress.per_second > 0, "{quarters}");
        }
        progress.look(at(9), 250_000);
        assert_eq!(progress.per_second, 0);

        progress.look(at(10), 500_000);
        assert_eq!(progress.per_second, 1_000_000, "it goes on at once");
    }

    #[test]
    fn how_long_it_takes_is_told_by_the_speed_of_the_last_seconds() {
        let mut progress = Progress::default();
        let mut moved = 0;
        let mut told = Vec::new();
        // It comes in bursts: nothing for a second, then four times as much.
        for quarter in 1..=120_u64 {
            moved += if quarter % 8 < 4 { 0 } else { 500_000 };
            progress.look(Duration::from_millis(250 * quarter), moved);
            told.push(progress.calm_speed);
        }
        let calm = 800_000..1_200_000;
        assert!(told[40..].iter().all(|it| calm.contains(it)), "{told:?}");
        progress.stand_still();
        progress.look(Duration::from_secs(31), moved + 750_000);
        assert!(
            progress.calm_speed >= 700_000,
            "what was is no measure of what is"
        );
    }
}
