//! Style sheets.

use super::{Class, Reader};

/// Colours selectors, properties and values.
pub(super) fn scan(reader: &mut Reader<'_>) {
    let mut depth = 0_usize;
    // Whether a property may begin here.
    let mut fresh = true;
    while !reader.is_done() {
        let was_fresh = std::mem::take(&mut fresh);
        match reader.peek() {
            Some('/') if reader.starts("/*") => {
                reader.take(Class::Comment, reader.through("*/"));
                fresh = was_fresh;
            }
            Some('/') if reader.starts("//") && reader.before() != Some(':') => {
                reader.take(Class::Comment, reader.line());
                fresh = was_fresh;
            }
            Some(quote @ ('"' | '\'')) => {
                let start = reader.at;
                reader.step();
                let line = reader.line();
                let end = reader.rest()[..line].find(quote).map_or(line, |it| it + 1);
                reader.pass(end);
                reader.mark(Class::Text, start);
            }
            Some('{') => {
                depth += 1;
                fresh = true;
                reader.step();
            }
            Some('}') => {
                depth = depth.saturating_sub(1);
                fresh = true;
                reader.step();
            }
            Some(';') => {
                fresh = true;
                reader.step();
            }
            Some(it) if it.is_whitespace() => {
                fresh = was_fresh;
                reader.step();
            }
            Some('@') => reader.take(Class::Keyword, 1 + after(reader)),
            Some('!') => reader.take(Class::Keyword, 1 + after(reader)),
            Some('$') => reader.take(Class::Variable, 1 + after(reader)),
            Some('-') if reader.starts("--") => {
                reader.take(Class::Variable, reader.length(in_word));
            }
            Some('#') if depth > 0 && !was_fresh => reader.take(Class::Number, 1 + after(reader)),
            Some('.' | '#') if after(reader) > 0 => {
                reader.take(Class::Type, 1 + after(reader));
            }
            Some(it) if it.is_ascii_digit() => {
                reader.take(
                    Class::Number,
                    reader.length(|it| in_word(it) || ".%".contains(it)),
                );
            }
            Some(it) if in_word(it) => word(reader, depth, was_fresh),
            _ => reader.step(),
        }
    }
}

fn word(reader: &mut Reader<'_>, depth: usize, fresh: bool) {
    let start = reader.at;
    reader.pass(reader.length(in_word));
    let names_value = reader
        .rest()
        .trim_start_matches([' ', '\t'])
        .starts_with(':');
    if reader.starts("(") {
        reader.mark(Class::Function, start);
    } else if depth > 0 && fresh && names_value {
        reader.mark(Class::Property, start);
    } else if depth == 0 {
        reader.mark(Class::Tag, start);
    }
}

/// How long the word is that stands behind the next character.
fn after(reader: &Reader<'_>) -> usize {
    let rest = reader.rest().get(1..).unwrap_or_default();
    rest.find(|it| !in_word(it)).unwrap_or(rest.len())
}

fn in_word(it: char) -> bool {
    it.is_alphanumeric() || it == '-' || it == '_'
}
