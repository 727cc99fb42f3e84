//! How much of anything a stranger may make us take, and why.
//!
//! Limits that are part of a format (a record of 65,536 bytes, a key of 16) stand beside the format.

use std::time::Duration;

/// The longest name of a file or folder, in bytes: no common file system takes more.
pub const MAX_NAME_BYTES: usize = 255;
/// The longest path inside an offer, in bytes. Deeper trees fail on some systems.
pub const MAX_PATH_BYTES: usize = 1024;
/// How many folders deep a file may lie in an offer.
pub const MAX_DEPTH: usize = 16;
/// How many names like `film (2).mkv` are tried before we give up.
pub const MAX_NAME_TRIES: u32 = 10_000;

/// The most files of one torrent. Browsers send what a person picked by hand.
pub const MAX_FILES: usize = 1_000;
/// The most bytes of one torrent, all files together: larger than any browser can seal.
pub const MAX_TOTAL_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// The smallest piece: one block. Browsers never make smaller ones.
pub const MIN_PIECE_BYTES: u32 = 16 * 1024;
/// The largest piece. A piece is held in memory until its hash is known, so this is a limit of
/// memory; the rule browsers cut by passes it at 23 GiB.
pub const MAX_PIECE_BYTES: u32 = 16 * 1024 * 1024;
/// How many times longer than our rule cuts them the pieces of what is given directly may be: who sends
/// longer ones only wants our memory.
pub const MAX_PIECE_STRETCH: u32 = 4;
/// The most pieces of one torrent. The rule browsers cut by makes fewer than 1,500; ours of the
/// largest total makes 4,096.
pub const MAX_PIECES: u32 = 32_768;
/// The longest description of a torrent: all hashes, and a thousand long names.
pub const MAX_METADATA_BYTES: usize = 1024 * 1024;

/// The most files given directly at once: a folder of photographs.
pub const MAX_DIRECT_FILES: usize = 4_000;
/// The most bytes given directly at once; its description still fits.
pub const MAX_DIRECT_BYTES: u64 = 256 * 1024 * 1024 * 1024;
/// The smallest piece of what is given directly: whole subtrees, and few of them.
pub const MIN_DIRECT_PIECE_BYTES: u32 = 256 * 1024;
/// How much is asked for at once directly: fewer questions than browsers ask, and with its header it
/// still fits one data-channel message of the common size, 64 KiB.
pub const DIRECT_BLOCK_BYTES: u32 = 32 * 1024;

/// The longest magnet link.
pub const MAX_MAGNET_BYTES: usize = 16 * 1024;
/// The most trackers taken from a magnet link.
pub const MAX_TRACKERS: usize = 16;
/// The longest address of a tracker.
pub const MAX_TRACKER_BYTES: usize = 512;

/// How deep lists and dictionaries may nest; descriptions of torrents need four.
pub const MAX_BENCODE_DEPTH: usize = 8;
/// How many values one bencoded text may hold: a description of the most files, all of them lying as
/// deep as files may, needs 21 for each.
pub const MAX_BENCODE_VALUES: usize = 100_000;

/// The most bytes asked for at once. Browsers hang up on more, and so do we.
pub const MAX_BLOCK_BYTES: u32 = 128 * 1024;
/// The longest message on the peer wire: a block of the greatest length with its header.
pub const MAX_FRAME_BYTES: usize = MAX_BLOCK_BYTES as usize + 9;
/// The longest message that describes which extensions a peer has.
pub const MAX_EXTENSION_BYTES: usize = 8 * 1024;
/// The longest tracker message we read: room for five offers of some size.
pub const MAX_TRACKER_MESSAGE_BYTES: usize = 128 * 1024;
/// The longest session description in a tracker message.
pub const MAX_SDP_BYTES: usize = 32 * 1024;
/// The longest words of a tracker that we keep, in characters.
pub const MAX_REASON_CHARS: usize = 200;
/// The longest announce period a tracker can ask for; longer is as good as never.
pub const MAX_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest announce period we follow: a tracker shall not make us hammer it.
pub const MIN_INTERVAL: Duration = Duration::from_secs(10);
/// How long an announcement waits for its offers to be whole, as browsers have it.
pub const OFFER_PATIENCE: Duration = Duration::from_secs(5);
/// Answers for one torrent that nobody has taken up yet, those being made among them: each is a
/// connection opened for a stranger, who need not be in the room.
pub const MAX_ANSWERS_WAITING: usize = 8;
/// How many of them one tracker may bring: it makes up who offers, and others shall still be met.
pub const MAX_ANSWERS_OF_TRACKER: usize = 5;
/// How many of them one peer may bring.
pub const MAX_ANSWERS_OF_PEER: usize = 2;

