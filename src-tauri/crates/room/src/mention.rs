//! Who a line names: `@` and what someone here is called.

use crate::{Fold, Line, Mention, RoomKey, Rooms};

/// People one line names; a line with more is a list, and calls nobody else.
const MAX_MENTIONS: usize = 16;

impl Rooms {
    /// Notes on a line whom of those in the room it names, and whether that is us.
    pub(crate) fn note_mentions(&self, key: &RoomKey, line: &mut Line) {
        line.mentions = if line.text.contains('@') {
            find(&line.text, &self.called(key))
        } else {
            Vec::new()
        };
        // A flood calls nobody, opened or not.
        let calls = !line.own && line.folded != Some(Fold::Flood);
        line.mentions_me = calls && line.mentions.iter().any(|it| it.me);
    }

    /// What those in a room are called, and whether it is us. Who takes our name does not take our
    /// mentions: ours come first.
    fn called(&self, key: &RoomKey) -> Vec<(String, bool)> {
        let me = self.me();
        let mut called = vec![(me.name, true), (me.animal_name, true)];
        if let Some(room) = self.rooms.get(key) {
            called.extend(
                self.peers_of(room)
                    .into_iter()
                    .map(|peer| (peer.name, false)),
            );
        }
        called.retain(|(name, _)| !name.is_empty());
        called
    }
}

fn find(text: &str, people: &[(String, bool)]) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut before = None;
    for (at, char) in text.char_indices() {
        let joined = before.replace(char).is_some_and(char::is_alphanumeric);
        if char != '@' || joined {
            continue;
        }
        let rest = &text[at + 1..];
        // Of `Ann` and `Ann Lee` the longer one is meant.
        let named = people
            .iter()
            .filter_map(|(name, me)| Some((length_of(name, rest)?, *me)))
            .reduce(|best, it| if it.0 > best.0 { it } else { best });
        if let Some((length, me)) = named
            && found.iter().all(|it| it.name != rest[..length])
        {
            found.push(Mention {
                name: rest[..length].to_owned(),
                me,
            });
            if found.len() == MAX_MENTIONS {
                break;
            }
        }
    }
    found
}

/// How many bytes of `text` are this name, in small or capital letters, if it starts with it.
fn length_of(name: &str, text: &str) -> Option<usize> {
    let mut rest = text.chars();
    for wanted in name.chars() {
        let written = rest.next()?;
        if written != wanted && !written.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let rest = rest.as_str();
    (!rest.starts_with(char::is_alphanumeric)).then_some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(String, bool)> {
        let people = ["Ann", "Ann Lee", "Żółw", "Box"].map(|it| (it.to_owned(), it == "Box"));
        find(text, &people)
            .into_iter()
            .map(|it| (it.name, it.me))
            .collect()
    }

    #[test]
    fn a_name_after_an_at_sign_is_a_mention_in_whatever_case_it_is_written() {
        assert_eq!(named("hello @ann!"), [("ann".to_owned(), false)]);
        assert_eq!(named("(@żółw)"), [("żółw".to_owned(), false)]);
        assert_eq!(
            named("@BOX and @Box"),
            [("BOX".to_owned(), true), ("Box".to_owned(), true)]
        );
    }

    #[test]
    fn the_longest_name_that_fits_is_meant() {
        assert_eq!(named("@Ann Lee"), [("Ann Lee".to_owned(), false)]);
        assert_eq!(named("@Ann Leeds"), [("Ann".to_owned(), false)]);
    }

    #[test]
    fn a_part_of_a_word_or_of_an_address_is_no_mention() {
        assert_eq!(named("me@Ann.example @Anna @nobody @ Ann Ann"), []);
    }

    #[test]
    fn a_line_that_names_everyone_a_thousand_times_is_bounded() {
        let people: Vec<_> = (0..128).map(|it| (format!("P{it}"), false)).collect();
        let text: String = people.iter().map(|(name, _)| format!("@{name} ")).collect();
        assert_eq!(find(&text.repeat(10), &people).len(), MAX_MENTIONS);
    }
}
