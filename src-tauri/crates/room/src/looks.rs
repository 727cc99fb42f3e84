//! Which names a person may take for one another.

use unicode_security::confusable_detection::skeleton;

/// What programs like this one call oneself. Whoever goes by such a name passes for the reader,
/// whoever that is and however long they have had it.
const ONESELF: [&str; 6] = ["you", "yourself", "tú", "tú mismo", "tú misma", "usted"];
/// Words that say somebody is who they say, or more than others, which anybody can say of themselves.
const ASSURANCES: [&str; 14] = [
    "verified",
    "official",
    "real",
    "original",
    "admin",
    "administrator",
    "moderator",
    "verificado",
    "verificada",
    "oficial",
    "auténtico",
    "auténtica",
    "administrador",
    "administradora",
];
/// Signs that read as a seal of whoever shows the name, and tell no two names apart.
const SEALS: &str = "✅☑✓✔🗸🗹✪🔒🔐🔏🛡🔰®™©℠";
/// What joins the parts of one name, or ends a sentence, and puts nothing in brackets.
const WITHIN: &str = "-‐‑'’._&+,!?";
/// From here on there are pictures, and nothing that stands around words.
const FIRST_PICTURE: char = '\u{1f000}';
/// Capitals as small as small letters, in the order of [`LETTERS`].
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ";
const LETTERS: &str = "abcdefghijklmnopqrstuvwyz";
const LATIN: &str = "abcdefghijklmnopqrstuvwxyz";

/// How a name looks, whatever characters it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    whole: Reading,
    /// Without what stands in brackets, signs and assurances at its end, one after the other: where two
    /// names are alike, the one nobody can choose is shown so.
    bare: Vec<Reading>,
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
        let name: String = name.chars().filter(|it| !is_unseen(*it)).collect();
        let whole = Reading::of(&name);
        let mut is_oneself = reads_as_oneself(&whole);
        let mut bare = Vec::new();
        let mut rest = name.as_str();
        // Each time less of it is left.
        while let Some((before, inside)) = without_addition(rest) {
            is_oneself |= reads_as_oneself(&Reading::of(inside));
            bare.push(Reading::of(before));
            rest = before;
        }
        let rest = rest.trim_start_matches(is_sign);
        if !rest.is_empty() {
            is_oneself |= reads_as_oneself(&Reading::of(rest));
            bare.push(Reading::of(rest));
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
        self.is_like(other) || self.bare.iter().any(|bare| bare.is_like(&other.whole))
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
        let name: String = name.chars().map(as_letter).collect();
        let as_written: String = skeleton(&name).collect();
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

/// Whether a character makes no other name of one: a seal, what chooses between a sign and its
/// picture, and what only strikes letters through, or stands above and below them without being a
/// part of them. Accents are parts of them.
fn is_unseen(char: char) -> bool {
    SEALS.contains(char)
        || matches!(char,
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{34f}'
            | '\u{305}' | '\u{30d}' | '\u{30e}' | '\u{310}' | '\u{312}' | '\u{315}'..='\u{31a}'
            | '\u{31c}'..='\u{322}' | '\u{329}'..='\u{32c}' | '\u{32f}'..='\u{33f}'
            | '\u{346}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The letter a character is a form of, in capitals as small as letters, or in a circle or a square.
fn as_letter(char: char) -> char {
    let nth = |first: char| {
        let at = u32::from(char).checked_sub(u32::from(first))?;
        LATIN.chars().nth(usize::try_from(at).ok()?)
    };
    let small = SMALL_CAPITALS.chars().zip(LETTERS.chars());
    let letter = match char {
        '\u{24b6}'..='\u{24cf}' => nth('\u{24b6}'),
        '\u{24d0}'..='\u{24e9}' => nth('\u{24d0}'),
        '\u{1f130}'..='\u{1f149}' => nth('\u{1f130}'),
        '\u{1f150}'..='\u{1f169}' => nth('\u{1f150}'),
        '\u{1f170}'..='\u{1f189}' => nth('\u{1f170}'),
        '\u{1f1e6}'..='\u{1f1ff}' => nth('\u{1f1e6}'),
        _ => small.into_iter().find(|(it, _)| *it == char).map(|it| it.1),
    };
    letter.unwrap_or(char)
}

/// Whether a character is neither letter nor digit; those in circles and squares are signs.
fn is_sign(char: char) -> bool {
    !char.is_alphanumeric() || matches!(char, '\u{2460}'..='\u{24ff}' | '\u{1f100}'..='\u{1f1ff}')
}

/// What stands before an addition at the end of a name, and what is in it: a word of assurance, what
/// is in brackets of whatever kind, or signs.
fn without_addition(name: &str) -> Option<(&str, &str)> {
    let stands_around = |char: char| {
        is_sign(char) && !char.is_whitespace() && char < FIRST_PICTURE && !WITHIN.contains(char)
    };
    let name = name.trim_end();
    let last = name.chars().next_back()?;
    let bracket = stands_around(last).then(|| {
        let inside = name.trim_end_matches(is_sign);
        let at = inside.rfind(stands_around)?;
        name.split_at_checked(at)
    });
    let sign = || {
        // What may close a bracket is left to be looked at.
        let loose = name.trim_end_matches(|it| is_sign(it) && !stands_around(it));
        let is_loose = loose.len() < name.len();
        let before = if is_loose {
            loose
        } else {
            name.trim_end_matches(is_sign)
        };
        (before.len() < name.len()).then(|| name.split_at_checked(before.len()))?
    };
    let word = || {
        let (at, gap) = name.char_indices().rfind(|(_, it)| is_sign(*it))?;
        let word = name.get(at + gap.len_utf8()..)?;
        let reading = Reading::of(word);
        let is_assurance = ASSURANCES
            .iter()
            .any(|it| reading.is_like(&Reading::of(it)));
        is_assurance.then(|| name.split_at_checked(at))?
    };
    let (before, inside) = bracket.flatten().or_else(sign).or_else(word)?;
    let before = before.trim_end();
    let is_named = before.chars().any(|it| !is_sign(it));
    is_named.then_some((before, inside))
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
            ("Anna", "Anna\u{332}"),
            ("Anna", "A\u{332}n\u{332}n\u{332}a\u{332}"),
            ("Anna", "A\u{336}nna"),
            ("Anna", "ᴀɴɴᴀ"),
            ("Anna", "Ⓐnna"),
            ("Anna", "🅰nna"),
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
            "Anna \u{2045}x\u{2046}",
            "Anna⸨x⸩",
            "Anna |x|",
            "Anna „x“",
            "Anna ⊲x⊳",
            "Anna 🌐",
            "Anna 🌻",
            "Anna ⓘ",
            "Anna (x) 🇩🇪",
            "👑 Anna",
            "Anna verified",
            "Anna ✓ VERIFIED",
            "Anna | admin",
            "Anna (real) oficial",
        ] {
            assert!(passes(copy, "Anna"), "{copy}");
        }
        for (one, other) in [
            ("Anna", "Anna (Berlin)"),
            ("Anna (Berlin)", "Anna (Rome)"),
            ("Anna (Berlin)", "Ben"),
            ("Anna2", "Anna"),
            ("Anna", "Anna 🌻"),
            ("Anna 🌈", "Anna 🌻"),
            ("Anna-Lena!", "Anna"),
            ("Anna Berlin", "Anna"),
            ("(Anna)", "Ben"),
            ("✅", "Anna"),
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
        for name in [
            "You",
            "(you)",
            "TÚ",
            "Tom (you)",
            "Tom [Tú] (x)",
            "yоu ✅",
            "Yourself",
            "Usted 🌻",
        ] {
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
