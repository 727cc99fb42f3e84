//! One node, fed by hand: what it asks for, what it refuses, when it rests.

use std::sync::OnceLock;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use room::{
    Answer, Command, Event, Identity, Input, Now, Output, PersonId, Problem, ProblemKind, Refusal,
    RoomKey, Rooms, Rules, Standing, TrackerFailure, TrackerState,
};
use wire::{Access, FromTracker, KeyPair, LinkId, Origin, PeerId, RoomAddress, RoomName, UserId};

const TRACKER: &str = "wss://tracker.example";

#[test]
fn a_room_is_called_by_its_name_at_home_and_by_its_origin_elsewhere() {
    let mut rooms = rooms();

    let home = join(&mut rooms, "https://chitchatter.im", "den");
    let abroad = join(&mut rooms, "http://localhost:3000", "den");

    assert_eq!(home, Ok(Answer::Room(RoomKey::from_text("den"))));
    let key = RoomKey::from_text("http://localhost:3000/den");
    assert_eq!(abroad, Ok(Answer::Room(key)));
}

#[test]
fn joining_a_room_again_changes_nothing() {
    let mut rooms = rooms();
    let first = join(&mut rooms, "https://chitchatter.im", "den");
    outputs(&mut rooms);

    let second = join(&mut rooms, "https://chitchatter.im", "den");

    assert_eq!(first, second);
    assert_eq!(outputs(&mut rooms), []);
}

#[test]
fn there_is_an_end_to_how_many_rooms_are_joined() {
    let mut rooms = rooms();
    for n in 0..room::MAX_ROOMS {
        let joined = join(&mut rooms, "https://chitchatter.im", &format!("room {n}"));
        assert!(joined.is_ok());
    }

    let one_more = join(&mut rooms, "https://chitchatter.im", "one more");

    let limit = room::MAX_ROOMS;
    assert_eq!(one_more, Err(Refusal::TooManyRooms { limit }));
}

#[test]
fn what_cannot_be_said_is_refused_with_a_reason() {
    let mut rooms = rooms();
    let den = RoomKey::from_text("den");
    let say = |rooms: &mut Rooms, text: &str| {
        let (room, text) = (RoomKey::from_text("den"), text.to_owned());
        rooms.command(
            at(1),
            Command::Say {
                room,
                with: None,
                text,
                reply_to: None,
            },
        )
    };
    assert_eq!(say(&mut rooms, "hello"), Err(Refusal::NotJoined));
    assert_eq!(
        rooms.command(at(1), Command::Leave(den)),
        Err(Refusal::NotJoined)
    );
    join(&mut rooms, "https://chitchatter.im", "den").expect("it can be joined");

    assert_eq!(say(&mut rooms, " \n\t"), Err(Refusal::EmptyMessage));
    assert!(say(&mut rooms, &"x".repeat(9_999)).is_ok());
    let too_long = Refusal::MessageTooLong {
        units: 10_000,
        limit: 9_999,
    };
    assert_eq!(say(&mut rooms, &"x".repeat(10_000)), Err(too_long));
    // Browsers count UTF-16 units, of which some characters need two.
    assert!(say(&mut rooms, &"🙂".repeat(4_999)).is_ok());
    assert!(say(&mut rooms, &"🙂".repeat(5_000)).is_err());
}

#[test]
fn who_talks_alone_is_asked_to_wait_at_last() {
    let mut rooms = rooms();
    join(&mut rooms, "https://chitchatter.im", "den").expect("it can be joined");

    let refused = (0..2_000).find_map(|n| {
        let (room, text) = (RoomKey::from_text("den"), format!("line {n}"));
        rooms
            .command(
                at(1),
                Command::Say {
                    room,
                    with: None,
                    text,
                    reply_to: None,
                },
            )
            .err()
    });

    assert_eq!(refused, Some(Refusal::Busy));
}

#[test]
fn a_name_is_taken_clean_and_short_or_refused() {
    let mut rooms = rooms();

    let long = rooms.command(at(1), Command::Rename("n".repeat(31)));
    assert_eq!(long, Err(Refusal::NameTooLong { limit: 30 }));

    rooms
        .command(at(1), Command::Rename("Ann\u{202e}\n".to_owned()))
        .expect("a name");
    assert_eq!(rooms.me().custom_name, "Ann");
    rooms
        .command(at(1), Command::Rename(String::new()))
        .expect("no name is a name");
    assert_eq!(rooms.me().name, rooms.me().animal_name);
}

