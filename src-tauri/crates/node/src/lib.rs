//! A peer: rooms, signalling and mesh on tokio, with one loop.
//!
//! [`Node`] is the handle the window and the terminal hold. It decides nothing: what to do is
//! decided in `room`, and the loop in `run.rs` carries it out.

mod config;
mod file;
mod network;
mod profile;
mod run;
mod told;
mod translate;

use room::{Answer, Command, Refusal, RoomKey, Snapshot};
use tokio::sync::{mpsc, oneshot, watch};
use wire::{MessageId, RoomAddress};

pub use config::{
    Config, ConfigError, DEFAULT_ORIGIN, MAX_TRACKERS, check_tracker, default_origin,
};
pub use mesh::IceServer;
pub use profile::{ProfileAt, ProfileError, Settings};
pub use told::Subscription;

use run::Request;

/// Requests that may wait for the loop.
const WAITING_REQUESTS: usize = 64;

/// How a node is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The lists to use.
    pub config: Config,
    /// Where the profile lives.
    pub profile: ProfileAt,
    /// A custom name for this start, instead of the profile's; it is not kept.
    pub name: Option<String>,
    /// An origin for this start, instead of the profile's or the configuration's; it is not kept.
    pub origin: Option<wire::Origin>,
    /// Whether to find and serve peers on this machine and the local network: `Some(false)`
    /// overrules the profile.
    pub lan: Option<bool>,
    /// Another port than [`tracker::WELL_KNOWN_PORT`] for the tracker this machine shares; tests
    /// use it, so that they never meet a running program.
    pub lan_port: Option<u16>,
}

/// Why a node could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The name asked for is too long.
    #[error(transparent)]
    Name(Refusal),
}

/// A handle to a running node. Clones speak to the same node; it stops by [`Node::stop`], or with
/// its last handle.
#[derive(Clone, Debug)]
pub struct Node {
    requests: mpsc::Sender<Request>,
    stop: watch::Sender<bool>,
}

impl Node {
    /// Starts a node.
    ///
    /// # Errors
    /// When the profile cannot be loaded or made.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let at = options.profile.clone();
        let profile = match tokio::task::spawn_blocking(move || profile::Profile::open(at)).await {
            Ok(profile) => profile?,
            Err(_) => return Err(ProfileError::NoKey.into()),
        };
        let (requests, asked) = mpsc::channel(WAITING_REQUESTS);
        let (stop, stopping) = watch::channel(false);
        let run = run::Run::new(options, profile, asked, stopping).map_err(StartError::Name)?;
        tokio::spawn(run.until_stopped());
        Ok(Self { requests, stop })
    }

    /// Everything there is to show now, and from then on every event in order.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn subscribe(&self) -> Result<(Snapshot, Subscription), Refusal> {
        self.ask(|answer| Request::Subscribe { answer }).await
    }

    /// Enters a room; entering one that is joined changes nothing.
    ///
    /// # Errors
    /// [`Refusal::KeyTaken`], [`Refusal::TooManyRooms`], [`Refusal::Stopped`].
    pub async fn join(&self, address: RoomAddress) -> Result<RoomKey, Refusal> {
        match self.command(Command::Join(address)).await? {
            Answer::Room(key) => Ok(key),
            Answer::Done | Answer::Said(_) => Err(Refusal::NotJoined),
        }
    }

    /// Uses these trackers beside those of the configuration, until the node stops. Addresses that
    /// are none are left out; one invitation names a few at most.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn use_trackers(&self, urls: Vec<String>) -> Result<(), Refusal> {
        self.ask(|answer| Request::UseTrackers { urls, answer })
            .await
    }

    /// Leaves a room at once.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn leave(&self, room: &RoomKey) -> Result<(), Refusal> {
        self.command(Command::Leave(room.clone())).await.map(drop)
    }

    /// Leaves a room as soon as everything said is handed over; what nobody was there to hear
    /// waits a moment for someone to come. Returns when the room is left.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn finish(&self, room: &RoomKey) -> Result<(), Refusal> {
        let room = room.clone();
        self.ask(|answer| Request::Finish { room, answer }).await?
    }

    /// Says one message. Waits while too much of what was said before is still to be handed over.
    ///
    /// # Errors
    /// [`Refusal::EmptyMessage`], [`Refusal::MessageTooLong`], [`Refusal::NotJoined`],
    /// [`Refusal::Busy`] when too many callers wait already, [`Refusal::Stopped`].
    pub async fn say(&self, room: &RoomKey, text: String) -> Result<MessageId, Refusal> {
        let room = room.clone();
        self.ask(|answer| Request::Say { room, text, answer })
            .await?
    }

    /// Tells the others in a room whether the person types.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn set_typing(&self, room: &RoomKey, typing: bool) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::SetTyping {
            room,
            with: None,
            typing,
        })
        .await
        .map(drop)
    }

    /// Takes another custom name and keeps it in the profile; empty means the animal name alone.
    ///
    /// # Errors
    /// [`Refusal::NameTooLong`], [`Refusal::Stopped`].
    pub async fn rename(&self, name: String) -> Result<(), Refusal> {
        self.command(Command::Rename(name)).await.map(drop)
    }

    /// Forgets a problem the person has read.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn dismiss_problem(&self, id: u64) -> Result<(), Refusal> {
        self.command(Command::DismissProblem(id)).await.map(drop)
    }

    /// What the person chose.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn settings(&self) -> Result<Settings, Refusal> {
        self.ask(|answer| Request::Settings { answer }).await
    }

    /// Takes other settings, at once, and keeps them in the profile.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn save_settings(&self, settings: Settings) -> Result<(), Refusal> {
        self.ask(|answer| Request::SaveSettings { settings, answer })
            .await
    }

    /// Leaves all rooms politely and stops. Returns when all connections are closed; bounded.
    pub async fn stop(&self) {
        let _ = self.stop.send(true);
        self.requests.closed().await;
    }

    async fn command(&self, command: Command) -> Result<Answer, Refusal> {
        self.ask(|answer| Request::Command { command, answer })
            .await?
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.requests
            .send(request(answer))
            .await
            .map_err(|_| Refusal::Stopped)?;
        answered.await.map_err(|_| Refusal::Stopped)
    }
}
