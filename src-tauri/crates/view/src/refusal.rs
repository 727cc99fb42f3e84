//! Why nothing was done. The page has its own words for each kind; the texts here are for the
//! terminal.

use serde::Serialize;

use crate::SettingsFault;

/// Why a command did nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Refusal {
    /// There is nothing but blank space to say.
    #[error("the message is empty")]
    EmptyMessage,
    /// The message is longer than browser peers take.
    #[error("the message has {units} characters, {limit} are allowed")]
    MessageTooLong {
        /// Its length in UTF-16 units.
        units: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// No such room is joined.
    #[error("not in that room")]
    NotJoined,
    /// Another room of that name is joined already, with another password or with none.
    #[error("a room of that name is already open; leave it first")]
    KeyTaken {
        /// That one.
        room: String,
    },
    /// The custom name is too long.
    #[error("a name may have {limit} characters")]
    NameTooLong {
        /// The longest allowed.
        limit: usize,
    },
    /// Every room costs connections; there is an end.
    #[error("at most {limit} rooms at once")]
    TooManyRooms {
        /// How many rooms at once.
        limit: usize,
    },
    /// Too much that was said waits for slow peers.
    #[error("too much is waiting to be sent")]
    Busy,
    /// There is no such line, or it is not the person's to change.
    #[error("no such line of yours")]
    NoSuchLine,
    /// That is not one emoji.
    #[error("not an emoji")]
    NotAnEmoji,
    /// The person is not there now, and was not before.
    #[error("that person is not here")]
    NobodyThere,
    /// Whose identity is not verified can be nobody one knows: anybody could come as them.
    #[error("that person's identity is not verified")]
    NotVerified,
    /// More people are marked as known, muted or blocked than are remembered.
    #[error("at most {limit} people can be marked as known, muted or blocked")]
    TooManyJudged {
        /// How many.
        limit: usize,
    },
    /// The program is ending.
    #[error("stopped")]
    Stopped,
    /// That is neither the name of a room nor a link to one.
    #[error("not a room: {}", .fault.text())]
    BadRoom {
        /// What is wrong with it.
        fault: LinkFault,
    },
    /// A private room needs a password.
    #[error("a private room needs a password")]
    PasswordNeeded,
    /// The settings hold mistakes; none was taken.
    #[error("the settings hold mistakes")]
    BadSettings {
        /// All of them.
        faults: Vec<SettingsFault>,
    },
    /// That is no profile, or a damaged one; nothing was taken from it.
    #[error("not a profile: {}", .fault.text())]
    BadProfile {
        /// What is wrong with it.
        fault: ProfileFault,
        /// The field it is in, where it is in one, as the file calls it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        field: Option<String>,
    },
    /// There is too much text for a QR code.
    #[error("too long for a QR code")]
    TooLongForQr,
    /// That is no image, or one of a kind or size that is not read.
    #[error("not an image that can be read")]
    BadImage,
    /// There is no QR code in the image.
    #[error("no QR code in that image")]
    NoQrCode,
    /// The image of another site could not be had.
    #[error("the image could not be had: {}", .fault.text())]
    NotFetched {
        /// Why.
        fault: FetchFault,
    },
    /// The room could not be remembered or forgotten.
    #[error("the pinned rooms could not be kept")]
    NotPinned,
    /// More rooms are pinned than are remembered.
    #[error("at most {limit} rooms can be pinned")]
    TooManyPins {
        /// How many.
        limit: usize,
    },
    /// That is not the address of a Chitchatter world.
    #[error("not an origin: it looks like https://chitchatter.im")]
    BadOrigin,
    /// What was chosen cannot be read, or there is nothing in it.
    #[error("there is nothing in it that can be shared")]
    NothingToShare,
    /// One of several things cannot be shared.
    #[error("{name} {}", if *gone { "is not there" } else { "cannot be read" })]
    CannotShare {
        /// What it is called.
        name: String,
        /// Whether it is not there; else it may not be read.
        gone: bool,
    },
    /// What was chosen is larger, or has more files, than can be shared at once.
    #[error("that is more than can be shared at once")]
    TooMuchToShare,
    /// Nothing like that is shared there, or nothing of it moves.
    #[error("nothing like that is shared")]
    NoSuchShare,
    /// It is too large to be held in memory, or too much is held already.
    #[error("too large to be shown here; save it instead")]
    TooLargeToShow,
    /// A file of that kind may run what is in it.
    #[error("a file of this kind may start a program, and is not opened")]
    MayRun,
    /// The settings could not be saved.
    #[error("the settings could not be saved")]
    NotSaved,
    /// That address is not of a kind that is opened, or the system has nothing to open it with.
    #[error("the address could not be opened")]
    NotOpened,
    /// The clipboard could not be had.
    #[error("the text could not be copied")]
    NotCopied,
}

