//! What the app can be started with; the same words mean the same to the terminal peer.

use std::path::PathBuf;

use clap::Parser;

use crate::place::Place;

/// Private group chat, peer to peer.
#[derive(Clone, Debug, Parser)]
#[command(name = "chitchatter", version, about)]
pub(crate) struct Arguments {
    /// A room's name or a link to one; the window asks before it enters.
    #[arg(value_name = "ROOM|LINK")]
    pub(crate) link: Option<String>,

    /// A room's name or a link to one, entered at once, also where the app runs already; the window
    /// asks for a password that is missing.
    #[arg(long, value_name = "ROOM|LINK")]
    pub(crate) join: Option<String>,

    /// Where the password of that room stands, in the first line; else it is in the variable
    /// CHITCHATTER_PASSWORD. It makes it the private room of that name.
    #[arg(long, value_name = "FILE", requires = "join")]
    pub(crate) password_file: Option<PathBuf>,

    /// Where a password that was read already waits for an app that may be running.
    #[arg(long, hide = true, value_name = "FILE", requires = "join")]
    pub(crate) password_at: Option<PathBuf>,

    /// The folder for who you are and your settings. Windows with their own folders run side by side;
    /// a second start with the folder of a window that is there goes on in that window.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) profile: Option<PathBuf>,

    /// The name others see.
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// The Chitchatter world to meet in.
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Option<String>,

    /// A tracker to find others through, in place of the configured ones; may be repeated.
    #[arg(long, value_name = "URL")]
    pub(crate) tracker: Vec<String>,

    /// A STUN or TURN server in place of the configured ones: stun:HOST[:PORT],
    /// turn:USER:PASSWORD@HOST[:PORT], or `none` for no server at all; may be repeated.
    #[arg(long, value_name = "URL")]
    pub(crate) ice_server: Vec<String>,

    /// Begins in the tray, without a window, if the settings ask for a tray and there is one.
    #[arg(long)]
    pub(crate) hidden: bool,

    /// Neither looks for others on the local network nor is found there.
    #[arg(long)]
    pub(crate) no_lan: bool,

    /// The half of the screen to begin in: a newcomer's two windows are to be seen at once.
    #[arg(long, hide = true, value_name = "HALF")]
    pub(crate) place: Option<Place>,

    /// Another port for the tracker that the programs of this machine share: a test's windows must
    /// not meet others.
    #[arg(long, hide = true, value_name = "PORT")]
    pub(crate) lan_port: Option<u16>,
}
