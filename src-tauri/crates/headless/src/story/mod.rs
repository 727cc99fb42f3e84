//! What happens, as JSON for programs or as readable lines for people.
//!
//! | module | what it does |
//! |---|---|
//! | `files` | what is shared and what moves, in words and for programs |
//! | `plain` | the readable lines |
//! | `words` | what they and the full screen say |

mod files;
mod plain;
mod words;

use node::Present;
use room::{DirectSnapshot, Entry, PersonId, RoomKey, RoomSnapshot, Rules, Snapshot, Unread};
use view::Event;

use crate::clean;

#[cfg(test)]
pub(crate) use files::tests::{share, transfer};
pub(crate) use files::{
    News, Shelf, fetched_text, holders_text, moving_text, share_hint, share_object, share_text,
    size, transfer_text,
};
pub(crate) use plain::Plain;
pub(crate) use words::{
    Outage, clock, failure_text, folded, full_name, imitation, likeness_text, notice_text,
    problem_text, said_at, time_of, who_is_here,
};

/// How events are told.
pub(crate) enum Story {
    /// One object a line.
    Json(Shelf),
    /// Lines for people.
    Plain(Plain),
}

impl Story {
    /// Adds an event to a page.
    pub(crate) fn tell(&mut self, event: Event, page: &mut Vec<u8>) {
        let event = event.without_secrets();
        match self {
            Self::Json(shelf) => {
                // It can always be written, for these types.
                let text = serde_json::to_string(&event).into_iter();
                let beside = shelf.objects(&event).into_iter().map(|it| it.to_string());
                for text in text.chain(beside) {
                    page.extend_from_slice(clean::json(text).as_bytes());
                    page.push(b'\n');
                }
            }
            Self::Plain(plain) => {
                for row in plain.rows(&event) {
                    page.extend_from_slice(row.as_bytes());
                    page.push(b'\n');
                }
            }
        }
    }
}

/// The events that lead to what is there: what a listener from the beginning would have heard.
pub(crate) fn so_far(present: Present) -> Vec<Event> {
    let moving = present
        .transfers
        .into_iter()
        .map(|transfer| Event::TransferChanged { transfer });
    let rooms = so_far_in_rooms(present.rooms);
    rooms.into_iter().map(view::project).chain(moving).collect()
}

fn so_far_in_rooms(snapshot: Snapshot) -> Vec<room::Event> {
    let Snapshot {
        me,
        rooms,
        trackers,
        problems,
        judged,
        home: _,
    } = snapshot;
    let mut events = Vec::new();
    for it in rooms {
        let RoomSnapshot {
            room,
            address,
            entries,
            peers,
            unread,
            muted,
            rules,
            directs,
        } = it;
        events.push(room::Event::Joined {
            room: room.clone(),
            address,
            me: me.clone(),
        });
        let nobody_came = !entries.iter().any(is_arrival);
        for peer in peers {
            events.push(room::Event::PeerJoined {
                room: room.clone(),
                peer,
                was_there: nobody_came,
            });
        }
        events.extend(transcript(&room, None, entries, unread));
        for talk in directs {
            let DirectSnapshot {
                direct,
                entries,
                unread,
                ..
            } = talk;
            let with = direct.with.clone();
            events.push(room::Event::DirectChanged {
                room: room.clone(),
                direct,
            });
            events.extend(transcript(&room, Some(with), entries, unread));
        }
        if muted || rules != Rules::default() {
            events.push(room::Event::RoomChanged { room, muted, rules });
        }
    }
    if !judged.is_empty() {
        events.push(room::Event::JudgedChanged { judged });
    }
    events.extend(
        trackers
            .into_iter()
            .map(|tracker| room::Event::TrackerChanged { tracker }),
    );
    events.extend(
        problems
            .into_iter()
            .map(|problem| room::Event::ProblemAdded { problem }),
    );
    events
}

/// Whether this says that somebody came.
fn is_arrival(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Notice(room::Notice {
            what: room::NoticeKind::Joined { .. },
            ..
        })
    )
}

fn transcript(
    room: &RoomKey,
    with: Option<PersonId>,
    entries: Vec<Entry>,
    unread: Unread,
) -> Vec<room::Event> {
    let mut events: Vec<room::Event> = entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Line(line) => room::Event::LineAdded {
                room: room.clone(),
                with: with.clone(),
                line,
            },
            Entry::Notice(notice) => room::Event::NoticeAdded {
                room: room.clone(),
                notice,
            },
        })
        .collect();
    if unread != Unread::default() {
        events.push(room::Event::UnreadChanged {
            room: room.clone(),
            with,
            unread,
        });
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_object_a_line_whatever_is_in_it() {
        let mut page = Vec::new();
        let mut story = Story::Json(Shelf::default());
        for text in ["one\ntwo", "\u{2028}", "\u{1b}[2J"] {
            let event = room::Event::LineAdded {
                room: room::RoomKey::from_text("demo"),
                with: None,
                line: room::Line {
                    id: wire::MessageId::parse("m").expect("an id"),
                    peer_id: wire::PeerId::parse("01234567890123456789").expect("an id"),
                    author: "Ada".to_owned(),
                    author_id: None,
                    text: text.to_owned(),
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
                    mentions_me: false,
                    folded: None,
                    plain: false,
                    share: None,
                    imitates: None,
                },
            };
            story.tell(view::project(event), &mut page);
        }

        let page = String::from_utf8(page).expect("UTF-8");
        assert_eq!(page.lines().count(), 3);
        assert!(!page.contains('\u{2028}'));
        for line in page.lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(object["kind"], "lineAdded");
        }
    }
}
