//! What passes between a page and those it is connected with.

use std::time::Duration;

use room::{Now, Output};
use wire::{
    Action, Assembly, FileOffer, Handshake, InlineMedia, LinkId, Message, MessageId, Metadata,
    Outer, PeerId, RoomToken, TranscriptEntry, TranscriptItem,
};

use super::{Browser, Peer, Room, Said, Shown};

/// §6.2
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Chitchatter keeps so many entries.
const TRANSCRIPT: usize = 150;

impl Browser {
    pub(crate) fn say(&mut self, now: Now, name: &str, text: &str) -> MessageId {
        let message = Message {
            author_id: self.user.clone(),
            text: text.to_owned(),
            time_sent: now.unix_ms,
            id: MessageId::random(&mut self.rng),
            reply_to: None,
        };
        let id = message.id.clone();
        let own = self.id;
        let Some(room) = self.rooms.get_mut(name) else {
            panic!("the page is not in {name}");
        };
        room.note(Said {
            from: own,
            message: message.clone(),
            at: now.since_start,
            backfilled: false,
        });
        for peer in self.active(name) {
            self.send(name, peer, &Action::Message(message.clone()));
        }
        id
    }

    /// Says something to one peer alone.
    pub(crate) fn whisper(&mut self, now: Now, name: &str, to: PeerId, text: &str) {
        let message = Message {
            author_id: self.user.clone(),
            text: text.to_owned(),
            time_sent: now.unix_ms,
            id: MessageId::random(&mut self.rng),
            reply_to: None,
        };
        let own = self.id;
        if let Some(room) = self.rooms.get_mut(name) {
            room.private.entry(to).or_default().push(Said {
                from: own,
                message: message.clone(),
                at: now.since_start,
                backfilled: false,
            });
        }
        self.send(name, to, &Action::DirectMessage(message));
    }

    /// Offers files, or none any more.
    pub(crate) fn offer_files(&mut self, name: &str, offer: Option<FileOffer>) {
        if let Some(room) = self.rooms.get_mut(name) {
            room.offer.clone_from(&offer);
        }
        for peer in self.active(name) {
            self.send(name, peer, &Action::FileOffer(offer.clone()));
        }
    }

    /// Puts media among what is said.
    pub(crate) fn show(&mut self, now: Now, name: &str, magnet_uri: String) -> MessageId {
        let media = InlineMedia {
            author_id: self.user.clone(),
            magnet_uri,
            time_sent: now.unix_ms,
            id: MessageId::random(&mut self.rng),
        };
        let id = media.id.clone();
        let from = self.id;
        if let Some(room) = self.rooms.get_mut(name) {
            room.media.push(Shown {
                from,
                media: media.clone(),
                backfilled: false,
            });
        }
        for peer in self.active(name) {
            self.send(name, peer, &Action::InlineMedia(media.clone()));
        }
        id
    }

    /// Types to one peer alone, or stops.
    pub(crate) fn type_privately(&mut self, name: &str, to: PeerId, typing: bool) {
        self.send(name, to, &Action::DirectTyping(typing));
    }

    // Rooms on connections, §6.

    pub(super) fn bind(&mut self, now: Duration, name: &str, peer: PeerId, link: LinkId) {
        let asks = self.id < peer;
        let challenge = asks.then(|| wire::random_challenge(&mut self.rng));
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if room.leaving.is_some() || room.peers.contains_key(&peer) {
            return;
        }
        let token = room.token;
        room.peers.insert(
            peer,
            Peer {
                link,
                assembly: Assembly::new(),
                challenge: challenge.clone(),
                own_passed: false,
                remote_ready: false,
                is_active: false,
                deadline: now + HANDSHAKE,
                metadata: None,
                metadata_heard: 0,
                typing: false,
                types_privately: false,
                offer: None,
                offers_heard: Vec::new(),
                unknown: Vec::new(),
                foreign: Vec::new(),
            },
        );
        let Some(conn) = self.conns.get_mut(&link) else {
            return;
        };
        conn.bound.insert(name.to_owned());
        conn.idle_since = None;
        let parked = conn.parked.remove(&token).unwrap_or_default();
        if let Some(c) = challenge {
            let challenge = Action::HandshakeData(Handshake::Challenge { c });
            self.send(name, peer, &challenge);
        }
        for frame in parked {
            self.bytes(now, link, frame);
        }
    }

