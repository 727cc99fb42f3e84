//! What a node's handle asks of its loop.

use std::time::{Duration, Instant};

use room::{Answer, Command, Input, LineKey, PersonId, Refusal, RoomKey};
use signalling::Proxy;
use tokio::sync::oneshot;
use view::{Imported, LanHealth, Servers, Settings};
use wire::{MessageId, Origin, RoomAddress};

use super::files::FilesRequest;
use super::{MAX_WAITING_WORDS, Run};
use crate::doctor::Look;
use crate::told::{Present, Subscription};
use crate::vault::Person;
use crate::{network, settings};

/// Between two tries of all trackers that the person asks for.
const TRY_GAP: Duration = Duration::from_secs(2);

/// What a [`crate::Node`] asks of its loop.
#[derive(Debug)]
pub(crate) enum Request {
    Command {
        command: Command,
        answer: oneshot::Sender<Result<Answer, Refusal>>,
    },
    Say {
        words: Words,
        answer: oneshot::Sender<Result<MessageId, Refusal>>,
    },
    Search {
        room: RoomKey,
        with: Option<PersonId>,
        text: String,
        answer: oneshot::Sender<Result<Vec<LineKey>, Refusal>>,
    },
    Finish {
        room: RoomKey,
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    UseTrackers {
        urls: Vec<String>,
        answer: oneshot::Sender<()>,
    },
    TryTrackers {
        answer: oneshot::Sender<()>,
    },
    Subscribe {
        answer: oneshot::Sender<(Present, Subscription)>,
    },
    Settings {
        answer: oneshot::Sender<Settings>,
    },
    SaveSettings {
        settings: Box<Settings>,
        answer: oneshot::Sender<Result<(), view::Refusal>>,
    },
    UsualServers {
        answer: oneshot::Sender<Servers>,
    },
    Home {
        answer: oneshot::Sender<Origin>,
    },
    CommunityRooms {
        answer: oneshot::Sender<Vec<String>>,
    },
    Address {
        room: RoomKey,
        answer: oneshot::Sender<Option<RoomAddress>>,
    },
    Person {
        answer: oneshot::Sender<Person>,
    },
    Become {
        person: Box<Person>,
        answer: oneshot::Sender<Result<Imported, view::Refusal>>,
    },
    Forget {
        answer: oneshot::Sender<Result<(), view::Refusal>>,
    },
    Proxy {
        answer: oneshot::Sender<Option<Proxy>>,
    },
    Look {
        answer: oneshot::Sender<Look>,
    },
    Files(FilesRequest),
}

/// Something to be said.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) room: RoomKey,
    pub(crate) with: Option<PersonId>,
    pub(crate) text: String,
    pub(crate) reply_to: Option<LineKey>,
}

impl Run {
    pub(super) async fn requested(&mut self, request: Request) {
        // Whoever asked may have stopped waiting for the answer.
        match request {
            Request::Command { command, answer } => {
                let renamed = matches!(command, Command::Rename(_));
                let done = self.commanded(command);
                if renamed && done.is_ok() {
                    self.keep_or_tell().await;
                }
                let _ = answer.send(done);
            }
            Request::Say { words, answer } => {
                if self.words.len() >= MAX_WAITING_WORDS {
                    let _ = answer.send(Err(Refusal::Busy));
                } else {
                    self.words.push_back((words, answer));
                }
            }
            Request::Search {
                room,
                with,
                text,
                answer,
            } => {
                let _ = answer.send(Ok(self.rooms.search(&room, with.as_ref(), &text)));
            }
            Request::Finish { room, answer } => {
                self.finishing.push((room.clone(), answer));
                if let Err(refusal) = self.commanded(Command::Finish(room.clone())) {
                    let at = self.finishing.iter().rposition(|(key, _)| *key == room);
                    if let Some((_, answer)) = at.map(|at| self.finishing.remove(at)) {
                        let _ = answer.send(Err(refusal));
                    }
                }
            }
            Request::UseTrackers { urls, answer } => {
                for url in urls {
                    if crate::check_tracker(&url).is_ok() {
                        self.happened(Input::TrackerAdded { url, local: false });
                    }
                }
                let _ = answer.send(());
            }
            Request::TryTrackers { answer } => {
                self.try_trackers();
                let _ = answer.send(());
            }
            Request::Subscribe { answer } => {
                let present = Present {
                    rooms: self.rooms.snapshot(),
                    transfers: self.shown.all(),
                };
                let _ = answer.send((present, self.told.subscribe()));
            }
            Request::Settings { answer } => {
                let _ = answer.send(self.settings.clone());
            }
            Request::SaveSettings { settings, answer } => {
                let _ = answer.send(self.save_settings(*settings).await);
            }
            Request::UsualServers { answer } => {
                let told = self.overruled.trackers.as_ref();
                let _ = answer.send(Servers {
                    trackers: told.unwrap_or(&self.config.trackers).clone(),
                    ice_servers: self
                        .usual_ice()
                        .iter()
                        .map(settings::shown_server)
                        .collect(),
                });
            }
            Request::Home { answer } => {
                let _ = answer.send(self.rooms.home().clone());
            }
            Request::CommunityRooms { answer } => {
                let names = self.config.rooms.iter().map(|it| it.as_str().to_owned());
                let _ = answer.send(names.collect());
            }
            Request::Address { room, answer } => {
                let _ = answer.send(self.rooms.address(&room).cloned());
            }
            Request::Person { answer } => {
                let _ = answer.send(Person {
                    user_id: self.profile.user_id.clone(),
                    custom_name: self.rooms.me().custom_name,
                    keys: self.profile.keys.clone(),
                    settings: self.settings.clone(),
                });
            }
            Request::Become { person, answer } => {
                let _ = answer.send(self.become_person(*person).await);
            }
            Request::Forget { answer } => {
                let _ = answer.send(self.forget().await);
            }
            Request::Proxy { answer } => {
                let _ = answer.send(self.proxy.clone());
            }
            Request::Look { answer } => {
                let _ = answer.send(self.look());
            }
            Request::Files(request) => self.files_requested(request),
        }
    }

    /// Whoever waits to reconnect does so now. Nobody is hammered by a key that is held down.
    fn try_trackers(&mut self) {
        let now = Instant::now();
        if self.tried_at.is_some_and(|before| now < before + TRY_GAP) {
            return;
        }
        self.tried_at = Some(now);
        self.trackers.wake();
    }

    fn look(&self) -> Look {
        let snapshot = self.rooms.snapshot();
        Look {
            time: self.now().unix_ms,
            in_a_room: !snapshot.rooms.is_empty(),
            empty_rooms: snapshot
                .rooms
                .iter()
                .filter(|room| room.peers.is_empty())
                .map(|room| room.room.to_string())
                .collect(),
            trackers: self.record.trackers(snapshot.trackers),
            lan: LanHealth {
                on: self.near.neighbourhood.is_some(),
                for_this_start: self.overruled.lan.is_some(),
                serving: self.near.serving,
                found: self.near.urls.len(),
            },
            relay_only: self.settings.relay_only,
            proxied: self.proxy.is_some(),
            tried: self.record.tried,
            ice_servers: self.ice_servers.clone(),
            connections: self.record.connections(self.rooms.connections()),
            mesh: self.mesh.clone(),
            addresses: network::addresses(),
        }
    }
}
