//! What others pass on of what was said before.

use std::time::Duration;

use room::Fold;
use sim::{Who, World, tell};
use wire::{Action, Message, MessageId, RoomAddress, UserId};

use super::{SECOND, TRACKER, settle, smuggle, talk};

/// A room in which pages pass nothing on by themselves.
fn cellar() -> RoomAddress {
    World::private("den", "sesame")
}

/// What a page passes on that never heard it.
fn pass_on(world: &mut World, from: Who, to: Who, action: &Action) {
    for frame in wire::frames(cellar().token(), 1, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

/// What a page says was said before.
fn passed_on(author: &UserId, heard: i64, count: usize, word: &str) -> Action {
    let entries = (0..count).map(|n| wire::TranscriptEntry {
        entry: wire::TranscriptItem::Message(Message {
            author_id: author.clone(),
            text: format!("{word} {n}"),
            time_sent: heard,
            id: MessageId::parse(&format!("{word}-{n}")).expect("an id"),
            reply_to: None,
        }),
        time_received: Some(heard),
    });
    Action::Transcript(entries.collect())
}

fn count(world: &World, who: Who, word: &str, folded: Option<Fold>) -> usize {
    let lines = world.witness(who).lines("den").iter();
    lines
        .filter(|line| line.text.starts_with(word) && line.folded == folded)
        .count()
}

#[test]
fn what_is_passed_on_of_one_author_is_folded_beyond_what_they_could_have_said() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, page, other) = (world.native(), world.browser("m"), world.browser("n"));
        settle(world, &[ann, page, other], &cellar());
        let me = world.snapshot(ann).me.name;
        let author = UserId::parse("nobody-here").expect("an id");

        // Two pass on the same, and each some more of the same author.
        let word = format!("@{me} spam");
        let same = passed_on(&author, 1_000, 140, &word.replace(['@', ' '], "-"));
        for (n, from) in [page, other].into_iter().enumerate() {
            let more = passed_on(&author, 1_000, 140, &format!("more{n}"));
            let (Action::Transcript(mut lines), Action::Transcript(same)) = (more, same.clone())
            else {
                unreachable!("both are transcripts");
            };
            lines.truncate(10);
            lines.extend(same);
            for line in &mut lines {
                if let wire::TranscriptItem::Message(message) = &mut line.entry {
                    message.text = format!("{word} {}", message.id.as_str());
                }
            }
            pass_on(world, from, ann, &Action::Transcript(lines));
        }
        world.run(SECOND);

        let open = count(world, ann, &word, None);
        let folded = count(world, ann, &word, Some(Fold::Flood));
        assert_eq!(open + folded, 160, "all of it is there, once");
        assert!(open <= 80, "{open} lines of it are open");
        let lines = world.witness(ann).lines("den");
        let calls = lines.iter().filter(|line| line.mentions_me).count();
        assert_eq!(calls, open, "and no more than those call ann");
    });
}

#[test]
fn no_line_that_was_heard_gives_way_to_what_is_passed_on() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &cellar());
        for n in 0..990 {
            let who = if n % 2 == 0 { ann } else { bob };
            world.say(who, "den", &format!("talk {n}"));
            world.run(Duration::from_secs(1));
        }
        let heard = |world: &World| {
            let entries = &world.snapshot(ann).rooms[0].entries;
            let is_talk = |it: &&room::Entry| matches!(it, room::Entry::Line(line) if line.text.starts_with("talk"));
            entries.iter().filter(is_talk).count()
        };
        assert_eq!(heard(world), 990);

        let pages = [world.browser("m"), world.browser("n")];
        for (n, page) in pages.into_iter().enumerate() {
            world.join(page, &cellar());
            world.until("they meet", 40 * SECOND, |world| {
                world.sees(page, ann, "den")
            });
            world.run(SECOND);
            // Each line has an author of its own, so that no measure of one author holds it.
            let entries = (0..150).map(|line| {
                let author = UserId::parse(&format!("mask-{n}-{line}")).expect("an id");
                let Action::Transcript(mut one) = passed_on(&author, 0, 1, "forged") else {
                    unreachable!("it is a transcript");
                };
                one.remove(0)
            });
            pass_on(world, page, ann, &Action::Transcript(entries.collect()));
            world.run(SECOND);
        }

        assert!(
            count(world, ann, "forged", None) > 0,
            "some of it is taken up"
        );
        assert_eq!(heard(world), 990, "none of what was heard is gone");
        // Somebody who says very much gives up their own.
        for n in 0..300 {
            world.say(bob, "den", &format!("much {n}"));
            world.run(Duration::from_secs(1));
        }
        let anns = world.snapshot(ann).rooms[0]
            .entries
            .iter()
            .filter(|it| matches!(it, room::Entry::Line(line) if line.own))
            .count();
        assert_eq!(anns, 495);
    });
}

#[test]
fn a_flood_does_not_keep_a_newcomer_from_what_others_said() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("m"));
        settle(world, &[ann, bob, page], &World::public("den"));
        talk(world, bob);
        let author = world.user(page).clone();
        for n in 0..400_u16 {
            let message = Message {
                author_id: author.clone(),
                text: format!("spam {n}"),
                time_sent: 0,
                id: MessageId::parse(&format!("spam-{n}")).expect("an id"),
                reply_to: None,
            };
            for to in [ann, bob] {
                smuggle(world, page, to, n, &Action::Message(message.clone()));
            }
            world.run(Duration::from_millis(5));
        }
        world.kill(page);
        world.run(60 * SECOND);

        let cyd = world.native();
        world.join(cyd, &World::public("den"));
        world.until("they meet", 40 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(5 * SECOND);

        assert_eq!(count(world, cyd, "thought", None), 30);
        let open = count(world, cyd, "spam", None);
        assert!(open <= 84, "{open} lines of it are open");
        assert!(count(world, cyd, "spam", Some(Fold::Flood)) > 0);
    });
}
