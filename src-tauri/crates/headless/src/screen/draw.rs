//! Everything on one screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;
use view::{Peer, Standing, TrackerState, Verification};

use super::model::Model;
use super::rows::{self, Look};
use super::talk::Talk;
use crate::{clean, story};

/// From so many columns on, there is place for who is here.
const WIDE: u16 = 90;
/// How many of them the list of people takes.
const PEOPLE: u16 = 28;
/// Before what is typed.
const PROMPT: &str = "> ";
/// Names of those who type, at most.
const MAX_TYPING: usize = 3;
/// Characters of a name in a tab.
const TAB: usize = 16;

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, model: &mut Model, look: Look) {
    // Of few rows, what is typed has the first, then what is said, and then the state.
    let height = frame.area().height;
    let [tabs, middle, status, input] = Layout::vertical([
        Constraint::Length(u16::from(height > 3)),
        Constraint::Length(height.saturating_sub(3).max(u16::from(height > 1))),
        Constraint::Length(u16::from(height > 2)),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let is_wide = frame.area().width >= WIDE;
    let [transcript, people] = Layout::horizontal([
        Constraint::Min(1),
        Constraint::Length(if is_wide { PEOPLE } else { 0 }),
    ])
    .areas(middle);

    model.size = (
        usize::from(transcript.width),
        usize::from(transcript.height),
    );
    frame.render_widget(
        Paragraph::new(tab_row(model, look, usize::from(tabs.width))),
        tabs,
    );
    draw_transcript(frame, model, look, transcript);
    if is_wide {
        frame.render_widget(
            Paragraph::new(people_rows(model, look, usize::from(people.height))),
            people,
        );
    }
    let style = Style::new().add_modifier(Modifier::REVERSED);
    frame.render_widget(Paragraph::new(status_text(model)).style(style), status);
    draw_input(frame, model, input);
}

fn draw_transcript(frame: &mut Frame<'_>, model: &mut Model, look: Look, area: Rect) {
    let (columns, places) = model.size;
    let rows = rows::visible(model.talk(), columns, places, look);
    // The latest line stands right above what is typed, however few there are.
    let empty = places.saturating_sub(rows.len());
    let area = Rect {
        y: area.y + u16::try_from(empty).unwrap_or(0),
        height: u16::try_from(rows.len()).unwrap_or(area.height),
        ..area
    };
    frame.render_widget(Paragraph::new(rows), area.intersection(frame.area()));
}

fn draw_input(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    if let Some(asking) = &model.asking {
        let shown = asking.shown();
        let column = u16::try_from(shown.chars().count()).unwrap_or(u16::MAX);
        frame.render_widget(Paragraph::new(shown), area);
        let last = area.width.saturating_sub(1);
        frame.set_cursor_position((area.x.saturating_add(column.min(last)), area.y));
        return;
    }
    let width = usize::from(area.width).saturating_sub(PROMPT.len());
    let (shown, column) = model.talk().draft.view(width);
    let row = Row::from(vec![Span::raw(PROMPT), Span::raw(shown)]);
    frame.render_widget(Paragraph::new(row), area);
    let column = u16::try_from(PROMPT.len() + column).unwrap_or(0);
    frame.set_cursor_position((area.x.saturating_add(column), area.y));
}

fn tab_row(model: &Model, look: Look, columns: usize) -> Row<'static> {
    let mut tabs = Vec::new();
    for (at, talk) in model.talks.iter().enumerate() {
        let is_shown = at == model.shown;
        let mut style = Style::new();
        if is_shown {
            style = style.add_modifier(Modifier::REVERSED);
        } else if talk.unread.lines > 0 {
            style = look.colour(style.add_modifier(Modifier::BOLD), Color::Yellow);
        }
        tabs.push(Span::styled(tab_text(at + 1, talk, is_shown), style));
    }
    // The one that is shown is always in sight, however many there are.
    let mut used = 0;
    let fitting = tabs[..=model.shown.min(tabs.len() - 1)]
        .iter()
        .rev()
        .take_while(|tab| {
            used += tab.width() + 1;
            used <= columns
        })
        .count();
    let first = (model.shown + 1).saturating_sub(fitting.max(1));
    let spans = tabs.into_iter().skip(first);
    Row::from_iter(spans.flat_map(|tab| [tab, Span::raw(" ")]))
}

fn tab_text(number: usize, talk: &Talk, is_shown: bool) -> String {
    let name = match talk.with {
        None => clean::visible(&talk.name),
        Some(_) => clean::line(&talk.name),
    };
    let name: String = name.chars().take(TAB).collect();
    let mark = if talk.with.is_none() { "" } else { "@" };
    let mut text = format!(" {number} {mark}{name}");
    if talk.is_away {
        text.push_str(" (away)");
    }
    if !is_shown && talk.unread.lines > 0 {
        text.push_str(&format!(" ({})", talk.unread.lines));
        if talk.unread.mentions > 0 && talk.with.is_none() {
            text.push('!');
        }
    }
    text.push(' ');
    text
}

/// Who is here, in so many rows.
fn people_rows(model: &Model, look: Look, places: usize) -> Vec<Row<'static>> {
    let me = model.me.as_ref().map_or("", |me| me.name.as_str());
    let mut people = vec![
        (
            format!("Here: {}", model.peers().count() + 1),
            Style::new().add_modifier(Modifier::BOLD),
        ),
        (format!("{} (you)", clean::line(me)), Style::new()),
    ];
    people.extend(model.peers().map(|peer| person(peer, look)));
    if people.len() > places {
        let more = people.len() - places.saturating_sub(1);
        people.truncate(places.saturating_sub(1));
        people.push((format!("and {more} more; /peers"), Look::quiet()));
    }
    people.resize(places, (String::new(), Style::new()));
    people
        .into_iter()
        .map(|(text, style)| Row::from(vec![Span::raw("│ "), Span::styled(text, style)]))
        .collect()
}

