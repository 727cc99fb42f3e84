//! What a typed line does: the same for lines that come through a pipe and for the full screen.

use std::collections::BTreeSet;
use std::time::Duration;

use node::Node;
use room::{
    Entry, Judged, Line, LineKey, Peer, PersonId, Refusal, RoomKey, RoomSnapshot, Rules, Snapshot,
    Standing,
};
use serde_json::{Value, json};
use time::UtcOffset;
use view::Advice;
use wire::Invitation;

use crate::clean;
use crate::story::{self, full_name};
use crate::typed::{HELP, Rule, Typed, first_word};

/// How long to wait before something is said again for which there was no room.
const AGAIN: Duration = Duration::from_millis(20);
/// How many lines an answer shows at most; further ones are counted.
const MAX_SHOWN: usize = 200;
/// Characters of a line shown where many are.
const EXCERPT: usize = 200;

/// Where a line was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Where all talks are one stream; what is said goes to the room.
    Everywhere,
    /// In the room, or in a private talk with someone.
    Talk(Option<PersonId>),
}

/// What came of a line.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// The person wants to go.
    Leave,
    /// The person asked something.
    Answer(Answer),
    /// Nothing was done, and why.
    Refused(String),
}

/// What a question is answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people. Clean.
    pub(crate) rows: Vec<String>,
    /// For programs, where there is something for them.
    pub(crate) object: Option<Value>,
}

/// Carries out what is typed in one room.
#[derive(Clone)]
pub(crate) struct Commands {
    node: Node,
    room: RoomKey,
    offset: UtcOffset,
}

/// A line and where it stands.
struct Found<'a> {
    with: Option<&'a PersonId>,
    whose: Option<&'a str>,
    line: &'a Line,
}

impl Commands {
    pub(crate) fn new(node: Node, room: RoomKey, offset: UtcOffset) -> Self {
        Self { node, room, offset }
    }

    /// Does what a line asks for.
    ///
    /// # Errors
    /// Only [`Refusal::Stopped`]: any other refusal concerns one line, and the next may be better.
    pub(crate) async fn take(&self, line: &str, at: &At) -> Result<Outcome, Refusal> {
        let done = self.carry_out(Typed::read(line), at).await;
        match done {
            Err(Fault::Why(why)) => Ok(Outcome::Refused(why)),
            Err(Fault::Refusal(Refusal::Stopped)) => Err(Refusal::Stopped),
            Err(Fault::Refusal(refusal)) => Ok(Outcome::Refused(format!("not sent: {refusal}"))),
            Ok(outcome) => Ok(outcome),
        }
    }

    async fn carry_out(&self, typed: Typed, at: &At) -> Result<Outcome, Fault> {
        match typed {
            Typed::Nothing => {}
            Typed::Say(text) => {
                let with = match at {
                    At::Everywhere => None,
                    At::Talk(with) => with.clone(),
                };
                self.say(with, text, None).await?;
            }
            Typed::SayTo(words) => {
                let room = self.look().await?;
                let (person, text) = addressee(&people(&room), &words)?;
                self.say(Some(person), text, None).await?;
            }
            Typed::Reply(key, text) => {
                let room = self.look().await?;
                let with = line(&room, key)?.with.cloned();
                self.say(with, text, Some(LineKey(key))).await?;
            }
            Typed::Edit(key, text) => {
                let key = self.own_line(key, at).await?;
                self.node.edit(&self.room, key, text).await?;
            }
            Typed::Delete(key) => {
                let key = self.own_line(key, at).await?;
                self.node.delete(&self.room, key).await?;
            }
            Typed::Resend(key) => {
                let key = self.own_line(key, at).await?;
                self.node.resend(&self.room, key).await?;
            }
            Typed::React(key, emoji) => self.react(key, &emoji).await?,
            Typed::Search(words) => return self.search(words).await,
            Typed::Lines(count) => return self.lines(count, at).await,
            Typed::Show(key) => {
                let room = self.look().await?;
                let found = line(&room, key)?;
                let mut rows = vec![self.heading(&found)];
                rows.extend(clean::lines(&found.line.text));
                return Ok(answer(rows));
            }
            Typed::Judge(standing, name) => return self.judge(standing, &name).await,
            Typed::Rules(change) => return self.rules(change).await,
            Typed::Peers => {
                let room = self.look().await?;
                return Ok(answer(story::who_is_here(&room.peers)));
            }
            Typed::Who => return self.who().await,
            Typed::Link { secret } => return self.link(secret).await,
            Typed::Doctor => return self.doctor().await,
            Typed::Rename(name) => self.node.rename(name).await?,
            Typed::Leave => return Ok(Outcome::Leave),
            Typed::Help => return Ok(answer(HELP.lines().map(str::to_owned).collect())),
            Typed::Incomplete(usage) => {
                return Err(Fault::Why(format!("not done: write {usage}; see /help")));
            }
            Typed::Unknown(word) => {
                return Err(Fault::Why(format!(
                    "not sent: there is no /{}; a line that begins with / is said with // ; see \
                     /help",
                    clean::line(&word)
                )));
            }
        }
        Ok(Outcome::Done)
    }

