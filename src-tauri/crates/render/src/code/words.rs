//! Languages made of words: keywords, strings, comments, numbers.

use super::{Class, Reader};

/// What a scanner needs to know of such a language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// What begins a comment that ends with its line.
    pub(super) line: &'static [&'static str],
    /// What begins a comment of any length, and what ends it.
    pub(super) block: &'static [(&'static str, &'static str)],
    pub(super) quotes: &'static [Quote],
    pub(super) keywords: &'static str,
    pub(super) types: &'static str,
    pub(super) literals: &'static str,
    /// Characters of words besides letters, digits and `_`.
    pub(super) joiners: &'static str,
    pub(super) marks: &'static [Mark],
}

/// How a string is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// What takes the meaning from the character after it.
    pub(super) escape: Option<char>,
    /// Whether it may have several lines.
    pub(super) lines: bool,
}

/// What is special in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Capital and small letters are the same.
    AnyCase,
    /// A word with a capital is a type.
    CapitalTypes,
    /// `@word` says something about what follows.
    At,
    /// `@word` is a variable.
    AtVariable,
    /// `$word` is a variable.
    Dollar,
    /// `#word` at the beginning of a line speaks to the compiler.
    Hash,
    /// `#[…]` speaks to the compiler.
    HashBrackets,
    /// `'a` is a name and `'a'` a character.
    Ticks,
    /// `r#"…"#` is a string.
    RawHashes,
    /// `/…/` is a string where a value is due.
    Slashes,
    /// A word or string before a colon is a key.
    ColonKeys,
    /// A word or string before `=` is a key, and `[…]` at the beginning of a line a heading.
    EqualsKeys,
}

