//! A room nobody is in yet.

use rand::rngs::OsRng;
use wire::{animal_name, random_text};

/// Enough that nobody comes across the room by chance, or by trying.
const RANDOM_CHARACTERS: usize = 12;

/// Invents the name of a room: an animal to recognise it by, and characters nobody guesses.
pub(crate) fn room_name() -> String {
    let random = random_text(&mut OsRng, RANDOM_CHARACTERS);
    let animal = animal_name(&random).replace(' ', "-");
    format!("{animal}-{}", random_text(&mut OsRng, RANDOM_CHARACTERS)).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggested_room_is_one_and_never_the_same() {
        let names: std::collections::BTreeSet<String> = (0..100).map(|_| room_name()).collect();
        assert_eq!(names.len(), 100);
        for name in names {
            let parsed = wire::RoomName::parse(&name);
            assert_eq!(
                parsed.map(|it| it.as_str().to_owned()).ok(),
                Some(name.clone())
            );
            assert!(
                name.chars()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-'),
                "{name}"
            );
        }
    }
}
