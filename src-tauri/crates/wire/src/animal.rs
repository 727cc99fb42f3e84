//! The name everybody sees for a user who chose none, and in brackets beside the chosen one: an
//! adjective and an animal, derived from the user id.
//!
//! The word lists are those of fun-animal-names by Jeremy Kahn (MIT, licence beside the data).

const ADJECTIVES: &str = include_str!("../data/animal-names/adjectives.txt");
const ADJECTIVE_COUNT: u64 = 103;
const ANIMALS: &str = include_str!("../data/animal-names/animals.txt");
const ANIMAL_COUNT: u64 = 235;

/// The animal name of a user.
pub fn animal_name(user: &str) -> String {
    let hash = weigh(user);
    let adjective = pick(ADJECTIVES, hash % ADJECTIVE_COUNT);
    let animal = pick(ANIMALS, hash.wrapping_add(weigh(adjective)) % ANIMAL_COUNT);
    format!("{adjective} {animal}")
}

/// The sum of the UTF-16 units, each times its position.
fn weigh(text: &str) -> u64 {
    text.encode_utf16()
        .zip(0_u64..)
        .fold(0, |sum, (unit, position)| {
            sum.wrapping_add(u64::from(unit).wrapping_mul(position))
        })
}

fn pick(words: &'static str, index: u64) -> &'static str {
    usize::try_from(index)
        .ok()
        .and_then(|index| words.lines().nth(index))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_the_names_browsers_give_them() {
        for (user, name) in [
            ("123", "Glamorous Starfish"),
            ("abc123", "Perfect Duck"),
            ("00000000-0000-4000-8000-000000000000", "Shiny Lynx"),
            ("92b7cc2e-0906-4b5f-ad38-5aa5c8ed3b1c", "Curious Heron"),
        ] {
            assert_eq!(animal_name(user), name);
        }
    }

    #[test]
    fn the_lists_are_whole() {
        assert_eq!(ADJECTIVES.lines().count() as u64, ADJECTIVE_COUNT);
        assert_eq!(ANIMALS.lines().count() as u64, ANIMAL_COUNT);
        for word in ADJECTIVES.lines().chain(ANIMALS.lines()) {
            assert!(!word.is_empty() && word.trim() == word, "{word:?}");
        }
    }
}
