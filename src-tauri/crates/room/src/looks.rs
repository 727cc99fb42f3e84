//! Which names a person may take for one another.

use unicode_security::confusable_detection::skeleton;

/// How a name looks, whatever characters it is made of.
///
/// Case makes it two: `I` looks like `l`, and yet `ILL` reads as `ill`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    as_written: String,
    as_read: String,
}

impl Look {
    pub(crate) fn of(name: &str) -> Self {
        let as_written: String = skeleton(name).collect();
        Self {
            as_written: bare(&as_written.to_lowercase()),
            as_read: bare(&name.to_lowercase()),
        }
    }

    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let theirs = [&other.as_written, &other.as_read];
        [&self.as_written, &self.as_read]
            .iter()
            .any(|look| theirs.contains(look))
    }
}

/// The letters of a name, and its signs and symbols, without what stands between them; all of it
/// where there is nothing else.
fn bare(name: &str) -> String {
    let whole: String = skeleton(name).collect();
    let bare: String = whole.chars().filter(|char| !is_between(*char)).collect();
    if bare.is_empty() { whole } else { bare }
}

/// Whether a character is space or punctuation.
fn is_between(char: char) -> bool {
    char.is_whitespace()
        || char.is_ascii_punctuation()
        || matches!(char,
            '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{205e}' | '\u{2e00}'..='\u{2e7f}'
            | '\u{3001}'..='\u{303f}' | '\u{fe10}'..='\u{fe6f}' | '\u{ff01}'..='\u{ff0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        Look::of(one).is_like(&Look::of(other))
    }

    #[test]
    fn letters_of_other_scripts_digits_and_pairs_pass_for_what_they_look_like() {
        for (real, copy) in [
            ("Ann", "Аnn"),
            ("Ann", "ANN"),
            ("Bill", "Bi11"),
            ("Bill", "BiII"),
            ("Bill", "Bi||"),
            ("Bob", "B0b"),
            ("Mia", "rnia"),
            ("Paul", "Ρаul"),
            ("ILL", "ill"),
        ] {
            assert!(alike(real, copy), "{real} and {copy}");
        }
    }

    #[test]
    fn space_and_punctuation_make_no_other_name() {
        for copy in [
            "Ann Smith",
            "ann.smith",
            "Ann-Smith.",
            "  Ann _ Smith",
            "«AnnSmith»",
        ] {
            assert!(alike("AnnSmith", copy), "{copy}");
        }
    }

    #[test]
    fn other_names_are_other_names() {
        for (one, other) in [
            ("Ann", "Anna"),
            ("Ann", "Änn"),
            ("Ann", "Ben"),
            ("🎉", "🎈"),
            ("...", "Ann"),
            ("山田", "山本"),
        ] {
            assert!(!alike(one, other), "{one} and {other}");
        }
    }
}
