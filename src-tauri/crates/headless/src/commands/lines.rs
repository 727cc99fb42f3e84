//! Says, answers, changes and finds lines.

use std::collections::BTreeSet;
use std::time::Duration;

use room::{Entry, Event, Line, LineKey, PersonId, Refusal, RoomKey, RoomSnapshot, Snapshot};
use serde_json::json;

use super::people::{addressee, people};
use super::{Answer, At, Commands, Fault, Outcome, answer, room_of};
use crate::{clean, story};

/// How long to wait before something is said again for which there was no room.
const AGAIN: Duration = Duration::from_millis(20);
/// How long somebody is waited for who is written to before anybody was met: as long as what is said
/// to all of a room waits for anyone.
const SEARCH: Duration = Duration::from_secs(15);
/// How many lines an answer shows at most; further ones are counted.
const MAX_SHOWN: usize = 200;
/// Characters of a line shown where many are.
const EXCERPT: usize = 200;

/// A line and where it stands.
struct Found<'a> {
    room: &'a RoomKey,
    with: Option<&'a PersonId>,
    whose: Option<&'a str>,
    line: &'a Line,
}

impl Commands {
    /// Says something, and waits while too much is on its way.
    pub(super) async fn say(
        &self,
        room: &RoomKey,
        with: Option<PersonId>,
        text: String,
        reply_to: Option<LineKey>,
    ) -> Result<(), Refusal> {
        loop {
            let said = self
                .node
                .say(room, with.clone(), text.clone(), reply_to)
                .await;
            match said {
                Err(Refusal::Busy) => tokio::time::sleep(AGAIN).await,
                said => return said.map(drop),
            }
        }
    }

    /// Says something to one person alone. Where nobody was met yet, whoever is meant may be about
    /// to come; that is waited for once.
    pub(super) async fn say_to(&mut self, room: &RoomKey, words: &str) -> Result<(), Fault> {
        let (present, mut told) = self.node.subscribe().await?;
        let snapshot = present.rooms;
        let mut here = room_of(&snapshot, room)?.clone();
        if has_met_nobody(&here) && !self.searched.contains(room) {
            let by = tokio::time::Instant::now() + SEARCH;
            while addressee(&people(&here), words).is_err() {
                match tokio::time::timeout_at(by, told.next_of_rooms()).await {
                    Ok(Some(Event::PeerJoined { .. } | Event::PeerChanged { .. })) => {
                        here = self.look(room).await?;
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => return Err(Refusal::Stopped.into()),
                    Err(_) => {
                        self.searched.insert(room.clone());
                        break;
                    }
                }
            }
        }
        let (person, text) = addressee(&people(&here), words)?;
        Ok(self.say(room, Some(person), text, None).await?)
    }

    pub(super) async fn reply(&self, key: u64, text: String) -> Result<(), Fault> {
        let snapshot = self.snapshot().await?;
        let found = line(&snapshot, key)?;
        let (room, with) = (found.room.clone(), found.with.cloned());
        Ok(self.say(&room, with, text, Some(LineKey(key))).await?)
    }

    pub(super) async fn react(&self, key: u64, emoji: &str) -> Result<(), Fault> {
        let emoji = emoji_of(emoji)?;
        let snapshot = self.snapshot().await?;
        let found = line(&snapshot, key)?;
        let here = &found.line.reactions;
        let is_there = here.iter().any(|it| it.own && it.emoji == emoji);
        self.node
            .react(found.room, LineKey(key), emoji, !is_there)
            .await?;
        Ok(())
    }

    pub(super) async fn show(&self, key: u64) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let found = line(&snapshot, key)?;
        let mut rows = vec![self.heading(&found)];
        rows.extend(clean::said(&found.line.text));
        Ok(answer(rows))
    }

