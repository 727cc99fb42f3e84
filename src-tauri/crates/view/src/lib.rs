//! What the window and the terminal peer's JSON show: the rooms' events as plain data.
//!
//! Names become text, Markdown becomes [`render::SafeHtml`], refusals and problems become kinds
//! that the page has its own words for. Nothing is decided here.
//!
//! The types are also the contract with the page. Their TypeScript twin, `ui/types/ipc.d.ts`, is
//! written by this crate's tests and committed; the page is checked against it.
//!
//! | module | what it holds |
//! |---|---|
//! | `event` | what is told: the snapshot, then events |
//! | `request` | what is asked: a room to join, a link to read |
//! | `settings` | what a person may change |
//! | `answer` | what a question is answered with |
//! | `doctor` | why someone is or is not reachable |
//! | `refusal` | why nothing was done |
//! | `transfer` | what is being fetched and given |
//! | `trouble` | why there is nothing to talk with |
//! | `project` | from `room`'s types to these |

mod answer;
mod doctor;
mod event;
mod project;
mod refusal;
mod request;
mod settings;
mod transfer;
mod trouble;

#[cfg(test)]
mod twin;

pub use answer::{
    Emoji, Imported, PinPlace, Pinned, Pins, QrCode, RemoteImage, Servers, Suggestion, emojis,
};
pub use doctor::{
    Advice, Candidate, CandidateKind, Diagnosis, Family, IceFailure, IceTest, LanHealth,
    LastFailure, Nat, PeerHealth, TrackerHealth, TrackerTest, Tried,
};
pub use event::{
    Delivery, Direct, DirectTalk, Entry, Event, Fold, Judged, Likeness, Line, Links, Me, Notice,
    NoticeKind, Offence, Path, Peer, Problem, ProblemKind, Proof, Reaction, Reply, Room, Rules,
    SecretLinks, Share, ShareKind, Snapshot, Standing, Tracker, TrackerFailure, TrackerState,
    Unread, Verification,
};
pub use project::{project, snapshot};
pub use refusal::{FetchFault, LinkFault, ProfileFault, Refusal};
pub use render::with_emoji;
pub use request::{Access, JoinRequest, ParsedLink, SuggestedKind};
pub use settings::{
    DEFAULT_ORIGIN, Density, FieldFault, IceServer, Language, Notifications, Settings,
    SettingsFault, SettingsField, Sound, TextSize, Theme, Tone,
};
pub use transfer::{Chosen, FilesEvent, Transfer, TransferFault, TransferFile, TransferState};
pub use trouble::{Trouble, TroubleKind};