    /// Says something, and waits while too much is on its way.
    async fn say(
        &self,
        with: Option<PersonId>,
        text: String,
        reply_to: Option<LineKey>,
    ) -> Result<(), Refusal> {
        loop {
            let said = self
                .node
                .say(&self.room, with.clone(), text.clone(), reply_to)
                .await;
            match said {
                Err(Refusal::Busy) => tokio::time::sleep(AGAIN).await,
                said => return said.map(drop),
            }
        }
    }

    async fn react(&self, key: u64, emoji: &str) -> Result<(), Fault> {
        let emoji = emoji_of(emoji)?;
        let room = self.look().await?;
        let here = &line(&room, key)?.line.reactions;
        let is_there = here.iter().any(|it| it.own && it.emoji == emoji);
        self.node
            .react(&self.room, LineKey(key), emoji, !is_there)
            .await?;
        Ok(())
    }

    async fn search(&self, words: String) -> Result<Outcome, Fault> {
        let room = self.look().await?;
        let mut keys: BTreeSet<LineKey> = BTreeSet::new();
        let talks = room
            .directs
            .iter()
            .map(|talk| Some(talk.direct.with.clone()));
        for with in std::iter::once(None).chain(talks) {
            keys.extend(self.node.search(&self.room, with, words.clone()).await?);
        }
        let found: Vec<Found<'_>> = lines(&room)
            .filter(|it| keys.contains(&it.line.key))
            .collect();
        let mut rows = self.listed(&found);
        if rows.is_empty() {
            rows.push(format!("No line holds \"{}\".", clean::line(&words)));
        }
        let lines: Vec<u64> = found.iter().map(|it| it.line.key.0).collect();
        let object = json!({ "kind": "found", "words": words, "lines": lines });
        Ok(Outcome::Answer(Answer {
            rows,
            object: Some(object),
        }))
    }

    async fn lines(&self, count: usize, at: &At) -> Result<Outcome, Fault> {
        let room = self.look().await?;
        let mut all: Vec<Found<'_>> = lines(&room).filter(|it| is_at(it, at)).collect();
        let rest = all.split_off(all.len().saturating_sub(count.min(MAX_SHOWN)));
        let mut rows = self.listed(&rest);
        if rows.is_empty() {
            rows.push("Nothing was said yet.".to_owned());
        }
        Ok(answer(rows))
    }