    pub(super) fn detach(&mut self, now: Duration, name: &str, peer: PeerId) {
        let Some(gone) = self
            .rooms
            .get_mut(name)
            .and_then(|room| room.peers.remove(&peer))
        else {
            return;
        };
        self.unbind(now, name, gone.link);
    }

    pub(super) fn unbind(&mut self, now: Duration, name: &str, link: LinkId) {
        if let Some(conn) = self.conns.get_mut(&link) {
            conn.bound.remove(name);
            if conn.bound.is_empty() {
                conn.idle_since = Some(now);
            }
        }
    }

    pub(super) fn bytes(&mut self, now: Duration, link: LinkId, bytes: Vec<u8>) {
        let Some(conn) = self.conns.get_mut(&link) else {
            return;
        };
        let Some(peer) = conn.remote.filter(|_| conn.is_open) else {
            return;
        };
        match Outer::parse(&bytes) {
            Ok(Outer::Presence { token, present }) => {
                if !present {
                    conn.present.remove(&token);
                    return;
                }
                conn.present.insert(token);
                if let Some(name) = self.room_of(token) {
                    self.bind(now, &name, peer, link);
                }
            }
            Ok(Outer::Room { token, chunk }) => {
                let name = self.room_of(token);
                let bound =
                    name.filter(|name| self.peer(name, peer).is_some_and(|it| it.link == link));
                let Some(name) = bound else {
                    if let Some(conn) = self.conns.get_mut(&link) {
                        conn.parked.entry(token).or_default().push(bytes);
                    }
                    return;
                };
                let Some(theirs) = self
                    .rooms
                    .get_mut(&name)
                    .and_then(|room| room.peers.get_mut(&peer))
                else {
                    return;
                };
                if let Ok(Some(body)) = theirs.assembly.push(chunk) {
                    let text = String::from_utf8_lossy(&body.payload);
                    // Not all that `wire` knows, a page knows.
                    if body.action.starts_with("n.") || text.contains("\"replyTo\"") {
                        theirs.unknown.push(body.action.clone());
                    }
                    if let Ok(action) = Action::parse(&body) {
                        if body.action.starts_with("n.") {
                            theirs.foreign.push(action.clone());
                        }
                        self.action(now, &name, peer, action);
                    }
                }
            }
            Err(_) => {}
        }
    }

