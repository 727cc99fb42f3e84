//! Starting the node with what the command line says, and stopping it politely.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use directories::ProjectDirs;
use node::{Config, ConfigError, IceServer, Node, Options, ProfileAt, StartError};
use room::RoomKey;
use tauri::async_runtime::{block_on, spawn};
use tauri::{AppHandle, Manager, RunEvent};
use wire::{IdError, LinkError, Origin};

use crate::arguments::Arguments;
use crate::deep_link::Links;
use crate::destination::{self, Destination, Password};
use crate::ice;
use crate::instance;
use crate::notice::{self, Notices};
use crate::tray;
use crate::trouble::{self, Troubles};
use crate::window::{self, Page};

/// How long leaving the rooms may keep the process alive after its window has closed.
const FAREWELL: Duration = Duration::from_secs(3);

/// The name of our folders, and of the profile in them.
const FOLDER: &str = "chitchatter";
const PROFILE: &str = "profile.json";

/// What the process ends with where the arguments make no sense, as the terminal peer does.
const MISUSED: u8 = 2;
/// The same where it cannot start.
const COULD_NOT_START: u8 = 3;

/// Why there is no node to open a window around.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is nothing to open a window on.
    #[error("there is no screen here to open a window on; `chitchatter-cli` talks in a terminal")]
    NoScreen,
    /// The name cannot be taken.
    #[error("--name: {0}")]
    Name(room::Refusal),
    /// A list in the configuration folder is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The profile cannot be used, or the name not be taken.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system names no folder to keep a profile in.
    #[error("there is no home folder for a profile; name one with --profile")]
    Homeless,
    /// A tracker's address is none.
    #[error("--tracker: {url} {why}")]
    Tracker {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A STUN or TURN server's address is none that can be used.
    #[error(
        "--ice-server: {0} cannot be used: it looks like stun:HOST:PORT or \
         turn:USER:PASSWORD@HOST:PORT, over UDP"
    )]
    IceServer(String),
    /// No server at all, and yet one.
    #[error("--ice-server none allows no other")]
    NoneAndOthers,
    /// The origin is none.
    #[error("--origin: {0}")]
    Origin(IdError),
    /// What is to be entered is no room.
    #[error("--join: not a room: {0}")]
    Join(LinkError),
    /// The room cannot be entered.
    #[error("--join: {0}")]
    Refused(view::Refusal),
    /// The password of the room cannot be had.
    #[error("--password-file: it {0}")]
    PasswordFile(String),
    /// The link brings one secret, and the password is another.
    #[error(
        "the link brings a secret of its own, and the password is another one: give only one of \
         the two"
    )]
    TwoSecrets,
}

/// What a start goes without because it is broken, for this time only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Without {
    /// The lists in the configuration folder; the built-in ones are used.
    pub(crate) lists: bool,
    /// The profile; the person gets another that is gone with the process.
    pub(crate) profile: bool,
}

/// Refuses what makes no sense in the arguments, before anything of the desktop begins: what draws
/// starts threads of its own, which do not bear that the process ends in the same moment.
pub(crate) fn check(arguments: &Arguments, password: Option<&Password>) -> Result<(), Failure> {
    let Told { origin, .. } = told(arguments)?;
    let name = arguments.name.as_deref().map(node::checked_name);
    name.transpose().map_err(Failure::Name)?;
    let Some(text) = &arguments.join else {
        return Ok(());
    };
    // Which world the person is in does not change whether it is a room.
    let home = origin.unwrap_or_else(node::default_origin);
    Destination::read(text, password, &home).map(drop)
}

/// Opens the window around a node. When there can be none because of what is on the disk, the
/// window says so: whoever clicked an icon reads no standard error. What is wrong with the
/// arguments is told to whoever typed them.
pub(crate) fn open(
    app: &AppHandle,
    arguments: Arguments,
) -> Result<(), Box<dyn std::error::Error>> {
    match block_on(node(&arguments, Without::default())) {
        Ok(started) => {
            let starts_hidden = block_on(starts_hidden(&arguments, &started));
            window::open(app, Page::Rooms, arguments.place, !starts_hidden)?;
            begin(app, started);
        }
        Err(failure) => {
            let Some(trouble) = trouble::of(&failure) else {
                return Err(failure.into());
            };
            complain(&failure);
            let place = arguments.place;
            let troubles = app.state::<Troubles>();
            block_on(troubles.cannot_start(arguments, trouble));
            window::open(app, Page::Trouble, place, true)?;
        }
    }
    Ok(())
}

/// A node, and what the window has to ask before anything else.
pub(crate) struct Started {
    node: Node,
    /// A link to a private room that lacks its password.
    locked: Option<String>,
}

/// Goes on with a node that has started.
pub(crate) fn begin(app: &AppHandle, started: Started) {
    let Started { node, locked } = started;
    notice::begin(app, &node);
    tray::begin(app, &node);
    app.manage(node);
    if let Some(link) = locked {
        app.state::<Links>().arrive(&link);
    }
}

/// Starts a node, in the room it should enter at once if there is one.
pub(crate) async fn node(arguments: &Arguments, without: Without) -> Result<Started, Failure> {
    let options = options(arguments.clone(), without)?;
    let Some(text) = &arguments.join else {
        let node = Node::start(options).await?;
        return Ok(Started { node, locked: None });
    };
    let password = destination::password(arguments)?;
    let node = Node::start(options).await?;
    let entered = go(&node, text, password.as_ref()).await?;
    let locked = entered.is_none().then(|| text.clone());
    Ok(Started { node, locked })
}

