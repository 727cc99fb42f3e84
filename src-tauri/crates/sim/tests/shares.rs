//! Files: who is told of them, in which way, and for how long.

use std::time::Duration;

use room::{
    Answer, Command, Fold, Has, Line, MAX_SHARES_BY_ONE, PersonId, Presence, Refusal, RoomKey,
    Rules, Share, ShareKey, ShareKind, SharedFiles, Standing,
};
use sim::{Who, World, tell};
use wire::{
    Action, FileOffer, MessageId, OfferName, SignalKind, TorrentHash, TransferId, TransferSignal,
};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who]) {
    world.gather(all, &World::public("den"), 25 * SECOND);
    world.run(2 * SECOND);
}

/// Someone who was not there comes too.
fn come(world: &mut World, newcomer: Who, there: &[Who]) {
    world.join(newcomer, &World::public("den"));
    let mut all = there.to_vec();
    all.push(newcomer);
    // Two pages may have to wait for a tracker to bring them together.
    world.until("they meet", 200 * SECOND, |world| world.met(&all, "den"));
    world.run(2 * SECOND);
}

fn den() -> RoomKey {
    RoomKey::from_text("den")
}

fn magnet(n: u8) -> String {
    let hash = TorrentHash([n; 20]);
    format!("magnet:?xt=urn:btih:{hash}&dn=film+{n}.mkv&tr=wss%3A%2F%2Ft.example")
}

fn torrent(n: u8) -> ShareKey {
    ShareKey::Torrent(TorrentHash([n; 20]))
}

fn offer(n: u8) -> ShareKey {
    ShareKey::Offer(OfferName([n; 32]))
}

/// A film without a part that browsers show.
fn film(n: u8) -> SharedFiles {
    SharedFiles {
        offer: OfferName([n; 32]),
        name: format!("film {n}.mkv"),
        files: 1,
        size: 5_000_000_000,
        kind: ShareKind::Video,
        thumbnail: None,
        magnet: Some(magnet(n)),
        inline: None,
        all_inline: false,
    }
}

/// A picture, which browsers show among what is said.
fn picture(n: u8) -> SharedFiles {
    SharedFiles {
        name: format!("picture {n}.png"),
        kind: ShareKind::Image,
        inline: Some(magnet(n + 100)),
        all_inline: true,
        ..film(n)
    }
}

fn share(world: &mut World, who: Who, files: SharedFiles) -> MessageId {
    match try_share(world, who, files).expect("it is taken") {
        Answer::Said(id) => id,
        other => panic!("{other:?}"),
    }
}

fn try_share(world: &mut World, who: Who, files: SharedFiles) -> Result<Answer, Refusal> {
    let shared = Box::new(files);
    world.command(
        who,
        Command::Share {
            room: den(),
            shared,
        },
    )
}

fn unshare(world: &mut World, who: Who, key: ShareKey) -> Result<Answer, Refusal> {
    world.command(who, Command::Unshare { room: den(), key })
}

fn hold(world: &mut World, who: Who, n: u8, has: Has) {
    let hold = Command::Hold {
        room: den(),
        offer: OfferName([n; 32]),
        has,
    };
    world.command(who, hold).expect("it is taken");
}

/// The lines that offer something.
fn lines(world: &World, who: Who) -> Vec<&Line> {
    let lines = world.witness(who).lines("den").iter();
    lines.filter(|line| line.share.is_some()).collect()
}

/// What the only line says that offers this.
fn shown(world: &World, who: Who, key: ShareKey) -> &Share {
    let all = lines(world, who).into_iter();
    let mut those = all.filter_map(|line| line.share.as_ref().filter(|it| it.key == key));
    let share = those.next().expect("it is shown");
    assert_eq!(those.next(), None, "it is shown once");
    share
}

/// The magnet link a page has from a peer.
fn link(world: &World, page: Who, from: Who) -> Option<String> {
    let offer = world.page(page).offer("den", world.id(from));
    offer.map(|it| it.magnet_uri.clone())
}

/// The media on a page, as the links they are at.
fn media(world: &World, page: Who) -> Vec<String> {
    let media = world.page(page).media("den").iter();
    media.map(|it| it.media.magnet_uri.clone()).collect()
}

/// What somebody is called.
fn name(world: &World, to: Who, who: Who) -> String {
    let peer = world.witness(to).peer("den", world.id(who));
    peer.expect("they are shown").name.clone()
}

