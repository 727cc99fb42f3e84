//! Enters, leaves, pins and shares rooms.

use room::{RoomKey, Rules};
use serde_json::{Value, json};
use view::{PinPlace, Pinned, SuggestedKind};
use wire::{Invitation, RoomAddress};

use super::{Answer, Commands, Fault, Outcome, Question, Then, answer, code, on_off, room_of};
use crate::clean;
use crate::destination::{self, Destination};
use crate::passphrase::Secret;
use crate::typed::Rule;

impl Commands {
    pub(super) async fn rules(
        &self,
        room: &RoomKey,
        change: Option<(Rule, bool)>,
    ) -> Result<Outcome, Fault> {
        let mut rules: Rules = self.look(room).await?.rules;
        if let Some((rule, on)) = change {
            match rule {
                Rule::Slow => rules.slow = on,
                Rule::Plain => rules.plain_strangers = on,
            }
            self.node.set_rules(room, rules).await?;
        }
        Ok(answer(vec![
            format!(
                "slow is {}: people who are not verified say little at a time.",
                on_off(rules.slow)
            ),
            format!(
                "plain is {}: their links and media are bare text.",
                on_off(rules.plain_strangers)
            ),
        ]))
    }

    /// Whether the room tells of itself while the person is not looking.
    pub(super) async fn quiet(
        &self,
        room: &RoomKey,
        change: Option<bool>,
    ) -> Result<Outcome, Fault> {
        if let Some(quiet) = change {
            self.node.mute_room(room, quiet).await?;
        }
        let quiet = self.look(room).await?.muted;
        Ok(answer(vec![match quiet {
            true => "quiet is on: nothing said here rings.".to_owned(),
            false => "quiet is off: it rings when you are meant.".to_owned(),
        }]))
    }

