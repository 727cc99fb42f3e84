//! What can be asked for on the command line.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::ending::EXIT_CODES;

/// Private group chat, peer to peer, in a terminal.
#[derive(Debug, Parser)]
#[command(name = "chitchatter-cli", version, about, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) task: Task,

    /// Say on standard error what goes on underneath; never what is said, nor by whom
    #[arg(long, global = true, overrides_with = "verbose")]
    pub(crate) verbose: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Enter a room: each line of input is said there, and what happens there is printed
    #[command(after_help = EXIT_CODES)]
    Join(Join),
    /// Serve a WebTorrent tracker, where peers find each other
    Tracker(Tracker),
    /// Print which room a name or link leads to, and its links
    Link(Link),
}

/// Where a room is. The same words for all that take a room.
#[derive(Args)]
pub(crate) struct Place {
    /// The room's name, or a link to it
    #[arg(value_name = "ROOM|LINK", required_unless_present = "qr")]
    pub(crate) room: Option<String>,

    /// A picture of a QR code that holds the name or link, in place of it
    #[arg(long, value_name = "FILE", conflicts_with = "room")]
    pub(crate) qr: Option<PathBuf>,

    /// Makes it the private room of that name. Whoever sees your processes sees this; a private
    /// link without its secret asks for the password instead, and one that brings its secret needs
    /// none
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,

    /// The same, from the first line of a file; else it is in the variable CHITCHATTER_PASSWORD
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    pub(crate) password_file: Option<PathBuf>,

    /// The Chitchatter world to meet in, such as https://chitchatter.im
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Option<String>,
}

impl std::fmt::Debug for Place {
    /// Leaves out all that a secret may be in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Enter a room.
#[derive(Debug, Args)]
pub(crate) struct Join {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The name others see
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// A tracker to find others through, ws:// or wss://, in place of the configured ones; may be
    /// repeated
    #[arg(long, value_name = "URL")]
    pub(crate) tracker: Vec<String>,

    /// A STUN or TURN server in place of the configured ones: stun:HOST[:PORT],
    /// turn:USER:PASSWORD@HOST[:PORT], or `none` for no server at all; may be repeated
    #[arg(long, value_name = "URL")]
    pub(crate) ice_server: Vec<String>,

    /// Neither look for others on this machine and network by oneself, nor be found there
    #[arg(long, overrides_with = "no_lan")]
    pub(crate) no_lan: bool,

    /// Connect through TURN servers only, so that nobody learns your address; who cannot be reached
    /// by one is not reached
    #[arg(long, overrides_with = "relay_only")]
    pub(crate) relay_only: bool,

    /// Reach trackers through this proxy, socks5://… or http://…
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,

    /// Keep who you are in this file, or in a folder as the app does, made when it is not there;
    /// without it, you are someone new each time
    #[arg(long, value_name = "PATH")]
    pub(crate) profile: Option<PathBuf>,

    /// Where the passphrase of /export and /import stands, in the first line; else it is in the
    /// variable CHITCHATTER_PASSPHRASE, or asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// Where files go that are fetched, where no other folder is named; else it is the one in the
    /// settings, the system's for downloads, or the working folder
    #[arg(long, value_name = "DIR")]
    pub(crate) downloads: Option<PathBuf>,

    /// Print one JSON object a line, for programs
    #[arg(long, overrides_with = "json")]
    pub(crate) json: bool,

    /// Print lines in a terminal too, where otherwise the conversation takes all of it
    #[arg(long, conflicts_with = "json", overrides_with = "plain")]
    pub(crate) plain: bool,

    /// The port that programs on this machine share a tracker at; for tests, so that they meet no
    /// program in use.
    #[arg(long, value_name = "PORT", hide = true)]
    pub(crate) lan_port: Option<u16>,
}

/// Serve a tracker.
#[derive(Debug, Args)]
pub(crate) struct Tracker {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDR:PORT", default_value_t = DEFAULT_LISTEN)]
    pub(crate) listen: SocketAddr,

    /// How many connections may come from one address, 256 if not told; behind a proxy all come from
    /// the proxy's
    #[arg(long, value_name = "COUNT")]
    pub(crate) per_address: Option<std::num::NonZeroUsize>,
}

/// Every address of the machine, IPv4 too, at the port such trackers commonly have.
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::UNSPECIFIED), 8000);

/// Print a room's links.
#[derive(Debug, Args)]
pub(crate) struct Link {
    #[command(flatten)]
    pub(crate) place: Place,

    /// Print one JSON object, for programs
    #[arg(long, overrides_with = "json")]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_flag_may_stand_there_twice() {
        for flag in ["--no-lan", "--relay-only", "--json", "--plain", "--verbose"] {
            let arguments =
                Arguments::try_parse_from(["chitchatter-cli", "join", "den", flag, flag]);
            assert!(arguments.is_ok(), "{flag}");
        }
        assert!(Arguments::try_parse_from(["chitchatter-cli", "--verbose", "join", "den"]).is_ok());
    }

    #[test]
    fn the_password_is_not_in_what_is_logged_of_the_arguments() {
        let arguments =
            Arguments::try_parse_from(["chitchatter-cli", "join", "den", "--password", "sesame"])
                .expect("good arguments");

        assert!(!format!("{arguments:?}").contains("sesame"));
    }
}
