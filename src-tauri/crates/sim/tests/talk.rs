//! Private talks, and what is done with lines once they are said.

use std::time::Duration;

use room::{Answer, Command, Line, LineKey, PersonId, Refusal, RoomKey, Rules};
use sim::{Who, World, tell};
use wire::{
    Action, Change, Changed, Emoji, LineName, LineState, Mark, Message, MessageId, Metadata,
    RoomAddress, States, TranscriptEntry, TranscriptItem,
};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn den() -> RoomKey {
    RoomKey::from_text("den")
}

fn settle(world: &mut World, all: &[Who], room: &RoomAddress) {
    world.gather(all, room, 25 * SECOND);
    world.run(SECOND);
}

/// A story in a public room that these are in already.
fn in_the_den(times: u64, natives: usize, pages: usize, story: impl Fn(&mut World, &[Who])) {
    tell(times, |world| {
        world.add_tracker(TRACKER);
        let mut all: Vec<Who> = (0..natives).map(|_| world.native()).collect();
        for _ in 0..pages {
            all.push(world.browser("b"));
        }
        settle(world, &all, &World::public("den"));
        story(world, &all);
    });
}

fn answer(world: &mut World, who: Who, to: LineKey, with: Option<PersonId>, text: &str) {
    let said = Command::Say {
        room: den(),
        with,
        text: text.to_owned(),
        reply_to: Some(to),
    };
    world.command(who, said).expect("it is taken");
}

fn edit(world: &mut World, who: Who, line: LineKey, text: &str) -> Result<Answer, Refusal> {
    let text = text.to_owned();
    let room = den();
    world.command(who, Command::Edit { room, line, text })
}

fn delete(world: &mut World, who: Who, line: LineKey) -> Result<Answer, Refusal> {
    world.command(who, Command::Delete { room: den(), line })
}

fn react(
    world: &mut World,
    who: Who,
    line: LineKey,
    emoji: &str,
    on: bool,
) -> Result<Answer, Refusal> {
    let react = Command::React {
        room: den(),
        line,
        emoji: emoji.to_owned(),
        on,
    };
    world.command(who, react)
}

/// The private line of this text that `who` has with `with`.
fn private_line(world: &World, who: Who, with: Who, text: &str) -> Line {
    let lines = world.witness(who).private_lines("den", &world.person(with));
    let found = lines.iter().rev().find(|line| line.text == text);
    found.unwrap_or_else(|| panic!("no line {text:?}")).clone()
}

