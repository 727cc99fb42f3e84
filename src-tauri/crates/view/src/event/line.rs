//! What was said, and what happened meanwhile.

use render::SafeHtml;
use serde::{Serialize, Serializer};

use super::{Likeness, Share};

/// What the person has not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// Lines.
    pub lines: u32,
    /// Those of them that name the person, or are for them alone.
    pub mentions: u32,
}

/// One message in a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Chosen by its author.
    pub id: String,
    /// Who sent it to us, or passed it on.
    pub peer_id: String,
    /// The author's name when the line came.
    pub author: String,
    /// The author's profile; null while unknown.
    pub author_id: Option<String>,
    /// Markdown, as its author typed it.
    pub text: String,
    /// The same, to be shown.
    #[serde(serialize_with = "html")]
    #[cfg_attr(test, ts(type = "SafeHtml"))]
    pub html: SafeHtml,
    /// Unix milliseconds by the author's clock.
    pub time_sent: i64,
    /// Unix milliseconds by ours.
    pub time_received: i64,
    /// Whether we said it.
    pub own: bool,
    /// Whether it was passed on by another peer; then nobody vouches for its author.
    pub backfilled: bool,
    /// Whether it claimed an author other than its sender.
    pub misattributed: bool,
    /// How far it got; all zero for lines of others.
    pub delivery: Delivery,
    /// What this process calls it: what commands about a line take.
    pub key: u64,
    /// What it answers; null if nothing.
    pub reply: Option<Reply>,
    /// Whether its author said it differently before.
    pub edited: bool,
    /// Whether its author took it back; then there is no text.
    pub deleted: bool,
    /// The emoji on it.
    pub reactions: Vec<Reaction>,
    /// Whether it names us.
    pub mentions_me: bool,
    /// Why it is folded away until asked for; null if it is not.
    pub folded: Option<Fold>,
    /// What it offers, where it offers files; then there is no text.
    pub share: Option<Share>,
    /// The name its author cannot choose; null while unknown.
    pub animal_name: Option<String>,
    /// Whom the author's name could be taken for when the line came; null if nobody.
    pub imitates: Option<Likeness>,
}

/// The line another one answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The line's key; null where it is not known here.
    pub key: Option<u64>,
    /// Who said it, as far as known.
    pub author: String,
    /// Its beginning, as text, as it is now.
    pub excerpt: String,
    /// Whether its author took it back.
    pub gone: bool,
}

/// One emoji on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Who put it there, as they are called.
    pub names: Vec<String>,
    /// Whether we did.
    pub own: bool,
}

/// Why a line is folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Fold {
    /// Its author said too much at once.
    Flood,
    /// The room is slow for people one does not know.
    Slow,
    /// Its author is muted.
    Muted,
    /// Its author is blocked.
    Blocked,
}

fn html<S: Serializer>(html: &SafeHtml, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(html.as_str())
}

/// How far one of our lines got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Peers it was handed to.
    pub reached: u32,
    /// Peers it is meant for.
    pub of: u32,
    /// Peers that have it for certain.
    pub received: u32,
    /// Whether somebody it was meant for went before they had it.
    pub failed: bool,
}

/// A quiet line in the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Counts up in one process.
    pub id: u64,
    /// Unix milliseconds.
    pub time: i64,
    /// What happened.
    pub what: NoticeKind,
}

/// What a [`Notice`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum NoticeKind {
    /// Someone came.
    Joined {
        /// Their session.
        peer_id: String,
        /// Who.
        name: String,
        /// The name they cannot choose; absent while they are unidentified.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        animal_name: Option<String>,
        /// Whom their name may be taken for.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        imitates: Option<Likeness>,
    },
    /// Someone left.
    Left {
        /// Who.
        name: String,
    },
    /// The connection to someone was lost.
    Lost {
        /// Who.
        name: String,
    },
    /// Someone took another name.
    Renamed {
        /// Their session.
        peer_id: String,
        /// The name before.
        from: String,
        /// The name now.
        to: String,
        /// The name they cannot choose.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        animal_name: Option<String>,
        /// Whom the new name may be taken for.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        imitates: Option<Likeness>,
    },
    /// Someone says more than is shown at once.
    Slowed {
        /// Who.
        name: String,
    },
    /// Someone was blocked by us.
    Blocked {
        /// Who.
        name: String,
    },
}

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Entry {
    /// A message.
    Line {
        /// The message.
        line: Box<Line>,
    },
    /// A quiet line.
    Notice {
        /// The quiet line.
        notice: Notice,
    },
}
