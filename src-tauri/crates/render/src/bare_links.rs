//! Finds addresses that were typed without any markup, and marks them as links.
//!
//! The parser knows only `<https://…>`. So the text is read once to learn which of its bytes are
//! plain text (not code, not HTML, not inside a link), the bare addresses among them get their
//! angle brackets, and the result is read for good by the writer. Doing it in the source rather
//! than in the finished text keeps `https://example.com/*a*` whole.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::writer;

/// A text whose bare addresses are marked.
pub(crate) struct Marked {
    /// The text, with angle brackets around its addresses.
    pub(crate) source: String,
    /// Where in `source` a link starts whose `http://` is ours and should not be shown.
    pub(crate) schemeless: BTreeSet<usize>,
}

/// Marks the bare `http://`, `https://`, `www.` and mail addresses in `text`.
pub(crate) fn mark(text: &str) -> Marked {
    let mut marked = Marked {
        source: String::with_capacity(text.len()),
        schemeless: BTreeSet::new(),
    };
    let mut copied = 0;
    for found in find(text) {
        marked.source.push_str(&text[copied..found.range.start]);
        if found.kind == Kind::Www {
            marked.schemeless.insert(marked.source.len());
        }
        marked.source.push_str(if found.kind == Kind::Www {
            "<http://"
        } else {
            "<"
        });
        marked.source.push_str(&text[found.range.clone()]);
        marked.source.push('>');
        copied = found.range.end;
    }
    marked.source.push_str(&text[copied..]);
    marked
}

struct Found {
    range: Range<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Web,
    Www,
    Mail,
}

fn find(text: &str) -> Vec<Found> {
    if !text.contains(['/', '@']) && !contains_www(text) {
        return Vec::new();
    }
    let plain = plain_bytes(text);
    let mut found: Vec<Found> = Vec::new();
    let mut free_from = 0;
    for (at, char) in text.char_indices() {
        if at < free_from || !plain[at] {
            continue;
        }
        let here = match char {
            'h' | 'H' | 'w' | 'W' => web_at(text, at),
            '@' => mail_around(text, at, free_from, &plain),
            _ => None,
        };
        if let Some(here) = here {
            free_from = here.range.end;
            found.push(here);
        }
    }
    found
}

fn contains_www(text: &str) -> bool {
    text.as_bytes()
        .windows(4)
        .any(|four| four.eq_ignore_ascii_case(b"www."))
}

/// Which bytes of the text are shown as plain text.
fn plain_bytes(text: &str) -> Vec<bool> {
    let mut plain = vec![false; text.len()];
    let mut closed = 0_usize;
    for (event, range) in Parser::new_ext(text, writer::options()).into_offset_iter() {
        match event {
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock,
            ) => closed += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::HtmlBlock) => {
                closed = closed.saturating_sub(1);
            }
            Event::Text(_) if closed == 0 => {
                if let Some(bytes) = plain.get_mut(range) {
                    bytes.fill(true);
                }
            }
            _ => {}
        }
    }
    plain
}

fn web_at(text: &str, start: usize) -> Option<Found> {
    let before = text[..start].chars().next_back();
    if before.is_some_and(|it| it.is_ascii_alphanumeric() || JOINED_BEFORE.contains(it)) {
        return None;
    }
    let rest = &text[start..];
    let (kind, prefix) = [
        (Kind::Web, "https://"),
        (Kind::Web, "http://"),
        (Kind::Www, "www."),
    ]
    .into_iter()
    .find(|(_, prefix)| {
        rest.get(..prefix.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(prefix))
    })?;
    let end = rest.find(ends_address).unwrap_or(rest.len());
    let address = trim_end(&rest[..end]);
    let host = address.get(prefix.len()..)?;
    host.starts_with(|it: char| it.is_alphanumeric())
        .then(|| Found {
            range: start..start + address.len(),
            kind,
        })
}

fn mail_around(text: &str, at: usize, free_from: usize, plain: &[bool]) -> Option<Found> {
    let is_local = |it: char| it.is_ascii_alphanumeric() || "._+-".contains(it);
    let start = text[free_from..at]
        .char_indices()
        .rev()
        .map(|(index, it)| (free_from + index, it))
        .take_while(|(index, it)| is_local(*it) && plain[*index])
        .last()?
        .0;
    let rest = &text[at + 1..];
    let end = rest
        .find(|it: char| !(it.is_ascii_alphanumeric() || ".-_".contains(it)))
        .unwrap_or(rest.len());
    let domain = rest[..end].trim_end_matches(['.', '-', '_']);
    let labels_fit = domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label.contains('_')
    });
    let followed = rest[domain.len()..].starts_with(['@', '/']);
    (domain.contains('.')
        && labels_fit
        && !followed
        && text[start..].starts_with(|it: char| it.is_ascii_alphanumeric()))
    .then(|| Found {
        range: start..at + 1 + domain.len(),
        kind: Kind::Mail,
    })
}

/// An address after one of these is a part of something longer.
const JOINED_BEFORE: &str = "/@.-=&%#+\\<";

fn ends_address(it: char) -> bool {
    it.is_whitespace() || it.is_control() || "<>\"`|\\{}^[]".contains(it) || WIDE_MARKS.contains(it)
}

/// Marks that end a sentence or a quotation in scripts that put no space after an address.
const WIDE_MARKS: &str = "。，、；！？（）「」『』【】《》“”‘’«»…";

/// Takes off what belongs to the sentence and not to the address.
fn trim_end(mut address: &str) -> &str {
    loop {
        let Some(last) = address.chars().next_back() else {
            return address;
        };
        let without = &address[..address.len() - last.len_utf8()];
        address = match last {
            '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' => without,
            ';' => {
                let name = without.trim_end_matches(|it: char| it.is_ascii_alphanumeric());
                name.strip_suffix('&').unwrap_or(without)
            }
            ')' if address.matches(')').count() > address.matches('(').count() => without,
            _ => return address,
        };
    }
}
