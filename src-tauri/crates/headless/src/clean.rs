//! What strangers wrote, made harmless for a terminal.
//!
//! A terminal obeys control characters and escape sequences: they could recolour it, rename its
//! window, or paint a line that somebody else seems to have said. Nothing of the kind gets through.

/// The widest a terminal is taken to be. Beyond, lines cannot be read anyway.
const MAX_WIDTH: usize = 500;
/// The narrowest, beside which nothing would fit.
const MIN_WIDTH: usize = 20;

/// Text for one line: no control characters, no escape sequences, no line breaks.
pub(crate) fn line(text: &str) -> String {
    lines(text).join(" ")
}

/// Text of several lines, each of them clean.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let text = without_sequences(text);
    text.split([
        '\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}',
    ])
    .map(|line| {
        line.chars()
            .filter_map(|char| match char {
                '\t' => Some(' '),
                char if misleads(char) => None,
                char => Some(char),
            })
            .collect()
    })
    .collect()
}

/// What somebody says, as a reader wants it: emoji in the place of their short names.
pub(crate) fn said(text: &str) -> Vec<String> {
    lines(&view::with_emoji(text))
}

/// Text for one line with nothing left out: what could mislead is written out. For what is another
/// thing when only that differs, such as the name of a room.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for char in text.chars() {
        if misleads(char) || is_unseen(char) || is_break(char) {
            visible.extend(char.escape_unicode());
        } else {
            visible.push(char);
        }
    }
    visible
}

/// JSON as it is safe on one line, whatever splits the output into lines or shows it: JSON itself
/// escapes no more than the control characters of ASCII.
pub(crate) fn json(text: String) -> String {
    let is_unsafe = |char: char| misleads(char) || is_break(char);
    if !text.chars().any(is_unsafe) {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unsafe(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(char);
        }
    }
    safe
}

/// Cuts clean text to the width of a terminal, so that what follows a break can be indented and
/// nobody paints a line of their own by filling one up. Breaks at spaces where there are some.
pub(crate) fn wrap(line: &str, width: usize) -> Vec<String> {
    wrap_within(line, width.max(MIN_WIDTH))
}

/// The same, however narrow it is: for a place that is cut off where it ends.
pub(crate) fn wrap_within(line: &str, width: usize) -> Vec<String> {
    // A character may take two columns, and each row has one.
    let width = width.clamp(2, MAX_WIDTH);
    let mut rows = vec![];
    let mut row = String::new();
    let mut used = 0;
    let mut last_space = None;
    for char in line.chars() {
        if used + columns(char) > width {
            let rest = match last_space {
                Some(space) => row.split_off(space),
                None => String::new(),
            };
            rows.push(std::mem::replace(&mut row, rest.trim_start().to_owned()));
            used = row.chars().map(columns).sum();
            last_space = None;
        }
        if char == ' ' {
            last_space = Some(row.len());
        }
        row.push(char);
        used += columns(char);
    }
    rows.push(row);
    rows
}

/// How many columns a character may take. Counting too many only breaks a line early.
fn columns(char: char) -> usize {
    if char.is_ascii() { 1 } else { 2 }
}

/// Without control sequences, the kind that begins with ESC or CSI and carries parameters. Other
/// escapes lose their control characters later; what is left of them is text.
fn without_sequences(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let begins = match char {
            '\u{9b}' => true,
            '\u{1b}' => chars.next_if_eq(&'[').is_some(),
            _ => {
                clean.push(char);
                false
            }
        };
        if begins {
            while chars
                .next_if(|it| ('\u{20}'..='\u{3f}').contains(it))
                .is_some()
            {}
            let _ = chars.next_if(|it| ('\u{40}'..='\u{7e}').contains(it));
        }
    }
    clean
}

/// Control characters, and those that turn the direction of what stands around them.
fn misleads(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// What some programs take for the end of a line.
fn is_break(char: char) -> bool {
    matches!(char, '\u{2028}' | '\u{2029}')
}

/// Characters that are there and not seen. Those that join emoji are none of them.
fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misleads_in_the_name_of_a_room_is_written_out() {
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(visible("a\u{200b}b\u{2028}"), "a\\u{200b}b\\u{2028}");
        assert_eq!(
            visible("our gärden 👩\u{200d}🌾"),
            "our gärden 👩\u{200d}🌾"
        );
    }

    #[test]
    fn json_is_one_line_for_everybody_and_says_the_same() {
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{202e}e\u{e0041}f\u{7f}g ünïcödé";
        let written = serde_json::to_string(text).expect("JSON");

        let safe = json(written);

        assert!(safe.contains("a\\u2028b\\u2029c\\u0085d\\u202ee"), "{safe}");
        assert!(safe.contains("ünïcödé"), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).expect("JSON"), text);
    }

    #[test]
    fn a_terminal_is_not_given_orders() {
        for (hostile, harmless) in [
            ("\u{1b}[2J\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]0;title\u{7}text", "]0;titletext"),
            ("a\u{8}\u{8}b\0\u{7f}", "ab"),
            ("\u{202e}drow\u{2066}s", "drows"),
            ("one\ttwo", "one two"),
            ("plain ünïcödé 🎉", "plain ünïcödé 🎉"),
        ] {
            assert_eq!(line(hostile), harmless);
        }
    }

    #[test]
    fn every_kind_of_line_break_is_one() {
        assert_eq!(lines("a\nb\r\nc\u{2028}d"), ["a", "b", "", "c", "d"]);
        assert_eq!(line("a\nb"), "a b");
    }

    #[test]
    fn a_long_line_is_cut_where_the_terminal_ends() {
        let rows = wrap(
            &format!("{} 12:00  Ada: I never said so", " ".repeat(60)),
            40,
        );

        assert!(rows.len() > 1);
        assert!(rows.iter().all(|row| row.chars().count() <= 40), "{rows:?}");
    }

    #[test]
    fn a_line_is_cut_at_a_space_and_loses_no_word() {
        let text = "the quick brown fox jumps over the lazy dog again and again";

        let rows = wrap(text, 20);

        assert_eq!(rows.join(" "), text);
        assert_eq!(
            wrap("日本語日本語日本語日本語", 20).concat(),
            "日本語日本語日本語日本語"
        );
    }

    #[test]
    fn no_text_is_one_empty_row() {
        assert_eq!(wrap("", 80), [""]);
    }
}