/// Puts an action of its own making on a peer's connection to another.
fn smuggle(world: &mut World, from: Who, to: Who, nonce: u16, action: &Action) {
    let token = World::public("den").token();
    for frame in wire::frames(token, nonce, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

fn name(world: &World, author: Who, line: &Line) -> LineName {
    LineName {
        author_id: world.user(author).clone(),
        id: line.id.clone(),
    }
}

#[test]
fn what_is_said_in_private_is_shown_to_the_two_alone_and_in_order() {
    in_the_den(5, 3, 1, |world, all| {
        let [ann, bob, cyd, page] = *all else {
            panic!("four peers");
        };
        world.whisper(ann, "den", bob, "one");
        world.run(SECOND);
        world.whisper(bob, "den", ann, "two");
        world.run(SECOND);

        assert_eq!(world.private_texts(ann, "den", bob), ["one", "two"]);
        assert_eq!(world.private_texts(bob, "den", ann), ["one", "two"]);
        for who in [ann, bob, cyd, page] {
            assert!(world.texts(who, "den").is_empty());
        }
        assert!(world.witness(cyd).talks("den").is_empty());
        let delivery = private_line(world, ann, bob, "one").delivery;
        assert_eq!(
            (delivery.reached, delivery.of, delivery.received),
            (1, 1, 1)
        );
    });
}

#[test]
fn a_browser_and_we_talk_in_private_at_its_pace() {
    in_the_den(5, 1, 1, |world, all| {
        let [ann, page] = *all else {
            panic!("two peers");
        };
        assert!(
            world.witness(ann).talks("den").is_empty(),
            "a page says of itself that it does not type; that is no talk"
        );
        world.whisper(page, "den", ann, "psst");
        world.run(SECOND);
        assert_eq!(world.private_texts(ann, "den", page), ["psst"]);

        for n in 0..10 {
            world.whisper(ann, "den", page, &format!("word {n}"));
        }
        world.run(5 * SECOND);
        let said = world.page(page).private_log("den", world.id(ann));
        let heard: Vec<&str> = said[1..]
            .iter()
            .map(|it| it.message.text.as_str())
            .collect();
        let words: Vec<String> = (0..10).map(|n| format!("word {n}")).collect();
        assert_eq!(heard, words);
        for pair in said[1..].windows(2) {
            assert!(pair[1].at - pair[0].at >= Duration::from_millis(100));
        }
        assert_eq!(
            private_line(world, ann, page, "word 9").delivery.received,
            1
        );

        world.type_privately(page, "den", ann, true);
        world.run(SECOND);
        assert!(
            world
                .witness(ann)
                .is_typing_privately("den", world.id(page))
        );
        assert!(world.snapshot(ann).rooms[0].directs[0].typing);
        let typing = Command::SetTyping {
            room: den(),
            with: Some(world.person(page)),
            typing: true,
        };
        world.command(ann, typing).expect("it is told");
        world.run(SECOND);
        assert!(world.page(page).is_typing_privately("den", world.id(ann)));
        assert!(!world.page(page).is_typing("den", world.id(ann)));
    });
}

#[test]
fn a_private_talk_outlives_the_session_and_what_was_said_meanwhile_arrives() {
    in_the_den(10, 2, 1, |world, all| {
        let [ann, bob, page] = *all else {
            panic!("three peers");
        };
        world.whisper(bob, "den", ann, "see you");
        world.run(SECOND);
        world.kill(bob);
        world.until("he is missed", 20 * SECOND, |world| {
            !world.sees(ann, bob, "den")
        });
        assert_eq!(world.private_texts(ann, "den", bob), ["see you"]);
        world.whisper(ann, "den", bob, "are you back?");
        world.whisper(ann, "den", bob, "well?");
        world.run(SECOND);
        let waiting = private_line(world, ann, bob, "well?").delivery;
        assert_eq!((waiting.reached, waiting.of), (0, 1));

        let again = world.reborn(bob);
        world.join(again, &World::public("den"));
        world.until("he reads them", 5 * SECOND, |world| {
            world.private_texts(again, "den", ann) == ["are you back?", "well?"]
        });
        world.run(SECOND);

        assert_eq!(
            world.private_texts(ann, "den", bob),
            ["see you", "are you back?", "well?"]
        );
        assert_eq!(
            world.witness(ann).talks("den").len(),
            1,
            "one talk with one person"
        );
        assert_eq!(private_line(world, ann, bob, "well?").delivery.received, 1);
        assert!(world.texts(page, "den").is_empty());
    });
}

#[test]
fn whoever_repeats_somebodys_identity_gets_nothing_that_was_meant_for_them() {
    in_the_den(5, 2, 0, |world, all| {
        let [ann, bob] = *all else {
            panic!("two peers");
        };
        world.whisper(ann, "den", bob, "hello");
        world.run(SECOND);

        // The signature is repeated while its owner is there.
        let double = world.reborn(bob);
        world.join(double, &World::public("den"));
        world.until("it is there", 5 * SECOND, |world| {
            world.sees(ann, double, "den")
        });
        world.run(SECOND);
        world.whisper(ann, "den", bob, "between us");
        world.run(2 * SECOND);

        assert_eq!(
            world.private_texts(bob, "den", ann),
            ["hello", "between us"]
        );
        assert!(world.private_texts(double, "den", ann).is_empty());
        // What it says in that name is another talk.
        world.whisper(double, "den", ann, "trust me");
        world.run(SECOND);
        assert_eq!(
            world.private_texts(ann, "den", bob),
            ["hello", "between us"]
        );
        let session = PersonId::Session(world.id(double));
        let lines = world.witness(ann).private_lines("den", &session);
        assert_eq!(lines.len(), 1);
    });
}

#[test]
fn a_session_without_a_profile_ends_its_talk_but_the_words_stay() {
    in_the_den(3, 2, 0, |world, all| {
        let [ann, bob] = *all else {
            panic!("two peers");
        };
        let double = world.reborn(bob);
        world.join(double, &World::public("den"));
        world.until("it is there", 5 * SECOND, |world| {
            world.sees(ann, double, "den")
        });
        world.run(SECOND);
        world.whisper(double, "den", ann, "psst");
        world.run(SECOND);
        world.leave(double, "den");
        world.run(SECOND);

        let session = PersonId::Session(world.id(double));
        assert_eq!(world.witness(ann).private_lines("den", &session).len(), 1);
        let said = Command::Say {
            room: den(),
            with: Some(session),
            text: "who are you?".to_owned(),
            reply_to: None,
        };
        assert_eq!(world.command(ann, said), Err(Refusal::NobodyThere));
        let nobody = Command::Say {
            room: den(),
            with: Some(PersonId::parse("profile:nobody").expect("a person")),
            text: "hello?".to_owned(),
            reply_to: None,
        };
        assert_eq!(world.command(ann, nobody), Err(Refusal::NobodyThere));
    });
}

#[test]
fn an_answer_is_an_answer_to_our_kind_and_a_quote_to_a_browser() {
    in_the_den(5, 2, 1, |world, all| {
        let [ann, bob, page] = *all else {
            panic!("three peers");
        };
        world.say(page, "den", "Who brings **cake**?\nAnyone?");
        world.run(SECOND);
        let asked = world
            .line(ann, "den", "Who brings **cake**?\nAnyone?")
            .clone();
        answer(world, ann, asked.key, None, "I do");
        world.run(SECOND);

        let heard = world.line(bob, "den", "I do");
        let reply = heard.reply.as_ref().expect("it answers something");
        assert_eq!(reply.excerpt, "Who brings **cake**? Anyone?");
        assert_eq!(reply.author, asked.author);
        let there = world.witness(bob).lines("den");
        assert_eq!(reply.key, Some(there[0].key));
        let quoted = world.texts(page, "den")[1];
        assert!(quoted.starts_with("> "), "{quoted}");
        assert!(
            quoted.ends_with("\n\nI do") && quoted.contains(r"\*\*cake\*\*"),
            "{quoted}"
        );
        assert!(world.page(page).unknown("den", world.id(ann)).is_empty());

        // In private too.
        world.whisper(page, "den", ann, "Really?");
        world.run(SECOND);
        let asked = private_line(world, ann, page, "Really?");
        let with = world.person(page);
        answer(world, ann, asked.key, Some(with), "yes");
        world.run(SECOND);
        let said = world.private_texts(page, "den", ann);
        assert!(said[1].starts_with("> ") && said[1].ends_with("\n\nyes"));
    });
}

#[test]
fn an_answer_shows_what_the_line_says_now_and_nothing_of_what_was_taken_back() {
    in_the_den(5, 2, 0, |world, all| {
        let [ann, bob] = *all else {
            panic!("two peers");
        };
        world.say(bob, "den", "The safe opens with 1234.");
        world.run(SECOND);
        let asked = world.line(ann, "den", "The safe opens with 1234.").clone();
        answer(world, ann, asked.key, None, "thanks");
        world.run(SECOND);
        let own = world.line(bob, "den", "The safe opens with 1234.").key;
        let quoted = |world: &World, who| {
            let reply = world.line(who, "den", "thanks").reply.clone();
            let reply = reply.expect("it answers something");
            (reply.excerpt, reply.gone)
        };

        edit(world, bob, own, "The safe is open.").expect("it is his");
        world.run(SECOND);
        for who in [ann, bob] {
            let shown = ("The safe is open.".to_owned(), false);
            assert_eq!(quoted(world, who), shown);
        }

        delete(world, bob, own).expect("it is his");
        world.run(SECOND);
        for who in [ann, bob] {
            assert_eq!(quoted(world, who), (String::new(), true));
        }
    });
}

#[test]
fn lines_change_and_vanish_and_are_marked_for_our_kind_and_browsers_learn_nothing() {
    for private in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
            let room = if private {
                World::private("den", "key")
            } else {
                World::public("den")
            };
            settle(world, &[ann, bob, page], &room);
            world.say(ann, "den", "helo");
            world.say(ann, "den", "a secret");
            world.run(SECOND);
            let frames = world.page(page).log("den").len();

            let line = world.line(ann, "den", "helo").key;
            edit(world, ann, line, "hello").expect("it is ours");
            let secret = world.line(ann, "den", "a secret").key;
            delete(world, ann, secret).expect("it is ours");
            world.run(SECOND);
            let heard = world.line(bob, "den", "hello").key;
            react(world, bob, heard, "👍", true).expect("anyone may");
            react(world, ann, line, "👍", true).expect("anyone may");
            react(world, bob, heard, "🎉", true).expect("anyone may");
            react(world, bob, heard, "🎉", false).expect("anyone may");
            world.run(SECOND);

            for who in [ann, bob] {
                let lines = world.witness(who).lines("den");
                assert_eq!((lines[0].text.as_str(), lines[0].edited), ("hello", true));
                assert_eq!((lines[1].text.as_str(), lines[1].deleted), ("", true));
                let [thumbs] = &*lines[0].reactions else {
                    panic!("{:?}", lines[0].reactions);
                };
                assert_eq!((thumbs.emoji.as_str(), thumbs.names.len()), ("👍", 2));
                assert!(thumbs.own);
            }
            assert_eq!(world.texts(page, "den"), ["helo", "a secret"]);
            assert_eq!(world.page(page).log("den").len(), frames);
            for who in [ann, bob] {
                assert!(world.page(page).unknown("den", world.id(who)).is_empty());
            }

            // Who comes late sees how it stands.
            let cyd = world.native();
            world.join(cyd, &room);
            world.until("cyd reads", 5 * SECOND, |world| {
                world.has(cyd, "den", "hello")
            });
            world.run(2 * SECOND);
            let lines = world.witness(cyd).lines("den");
            assert!(
                lines[0].edited && !lines[0].reactions.is_empty(),
                "{:?}",
                lines[0]
            );
            assert_eq!(lines[0].reactions[0].names.len(), 2);
            let words = |line: &&Line| line.text == "a secret";
            assert_eq!(
                lines.iter().filter(words).count(),
                0,
                "what was taken back is not passed on, or is taken back again"
            );
        });
    }
}