    async fn judge(&self, standing: Standing, name: &str) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let mut known = snapshot.judged.iter().map(judged).collect::<Vec<_>>();
        if standing != Standing::Normal {
            let room = room_of(&snapshot, &self.room)?;
            known.extend(people(room));
        }
        let person = named(&known, name).map_err(|unknown| match (unknown, standing) {
            (Unknown::Nobody, Standing::Normal) => Fault::Why(format!(
                "not done: nobody called {} is muted or blocked; /who lists them",
                clean::line(name)
            )),
            (unknown, _) => unknown.why(name),
        })?;
        self.node.judge(person, standing).await?;
        let what = match standing {
            Standing::Normal => "neither muted nor blocked any more",
            Standing::Muted => "muted",
            Standing::Blocked => "blocked",
        };
        Ok(answer(vec![format!("{} is {what}.", clean::line(name))]))
    }

    async fn rules(&self, change: Option<(Rule, bool)>) -> Result<Outcome, Fault> {
        let mut rules: Rules = self.look().await?.rules;
        if let Some((rule, on)) = change {
            match rule {
                Rule::Slow => rules.slow = on,
                Rule::Plain => rules.plain_strangers = on,
            }
            self.node.set_rules(&self.room, rules).await?;
        }
        let word = |on| if on { "on" } else { "off" };
        Ok(answer(vec![
            format!(
                "slow is {}: people who are not verified say little at a time.",
                word(rules.slow)
            ),
            format!(
                "plain is {}: their links and media are bare text.",
                word(rules.plain_strangers)
            ),
        ]))
    }

    async fn who(&self) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let me = &snapshot.me;
        let mut rows = vec![format!(
            "{}: you",
            clean::line(&full_name(&me.name, &me.animal_name))
        )];
        let room = room_of(&snapshot, &self.room)?;
        rows.extend(story::who_is_here(&room.peers));
        for it in &snapshot.judged {
            let what = match it.standing {
                Standing::Normal => continue,
                Standing::Muted => "you muted them",
                Standing::Blocked => "you blocked them",
            };
            rows.push(format!("{}: {what}", clean::line(&it.name)));
        }
        Ok(answer(rows))
    }

    async fn link(&self, secret: bool) -> Result<Outcome, Fault> {
        let room = self.look().await?;
        let invitation = Invitation::from(&room.address);
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
                return Err(Fault::Why(
                    "not done: this room is public and has no secret; /link shows its links"
                        .to_owned(),
                ));
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
        let object = json!({ "kind": "links", "room": self.room.as_str(), "links": links });
        Ok(Outcome::Answer(Answer {
            rows,
            object: Some(object),
        }))
    }

    async fn doctor(&self) -> Result<Outcome, Fault> {
        let diagnosis = self.node.diagnose().await?;
        let mut rows: Vec<String> = diagnosis.advice.iter().map(advice).collect();
        if rows.is_empty() {
            rows.push("Nothing is wrong that this program can see.".to_owned());
        }
        // The report names each advice by its kind; here it has been said in words.
        rows.extend(
            clean::lines(diagnosis.report.trim_end())
                .into_iter()
                .filter(|row| !row.starts_with("advice:")),
        );
        let object = serde_json::to_value(&diagnosis)
            .ok()
            .map(|it| json!({ "kind": "diagnosis", "diagnosis": it }));
        Ok(Outcome::Answer(Answer { rows, object }))
    }

    /// The line of ours that is meant.
    async fn own_line(&self, key: Option<u64>, at: &At) -> Result<LineKey, Fault> {
        if let Some(key) = key {
            return Ok(LineKey(key));
        }
        let room = self.look().await?;
        let last = lines(&room)
            .filter(|it| it.line.own && !it.line.deleted && is_at(it, at))
            .map(|it| it.line.key)
            .max();
        last.ok_or_else(|| Fault::Why("not done: you have said nothing here yet".to_owned()))
    }

    fn listed(&self, found: &[Found<'_>]) -> Vec<String> {
        let hidden = found.len().saturating_sub(MAX_SHOWN);
        let shown = found.iter().skip(hidden).map(|it| {
            let text = match it.line.folded {
                Some(_) if !it.line.own => "(folded away)".to_owned(),
                _ if it.line.deleted => "(taken back)".to_owned(),
                _ => clean::line(&it.line.text),
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
                story::time_of(line.backfilled, line.time_sent, line.time_received),
                self.offset
            ),
            clean::line(&line.author)
        )
    }

    async fn look(&self) -> Result<RoomSnapshot, Fault> {
        let snapshot = self.snapshot().await?;
        Ok(room_of(&snapshot, &self.room)?.clone())
    }

    async fn snapshot(&self) -> Result<Snapshot, Refusal> {
        self.node.subscribe().await.map(|(snapshot, _)| snapshot)
    }
}

fn answer(rows: Vec<String>) -> Outcome {
    Outcome::Answer(Answer { rows, object: None })
}

/// Why nothing was done.
#[derive(Debug)]
enum Fault {
    Refusal(Refusal),
    Why(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

fn room_of<'a>(snapshot: &'a Snapshot, room: &RoomKey) -> Result<&'a RoomSnapshot, Refusal> {
    let mut rooms = snapshot.rooms.iter();
    rooms.find(|it| it.room == *room).ok_or(Refusal::NotJoined)
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
                with: direct.map(|it| &it.with),
                whose: direct.map(|it| it.name.as_str()),
                line,
            }),
            Entry::Notice(_) => None,
        })
}

