//! A peer: rooms, signalling and mesh on tokio, with one loop.
//!
//! [`Node`] is the handle the window and the terminal hold. It decides nothing: what to do is
//! decided in `room`, and the loop in `run.rs` carries it out.

mod config;
mod descriptors;
mod doctor;
mod fetch;
mod file;
mod network;
mod picture;
mod pins;
mod profile;
mod run;
mod secret;
mod settings;
mod sharing;
mod suggestion;
mod told;
mod transfers;
mod translate;
mod vault;

use std::sync::Arc;
use std::time::Duration;

use room::{Answer, Command, LineKey, PersonId, Refusal, RoomKey, Rules, Standing};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};
use view::{Diagnosis, IceTest, Imported, Pins, RemoteImage, Servers, TrackerTest};
use wire::{MessageId, Origin, RoomAddress};

pub use config::{
    Config, ConfigError, DEFAULT_ORIGIN, MAX_TRACKERS, check_tracker, default_origin,
};
pub use file::words as file_fault;
// What those who let people choose and see files need of how they are kept.
pub use files::limits::MAX_MEMORY_BYTES;
pub use files::names::SafeName;
pub use files::store::Source;
pub use mesh::IceServer;
pub use picture::{MAX_IMAGE_BYTES, qr, qr_picture, read_qr};
pub use profile::{ProfileAt, ProfileError, write};
pub use run::checked_name;
pub use secret::{MAX_SECRET_BYTES, SecretFault, secret_in};
pub use settings::check_proxy;
pub use sharing::{MAX_SHOWN_PIXELS, Measure, ShownMedia, measure};
pub use suggestion::{suggest_password, suggest_room};
pub use told::{Present, Subscription, Told};
pub use transfers::Media;
pub use view::Settings;

use pins::{PinBoard, Pinboard};
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
    /// Trackers for this start, instead of the profile's or the configuration's; not kept.
    pub trackers: Option<Vec<String>>,
    /// STUN and TURN servers for this start, in the same way.
    pub ice_servers: Option<Vec<IceServer>>,
    /// Whether to find and serve peers on this machine and the local network: `Some(false)`
    /// overrules the profile.
    pub lan: Option<bool>,
    /// Whether to connect through TURN servers only, for this start.
    pub relay_only: Option<bool>,
    /// The proxy to reach trackers through, for this start; see [`check_proxy`].
    pub proxy: Option<String>,
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
    pins: Arc<Mutex<Pinning>>,
}

/// The pinned rooms. Beside the loop, because a keyring may take its time.
#[derive(Debug)]
struct Pinning {
    board: PinBoard,
    /// Once somebody asked for them.
    pinned: Option<Pinboard>,
}

/// How long a node waits for one that has the profile and is perhaps about to end: whoever quits
/// and starts again at once meets their own process, which still takes its leave.
pub const LEAVING: Duration = Duration::from_secs(3);
/// How often it looks meanwhile.
const LEFT_YET: Duration = Duration::from_millis(100);

/// The profile, which nobody else uses from now on.
async fn opened(at: &ProfileAt) -> Result<(profile::Profile, profile::Lock), ProfileError> {
    let until = Instant::now() + LEAVING;
    loop {
        let at = at.clone();
        let open = move || {
            let lock = profile::Lock::take(&at)?;
            Ok((profile::Profile::open(at)?, lock))
        };
        let opened = tokio::task::spawn_blocking(open)
            .await
            .unwrap_or(Err(ProfileError::NoKey));
        match opened {
            Err(ProfileError::InUse { .. }) if Instant::now() < until => sleep(LEFT_YET).await,
            opened => return opened,
        }
    }
}