    pub(super) async fn search(&self, room: &RoomKey, words: String) -> Result<Outcome, Fault> {
        let here = self.look(room).await?;
        let mut keys: BTreeSet<LineKey> = BTreeSet::new();
        let talks = here
            .directs
            .iter()
            .map(|talk| Some(talk.direct.with.clone()));
        for with in std::iter::once(None).chain(talks) {
            keys.extend(self.node.search(room, with, words.clone()).await?);
        }
        let found: Vec<Found<'_>> = lines(&here)
            .filter(|it| keys.contains(&it.line.key))
            .collect();
        let mut rows = self.listed(&found);
        if rows.is_empty() {
            rows.push(format!("No line holds \"{}\".", clean::line(&words)));
        }
        let lines: Vec<u64> = found.iter().map(|it| it.line.key.0).collect();
        let object = json!({
            "kind": "found",
            "room": room.as_str(),
            "words": words,
            "lines": lines,
        });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    pub(super) async fn lines(
        &self,
        room: &RoomKey,
        count: usize,
        at: &At,
    ) -> Result<Outcome, Fault> {
        let here = self.look(room).await?;
        let mut all: Vec<Found<'_>> = lines(&here).filter(|it| is_at(it, at)).collect();
        let rest = all.split_off(all.len().saturating_sub(count.min(MAX_SHOWN)));
        let mut rows = self.listed(&rest);
        if rows.is_empty() {
            rows.push("Nothing was said yet.".to_owned());
        }
        Ok(answer(rows))
    }

    /// The line of ours that is meant, and its room.
    pub(super) async fn own_line(
        &self,
        key: Option<u64>,
        room: &RoomKey,
        at: &At,
    ) -> Result<(RoomKey, LineKey), Fault> {
        let snapshot = self.snapshot().await?;
        if let Some(key) = key {
            // One that is nowhere is refused where it is asked for.
            let room = line(&snapshot, key).map_or(room, |found| found.room);
            return Ok((room.clone(), LineKey(key)));
        }
        // Where all talks are one stream, it is the room's: a private line is never meant silently.
        let with = match at {
            At::Everywhere => None,
            At::Talk(_, with) => with.as_ref(),
        };
        let last = lines(room_of(&snapshot, room)?)
            .filter(|it| it.line.own && !it.line.deleted && it.with == with)
            .map(|it| it.line.key)
            .max();
        let last =
            last.ok_or_else(|| Fault::Why("not done: you have said nothing here yet".to_owned()))?;
        Ok((room.clone(), last))
    }

    fn listed(&self, found: &[Found<'_>]) -> Vec<String> {
        let hidden = found.len().saturating_sub(MAX_SHOWN);
        let shown = found.iter().skip(hidden).map(|it| {
            let text = match it.line.folded {
                Some(_) if !it.line.own => "(folded away)".to_owned(),
                _ if it.line.deleted => "(taken back)".to_owned(),
                _ => clean::said(&it.line.text).join(" "),
            };
            let excerpt: String = text.chars().take(EXCERPT).collect();
            format!("{} {excerpt}", self.heading(it))
        });
        let count = (hidden > 0).then(|| format!("({hidden} earlier lines are not shown)"));
        count.into_iter().chain(shown).collect()
    }

    fn heading(&self, found: &Found<'_>) -> String {
        let line = found.line;
        let whose = match found.whose {
            Some(name) => format!(" (with {} alone)", clean::line(name)),
            None => String::new(),
        };
        format!(
            "#{} {} {}{whose}:",
            line.key.0,
            story::clock(
                story::said_at(
                    line.backfilled,
                    line.share.is_some(),
                    line.time_sent,
                    line.time_received
                ),
                self.manners.offset
            ),
            clean::line(&line.author)
        )
    }
}

/// Whether nobody has come to a room yet.
fn has_met_nobody(room: &RoomSnapshot) -> bool {
    let is_quiet = |it: &Entry| !matches!(it, Entry::Notice(_));
    room.peers.is_empty() && room.directs.is_empty() && room.entries.iter().all(is_quiet)
}

/// All lines of a room, those of its private talks too.
fn lines(room: &RoomSnapshot) -> impl Iterator<Item = Found<'_>> {
    let own = room.entries.iter().map(|entry| (None, entry));
    let private = room
        .directs
        .iter()
        .flat_map(|talk| talk.entries.iter().map(|entry| (Some(&talk.direct), entry)));
    own.chain(private)
        .filter_map(|(direct, entry)| match entry {
            Entry::Line(line) => Some(Found {
                room: &room.room,
                with: direct.map(|it| &it.with),
                whose: direct.map(|it| it.name.as_str()),
                line,
            }),
            Entry::Notice(_) => None,
        })
}

/// A line of any room: no two have the same number.
fn line(snapshot: &Snapshot, key: u64) -> Result<Found<'_>, Fault> {
    snapshot
        .rooms
        .iter()
        .flat_map(lines)
        .find(|it| it.line.key.0 == key)
        .ok_or_else(|| Fault::Why(format!("not done: there is no line {key}")))
}

fn is_at(found: &Found<'_>, at: &At) -> bool {
    match at {
        At::Everywhere => true,
        At::Talk(_, with) => found.with == with.as_ref(),
    }
}

/// An emoji, or what its short name means.
fn emoji_of(word: &str) -> Result<String, Fault> {
    let Some(name) = word
        .strip_prefix(':')
        .and_then(|word| word.strip_suffix(':'))
    else {
        return Ok(word.to_owned());
    };
    view::emojis(name)
        .into_iter()
        .find(|it| it.shortcode == name)
        .map(|it| it.emoji)
        .ok_or_else(|| {
            Fault::Why(format!(
                "not done: no emoji is called :{}:",
                clean::line(name)
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_known_by_its_short_name() {
        assert_eq!(emoji_of(":tada:").expect("an emoji"), "🎉");
        assert_eq!(emoji_of("🎉").expect("an emoji"), "🎉");
        assert!(
            matches!(emoji_of(":nothing-of-the-kind:"), Err(Fault::Why(why)) if why.contains("nothing"))
        );
    }
}
