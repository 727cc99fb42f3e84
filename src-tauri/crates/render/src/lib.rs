//! Markdown from strangers, made into HTML that can do nothing but be read.
//!
//! This crate is the only maker of [`SafeHtml`], and the page puts nothing else into its one
//! `innerHTML`. A message passes three stations:
//!
//! ```text
//! text ─► source ───────► writer ─► gate ─► SafeHtml
//!         marks URLs,     events    ammonia with a list of
//!         puts in emoji   → HTML    what may pass
//! ```
//!
//! The writer already emits only what the gate lets through; the gate is there for the day the
//! writer is wrong.
//!
//! The dialect is CommonMark with GitHub's tables, strikethrough, task lists, footnotes and bare
//! links, read the way people type in a chat: a line break is a line break, raw HTML is text, a
//! heading is modest, and a picture or a video is a link that says what it is and whose, because
//! loading it would tell a stranger who is reading.

pub mod emoji;

mod cards;
mod code;
mod gate;
mod source;
mod words;
mod writer;

pub use words::words;

use std::fmt;

/// The longest text that is read as Markdown, in UTF-16 units: a peer that keeps to Chitchatter's
/// rules sends at most 9 999. Anything longer is shown as plain text.
pub const MAX_SOURCE_UNITS: usize = 10_000;

/// How much of an over-long text is shown at all, in characters.
pub const MAX_PLAIN_CHARS: usize = 20_000;

/// The most HTML one message may become. Tables and reference links can make a short text long;
/// a text that would pass this is shown as plain text instead.
pub const MAX_HTML_BYTES: usize = 256 * 1024;

/// How many elements may stand inside one another. Deeper content is shown, its nesting is not.
pub const MAX_DEPTH: usize = 16;

/// HTML that holds no script, no style, no remote content and no attribute a stranger chose,
/// except where a link leads.
#[derive(Clone, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SafeHtml {
    /// Leaves the content out: it is what people say, and has no business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SafeHtml").field(&self.0.len()).finish()
    }
}

/// What has to be known to show a text, beyond the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The people it names, each as it stands in the text after the `@`.
    pub names: &'a [&'a str],
    /// Those of the names that are the reader's own.
    pub own_names: &'a [&'a str],
    /// Whether links and media are shown as bare text.
    pub plain: bool,
}

/// `text` as it was typed, with emoji in the place of their short names: for where Markdown is read
/// as it stands.
#[must_use]
pub fn with_emoji(text: &str) -> String {
    if text.encode_utf16().nth(MAX_SOURCE_UNITS).is_some() {
        return text.to_owned();
    }
    source::with_emoji(text)
}

/// Reads `text` as Markdown.
#[must_use]
pub fn markdown(text: &str, context: &Context<'_>) -> SafeHtml {
    let short = text.encode_utf16().nth(MAX_SOURCE_UNITS).is_none();
    let html = if short {
        writer::write(&source::mark(text, context.plain), context)
    } else {
        None
    };
    SafeHtml(gate::pass(
        &html.unwrap_or_else(|| writer::write_plain(text)),
    ))
}
