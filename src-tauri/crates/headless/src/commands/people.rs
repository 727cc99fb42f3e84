//! Who is meant by a name, who is here, and what is decided about them.

use std::collections::BTreeSet;

use room::{Judged, Peer, PersonId, RoomKey, RoomSnapshot, Standing};

use super::{Commands, Fault, Outcome, answer, room_of};
use crate::clean;
use crate::story::{self, full_name};
use crate::typed::first_word;

impl Commands {
    pub(super) async fn judge(
        &self,
        room: &RoomKey,
        standing: Standing,
        name: &str,
    ) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let away = snapshot.judged.iter();
        // What ends being muted ends nothing else.
        let meant = away.filter(|it| standing != Standing::Normal || !it.standing.is_heard());
        let mut known = meant.map(judged).collect::<Vec<_>>();
        if standing != Standing::Normal {
            known.extend(people(room_of(&snapshot, room)?));
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
            Standing::Known => "somebody you know",
            Standing::Muted => "muted",
            Standing::Blocked => "blocked",
        };
        Ok(answer(vec![format!("{} is {what}.", clean::line(name))]))
    }

    pub(super) async fn unknow(&self, room: &RoomKey, name: &str) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let marked = snapshot.judged.iter();
        let marked = marked
            .filter(|it| it.standing == Standing::Known)
            .map(judged);
        let here = room_of(&snapshot, room)?.peers.iter();
        let met = here.filter(|peer| peer.known).map(present);
        let known: Vec<Known> = marked.chain(met).collect();
        let person = named(&known, name).map_err(|unknown| match unknown {
            Unknown::Nobody => Fault::Why(format!(
                "not done: nobody called {} is somebody you know; /who lists them",
                clean::line(name)
            )),
            unknown @ Unknown::Several(_) => unknown.why(name),
        })?;
        self.node.judge(person, Standing::Normal).await?;
        let name = clean::line(name);
        Ok(answer(vec![format!("{name} is a stranger again.")]))
    }

    pub(super) async fn name(&self) -> Result<Outcome, Fault> {
        let me = self.snapshot().await?.me;
        Ok(answer(vec![format!(
            "You are called {}; /name NAME changes that, /name - ends it.",
            clean::line(&full_name(&me.name, &me.animal_name))
        )]))
    }

    pub(super) async fn who(&self, room: &RoomKey) -> Result<Outcome, Fault> {
        let snapshot = self.snapshot().await?;
        let me = &snapshot.me;
        let mut rows = vec![format!(
            "{}: you",
            clean::line(&full_name(&me.name, &me.animal_name))
        )];
        let room = room_of(&snapshot, room)?;
        rows.extend(story::who_is_here(&room.peers));
        for it in &snapshot.judged {
            let what = match it.standing {
                Standing::Normal => continue,
                Standing::Known => "you know them",
                Standing::Muted => "you muted them",
                Standing::Blocked => "you blocked them",
            };
            let name = full_name(&it.name, &animal_of(&it.person));
            rows.push(format!("{}: {what}", clean::line(&name)));
        }
        Ok(answer(rows))
    }
}

/// Someone and what they answer to.
pub(super) struct Known {
    person: PersonId,
    names: Vec<String>,
}

pub(super) fn people(room: &RoomSnapshot) -> Vec<Known> {
    let here = room.peers.iter().map(present);
    let away = room.directs.iter().map(|talk| Known {
        person: talk.direct.with.clone(),
        names: vec![talk.direct.name.clone(), talk.direct.with.to_string()],
    });
    here.chain(away).collect()
}

fn present(peer: &Peer) -> Known {
    Known {
        person: peer.person.clone(),
        names: vec![
            peer.name.clone(),
            peer.animal_name.clone(),
            full_name(&peer.name, &peer.animal_name),
            peer.peer_id.as_str().to_owned(),
            peer.person.to_string(),
        ],
    }
}

fn judged(judged: &Judged) -> Known {
    Known {
        person: judged.person.clone(),
        names: vec![
            judged.name.clone(),
            full_name(&judged.name, &animal_of(&judged.person)),
            judged.person.to_string(),
        ],
    }
}

/// The name somebody cannot choose; empty where they are known by their session alone.
fn animal_of(person: &PersonId) -> String {
    match person {
        PersonId::Profile(user) => wire::animal_name(user.as_str()),
        PersonId::Session(_) => String::new(),
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
pub(super) fn addressee(known: &[Known], words: &str) -> Result<(PersonId, String), Fault> {
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
}