    pub(super) fn action(&mut self, now: Duration, name: &str, peer: PeerId, action: Action) {
        let own = self.id;
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let address = room.address.clone();
        let is_first = room.log.is_empty() && room.media.is_empty();
        let Some(theirs) = room.peers.get_mut(&peer) else {
            return;
        };
        match action {
            Action::Leave => self.detach(now, name, peer),
            Action::HandshakeData(data) if !theirs.is_active && !theirs.own_passed => {
                match (&theirs.challenge, data) {
                    (None, Handshake::Challenge { c }) => {
                        theirs.own_passed = true;
                        let h = if self.lies {
                            "0".repeat(64)
                        } else {
                            wire::challenge_response(&c, &address)
                        };
                        let response = Action::HandshakeData(Handshake::Response { h });
                        self.send(name, peer, &response);
                    }
                    (Some(c), Handshake::Response { h })
                        if h == wire::challenge_response(c, &address) =>
                    {
                        theirs.own_passed = true;
                    }
                    _ => {
                        self.detach(now, name, peer);
                        return;
                    }
                }
                self.send(name, peer, &Action::HandshakeReady);
                self.activate(name, peer);
            }
            Action::HandshakeReady if !theirs.is_active => {
                theirs.remote_ready = true;
                self.activate(name, peer);
            }
            _ if !theirs.is_active => {}
            Action::Ping => self.send(name, peer, &Action::Pong),
            Action::Metadata(metadata) => {
                theirs.metadata = Some(*metadata);
                theirs.metadata_heard += 1;
                self.send(name, peer, &Action::Typing(false));
                self.send(name, peer, &Action::DirectTyping(false));
            }
            Action::Typing(typing) => theirs.typing = typing,
            Action::Message(message) => {
                theirs.typing = false;
                room.note(Said {
                    from: peer,
                    message,
                    at: now,
                    backfilled: false,
                });
            }
            Action::DirectTyping(typing) => theirs.types_privately = typing,
            Action::DirectMessage(message) => {
                theirs.types_privately = false;
                room.private.entry(peer).or_default().push(Said {
                    from: peer,
                    message,
                    at: now,
                    backfilled: false,
                });
            }
            // A transcript counts only while one's own is empty.
            Action::Transcript(entries) if is_first => {
                for entry in entries {
                    match entry.entry {
                        TranscriptItem::Message(message) => room.note(Said {
                            from: peer,
                            message,
                            at: now,
                            backfilled: true,
                        }),
                        TranscriptItem::InlineMedia(media) => room.media.push(Shown {
                            from: peer,
                            media,
                            backfilled: true,
                        }),
                    }
                }
            }
            Action::InlineMedia(media) => room.media.push(Shown {
                from: peer,
                media,
                backfilled: false,
            }),
            Action::FileOffer(offer) => {
                // protocol/chitchatter §9.6: the page looks into the offer that is over.
                let is_sound = offer.is_some() || theirs.offer.is_some();
                assert!(is_sound, "an end without an offer breaks the page");
                theirs.offer.clone_from(&offer);
                theirs.offers_heard.push(offer);
            }
            _ => {}
        }
        debug_assert!(own != peer, "nobody connects to themselves");
    }

    fn activate(&mut self, name: &str, peer: PeerId) {
        let user_id = self.user.clone();
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(theirs) = room.peers.get_mut(&peer) else {
            return;
        };
        if theirs.is_active || !theirs.own_passed || !theirs.remote_ready {
            return;
        }
        theirs.is_active = true;
        let metadata = Metadata {
            custom_name: self.custom_name.clone(),
            public_key: self.keys.public_key().to_owned(),
            signature: room.signature.clone(),
            user_id,
            native: None,
        };
        let mut log: Vec<TranscriptEntry> = room
            .log
            .iter()
            .map(|said| TranscriptEntry {
                entry: TranscriptItem::Message(said.message.clone()),
                time_received: Some(said.message.time_sent),
            })
            .collect();
        log.extend(room.media.iter().map(|shown| TranscriptEntry {
            entry: TranscriptItem::InlineMedia(shown.media.clone()),
            time_received: Some(shown.media.time_sent),
        }));
        let public = !room.address.is_private();
        let offer = room.offer.clone();
        self.send(name, peer, &Action::Metadata(Box::new(metadata)));
        if public {
            self.send(name, peer, &Action::Transcript(log));
        }
        if offer.is_some() {
            self.send(name, peer, &Action::FileOffer(offer));
        }
    }

    // Sending.

    pub(super) fn send(&mut self, name: &str, peer: PeerId, action: &Action) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(link) = room.peers.get(&peer).map(|peer| peer.link) else {
            return;
        };
        let body = action.body();
        let nonce = room.nonces.entry(body.action.clone()).or_insert(0);
        let frames = wire::frames(room.token, *nonce, &body);
        *nonce = nonce.wrapping_add(1);
        for frame in frames {
            self.push(link, frame);
        }
    }

    pub(super) fn presence_to_all(&mut self, token: RoomToken, present: bool) {
        let open: Vec<LinkId> = self.shared.values().copied().collect();
        for link in open {
            self.push(link, wire::presence(token, present));
        }
    }

    pub(super) fn push(&mut self, link: LinkId, bytes: Vec<u8>) {
        self.outputs.push_back(Output::Send { link, bytes });
    }
}

impl Room {
    fn note(&mut self, said: Said) {
        self.log.push(said);
        if self.log.len() > TRANSCRIPT.max(1000) {
            self.log.remove(0);
        }
    }
}