    pub(super) async fn link(&self, room: &RoomKey, secret: bool) -> Result<Outcome, Fault> {
        let here = self.look(room).await?;
        let invitation = Invitation::from(&here.address);
        let mut links = json!({ "web": invitation.web_link(), "app": invitation.app_link() });
        let mut rows = vec![
            format!("for a browser: {}", invitation.web_link()),
            format!("for the app:   {}", invitation.app_link()),
        ];
        let keys = invitation
            .web_link_with_secret()
            .zip(invitation.app_link_with_secret());
        match keys {
            None if secret => {
                return Err(no_secret("/link"));
            }
            Some((web, app)) if secret => {
                rows = vec![
                    "Whoever has one of these comes in without the password:".to_owned(),
                    format!("for a browser: {web}"),
                    format!("for the app:   {app}"),
                ];
                links["secret"] = json!({ "web": web, "app": app });
            }
            _ => {}
        }
        let object = json!({ "kind": "links", "room": room.as_str(), "links": links });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    pub(super) async fn qr(&self, room: &RoomKey, secret: bool) -> Result<Outcome, Fault> {
        let here = self.look(room).await?;
        let invitation = Invitation::from(&here.address);
        let text = match secret {
            true => invitation
                .web_link_with_secret()
                .ok_or_else(|| no_secret("/qr"))?,
            false => invitation.web_link(),
        };
        let code = node::qr(&text)?;
        let object = json!({
            "kind": "qr",
            "room": room.as_str(),
            "text": text,
            "size": code.size,
            "modules": code.modules,
        });
        Ok(Outcome::Answer(Answer {
            is_picture: true,
            ..Answer::of(code::drawn(&code), Some(object))
        }))
    }

    /// Enters a room by its name or link.
    pub(super) async fn join(
        &mut self,
        place: &str,
        password: Option<Secret>,
    ) -> Result<Outcome, Fault> {
        if place.is_empty() {
            return self.where_to().await;
        }
        let home = self.node.home().await?;
        let wrong = |failure: crate::ending::Failure| Fault::Why(format!("not done: {failure}"));
        let invitation = Destination::typed(place.to_owned(), password)
            .and_then(|destination| destination.invitation(&home))
            .map_err(wrong)?;
        let name = clean::visible(invitation.name.as_str());
        let Some(address) = invitation.address() else {
            return self.ask(
                format!("Password of the private room {name}: "),
                Then::Join(place.to_owned()),
                "that room is private: write its password after it",
            );
        };
        if !self.manners.own_trackers {
            self.node.use_trackers(invitation.trackers).await?;
        }
        self.enter(address).await
    }

    /// Enters the room that the code in a picture leads to.
    pub(super) async fn open_qr(&mut self, path: &str) -> Result<Outcome, Fault> {
        let path = crate::paths::place(path);
        let text = tokio::task::spawn_blocking(move || destination::qr_text(&path)).await;
        let text = text.unwrap_or_else(|_| Err("it cannot be read".to_owned()));
        let text = text.map_err(|why| Fault::Why(format!("not done: {why}")))?;
        self.join(&text, None).await
    }

    /// Enters a room, or only turns to it where it has been entered.
    async fn enter(&mut self, address: RoomAddress) -> Result<Outcome, Fault> {
        let room = match self.node.join(address).await {
            Ok(room) => room,
            Err(room::Refusal::Stopped) => return Err(room::Refusal::Stopped.into()),
            Err(refusal) => return Err(Fault::Why(format!("not done: {refusal}"))),
        };
        Ok(self.go(room))
    }

    /// Lets what is typed go to another room from now on.
    pub(super) fn go(&mut self, room: RoomKey) -> Outcome {
        self.current = room.clone();
        let object = json!({ "kind": "current", "room": room.as_str() });
        let rows = vec![format!(
            "You talk in {} now.",
            clean::visible(room.as_str())
        )];
        Outcome::Answer(Answer {
            goes_to: Some(room),
            ..Answer::of(rows, Some(object))
        })
    }

    /// Rooms one could enter.
    async fn where_to(&self) -> Result<Outcome, Fault> {
        let free = node::suggest_room(SuggestedKind::Passphrase);
        let known = self.node.community_rooms().await?;
        let mut rows = vec![
            "Write /join ROOM, /join LINK, or /join \"A ROOM\" PASSWORD.".to_owned(),
            format!("A name nobody else has: {}", free.text),
            format!(
                "A password nobody guesses: {}",
                node::suggest_password().text
            ),
        ];
        if !known.is_empty() {
            rows.push(format!(
                "Rooms anybody may know: {}",
                clean::line(&known.join(", "))
            ));
        }
        Ok(answer(rows))
    }

    /// Leaves a room; with the last one the person goes.
    pub(super) async fn leave(&mut self, room: &RoomKey) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        if snapshot.rooms.is_empty() {
            return Ok(Outcome::Leave);
        }
        room_of(&snapshot, room)?;
        let mut others = snapshot.rooms.iter().filter(|it| it.room != *room);
        let Some(other) = others.next_back().map(|it| it.room.clone()) else {
            return Ok(Outcome::Leave);
        };
        self.node.leave(room).await?;
        if self.current != *room {
            return Ok(Outcome::Done);
        }
        Ok(self.go(other))
    }