#[test]
fn who_was_away_learns_what_became_of_the_lines_they_had() {
    in_the_den(5, 2, 0, |world, all| {
        let [ann, bob] = *all else {
            panic!("two peers");
        };
        world.say(ann, "den", "tomorow");
        world.say(ann, "den", "never mind");
        world.whisper(ann, "den", bob, "privatly");
        world.run(SECOND);
        world.part(&[ann], &[bob]);
        world.until("they lose each other", 30 * SECOND, |world| {
            !world.sees(ann, bob, "den") && !world.sees(bob, ann, "den")
        });
        let (first, second) = (
            world.line(ann, "den", "tomorow").key,
            world.line(ann, "den", "never mind").key,
        );
        edit(world, ann, first, "tomorrow").expect("it is ours");
        delete(world, ann, second).expect("it is ours");
        let third = private_line(world, ann, bob, "privatly").key;
        edit(world, ann, third, "privately").expect("it is ours");
        react(world, ann, first, "☕", true).expect("anyone may");

        world.heal();
        world.until("they meet again", 60 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        world.run(2 * SECOND);
        let lines = world.witness(bob).lines("den");
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (lines[0].text.as_str(), lines[0].edited),
            ("tomorrow", true)
        );
        assert_eq!(lines[0].reactions.len(), 1);
        assert!(lines[1].deleted);
        assert_eq!(world.private_texts(bob, "den", ann), ["privately"]);
    });
}

