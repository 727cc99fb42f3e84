//! When a terminal rings: somebody is meant.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use node::Node;
use view::Event;

use crate::clean;

/// What rings a terminal.
pub(crate) const BELL: char = '\u{7}';
/// It rings at most so often, whoever calls.
const PAUSE: Duration = Duration::from_secs(2);
/// Characters of a name in a notification.
const MAX_NAME: usize = 40;

/// Somebody called us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    who: String,
    room: String,
    is_private: bool,
}

/// Listens for those who call us.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    quiet: BTreeSet<String>,
    last: Option<Instant>,
}

impl Alerts {
    /// Whether somebody calls us by this. What is passed on or folded away calls nobody.
    pub(crate) fn note(&mut self, event: &Event, now: Instant) -> Option<Alert> {
        match event {
            Event::RoomChanged { room, muted, .. } => {
                if *muted {
                    self.quiet.insert(room.clone());
                } else {
                    self.quiet.remove(room);
                }
                None
            }
            Event::Left { room } => {
                self.quiet.remove(room);
                None
            }
            Event::LineAdded { room, with, line } => {
                let is_meant = with.is_some() || line.mentions_me;
                let is_fresh = !line.own && !line.backfilled && line.folded.is_none();
                if !is_meant || !is_fresh || self.quiet.contains(room) {
                    return None;
                }
                if self.last.is_some_and(|last| now < last + PAUSE) {
                    return None;
                }
                self.last = Some(now);
                Some(Alert {
                    who: line.author.clone(),
                    room: room.clone(),
                    is_private: with.is_some(),
                })
            }
            _ => None,
        }
    }
}

impl Alert {
    /// What it is to the person now: nothing, a ring, or also words for their desktop.
    pub(crate) async fn wanted(self, node: &Node) -> Option<Ring> {
        let settings = node.settings().await.ok()?;
        if settings.do_not_disturb {
            return None;
        }
        Some(Ring {
            words: settings
                .notifications
                .on
                .then(|| self.words(settings.notifications.text)),
        })
    }

    /// Never what was said. Names are strangers' words, and not told unless texts are wanted.
    fn words(&self, names: bool) -> String {
        let short = |text: &str| -> String {
            let text = clean::line(text);
            text.chars()
                .filter(|it| !it.is_control() && *it != ';')
                .take(MAX_NAME)
                .collect()
        };
        match (names, self.is_private) {
            (true, true) => format!("chitchatter: {} writes to you alone", short(&self.who)),
            (true, false) => format!(
                "chitchatter: {} mentions you in {}",
                short(&self.who),
                short(&self.room)
            ),
            (false, true) => "chitchatter: someone writes to you alone".to_owned(),
            (false, false) => "chitchatter: you are mentioned".to_owned(),
        }
    }
}

/// A terminal is to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    words: Option<String>,
}

impl Ring {
    /// The orders for a terminal that is wholly ours: a ring, and a notification in the way most of
    /// them know. It begins with a word of ours, since a number there would be another order.
    pub(crate) fn orders(&self) -> String {
        let words = self.words.as_ref();
        let notification = words.map(|words| format!("\u{1b}]9;{words}{BELL}"));
        format!("{BELL}{}", notification.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(with: bool, mentions_me: bool) -> Event {
        let peer_id = wire::PeerId::parse("01234567890123456789").expect("an id");
        view::project(room::Event::LineAdded {
            room: room::RoomKey::from_text("den"),
            with: with.then_some(room::PersonId::Session(peer_id)),
            line: room::Line {
                id: wire::MessageId::parse("m").expect("an id"),
                peer_id,
                author: "Eve".to_owned(),
                author_id: None,
                text: "words".to_owned(),
                time_sent: 0,
                time_received: 0,
                own: false,
                backfilled: false,
                misattributed: false,
                delivery: room::Delivery::default(),
                key: room::LineKey(1),
                reply: None,
                edited: false,
                deleted: false,
                reactions: Vec::new(),
                mentions: Vec::new(),
                mentions_me,
                folded: None,
                plain: false,
                share: None,
                imitates: None,
            },
        })
    }

    fn changed(event: Event, change: impl FnOnce(&mut view::Line)) -> Event {
        let Event::LineAdded {
            room,
            with,
            mut line,
        } = event
        else {
            unreachable!("a line");
        };
        change(&mut line);
        Event::LineAdded { room, with, line }
    }

    #[test]
    fn it_rings_for_whoever_is_meant_and_for_nothing_else() {
        let now = Instant::now();
        let rings = |event: Event| Alerts::default().note(&event, now).is_some();

        assert!(rings(line(true, false)));
        assert!(rings(line(false, true)));
        assert!(!rings(line(false, false)));
        assert!(!rings(changed(line(true, true), |it| it.own = true)));
        assert!(!rings(changed(line(true, true), |it| it.backfilled = true)));
        let folded = |it: &mut view::Line| it.folded = Some(view::Fold::Muted);
        assert!(!rings(changed(line(true, true), folded)));
    }

    #[test]
    fn nobody_rings_all_the_time_nor_from_a_quiet_room() {
        let mut alerts = Alerts::default();
        let now = Instant::now();
        let quiet = |muted| Event::RoomChanged {
            room: "den".to_owned(),
            muted,
            rules: view::Rules {
                slow: false,
                plain_strangers: false,
                auto_media: false,
            },
        };

        alerts.note(&quiet(true), now);
        assert_eq!(alerts.note(&line(true, false), now), None);
        alerts.note(&quiet(false), now);
        assert!(alerts.note(&line(true, false), now).is_some());
        assert_eq!(alerts.note(&line(true, false), now + PAUSE / 2), None);
        assert!(alerts.note(&line(true, false), now + PAUSE).is_some());
    }

    #[test]
    fn no_name_gives_orders_to_the_terminal() {
        let alert = Alert {
            who: format!("4;\u{1b}]2;mine\u{7}\u{9c}{}", "e".repeat(100)),
            room: "den\u{1b}[2J".to_owned(),
            is_private: false,
        };
        for names in [true, false] {
            let words = alert.words(names);
            assert!(words.starts_with("chitchatter: "), "{words:?}");
            assert!(!words.contains(|it: char| it.is_control() || it == ';'));
            assert!(words.len() < 200);
            let orders = Ring { words: Some(words) }.orders();
            assert_eq!(orders.matches('\u{1b}').count(), 1);
            assert_eq!(orders.matches(BELL).count(), 2);
        }
    }
}
