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

/// Starts a node, in the room it should enter at once if there is one.
pub(crate) async fn node(arguments: Arguments) -> Result<Node, Failure> {
    let join = arguments.join.clone();
    let node = Node::start(options(arguments)?).await?;
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

/// Leaves all rooms once the window is closed.
pub(crate) fn stop_at_exit(app: &AppHandle, event: &RunEvent) {
    if let RunEvent::Exit = event {
        let node = app.state::<Node>();
        // Whoever does not hear of it sees soon that we are gone.
        let _ = block_on(async { tokio::time::timeout(FAREWELL, node.stop()).await });
    }
}

async fn enter(node: &Node, request: &JoinRequest) -> Result<(), view::Refusal> {
    let home = node.settings().await?.origin;
    node.join(request.address(&home)?).await?;
    Ok(())
}

fn options(arguments: Arguments) -> Result<Options, Failure> {
    let folders = ProjectDirs::from("", "", FOLDER);
    let mut config = Config::load(folders.as_ref().map(ProjectDirs::config_dir))?;
    if !arguments.tracker.is_empty() {
        config.trackers = trackers(arguments.tracker)?;
    }
    if !arguments.ice_server.is_empty() {
        config.ice_servers = ice_servers(arguments.ice_server)?;
    }
    let profile = match (arguments.profile, folders) {
        (Some(folder), _) => folder.join(PROFILE),
        (None, Some(folders)) => folders.data_dir().join(PROFILE),
        (None, None) => return Err(Failure::Homeless),
    };
    let origin = arguments.origin.as_deref().map(Origin::parse);
    Ok(Options {
        config,
        profile: ProfileAt::File(profile),
        name: arguments.name,
        origin: origin.transpose().map_err(Failure::Origin)?,
        lan: arguments.no_lan.then_some(false),
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