/// Connections of one torrent.
pub const MAX_CONNECTIONS: usize = 64;
/// Connections of one torrent to one peer id: a second, because the first may be dying unnoticed.
pub const MAX_CONNECTIONS_PER_PEER: usize = 2;
/// How many peers we give to at the same time.
pub const MAX_UNCHOKED: usize = 32;
/// Peers remembered for having sent wrong data; the oldest gives way.
pub const MAX_BANNED: usize = 256;
/// Requests of one peer that wait for an answer. A browser asks for what it got in the last second.
pub const MAX_REQUESTS_WAITING: usize = 8_192;
/// Blocks asked of one peer and not yet here: 8 MiB, enough for 80 MB/s at 100 ms.
pub const MAX_REQUESTS_ASKED: usize = 512;
/// Bytes of pieces that are being put together or written to disk. Two of the largest pieces.
pub const MAX_PIECES_HELD: usize = 2 * MAX_PIECE_BYTES as usize;
/// The same of all downloads together, though each may always hold one piece.
pub const MAX_PIECES_HELD_TOGETHER: usize = 2 * MAX_PIECES_HELD;
/// Bytes read from disk for all peers and not yet taken by their connections.
pub const MAX_UPLOAD_HELD: usize = 16 * 1024 * 1024;
/// Bytes read from disk for one peer and not yet taken by its connection.
pub const MAX_UPLOAD_HELD_PER_PEER: usize = 1024 * 1024;
/// Bytes read from disk for one peer that it may always have waiting, however many others let theirs
/// wait: nobody can keep all the room from everybody else.
pub const UPLOAD_RESERVED_PER_PEER: usize = 128 * 1024;
/// Bytes waiting for one connection at which it counts as dead: it asks and never takes.
pub const MAX_UNSENT: usize = 4 * 1024 * 1024;
/// Bytes of blocks nobody asked for that a peer may send. Some come late, after we turned elsewhere.
pub const MAX_JUNK_BYTES: usize = 8 * 1024 * 1024;
/// Messages other than data that one peer may send in a second, lasting: a browser that fetches at
/// 100 MB/s asks 6,100 times. Rare messages count for many.
pub const MAX_MESSAGES_PER_SECOND: u32 = 20_000;
/// Times a description may be read by one peer before we stop answering.
pub const MAX_METADATA_READS: usize = 4;
/// Pieces that came wrong from several peers at once and whose blocks are remembered, to tell who lied.
pub const MAX_SUSPECTS: usize = 8;

/// How long a peer may take for its first 68 bytes, as browsers have it.
pub const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(25);
/// How long a peer that owes blocks may send none, as browsers have it.
pub const BLOCK_PATIENCE: Duration = Duration::from_secs(30);
/// How long a peer may take nothing of what waits for it.
pub const TAKE_PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing may have gone either way before a connection makes room for a new one, when there
/// are as many as there may be.
pub const IDLE_AFTER: Duration = Duration::from_secs(60);
/// How long a peer may take for one part of a description.
pub const METADATA_PATIENCE: Duration = Duration::from_secs(15);
/// How long a peer that did not give the description is not asked for it again.
pub const METADATA_PAUSE: Duration = Duration::from_secs(60);
/// How often we say something when there is nothing to say, as browsers have it.
pub const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// How long a peer may be silent: it should say something every minute.
pub const SILENCE_PATIENCE: Duration = Duration::from_secs(180);
/// How old a request must be before somebody idle is asked for the same.
pub const STEAL_AFTER: Duration = Duration::from_secs(5);
/// The same where a peer never sent anything, though it says that it has it.
pub const STEAL_FROM_SILENT_AFTER: Duration = Duration::from_secs(2);
/// How long nothing new may come before a person is told that the file seems not to be available.
pub const STALL_AFTER: Duration = Duration::from_secs(30);
/// How long a peer that refused a block is not asked again.
pub const REJECT_PAUSE: Duration = Duration::from_secs(2);

/// The most bytes of one download that is kept in memory, to be shown and not saved.
pub const MAX_MEMORY_BYTES: u64 = 32 * 1024 * 1024;
/// Files of one share or download that are kept open.
pub const MAX_OPEN_FILES: usize = 16;
/// Disk jobs under way at once: more only make a disk seek.
pub const MAX_DISK_JOBS: usize = 4;
/// How long unfinished files are kept when nobody asks for them any more.
pub const PARTIAL_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Bytes of free disk that are left alone: a full disk breaks more than a download.
pub const MIN_FREE_BYTES: u64 = 256 * 1024 * 1024;
