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
//! | `request` | what is asked: a room to join, a link to read, settings |
//! | `refusal` | why nothing was done |
//! | `trouble` | why there is nothing to talk with |
//! | `project` | from `room`'s types to these |

mod event;
mod project;
mod refusal;
mod request;
mod trouble;

#[cfg(test)]
mod twin;

pub use event::{
    Delivery, Direct, DirectTalk, Entry, Event, Fold, Judged, Line, Links, Me, Notice, NoticeKind,
    Offence, Path, Peer, Problem, ProblemKind, Reaction, Reply, Room, Rules, SecretLinks, Snapshot,
    Standing, Tracker, TrackerFailure, TrackerState, Unread, Verification,
};
pub use project::{project, snapshot};
pub use refusal::{LinkFault, Refusal};
pub use request::{Access, JoinRequest, ParsedLink, Settings};
pub use trouble::{Trouble, TroubleKind};
