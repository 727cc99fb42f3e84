//! Names of rooms nobody is in, and passwords nobody guesses.
//!
//! The words are the Electronic Frontier Foundation's "large wordlist" of 7 776 words
//! (<https://www.eff.org/dice>, by Joseph Bonneau, CC BY 3.0 US), unchanged but for the dice.

use rand::rngs::OsRng;
use rand::seq::SliceRandom;
use uuid::Uuid;
use view::{SuggestedKind, Suggestion};
use wire::random_text;

const WORDS: &str = include_str!("eff-large-wordlist.txt");

/// Words of a name or password: with this list 77 bits.
const WORDS_TAKEN: usize = 6;
/// What a version 4 UUID leaves to chance.
const UUID_BITS: u32 = 122;
/// Characters of a password, for whoever does not have to remember or dictate it: 142 bits.
const PASSWORD_CHARACTERS: u32 = 24;
/// The size of the alphabet of [`random_text`].
const ALPHABET: f64 = 62.0;

/// Invents the name of a room.
#[must_use]
pub fn suggest_room(kind: SuggestedKind) -> Suggestion {
    match kind {
        SuggestedKind::Uuid => Suggestion {
            text: Uuid::new_v4().to_string(),
            bits: UUID_BITS,
        },
        SuggestedKind::Passphrase => passphrase(),
    }
}

/// Invents a password.
#[must_use]
pub fn suggest_password() -> Suggestion {
    Suggestion {
        text: random_text(&mut OsRng, PASSWORD_CHARACTERS as usize),
        bits: bits(ALPHABET, PASSWORD_CHARACTERS),
    }
}

fn passphrase() -> Suggestion {
    let words: Vec<&str> = WORDS.lines().collect();
    let taken: Vec<&str> = (0..WORDS_TAKEN)
        .filter_map(|_| words.choose(&mut OsRng).copied())
        .collect();
    let count = u32::try_from(taken.len()).unwrap_or_default();
    let choices = u32::try_from(words.len()).unwrap_or_default();
    Suggestion {
        text: taken.join("-"),
        bits: bits(f64::from(choices), count),
    }
}

/// So many draws from so many.
fn bits(choices: f64, draws: u32) -> u32 {
    // Never negative, far below the end of the type; rounded down, so that it is never overstated.
    (choices.log2() * f64::from(draws)).floor() as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_word_list_is_whole() {
        let words: BTreeSet<&str> = WORDS.lines().collect();
        assert_eq!((words.len(), WORDS.lines().count()), (7_776, 7_776));
        assert!(words.iter().all(|word| word.len() >= 3));
    }

    #[test]
    fn a_suggestion_is_a_room_and_never_the_same() {
        for (kind, bits) in [(SuggestedKind::Uuid, 122), (SuggestedKind::Passphrase, 77)] {
            let names: BTreeSet<String> = (0..50)
                .map(|_| {
                    let suggested = suggest_room(kind);
                    assert_eq!(suggested.bits, bits);
                    suggested.text
                })
                .collect();
            assert_eq!(names.len(), 50);
            for name in names {
                assert!(wire::RoomName::parse(&name).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn a_suggested_password_is_long_and_never_the_same() {
        let (one, other) = (suggest_password(), suggest_password());
        assert_ne!(one.text, other.text);
        assert_eq!((one.text.len(), one.bits), (24, 142));
    }
}