fn assert_page_is_spared(world: &World, page: Who, by: Who) {
    let unknown = world.page(page).unknown("den", world.id(by));
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn smuggle(world: &mut World, from: Who, to: Who, nonce: u16, action: &Action) {
    let token = World::public("den").token();
    for frame in wire::frames(token, nonce, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

fn signal(n: u8, turn: u64) -> TransferSignal {
    TransferSignal {
        offer: OfferName([n; 32]),
        id: TransferId::parse(&format!("{turn:020}")).expect("an id"),
        kind: SignalKind::Offer,
        sdp: "v=0".to_owned(),
    }
}

fn try_signal(world: &mut World, who: Who, to: Who, signal: TransferSignal) -> Result<(), Refusal> {
    let command = Command::SignalTransfer {
        room: den(),
        peer: world.id(to),
        signal: Box::new(signal),
    };
    world.command(who, command).map(drop)
}

#[test]
fn an_offer_reaches_everyone_in_the_way_they_understand() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        share(world, ann, film(1));
        world.run(SECOND);

        let theirs = shown(world, bob, offer(1));
        assert_eq!(theirs.name, "film 1.mkv");
        assert_eq!(
            (theirs.files, theirs.size),
            (Some(1), Some(film(1).size)),
            "a native peer is told all of it"
        );
        assert_eq!(theirs.holders, [name(world, bob, ann)]);
        assert!(!theirs.gone && !theirs.withdrawn && !theirs.inline);
        assert!(theirs.magnet.is_none(), "it needs no link");
        assert_eq!(world.holders(bob, "den", &offer(1)), [ann]);
        assert_eq!(link(world, page, ann), Some(magnet(1)));
        assert_page_is_spared(world, page, ann);
        assert!(media(world, page).is_empty());

        let ours = lines(world, ann)[0];
        assert!(ours.own && ours.delivery.reached == 2 && ours.delivery.of == 2);
        let ours = shown(world, ann, offer(1));
        assert!(ours.holders.is_empty() && !ours.gone);
        assert_eq!(world.search(bob, "den", "FILM mkv").len(), 1);
        assert_eq!(world.witness(bob).unread("den", None).lines, 1);
    });
}

#[test]
fn who_comes_later_is_told_of_what_is_still_offered() {
    for private in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let room = at(private);
            let ann = world.native();
            world.join(ann, &room);
            world.run(SECOND);
            for n in 1..4 {
                share(world, ann, film(n));
            }
            unshare(world, ann, offer(2)).expect("it is ours");
            let (bob, page) = (world.native(), world.browser("b"));
            world.join(bob, &room);
            world.join(page, &room);
            world.until("they meet", 40 * SECOND, |world| {
                world.met(&[ann, bob, page], "den")
            });
            world.run(2 * SECOND);

            assert_eq!(lines(world, bob).len(), 2);
            assert!(!shown(world, bob, offer(1)).gone);
            assert!(!shown(world, bob, offer(3)).gone);
            assert_eq!(link(world, page, ann), Some(magnet(3)), "the newest alone");
            let heard = world.page(page).offers_heard("den", world.id(ann));
            assert_eq!(heard.len(), 1, "after who offers it, and once");
            let (_, times) = world.page(page).metadata("den", world.id(ann)).expect("it");
            assert_eq!(times, 1);
        });
    }
}

#[test]
fn what_is_taken_back_is_so_for_everyone_and_a_page_never_hears_an_end_without_an_offer() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        share(world, ann, film(1));
        share(world, ann, film(2));
        world.run(SECOND);
        assert_eq!(unshare(world, bob, offer(1)), Err(Refusal::NoSuchShare));
        let hidden = SharedFiles {
            magnet: None,
            ..film(3)
        };
        share(world, ann, hidden);
        world.run(SECOND);
        assert_eq!(link(world, page, ann), Some(magnet(2)));

        unshare(world, ann, offer(2)).expect("it is ours");
        world.run(SECOND);
        let theirs = shown(world, bob, offer(2));
        assert!(theirs.withdrawn && theirs.holders.is_empty());
        assert!(shown(world, ann, offer(2)).withdrawn);
        assert!(!shown(world, bob, offer(1)).withdrawn);
        assert_eq!(world.holders(bob, "den", &offer(2)), []);
        assert_eq!(link(world, page, ann), Some(magnet(1)), "the one before");

        unshare(world, ann, offer(3)).expect("it is ours");
        unshare(world, ann, torrent(1)).expect("it is ours by either name");
        world.run(SECOND);
        assert_eq!(link(world, page, ann), None);
        assert!(shown(world, bob, offer(1)).withdrawn);
        assert_eq!(unshare(world, ann, offer(1)), Err(Refusal::NoSuchShare));

        let late = world.browser("c");
        come(world, late, &[ann, bob, page]);
        let heard = world.page(late).offers_heard("den", world.id(ann));
        assert!(heard.is_empty(), "{heard:?}");
        assert_page_is_spared(world, page, ann);
    });
}

#[test]
fn what_a_page_offers_is_a_line_until_it_is_taken_back() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page]);
        let offered = |n, all| FileOffer {
            magnet_uri: magnet(n),
            is_all_inline_media: all,
        };
        world.page_offers(page, "den", Some(offered(1, false)));
        world.run(SECOND);
        // A native peer that comes is told too.
        let bob = world.native();
        come(world, bob, &[ann, page]);

        for who in [ann, bob] {
            let theirs = shown(world, who, torrent(1));
            assert_eq!(theirs.magnet.as_deref(), Some(&*magnet(1)));
            assert_eq!(theirs.name, "film 1.mkv");
            assert_eq!((theirs.files, theirs.size), (None, None));
            assert!(!theirs.gone && !theirs.inline);
            assert_eq!(theirs.holders, [name(world, who, page)]);
        }
        world.page_offers(page, "den", None);
        world.run(SECOND);
        for who in [ann, bob] {
            assert!(shown(world, who, torrent(1)).withdrawn);
        }
        // What it shows among what is said has its place there.
        world.page_offers(page, "den", Some(offered(2, true)));
        world.page_shows(page, "den", &magnet(3));
        world.run(SECOND);
        for who in [ann, bob] {
            assert_eq!(lines(world, who).len(), 2);
            assert!(shown(world, who, torrent(3)).inline);
        }
        world.page_offers(page, "den", None);
        world.run(SECOND);
        assert!(
            !shown(world, ann, torrent(3)).withdrawn,
            "that stays, as on the page"
        );
        world.kill(page);
        world.until("it is missed", 30 * SECOND, |world| {
            !world.sees(ann, page, "den")
        });
        assert!(shown(world, ann, torrent(3)).gone);
    });
}