#[test]
fn an_edit_before_a_line_is_sent_changes_what_is_sent() {
    in_the_den(3, 1, 1, |world, all| {
        let [ann, page] = *all else {
            panic!("two peers");
        };
        for n in 0..6 {
            world.say(ann, "den", &format!("line {n}"));
        }
        let last = world.line(ann, "den", "line 5").key;
        edit(world, ann, last, "line five").expect("it is ours");
        assert!(
            !world.line(ann, "den", "line five").edited,
            "nobody has seen it"
        );
        let fourth = world.line(ann, "den", "line 4").key;
        delete(world, ann, fourth).expect("it is ours");
        world.run(5 * SECOND);

        assert_eq!(
            world.texts(page, "den"),
            ["line 0", "line 1", "line 2", "line 3", "line five"]
        );

        // And where nobody was there at all.
        world.leave(page, "den");
        world.run(SECOND);
        world.say(ann, "den", "to nobodi");
        let line = world.line(ann, "den", "to nobodi").key;
        edit(world, ann, line, "to nobody").expect("it is ours");
        let bob = world.native();
        world.join(bob, &World::public("den"));
        world.until("bob hears", 5 * SECOND, |world| {
            world.has(bob, "den", "to nobody")
        });
        assert!(!world.has(bob, "den", "to nobodi"));
    });
}

