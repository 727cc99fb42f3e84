//! Reads HTML the way a browser does and finds whatever in it could do more than be read.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use render::MAX_DEPTH;

/// Fails when `html` holds anything a message may not.
pub(crate) fn assert_harmless(html: &str) {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();

    let found = tokenizer.sink.found.borrow();
    assert!(found.is_empty(), "{found:?} in {html}");
    assert!(
        tokenizer.sink.deepest.get() <= MAX_DEPTH,
        "nested too deeply: {html}"
    );
    assert_eq!(tokenizer.sink.depth.get(), 0, "not closed: {html}");
}

#[derive(Default)]
struct Reader {
    found: RefCell<Vec<String>>,
    depth: Cell<usize>,
    deepest: Cell<usize>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::CharacterTokens(_) | Token::EOFToken => {}
            other => self.found.borrow_mut().push(format!("{other:?}")),
        }
        TokenSinkResult::Continue
    }
}

impl Reader {
    fn tag(&self, tag: &Tag) {
        let name = &*tag.name;
        if !ELEMENTS.contains(&name) {
            self.found.borrow_mut().push(format!("<{name}>"));
        }
        for attribute in &tag.attrs {
            let (key, value) = (&*attribute.name.local, &*attribute.value);
            if !is_expected(name, key, value) {
                self.found
                    .borrow_mut()
                    .push(format!("<{name} {key}={value:?}>"));
            }
        }
        match tag.kind {
            TagKind::StartTag if matches!(name, "br" | "hr") => {}
            TagKind::StartTag => self.depth.set(self.depth.get() + 1),
            TagKind::EndTag => self.depth.set(self.depth.get().saturating_sub(1)),
        }
        self.deepest.set(self.deepest.get().max(self.depth.get()));
    }
}

/// Written out once more, and not taken from the crate: the test must not share its mistakes.
const ELEMENTS: [&str; 26] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

const PARTS_OF_CODE: [&str; 14] = [
    "comment", "deleted", "function", "heading", "inserted", "keyword", "literal", "meta",
    "number", "property", "string", "tag", "type", "variable",
];

fn is_expected(element: &str, key: &str, value: &str) -> bool {
    match (element, key) {
        ("a", "class") => matches!(value, "link" | "link card picture" | "link card video"),
        ("a", "data-card") => matches!(value, "picture" | "youtube"),
        ("a", "data-host") => value
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "-._:[]".contains(it)),
        ("a", "target") => value == "_blank",
        ("a", "rel") => value == "noopener noreferrer nofollow",
        ("a", "href") => {
            let lower = value.to_ascii_lowercase();
            ["http://", "https://", "mailto:"]
                .iter()
                .any(|it| lower.starts_with(it))
        }
        ("ol", "start") => value.chars().all(|it| it.is_ascii_digit()),
        ("div", "class") => matches!(value, "table" | "code" | "footnote"),
        ("div", "data-language") => {
            value.len() < 12
                && value
                    .chars()
                    .all(|it| it.is_alphabetic() || "+#".contains(it))
        }
        ("sup", "class") => value == "footnote",
        ("span", "class") => {
            matches!(value, "task" | "mention" | "mention mention-me")
                || value
                    .strip_prefix("hl-")
                    .is_some_and(|it| PARTS_OF_CODE.contains(&it))
        }
        ("td" | "th", "class") => matches!(value, "center" | "right"),
        _ => false,
    }
}