#[test]
fn trackers_are_opened_with_the_first_room_and_closed_some_time_after_the_last() {
    let mut rooms = rooms();
    add_tracker(&mut rooms);
    assert!(
        !outputs(&mut rooms).iter().any(is_open),
        "nobody needs it yet"
    );

    join(&mut rooms, "https://chitchatter.im", "den").expect("it can be joined");
    assert!(outputs(&mut rooms).iter().any(is_open));
    let left = rooms.command(at(2), Command::Leave(RoomKey::from_text("den")));
    assert_eq!(left, Ok(Answer::Done));

    let mut closed_at = None;
    for _ in 0..20 {
        let Some(wake) = rooms.next_wake() else { break };
        let now = Now {
            since_start: wake,
            unix_ms: 0,
        };
        rooms.handle(now, Input::Wake);
        let closed = |output: &Output| matches!(output, Output::CloseTracker { .. });
        if outputs(&mut rooms).iter().any(closed) {
            closed_at = Some(wake);
        }
    }
    assert_eq!(closed_at, Some(Duration::from_secs(2 + 30)));
    assert_eq!(rooms.next_wake(), None, "and then there is nothing to do");
}

#[test]
fn an_announce_goes_out_at_once_and_again_with_offers_when_they_are_made() {
    let mut rooms = rooms();
    let links = joined_with_tracker(&mut rooms);
    assert_eq!(links.len(), 3, "as many as browsers make");
    let first = announces(&outputs(&mut rooms));
    assert_eq!(first.len(), 1);
    assert!(first[0].contains(r#""offers":[]"#));

    for link in links {
        made(&mut rooms, link);
    }

    let second = announces(&outputs(&mut rooms));
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].matches("offer_id").count(), 3);
    assert!(!second[0].contains("the description"), "it is sealed");
}

#[test]
fn leaving_withdraws_from_the_tracker_and_closes_what_was_begun() {
    let mut rooms = rooms();
    let links = joined_with_tracker(&mut rooms);
    outputs(&mut rooms);

    rooms
        .command(at(2), Command::Leave(RoomKey::from_text("den")))
        .expect("it was joined");

    let done = outputs(&mut rooms);
    assert!(announces(&done)[0].contains(r#""event":"stopped""#));
    for link in links {
        assert!(done.contains(&Output::Close { link }));
    }
}

#[test]
fn a_closed_tracker_is_a_problem_only_when_no_other_is_left() {
    let mut rooms = rooms();
    joined_with_tracker(&mut rooms);
    let closed = Input::TrackerClosed {
        url: TRACKER.to_owned(),
        reason: TrackerFailure::Unreachable,
        retry_in: Duration::from_secs(3),
    };
    outputs(&mut rooms);

    rooms.handle(at(2), closed);

    let shown = rooms.snapshot();
    assert!(matches!(
        shown.trackers[0].state,
        TrackerState::Failed {
            reason: TrackerFailure::Unreachable
        }
    ));
    assert_eq!(shown.trackers[0].retry_at, Some(2_000 + 3_000));
    let Some(Problem { id, what, .. }) = shown.problems.first() else {
        panic!("nobody is told");
    };
    assert_eq!(*what, ProblemKind::NoTracker);

    rooms
        .command(at(3), Command::DismissProblem(*id))
        .expect("it can be dismissed");
    assert!(rooms.snapshot().problems.is_empty());
    let gone = Output::Tell(Event::ProblemGone { id: *id });
    assert!(outputs(&mut rooms).contains(&gone));
}

#[test]
fn a_room_with_nowhere_to_meet_anybody_is_a_problem_until_there_is_somewhere() {
    let mut rooms = rooms();
    let problems = |rooms: &Rooms| -> Vec<ProblemKind> {
        let shown = rooms.snapshot().problems;
        shown.into_iter().map(|it| it.what).collect()
    };
    join(&mut rooms, "https://chitchatter.im", "den").expect("joined");
    assert!(problems(&rooms).is_empty(), "others are looked for nearby");

    rooms.handle(at(1), Input::LookingNear(false));
    assert_eq!(problems(&rooms), [ProblemKind::NowhereToMeet]);
    let told = rooms.snapshot().problems.remove(0).id;
    let dismiss = Command::DismissProblem(told);
    rooms.command(at(2), dismiss).expect("it can be dismissed");
    rooms.handle(at(3), Input::Wake);
    assert!(problems(&rooms).is_empty(), "it is told once");

    let added = Input::TrackerAdded {
        url: TRACKER.to_owned(),
        local: false,
    };
    rooms.handle(at(4), added);
    let removed = Input::TrackerRemoved {
        url: TRACKER.to_owned(),
    };
    rooms.handle(at(5), removed);
    assert_eq!(problems(&rooms), [ProblemKind::NowhereToMeet]);
    rooms.handle(at(6), Input::LookingNear(true));
    assert!(problems(&rooms).is_empty());
}

#[test]
fn what_could_not_be_kept_is_told_each_time_until_it_could() {
    let mut rooms = rooms();
    let mut told = Vec::new();
    for second in 1..=2 {
        rooms.handle(at(second), Input::Kept(false));
        let problems = rooms.snapshot().problems;
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].what, ProblemKind::NotKept);
        told.push(problems[0].id);
    }
    assert_ne!(told[0], told[1]);

    rooms.handle(at(3), Input::Kept(true));
    assert!(rooms.snapshot().problems.is_empty());
}