/// Enters a room, as a start or another one names it; nothing is entered where its password has to
/// be asked for.
pub(crate) async fn go(
    node: &Node,
    text: &str,
    password: Option<&Password>,
) -> Result<Option<RoomKey>, Failure> {
    let home = node.home().await.map_err(refused)?;
    match Destination::read(text, password, &home)? {
        Destination::Room(address, trackers) => {
            node.use_trackers(trackers).await.map_err(refused)?;
            let room = node.join(address).await.map_err(refused)?;
            Ok(Some(room))
        }
        Destination::Locked => Ok(None),
    }
}

fn refused(why: impl Into<view::Refusal>) -> Failure {
    Failure::Refused(why.into())
}

/// Whether to begin in the tray, without a window. A link is a question, which must be seen.
async fn starts_hidden(arguments: &Arguments, started: &Started) -> bool {
    let Ok(settings) = started.node.settings().await else {
        return false;
    };
    let asks = arguments.link.is_some() || started.locked.is_some();
    settings.tray && (arguments.hidden || settings.start_hidden) && !asks
}

/// Whether there is a screen to open a window on. Asked before tauri asks, which panics without.
#[cfg(target_os = "linux")]
pub(crate) fn has_screen() -> bool {
    gtk::init().is_ok()
}

/// Other systems always have one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn has_screen() -> bool {
    true
}

/// Says why the app does not start, and ends as the terminal peer would.
pub(crate) fn failed(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    complain(error);
    // What is wrong on the disk is told by the window, so the other failures lie in what was typed.
    ExitCode::from(match error.downcast_ref::<Failure>() {
        Some(Failure::NoScreen) | None => COULD_NOT_START,
        Some(_) => MISUSED,
    })
}

/// Says what is wrong where whoever started the app may see it.
fn complain(error: &dyn std::error::Error) {
    let _ = writeln!(std::io::stderr(), "chitchatter: {error}");
}

/// Ends the app as if its window were closed when the terminal it was started from asks for it.
pub(crate) fn stop_when_asked(app: &AppHandle) {
    let app = app.clone();
    spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            app.exit(0);
        }
    });
}

/// Ends the app; that it never started is a failure.
pub(crate) fn quit(app: &AppHandle) {
    let has_started = app.try_state::<Node>().is_some();
    app.exit(if has_started {
        0
    } else {
        COULD_NOT_START.into()
    });
}

/// Leaves all rooms once the window is closed.
pub(crate) fn stop_at_exit(app: &AppHandle, event: RunEvent) {
    match event {
        RunEvent::ExitRequested {
            code: None, api, ..
        } if app.try_state::<Node>().is_none() => {
            api.prevent_exit();
            quit(app);
        }
        RunEvent::Exit => {
            if let Some(node) = app.try_state::<Node>() {
                // Whoever does not hear of it sees soon that we are gone.
                let leave = async {
                    node.stop().await;
                    app.state::<Notices>().ended().await;
                };
                let _ = block_on(async { tokio::time::timeout(FAREWELL, leave).await });
            }
        }
        _ => {}
    }
}

fn options(arguments: Arguments, without: Without) -> Result<Options, Failure> {
    let folders = ProjectDirs::from("", "", FOLDER);
    let lists = folders.as_ref().map(ProjectDirs::config_dir);
    let config = Config::load(lists.filter(|_| !without.lists))?;
    let Told {
        trackers,
        ice_servers,
        origin,
    } = told(&arguments)?;
    let profile = match (arguments.profile, folders) {
        _ if without.profile => ProfileAt::Memory,
        (Some(folder), _) => ProfileAt::File(folder.join(PROFILE)),
        (None, Some(folders)) => ProfileAt::File(folders.data_dir().join(PROFILE)),
        (None, None) => return Err(Failure::Homeless),
    };
    Ok(Options {
        config,
        profile,
        name: arguments.name,
        origin,
        trackers,
        ice_servers,
        lan: arguments.no_lan.then_some(false),
        relay_only: None,
        proxy: None,
        lan_port: arguments.lan_port,
    })
}

/// What the arguments say in place of what is configured.
struct Told {
    trackers: Option<Vec<String>>,
    ice_servers: Option<Vec<IceServer>>,
    origin: Option<Origin>,
}

fn told(arguments: &Arguments) -> Result<Told, Failure> {
    let trackers = Some(&arguments.tracker).filter(|urls| !urls.is_empty());
    let servers = Some(&arguments.ice_server).filter(|urls| !urls.is_empty());
    let origin = arguments.origin.as_deref().map(Origin::parse);
    Ok(Told {
        trackers: trackers.map(|urls| checked(urls)).transpose()?,
        ice_servers: servers.map(|urls| ice::servers(urls)).transpose()?,
        origin: origin.transpose().map_err(Failure::Origin)?,
    })
}

fn checked(trackers: &[String]) -> Result<Vec<String>, Failure> {
    for url in trackers {
        node::check_tracker(url).map_err(|why| Failure::Tracker {
            url: url.clone(),
            why,
        })?;
    }
    Ok(trackers.to_vec())
}

/// The name under which the app that has this profile is found.
pub(crate) fn instance(arguments: &Arguments) -> String {
    let folders = ProjectDirs::from("", "", FOLDER);
    let usual = folders.as_ref().map(ProjectDirs::data_dir);
    instance::name(arguments.profile.as_deref(), usual)
}