impl Node {
    /// Starts a node.
    ///
    /// # Errors
    /// When the profile cannot be loaded or made, or another node uses it and does not end within
    /// [`LEAVING`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        descriptors::raise();
        let (profile, lock) = opened(&options.profile).await?;
        let (requests, asked) = mpsc::channel(WAITING_REQUESTS);
        let (stop, stopping) = watch::channel(false);
        let file = profile.pins_file();
        let keyring = file.as_deref().and_then(pins::of_the_system);
        let run =
            run::Run::new(options, (profile, lock), asked, stopping).map_err(StartError::Name)?;
        tokio::spawn(run.until_stopped());
        let pins = Pinning {
            board: PinBoard::new(keyring, file),
            pinned: None,
        };
        Ok(Self {
            requests,
            stop,
            pins: Arc::new(Mutex::new(pins)),
        })
    }

    /// Everything there is to show now, and from then on every event in order.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn subscribe(&self) -> Result<(Present, Subscription), Refusal> {
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

    /// Says one message, to everyone or to one person alone. Waits while too much of what was said
    /// before is still to be handed over.
    ///
    /// # Errors
    /// [`Refusal::EmptyMessage`], [`Refusal::MessageTooLong`], [`Refusal::NotJoined`],
    /// [`Refusal::NobodyThere`], [`Refusal::Busy`] when too many callers wait already,
    /// [`Refusal::Stopped`].
    pub async fn say(
        &self,
        room: &RoomKey,
        with: Option<PersonId>,
        text: String,
        reply_to: Option<LineKey>,
    ) -> Result<MessageId, Refusal> {
        let words = run::Words {
            room: room.clone(),
            with,
            text,
            reply_to,
        };
        self.ask(|answer| Request::Say { words, answer }).await?
    }

    /// Says one of our lines differently.
    ///
    /// # Errors
    /// As [`Node::say`], and [`Refusal::NoSuchLine`].
    pub async fn edit(&self, room: &RoomKey, line: LineKey, text: String) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::Edit { room, line, text })
            .await
            .map(drop)
    }

    /// Takes one of our lines back.
    ///
    /// # Errors
    /// [`Refusal::NoSuchLine`], [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn delete(&self, room: &RoomKey, line: LineKey) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::Delete { room, line }).await.map(drop)
    }

    /// Puts an emoji on a line, or takes it away.
    ///
    /// # Errors
    /// [`Refusal::NotAnEmoji`], [`Refusal::NoSuchLine`], [`Refusal::NotJoined`],
    /// [`Refusal::Stopped`].
    pub async fn react(
        &self,
        room: &RoomKey,
        line: LineKey,
        emoji: String,
        on: bool,
    ) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::React {
            room,
            line,
            emoji,
            on,
        })
        .await
        .map(drop)
    }

    /// Sends a line of ours again to those it did not reach.
    ///
    /// # Errors
    /// [`Refusal::NoSuchLine`], [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn resend(&self, room: &RoomKey, line: LineKey) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::Resend { room, line }).await.map(drop)
    }

    /// Tells what the person has before their eyes; nothing in it is unread any more.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn look(&self, at: Option<(RoomKey, Option<PersonId>)>) -> Result<(), Refusal> {
        self.command(Command::Look(at)).await.map(drop)
    }

    /// Tells nothing of a room while the person is not looking, or tells it again.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn mute_room(&self, room: &RoomKey, muted: bool) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::MuteRoom { room, muted })
            .await
            .map(drop)
    }

    /// Chooses how a room treats people one does not know.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn set_rules(&self, room: &RoomKey, rules: Rules) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::SetRules { room, rules })
            .await
            .map(drop)
    }

    /// Decides about a person, in every room, and keeps it in the profile.
    ///
    /// # Errors
    /// [`Refusal::NobodyThere`], [`Refusal::NotVerified`], [`Refusal::TooManyJudged`],
    /// [`Refusal::Stopped`].
    pub async fn judge(&self, person: PersonId, standing: Standing) -> Result<(), Refusal> {
        self.command(Command::Judge { person, standing })
            .await
            .map(drop)
    }

    /// The lines that hold a text, oldest first.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn search(
        &self,
        room: &RoomKey,
        with: Option<PersonId>,
        text: String,
    ) -> Result<Vec<LineKey>, Refusal> {
        let room = room.clone();
        self.ask(|answer| Request::Search {
            room,
            with,
            text,
            answer,
        })
        .await?
    }

    /// Tells the others in a room, or one person alone, whether the person types.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::NobodyThere`], [`Refusal::Stopped`].
    pub async fn set_typing(
        &self,
        room: &RoomKey,
        with: Option<PersonId>,
        typing: bool,
    ) -> Result<(), Refusal> {
        let room = room.clone();
        self.command(Command::SetTyping { room, with, typing })
            .await
            .map(drop)
    }

    /// Takes another custom name and keeps it in the profile; empty means the animal name alone.
    /// Where it cannot be written it holds all the same, and a problem tells so.
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

    /// Tries all trackers now that wait for their next try, and has the others prove that they are
    /// there. Twice within a moment counts once.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn try_trackers_now(&self) -> Result<(), Refusal> {
        self.ask(|answer| Request::TryTrackers { answer }).await
    }

    /// What the person chose.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn settings(&self) -> Result<Settings, Refusal> {
        self.ask(|answer| Request::Settings { answer }).await
    }

    /// The trackers and servers in use while the settings name none.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn usual_servers(&self) -> Result<Servers, Refusal> {
        self.ask(|answer| Request::UsualServers { answer }).await
    }

    /// The origin rooms are joined in unless another is named.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn home(&self) -> Result<Origin, Refusal> {
        self.ask(|answer| Request::Home { answer }).await
    }

    /// Takes other settings, at once, and keeps them in the profile. Connections that are open stay
    /// as they are; what is about them goes for those to come.
    ///
    /// # Errors
    /// [`view::Refusal::BadSettings`] names each bad field, and nothing is taken then;
    /// [`view::Refusal::NotSaved`] where they are in force and could not be kept.
    pub async fn save_settings(&self, settings: Settings) -> Result<(), view::Refusal> {
        let settings = Box::new(settings);
        self.ask(|answer| Request::SaveSettings { settings, answer })
            .await?
    }

    /// The rooms to begin with.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn community_rooms(&self) -> Result<Vec<String>, Refusal> {
        self.ask(|answer| Request::CommunityRooms { answer }).await
    }

    /// The person as the text of a file, locked where there is a password.
    ///
    /// # Errors
    /// [`view::Refusal::NotSaved`], [`view::Refusal::Stopped`].
    pub async fn export_profile(&self, password: Option<String>) -> Result<String, view::Refusal> {
        let person = self.ask(|answer| Request::Person { answer }).await?;
        tokio::task::spawn_blocking(move || vault::export(&person, password.as_deref()))
            .await
            .unwrap_or(Err(view::Refusal::NotSaved))
    }

    /// Becomes the person of a file: Chitchatter's or ours.
    ///
    /// # Errors
    /// [`view::Refusal::BadProfile`] names the field; [`view::Refusal::BadSettings`];
    /// [`view::Refusal::NotSaved`]; nothing is taken in any of these cases.
    pub async fn import_profile(
        &self,
        text: String,
        password: Option<String>,
    ) -> Result<Imported, view::Refusal> {
        let now = self.settings().await?;
        let read = move || vault::import(&text, password.as_deref(), &now);
        let person = tokio::task::spawn_blocking(read)
            .await
            .unwrap_or(Err(view::Refusal::NotSaved))?;
        let person = Box::new(person);
        self.ask(|answer| Request::Become { person, answer })
            .await?
    }

    /// Leaves all rooms, forgets the person, their settings, whom they judged and what they pinned,
    /// and begins as somebody new.
    ///
    /// # Errors
    /// [`view::Refusal::NotSaved`] where the old profile could not be replaced,
    /// [`view::Refusal::NotPinned`] where the pinned rooms could not be forgotten.
    pub async fn delete_profile(&self) -> Result<(), view::Refusal> {
        let mut pinning = self.pins.lock().await;
        pinning.pinned = None;
        let forgotten = pinning.board.save(&[]).await;
        drop(pinning);
        self.ask(|answer| Request::Forget { answer }).await??;
        forgotten.map(drop)
    }

    /// The rooms the person wants to find again, and where they are remembered. May wait for the
    /// system's keyring, and that for the person.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn pinned(&self) -> Result<Pins, Refusal> {
        let home = self.home().await?;
        let mut pinning = self.pins.lock().await;
        let pinboard = pinning.pinned().await;
        Ok(Pins {
            rooms: pinboard
                .rooms
                .iter()
                .map(|address| pins::shown(address, &home))
                .collect(),
            place: pinboard.place,
        })
    }

    /// Remembers a room that is joined, or forgets one.
    ///
    /// # Errors
    /// [`view::Refusal::NotJoined`], [`view::Refusal::TooManyPins`], [`view::Refusal::NotPinned`],
    /// [`view::Refusal::Stopped`].
    pub async fn pin(&self, room: &RoomKey, pin: bool) -> Result<(), view::Refusal> {
        let home = self.home().await?;
        let asked = room.clone();
        let joined = self
            .ask(|answer| Request::Address {
                room: asked,
                answer,
            })
            .await?;
        let mut pinning = self.pins.lock().await;
        let mut rooms = pinning.pinned().await.rooms.clone();
        rooms.retain(|address| RoomKey::new(address, &home) != *room);
        if pin {
            rooms.push(joined.ok_or(view::Refusal::NotJoined)?);
        }
        if rooms.len() > pins::MAX_PINS {
            return Err(view::Refusal::TooManyPins {
                limit: pins::MAX_PINS,
            });
        }
        let place = pinning.board.save(&rooms).await?;
        pinning.pinned = Some(Pinboard { rooms, place });
        Ok(())
    }

    /// Tries a tracker. Takes half a minute at most.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn test_tracker(&self, url: &str) -> Result<TrackerTest, Refusal> {
        let proxy = self.ask(|answer| Request::Proxy { answer }).await?;
        Ok(doctor::tracker_test(
            signalling::test(url.trim(), proxy.as_ref()).await,
        ))
    }

    /// Tries each address of a STUN or TURN server. Takes some seconds at most.
    pub async fn test_ice(&self, server: &view::IceServer) -> Vec<IceTest> {
        doctor::ice_tests(mesh::probe(&[settings::ice_server(server)]).await.servers)
    }

    /// Why someone is or is not reachable. Asks the STUN and TURN servers, which takes some seconds
    /// at most.
    ///
    /// # Errors
    /// [`Refusal::Stopped`].
    pub async fn diagnose(&self) -> Result<Diagnosis, Refusal> {
        let look = self.ask(|answer| Request::Look { answer }).await?;
        Ok(doctor::diagnose(look).await)
    }

    /// Fetches an image of another site because the person asked for it.
    ///
    /// # Errors
    /// [`view::Refusal::NotFetched`] says why not; [`view::Refusal::Stopped`].
    pub async fn load_remote(&self, url: &str) -> Result<RemoteImage, view::Refusal> {
        let proxy = self.ask(|answer| Request::Proxy { answer }).await?;
        fetch::image(url, proxy.as_ref())
            .await
            .map_err(|fault| view::Refusal::NotFetched { fault })
    }

    /// Leaves all rooms politely and stops. Returns when the last word to everyone is out and all
    /// connections are closed, or some seconds later at the latest.
    pub async fn stop(&self) {
        let _ = self.stop.send(true);
        // The loop lets go of its end when all of that is done; it takes no requests long before.
        self.stop.closed().await;
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

impl Pinning {
    async fn pinned(&mut self) -> &Pinboard {
        let pinned = match self.pinned.take() {
            Some(pinned) => pinned,
            None => self.board.load().await,
        };
        self.pinned.insert(pinned)
    }
}
