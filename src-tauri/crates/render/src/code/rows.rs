//! Languages whose lines say by their beginning what they are.

use super::{Class, Reader};

/// Colours what was added and what was taken away.
pub(super) fn diff(reader: &mut Reader<'_>) {
    while !reader.is_done() {
        let class = match reader.peek() {
            _ if ["@@", "+++ ", "--- ", "diff ", "index "]
                .iter()
                .any(|it| reader.starts(it)) =>
            {
                Some(Class::Meta)
            }
            Some('+' | '>') => Some(Class::Inserted),
            Some('-' | '<') => Some(Class::Deleted),
            _ => None,
        };
        row(reader, class);
    }
}

/// Colours headings, quotes and code.
pub(super) fn markdown(reader: &mut Reader<'_>) {
    let mut fence: Option<&str> = None;
    while !reader.is_done() {
        let indent = reader.length(|it| it == ' ');
        let mark = reader.rest().get(indent..).unwrap_or_default();
        let fenced = ["```", "~~~"].into_iter().find(|it| mark.starts_with(it));
        match (fence, fenced) {
            (Some(open), Some(close)) if open == close => {
                fence = None;
                row(reader, Some(Class::Text));
            }
            (None, Some(open)) => {
                fence = Some(open);
                row(reader, Some(Class::Text));
            }
            (Some(_), _) => row(reader, Some(Class::Text)),
            _ if mark.starts_with('#') => row(reader, Some(Class::Heading)),
            _ if mark.starts_with('>') => row(reader, Some(Class::Comment)),
            _ => {
                reader.pass(indent);
                if ["- ", "* ", "+ "].iter().any(|it| mark.starts_with(it)) {
                    reader.take(Class::Keyword, 1);
                }
                inline(reader);
            }
        }
    }
}

fn inline(reader: &mut Reader<'_>) {
    let end = reader.at + reader.line();
    while reader.at < end && !reader.is_done() {
        if reader.starts("`") {
            let start = reader.at;
            reader.step();
            let rest = reader.text.get(reader.at..end).unwrap_or_default();
            reader.pass(rest.find('`').map_or(rest.len(), |it| it + 1));
            reader.mark(Class::Text, start);
        } else {
            reader.step();
        }
    }
    if !reader.is_done() {
        reader.step();
    }
}

fn row(reader: &mut Reader<'_>, class: Option<Class>) {
    let line = reader.line();
    match class {
        Some(class) => reader.take(class, line),
        None => reader.pass(line),
    }
    if !reader.is_done() {
        reader.step();
    }
}