#[test]
fn the_same_history_and_seed_lead_to_the_same_end() {
    let mut one = rooms();
    let mut two = rooms();
    for rooms in [&mut one, &mut two] {
        let links = joined_with_tracker(rooms);
        for link in links {
            made(rooms, link);
        }
    }

    assert_eq!(outputs(&mut one), outputs(&mut two));
    assert_eq!(one.snapshot(), two.snapshot());
}

fn join(rooms: &mut Rooms, origin: &str, name: &str) -> Result<Answer, Refusal> {
    let address = RoomAddress {
        origin: Origin::parse(origin).expect("an origin"),
        name: RoomName::parse(name).expect("a name"),
        access: Access::Public,
    };
    rooms.command(at(1), Command::Join(address))
}

/// In the den, with a tracker whose socket is open. Gives the offers asked for.
fn joined_with_tracker(rooms: &mut Rooms) -> Vec<LinkId> {
    add_tracker(rooms);
    join(rooms, "https://chitchatter.im", "den").expect("it can be joined");
    let links = outputs(rooms)
        .iter()
        .filter_map(|output| match output {
            Output::Dial { link } => Some(*link),
            _ => None,
        })
        .collect();
    let url = TRACKER.to_owned();
    rooms.handle(at(1), Input::TrackerOpened { url });
    links
}

fn add_tracker(rooms: &mut Rooms) {
    let url = TRACKER.to_owned();
    rooms.handle(at(1), Input::TrackerAdded { url, local: false });
}

fn made(rooms: &mut Rooms, link: LinkId) {
    let made = Input::OfferMade {
        link,
        sdp: "the description".to_owned(),
        complete: true,
    };
    rooms.handle(at(1), made);
}

fn outputs(rooms: &mut Rooms) -> Vec<Output> {
    std::iter::from_fn(|| rooms.poll()).collect()
}

fn announces(outputs: &[Output]) -> Vec<String> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Announce { text, .. } => Some(text.clone()),
            _ => None,
        })
        .collect()
}

fn is_open(output: &Output) -> bool {
    matches!(output, Output::OpenTracker { .. })
}

fn at(seconds: u64) -> Now {
    Now {
        since_start: Duration::from_secs(seconds),
        unix_ms: i64::try_from(seconds * 1000).expect("a small number"),
    }
}

fn rooms() -> Rooms {
    static KEYS: OnceLock<KeyPair> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        KeyPair::generate(&mut ChaCha20Rng::seed_from_u64(1)).expect("a key can be made")
    });
    let identity = Identity {
        peer_id: PeerId::parse("0bbbbbbbbbbbbbbbbbbb").expect("a peer id"),
        user_id: UserId::parse("me").expect("a user id"),
        custom_name: String::new(),
        keys: keys.clone(),
    };
    let home = Origin::parse("https://chitchatter.im").expect("an origin");
    Rooms::new(identity, home, [7; 32])
}