#[test]
fn pictures_of_ours_stand_among_what_is_said_on_a_page_and_once_with_our_kind() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        world.say(ann, "den", "look");
        let id = share(world, ann, picture(1));
        world.run(3 * SECOND);

        assert_eq!(media(world, page), [magnet(101)]);
        let there = &world.page(page).media("den")[0];
        assert_eq!(there.media.id, id);
        assert_eq!(there.media.author_id, *world.user(ann));
        assert!(!there.backfilled);
        let offered = world.page(page).offer("den", world.id(ann)).cloned();
        assert!(offered.is_some_and(|it| it.is_all_inline_media));
        assert_eq!(lines(world, bob).len(), 1);
        assert!(!shown(world, bob, offer(1)).inline);
        let ours = lines(world, ann)[0].delivery;
        assert_eq!((ours.reached, ours.of, ours.received), (2, 2, 2));

        // It goes to pages that come later in the transcript, and is one line to our kind still.
        let (cyd, late) = (world.native(), world.browser("c"));
        come(world, cyd, &[ann, bob, page]);
        come(world, late, &[ann, bob, page, cyd]);
        assert_eq!(media(world, late), [magnet(101)]);
        assert!(world.page(late).media("den")[0].backfilled);
        for who in [bob, cyd] {
            let [line] = &*lines(world, who) else {
                panic!("{:?}", lines(world, who));
            };
            assert_eq!(line.share.as_ref().map(|it| it.key), Some(offer(1)));
            assert!(!line.backfilled, "its author told of it");
        }
        // Nobody passes on what is taken back.
        unshare(world, ann, offer(1)).expect("it is ours");
        world.run(SECOND);
        world.kill(page);
        world.kill(late);
        world.run(30 * SECOND);
        let later = world.browser("d");
        come(world, later, &[ann, bob, cyd]);
        assert!(media(world, later).is_empty());
    });
}

#[test]
fn pictures_come_to_a_page_no_faster_than_it_can_show_them() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page]);
        for n in 1..6 {
            share(world, ann, picture(n));
        }
        world.run(Duration::from_millis(300));
        assert!(media(world, page).len() < 3);
        world.run(3 * SECOND);
        assert_eq!(media(world, page).len(), 5);
    });
}

#[test]
fn a_picture_nobody_saw_reaches_the_first_page_to_come_once() {
    for private in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let room = at(private);
            let (ann, page) = (world.native(), world.browser("b"));
            world.join(ann, &room);
            world.run(SECOND);
            share(world, ann, picture(1));
            world.join(page, &room);
            world.until("they meet", 40 * SECOND, |world| {
                world.met(&[ann, page], "den")
            });
            world.run(3 * SECOND);
            assert_eq!(media(world, page), [magnet(101)]);
        });
    }
}

#[test]
fn what_stood_in_a_pages_transcript_is_passed_on_and_told_once() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, page, other) = (world.native(), world.browser("b"), world.browser("c"));
        settle(world, &[ann, page, other]);
        let id = world.page_shows(page, "den", &magnet(9));
        world.run(SECOND);
        assert!(shown(world, ann, torrent(9)).inline);
        // One who comes hears of it from both pages and from ann, and sees it once.
        let bob = world.native();
        come(world, bob, &[ann, page, other]);
        let theirs = lines(world, bob)[0];
        assert_eq!(lines(world, bob).len(), 1);
        assert_eq!(theirs.id, id);
        assert_eq!(theirs.author_id.as_ref(), Some(world.user(page)));
        assert!(theirs.backfilled);
        assert!(!shown(world, bob, torrent(9)).gone, "its author is there");

        // The pages go; what they showed is passed on without them.
        world.kill(page);
        world.kill(other);
        world.until("they are missed", 30 * SECOND, |world| {
            !world.sees(bob, page, "den") && !world.sees(bob, other, "den")
        });
        assert!(shown(world, bob, torrent(9)).gone);
        let late = world.browser("d");
        come(world, late, &[ann, bob]);
        assert_eq!(media(world, late)[0], magnet(9));
        assert_eq!(world.page(late).media("den")[0].media.id, id);
    });
}

