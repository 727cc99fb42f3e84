//! What a person may change. Checked at one place, whoever asks: the window, the terminal, a file.

use std::fmt;

use serde::{Deserialize, Serialize};
use wire::Origin;

/// The Chitchatter world a person is in unless they choose another.
pub const DEFAULT_ORIGIN: &str = "https://chitchatter.im";

/// What a person may change. What is left out is as it was meant for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Which Chitchatter world rooms are joined in, unless a link says otherwise.
    pub origin: String,
    /// Whether others on the local network are found without the internet.
    pub lan: bool,
    /// The trackers to use; `null` for those of the configuration.
    pub trackers: Option<Vec<String>>,
    /// The STUN and TURN servers to use; `null` for those of the configuration.
    pub ice_servers: Option<Vec<IceServer>>,
    /// Whether connections go through a TURN server only, so that nobody learns our address.
    pub relay_only: bool,
    /// The proxy to reach trackers through, `socks5://…` or `http://…`; `null` for none.
    pub proxy: Option<String>,
    /// Whether others are told that one is typing.
    pub typing: bool,
    /// The sound of a new message.
    pub sound: Sound,
    /// Notifications of the desktop.
    pub notifications: Notifications,
    /// Whether nothing sounds or pops up for now.
    pub do_not_disturb: bool,
    /// Whether there is an icon in the tray, where the app stays when its window is closed.
    pub tray: bool,
    /// Whether it starts there, without a window.
    pub start_hidden: bool,
    /// The folder for what is fetched; `null` while the person was not asked.
    pub downloads: Option<String>,
    /// Light or dark.
    pub theme: Theme,
    /// How large text is.
    pub text_size: TextSize,
    /// How close lines stand.
    pub density: Density,
    /// The language of the window.
    pub language: Language,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origin: DEFAULT_ORIGIN.to_owned(),
            lan: true,
            trackers: None,
            ice_servers: None,
            relay_only: false,
            proxy: None,
            typing: true,
            sound: Sound::default(),
            notifications: Notifications::default(),
            do_not_disturb: false,
            tray: false,
            start_hidden: false,
            downloads: None,
            theme: Theme::System,
            text_size: TextSize::Normal,
            density: Density::Cozy,
            language: Language::System,
        }
    }
}

/// The sound of a new message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Sound {
    /// Whether there is one.
    pub on: bool,
    /// Which.
    pub which: Tone,
}

impl Default for Sound {
    fn default() -> Self {
        Self {
            on: true,
            which: Tone::Message,
        }
    }
}

/// A sound of ours; the three have the meanings of Chitchatter's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Tone {
    /// The usual one.
    Message,
    /// A longer one.
    Chime,
    /// A short one.
    Beep,
}

/// Notifications of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Notifications {
    /// Whether there are any.
    pub on: bool,
    /// Whether they show what was said; else only that something was. A desktop may keep a list
    /// of what it showed, so they do not unless asked to.
    pub text: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            on: true,
            text: false,
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the system has it.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How large text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TextSize {
    /// Smaller than usual.
    Small,
    /// As usual.
    Normal,
    /// Larger than usual.
    Large,
}

/// How close lines stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Density {
    /// With room between them.
    Cozy,
    /// Close together.
    Compact,
}

/// The language of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// The system's, where we have it, else English.
    System,
    /// English.
    En,
    /// Spanish.
    Es,
}

/// A STUN or TURN server, in WebRTC's own shape.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IceServer {
    /// `stun:host:port` or `turn:host:port`.
    pub urls: Vec<String>,
    /// The login of a TURN server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub username: Option<String>,
    /// Its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub credential: Option<String>,
}

impl fmt::Debug for IceServer {
    /// Leaves out the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// One thing that is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SettingsFault {
    /// The field it is in.
    pub field: SettingsField,
    /// Which item of it, counted from zero, where it is a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub item: Option<usize>,
    /// What.
    pub fault: FieldFault,
}

/// The fields of [`Settings`] that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum SettingsField {
    /// [`Settings::origin`].
    Origin,
    /// [`Settings::trackers`].
    Trackers,
    /// [`Settings::ice_servers`].
    IceServers,
    /// [`Settings::relay_only`].
    RelayOnly,
    /// [`Settings::proxy`].
    Proxy,
    /// [`Settings::downloads`].
    Downloads,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FieldFault {
    /// It is no address.
    NotAnAddress,
    /// It is an address of another kind.
    WrongKind,
    /// It holds a login, where there is none.
    HoldsALogin,
    /// A TURN server needs a user name and a password.
    NeedsALogin,
    /// It is spoken over TCP or TLS, which is not possible yet.
    OnlyUdp,
    /// It is no folder that something can be kept in.
    NotAFolder,
    /// Nothing can be written to that folder, or it is not there.
    NotWritable,
    /// It is longer than any address.
    TooLong,
    /// There are more than can be used at once.
    TooMany,
    /// It is there twice.
    Twice,
    /// Without a TURN server nobody could be reached.
    NoRelay,
}

impl Settings {
    /// The origin, where it is one.
    pub fn home(&self) -> Option<Origin> {
        Origin::parse(&self.origin).ok()
    }
}