/// Random histories, sensible or not.
#[test]
fn no_history_makes_it_panic_or_spin() {
    use rand::Rng;

    for seed in 0..60 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut rooms = rooms();
        let mut now = Duration::from_secs(1);
        let mut links = vec![LinkId(1)];
        let mut sent: Vec<Vec<u8>> = Vec::new();
        for _ in 0..600 {
            now += Duration::from_millis(rng.gen_range(0..3_000));
            let moment = Now {
                since_start: now,
                unix_ms: 0,
            };
            let link = links[rng.gen_range(0..links.len())];
            let url = format!("wss://{}.example", rng.gen_range(0..3));
            let name = ["den", "attic"][rng.gen_range(0..2)];
            let input = match rng.gen_range(0..20) {
                0 => Input::TrackerAdded {
                    url,
                    local: rng.r#gen(),
                },
                1 => Input::TrackerOpened { url },
                2 => Input::TrackerClosed {
                    url,
                    reason: TrackerFailure::Closed,
                    retry_in: Duration::from_secs(9),
                },
                3 => Input::TrackerRemoved { url },
                4 | 5 => Input::TrackerSaid {
                    url,
                    message: said(&mut rng, name),
                },
                6..=8 => Input::OfferMade {
                    link,
                    sdp: "v=0".to_owned(),
                    complete: rng.r#gen(),
                },
                9 => Input::AnswerMade {
                    link,
                    sdp: "v=0".to_owned(),
                },
                10 | 11 => Input::LinkOpened { link },
                12 => Input::LinkClosed { link },
                13 => Input::Shaky { link },
                14 => Input::Sent {
                    link,
                    bytes: rng.gen_range(0..100_000),
                },
                // What we have said ourselves comes back to us.
                15 | 16 if !sent.is_empty() => Input::Bytes {
                    link,
                    bytes: sent[rng.gen_range(0..sent.len())].clone(),
                },
                17 => Input::NetworkChanged,
                18 => {
                    let den = RoomKey::from_text(name);
                    let text = "hello".to_owned();
                    let person = match rng.gen_range(0..2) {
                        0 => PersonId::parse("session:0aaaaaaaaaaaaaaaaaaa"),
                        _ => PersonId::parse("session:zzzzzzzzzzzzzzzzzzzz"),
                    };
                    let _ = match rng.gen_range(0..7) {
                        0 | 1 => join(&mut rooms, "https://chitchatter.im", name),
                        2 => rooms.command(moment, Command::Leave(den)),
                        3 | 4 => rooms.command(
                            moment,
                            Command::Judge {
                                person: person.expect("a person"),
                                standing: [
                                    Standing::Normal,
                                    Standing::Known,
                                    Standing::Muted,
                                    Standing::Blocked,
                                ][rng.gen_range(0..4)],
                            },
                        ),
                        5 => rooms.command(
                            moment,
                            Command::SetRules {
                                room: den,
                                rules: Rules {
                                    slow: rng.r#gen(),
                                    plain_strangers: rng.r#gen(),
                                    auto_media: rng.r#gen(),
                                },
                            },
                        ),
                        _ => rooms.command(
                            moment,
                            Command::Say {
                                room: den,
                                with: None,
                                text,
                                reply_to: None,
                            },
                        ),
                    };
                    Input::Wake
                }
                _ => Input::Wake,
            };
            rooms.handle(moment, input);
            for output in outputs(&mut rooms) {
                match output {
                    Output::Dial { link } | Output::Answer { link, .. } => links.push(link),
                    Output::Send { bytes, .. } => sent.push(bytes),
                    _ => {}
                }
            }
            // Once woken, it does not want to be woken for the same moment again.
            rooms.handle(moment, Input::Wake);
            outputs(&mut rooms);
            assert!(
                rooms.next_wake().is_none_or(|wake| wake > now),
                "with seed {seed} it spins"
            );
        }
    }
}

fn said(rng: &mut ChaCha20Rng, name: &str) -> FromTracker {
    use rand::Rng;

    let address = RoomAddress {
        origin: Origin::parse("https://chitchatter.im").expect("an origin"),
        name: RoomName::parse(name).expect("a name"),
        access: Access::Public,
    };
    let sealed = wire::SignalKey::new(&address).seal("v=0", [3; 16]);
    let from = ["0aaaaaaaaaaaaaaaaaaa", "zzzzzzzzzzzzzzzzzzzz"][rng.gen_range(0..2)];
    let text = match rng.gen_range(0..3) {
        0 => format!(
            r#"{{"info_hash":"{}","interval":{},"complete":0,"incomplete":{}}}"#,
            address.info_hash(),
            rng.gen_range(0..200),
            rng.gen_range(0..30)
        ),
        kind => {
            let kind = if kind == 1 { "offer" } else { "answer" };
            format!(
                r#"{{"info_hash":"{}","peer_id":"{from}","offer_id":"{:020}","{kind}":{{"type":"{kind}","sdp":"{sealed}"}}}}"#,
                address.info_hash(),
                rng.gen_range(0..5),
            )
        }
    };
    FromTracker::parse(&text).expect("it is JSON")
}
