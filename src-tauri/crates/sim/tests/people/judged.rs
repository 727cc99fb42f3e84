//! Whoever is muted or blocked stays so, in any session.

use rand::SeedableRng;
use room::{Command, Fold, Judged, NoticeKind, PersonId, Refusal, RoomKey, Standing};
use sim::{World, tell};
use wire::UserId;

use super::{SECOND, TRACKER, fold_of, identity, judge, keys, person, settle, shown, smuggle};

#[test]
fn whoever_is_blocked_is_gone_from_every_room_and_stays_out_in_any_session() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, cyd) = (world.native(), world.native());
            let bob = world.someone(browser, "b");
            for room in ["den", "attic"] {
                settle(world, &[ann, bob, cyd], &World::public(room));
            }

            let who = person(world, bob);
            judge(world, ann, who.clone(), Standing::Blocked);

            for room in ["den", "attic"] {
                assert!(!world.sees(ann, bob, room), "{room}");
                let notices = world.witness(ann).notices(room);
                let blocked = notices
                    .iter()
                    .filter(|it| matches!(it.what, NoticeKind::Blocked { .. }));
                assert_eq!(blocked.count(), 1, "{room}");
            }
            assert_eq!(world.connections(ann, bob), 0);
            let judged: Vec<Judged> = world.snapshot(ann).judged;
            assert_eq!(judged.len(), 1);
            assert_eq!(
                (&judged[0].person, judged[0].standing),
                (&who, Standing::Blocked)
            );

            // He looks for her with all he has, leaves and comes back, and still she is not there.
            world.run(60 * SECOND);
            world.leave(bob, "den");
            world.run(SECOND);
            world.join(bob, &World::public("den"));
            world.run(60 * SECOND);
            world.say(bob, "den", "where is she?");
            world.say(ann, "den", "all quiet");
            world.run(2 * SECOND);
            assert!(!world.sees(ann, bob, "den") && !world.sees(bob, ann, "den"));
            assert!(!world.has(ann, "den", "where is she?"));
            assert!(!world.has(bob, "den", "all quiet"));
            assert!(world.has(cyd, "den", "where is she?") && world.has(cyd, "den", "all quiet"));
            assert!(world.met(&[ann, cyd], "den") && world.met(&[bob, cyd], "den"));

            judge(world, ann, who, Standing::Normal);
            world.until("they are friends again", 45 * SECOND, |world| {
                world.met(&[ann, bob, cyd], "den") && world.met(&[ann, bob, cyd], "attic")
            });
            assert!(world.snapshot(ann).judged.is_empty());
        });
    }
}

#[test]
fn whoever_was_blocked_in_an_earlier_process_is_let_go_as_soon_as_they_say_who_they_are() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        let who = person(world, bob);
        judge(world, ann, who, Standing::Blocked);

        settle(world, &[ann, cyd], &World::public("den"));
        world.join(bob, &World::public("den"));
        world.until("the others meet", 10 * SECOND, |world| {
            world.met(&[bob, cyd], "den")
        });
        world.say(bob, "den", "hello?");
        world.run(30 * SECOND);

        assert!(!world.sees(ann, bob, "den") && !world.has(ann, "den", "hello?"));
        assert_eq!(world.connections(ann, bob), 0);
        assert_eq!(world.witness(ann).joins("den"), 1, "he was never shown");
    });
}

#[test]
fn what_somebody_blocked_said_is_not_shown_when_others_pass_it_on() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (bob, cyd) = (world.native(), world.native());
        settle(world, &[bob, cyd], &World::public("den"));
        world.say(bob, "den", "old news");
        world.say(cyd, "den", "good news");
        world.run(SECOND);
        let (ann, dan) = (world.native(), world.native());
        let who = person(world, bob);
        judge(world, ann, who.clone(), Standing::Blocked);
        judge(world, dan, who, Standing::Muted);

        for new in [ann, dan] {
            world.join(new, &World::public("den"));
        }
        world.until("they read it", 10 * SECOND, |world| {
            world.has(ann, "den", "good news") && world.has(dan, "den", "good news")
        });
        world.run(5 * SECOND);

        assert_eq!(world.texts(ann, "den"), ["good news"]);
        assert_eq!(fold_of(world, dan, "den", "old news"), Some(Fold::Muted));
        assert_eq!(fold_of(world, dan, "den", "good news"), None);
    });
}

#[test]
fn a_session_without_a_profile_can_be_blocked_for_its_life() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page], &World::public("den"));
        // It becomes somebody else, so its signature proves nothing any more.
        let other = UserId::random(&mut rand_chacha::ChaCha20Rng::seed_from_u64(9));
        smuggle(world, page, ann, 40, &identity(&keys(1), &other, "Nobody"));
        world.run(SECOND);
        let who = shown(world, ann, page).person;
        assert_eq!(who, PersonId::Session(world.id(page)));

        judge(world, ann, who, Standing::Blocked);
        world.run(60 * SECOND);
        assert!(!world.sees(ann, page, "den"));
        world.leave(page, "den");
        world.run(SECOND);
        world.join(page, &World::public("den"));
        world.run(60 * SECOND);
        assert!(!world.sees(ann, page, "den"));

        let gone =
            PersonId::Session(wire::PeerId::parse("00000000000000000000").expect("a peer id"));
        let refused = world.command(
            ann,
            Command::Judge {
                person: gone,
                standing: Standing::Muted,
            },
        );
        assert_eq!(refused, Err(Refusal::NobodyThere));
    });
}