/// What is wrong with a text that should name a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum LinkFault {
    /// There is nothing.
    Empty,
    /// It is longer than any room's name or link.
    TooLong,
    /// It is a link, but not to a room.
    NotARoom,
    /// It names a room nobody could be in.
    BadName,
    /// It names a Chitchatter world that cannot be.
    BadOrigin,
    /// Its secret is damaged.
    BadSecret,
    /// It names trackers that cannot be, or too many.
    BadTracker,
}

/// What is wrong with a file that should be a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum ProfileFault {
    /// It is larger than any profile.
    TooLarge,
    /// It is neither JSON nor an encrypted profile.
    NotAProfile,
    /// It is encrypted, and no password was given.
    PasswordNeeded,
    /// The password is not the one it was encrypted with, or the file is damaged.
    WrongPassword,
    /// A field is missing.
    Missing,
    /// A field holds something else than it should.
    BadValue,
    /// The two keys do not belong together.
    KeysDiffer,
}

impl ProfileFault {
    fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "it is too large",
            Self::NotAProfile => "it is something else",
            Self::PasswordNeeded => "it is encrypted, and needs its password",
            Self::WrongPassword => "the password is wrong, or it is damaged",
            Self::Missing => "something is missing",
            Self::BadValue => "a field holds something else",
            Self::KeysDiffer => "its two keys do not belong together",
        }
    }
}

/// Why an image of another site could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FetchFault {
    /// Its address is none, or not one of the web that is encrypted.
    BadAddress,
    /// Its address leads to this machine or a network around it.
    PrivateAddress,
    /// Its site cannot be reached.
    Unreachable,
    /// Its site cannot prove who it is.
    Tls,
    /// Its site answered with something else, such as that there is no such image.
    Refused,
    /// It leads from one address to the next without end.
    TooManyRedirects,
    /// It is larger than is fetched.
    TooLarge,
    /// It took too long.
    TooSlow,
    /// The proxy could not be used.
    Proxy,
    /// It is no image, or one of a kind that is not shown.
    NotAnImage,
}

impl FetchFault {
    fn text(self) -> &'static str {
        match self {
            Self::BadAddress => "its address is not an https: one",
            Self::PrivateAddress => "its address is in a private network",
            Self::Unreachable => "its site cannot be reached",
            Self::Tls => "its site cannot prove who it is",
            Self::Refused => "its site does not give it",
            Self::TooManyRedirects => "its site sends from one address to the next",
            Self::TooLarge => "it is too large",
            Self::TooSlow => "it took too long",
            Self::Proxy => "the proxy cannot be used",
            Self::NotAnImage => "it is no image",
        }
    }
}

impl LinkFault {
    fn text(self) -> &'static str {
        match self {
            Self::Empty => "there is nothing",
            Self::TooLong => "it is too long",
            Self::NotARoom => "it is a link to something else",
            Self::BadName => "no room can be called so",
            Self::BadOrigin => "its origin is not a web address",
            Self::BadSecret => "its secret is damaged",
            Self::BadTracker => "a tracker in it is not one",
        }
    }
}

impl From<room::Refusal> for Refusal {
    fn from(refusal: room::Refusal) -> Self {
        match refusal {
            room::Refusal::EmptyMessage => Self::EmptyMessage,
            room::Refusal::MessageTooLong { units, limit } => Self::MessageTooLong { units, limit },
            room::Refusal::NotJoined => Self::NotJoined,
            room::Refusal::KeyTaken { room } => Self::KeyTaken {
                room: room.as_str().to_owned(),
            },
            room::Refusal::NameTooLong { limit } => Self::NameTooLong { limit },
            room::Refusal::TooManyRooms { limit } => Self::TooManyRooms { limit },
            room::Refusal::Busy => Self::Busy,
            room::Refusal::NoSuchLine => Self::NoSuchLine,
            room::Refusal::NotAnEmoji => Self::NotAnEmoji,
            room::Refusal::NobodyThere => Self::NobodyThere,
            room::Refusal::NotVerified => Self::NotVerified,
            room::Refusal::TooManyJudged { limit } => Self::TooManyJudged { limit },
            room::Refusal::TooManyShares { .. } => Self::TooMuchToShare,
            room::Refusal::NoSuchShare => Self::NoSuchShare,
            room::Refusal::Stopped => Self::Stopped,
        }
    }
}