#[test]
fn whoever_only_repeats_a_link_is_not_said_to_have_it() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page]);
        share(world, ann, picture(1));
        world.run(5 * SECOND);
        assert_eq!(media(world, page), [magnet(101)]);
        world.leave(ann, "den");
        world.run(SECOND);

        let bob = world.native();
        come(world, bob, &[page]);
        let picture = shown(world, bob, torrent(101));
        assert!(picture.holders.is_empty(), "{:?}", picture.holders);
        assert!(!picture.gone, "it may have it, which is worth a try");
        assert_eq!(world.holders(bob, "den", &torrent(101)), []);
        world.kill(page);
        world.until("it is missed", 30 * SECOND, |world| {
            !world.sees(bob, page, "den")
        });
        assert!(shown(world, bob, torrent(101)).gone);
    });
}

#[test]
fn a_picture_nobody_saw_is_told_to_the_first_of_our_kind_by_name_alone() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        world.join(ann, &World::public("den"));
        world.run(SECOND);
        share(world, ann, picture(1));
        come(world, bob, &[ann]);
        assert_eq!(lines(world, bob).len(), 1);
        assert!(!shown(world, bob, offer(1)).inline);
        let delivery = lines(world, ann)[0].delivery;
        assert_eq!((delivery.reached, delivery.of), (1, 1), "told once");
    });
}

#[test]
fn media_shown_before_one_came_to_a_private_room_can_be_had_all_the_same() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let room = World::private("den", "secret");
        let (ann, page) = (world.native(), world.browser("b"));
        world.gather(&[ann, page], &room, 25 * SECOND);
        world.run(3 * SECOND);
        let offered = FileOffer {
            magnet_uri: magnet(1),
            is_all_inline_media: true,
        };
        world.page_offers(page, "den", Some(offered));
        world.page_shows(page, "den", &magnet(2));
        world.run(SECOND);
        assert!(shown(world, ann, torrent(2)).inline);
        assert_eq!(lines(world, ann).len(), 1, "who saw them needs no more");

        // One to whom nobody passes on what was shown.
        world.leave(ann, "den");
        let bob = world.native();
        world.join(bob, &room);
        world.until("they meet", 60 * SECOND, |world| {
            world.met(&[page, bob], "den")
        });
        world.run(3 * SECOND);
        assert!(!shown(world, bob, torrent(1)).gone);
        assert_eq!(lines(world, bob).len(), 1);
    });
}

#[test]
fn who_is_cut_off_offers_the_same_again_on_coming_back() {
    for from_page in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let bob = world.native();
            let ann = world.someone(from_page, "b");
            settle(world, &[ann, bob]);
            let key = if from_page {
                let offered = FileOffer {
                    magnet_uri: magnet(1),
                    is_all_inline_media: false,
                };
                world.page_offers(ann, "den", Some(offered));
                torrent(1)
            } else {
                share(world, ann, film(1));
                offer(1)
            };
            world.run(SECOND);
            let line = lines(world, bob)[0].key;

            world.part(&[ann], &[bob]);
            world.until("she is missed", 30 * SECOND, |world| {
                !world.sees(bob, ann, "den")
            });
            let lost = shown(world, bob, key);
            assert!(lost.gone && !lost.withdrawn && lost.holders.is_empty());
            assert_eq!(world.holders(bob, "den", &key), []);
            world.heal();
            world.until("they meet again", 90 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            world.run(2 * SECOND);

            let back = shown(world, bob, key);
            assert!(!back.gone && back.holders.len() == 1);
            assert_eq!(lines(world, bob)[0].key, line, "it is the same line");
        });
    }
}

#[test]
fn a_new_session_of_the_same_person_gives_what_the_old_one_offered() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        share(world, ann, film(1));
        world.run(SECOND);
        world.kill(ann);
        world.until("she is missed", 30 * SECOND, |world| {
            !world.sees(bob, ann, "den")
        });
        assert!(shown(world, bob, offer(1)).gone);
        let again = world.reborn(ann);
        come(world, again, &[bob]);
        assert!(shown(world, bob, offer(1)).gone, "not by coming alone");
        share(world, again, film(1));
        world.run(SECOND);

        let all = lines(world, bob);
        let there = |line: &&&Line| line.share.as_ref().is_some_and(|it| !it.gone);
        assert_eq!(all.iter().filter(there).count(), all.len());
        // Its session is another, and the line of the old one is hers to take back.
        unshare(world, again, offer(1)).expect("it is hers");
        world.run(SECOND);
        let withdrawn = |line: &&&Line| line.share.as_ref().is_some_and(|it| it.withdrawn);
        let all = lines(world, bob);
        assert_eq!(all.iter().filter(withdrawn).count(), all.len());
    });
}

#[test]
fn whoever_leaves_offers_nothing_there_any_more() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        share(world, ann, film(1));
        world.run(SECOND);
        world.leave(ann, "den");
        world.run(SECOND);
        assert!(shown(world, bob, offer(1)).gone);
        come(world, ann, &[bob]);
        assert!(shown(world, bob, offer(1)).gone);
        assert_eq!(unshare(world, ann, offer(1)), Err(Refusal::NoSuchShare));
    });
}

