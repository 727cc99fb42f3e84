//! Which names a person may take for one another.

use unicode_security::confusable_detection::skeleton;

/// What programs like this one call oneself. Whoever goes by such a name passes for the reader,
/// whoever that is and however long they have had it.
const ONESELF: [&str; 2] = ["you", "tú"];
/// Signs that read as a seal of whoever shows the name, and tell no two names apart.
const SEALS: &str = "✅☑✓✔🗸🗹✪🔒🔐🔏🛡🔰®™©℠";
/// What stands around an addition, whichever script it is from.
const OPENING: &str = "([{<«‹⟨⟪〈《「『【〔〖〘（［｛＜｟❨❪❬❮❰❲❴⁽₍﴾﹙﹛﹝";
const CLOSING: &str = ")]}>»›⟩⟫〉》」』】〕〗〙）］｝＞｠❩❫❭❯❱❳❵⁾₎﴿﹚﹜﹞";

/// How a name looks, whatever characters it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    whole: Reading,
    /// Without what stands in brackets at its end: where two names are alike, the one nobody can
    /// choose is shown so.
    bare: Option<Reading>,
    is_oneself: bool,
}

/// How one stretch of a name looks. Case makes it two: `I` looks like `l`, and yet `ILL` reads as
/// `ill`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reading {
    as_written: String,
    as_read: String,
}

impl Look {
    pub(crate) fn of(name: &str) -> Self {
        let name: String = name.chars().filter(|it| !is_seal(*it)).collect();
        let whole = Reading::of(&name);
        let mut is_oneself = reads_as_oneself(&whole);
        let mut bare = None;
        let mut rest = name.as_str();
        while let Some((before, inside)) = without_brackets(rest) {
            is_oneself |= reads_as_oneself(&Reading::of(inside));
            bare = Some(Reading::of(before));
            rest = before;
        }
        Self {
            whole,
            bare,
            is_oneself,
        }
    }

    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.whole.is_like(&other.whole)
    }

    /// Whether somebody of this name can be taken for one of the other, of whom the program shows
    /// what nobody can choose in brackets. An addition of one's own makes of two that have one two
    /// names: "Anna (Berlin)" is not "Anna (Rome)".
    pub(crate) fn passes_for(&self, other: &Self) -> bool {
        let bare = self.bare.as_ref();
        self.is_like(other) || bare.is_some_and(|bare| bare.is_like(&other.whole))
    }

    /// Whether the name holds another, which nobody can choose.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.whole.holds(&other.whole)
    }

    /// Whether the name is, or holds in brackets, what programs like this one call oneself.
    pub(crate) fn is_oneself(&self) -> bool {
        self.is_oneself
    }
}

impl Reading {
    fn of(name: &str) -> Self {
        let as_written: String = skeleton(name).collect();
        Self {
            as_written: bare(&as_written.to_lowercase()),
            as_read: bare(&name.to_lowercase()),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let theirs = [&other.as_written, &other.as_read];
        [&self.as_written, &self.as_read]
            .iter()
            .any(|look| theirs.contains(look))
    }

    fn holds(&self, other: &Self) -> bool {
        let is_in = |part: &str, whole: &str| !part.is_empty() && whole.contains(part);
        is_in(&other.as_written, &self.as_written) || is_in(&other.as_read, &self.as_read)
    }
}

fn reads_as_oneself(reading: &Reading) -> bool {
    ONESELF
        .iter()
        .any(|word| reading.is_like(&Reading::of(word)))
}

fn is_seal(char: char) -> bool {
    // What chooses between a sign and its picture is seen as neither.
    SEALS.contains(char) || matches!(char, '\u{fe0e}' | '\u{fe0f}')
}

/// What stands before the brackets a name ends in, and what is in them.
fn without_brackets(name: &str) -> Option<(&str, &str)> {
    let name = name.trim_end();
    let last = name.chars().next_back()?;
    if !CLOSING.contains(last) {
        return None;
    }
    let (open, _) = name
        .char_indices()
        .rfind(|(_, char)| OPENING.contains(*char))?;
    let (before, inside) = name.split_at(open);
    let before = before.trim_end();
    (!before.is_empty()).then_some((before, inside))
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
    fn what_stands_in_brackets_at_the_end_makes_no_other_name_than_the_one_before_it() {
        let passes = |copy: &str, real: &str| Look::of(copy).passes_for(&Look::of(real));
        for copy in [
            "Anna (Pleasant Parrot)",
            "anna（Pleasant Parrot）",
            "Аnna [x] (y)",
            "Anna ❨Pleasant Parrot❩ ✅",
            "Anna ✔️",
        ] {
            assert!(passes(copy, "Anna"), "{copy}");
        }
        for (one, other) in [
            ("Anna", "Anna (Berlin)"),
            ("Anna (Berlin)", "Anna (Rome)"),
            ("Anna (Berlin)", "Ben"),
            ("Anna2", "Anna"),
            ("Anna 🌻", "Anna"),
            ("(Anna)", "Ben"),
        ] {
            assert!(!passes(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn a_name_is_known_to_hold_another_however_it_is_put_in() {
        let holds = |name: &str, other: &str| Look::of(name).holds(&Look::of(other));
        for name in [
            "Anna (Pleasant Parrot)",
            "Anna – рleasant parrot!",
            "PLEASANT PARROT",
        ] {
            assert!(holds(name, "Pleasant Parrot"), "{name}");
        }
        for name in ["Anna", "Parrot", "Pleasant Anna", ""] {
            assert!(!holds(name, "Pleasant Parrot"), "{name}");
        }
        assert!(!holds("Anna", ""));
    }

    #[test]
    fn what_programs_call_oneself_is_found_whole_and_in_brackets() {
        for name in ["You", "(you)", "TÚ", "Tom (you)", "Tom [Tú] (x)", "yоu ✅"] {
            assert!(Look::of(name).is_oneself(), "{name}");
        }
        for name in ["Yousef", "Tom (Young)", "Thank you", "Tom"] {
            assert!(!Look::of(name).is_oneself(), "{name}");
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
