//! Starting the node with what the command line says, and stopping it politely.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use directories::ProjectDirs;
use node::{Config, ConfigError, IceServer, Node, Options, ProfileAt, StartError};
use tauri::async_runtime::{block_on, spawn};
use tauri::{AppHandle, Manager, RunEvent};
use view::{Access, JoinRequest};
use wire::{IdError, Origin};

use crate::arguments::Arguments;
use crate::notice::{self, Notices};
use crate::tray;
use crate::trouble::{self, Troubles};
use crate::window::{self, Page};

/// How long leaving the rooms may keep the process alive after its window has closed.
const FAREWELL: Duration = Duration::from_secs(3);

/// The name of our folders, and of the profile in them.
const FOLDER: &str = "chitchatter";
const PROFILE: &str = "profile.json";

/// Why there is no node to open a window around.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
    #[error("--ice-server: {0} cannot be used: STUN and TURN over UDP only")]
    IceServer(String),
    /// The origin is none.
    #[error("--origin: {0}")]
    Origin(IdError),
    /// The room cannot be entered.
    #[error("--join: {0}")]
    Join(view::Refusal),
}

/// What a start goes without because it is broken, for this time only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Without {
    /// The lists in the configuration folder; the built-in ones are used.
    pub(crate) lists: bool,
    /// The profile; the person gets another that is gone with the process.
    pub(crate) profile: bool,
}

/// Opens the window around a node. When there can be none because of what is on the disk, the
/// window says so: whoever clicked an icon reads no standard error. What is wrong with the
/// arguments is told to whoever typed them.
pub(crate) fn open(
    app: &AppHandle,
    arguments: Arguments,
) -> Result<(), Box<dyn std::error::Error>> {
    match block_on(node(&arguments, Without::default())) {
        Ok(node) => {
            let starts_hidden = block_on(starts_hidden(&arguments, &node));
            window::open(app, Page::Rooms, !starts_hidden)?;
            begin(app, node);
        }
        Err(failure) => {
            let Some(trouble) = trouble::of(&failure) else {
                return Err(failure.into());
            };
            failed(&failure);
            let troubles = app.state::<Troubles>();
            block_on(troubles.cannot_start(arguments, trouble));
            window::open(app, Page::Trouble, true)?;
        }
    }
    Ok(())
}

/// Goes on with a node that has started.
pub(crate) fn begin(app: &AppHandle, node: Node) {
    notice::begin(app, &node);
    tray::begin(app, &node);
    app.manage(node);
}

/// Starts a node, in the room it should enter at once if there is one.
pub(crate) async fn node(arguments: &Arguments, without: Without) -> Result<Node, Failure> {
    let join = arguments.join.clone();
    let node = Node::start(options(arguments.clone(), without)?).await?;
    if let Some(text) = join {
        let request = JoinRequest {
            text,
            access: Access::Public,
            password: None,
        };
        enter(&node, &request).await.map_err(Failure::Join)?;
    }
    Ok(node)
}

/// Whether to begin in the tray, without a window. A link is a question, which must be seen.
async fn starts_hidden(arguments: &Arguments, node: &Node) -> bool {
    let Ok(settings) = node.settings().await else {
        return false;
    };
    settings.tray && (arguments.hidden || settings.start_hidden) && arguments.link.is_none()
}

/// Says why the app does not start, where whoever started it may see it.
pub(crate) fn failed(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "chitchatter: {error}");
    ExitCode::FAILURE
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
    app.exit(i32::from(app.try_state::<Node>().is_none()));
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

async fn enter(node: &Node, request: &JoinRequest) -> Result<(), view::Refusal> {
    let home = node.home().await?;
    node.join(request.address(&home)?).await?;
    Ok(())
}

fn options(arguments: Arguments, without: Without) -> Result<Options, Failure> {
    let folders = ProjectDirs::from("", "", FOLDER);
    let lists = folders.as_ref().map(ProjectDirs::config_dir);
    let config = Config::load(lists.filter(|_| !without.lists))?;
    let told = Some(arguments.tracker).filter(|urls| !urls.is_empty());
    let trackers = told.map(trackers).transpose()?;
    let told = Some(arguments.ice_server).filter(|urls| !urls.is_empty());
    let ice_servers = told.map(ice_servers).transpose()?;
    let profile = match (arguments.profile, folders) {
        _ if without.profile => ProfileAt::Memory,
        (Some(folder), _) => ProfileAt::File(folder.join(PROFILE)),
        (None, Some(folders)) => ProfileAt::File(folders.data_dir().join(PROFILE)),
        (None, None) => return Err(Failure::Homeless),
    };
    let origin = arguments.origin.as_deref().map(Origin::parse);
    Ok(Options {
        config,
        profile,
        name: arguments.name,
        origin: origin.transpose().map_err(Failure::Origin)?,
        trackers,
        ice_servers,
        lan: arguments.no_lan.then_some(false),
        relay_only: None,
        proxy: None,
        lan_port: arguments.lan_port,
    })
}

fn trackers(urls: Vec<String>) -> Result<Vec<String>, Failure> {
    for url in &urls {
        node::check_tracker(url).map_err(|why| Failure::Tracker {
            url: url.clone(),
            why,
        })?;
    }
    Ok(urls)
}

fn ice_servers(urls: Vec<String>) -> Result<Vec<IceServer>, Failure> {
    let servers = urls.into_iter().map(|url| {
        let server = IceServer {
            urls: vec![url],
            username: None,
            credential: None,
        };
        match server.unsupported().first() {
            Some(url) => Err(Failure::IceServer(url.to_string())),
            None => Ok(server),
        }
    });
    servers.collect()
}
