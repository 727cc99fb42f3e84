//! The words of a Markdown text without its marks, on one line: for a quote or a notification.

use pulldown_cmark::{Event, Parser};

use crate::MAX_SOURCE_UNITS;
use crate::writer::options;

/// What `text` says, on one line and without Markdown's marks. What is too long to be read as
/// Markdown keeps them.
#[must_use]
pub fn words(text: &str) -> String {
    if text.encode_utf16().nth(MAX_SOURCE_UNITS).is_some() {
        return one_line(text);
    }
    let mut said = String::new();
    let text = crate::source::with_emoji(text);
    for event in Parser::new_ext(&text, options()) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                said.push_str(&text);
            }
            Event::TaskListMarker(true) => said.push_str("☑ "),
            Event::TaskListMarker(false) => said.push_str("☐ "),
            Event::SoftBreak | Event::HardBreak => said.push(' '),
            Event::End(tag) if !is_inline(tag) => said.push(' '),
            _ => {}
        }
    }
    one_line(&said)
}

fn is_inline(tag: pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd;
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_is_read_aloud() {
        for (text, said) in [
            (
                "see you at **noon**, or *later*",
                "see you at noon, or later",
            ),
            ("# Plan\n\n- eggs\n- [x] milk", "Plan eggs ☑ milk"),
            ("`a < b` <b>c</b> &amp; d", "a < b <b>c</b> & d"),
            ("[here](https://example.org) ~~not~~", "here not"),
            ("```rust\nfn main() {}\n```", "fn main() {}"),
            ("one\ntwo\\\nthree", "one two three"),
            ("cut **in the", "cut **in the"),
            ("well :smile: `:smile:` 1:2:3", "well 😄 :smile: 1:2:3"),
            ("", ""),
        ] {
            assert_eq!(words(text), said, "{text:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_put_on_one_line_as_it_is() {
        let long = format!("**a**\n{}", "b".repeat(MAX_SOURCE_UNITS));
        assert!(words(&long).starts_with("**a** bbb"));
    }
}