    pub(super) async fn rooms(&self, current: &RoomKey) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let rows = snapshot.rooms.iter().zip(1..).map(|(it, number)| {
            let mark = if it.room == *current { "*" } else { " " };
            let kind = if it.address.is_private() {
                "private"
            } else {
                "public"
            };
            let mut text = format!(
                "{mark}{number} {}: {kind}, {} others",
                clean::visible(it.room.as_str()),
                it.peers.len()
            );
            if it.unread.lines > 0 {
                text.push_str(&format!(", {} unread", it.unread.lines));
            }
            if it.muted {
                text.push_str(", quiet");
            }
            text
        });
        let rows = rows.collect();
        let rooms: Vec<Value> = snapshot
            .rooms
            .iter()
            .map(|it| {
                json!({
                    "room": it.room.as_str(),
                    "name": it.address.name.as_str(),
                    "origin": it.address.origin.as_str(),
                    "private": it.address.is_private(),
                    "peers": it.peers.len(),
                    "current": it.room == *current,
                })
            })
            .collect();
        let object = json!({ "kind": "rooms", "rooms": rooms });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    /// Turns to a room by its number in `/rooms`, or by its name.
    pub(super) async fn switch(&mut self, which: &str) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let by_number = which
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1))
            .and_then(|at| snapshot.rooms.get(at));
        let named = || snapshot.rooms.iter().find(|it| it.room.as_str() == which);
        let found = by_number.or_else(named).ok_or_else(|| {
            Fault::Why("not done: you are in no such room; /rooms lists yours".to_owned())
        })?;
        let room = found.room.clone();
        Ok(self.go(room))
    }

    pub(super) async fn pin(&self, room: &RoomKey) -> Result<Outcome, Fault> {
        self.node.pin(room, true).await?;
        let place = self.node.pinned().await?.place;
        Ok(answer(vec![format!(
            "{} is pinned, {}.",
            clean::visible(room.as_str()),
            kept(place)
        )]))
    }

    pub(super) async fn unpin(
        &self,
        room: &RoomKey,
        number: Option<usize>,
    ) -> Result<Outcome, Fault> {
        let room = match number {
            None => room.clone(),
            Some(number) => RoomKey::from_text(&self.pin_of(number).await?.room),
        };
        self.node.pin(&room, false).await?;
        Ok(answer(vec![format!(
            "{} is not pinned any more.",
            clean::visible(room.as_str())
        )]))
    }

    /// What is pinned; with a number, goes there.
    pub(super) async fn pinned(&mut self, number: Option<usize>) -> Result<Outcome, Fault> {
        if let Some(number) = number {
            let link = self.pin_of(number).await?.link;
            return self.join(&link, None).await;
        }
        let pins = self.node.pinned().await?;
        let mut rows: Vec<String> = pins
            .rooms
            .iter()
            .zip(1..)
            .map(|(it, number)| {
                let kind = if it.private { "private" } else { "public" };
                format!("{number} {}: {kind}", clean::visible(&it.room))
            })
            .collect();
        rows.push(match rows.is_empty() {
            true => "No room is pinned; /pin remembers the one you are in.".to_owned(),
            false => format!(
                "They are pinned {}; /pinned N enters one.",
                kept(pins.place)
            ),
        });
        // Without their links: a secret may be in them.
        let rooms: Vec<Value> = pins
            .rooms
            .iter()
            .map(|it| {
                json!({
                    "room": it.room,
                    "name": it.name,
                    "origin": it.origin,
                    "private": it.private,
                })
            })
            .collect();
        let object = json!({ "kind": "pinned", "rooms": rooms, "where": pins.place });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    async fn pin_of(&self, number: usize) -> Result<Pinned, Fault> {
        let pins = self.node.pinned().await?;
        let at = number.checked_sub(1);
        at.and_then(|at| pins.rooms.get(at).cloned())
            .ok_or_else(|| Fault::Why(format!("not done: no room {number} is pinned; see /pinned")))
    }

    /// Asks somebody, or says what to do where there is nobody.
    pub(super) fn ask(&self, words: String, then: Then, otherwise: &str) -> Result<Outcome, Fault> {
        if !self.manners.can_ask {
            return Err(Fault::Why(format!("not done: {otherwise}")));
        }
        Ok(Outcome::Ask(Question { words, then }))
    }
}

fn no_secret(command: &str) -> Fault {
    Fault::Why(format!(
        "not done: this room is public and has no secret; {command} is enough"
    ))
}

fn kept(place: PinPlace) -> &'static str {
    match place {
        PinPlace::Keyring => "in the keyring of this system",
        PinPlace::File => "in a file beside your profile that you alone may read",
        PinPlace::Memory => "until this program ends: only a --profile is remembered",
    }
}