impl Words {
    fn has(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    pub(super) fn scan(&self, reader: &mut Reader<'_>) {
        while !reader.is_done() {
            let start = reader.at;
            if !(self.comment(reader) || self.special(reader) || self.string(reader)) {
                match reader.peek() {
                    Some(it) if it.is_ascii_digit() => number(reader),
                    Some(it) if self.in_word(it) => self.word(reader),
                    _ => reader.step(),
                }
            }
            if reader.at == start {
                reader.step();
            }
        }
    }

    fn comment(&self, reader: &mut Reader<'_>) -> bool {
        for (open, close) in self.block {
            if reader.starts(open) {
                let start = reader.at;
                reader.pass(open.len());
                reader.pass(reader.through(close));
                reader.mark(Class::Comment, start);
                return true;
            }
        }
        for open in self.line {
            let alone = *open != "#"
                || reader
                    .before()
                    .is_none_or(|it| it.is_whitespace() || ";(){}[],".contains(it));
            if alone && reader.starts(open) {
                reader.take(Class::Comment, reader.line());
                return true;
            }
        }
        false
    }

    fn string(&self, reader: &mut Reader<'_>) -> bool {
        let Some(quote) = self.quotes.iter().find(|it| reader.starts(it.open)) else {
            return false;
        };
        let start = reader.at;
        reader.pass(quote.open.len());
        quote.finish(reader);
        let class = if self.is_key(reader) {
            Class::Property
        } else {
            Class::Text
        };
        reader.mark(class, start);
        true
    }

    fn special(&self, reader: &mut Reader<'_>) -> bool {
        let rest = reader.rest();
        let after = |prefix: usize| {
            rest.get(prefix..).map_or(0, |it| {
                it.find(|it: char| !(it.is_alphanumeric() || "_.".contains(it)))
                    .unwrap_or(it.len())
            })
        };
        let first = reader.peek();
        match first {
            Some('@') if self.has(Mark::At) || self.has(Mark::AtVariable) => {
                let length = after(1);
                let class = if self.has(Mark::At) {
                    Class::Meta
                } else {
                    Class::Variable
                };
                if length > 0 {
                    reader.take(class, 1 + length);
                }
                length > 0
            }
            Some('$') if self.has(Mark::Dollar) => {
                let length = dollar(rest);
                if length > 0 {
                    reader.take(Class::Variable, length);
                }
                length > 0
            }
            Some('#')
                if self.has(Mark::HashBrackets)
                    && (rest.starts_with("#[") || rest.starts_with("#![")) =>
            {
                let line = reader.line();
                let length = rest[..line].find(']').map_or(line, |it| it + 1);
                reader.take(Class::Meta, length);
                true
            }
            Some('#') if self.has(Mark::Hash) && reader.is_line_start() => {
                let length = after(1);
                reader.take(Class::Meta, 1 + length);
                if rest.starts_with("#include ") && reader.starts(" <") {
                    reader.step();
                    let line = reader.line();
                    let length = reader.rest()[..line].find('>').map_or(line, |it| it + 1);
                    reader.take(Class::Text, length);
                }
                true
            }
            Some('\'') if self.has(Mark::Ticks) => {
                tick(reader);
                true
            }
            Some('/') if self.has(Mark::Slashes) => slashes(reader),
            Some('[') if self.has(Mark::EqualsKeys) && reader.is_line_start() => {
                reader.take(Class::Meta, reader.line());
                true
            }
            Some('r' | 'b') if self.has(Mark::RawHashes) => raw(reader),
            _ => false,
        }
    }

    fn word(&self, reader: &mut Reader<'_>) {
        let length = reader.length(|it| self.in_word(it));
        let start = reader.at;
        let word = &reader.rest()[..length];
        reader.pass(length);
        if let Some(class) = self.class_of(word, reader) {
            reader.mark(class, start);
        }
    }

    fn class_of(&self, word: &str, reader: &Reader<'_>) -> Option<Class> {
        let is_in = |list: &str| {
            word.len() <= MAX_WORD_BYTES
                && list.split(' ').any(|it| {
                    it == word || self.has(Mark::AnyCase) && it.eq_ignore_ascii_case(word)
                })
        };
        if self.is_key(reader) {
            Some(Class::Property)
        } else if is_in(self.keywords) {
            Some(Class::Keyword)
        } else if is_in(self.literals) {
            Some(Class::Literal)
        } else if is_in(self.types) {
            Some(Class::Type)
        } else if reader.starts("(") || reader.starts("!(") {
            Some(Class::Function)
        } else if self.has(Mark::CapitalTypes) && word.starts_with(char::is_uppercase) {
            Some(Class::Type)
        } else {
            None
        }
    }

    /// Whether what was just read names what comes next.
    fn is_key(&self, reader: &Reader<'_>) -> bool {
        let mark = if self.has(Mark::ColonKeys) {
            ':'
        } else if self.has(Mark::EqualsKeys) {
            '='
        } else {
            return false;
        };
        let after = reader
            .rest()
            .trim_start_matches([' ', '\t'])
            .strip_prefix(mark);
        // `http://` in a plain value is not a key.
        after.is_some_and(|it| mark == '=' || !it.starts_with('/'))
    }

    fn in_word(&self, it: char) -> bool {
        it.is_alphanumeric() || it == '_' || self.joiners.contains(it)
    }
}

impl Quote {
    /// Reads to the end of the string, of the line or of the code.
    fn finish(&self, reader: &mut Reader<'_>) {
        let rest = reader.rest();
        let mut end = rest.len();
        let mut escaped = false;
        for (at, char) in rest.char_indices() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            if Some(char) == self.escape {
                escaped = true;
            } else if rest[at..].starts_with(self.close) {
                end = at + self.close.len();
                break;
            } else if char == '\n' && !self.lines {
                end = at;
                break;
            }
        }
        reader.pass(end);
    }
}

fn number(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let digit_next = chars.peek().is_some_and(|(_, it)| it.is_ascii_digit());
        if !(char.is_ascii_alphanumeric() || char == '_' || char == '.' && digit_next) {
            break;
        }
        end = at + char.len_utf8();
    }
    reader.take(Class::Number, end);
}