#[test]
fn those_who_have_some_are_known_to_all_and_to_who_comes_later() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        share(world, ann, film(1));
        world.run(SECOND);
        hold(world, bob, 1, Has::Part);
        world.run(SECOND);
        assert_eq!(world.holders(ann, "den", &offer(1)), [bob]);
        assert!(shown(world, ann, offer(1)).holders.is_empty(), "not yet");
        hold(world, bob, 1, Has::Whole);
        world.run(SECOND);
        let bobs_name = name(world, ann, bob);
        assert_eq!(shown(world, ann, offer(1)).holders, [bobs_name]);

        let cyd = world.native();
        come(world, cyd, &[ann, bob, page]);
        let mut holders = world.holders(cyd, "den", &offer(1));
        holders.sort();
        assert_eq!(holders, [ann, bob]);
        assert_eq!(shown(world, cyd, offer(1)).holders.len(), 2);

        world.leave(ann, "den");
        world.run(SECOND);
        assert!(!shown(world, cyd, offer(1)).gone, "bob has it");
        hold(world, bob, 1, Has::None);
        world.run(SECOND);
        assert!(shown(world, cyd, offer(1)).gone);
        assert_page_is_spared(world, page, bob);
    });
}

#[test]
fn who_comes_after_the_one_who_shared_it_has_it_from_those_who_fetched_it() {
    for private in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let room = at(private);
            let (ann, bob) = (world.native(), world.native());
            world.gather(&[ann, bob], &room, 25 * SECOND);
            world.run(2 * SECOND);
            for shared in [film(1), picture(2), film(3)] {
                share(world, ann, shared);
            }
            world.run(SECOND);
            hold(world, bob, 1, Has::Whole);
            hold(world, bob, 2, Has::Whole);
            hold(world, bob, 3, Has::Part);
            let line = lines(world, bob)[0].clone();
            world.leave(ann, "den");
            world.run(SECOND);
            assert!(!shown(world, bob, offer(1)).gone, "he has it himself");
            assert!(shown(world, bob, offer(3)).gone, "he has only some of it");

            let cyd = world.native();
            world.join(cyd, &room);
            world.until("they meet", 60 * SECOND, |world| {
                world.met(&[bob, cyd], "den")
            });
            world.run(2 * SECOND);
            for n in [1, 2] {
                let theirs = shown(world, cyd, offer(n));
                assert!(!theirs.gone && theirs.size == Some(film(n).size));
                assert_eq!(theirs.holders, [name(world, cyd, bob)]);
                assert_eq!(world.holders(cyd, "den", &offer(n)), [bob]);
            }
            let theirs = lines(world, cyd);
            assert_eq!(theirs.len(), 2, "once each, and nothing nobody has");
            assert!(theirs.iter().all(|it| it.backfilled), "nobody vouches");
            let first = theirs.iter().find(|it| it.id == line.id).expect("it");
            assert_eq!(first.author_id.as_ref(), Some(world.user(ann)));
            assert_eq!(first.time_sent, line.time_sent);
            // They make connections for it, though nobody there offers it.
            try_signal(world, cyd, bob, signal(1, 0)).expect("he has it");

            // And from her the next one has it.
            hold(world, cyd, 1, Has::Whole);
            world.leave(bob, "den");
            world.run(SECOND);
            let dan = world.native();
            world.join(dan, &room);
            world.until("they meet", 60 * SECOND, |world| {
                world.met(&[cyd, dan], "den")
            });
            world.run(2 * SECOND);
            assert_eq!(world.holders(dan, "den", &offer(1)), [cyd]);
            assert!(!shown(world, dan, offer(1)).gone);
        });
    }
}

#[test]
fn who_came_before_a_loss_was_noticed_has_it_too_from_those_who_fetched_it() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        share(world, ann, film(1));
        world.run(SECOND);
        hold(world, bob, 1, Has::Whole);
        world.run(SECOND);
        world.kill(ann);
        // For some seconds everybody takes her for one of those who are here.
        let cyd = world.native();
        world.join(cyd, &at(false));
        world.until("they meet", 5 * SECOND, |world| {
            world.met(&[bob, cyd], "den")
        });
        assert!(world.sees(bob, ann, "den"), "nobody misses her yet");
        assert!(lines(world, cyd).is_empty());

        world.until("she is missed", 60 * SECOND, |world| {
            !world.sees(bob, ann, "den")
        });
        world.run(SECOND);
        assert_eq!(world.holders(cyd, "den", &offer(1)), [bob]);
        assert!(!shown(world, cyd, offer(1)).gone);
        assert_eq!(lines(world, cyd).len(), 1);
    });
}

#[test]
fn nobody_is_told_twice_of_what_is_still_offered_or_was_taken_back() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        share(world, ann, film(1));
        share(world, ann, film(2));
        world.run(SECOND);
        hold(world, bob, 1, Has::Whole);
        hold(world, bob, 2, Has::Whole);
        unshare(world, ann, offer(2)).expect("it is hers");
        let cyd = world.native();
        come(world, cyd, &[ann, bob]);
        assert_eq!(lines(world, cyd).len(), 1);
        assert!(!lines(world, cyd)[0].backfilled, "its author told of it");
    });
}

