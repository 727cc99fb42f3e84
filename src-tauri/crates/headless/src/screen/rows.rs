//! Entries as rows of a given width.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line as Row, Span};
use time::{Date, OffsetDateTime, UtcOffset};
use view::{Line, Share};

use super::talk::{Item, Talk};
use crate::{clean, story};

/// Before the text: the line's number, the time, and a space after each.
const GUTTER: usize = 12;
/// The same where there is no place for it: lines that follow another begin a little later.
const NARROW_GUTTER: usize = 2;
/// Columns of text that are worth a full gutter.
const ROOMY: usize = 20;

/// How it looks.
#[derive(Clone, Copy)]
pub(super) struct Look {
    /// Whether there are colours; without them only bold, dim and reversed.
    pub(super) colours: bool,
    pub(super) offset: UtcOffset,
}

/// The colours of names. Not red, which is for troubles.
const NAMES: [Color; 5] = [
    Color::Cyan,
    Color::Green,
    Color::Yellow,
    Color::Magenta,
    Color::Blue,
];

impl Look {
    pub(super) fn quiet() -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub(super) fn colour(self, style: Style, colour: Color) -> Style {
        if self.colours {
            style.fg(colour)
        } else {
            style
        }
    }

    fn name(self, line: &Line) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        if line.own {
            return bold;
        }
        let who = line.author_id.as_deref().unwrap_or(&line.author);
        let sum: usize = who.bytes().map(usize::from).sum();
        let colour = NAMES.get(sum % NAMES.len()).copied();
        self.colour(bold, colour.unwrap_or(Color::Cyan))
    }

    fn date(self, item: &Item) -> Option<Date> {
        let time = match item {
            Item::Line(line) => story::time_of(line),
            Item::Aside { time, .. } => (*time)?,
            Item::Picture(_) => return None,
        };
        let time = OffsetDateTime::from_unix_timestamp(time.div_euclid(1000)).ok()?;
        Some(time.checked_to_offset(self.offset)?.date())
    }
}

/// The rows of a talk that are to be seen: as many as there are places, and as many below them as
/// the person went up. Going up further than there is anything is taken back.
pub(super) fn visible(
    talk: &mut Talk,
    columns: usize,
    places: usize,
    look: Look,
) -> Vec<Row<'static>> {
    let wanted = talk.below.saturating_add(places);
    // From the last one up, so that a long talk costs no more than a short one.
    let mut upwards: Vec<Row<'static>> = Vec::new();
    for (at, item) in talk.entries.iter().enumerate().rev() {
        if upwards.len() >= wanted {
            break;
        }
        let before = at.checked_sub(1).and_then(|at| talk.entries.get(at));
        let mut rows = above(item, before, talk.new_from, columns, look);
        rows.extend(of(item, columns, look));
        upwards.extend(rows.into_iter().rev());
    }
    talk.below = talk.below.min(upwards.len().saturating_sub(places));
    let mut rows: Vec<Row<'static>> = upwards.into_iter().skip(talk.below).take(places).collect();
    rows.reverse();
    rows
}

/// How many rows an entry takes.
pub(super) fn height(
    item: &Item,
    before: Option<&Item>,
    new_from: Option<u64>,
    columns: usize,
) -> usize {
    let look = Look {
        colours: false,
        offset: UtcOffset::UTC,
    };
    above(item, before, new_from, columns, look).len() + of(item, columns, look).len()
}

fn above(
    item: &Item,
    before: Option<&Item>,
    new_from: Option<u64>,
    columns: usize,
    look: Look,
) -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    if let (Some(date), Some(earlier)) = (look.date(item), before.and_then(|it| look.date(it)))
        && date != earlier
    {
        rows.push(divider(&date.to_string(), columns, Look::quiet()));
    }
    if let Item::Line(line) = item
        && new_from == Some(line.key)
    {
        let style = look.colour(Style::new().add_modifier(Modifier::BOLD), Color::Yellow);
        rows.push(divider("new", columns, style));
    }
    rows
}

/// How many columns stand before the text.
fn gutter(columns: usize) -> usize {
    if columns < GUTTER + ROOMY {
        NARROW_GUTTER
    } else {
        GUTTER
    }
}

fn divider(word: &str, columns: usize, style: Style) -> Row<'static> {
    let rest = columns.saturating_sub(word.len() + 4);
    Row::styled(format!("── {word} {}", "─".repeat(rest)), style)
}

fn of(item: &Item, columns: usize, look: Look) -> Vec<Row<'static>> {
    match item {
        Item::Line(line) => line_rows(line, columns, look),
        Item::Picture(picture) => picture_rows(picture, columns, look),
        Item::Aside {
            time,
            text,
            is_trouble,
        } => {
            let time = time.map_or_else(String::new, |time| story::clock(time, look.offset));
            let style = if *is_trouble {
                look.colour(Style::new().add_modifier(Modifier::BOLD), Color::Red)
            } else {
                Look::quiet()
            };
            let mark = if *is_trouble { "! " } else { "" };
            let gutter = gutter(columns);
            let mut rows = Vec::new();
            for line in text {
                for row in clean::wrap_within(line, columns.saturating_sub(gutter + mark.len())) {
                    let lead = match rows.len() {
                        0 if gutter == GUTTER => format!("      {time:5} {mark}"),
                        0 => mark.to_owned(),
                        _ => " ".repeat(gutter),
                    };
                    rows.push(Row::styled(format!("{lead}{row}"), style));
                }
            }
            rows
        }
    }
}