fn line(room: &RoomSnapshot, key: u64) -> Result<Found<'_>, Fault> {
    lines(room)
        .find(|it| it.line.key.0 == key)
        .ok_or_else(|| Fault::Why(format!("not done: there is no line {key}")))
}

fn is_at(found: &Found<'_>, at: &At) -> bool {
    match at {
        At::Everywhere => true,
        At::Talk(with) => found.with == with.as_ref(),
    }
}

/// Someone and what they answer to.
struct Known {
    person: PersonId,
    names: Vec<String>,
}

fn people(room: &RoomSnapshot) -> Vec<Known> {
    let here = room.peers.iter().map(|peer: &Peer| Known {
        person: peer.person.clone(),
        names: vec![
            peer.name.clone(),
            peer.animal_name.clone(),
            full_name(&peer.name, &peer.animal_name),
            peer.peer_id.as_str().to_owned(),
            peer.person.to_string(),
        ],
    });
    let away = room.directs.iter().map(|talk| Known {
        person: talk.direct.with.clone(),
        names: vec![talk.direct.name.clone(), talk.direct.with.to_string()],
    });
    here.chain(away).collect()
}

fn judged(judged: &Judged) -> Known {
    Known {
        person: judged.person.clone(),
        names: vec![judged.name.clone(), judged.person.to_string()],
    }
}

/// Why a name leads to nobody.
#[derive(Debug, PartialEq, Eq)]
enum Unknown {
    Nobody,
    Several(Vec<String>),
}

impl Unknown {
    fn why(self, name: &str) -> Fault {
        let name = clean::line(name);
        Fault::Why(match self {
            Self::Nobody => {
                format!("not done: nobody here is called {name}; /peers lists who is here")
            }
            Self::Several(ids) => format!(
                "not done: several people can be meant by {name}; name one by {}",
                ids.join(" or ")
            ),
        })
    }
}

/// Whoever answers to a name, if that is one person.
fn named(known: &[Known], name: &str) -> Result<PersonId, Unknown> {
    let name = name.trim();
    let name = name.strip_prefix('@').unwrap_or(name);
    let fits = |it: &&Known| it.names.iter().any(|one| is_name(one, name));
    only(known.iter().filter(fits).map(|it| &it.person))
}

fn is_name(one: &str, name: &str) -> bool {
    !name.is_empty() && clean::line(one).to_lowercase() == clean::line(name).to_lowercase()
}

fn only<'a>(persons: impl Iterator<Item = &'a PersonId>) -> Result<PersonId, Unknown> {
    let persons: BTreeSet<&PersonId> = persons.collect();
    let mut each = persons.iter();
    match (each.next(), each.next()) {
        (None, _) => Err(Unknown::Nobody),
        (Some(person), None) => Ok((*person).clone()),
        _ => Err(Unknown::Several(
            persons
                .iter()
                .map(|it| clean::line(&it.to_string()))
                .collect(),
        )),
    }
}

/// Whom words are for, and the words. Names may have spaces, and anybody may take a name that
/// begins like another one's followed by a word: where two people fit, nobody is written to.
fn addressee(known: &[Known], words: &str) -> Result<(PersonId, String), Fault> {
    let missing = || Fault::Why("not done: write /msg NAME TEXT; see /help".to_owned());
    if let Some((name, text)) = words.strip_prefix('"').and_then(|it| it.split_once('"')) {
        let person = named(known, name).map_err(|unknown| unknown.why(name))?;
        let text = text.trim();
        return match text {
            "" => Err(missing()),
            text => Ok((person, text.to_owned())),
        };
    }
    let words = words.strip_prefix('@').unwrap_or(words);
    let mut fitting: Vec<(&PersonId, &str)> = Vec::new();
    for it in known {
        // The longest of one person's own names is the one that is meant.
        let rest = it
            .names
            .iter()
            .filter_map(|name| after(words, name))
            .min_by_key(|rest| rest.len());
        if let Some(rest) = rest {
            fitting.push((&it.person, rest));
        }
    }
    let (first, _) = first_word(words);
    let person =
        only(fitting.iter().map(|(person, _)| *person)).map_err(|unknown| unknown.why(first))?;
    let text = fitting
        .iter()
        .map(|(_, rest)| rest.trim())
        .min_by_key(|rest| rest.len());
    match text {
        None | Some("") => Err(missing()),
        Some(text) => Ok((person, text.to_owned())),
    }
}

