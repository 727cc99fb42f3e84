//! Writes what the Markdown parser found as HTML, in our dialect and within our bounds.

use std::collections::BTreeMap;

use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeWithOffset,
};

use crate::cards::{self, Card, MAX_CARDS};
use crate::code::{self, Language};
use crate::source::Marked;
use crate::{Context, MAX_DEPTH, MAX_HTML_BYTES, MAX_PLAIN_CHARS};

/// The longest address that becomes a link, in bytes: about what browsers take.
const MAX_ADDRESS_BYTES: usize = 2048;
/// How many names in one message are marked as such.
const MAX_MENTIONS: usize = 100;

/// The parts of GitHub's dialect we read. Its bare links are our own work.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
}

/// The HTML of a text, or nothing when there would be too much of it.
pub(crate) fn write(marked: &Marked, context: &Context<'_>) -> Option<String> {
    let mut writer = Writer {
        context: *context,
        ..Writer::default()
    };
    let events = Parser::new_ext(&marked.source, options()).into_offset_iter();
    for (event, range) in TextMergeWithOffset::new(events) {
        let schemeless = marked.schemeless.contains(&range.start);
        writer.event(event, schemeless);
        if writer.html.len() > MAX_HTML_BYTES {
            return None;
        }
    }
    Some(writer.html)
}

/// The HTML of a text that is not read as Markdown.
pub(crate) fn write_plain(text: &str) -> String {
    let mut writer = Writer::default();
    writer.start(Tag::Paragraph, false);
    match text.char_indices().nth(MAX_PLAIN_CHARS) {
        Some((end, _)) => {
            writer.lines(&text[..end]);
            writer.text("…");
        }
        None => writer.lines(text),
    }
    writer.end(TagEnd::Paragraph);
    writer.html
}

#[derive(Default)]
struct Writer<'a> {
    context: Context<'a>,
    html: String,
    open: Vec<Frame>,
    /// How many elements are open.
    depth: usize,
    /// How many of them are links.
    links: usize,
    /// How many are blocks of code, where a line break is a line break already.
    code: usize,
    /// What the block of code is written in.
    language: Option<&'static Language>,
    /// How many parts of code are coloured, names marked, and cards offered.
    parts: usize,
    mentions: usize,
    cards: usize,
    /// The footnotes seen, and the number of each.
    footnotes: BTreeMap<String, usize>,
    /// How the columns of the table being written are aligned, and which column is next.
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// A line ended whose block is not shown as one; what comes next starts a new line.
    break_due: bool,
    /// The next text is an address whose scheme the person did not type.
    hide_scheme: bool,
}

