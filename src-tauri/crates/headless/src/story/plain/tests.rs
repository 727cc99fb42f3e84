//! What people read of what happens.

use view::TrackerFailure;

use super::*;

pub(in crate::story) fn line(author: &str, text: &str) -> Event {
    let mut event = view::project(room::Event::LineAdded {
        room: room::RoomKey::from_text("demo"),
        with: None,
        line: room::Line {
            id: wire::MessageId::parse("m").expect("an id"),
            peer_id: wire::PeerId::parse("01234567890123456789").expect("an id"),
            author: String::new(),
            author_id: None,
            text: text.to_owned(),
            time_sent: 0,
            time_received: 61_000,
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
    });
    if let Event::LineAdded { line, .. } = &mut event {
        line.author = author.to_owned();
    }
    event
}

fn plain(width: Option<usize>) -> Plain {
    Plain::new(UtcOffset::UTC, width, true)
}

#[test]
fn a_line_shows_when_who_and_what() {
    let rows = plain(Some(80)).rows(&line("Ada", "hello *you*"));

    assert_eq!(rows, ["00:01  Ada: hello *you*"]);
}

#[test]
fn nobody_can_write_a_line_that_seems_to_be_another_s() {
    let fake = "00:01  Bob: I agree";
    let filler = " ".repeat(80 - "00:01  Eve: ".len());
    for text in [
        format!("hi\n{fake}"),
        format!("hi\r{fake}"),
        format!("hi\u{1b}[1G{fake}"),
        format!("hi\u{2028}{fake}"),
        format!("{filler}{fake}"),
    ] {
        let rows = plain(Some(80)).rows(&line("Eve", &text));

        let left: Vec<&String> = rows.iter().filter(|row| !row.starts_with("  ")).collect();
        assert_eq!(left.len(), 1, "{rows:?}");
        assert!(left[0].starts_with("00:01  Eve:"), "{rows:?}");
    }
    let rows = plain(None).rows(&line("Eve\n00:01  Bob", "hi"));
    assert_eq!(rows, ["00:01  Eve 00:01  Bob: hi"]);
}

fn changed(event: Event, change: impl FnOnce(&mut Line)) -> Event {
    match event {
        Event::LineAdded {
            room,
            with,
            mut line,
        } => {
            change(&mut line);
            Event::LineReplaced { room, with, line }
        }
        other => other,
    }
}

#[test]
fn words_between_two_people_are_told_apart_from_the_room_s() {
    let mut plain = plain(None);
    let mut event = line("Ada", "psst");
    if let Event::LineAdded { with, .. } = &mut event {
        *with = Some("session:01234567890123456789".to_owned());
    }

    assert_eq!(plain.rows(&event), ["00:01  Ada (to you alone): psst"]);
}

/// What the line shares.
fn sharing(event: Event, share: Share) -> Event {
    match event {
        Event::LineAdded {
            room,
            with,
            mut line,
        } => {
            line.share = Some(share);
            Event::LineAdded { room, with, line }
        }
        other => other,
    }
}

#[test]
fn what_is_shared_stands_at_the_time_it_was_shared_also_for_who_comes_later() {
    let mut plain = Plain::new(UtcOffset::UTC, Some(80), false);
    let told = |sent: i64| {
        let mut event = sharing(line("Ada", ""), crate::story::share());
        if let Event::LineAdded { line, .. } = &mut event {
            line.time_sent = sent;
            line.time_received = 14 * 60_000;
        }
        event
    };
    for (sent, shown) in [(9 * 60_000, "00:09"), (0, "00:14"), (99 * 60_000, "00:14")] {
        let rows = plain.rows(&told(sent));
        assert!(rows[0].starts_with(shown), "{rows:?}");
    }
}

#[test]
fn what_is_shared_is_one_line_with_its_number_and_what_to_do() {
    let mut plain = Plain::new(UtcOffset::UTC, Some(80), false);
    let hostile = Share {
        name: "fi\u{202e}vkm\u{1b}[2J.exe\n00:02  Ben: hi".to_owned(),
        ..crate::story::share()
    };
    let event = sharing(line("Ada", ""), crate::story::share());

    assert_eq!(
        plain.rows(&event),
        ["00:01  [1] film.mkv · 1.2 GB · from Ada — /get 1"]
    );
    let rows = plain.rows(&sharing(line("Ada", ""), hostile));
    assert_eq!(
        rows[0],
        "00:01  [1] fivkm.exe 00:02  Ben: hi · 1.2 GB · from Ada — /get 1"
    );
    let mine = match event.clone() {
        Event::LineAdded {
            room,
            with,
            mut line,
        } => {
            line.own = true;
            Event::LineAdded { room, with, line }
        }
        other => other,
    };
    assert_eq!(
        plain.rows(&mine),
        ["00:01  [1] film.mkv · 1.2 GB · shared by you — /unshare 1"],
        "its number is told even where what is typed is not repeated"
    );
}

#[test]
fn what_can_no_longer_be_had_is_told_once() {
    let mut plain = plain(None);
    let event = sharing(line("Ada", ""), crate::story::share());
    plain.rows(&event);
    let now = |change: fn(&mut Share)| {
        changed(event.clone(), |line| {
            if let Some(share) = &mut line.share {
                change(share);
            }
        })
    };

    let held = now(|share| share.holders.push("Ben".to_owned()));
    assert!(plain.rows(&held).is_empty());
    let gone = now(|share| share.gone = true);
    assert_eq!(
        plain.rows(&gone),
        ["       - Nobody who has film.mkv (line #1) is here any more."]
    );
    assert!(plain.rows(&gone).is_empty());
    assert_eq!(
        plain.rows(&held),
        ["       - Somebody who has film.mkv (line #1) is here."]
    );
    let withdrawn = now(|share| share.withdrawn = true);
    assert_eq!(
        plain.rows(&withdrawn),
        ["       - Ada took back film.mkv (line #1)."]
    );
}

#[test]
fn how_a_transfer_ends_is_told_with_the_number_to_go_on_by() {
    use view::{TransferFault, TransferState};
    let mut plain = plain(None);
    plain.rows(&sharing(line("Ada", ""), crate::story::share()));
    let failed = view::Transfer {
        reason: Some(TransferFault::WrongHash),
        ..crate::story::transfer(TransferState::Failed, 10)
    };

    assert_eq!(
        plain.rows(&Event::TransferChanged { transfer: failed }),
        ["       ! film.mkv did not come: what came is not what was promised; /get 1."]
    );
    assert_eq!(
        plain.rows(&Event::TransferGone {
            room: "demo".to_owned(),
            key: crate::story::share().key,
        }),
        ["       - film.mkv is not fetched any more."]
    );
}

fn like(name: &str) -> view::Likeness {
    let name = name.to_owned();
    view::Likeness::Person { name }
}

fn peer(name: &str, imitates: Option<&str>) -> Peer {
    let peer_id = wire::PeerId::parse("01234567890123456789").expect("an id");
    Peer::from(room::Peer {
        person: room::PersonId::Session(peer_id),
        peer_id,
        user_id: None,
        name: name.to_owned(),
        custom_name: name.to_owned(),
        animal_name: "Shiny Lynx".to_owned(),
        public_key: None,
        trust: room::Trust::Verified,
        native: true,
        path: room::Path::Direct,
        typing: false,
        standing: room::Standing::Normal,
        known: false,
        slowed: false,
        imitates: imitates.map(|it| room::Likeness::Person(it.to_owned())),
        key_changed: false,
        proof: room::Proof::None,
        talks: true,
    })
}

#[test]
fn a_name_like_another_s_is_told_when_it_comes_and_beside_each_line() {
    let mut plain = plain(None);
    let room = "demo".to_owned();
    let joined = |peer| Event::PeerJoined {
        room: room.clone(),
        peer,
        was_there: false,
    };
    let changed = |peer| Event::PeerChanged {
        room: room.clone(),
        peer,
    };
    let notice = |what| Event::NoticeAdded {
        room: room.clone(),
        notice: view::Notice {
            id: 1,
            time: 0,
            what,
        },
    };
    let animal_name = Some("Shiny Lynx".to_owned());
    plain.rows(&joined(peer("Adа", Some("Ada"))));
    let came = notice(view::NoticeKind::Joined {
        peer_id: "01234567890123456789".to_owned(),
        name: "Adа".to_owned(),
        animal_name: animal_name.clone(),
        imitates: Some(like("Ada")),
    });
    assert_eq!(
        plain.rows(&came),
        ["00:00  * Adа (Shiny Lynx) joined, with a name like Ada's."]
    );
    let mut said = line("Adа", "send it to me");
    if let Event::LineAdded { line, .. } = &mut said {
        line.imitates = Some(like("Ada"));
    }
    assert_eq!(
        plain.rows(&said),
        ["00:01  Adа (a name like Ada's): send it to me"]
    );
    // What is said under one's own name has no part in that.
    assert_eq!(plain.rows(&line("Bob", "hello")), ["00:01  Bob: hello"]);

    // A notice tells of a name that was taken, and of nothing else that changed.
    assert!(plain.rows(&changed(peer("Bob", None))).is_empty());
    assert!(plain.rows(&changed(peer("Beh", Some("Ben")))).is_empty());
    let renamed = notice(view::NoticeKind::Renamed {
        peer_id: "01234567890123456789".to_owned(),
        from: "Bob".to_owned(),
        to: "Beh".to_owned(),
        animal_name,
        imitates: Some(like("Ben")),
    });
    assert_eq!(
        plain.rows(&renamed),
        ["00:00  * Bob is now called Beh (Shiny Lynx), a name like Ben's."]
    );
    assert_eq!(
        plain.rows(&changed(peer("Beh", Some("Bch")))),
        ["       - Beh (Shiny Lynx) has a name like Bch's."]
    );
    for (likeness, told) in [
        (room::Likeness::Ours, "a name like yours"),
        (room::Likeness::Oneself, "a name that reads as yourself"),
    ] {
        let mut other = peer("Beh", None);
        other.imitates = Some(likeness.into());
        assert_eq!(
            plain.rows(&changed(other)),
            [format!("       - Beh (Shiny Lynx) has {told}.")]
        );
    }
}

#[test]
fn emoji_are_shown_as_they_are_meant() {
    let rows = plain(None).rows(&line("Ada", "hello :smile: `:smile:`"));

    assert_eq!(rows, ["00:01  Ada: hello 😄 `:smile:`"]);
}

#[test]
fn that_no_tracker_could_be_reached_is_told_to_be_over() {
    let mut plain = plain(None);
    let problem = |id, what| Event::ProblemAdded {
        problem: view::Problem { id, time: 0, what },
    };
    plain.rows(&problem(7, view::ProblemKind::NoTracker));
    plain.rows(&problem(8, view::ProblemKind::NotKept));

    assert!(plain.rows(&Event::ProblemGone { id: 8 }).is_empty());
    assert_eq!(
        plain.rows(&Event::ProblemGone { id: 7 }),
        ["       - A tracker can be reached again."]
    );
    assert!(plain.rows(&Event::ProblemGone { id: 7 }).is_empty());
}

#[test]
fn other_words_are_news_and_an_emoji_is_none() {
    let mut plain = plain(None);
    plain.rows(&line("Ada", "frist"));

    let edited = changed(line("Ada", "first"), |_| {});
    assert_eq!(
        plain.rows(&edited),
        ["       - Ada now says in line #1: first"]
    );
    let marked = changed(line("Ada", "first"), |line| {
        line.reactions.push(view::Reaction {
            emoji: "!".to_owned(),
            names: vec!["Ben".to_owned()],
            own: false,
        });
    });
    assert!(plain.rows(&marked).is_empty());
    let deleted = changed(line("Ada", ""), |line| line.deleted = true);
    assert_eq!(plain.rows(&deleted), ["       - Ada took back line #1."]);
}

#[test]
fn what_a_muted_person_says_is_folded_away_and_what_comes_fast_is_not() {
    let mut plain = plain(None);
    for (fold, shown) in [
        (Fold::Muted, false),
        (Fold::Blocked, false),
        (Fold::Slow, false),
        (Fold::Flood, true),
    ] {
        let mut event = line("Eve", "words");
        if let Event::LineAdded { line, .. } = &mut event {
            line.folded = Some(fold);
        }
        let rows = plain.rows(&event).concat();
        assert_eq!(rows.contains("words"), shown, "{rows}");
        assert_eq!(rows.contains("/show 1"), !shown, "{rows}");
    }
}

#[test]
fn a_tracker_that_stays_as_it_is_is_told_once() {
    let mut plain = plain(None);
    let failed = |state| {
        Event::TrackerChanged(Tracker {
            url: "ws://127.0.0.1:9".to_owned(),
            state,
            reason: Some(TrackerFailure::Unreachable),
            status: None,
            message: None,
            local: false,
            retry_at: None,
        })
    };

    let told: Vec<String> = [
        TrackerState::Connecting,
        TrackerState::Failed,
        TrackerState::Connecting,
        TrackerState::Failed,
        TrackerState::Open,
    ]
    .into_iter()
    .flat_map(|state| plain.rows(&failed(state)))
    .collect();

    assert_eq!(told.len(), 2, "{told:?}");
}