/// Light on dark whatever the terminal's own colours are, since that is what readers expect.
fn picture_rows(picture: &[String], columns: usize, look: Look) -> Vec<Row<'static>> {
    let needed = picture.iter().map(|row| row.chars().count()).max();
    if needed.is_some_and(|needed| needed > columns) {
        let words = format!(
            "(this terminal is too narrow for the code: it takes {} columns here)",
            needed.unwrap_or_default()
        );
        let rows = clean::wrap_within(&words, columns).into_iter();
        return rows.map(|row| Row::styled(row, Look::quiet())).collect();
    }
    let style = look.colour(Style::new(), Color::White);
    let style = if look.colours {
        style.bg(Color::Black)
    } else {
        style
    };
    picture
        .iter()
        .map(|row| Row::from(Span::styled(row.clone(), style)))
        .collect()
}

fn line_rows(line: &Line, columns: usize, look: Look) -> Vec<Row<'static>> {
    let gutter = gutter(columns);
    let room = columns.saturating_sub(gutter);
    let mut rows = Vec::new();
    if let Some(reply) = &line.reply {
        let number = reply.key.map_or_else(String::new, |key| format!("#{key} "));
        let quoted = format!(
            "> {number}{}: {}",
            clean::line(&reply.author),
            match reply.gone {
                true => "(taken back)".to_owned(),
                false => clean::line(&reply.excerpt),
            }
        );
        let first = clean::wrap_within(&quoted, room).into_iter().next();
        rows.push(Row::styled(
            format!("{}{}", " ".repeat(gutter), first.unwrap_or_default()),
            Look::quiet(),
        ));
    }
    let author = format!("{}:", clean::line(&line.author));
    let mut text = match line.folded {
        Some(fold) if !line.own => vec![story::folded(fold, line.key)],
        _ if line.deleted => vec!["(taken back)".to_owned()],
        _ => match &line.share {
            Some(share) => {
                let hint = story::share_hint(share, line.own, line.key);
                vec![format!("{} — {hint}", story::share_text(share))]
            }
            None => clean::said(&line.text),
        },
    };
    if let Some(first) = text.first_mut() {
        first.insert_str(0, &format!("{author} "));
    }
    let time = story::time_of(line);
    let lead = if gutter == GUTTER {
        format!("{:>5} {} ", line.key, story::clock(time, look.offset))
    } else {
        // The number is what one needs to answer, and stands in a row of its own.
        rows.push(Row::styled(line.key.to_string(), Look::quiet()));
        " ".repeat(gutter)
    };
    let mut is_first = true;
    for row in text.iter().flat_map(|line| clean::wrap_within(line, room)) {
        let mut spans = vec![Span::styled(
            if is_first {
                lead.clone()
            } else {
                " ".repeat(lead.len())
            },
            Look::quiet(),
        )];
        match row.strip_prefix(&author) {
            Some(rest) if is_first => {
                spans.push(Span::styled(author.clone(), look.name(line)));
                spans.push(Span::styled(rest.to_owned(), words(line, look)));
            }
            _ => spans.push(Span::styled(row, words(line, look))),
        }
        rows.push(Row::from(spans));
        is_first = false;
    }
    let about = about(line);
    if !about.is_empty() {
        for row in clean::wrap_within(&about, room) {
            let row = format!("{}{row}", " ".repeat(lead.len()));
            rows.push(Row::styled(row, Look::quiet()));
        }
    }
    rows
}

fn words(line: &Line, look: Look) -> Style {
    let is_over = |it: &Share| it.gone || it.withdrawn;
    let is_folded = line.folded.is_some() && !line.own;
    if line.deleted || is_folded || line.share.as_ref().is_some_and(is_over) {
        Look::quiet()
    } else if line.mentions_me {
        look.colour(Style::new().add_modifier(Modifier::BOLD), Color::Yellow)
    } else {
        Style::new()
    }
}

/// What is known of a line beside its words.
fn about(line: &Line) -> String {
    let mut about = Vec::new();
    if line.backfilled {
        about.push("passed on by another".to_owned());
    }
    if line.misattributed {
        about.push("claims to be by someone else".to_owned());
    }
    let share = line.share.as_ref();
    about.extend(share.and_then(|it| story::holders_text(it, &line.author)));
    if line.edited && !line.deleted {
        about.push("edited".to_owned());
    }
    for it in &line.reactions {
        let names = clean::line(&it.names.join(", "));
        about.push(format!("{} {names}", clean::line(&it.emoji)));
    }
    let delivery = &line.delivery;
    if line.own && !line.deleted {
        if delivery.failed {
            about.push(format!(
                "received by {} of {}; /resend {}",
                delivery.received, delivery.of, line.key
            ));
        } else if delivery.of > 0 && delivery.received < delivery.of {
            about.push(format!(
                "received by {} of {}",
                delivery.received, delivery.of
            ));
        } else if delivery.of == 0 {
            about.push("waits for whoever comes in".to_owned());
        }
    }
    about.join(" · ")
}