#[test]
fn who_passes_on_what_it_does_not_have_is_not_believed() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, mallory) = (world.native(), world.native());
        settle(world, &[ann, mallory]);
        let told = Action::Share(Box::new(wire::Share {
            id: MessageId::parse("m-1").expect("an id"),
            offer: OfferName([1; 32]),
            name: "film".to_owned(),
            files: 1,
            size: 1,
            kind: ShareKind::Video,
            time_sent: 1,
            thumbnail: None,
            inline: None,
            author: Some(world.user(ann).clone()),
        }));
        smuggle(world, mallory, ann, 1, &told);
        world.run(SECOND);
        assert!(lines(world, ann).is_empty());
    });
}

#[test]
fn who_is_here_again_does_not_have_again_what_it_offered_before() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        share(world, ann, picture(1));
        world.run(SECOND);
        world.leave(ann, "den");
        world.run(SECOND);
        come(world, ann, &[bob]);
        let cyd = world.native();
        come(world, cyd, &[ann, bob]);
        for who in [ann, cyd] {
            let theirs = shown(world, who, torrent(101));
            assert!(theirs.gone && theirs.holders.is_empty(), "{theirs:?}");
            assert_eq!(world.holders(who, "den", &torrent(101)), []);
        }
        // Somebody of whom it is known only later who they are, either.
        world.leave(ann, "den");
        world.run(SECOND);
        come(world, ann, &[bob, cyd]);
        assert!(shown(world, cyd, torrent(101)).gone);
    });
}

#[test]
fn nobody_has_any_more_of_what_was_taken_back() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd]);
        share(world, ann, film(1));
        world.run(SECOND);
        hold(world, bob, 1, Has::Whole);
        world.run(SECOND);
        assert_eq!(world.holders(cyd, "den", &offer(1)).len(), 2);
        unshare(world, ann, offer(1)).expect("it is hers");
        world.run(SECOND);

        for who in [ann, bob, cyd] {
            assert_eq!(world.holders(who, "den", &offer(1)), []);
            assert!(shown(world, who, offer(1)).holders.is_empty());
        }
        let late = world.native();
        come(world, late, &[ann, bob, cyd]);
        assert_eq!(world.holders(late, "den", &offer(1)), [], "bob lets it go");
        assert!(lines(world, late).is_empty());
    });
}

#[test]
fn what_two_people_offer_is_there_until_both_have_taken_it_back() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd]);
        share(world, ann, film(1));
        share(world, bob, film(1));
        world.run(SECOND);
        unshare(world, ann, offer(1)).expect("it is hers");
        world.run(SECOND);

        assert_eq!(world.holders(cyd, "den", &offer(1)), [bob]);
        let states: Vec<(bool, bool)> = lines(world, cyd)
            .iter()
            .filter_map(|line| line.share.as_ref())
            .map(|share| (share.withdrawn, share.gone))
            .collect();
        assert_eq!(states.len(), 2);
        assert!(states.contains(&(false, false)));
        assert!(states.iter().any(|(withdrawn, _)| *withdrawn));
    });
}

#[test]
fn what_somebody_blocked_offers_is_gone_and_more_is_not_heard() {
    for from_page in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let mallory = world.someone(from_page, "m");
            settle(world, &[ann, mallory]);
            let key = if from_page {
                world.page_shows(mallory, "den", &magnet(1));
                torrent(1)
            } else {
                share(world, mallory, film(1));
                offer(1)
            };
            world.run(SECOND);
            assert!(!shown(world, ann, key).gone);
            let person = world.person(mallory);
            let judge = |standing| Command::Judge {
                person: person.clone(),
                standing,
            };
            let (blocked, normal) = (judge(Standing::Blocked), judge(Standing::Normal));
            world.command(ann, blocked).expect("it is decided");
            assert!(shown(world, ann, key).gone);
            world.run(60 * SECOND);
            if from_page {
                world.page_shows(mallory, "den", &magnet(2));
            } else {
                share(world, mallory, film(2));
            }
            world.run(5 * SECOND);
            assert_eq!(lines(world, ann).len(), 1);

            // Nor what others pass on of theirs.
            let page = world.browser("c");
            come(world, page, &[ann]);
            world.run(30 * SECOND);
            assert_eq!(lines(world, ann).len(), 1);
            world.command(ann, normal).expect("it is decided");
        });
    }
}

#[test]
fn what_somebody_muted_offers_is_folded_away() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        share(world, bob, film(1));
        world.run(SECOND);
        let judge = Command::Judge {
            person: world.person(bob),
            standing: Standing::Muted,
        };
        world.command(ann, judge).expect("it is decided");
        share(world, bob, film(2));
        world.run(SECOND);
        let folds: Vec<_> = lines(world, ann).iter().map(|it| it.folded).collect();
        assert_eq!(folds, [Some(Fold::Muted); 2]);
    });
}

