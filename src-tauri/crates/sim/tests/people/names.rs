//! Whoever passes for somebody else is pointed out, and nobody who does not.

use room::{Command, Likeness, PersonId, RoomKey, Standing};
use sim::{World, tell};

use super::{SECOND, TRACKER, identity, judge, keys, like, person, settle, shown, smuggle};

#[test]
fn whoever_is_called_as_one_is_oneself_is_pointed_out_to_everyone() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let first = world.native_called("00", "(You)");
        let second = world.native_called("01", "TÚ");
        let other = world.native_called("02", "Yousef");
        let ann = world.native_called("03", "Ann");
        settle(world, &[first, second, other, ann], &World::public("den"));

        for who in [first, second] {
            for reader in [ann, other] {
                assert_eq!(shown(world, reader, who).imitates, Some(Likeness::Oneself));
            }
        }
        assert_eq!(shown(world, ann, other).imitates, None);
    });
}

#[test]
fn whoever_takes_a_name_that_looks_like_anothers_is_pointed_out_and_the_other_is_not() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("00", "Ann");
        let bob = world.native_called("01", "Bob Smith");
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        world.run(5 * SECOND);
        // Cyrillic letters, a digit, another dash.
        let copy = world.native_called("02", "Воb_5mith");
        let twin = world.native_called("03", "ΑNN");
        let other = world.native_called("04", "Cyd");
        for who in [copy, twin, other] {
            world.join(who, &den);
        }
        let all = [ann, bob, copy, twin, other];
        world.until("they meet", 20 * SECOND, |world| world.met(&all, "den"));
        world.run(2 * SECOND);

        assert_eq!(shown(world, ann, copy).imitates, None, "a 5 is no S");
        assert_eq!(shown(world, ann, twin).imitates, Some(Likeness::Ours));
        assert_eq!(shown(world, bob, twin).imitates, like("Ann"));
        for who in [bob, other] {
            assert_eq!(shown(world, ann, who).imitates, None);
        }
        assert_eq!(shown(world, bob, ann).imitates, None);

        let rename = |name: &str| Command::Rename(name.to_owned());
        world.command(copy, rename("Воb.Smith")).expect("a name");
        world.run(3 * SECOND);
        for who in [ann, other] {
            assert_eq!(shown(world, who, copy).imitates, like("Bob Smith"));
        }
        assert_eq!(shown(world, copy, bob).imitates, None, "he was first");

        // He is away for a moment, and his name is still his.
        world.leave(bob, "den");
        world.run(3 * SECOND);
        assert_eq!(shown(world, ann, copy).imitates, None);
        world.join(bob, &den);
        world.until("he is back", 10 * SECOND, |world| world.met(&all, "den"));
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, bob).imitates, None);
        assert_eq!(shown(world, ann, copy).imitates, like("Bob Smith"));

        world.command(copy, rename("Dan")).expect("a name");
        world.run(3 * SECOND);
        assert_eq!(shown(world, ann, copy).imitates, None);
    });
}

#[test]
fn a_name_that_is_only_the_animal_imitates_nobody_but_can_be_imitated() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        let animal = shown(world, ann, bob).animal_name;
        let copy = world.native_called("09", &animal.to_uppercase());
        // Somebody named like an animal, and then the animal itself.
        let name = wire::animal_name(world.user(bob).as_str());
        assert_eq!(name, animal);
        world.join(copy, &den);
        world.until("they meet", 10 * SECOND, |world| {
            world.met(&[ann, bob, copy], "den")
        });
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, copy).imitates, like(&animal));

        world.leave(bob, "den");
        world.run(3 * SECOND);
        world.join(bob, &den);
        world.until("he is back", 10 * SECOND, |world| {
            world.met(&[ann, bob, copy], "den")
        });
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, bob).imitates, None);
    });
}

