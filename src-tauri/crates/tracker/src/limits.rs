//! What one tracker allows, each with its reason.

use std::time::Duration;

/// Everything that bounds a tracker. [`Limits::default`] suits a group of friends to a small
/// community; a larger one should run an engine made for it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How often clients are told to announce.
    pub interval: Duration,
    /// The longest message a client may send, in bytes.
    pub message_bytes: usize,
    /// How many connections are served at once.
    pub connections: usize,
    /// How many of them may come from one address (for IPv6: from one /64).
    pub connections_per_address: usize,
    /// How many entries (a peer in a swarm) one connection may hold.
    pub entries_per_connection: usize,
    /// How many peers one swarm may hold.
    pub peers_per_swarm: usize,
    /// How many offers one announce may carry.
    pub offers_per_announce: usize,
    /// The longest offer or answer, in bytes of JSON.
    pub description_bytes: usize,
    /// How many swarms one scrape may ask about.
    pub hashes_per_scrape: usize,
    /// How many messages a second one connection may send in the long run.
    pub messages_per_second: u32,
    /// How many messages one connection may send at once.
    pub message_burst: u32,
    /// How many messages nobody can read are answered before the connection is closed.
    pub bad_messages: u32,
    /// How many messages may wait for one connection.
    pub queued_messages: usize,
    /// How many bytes may wait for one connection.
    pub queued_bytes: usize,
    /// How long a connection may take to become a WebSocket.
    pub handshake: Duration,
    /// How long one message may take to be written.
    pub write: Duration,
    /// How often a connection is pinged.
    pub ping_every: Duration,
    /// How long a connection may be wholly silent, answering no ping.
    pub silence: Duration,
    /// How long a connection may stay without a single message.
    pub idle: Duration,
    /// How long an entry lives without a new announce.
    pub entry_lifetime: Duration,
}

/// Trystero waits at least ten seconds between announces whatever a tracker says, and up to
/// 0.25.3 it runs two timers side by side when told ten or less; twelve is the shortest wait that
/// costs a browser nothing. WebTorrent makes five fresh connections per announce and keeps each
/// for 50 s, so much less would hurt file swarms.
const INTERVAL: Duration = Duration::from_secs(12);

/// Ten offers with many candidates stay below 100 KiB.
const MESSAGE_BYTES: usize = 256 * 1024;

/// Each costs a few tens of kilobytes, so the whole stays small enough for a laptop.
const CONNECTIONS: usize = 1_024;

/// A household or an office behind one address, and a test machine running 64 peers, with room.
const CONNECTIONS_PER_ADDRESS: usize = 256;

/// A room or a file each; few people are in more than a dozen.
const ENTRIES_PER_CONNECTION: usize = 128;

/// Connections bound this too; one swarm holding everybody is normal for a small group.
const PEERS_PER_SWARM: usize = 2_048;

/// Old Trystero sends ten, WebTorrent five, new Trystero three.
const OFFERS_PER_ANNOUNCE: usize = 32;

/// An encrypted description with audio, video and every candidate takes under 20 KiB.
const DESCRIPTION_BYTES: usize = 64 * 1024;

/// The reference client scrapes all its torrents in one message.
const HASHES_PER_SCRAPE: usize = 128;

/// A peer in ten rooms that welcomes a dozen newcomers in a second stays below this.
const MESSAGES_PER_SECOND: u32 = 50;

/// Joining a room of 64 answers 63 offers at once; several rooms open together at a start.
const MESSAGE_BURST: u32 = 500;

/// Enough to tell a client of another dialect what is wrong, too few to keep us busy.
const BAD_MESSAGES: u32 = 32;

/// A busy room's offers during a short stall of the network.
const QUEUED_MESSAGES: usize = 512;

/// The same in bytes: the larger of the two worries for memory.
const QUEUED_BYTES: usize = 1024 * 1024;

/// One round trip over a very slow network, several times over.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A reader slower than this is as good as gone.
const WRITE: Duration = Duration::from_secs(10);

/// Short enough to keep home routers' tables warm.
const PING_EVERY: Duration = Duration::from_secs(20);

/// Two pings unanswered, and a little.
const SILENCE: Duration = Duration::from_secs(50);

/// Someone who left all rooms keeps the socket for the next; half an hour later it may go.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// Trystero leaves a room without saying so. Its longest wait between announces is 120 s, and a
/// browser holds timers of hidden pages back by up to 60 s.
const ENTRY_LIFETIME: Duration = Duration::from_secs(185);

impl Default for Limits {
    fn default() -> Self {
        Self {
            interval: INTERVAL,
            message_bytes: MESSAGE_BYTES,
            connections: CONNECTIONS,
            connections_per_address: CONNECTIONS_PER_ADDRESS,
            entries_per_connection: ENTRIES_PER_CONNECTION,
            peers_per_swarm: PEERS_PER_SWARM,
            offers_per_announce: OFFERS_PER_ANNOUNCE,
            description_bytes: DESCRIPTION_BYTES,
            hashes_per_scrape: HASHES_PER_SCRAPE,
            messages_per_second: MESSAGES_PER_SECOND,
            message_burst: MESSAGE_BURST,
            bad_messages: BAD_MESSAGES,
            queued_messages: QUEUED_MESSAGES,
            queued_bytes: QUEUED_BYTES,
            handshake: HANDSHAKE,
            write: WRITE,
            ping_every: PING_EVERY,
            silence: SILENCE,
            idle: IDLE,
            entry_lifetime: ENTRY_LIFETIME,
        }
    }
}