#[test]
fn in_a_room_that_is_plain_for_strangers_nothing_of_theirs_is_shown_unasked() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (page, other) = (world.browser("b"), world.browser("c"));
        settle(world, &[page, other]);
        world.page_shows(page, "den", &magnet(1));
        world.run(SECOND);
        world.kill(page);
        world.run(30 * SECOND);
        let ann = world.native();
        world.join(ann, &World::public("den"));
        let rules = Rules {
            plain_strangers: true,
            auto_media: false,
            slow: false,
        };
        let rules = Command::SetRules { room: den(), rules };
        world.command(ann, rules).expect("it is decided");
        world.until("they meet", 40 * SECOND, |world| {
            world.met(&[ann, other], "den")
        });
        world.run(2 * SECOND);
        assert!(lines(world, ann)[0].plain, "nobody vouches for it");
        assert!(shown(world, ann, torrent(1)).inline);
        // Whoever is known is shown.
        let judge = Command::Judge {
            person: world.person(other),
            standing: Standing::Known,
        };
        world.command(ann, judge).expect("it is decided");
        world.page_shows(other, "den", &magnet(2));
        world.run(SECOND);
        assert!(!lines(world, ann)[1].plain);
    });
}

#[test]
fn nobody_offers_without_end() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, mallory) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, mallory]);
        for n in 0..MAX_SHARES_BY_ONE {
            share(world, bob, film(u8::try_from(n).expect("few")));
        }
        let limit = MAX_SHARES_BY_ONE;
        let refused = try_share(world, bob, film(200));
        assert_eq!(refused, Err(Refusal::TooManyShares { limit }));
        world.run(2 * SECOND);
        assert_eq!(lines(world, ann).len(), MAX_SHARES_BY_ONE);
        assert!(lines(world, ann).iter().all(|it| it.folded.is_none()));
        assert!(world.witness(ann).problems_ever().is_empty());

        // One who keeps to no rule, with a picture each time.
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 9, 0, 9];
        jpeg.resize(wire::share::MAX_THUMBNAIL_BYTES, 0);
        for n in 0..400_u16 {
            if !world.are_connected(mallory, ann) {
                break;
            }
            let mut name = [0; 32];
            name[..2].copy_from_slice(&n.to_be_bytes());
            let told = Action::Share(Box::new(wire::Share {
                id: MessageId::parse(&format!("m-{n}")).expect("an id"),
                offer: OfferName(name),
                name: format!("flood {n}"),
                files: 1,
                size: 1,
                kind: ShareKind::Image,
                time_sent: 1,
                thumbnail: Some(jpeg.clone().into()),
                inline: None,
                author: None,
            }));
            smuggle(world, mallory, ann, 2 * n, &told);
            let ended = Action::Unshare(OfferName(name));
            smuggle(world, mallory, ann, n, &ended);
        }
        world.run(5 * SECOND);
        let flood: Vec<&Line> = lines(world, ann)
            .into_iter()
            .filter(|line| line.peer_id == world.id(mallory))
            .collect();
        assert!(flood.len() <= 60, "{}", flood.len());
        let theirs = lines(world, ann).len() - flood.len();
        assert_eq!(theirs, MAX_SHARES_BY_ONE, "bob's are all there");
    });
}

#[test]
fn at_once_a_peer_offers_only_so_much_whatever_it_says() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, mallory) = (world.native(), world.native());
        settle(world, &[ann, mallory]);
        for n in 0..60_u8 {
            let told = Action::Share(Box::new(wire::Share {
                id: MessageId::parse(&format!("m-{n}")).expect("an id"),
                offer: OfferName([n; 32]),
                name: "flood".to_owned(),
                files: 1,
                size: 1,
                kind: ShareKind::File,
                time_sent: 1,
                thumbnail: None,
                inline: None,
                author: None,
            }));
            smuggle(world, mallory, ann, u16::from(n), &told);
        }
        world.run(SECOND);
        assert_eq!(lines(world, ann).len(), MAX_SHARES_BY_ONE);
        let holders = |n: u8| world.holders(ann, "den", &offer(n)).len();
        assert_eq!((0..60).map(holders).sum::<usize>(), MAX_SHARES_BY_ONE);
    });
}

#[test]
fn signals_pass_only_between_our_kind_and_only_about_what_one_of_the_two_has() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        share(world, ann, film(1));
        world.run(SECOND);

        // Who wants it asks, and who has it answers.
        try_signal(world, bob, ann, signal(1, 0)).expect("she has it");
        try_signal(world, ann, bob, signal(1, 1)).expect("she has it");
        world.run(SECOND);
        assert_eq!(world.signalled(ann), [(world.id(bob), signal(1, 0))]);
        assert_eq!(world.signalled(bob), [(world.id(ann), signal(1, 1))]);

        let nothing = try_signal(world, bob, ann, signal(2, 0));
        assert_eq!(nothing, Err(Refusal::NoSuchShare));
        let nobody = try_signal(world, ann, page, signal(1, 0));
        assert_eq!(nobody, Err(Refusal::NobodyThere));
        // Whoever says so all the same is not heard.
        smuggle(world, bob, ann, 900, &Action::TransferSignal(signal(2, 0)));
        smuggle(world, page, ann, 900, &Action::TransferSignal(signal(1, 0)));
        world.run(SECOND);
        assert_eq!(world.signalled(ann).len(), 1);
        assert_page_is_spared(world, page, ann);
        assert_page_is_spared(world, page, bob);

        unshare(world, ann, offer(1)).expect("it is hers");
        world.run(SECOND);
        let over = try_signal(world, bob, ann, signal(1, 2));
        assert_eq!(over, Err(Refusal::NoSuchShare));
    });
}

