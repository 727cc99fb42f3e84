//! Finds addresses that were typed without any markup, and marks them as links; and puts emoji in
//! the place of their short names.
//!
//! Of addresses the parser knows only `<https://…>`. So the text is read once to learn which of its bytes are
//! plain text (not code, not HTML, not inside a link), the bare addresses among them get their
//! angle brackets, and the result is read for good by the writer. Doing it in the source rather
//! than in the finished text keeps `https://example.com/*a*` whole.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

use crate::{emoji, writer};

/// A text whose bare addresses are marked.
pub(crate) struct Marked {
    /// The text, with angle brackets around its addresses.
    pub(crate) source: String,
    /// Where in `source` a link starts whose `http://` is ours and should not be shown.
    pub(crate) schemeless: BTreeSet<usize>,
}

/// Marks the bare `http://`, `https://`, `www.` and mail addresses in `text`, unless it is to have
/// no links, and puts in emoji.
pub(crate) fn mark(text: &str, plain: bool) -> Marked {
    let mut marked = Marked {
        source: String::with_capacity(text.len()),
        schemeless: BTreeSet::new(),
    };
    let mut copied = 0;
    for found in find(text) {
        let itself = &text[found.range.clone()];
        marked.source.push_str(&text[copied..found.range.start]);
        copied = found.range.end;
        let before = match found.kind {
            Kind::Emoji(emoji) => {
                marked.source.push_str(emoji);
                continue;
            }
            _ if plain => {
                marked.source.push_str(itself);
                continue;
            }
            Kind::Www => {
                marked.schemeless.insert(marked.source.len());
                "<http://"
            }
            Kind::Web | Kind::Mail => "<",
        };
        marked.source.push_str(before);
        marked.source.push_str(itself);
        marked.source.push('>');
    }
    marked.source.push_str(&text[copied..]);
    marked
}

/// The text with emoji in the place of their short names, and nothing else changed.
pub(crate) fn with_emoji(text: &str) -> String {
    let mut with = String::with_capacity(text.len());
    let mut copied = 0;
    for found in find(text) {
        if let Kind::Emoji(emoji) = found.kind {
            with.push_str(&text[copied..found.range.start]);
            with.push_str(emoji);
            copied = found.range.end;
        }
    }
    with.push_str(&text[copied..]);
    with
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
    Emoji(&'static str),
}

fn find(text: &str) -> Vec<Found> {
    if !text.contains(['/', '@', ':']) && !contains_www(text) {
        return Vec::new();
    }
    let shown = shown_bytes(text);
    let plain = |at: usize| shown.get(at) == Some(&Shown::Plain);
    let mut found: Vec<Found> = Vec::new();
    let mut free_from = 0;
    for (at, char) in text.char_indices() {
        if at < free_from {
            continue;
        }
        let here = match char {
            'h' | 'H' | 'w' | 'W' if plain(at) => web_at(text, at),
            '@' if plain(at) => mail_around(text, at, free_from, plain),
            ':' => emoji_at(text, at, &shown),
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

/// How a byte of the text is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// As text.
    Plain,
    /// As the text of a link.
    Linked,
    /// As code, or not at all.
    Otherwise,
}

fn shown_bytes(text: &str) -> Vec<Shown> {
    let mut shown = vec![Shown::Otherwise; text.len()];
    let mut closed = 0_usize;
    // Those that are open, and whether each is an address in angle brackets.
    let mut links: Vec<bool> = Vec::new();
    for (event, range) in Parser::new_ext(text, writer::options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => closed += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => {
                closed = closed.saturating_sub(1);
            }
            Event::Start(Tag::Link { link_type, .. } | Tag::Image { link_type, .. }) => {
                links.push(matches!(link_type, LinkType::Autolink | LinkType::Email));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                links.pop();
            }
            Event::Text(_) => {
                let how = match (closed, links.last()) {
                    (0, None) => Shown::Plain,
                    (0, Some(false)) => Shown::Linked,
                    _ => Shown::Otherwise,
                };
                if let Some(bytes) = shown.get_mut(range) {
                    bytes.fill(how);
                }
            }
            _ => {}
        }
    }
    shown
}

fn emoji_at(text: &str, start: usize, shown: &[Shown]) -> Option<Found> {
    let (range, emoji) = emoji::shortcode_at(text, start)?;
    let escaped = text[..start].ends_with('\\');
    let all_shown = shown
        .get(range.clone())
        .is_some_and(|it| it.iter().all(|it| *it != Shown::Otherwise));
    (all_shown && !escaped).then_some(Found {
        range,
        kind: Kind::Emoji(emoji),
    })
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

fn mail_around(
    text: &str,
    at: usize,
    free_from: usize,
    plain: impl Fn(usize) -> bool,
) -> Option<Found> {
    let is_local = |it: char| it.is_ascii_alphanumeric() || "._+-".contains(it);
    let start = text[free_from..at]
        .char_indices()
        .rev()
        .map(|(index, it)| (free_from + index, it))
        .take_while(|(index, it)| is_local(*it) && plain(*index))
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