#[test]
fn nobody_changes_or_takes_back_what_another_said() {
    in_the_den(5, 3, 1, |world, all| {
        let [ann, bob, cyd, page] = *all else {
            panic!("four peers");
        };
        let id = world.say(ann, "den", "mine");
        world.whisper(ann, "den", bob, "ours");
        world.run(SECOND);
        let heard = world.line(bob, "den", "mine").clone();
        assert_eq!(
            edit(world, bob, heard.key, "yours"),
            Err(Refusal::NoSuchLine)
        );
        assert_eq!(delete(world, bob, heard.key), Err(Refusal::NoSuchLine));

        let private = private_line(world, bob, ann, "ours").id;
        let by_ann = name(world, ann, &heard);
        for (n, from) in [(1, cyd), (2, page)] {
            for (m, (id, direct)) in [(&id, false), (&private, true)].into_iter().enumerate() {
                for (k, what) in [Changed::Gone, Changed::Text("forged".to_owned())]
                    .into_iter()
                    .enumerate()
                {
                    let id = id.clone();
                    let nonce = u16::try_from(900 + n * 10 + m * 3 + k).expect("small");
                    let change = Action::Change(Change { id, direct, what });
                    smuggle(world, from, bob, nonce, &change);
                }
            }
            let states = States {
                direct: false,
                lines: vec![LineState {
                    line: by_ann.clone(),
                    reply_to: None,
                    text: Some("forged".to_owned()),
                    gone: true,
                    marks: vec![(
                        Emoji::parse("💩").expect("an emoji"),
                        vec![world.user(ann).clone()],
                    )],
                }],
            };
            smuggle(world, from, bob, 990, &Action::States(states));
        }
        world.run(SECOND);

        let line = world.line(bob, "den", "mine");
        assert!(!line.edited && !line.deleted && line.reactions.is_empty());
        assert_eq!(world.private_texts(bob, "den", ann), ["ours"]);
    });
}

#[test]
fn a_flood_of_emoji_has_an_end() {
    in_the_den(3, 2, 1, |world, all| {
        let [ann, bob, page] = *all else {
            panic!("three peers");
        };
        world.say(ann, "den", "look");
        world.run(SECOND);
        let line = world.line(bob, "den", "look").clone();
        let named = name(world, ann, &line);
        for n in 0..60_u16 {
            let picture = char::from_u32(0x1f600 + u32::from(n)).expect("a picture");
            let mark = Action::Mark(Mark {
                line: named.clone(),
                direct: false,
                emoji: Emoji::parse(&picture.to_string()).expect("an emoji"),
                on: true,
            });
            smuggle(world, page, bob, 900 + n, &mark);
        }
        world.run(SECOND);
        let reactions = &world.line(bob, "den", "look").reactions;
        assert!(
            !reactions.is_empty() && reactions.len() <= 6,
            "{}",
            reactions.len()
        );

        // Lines that do not exist cost nothing, and whoever goes on is cut off.
        for n in 0..2_000_u16 {
            let mark = Action::Mark(Mark {
                line: LineName {
                    author_id: world.user(ann).clone(),
                    id: MessageId::parse(&format!("none {n}")).expect("an id"),
                },
                direct: false,
                emoji: Emoji::parse("👍").expect("an emoji"),
                on: true,
            });
            if world.are_connected(page, bob) {
                smuggle(world, page, bob, 2_000 + n, &mark);
            }
        }
        world.run(SECOND);
        assert!(!world.sees(bob, page, "den"));
        assert!(world.sees(bob, ann, "den"));

        assert_eq!(
            react(world, bob, line.key, "not one", true),
            Err(Refusal::NotAnEmoji)
        );
        assert_eq!(
            react(world, bob, LineKey(999_999), "👍", true),
            Err(Refusal::NoSuchLine)
        );
    });
}

