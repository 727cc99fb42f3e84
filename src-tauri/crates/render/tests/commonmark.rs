//! The examples of the CommonMark specification, read as far as our dialect agrees with it.
//!
//! Both sides are read as a browser would and compared as a list of tags, addresses and words.
//! Where we differ on purpose, the expected side is changed by a rule stated in [`Outline`];
//! examples about raw HTML, which is text to us, are left to the pairs and the hostile corpus.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

#[test]
fn the_examples_of_the_specification_come_out_as_it_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commonmark/examples.txt");
    let examples = fs::read_to_string(file).expect("the examples");
    let mut compared = 0;
    let mut different = Vec::new();

    for (index, example) in examples.split("\u{1D}\n").enumerate() {
        let (text, expected) = example.split_once("\u{1E}\n").expect("a text and its HTML");
        let (text, expected) = (text.replace('→', "\t"), expected.replace('→', "\t"));
        let Some(expected) = outline(&expected, true) else {
            continue;
        };
        let Some(got) = outline(
            render::markdown(&text, &render::Context::default()).as_str(),
            false,
        ) else {
            continue;
        };
        if OTHERWISE.contains(&(index + 1)) {
            continue;
        }
        compared += 1;
        if got != expected {
            different.push(format!(
                "example {}: {text:?}\n{expected:?}\n{got:?}",
                index + 1
            ));
        }
    }

    assert!(
        different.is_empty(),
        "{} of {compared}:\n{}",
        different.len(),
        different.join("\n\n")
    );
    assert!(compared > 550, "only {compared} examples were compared");
}

/// Examples that come out otherwise on purpose, by number.
const OTHERWISE: [usize; 30] = [
    // A bare address is a link to us.
    346, 608, 611, 612, // Raw HTML is text to us.
    21, 31, 156, 157, 158, 162, 166, 167, 168, 169, 187, 344, 475, 476, 477, 616, 630, 631, 642,
    643, // A link without a text shows its address.
    484, // A picture is a link, and a link keeps the emphasis in its text.
    573, 576, 577, 585, 589,
];

/// What a reader gets of some HTML; nothing when it holds elements we never write.
fn outline(html: &str, specified: bool) -> Option<Vec<String>> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(
        Outline {
            specified,
            ..Outline::default()
        },
        TokenizerOpts::default(),
    );
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Outline {
        parts,
        text,
        foreign,
        ..
    } = tokenizer.sink;
    let mut parts = parts.into_inner();
    push_words(&mut parts, &text.into_inner());
    (!foreign.into_inner()).then_some(parts)
}

#[derive(Default)]
struct Outline {
    /// Whether this is the specification's HTML, to be changed into our dialect.
    specified: bool,
    parts: RefCell<Vec<String>>,
    text: RefCell<String>,
    foreign: RefCell<bool>,
    /// Whether each open link is one we would write.
    links: RefCell<Vec<bool>>,
}

impl TokenSink for Outline {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) => self.text.borrow_mut().push_str(&text),
            Token::NullCharacterToken => self.text.borrow_mut().push('\0'),
            Token::TagToken(tag) => {
                let attribute = |name: &str| {
                    let found = tag.attrs.iter().find(|it| &*it.name.local == name);
                    found.map(|it| it.value.to_string())
                };
                let end = tag.kind == TagKind::EndTag;
                match &*tag.name {
                    // A line break is a space to the specification; both are a gap between words.
                    "br" => self.text.borrow_mut().push(' '),
                    // A picture is a link to the picture, named by its description.
                    "img" if self.specified => {
                        let source = attribute("src").unwrap_or_default();
                        let alt = attribute("alt").unwrap_or_default();
                        let link = is_openable(&source) && self.links.borrow().is_empty();
                        if link {
                            self.part(format!("a {source}"));
                        }
                        self.text.borrow_mut().push_str(if alt.is_empty() {
                            &source
                        } else {
                            &alt
                        });
                        if link {
                            self.part("/a".to_owned());
                        }
                    }
                    // Only some addresses can be opened, and a link without a text shows its own.
                    "a" if end => {
                        if self.links.borrow_mut().pop() == Some(true) {
                            self.part("/a".to_owned());
                        }
                    }
                    "a" => {
                        let address = attribute("href").unwrap_or_default();
                        let link = is_openable(&address);
                        self.links.borrow_mut().push(link);
                        if link {
                            self.part(format!("a {}", plain(&address)));
                        }
                    }
                    name @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                        let level = usize::from(name.as_bytes()[1] - b'0');
                        let level = if self.specified {
                            (level + 2).min(6)
                        } else {
                            level
                        };
                        self.part(format!("{}h{level}", if end { "/" } else { "" }));
                    }
                    name @ ("p" | "em" | "strong" | "code" | "pre" | "ul" | "ol" | "li" | "hr"
                    | "blockquote" | "del") => {
                        let start = attribute("start").unwrap_or_default();
                        self.part(format!("{}{name}{start}", if end { "/" } else { "" }));
                    }
                    // The frame that code stands in.
                    "div" if !self.specified => {}
                    _ => *self.foreign.borrow_mut() = true,
                }
            }
            Token::CommentToken(_) | Token::DoctypeToken(_) => *self.foreign.borrow_mut() = true,
            Token::EOFToken | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl Outline {
    fn part(&self, part: String) {
        let mut parts = self.parts.borrow_mut();
        push_words(&mut parts, &std::mem::take(&mut *self.text.borrow_mut()));
        parts.push(part);
    }
}

fn push_words(parts: &mut Vec<String>, text: &str) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if !words.is_empty() {
        parts.push(format!("“{}”", words.join(" ")));
    }
}

/// An address as we write it: the specification also encodes what a browser would encode anyway.
fn plain(address: &str) -> String {
    address
        .replace("%5B", "[")
        .replace("%5C", "\\")
        .replace("%5D", "]")
}

fn is_openable(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|it| lower.starts_with(it))
}