#[test]
fn whoever_takes_the_name_of_somebody_known_or_of_whose_lines_still_stand_is_pointed_out() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("00", "Ann");
        let tom = world.native_called("01", "Tom");
        let kim = world.native_called("02", "Kim");
        let lou = world.native_called("03", "Lou");
        let copy = world.native_called("04", "Mallory");
        let all = [ann, tom, kim, lou, copy];
        settle(world, &all, &World::public("den"));
        let tom_is = person(world, tom);
        judge(world, ann, tom_is.clone(), Standing::Known);
        world.say(kim, "den", "hello");
        world.run(5 * SECOND);
        for who in [tom, kim, lou] {
            world.leave(who, "den");
        }
        world.run(3 * SECOND);

        let called = |world: &mut World, name: &str| {
            let rename = Command::Rename(name.to_owned());
            world.command(copy, rename).expect("a name");
            world.run(3 * SECOND);
            shown(world, ann, copy).imitates
        };
        assert_eq!(called(world, "Тom"), like("Tom"), "she knows him");
        assert_eq!(called(world, "Kim"), like("Kim"), "her line stands");
        assert_eq!(called(world, "Lou"), None, "nothing is left of him");

        // Whom she knows under a name imitates nobody by it, and comes back to it.
        assert_eq!(called(world, "Tom"), like("Tom"));
        world.join(tom, &World::public("den"));
        world.until("he is back", 20 * SECOND, |world| {
            world.sees(ann, tom, "den")
        });
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, tom).imitates, None);
        assert_eq!(shown(world, ann, copy).imitates, like("Tom"));

        world.leave(tom, "den");
        world.run(2 * SECOND);
        judge(world, ann, tom_is, Standing::Normal);
        assert_eq!(shown(world, ann, copy).imitates, None, "she knows nobody");
    });
}

#[test]
fn whoever_forges_what_tells_people_apart_is_pointed_out_and_a_room_full_of_annas_is_not() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ben = world.native_called("00", "Ben");
        let anna = world.native_called("01", "Anna");
        let copy = world.native_called("02", "Mallory");
        settle(world, &[ben, anna, copy], &World::public("den"));
        let animal = shown(world, ben, anna).animal_name;
        let ours = wire::animal_name(world.user(ben).as_str());
        let theirs = shown(world, ben, copy).animal_name;

        let called = |world: &mut World, name: &str| {
            let rename = Command::Rename(name.to_owned());
            world.command(copy, rename).expect("a name");
            world.run(3 * SECOND);
            shown(world, ben, copy).imitates
        };
        for name in ["Anna (x)", "Anna ✅", "Anna 🌻", "anna [you know who]"] {
            assert_eq!(called(world, name), like("Anna"), "{name}");
        }
        assert_eq!(called(world, &animal), like("Anna"));
        assert_eq!(called(world, &format!("A ({animal})")), like("Anna"));
        assert_eq!(
            called(world, &format!("Zed ({ours})")),
            Some(Likeness::Ours)
        );
        assert_eq!(called(world, "Ben (b)"), Some(Likeness::Ours));
        assert_eq!(called(world, "Zed (you)"), Some(Likeness::Oneself));
        let own = format!("M ({theirs})");
        for name in ["Anna2", "Anna M", "Hanna", own.as_str()] {
            assert_eq!(called(world, name), None, "{name}");
        }

        let rename = Command::Rename("Anna (Rome)".to_owned());
        world.command(anna, rename).expect("a name");
        assert_eq!(called(world, "Anna (Berlin)"), None);
        assert_eq!(shown(world, ben, anna).imitates, None);
    });
}

#[test]
fn a_line_keeps_what_its_authors_name_looked_like_when_it_was_said() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ben = world.native_called("00", "Ben");
        let anna = world.native_called("01", "Anna");
        let copy = world.native_called("02", "Cleo");
        let late = world.native_called("03", "Lou");
        let den = World::public("den");
        settle(world, &[ben, anna, copy], &den);
        let to_ben = person(world, ben);
        for (name, words) in [
            ("Cleo", "before"),
            ("Аnna", "meanwhile"),
            ("Cleo", "afterwards"),
        ] {
            let rename = Command::Rename(name.to_owned());
            world.command(copy, rename).expect("a name");
            world.run(3 * SECOND);
            world.say(copy, "den", words);
            let alone = Command::Say {
                room: RoomKey::from_text("den"),
                with: Some(to_ben.clone()),
                text: words.to_owned(),
                reply_to: None,
            };
            world.command(copy, alone).expect("he is there");
            world.run(SECOND);
        }
        world.say(anna, "den", "I am");
        world.run(SECOND);

        let expected = [
            ("before", None),
            ("meanwhile", like("Anna")),
            ("afterwards", None),
        ];
        for (words, imitates) in &expected {
            assert_eq!(world.line(ben, "den", words).imitates, *imitates, "{words}");
        }
        assert_eq!(world.line(ben, "den", "I am").imitates, None);
        assert_eq!(world.line(copy, "den", "meanwhile").imitates, None);
        let copy_is = person(world, copy);
        let alone = world.witness(ben).private_lines("den", &copy_is);
        let alone: Vec<_> = alone
            .iter()
            .map(|line| (line.text.as_str(), line.imitates.clone()))
            .collect();
        assert_eq!(alone, expected);

        // What is passed on stands under the name its author has when it is heard.
        let rename = Command::Rename("Аnna".to_owned());
        world.command(copy, rename).expect("a name");
        world.run(3 * SECOND);
        world.join(late, &den);
        world.until("they meet", 20 * SECOND, |world| {
            world.met(&[ben, anna, copy, late], "den")
        });
        world.run(2 * SECOND);
        let others = shown(world, late, copy)
            .imitates
            .or(shown(world, late, anna).imitates);
        assert!(others.is_some(), "one of them was met first");
        for who in [anna, copy] {
            let words = if who == anna { "I am" } else { "meanwhile" };
            let line = world.line(late, "den", words);
            let peer = shown(world, late, who);
            assert!(line.backfilled);
            assert_eq!((&line.author, &line.imitates), (&peer.name, &peer.imitates));
        }
    });
}