#[test]
fn repeated_transcripts_cost_whoever_sends_them_the_connection() {
    in_the_den(3, 1, 1, |world, all| {
        let [ann, page] = *all else {
            panic!("two peers");
        };
        let entries: Vec<TranscriptEntry> = (0..150)
            .map(|n| TranscriptEntry {
                entry: TranscriptItem::Message(Message {
                    author_id: world.user(page).clone(),
                    text: "history".to_owned(),
                    time_sent: 0,
                    id: MessageId::parse(&format!("made up {n}")).expect("an id"),
                    reply_to: None,
                }),
                time_received: Some(0),
            })
            .collect();
        let mut sent = 0;
        while world.are_connected(page, ann) && sent < 50 {
            smuggle(
                world,
                page,
                ann,
                900 + sent,
                &Action::Transcript(entries.clone()),
            );
            sent += 1;
            world.run(Duration::from_millis(50));
        }
        assert!((2..20).contains(&sent), "{sent}");
        assert!(!world.has(ann, "den", "history"), "one had come before");
    });
}

#[test]
fn what_somebody_blocked_has_said_is_no_longer_counted_as_new() {
    in_the_den(5, 3, 0, |world, all| {
        let [ann, bob, cyd] = *all else {
            panic!("three peers");
        };
        let look = |place| Command::Look(place);
        let there = look(Some((den(), None)));
        world.command(ann, there).expect("a room");
        world.say(bob, "den", "seen");
        world.run(SECOND);
        world.command(ann, look(None)).expect("nothing");
        let name = world.snapshot(ann).me.name;
        world.say(cyd, "den", "of somebody else");
        world.say(bob, "den", &format!("@{name} buy this"));
        world.say(bob, "den", "now!");
        world.run(SECOND);
        let unread = |world: &World| {
            let unread = world.witness(ann).unread("den", None);
            (unread.lines, unread.mentions)
        };
        assert_eq!(unread(world), (3, 1));

        let person = world.person(bob);
        let standing = room::Standing::Blocked;
        let judge = Command::Judge { person, standing };
        world.command(ann, judge).expect("anybody may be judged");
        world.run(SECOND);
        assert_eq!(unread(world), (1, 0));
    });
}

#[test]
fn what_is_not_looked_at_is_counted_until_it_is() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("0", "Ann Lee");
        let bob = world.native();
        world.join(bob, &World::public("den"));
        world.say(bob, "den", "@Ann Lee was here before she came");
        settle(world, &[ann], &World::public("den"));
        world.until("they meet", 25 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        let look = |place| Command::Look(place);
        world
            .command(ann, look(Some((den(), None))))
            .expect("a room");
        let unread = |world: &World, with: Option<&PersonId>| {
            let unread = world.witness(ann).unread("den", with);
            (unread.lines, unread.mentions)
        };

        world.say(bob, "den", "seen, @ann lee");
        world.run(SECOND);
        assert_eq!(unread(world, None), (0, 0));

        world.command(ann, look(None)).expect("nothing");
        world.say(bob, "den", "one");
        world.say(bob, "den", "two, @ann lee!");
        world.say(ann, "den", "our own do not count, @ann lee");
        world.say(bob, "den", "annlee@ann leeway");
        world.whisper(bob, "den", ann, "psst");
        world.run(SECOND);
        assert_eq!(unread(world, None), (3, 1));
        assert!(world.line(ann, "den", "two, @ann lee!").mentions_me);
        let with = world.person(bob);
        assert_eq!(unread(world, Some(&with)), (1, 1));
        let there = &world.snapshot(ann).rooms[0];
        assert_eq!((there.unread.lines, there.directs[0].unread.lines), (3, 1));

        world
            .command(ann, look(Some((den(), None))))
            .expect("a room");
        assert_eq!(unread(world, None), (0, 0));
        assert_eq!(unread(world, Some(&with)), (1, 1), "another place");
        world
            .command(ann, look(Some((den(), Some(with.clone())))))
            .expect("a talk");
        assert_eq!(unread(world, Some(&with)), (0, 0));

        world.command(ann, look(None)).expect("nothing");
        let muted = Command::MuteRoom {
            room: den(),
            muted: true,
        };
        world.command(ann, muted).expect("it can be");
        world.say(bob, "den", "hello?");
        world.say(bob, "den", "@Ann Lee, hello?");
        world.run(SECOND);
        assert_eq!(
            unread(world, None),
            (2, 1),
            "a muted room tells who is named"
        );
    });
}