/// What follows a name at the beginning of words.
fn after<'a>(words: &'a str, name: &str) -> Option<&'a str> {
    let name = clean::line(name);
    let begin = words.get(..name.len())?;
    let rest = words.get(name.len()..)?;
    let fits = is_name(&name, begin) && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    fits.then_some(rest)
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

fn advice(advice: &Advice) -> String {
    match advice {
        Advice::NoNetwork => "This machine has no network.".to_owned(),
        Advice::MendProxy => {
            "The proxy cannot be used, and trackers cannot be reached without it.".to_owned()
        }
        Advice::NoTracker => "No tracker can be reached.".to_owned(),
        Advice::SomeTrackers { failing, of } => {
            format!("{failing} of {of} trackers cannot be reached; the others suffice.")
        }
        Advice::RelayOnlyWithoutRelay => {
            "Relay-only is on, but no TURN server is configured.".to_owned()
        }
        Advice::RelayOnlyNoAnswer => "Relay-only is on, but no TURN server answers.".to_owned(),
        Advice::UdpBlocked => {
            "No STUN server answers: this network may let no UDP through.".to_owned()
        }
        Advice::AddRelay => {
            "This network shows everyone another address of yours; a TURN server helps.".to_owned()
        }
        Advice::PeersUnreachable { attempts } => format!(
            "People were met, but {attempts} attempts to connect found no path; a TURN server \
             helps."
        ),
        Advice::LanOff => "Finding people on the local network is switched off.".to_owned(),
        Advice::NobodyThere { rooms } => format!(
            "All works, but nobody is in {}: compare the room's name and password.",
            clean::line(&rooms.join(", "))
        ),
    }
}

#[cfg(test)]
mod tests {
    use wire::PeerId;

    use super::*;

    fn known(id: u8, names: &[&str]) -> Known {
        let peer = format!("{:0>20}", id);
        Known {
            person: PersonId::Session(PeerId::parse(&peer).expect("an id")),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn why(fault: Fault) -> String {
        match fault {
            Fault::Why(why) => why,
            Fault::Refusal(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn a_name_with_spaces_is_followed_by_the_words() {
        let people = [known(1, &["Ada L", "Shiny Lynx"]), known(2, &["Ben"])];

        for (words, person, text) in [
            ("Ada L hello  there", 0, "hello  there"),
            ("ada l hello", 0, "hello"),
            ("@Ben hi", 1, "hi"),
            ("\"Shiny Lynx\" hi", 0, "hi"),
        ] {
            let (to, said) = addressee(&people, words).expect(words);
            assert_eq!((to, said.as_str()), (people[person].person.clone(), text));
        }
    }

    #[test]
    fn nobody_draws_private_words_to_themselves_by_a_name() {
        let people = [known(1, &["Ada"]), known(2, &["Ada meet"])];

        let refused = why(addressee(&people, "Ada meet me at noon").expect_err("two fit"));

        assert!(refused.contains("several"), "{refused}");
        assert!(refused.contains(&people[0].person.to_string()), "{refused}");
        let by_quotes = addressee(&people, "\"Ada\" meet me at noon").expect("one fits");
        assert_eq!(by_quotes.0, people[0].person);
        let twins = [known(1, &["Ada"]), known(2, &["ada"])];
        assert!(addressee(&twins, "Ada hi").is_err());
    }

    #[test]
    fn a_name_nobody_has_and_words_nobody_said_are_told_apart() {
        let people = [known(1, &["Ada"])];

        assert!(why(addressee(&people, "Eve hi").expect_err("nobody")).contains("Eve"));
        assert!(why(addressee(&people, "Ada").expect_err("no words")).contains("/msg"));
        assert_eq!(named(&people, "@ada"), Ok(people[0].person.clone()));
        assert_eq!(named(&people, ""), Err(Unknown::Nobody));
    }

    #[test]
    fn an_emoji_is_known_by_its_short_name() {
        assert_eq!(emoji_of(":tada:").expect("an emoji"), "🎉");
        assert_eq!(emoji_of("🎉").expect("an emoji"), "🎉");
        assert!(why(emoji_of(":nothing-of-the-kind:").expect_err("none")).contains("nothing"));
    }
}