/// How long the variable is that `rest` starts with, if it does.
fn dollar(rest: &str) -> usize {
    let name = rest.get(1..).unwrap_or_default();
    let length = name
        .find(|it: char| !(it.is_alphanumeric() || it == '_'))
        .unwrap_or(name.len());
    if length > 0 {
        1 + length
    } else if name.starts_with('{') {
        let end = name
            .bytes()
            .take(MAX_WORD_BYTES)
            .position(|it| it == b'}' || it == b'\n');
        end.filter(|it| name[*it..].starts_with('}'))
            .map_or(0, |it| it + 2)
    } else if name.starts_with(['?', '!', '#', '@', '*', '$', '-']) {
        2
    } else {
        0
    }
}

/// A character, or a name with a tick before it.
fn tick(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    let mut chars = rest.char_indices().skip(1);
    let first = chars.next();
    let quoted = match first {
        Some((_, '\\')) => chars
            .skip(1)
            .take(MAX_CHARACTER)
            .find(|(_, it)| *it == '\''),
        Some(_) => chars.next().filter(|(_, it)| *it == '\''),
        None => None,
    };
    if let Some((end, _)) = quoted {
        reader.take(Class::Text, end + 1);
        return;
    }
    let name = rest.get(1..).unwrap_or_default();
    let length = name
        .find(|it: char| !(it.is_alphanumeric() || it == '_'))
        .unwrap_or(name.len());
    if length > 0 {
        reader.take(Class::Variable, 1 + length);
    } else {
        reader.step();
    }
}

/// A string between slashes, where a value is due and there is one in this line.
fn slashes(reader: &mut Reader<'_>) -> bool {
    let before = reader.text.get(..reader.at).unwrap_or_default();
    let due = before
        .chars()
        .rev()
        .take(MAX_CHARACTER)
        .find(|it| !matches!(it, ' ' | '\t'))
        .is_none_or(|it| "(,=:[!&|?{};\n".contains(it));
    if !due {
        return false;
    }
    let rest = reader.rest();
    let (mut escaped, mut listed) = (false, false);
    for (at, char) in rest.char_indices().skip(1).take(MAX_PATTERN) {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match char {
            '\n' => return false,
            '\\' => escaped = true,
            '[' => listed = true,
            ']' => listed = false,
            '/' if !listed => {
                let start = reader.at;
                reader.pass(at + 1);
                reader.pass(reader.length(|it| it.is_ascii_lowercase()));
                reader.mark(Class::Text, start);
                return true;
            }
            _ => {}
        }
    }
    false
}

/// A string that ends only with as many hashes as it began with.
fn raw(reader: &mut Reader<'_>) -> bool {
    if reader
        .before()
        .is_some_and(|it| it.is_alphanumeric() || it == '_')
    {
        return false;
    }
    let rest = reader.rest();
    let prefix = if rest.starts_with("br") { 2 } else { 1 };
    if prefix == 1 && !rest.starts_with('r') {
        return false;
    }
    let hashes = rest
        .bytes()
        .skip(prefix)
        .take_while(|it| *it == b'#')
        .count();
    if hashes > MAX_HASHES || rest.as_bytes().get(prefix + hashes) != Some(&b'"') {
        return false;
    }
    let start = reader.at;
    reader.pass(prefix + hashes + 1);
    reader.pass(reader.through(&format!("\"{}", "#".repeat(hashes))));
    reader.mark(Class::Text, start);
    true
}

/// No word of a language is longer.
const MAX_WORD_BYTES: usize = 40;
/// How long the inside of one quoted character may be, and how far a value is looked back for.
const MAX_CHARACTER: usize = 12;
/// How far the end of a pattern is looked for.
const MAX_PATTERN: usize = 300;
/// Nobody needs more around a string.
const MAX_HASHES: usize = 16;