#[test]
fn lines_are_found_by_their_words_and_authors_newest_first() {
    in_the_den(2, 2, 0, |world, all| {
        let [ann, bob] = *all else {
            panic!("two peers");
        };
        world.say(ann, "den", "The cake is in the Kitchen");
        world.say(bob, "den", "which kitchen?");
        world.say(ann, "den", "gone");
        world.run(SECOND);
        let line = world.line(ann, "den", "gone").key;
        delete(world, ann, line).expect("it is ours");
        let texts = |world: &World, words: &str| -> Vec<String> {
            let found = world.search(ann, "den", words);
            let lines = world.witness(ann).lines("den");
            let text = |key: &LineKey| {
                lines
                    .iter()
                    .find(|it| it.key == *key)
                    .map(|it| it.text.clone())
            };
            found.iter().filter_map(text).collect()
        };

        assert_eq!(
            texts(world, "KITCHEN"),
            ["which kitchen?", "The cake is in the Kitchen"]
        );
        assert_eq!(texts(world, "kitchen cake"), ["The cake is in the Kitchen"]);
        let author = world.line(ann, "den", "which kitchen?").author.clone();
        assert_eq!(texts(world, &format!("which {author}")), ["which kitchen?"]);
        assert!(texts(world, "gone").is_empty() && texts(world, "  ").is_empty());
    });
}

#[test]
fn nobody_is_told_that_one_types_who_does_not_want_it() {
    in_the_den(3, 2, 1, |world, all| {
        let [ann, bob, page] = *all else {
            panic!("three peers");
        };
        let set = |with: Option<PersonId>, typing| Command::SetTyping {
            room: den(),
            with,
            typing,
        };
        let shown = |world: &World| {
            let peer = world.witness(bob).peer("den", world.id(ann));
            (
                peer.is_some_and(|peer| peer.typing),
                world.page(page).is_typing("den", world.id(ann)),
                world.page(page).is_typing_privately("den", world.id(ann)),
            )
        };
        let with = world.person(page);
        world.command(ann, set(None, true)).expect("told");
        world
            .command(ann, set(Some(with.clone()), true))
            .expect("told");
        world.run(SECOND);
        assert_eq!(shown(world), (true, true, true));

        world
            .command(ann, Command::ShowTyping(false))
            .expect("a wish");
        world.run(SECOND);
        assert_eq!(shown(world), (false, false, false), "it is taken back");
        world.command(ann, set(None, true)).expect("kept");
        world.command(ann, set(Some(with), true)).expect("kept");
        world.run(SECOND);
        assert_eq!(shown(world), (false, false, false));
    });
}

#[test]
fn strangers_without_end_push_out_no_talk_that_was_answered() {
    tell(1, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &World::public("den"));
        world.whisper(ann, "den", bob, "keep this");
        world.run(SECOND);
        world.leave(bob, "den");
        world.run(SECOND);

        for n in 0..220 {
            let stranger = world.native();
            world.join(stranger, &World::public("den"));
            world.until("they meet", 5 * SECOND, |world| {
                world.met(&[ann, stranger], "den")
            });
            world.run(SECOND);
            world.whisper(stranger, "den", ann, &format!("psst {n}"));
            world.run(SECOND);
            world.leave(stranger, "den");
            world.run(SECOND);
            world.kill(stranger);
        }

        let directs = world.snapshot(ann).rooms.remove(0).directs;
        assert!(directs.len() <= 192, "{}", directs.len());
        let with = world.person(bob);
        let kept = directs.iter().find(|it| it.direct.with == with);
        assert_eq!(kept.map(|it| it.entries.len()), Some(1));
    });
}

/// What somebody at a page says of themselves, as everybody there was told it.
fn identity_of(world: &World, page: Who, told: Who) -> Metadata {
    let (metadata, _) = world
        .page(told)
        .metadata("den", world.id(page))
        .expect("it was told");
    metadata.clone()
}