#[test]
fn whoever_moves_bytes_is_told_who_came_who_left_and_who_was_turned_away() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cleo) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cleo]);
        let told = |world: &World, of: Who| -> Vec<Presence> {
            let all = world.presences(ann).iter();
            let of = world.id(of);
            all.filter(|(peer, _)| *peer == of)
                .map(|(_, it)| *it)
                .collect()
        };
        assert_eq!(told(world, bob).last(), Some(&Presence::Here));
        assert_eq!(told(world, cleo).last(), Some(&Presence::Here));

        world.leave(bob, "den");
        let who = PersonId::Profile(world.user(cleo).clone());
        let standing = Standing::Blocked;
        let judge = Command::Judge {
            person: who,
            standing,
        };
        world.command(ann, judge).expect("anybody may be judged");
        world.run(SECOND);

        assert_eq!(told(world, bob).last(), Some(&Presence::Gone));
        assert_eq!(told(world, cleo).last(), Some(&Presence::Gone));
    });
}

#[test]
fn whoever_is_lost_without_a_word_is_told_as_lost() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        world.kill(bob);
        world.run(60 * SECOND);
        let last = world.presences(ann).last();
        assert_eq!(last, Some(&(world.id(bob), Presence::Lost)));
    });
}

#[test]
fn signals_without_end_are_not_all_heard() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, mallory) = (world.native(), world.native());
        settle(world, &[ann, mallory]);
        share(world, ann, film(1));
        world.run(SECOND);
        for n in 0..500_u16 {
            let told = Action::TransferSignal(signal(1, u64::from(n)));
            smuggle(world, mallory, ann, n, &told);
        }
        world.run(SECOND);
        let heard = world.signalled(ann).len();
        assert!((32..100).contains(&heard), "{heard}");
        assert!(world.sees(ann, mallory, "den"), "it is not cut off for it");
    });
}

#[test]
fn a_page_that_goes_on_about_files_is_no_flood_to_us() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("m"));
        settle(world, &[ann, page]);
        for n in 0..200_u8 {
            let offered = FileOffer {
                magnet_uri: magnet(n),
                is_all_inline_media: n % 2 == 0,
            };
            world.page_offers(page, "den", Some(offered));
            world.page_shows(page, "den", &magnet(n));
            world.page_offers(page, "den", None);
        }
        let garbage = FileOffer {
            magnet_uri: "magnet:?xt=urn:btih:12".to_owned(),
            is_all_inline_media: false,
        };
        world.page_offers(page, "den", Some(garbage));
        world.run(5 * SECOND);
        assert!(lines(world, ann).len() <= 90, "{}", lines(world, ann).len());
        world.say(page, "den", "still here");
        world.run(SECOND);
        assert!(world.has(ann, "den", "still here"));
    });
}

#[test]
fn taking_a_line_back_takes_back_what_it_offers() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        share(world, ann, film(1));
        world.run(SECOND);
        let line = lines(world, ann)[0].key;
        let edit = Command::Edit {
            room: den(),
            line,
            text: "words".to_owned(),
        };
        assert_eq!(world.command(ann, edit), Err(Refusal::NoSuchLine));
        let delete = Command::Delete { room: den(), line };
        world.command(ann, delete).expect("it is hers");
        world.run(SECOND);

        assert!(lines(world, bob).is_empty());
        assert_eq!(world.holders(bob, "den", &offer(1)), []);
        assert!(world.witness(bob).lines("den").iter().any(|it| it.deleted));
        assert_eq!(link(world, page, ann), None);
        assert_eq!(unshare(world, ann, offer(1)), Err(Refusal::NoSuchShare));
    });
}

#[test]
fn nobody_takes_back_what_another_offers() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, mallory) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, mallory]);
        let id = share(world, bob, film(1));
        world.run(SECOND);
        let told = Action::Share(Box::new(wire::Share {
            id,
            offer: OfferName([1; 32]),
            name: "other".to_owned(),
            files: 9,
            size: 9,
            kind: ShareKind::File,
            time_sent: 1,
            thumbnail: None,
            inline: None,
            author: None,
        }));
        smuggle(world, mallory, ann, 1, &told);
        let ended = Action::Unshare(OfferName([1; 32]));
        smuggle(world, mallory, ann, 1, &ended);
        world.run(SECOND);
        let bobs = lines(world, ann)
            .into_iter()
            .find(|line| line.peer_id == world.id(bob))
            .and_then(|line| line.share.as_ref())
            .expect("it is shown");
        assert!(!bobs.withdrawn && !bobs.gone);
        assert_eq!(bobs.name, "film 1.mkv");
    });
}

/// The room of a story that is the same whether one needs a password or not.
fn at(private: bool) -> wire::RoomAddress {
    if private {
        World::private("den", "secret")
    } else {
        World::public("den")
    }
}
