//! How much is unread, of all rooms together: the number the window's title shows too.

use std::collections::HashMap;

use room::{Event, PersonId, RoomKey, Snapshot, Unread};

/// What is unread where.
#[derive(Debug, Default)]
pub(crate) struct Tally(HashMap<RoomKey, Counted>);

#[derive(Debug, Default)]
struct Counted {
    muted: bool,
    /// By private talk; `None` for the room's own transcript.
    unread: HashMap<Option<PersonId>, Unread>,
}

impl Tally {
    pub(crate) fn new(present: &Snapshot) -> Self {
        let rooms = present.rooms.iter().map(|it| {
            let directs = it
                .directs
                .iter()
                .map(|direct| (Some(direct.direct.with.clone()), direct.unread));
            let counted = Counted {
                muted: it.muted,
                unread: directs.chain([(None, it.unread)]).collect(),
            };
            (it.room.clone(), counted)
        });
        Self(rooms.collect())
    }

    pub(crate) fn hear(&mut self, event: Event) {
        match event {
            Event::Joined { room, .. } => drop(self.0.insert(room, Counted::default())),
            Event::Left { room } => drop(self.0.remove(&room)),
            Event::RoomChanged { room, muted, .. } => {
                if let Some(counted) = self.0.get_mut(&room) {
                    counted.muted = muted;
                }
            }
            Event::UnreadChanged { room, with, unread } => {
                if let Some(counted) = self.0.get_mut(&room) {
                    counted.unread.insert(with, unread);
                }
            }
            _ => {}
        }
    }

    /// Of a room that is muted only what names the person counts.
    pub(crate) fn sum(&self) -> u32 {
        let counts = self.0.values().flat_map(|counted| {
            let of_the_room = |with: &Option<PersonId>| counted.muted && with.is_none();
            counted
                .unread
                .iter()
                .map(move |(with, unread)| match of_the_room(with) {
                    true => unread.mentions,
                    false => unread.lines,
                })
        });
        counts.fold(0, u32::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::Rules;
    use wire::{Access, Origin, PeerId, RoomAddress, RoomName, UserId};

    fn room(name: &str) -> RoomKey {
        RoomKey::from_text(name)
    }

    fn joined(name: &str) -> Event {
        let user_id = UserId::parse("ana").expect("a user id");
        Event::Joined {
            room: room(name),
            address: RoomAddress {
                origin: Origin::parse("https://chitchatter.im").expect("an origin"),
                name: RoomName::parse(name).expect("a name"),
                access: Access::Public,
            },
            me: room::Me {
                peer_id: PeerId::random_low(&mut rand::thread_rng()),
                animal_name: String::new(),
                custom_name: String::new(),
                name: String::new(),
                public_key: String::new(),
                user_id,
            },
        }
    }

    fn unread(name: &str, with: Option<PersonId>, lines: u32, mentions: u32) -> Event {
        Event::UnreadChanged {
            room: room(name),
            with,
            unread: Unread { lines, mentions },
        }
    }

    #[test]
    fn rooms_and_private_talks_count_together_and_muted_rooms_by_mentions_only() {
        let ana = Some(PersonId::Profile(UserId::parse("ana").expect("a user id")));
        let mut tally = Tally::default();
        tally.hear(unread("hall", None, 9, 0));
        assert_eq!(tally.sum(), 0, "of a room one is not in");
        tally.hear(joined("hall"));
        tally.hear(joined("study"));
        tally.hear(unread("hall", None, 3, 1));
        tally.hear(unread("hall", ana.clone(), 2, 2));
        tally.hear(unread("study", None, 5, 0));
        assert_eq!(tally.sum(), 10);
        tally.hear(Event::RoomChanged {
            room: room("hall"),
            muted: true,
            rules: Rules::default(),
        });
        assert_eq!(tally.sum(), 8);
        tally.hear(Event::Left {
            room: room("study"),
        });
        assert_eq!(tally.sum(), 3);
        tally.hear(unread("hall", ana, 0, 0));
        tally.hear(unread("hall", None, u32::MAX, u32::MAX));
        tally.hear(joined("attic"));
        tally.hear(unread("attic", None, 1, 0));
        assert_eq!(tally.sum(), u32::MAX);
    }
}