#[test]
fn a_private_talk_with_a_session_goes_to_whoever_it_turns_out_to_be() {
    for talked_before in [false, true] {
        in_the_den(5, 1, 2, |world, all| {
            let [ann, page, other] = *all else {
                panic!("three peers");
            };
            let known = identity_of(world, page, other);
            let user = known.user_id.clone();
            let person = PersonId::Profile(user.clone());
            let mut whole = Vec::new();
            if talked_before {
                world.whisper(ann, "den", page, "before");
                world.run(SECOND);
                whole.push("before");
            }
            // It comes back, and says who it is with a signature that is wrong.
            world.leave(page, "den");
            world.run(SECOND);
            world.join(page, &World::public("den"));
            world.until("it is back", 30 * SECOND, |world| {
                world.sees(ann, page, "den")
            });
            world.run(SECOND);
            let wrong = Metadata {
                signature: known.public_key.clone(),
                ..known.clone()
            };
            smuggle(world, page, ann, 90, &Action::Metadata(Box::new(wrong)));
            world.run(SECOND);
            let session = PersonId::Session(world.id(page));
            let look = Command::Look(Some((den(), Some(session.clone()))));
            world.whisper(page, "den", ann, "who am I?");
            world.run(SECOND);
            world.command(ann, look).expect("she looks");
            let answer = Command::Say {
                room: den(),
                with: Some(session.clone()),
                text: "tell me".to_owned(),
                reply_to: None,
            };
            world.command(ann, answer).expect("it is there");
            world.run(SECOND);
            assert_eq!(world.witness(ann).private_lines("den", &session).len(), 2);

            smuggle(world, page, ann, 91, &Action::Metadata(Box::new(known)));
            world.run(SECOND);

            whole.extend(["who am I?", "tell me"]);
            let texts = |world: &World| -> Vec<String> {
                let lines = world.witness(ann).private_lines("den", &person);
                lines.iter().map(|line| line.text.clone()).collect()
            };
            assert_eq!(texts(world), whole);
            assert!(world.witness(ann).private_lines("den", &session).is_empty());
            assert_eq!(world.witness(ann).talks("den").len(), 1);
            // She still looks at it, and it goes on.
            world.whisper(page, "den", ann, "I am");
            world.run(SECOND);
            whole.push("I am");
            assert_eq!(texts(world), whole);
            let talk = &world.snapshot(ann).rooms[0].directs[0];
            assert_eq!(talk.unread, room::Unread::default());
            assert_eq!(talk.direct.peer_id, Some(world.id(page)));
            let received = &world.witness(ann).private_lines("den", &person)[whole.len() - 2];
            assert_eq!((received.delivery.received, received.delivery.of), (1, 1));
        });
    }
}

#[test]
fn what_a_stranger_makes_of_a_line_is_as_plain_as_the_room_wants_it() {
    in_the_den(5, 2, 1, |world, all| {
        let [ann, bob, page] = *all else {
            panic!("three peers");
        };
        let plain = |world: &World, text: &str| world.line(ann, "den", text).plain;
        // A native peer whose signature is wrong is a stranger that can change lines.
        let own = identity_of(world, bob, page);
        world.say(bob, "den", "known");
        world.run(SECOND);
        let wrong = Metadata {
            signature: own.public_key.clone(),
            ..own
        };
        smuggle(world, bob, ann, 92, &Action::Metadata(Box::new(wrong)));
        world.run(SECOND);
        world.say(bob, "den", "shown");
        world.run(SECOND);
        let rules = Rules {
            slow: false,
            plain_strangers: true,
            auto_media: false,
        };
        let set = Command::SetRules { room: den(), rules };
        world.command(ann, set).expect("she may");
        world.say(bob, "den", "bare");
        world.run(SECOND);
        assert!(!plain(world, "known") && !plain(world, "shown") && plain(world, "bare"));

        for text in ["known", "shown", "bare"] {
            let line = world.line(bob, "den", text).key;
            let edit = Command::Edit {
                room: den(),
                line,
                text: format!("{text}, and http://tracker.example/pixel.png"),
            };
            world.command(bob, edit).expect("it is his");
        }
        world.run(SECOND);

        for text in ["known", "shown", "bare"] {
            let edited = format!("{text}, and http://tracker.example/pixel.png");
            assert!(plain(world, &edited), "{text}");
        }
    });
}
