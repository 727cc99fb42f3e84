//! HTML, XML and their kind.

use super::{Class, Reader, languages, words::Words};

/// Colours elements, and what stands in scripts and styles of HTML.
pub(super) fn scan(reader: &mut Reader<'_>) {
    while !reader.is_done() {
        if reader.starts("<!--") {
            reader.take(Class::Comment, reader.through("-->"));
        } else if reader.starts("<!") || reader.starts("<?") {
            reader.take(Class::Meta, reader.through(">"));
        } else if reader.starts("</") || reader.starts("<") && opens_element(reader) {
            element(reader);
        } else if reader.starts("&") {
            entity(reader);
        } else {
            reader.step();
            reader.pass(reader.length(|it| !"<&".contains(it)));
        }
    }
}

fn opens_element(reader: &Reader<'_>) -> bool {
    reader
        .rest()
        .chars()
        .nth(1)
        .is_some_and(|it| it.is_alphabetic() || it == '_')
}

fn element(reader: &mut Reader<'_>) {
    let start = reader.at;
    let closes = reader.starts("</");
    reader.pass(if closes { 2 } else { 1 });
    let length = reader.length(in_name);
    let name = reader.rest()[..length].to_ascii_lowercase();
    reader.pass(length);
    reader.mark(Class::Tag, start);
    while !reader.is_done() {
        match reader.peek() {
            Some('>') => {
                reader.take(Class::Tag, 1);
                break;
            }
            Some('/' | '?') => reader.take(Class::Tag, 1),
            // The one before was never closed.
            Some('<') => return,
            Some(quote @ ('"' | '\'')) => {
                let start = reader.at;
                reader.step();
                reader.pass(reader.through(quote.encode_utf8(&mut [0; 4])));
                reader.mark(Class::Text, start);
            }
            Some(it) if in_name(it) => reader.take(Class::Property, reader.length(in_name)),
            _ => reader.step(),
        }
    }
    if !closes {
        inside(reader, &name);
    }
}

/// What stands in a script or a style is of another language.
fn inside(reader: &mut Reader<'_>, name: &str) {
    let scan: fn(&mut Reader<'_>) = match name {
        "script" => |inner| Words::scan(&languages::TYPESCRIPT, inner),
        "style" => super::style::scan,
        _ => return,
    };
    let rest = reader.rest();
    let close = format!("</{name}");
    let length = rest
        .as_bytes()
        .windows(close.len())
        .position(|it| it.eq_ignore_ascii_case(close.as_bytes()))
        .unwrap_or(rest.len());
    let mut inner = Reader::new(&rest[..length]);
    scan(&mut inner);
    let from = reader.at;
    reader.parts.extend(
        inner
            .parts
            .into_iter()
            .map(|(class, range)| (class, range.start + from..range.end + from)),
    );
    reader.pass(length);
}

fn entity(reader: &mut Reader<'_>) {
    let name = reader.rest().bytes().skip(1).take(MAX_ENTITY);
    let length = name
        .take_while(|it| it.is_ascii_alphanumeric() || *it == b'#')
        .count();
    let whole = reader.rest().as_bytes().get(1 + length) == Some(&b';');
    if whole && length > 0 {
        reader.take(Class::Literal, length + 2);
    } else {
        reader.step();
    }
}

fn in_name(it: char) -> bool {
    it.is_alphanumeric() || "-_:.@#*".contains(it)
}

/// The longest name of a character has 31 letters.
const MAX_ENTITY: usize = 32;