fn person(peer: &Peer, look: Look) -> (String, Style) {
    let mut text = match peer.imitates {
        Some(_) => clean::line(&story::full_name(&peer.name, &peer.animal_name)),
        None => clean::line(&peer.name),
    };
    let mut style = Style::new();
    match peer.verification {
        Verification::Verified => {}
        Verification::Unverified => text.push_str(" (signature wrong)"),
        Verification::Unidentified => text.push_str(" (unidentified)"),
    }
    if let Some(other) = &peer.imitates {
        let like = clean::line(&story::likeness_text(other));
        text.push_str(&format!(" ({like})"));
        style = look.colour(style, Color::Red);
    }
    if peer.key_changed {
        text.push_str(" (other key)");
        style = look.colour(style, Color::Red);
    }
    if peer.standing == Standing::Muted {
        text.push_str(" (muted)");
        style = Look::quiet();
    }
    (text, style)
}

fn status_text(model: &mut Model) -> String {
    let open = model
        .trackers
        .values()
        .filter(|it| it.state == TrackerState::Open)
        .count();
    let mut parts = Vec::new();
    if model.talk().below > 0 {
        parts.push("earlier lines, Esc for the latest".to_owned());
    }
    parts.push(match model.peers().count() {
        0 => "nobody else here".to_owned(),
        1 => "1 other here".to_owned(),
        others => format!("{others} others here"),
    });
    parts.push(format!("trackers {open}/{}", model.trackers.len()));
    parts.extend(story::moving_text(model.transfers()));
    if let Some(typing) = typing_text(model) {
        parts.push(typing);
    }
    format!(" {}", parts.join(" · "))
}

/// Who types in the talk before the person's eyes.
fn typing_text(model: &Model) -> Option<String> {
    let names: Vec<String> = model.typing().map(|peer| clean::line(&peer.name)).collect();
    match names.len() {
        0 => None,
        1 => Some(format!("{} is typing", names.concat())),
        count if count <= MAX_TYPING => Some(format!("{} are typing", names.join(", "))),
        _ => Some("several are typing".to_owned()),
    }
}