/// One element the parser has opened and not closed.
struct Frame {
    /// What to write when it closes; nothing when it was not written at all.
    close: &'static str,
    /// How many elements it opened.
    elements: usize,
    /// Where its content starts, and what to show if it has none.
    content: usize,
    instead: Option<String>,
    /// The address that is shown behind its content, if that is not the same.
    address: Option<String>,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>, schemeless: bool) {
        match event {
            Event::Start(tag) => self.start(tag, schemeless),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.hide_scheme => {
                self.hide_scheme = false;
                self.text(text.strip_prefix("http://").unwrap_or(&text));
            }
            Event::Text(text) if self.code > 0 => self.coloured(&text),
            Event::Text(text) if text.contains('@') => self.text_with_names(&text),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.lines(&text),
            Event::Code(text) => {
                self.raw("<code>");
                self.text(&text);
                self.raw("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.raw("<br>"),
            Event::Rule => self.raw("<hr>"),
            Event::TaskListMarker(done) => {
                self.raw(if done { TASK_DONE } else { TASK_OPEN });
            }
            Event::FootnoteReference(name) => self.footnote(&name),
            // None of these is switched on; should one come, its text is still text.
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, schemeless: bool) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.open("<p>", "</p>"),
            Tag::Heading { level, .. } => match level {
                HeadingLevel::H1 => self.open("<h3>", "</h3>"),
                HeadingLevel::H2 => self.open("<h4>", "</h4>"),
                HeadingLevel::H3 => self.open("<h5>", "</h5>"),
                HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => {
                    self.open("<h6>", "</h6>");
                }
            },
            Tag::BlockQuote(_) => self.open("<blockquote>", "</blockquote>"),
            Tag::CodeBlock(kind) => {
                self.language = match kind {
                    CodeBlockKind::Fenced(info) => code::named(&info),
                    CodeBlockKind::Indented => None,
                };
                let open = match self.language {
                    Some(it) => format!(
                        "<div class=\"code\" data-language=\"{}\"><pre><code>",
                        Escaped(it.label)
                    ),
                    None => "<div class=\"code\"><pre><code>".to_owned(),
                };
                if self.open_with(&open, "</code></pre></div>", 3, 4) {
                    self.code += 1;
                }
            }
            Tag::List(None) => {
                self.open_with("<ul>", "</ul>", 1, 2);
            }
            Tag::List(Some(1)) => {
                self.open_with("<ol>", "</ol>", 1, 2);
            }
            Tag::List(Some(start)) => {
                self.open_with(&format!("<ol start=\"{start}\">"), "</ol>", 1, 2);
            }
            Tag::Item => self.open_inside("<li>", "</li>", 1),
            Tag::Table(columns) => {
                if self.open_with(
                    "<div class=\"table\"><table>",
                    "</tbody></table></div>",
                    2,
                    5,
                ) {
                    self.columns = columns;
                }
            }
            Tag::TableHead => {
                self.column = 0;
                self.in_head = true;
                self.open_inside("<thead><tr>", "</tr></thead><tbody>", 2);
            }
            Tag::TableRow => {
                self.column = 0;
                self.open_inside("<tr>", "</tr>", 2);
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.open("<em>", "</em>"),
            Tag::Strong => self.open("<strong>", "</strong>"),
            Tag::Strikethrough => self.open("<del>", "</del>"),
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => self.link(link_type, &dest_url, schemeless),
            Tag::Image { dest_url, .. } => self.picture(&dest_url),
            Tag::FootnoteDefinition(name) => {
                let fits = self.open_with("<div class=\"footnote\">", "</div>", 1, 2);
                if fits {
                    self.footnote(&name);
                }
            }
            // None of these is switched on; should one come, its content is still shown.
            Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_)
            | Tag::Superscript
            | Tag::Subscript => self.skip(None),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let Some(frame) = self.open.pop() else { return };
        if let Some(instead) = frame.instead
            && self.html.len() == frame.content
        {
            self.text(&instead);
        } else if let Some(address) = frame.address
            && self.html.get(frame.content..) != Some(&Escaped(&address).to_string())
        {
            self.text(&format!(" ({address})"));
        }
        if frame.elements > 0 {
            self.break_due = false;
            self.html.push_str(frame.close);
            self.depth -= frame.elements;
            match tag {
                TagEnd::Link | TagEnd::Image => self.links = self.links.saturating_sub(1),
                TagEnd::CodeBlock => self.code = self.code.saturating_sub(1),
                _ => {}
            }
        } else {
            match tag {
                TagEnd::Paragraph
                | TagEnd::HtmlBlock
                | TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::Item
                | TagEnd::TableHead
                | TagEnd::TableRow => self.break_due = true,
                TagEnd::TableCell => self.text(" "),
                _ => {}
            }
        }
        self.hide_scheme = false;
        if matches!(tag, TagEnd::TableHead) {
            self.in_head = false;
        }
    }

    fn cell(&mut self) {
        let alignment = self
            .columns
            .get(self.column)
            .copied()
            .unwrap_or(Alignment::None);
        self.column += 1;
        let (open, close) = match (self.in_head, alignment) {
            (true, Alignment::None | Alignment::Left) => ("<th>", "</th>"),
            (true, Alignment::Center) => ("<th class=\"center\">", "</th>"),
            (true, Alignment::Right) => ("<th class=\"right\">", "</th>"),
            (false, Alignment::None | Alignment::Left) => ("<td>", "</td>"),
            (false, Alignment::Center) => ("<td class=\"center\">", "</td>"),
            (false, Alignment::Right) => ("<td class=\"right\">", "</td>"),
        };
        self.open_inside(open, close, 1);
    }

    /// A link, or the text of one whose address is not of a kind we open.
    fn link(&mut self, kind: LinkType, address: &CowStr<'_>, schemeless: bool) {
        let bare = matches!(kind, LinkType::Autolink | LinkType::Email);
        let card = bare.then(|| cards::bare(address)).flatten();
        let openable = if kind == LinkType::Email {
            format!("mailto:{address}")
        } else {
            address.to_string()
        };
        self.anchor(&openable, address, bare, card);
        self.hide_scheme = schemeless;
    }

    /// A picture, which is never more than a link until the reader asks for it.
    fn picture(&mut self, address: &CowStr<'_>) {
        self.anchor(address, address, false, cards::picture(address));
    }

    fn anchor(&mut self, address: &str, shown: &str, bare: bool, card: Option<Card>) {
        let instead = Some(shown.to_owned());
        if self.links > 0 || !is_openable(address) {
            return self.skip(instead);
        }
        if self.context.plain {
            self.skip(instead);
            // Behind other words the address would be gone.
            if !bare && let Some(frame) = self.open.last_mut() {
                frame.address = Some(shown.to_owned());
            }
            return;
        }
        let card = card.filter(|_| self.cards < MAX_CARDS);
        let open = match &card {
            Some(Card { what, host }) => format!(
                "<a class=\"link card {}\" data-card=\"{}\" data-host=\"{}\" target=\"_blank\" href=\"{}\">",
                what.class(),
                what.name(),
                Escaped(host),
                Escaped(address)
            ),
            None => format!(
                "<a class=\"link\" target=\"_blank\" href=\"{}\">",
                Escaped(address)
            ),
        };
        if self.open_with(&open, "</a>", 1, 1) {
            self.links += 1;
            self.cards += usize::from(card.is_some());
        }
        if let Some(frame) = self.open.last_mut() {
            frame.instead = instead;
        }
    }

    /// The number of a footnote, where it is meant and where it is.
    fn footnote(&mut self, name: &str) {
        let next = self.footnotes.len() + 1;
        let number = *self.footnotes.entry(name.to_owned()).or_insert(next);
        if self.depth < MAX_DEPTH {
            self.raw(&format!("<sup class=\"footnote\">{number}</sup>"));
        } else {
            self.text(&number.to_string());
        }
    }

    /// Code, with the parts of its language coloured.
    fn coloured(&mut self, text: &str) {
        let parts = match self.language {
            Some(language) => code::parts(language, text),
            None => Vec::new(),
        };
        let mut shown = 0;
        for (class, range) in parts {
            if self.parts == code::MAX_PARTS {
                break;
            }
            self.parts += 1;
            self.text(&text[shown..range.start]);
            self.raw(&format!("<span class=\"{}\">", class.name()));
            self.text(&text[range.clone()]);
            self.raw("</span>");
            shown = range.end;
        }
        self.text(&text[shown..]);
    }

    /// Text in which the names of people are marked.
    fn text_with_names(&mut self, text: &str) {
        let mut shown = 0;
        for (at, _) in text.match_indices('@') {
            if self.links > 0 || self.depth == MAX_DEPTH || self.mentions == MAX_MENTIONS {
                break;
            }
            if at < shown || text[..at].ends_with(char::is_alphanumeric) {
                continue;
            }
            let rest = &text[at + 1..];
            let fitting = self.context.names.iter().filter(|name| {
                !name.is_empty()
                    && rest
                        .strip_prefix(**name)
                        .is_some_and(|it| !it.starts_with(char::is_alphanumeric))
            });
            let Some(name) = fitting.max_by_key(|it| it.len()).copied() else {
                continue;
            };
            self.mentions += 1;
            let own = self.context.own_names.contains(&name);
            self.lines(&text[shown..at]);
            self.raw(if own { MENTION_OF_US } else { MENTION });
            self.text(&text[at..=at + name.len()]);
            self.raw("</span>");
            shown = at + 1 + name.len();
        }
        self.lines(&text[shown..]);
    }

    /// Opens an element that may hold anything.
    fn open(&mut self, open: &str, close: &'static str) {
        self.open_with(open, close, 1, 1);
    }

    /// Opens an element that makes sense only inside the one before it, and so goes with it.
    fn open_inside(&mut self, open: &str, close: &'static str, elements: usize) {
        if self.open.last().is_none_or(|parent| parent.elements > 0) {
            self.write_open(open, close, elements);
        } else {
            self.skip(None);
        }
    }

    /// Opens `elements` elements if `room` of them would still fit; says whether it did.
    fn open_with(&mut self, open: &str, close: &'static str, elements: usize, room: usize) -> bool {
        let fits = self.depth + room <= MAX_DEPTH;
        if fits {
            self.write_open(open, close, elements);
        } else {
            self.skip(None);
        }
        fits
    }

    fn write_open(&mut self, open: &str, close: &'static str, elements: usize) {
        self.raw(open);
        self.depth += elements;
        let content = self.html.len();
        self.open.push(Frame {
            close,
            elements,
            content,
            instead: None,
            address: None,
        });
    }

    /// Shows the content of an element without the element.
    fn skip(&mut self, instead: Option<String>) {
        let content = self.html.len();
        self.open.push(Frame {
            close: "",
            elements: 0,
            content,
            instead,
            address: None,
        });
    }

    fn raw(&mut self, html: &str) {
        if std::mem::take(&mut self.break_due) {
            self.html.push_str("<br>");
        }
        self.html.push_str(html);
    }

    /// Text of several lines, outside of code.
    fn lines(&mut self, text: &str) {
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.text(first);
        }
        for line in lines {
            if std::mem::replace(&mut self.break_due, true) {
                self.html.push_str("<br>");
            }
            self.text(line);
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.raw("");
            self.html.push_str(&Escaped(text).to_string());
        }
    }
}

/// Whether an address is of a kind the person may be offered to open.
fn is_openable(address: &str) -> bool {
    let starts = |scheme: &str| {
        address
            .get(..scheme.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(scheme))
    };
    address.len() <= MAX_ADDRESS_BYTES
        && !address.contains(|it: char| it.is_control() || it.is_whitespace())
        && (starts("http://") || starts("https://") || starts("mailto:"))
}

/// Text as it may stand in HTML, between tags or in a quoted attribute.
///
/// The two characters that turn the direction of everything after them are left out: they serve
/// to make an address or a name read as another. All other marks of direction end with the
/// paragraph they stand in.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write as _;
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\u{202D}' | '\u{202E}' => {}
                _ => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

// A real check box would be a control without a label that nobody can use.
const TASK_DONE: &str = "<span class=\"task\">☑</span> ";
const MENTION: &str = "<span class=\"mention\">";
const MENTION_OF_US: &str = "<span class=\"mention mention-me\">";
const TASK_OPEN: &str = "<span class=\"task\">☐</span> ";