#[test]
fn a_private_talk_says_whom_the_others_name_may_be_taken_for_also_when_they_are_gone() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ben = world.native_called("00", "Ben");
        let anna = world.native_called("01", "Anna");
        let copy = world.native_called("02", "Cleo");
        settle(world, &[ben, anna, copy], &World::public("den"));
        let with = person(world, ben);
        let alone = Command::Say {
            room: RoomKey::from_text("den"),
            with: Some(with),
            text: "psst".to_owned(),
            reply_to: None,
        };
        world.command(copy, alone).expect("he is there");
        world.run(SECOND);
        let talk = |world: &World| {
            let room = world.snapshot(ben).rooms.remove(0);
            let direct = room.directs.into_iter().next();
            let direct = direct.expect("a talk").direct;
            (direct.name, direct.imitates)
        };
        assert_eq!(talk(world), ("Cleo".to_owned(), None));

        let rename = Command::Rename("Anna ✅".to_owned());
        world.command(copy, rename).expect("a name");
        world.run(3 * SECOND);
        let flagged = ("Anna ✅".to_owned(), like("Anna"));
        assert_eq!(talk(world), flagged);

        world.leave(copy, "den");
        world.run(3 * SECOND);
        assert_eq!(talk(world), flagged);
    });
}

#[test]
fn what_is_passed_on_of_a_browser_is_shown_under_its_name_as_soon_as_it_is_there() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, kim, tab) = (world.native(), world.native(), world.browser("t"));
        world.page_mut(tab).be_called("Tab");
        settle(world, &[kim, tab], &World::public("den"));
        world.say(tab, "den", "said before");
        world.run(SECOND);
        world.leave(tab, "den");
        world.join(ann, &World::public("den"));
        let author = |world: &World| {
            let mut lines = world.witness(ann).lines("den").iter();
            let line = lines.find(|line| line.backfilled)?;
            Some(line.author.clone())
        };
        world.until("she hears of it", 20 * SECOND, |world| {
            author(world).is_some()
        });
        let animal = wire::animal_name(world.user(tab).as_str());
        assert_eq!(author(world), Some(animal));

        world.join(tab, &World::public("den"));
        world.until("it comes", 40 * SECOND, |world| world.sees(ann, tab, "den"));
        world.run(2 * SECOND);

        assert_eq!(author(world).as_deref(), Some("Tab"));
    });
}

#[test]
fn a_profile_that_comes_with_another_key_is_pointed_out_and_is_nobody_known() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("m"));
        settle(world, &[ann, bob], &World::public("den"));
        let user = world.user(bob).clone();
        assert_eq!(
            shown(world, ann, bob).person,
            PersonId::Profile(user.clone())
        );
        world.leave(bob, "den");
        world.run(SECOND);

        world.join(page, &World::public("den"));
        world.until("they meet", 30 * SECOND, |world| {
            world.met(&[ann, page], "den")
        });
        // The first thing it says of itself would be its own profile; this is what comes after.
        smuggle(world, page, ann, 40, &identity(&keys(1), &user, "Bob"));
        world.run(2 * SECOND);
        let peer = shown(world, ann, page);
        assert_eq!(peer.user_id.as_ref(), Some(&user));
        assert!(peer.key_changed);
        assert_eq!(peer.person, PersonId::Session(world.id(page)));
        world.leave(page, "den");
        world.run(SECOND);

        world.join(bob, &World::public("den"));
        world.until("he is back", 10 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        world.run(2 * SECOND);
        let peer = shown(world, ann, bob);
        assert!(!peer.key_changed);
        assert_eq!(peer.person, PersonId::Profile(user));
    });
}