#[test]
fn there_is_an_end_to_how_many_people_are_judged() {
    tell(1, |world| {
        let ann = world.native();
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(0x9e0913);
        for _ in 0..room::MAX_JUDGED {
            let person = PersonId::Profile(UserId::random(&mut rng));
            judge(world, ann, person, Standing::Muted);
        }
        let person = PersonId::Profile(UserId::random(&mut rng));
        let standing = Standing::Muted;
        let refused = world.command(ann, Command::Judge { person, standing });
        let limit = room::MAX_JUDGED;
        assert_eq!(refused, Err(Refusal::TooManyJudged { limit }));
    });
}

#[test]
fn whoever_is_muted_is_folded_away_and_not_seen_typing_until_they_are_not() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd], &World::public("den"));
        let who = person(world, bob);
        let typing = |typing| Command::SetTyping {
            room: RoomKey::from_text("den"),
            with: None,
            typing,
        };

        judge(world, ann, who.clone(), Standing::Muted);
        assert_eq!(shown(world, ann, bob).standing, Standing::Muted);
        world.command(bob, typing(true)).expect("he may type");
        world.run(SECOND);
        assert!(!shown(world, ann, bob).typing && shown(world, cyd, bob).typing);
        world.say(bob, "den", "mumble");
        world.say(cyd, "den", "clear");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "mumble"), Some(Fold::Muted));
        assert_eq!(fold_of(world, ann, "den", "clear"), None);
        assert_eq!(fold_of(world, cyd, "den", "mumble"), None);

        // It holds when he comes back.
        world.leave(bob, "den");
        world.run(SECOND);
        world.join(bob, &World::public("den"));
        world.until("he is back", 10 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(SECOND);
        world.say(bob, "den", "again");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "again"), Some(Fold::Muted));

        judge(world, ann, who, Standing::Normal);
        assert_eq!(shown(world, ann, bob).standing, Standing::Normal);
        world.say(bob, "den", "sorry");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "sorry"), None);
    });
}

#[test]
fn becoming_somebody_else_sheds_no_verdict() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page], &World::public("den"));
        let who = person(world, page);
        judge(world, ann, who, Standing::Muted);

        let other = UserId::random(&mut rand_chacha::ChaCha20Rng::seed_from_u64(9));
        smuggle(world, page, ann, 40, &identity(&keys(1), &other, "Saint"));
        world.run(SECOND);
        world.say(page, "den", "me? never");
        world.run(SECOND);

        assert_eq!(shown(world, ann, page).name, "Saint");
        assert_eq!(fold_of(world, ann, "den", "me? never"), Some(Fold::Muted));
    });
}

#[test]
fn what_somebody_said_before_is_folded_away_with_them_and_shown_again() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd], &World::public("den"));
        world.say(bob, "den", "nasty");
        world.say(cyd, "den", "nice");
        world.say(ann, "den", "mine");
        world.run(SECOND);
        let who = person(world, bob);

        for (standing, fold) in [
            (Standing::Muted, Fold::Muted),
            (Standing::Blocked, Fold::Blocked),
        ] {
            judge(world, ann, who.clone(), standing);
            assert_eq!(
                fold_of(world, ann, "den", "nasty"),
                Some(fold),
                "{standing:?}"
            );
            for text in ["nice", "mine"] {
                assert_eq!(fold_of(world, ann, "den", text), None, "{text}");
            }
        }
        judge(world, ann, who, Standing::Normal);
        assert_eq!(fold_of(world, ann, "den", "nasty"), None);
    });
}

#[test]
fn nothing_is_said_to_somebody_blocked_nor_kept_for_them() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd], &World::public("den"));
        let who = person(world, bob);
        let whisper = |text: &str| Command::Say {
            room: RoomKey::from_text("den"),
            with: Some(who.clone()),
            text: text.to_owned(),
            reply_to: None,
        };
        world.command(ann, whisper("psst")).expect("he is there");
        // He is lost, and would be sent what he misses.
        world.unplug(bob);
        world.until("he is lost", 15 * SECOND, |world| {
            !world.sees(ann, bob, "den")
        });

        judge(world, ann, who.clone(), Standing::Blocked);
        let refused = world.command(ann, whisper("you there?"));
        assert_eq!(refused, Err(Refusal::NobodyThere));
        world.say(ann, "den", "not for bob");
        world.plug(bob);
        world.change_network(bob);
        world.run(30 * SECOND);
        judge(world, ann, who.clone(), Standing::Normal);
        world.until("they meet", 45 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(5 * SECOND);

        let line = |text: &str| {
            let mut lines = world.witness(bob).lines("den").iter();
            lines.find(|line| line.text == text).cloned()
        };
        let kept = line("not for bob");
        assert!(
            kept.is_none_or(|line| line.backfilled),
            "it was not sent to him as missed"
        );
        world.command(ann, whisper("again")).expect("he is back");
    });
}
