//! Files on their way: what rooms and the person say goes to the transfers, and what they report goes
//! to rooms and the person.

use std::path::PathBuf;
use std::time::SystemTime;

use files::store::{self, Source};
use room::{Command, RoomKey, ShareKey};
use tokio::sync::oneshot;
use view::Refusal;
use wire::{PeerId, TransferSignal};

use super::Run;
use crate::told::Told;
use crate::transfers::{Answer, Change, Look, Order, Place, Report, Wanted};

/// What a [`crate::Node`] asks about files.
#[derive(Debug)]
pub(crate) enum FilesRequest {
    Share {
        room: RoomKey,
        sources: Vec<Source>,
        answer: Answer<()>,
    },
    Fetch {
        room: RoomKey,
        key: ShareKey,
        into: Option<PathBuf>,
        answer: Answer<()>,
    },
    Change {
        room: RoomKey,
        key: ShareKey,
        change: Change,
        answer: Answer<()>,
    },
    Look(Look),
    All {
        answer: oneshot::Sender<Vec<view::Transfer>>,
    },
}

impl Run {
    pub(super) fn files_requested(&mut self, request: FilesRequest) {
        // Whoever asked may have stopped waiting for the answer.
        match request {
            FilesRequest::Share {
                room,
                sources,
                answer,
            } => match self.place(&room) {
                Some(place) => self.order(Order::Share {
                    place,
                    sources,
                    answer,
                }),
                None => {
                    let _ = answer.send(Err(Refusal::NotJoined));
                }
            },
            FilesRequest::Fetch {
                room,
                key,
                into,
                answer,
            } => match self.wanted(&room, key, into) {
                Ok(wanted) => self.order(Order::Fetch { wanted, answer }),
                Err(refusal) => {
                    let _ = answer.send(Err(refusal));
                }
            },
            FilesRequest::Change {
                room,
                key,
                change,
                answer,
            } => self.change(room, key, change, answer),
            FilesRequest::Look(look) => self.order(Order::Look(look)),
            FilesRequest::All { answer } => {
                let _ = answer.send(self.shown.all());
            }
        }
    }

    fn change(&mut self, room: RoomKey, key: ShareKey, change: Change, answer: Answer<()>) {
        if change == Change::Unshare
            && let Err(refusal) = self.commanded(Command::Unshare {
                room: room.clone(),
                key,
            })
        {
            // What failed, or is not offered yet, is known to the transfers alone.
            if refusal != room::Refusal::NoSuchShare {
                let _ = answer.send(Err(refusal.into()));
                return;
            }
        }
        self.order(Order::Change {
            room,
            key,
            change,
            into: self.downloads(),
            answer,
        });
    }

    fn place(&self, room: &RoomKey) -> Option<Place> {
        let address = self.rooms.address(room)?;
        Some(Place {
            room: room.clone(),
            name: address.name.clone(),
            origin: address.origin.clone(),
            me: self.rooms.me().peer_id,
        })
    }

    fn wanted(
        &self,
        room: &RoomKey,
        key: ShareKey,
        into: Option<PathBuf>,
    ) -> Result<Box<Wanted>, Refusal> {
        let place = self.place(room).ok_or(Refusal::NotJoined)?;
        let share = self.rooms.share(room, &key).ok_or(Refusal::NoSuchShare)?;
        if share.withdrawn {
            return Err(Refusal::NoSuchShare);
        }
        Ok(Box::new(Wanted {
            place,
            key,
            name: share.name.clone(),
            kind: share.kind.into(),
            files: share.files,
            size: share.size,
            magnet: share.magnet.clone(),
            holders: self.rooms.holders(room, &key),
            into,
        }))
    }

    /// Who has some of a share changed, or it was taken back.
    pub(super) fn holders_changed(&mut self, room: RoomKey, key: ShareKey) {
        let holders = self.rooms.holders(&room, &key);
        let share = self.rooms.share(&room, &key);
        let withdrawn = share.is_some_and(|share| share.withdrawn);
        // What changed before does not matter any more.
        self.orders.retain(|order| {
            !matches!(order, Order::Holders { room: of, key: known, .. } if *of == room && *known == key)
        });
        let folder = self.downloads().filter(|_| !withdrawn && share.is_some());
        let wanted = folder.and_then(|folder| self.wanted(&room, key, Some(folder)).ok());
        self.order(Order::Holders {
            room,
            key,
            holders,
            withdrawn,
            wanted,
        });
    }

    /// What was begun long ago in the folder for downloads and never wanted again is removed, though
    /// nothing else may ever be fetched.
    pub(super) fn clean_downloads(&self) {
        if let Some(folder) = self.downloads() {
            // What is being fetched is locked, and what comes later was touched now.
            tokio::task::spawn_blocking(move || store::clean(&folder, &[], SystemTime::now()));
        }
    }

    /// The folder for downloads, where one was chosen.
    fn downloads(&self) -> Option<PathBuf> {
        self.settings.downloads.as_ref().map(PathBuf::from)
    }

    pub(super) fn transfer_signalled(
        &mut self,
        room: &RoomKey,
        peer: PeerId,
        signal: Box<TransferSignal>,
    ) {
        if let Some(place) = self.place(room) {
            self.order(Order::Signalled {
                place,
                peer,
                signal,
            });
        }
    }

    pub(super) fn reported(&mut self, report: Report) {
        match report {
            Report::Ready {
                room,
                transfer,
                shared,
            } => {
                let taken = self.commanded(Command::Share { room, shared }).is_ok();
                self.order(Order::Offered { transfer, taken });
            }
            // These fail where the room is left or the peer is gone, and then nothing is amiss.
            Report::Spoilt { room, key } => {
                let _ = self.commanded(Command::Unshare { room, key });
            }
            Report::Signal { room, peer, signal } => {
                let _ = self.commanded(Command::SignalTransfer { room, peer, signal });
            }
            Report::Hold { room, offer, has } => {
                let _ = self.commanded(Command::Hold { room, offer, has });
            }
            Report::Tell(event) => {
                self.shown.told(&event);
                self.told.tell(&Told::Files(event));
            }
        }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.orders.push_back(order);
    }

    /// The transfers never wait for us, so this is soon done.
    pub(super) async fn hand_over_orders(&mut self) {
        while let Some(order) = self.orders.pop_front() {
            if self.transfers.orders.send(order).await.is_err() {
                return;
            }
        }
    }
}
