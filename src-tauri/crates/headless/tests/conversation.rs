//! Two terminal peers in a room, by the JSON contract.

mod common;

use std::io::Write;
use std::time::{Duration, Instant};

use common::{LIMIT, Peer, Tracker, pair, room};
use serde_json::{Value, json};

#[test]
fn two_peers_talk_both_ways() {
    let tracker = Tracker::start();
    let (mut ada, mut ben) = pair(&tracker.url, &room(), &[]);

    ada.say("Hello, Ben!");
    ben.say("Hello, *Ada*.");

    let heard = ben.hears_line("Hello, Ben!");
    assert_eq!(heard["line"]["author"], "Ada");
    let heard = ada.hears_line("Hello, *Ada*.");
    assert_eq!(heard["line"]["html"], "<p>Hello, <em>Ada</em>.</p>");
}

#[test]
fn events_have_the_shape_programs_are_promised() {
    let tracker = Tracker::start();
    let room = room();
    let (mut ada, ben) = pair(&tracker.url, &room, &[]);

    ada.say("shape");

    let joined = ben.hears("joined", |_| true);
    assert_eq!(
        shape(&joined),
        shape(&json!({
            "kind": "joined", "room": "", "name": "", "origin": "", "private": false,
            "self": {
                "peerId": "", "userId": "", "name": "", "customName": "", "animalName": "",
                "publicKey": "", "fingerprint": "",
            },
            "links": { "web": "", "app": "" },
        }))
    );
    assert_eq!(joined["room"], room.as_str());
    assert_eq!(joined["origin"], "https://chitchatter.im");
    assert_eq!(
        joined["links"]["web"],
        format!("https://chitchatter.im/public/{room}")
    );
    assert_eq!(joined["self"]["name"], "Ben");

    let open = ben.hears("trackerChanged", |event| event["state"] == "open");
    assert_eq!(
        open,
        json!({
            "kind": "trackerChanged", "url": tracker.url, "state": "open", "local": false,
        })
    );

    let met = ben.meets(&ada);
    assert_eq!(
        shape(&met),
        shape(&json!({
            "kind": "peerJoined", "room": "",
            "peer": {
                "peerId": "", "userId": "", "name": "", "customName": "", "animalName": "",
                "verified": true, "verification": "", "native": true, "path": "", "typing": false,
                "person": "", "standing": "", "known": false, "slowed": false, "imitates": null,
                "keyChanged": false, "talks": true,
                "publicKey": "", "fingerprint": "", "proof": "",
            },
        }))
    );
    assert_eq!(met["peer"]["verified"], true);
    assert_eq!(met["peer"]["native"], true);
    assert_eq!(met["peer"]["userId"], ada.me()["userId"]);

    let line = ben.hears_line("shape");
    assert_eq!(
        shape(&line),
        shape(&json!({
            "kind": "lineAdded", "room": "",
            "line": {
                "id": "", "peerId": "", "author": "", "authorId": "", "text": "", "html": "",
                "timeSent": 0, "timeReceived": 0, "own": false, "backfilled": false,
                "misattributed": false,
                "delivery": { "reached": 0, "of": 0, "received": 0, "failed": false },
                "key": 0, "reply": null, "edited": false, "deleted": false, "reactions": [],
                "mentionsMe": false, "folded": null, "share": null,
                "animalName": "", "imitates": null,
            },
        }))
    );
    assert_eq!(line["line"]["peerId"], ada.id().as_str());
    assert_eq!(line["line"]["authorId"], ada.me()["userId"]);
    assert_eq!(line["line"]["backfilled"], false);
    let own = ada.hears("lineAdded", |event| event["line"]["own"] == true);
    assert_eq!(own["line"]["id"], line["line"]["id"]);

    ada.say("/leave");
    let notice = ben.hears("noticeAdded", |event| {
        event["notice"]["what"]["kind"] == "left"
    });
    assert_eq!(
        notice["notice"]["what"],
        json!({ "kind": "left", "name": "Ada" })
    );
    let left = ben.hears("peerLeft", |_| true);
    assert_eq!(
        left,
        json!({ "kind": "peerLeft", "room": room, "peerId": ada.id() })
    );
}

#[test]
fn the_end_of_the_input_sends_what_is_left_and_leaves_politely() {
    let tracker = Tracker::start();
    let (mut ada, ben) = pair(&tracker.url, &room(), &[]);

    for number in 0..50 {
        ada.say(&format!("last words {number}"));
    }
    ada.process.end_input();

    assert_eq!(ada.process.code(), Some(0));
    ben.hears_line("last words 49");
    ben.hears("noticeAdded", |event| {
        event["notice"]["what"]["kind"] == "left"
    });
    assert_eq!(ada.events().last().expect("events")["kind"], "left");
}

#[test]
fn what_is_said_before_anyone_is_there_waits_for_someone() {
    let tracker = Tracker::start();
    let room = room();
    let mut ada = Peer::join(&tracker.url, &room, &[]);
    ada.say("is anyone there?");
    ada.process.end_input();
    ada.hears("lineAdded", |_| true);

    let ben = Peer::join(&tracker.url, &room, &[]);

    ben.hears_line("is anyone there?");
    assert_eq!(ada.process.code(), Some(0));
}

#[test]
fn ten_thousand_lines_as_fast_as_they_can_be_piped_all_arrive_in_order() {
    const COUNT: usize = 10_000;
    let tracker = Tracker::start();
    let (mut ada, ben) = pair(&tracker.url, &room(), &[]);

    let mut input = ada.process.input.take().expect("open");
    std::thread::spawn(move || {
        let lines: String = (0..COUNT).map(|number| format!("{number}\n")).collect();
        input
            .write_all(lines.as_bytes())
            .expect("the program reads");
    });

    let mut next = 0;
    ben.hears_from(0, "lineAdded", LIMIT * 4, |event| {
        assert_eq!(event["line"]["text"], next.to_string());
        assert_eq!(event["line"]["backfilled"], false);
        next += 1;
        next == COUNT
    });
    assert_eq!(ada.process.code(), Some(0));
}

#[test]
fn a_private_room_opens_to_its_password_and_to_its_link_alike() {
    let tracker = Tracker::start();
    let room = room();
    let mut ada = Peer::join(&tracker.url, &room, &["--password", "sesame"]);
    let joined = ada.hears("joined", |_| true);
    assert_eq!(joined["private"], true);
    assert_eq!(
        joined["links"]["secret"],
        Value::Null,
        "the secret is not for logs"
    );
    let mut command = common::program();
    command.args(["link", &room, "--password", "sesame", "--json"]);
    let printed = command.output().expect("it runs");
    let links: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let link = links["links"]["secret"]["web"].as_str().expect("a link");
    let ours = links["links"]["secret"]["app"].as_str().expect("a link");

    let ben = Peer::join(&tracker.url, link, &[]);
    let eve = Peer::join(&tracker.url, ours, &[]);
    ben.meets(&ada);
    eve.meets(&ada);
    eve.meets(&ben);
    ada.meets(&ben);
    ada.meets(&eve);
    ada.say("among us");

    ben.hears_line("among us");
    eve.hears_line("among us");
}

#[test]
fn whoever_has_another_password_meets_nobody() {
    let tracker = Tracker::start();
    let room = room();
    let (mut ada, ben) = pair(&tracker.url, &room, &["--password", "sesame"]);
    let eve = Peer::join(&tracker.url, &room, &["--password", "guess"]);
    let fay = Peer::join(&tracker.url, &room, &[]);

    // They are told that somebody is there whom they cannot meet.
    eve.hears("problemAdded", |event| {
        event["problem"]["what"]["kind"] == "otherPassword"
    });
    fay.hears("problemAdded", |event| {
        event["problem"]["what"]["kind"] == "otherPassword"
    });
    ada.say("secret");
    ben.hears_line("secret");

    for outsider in [&eve, &fay] {
        let heard = outsider.events();
        assert!(heard.iter().all(|event| event["kind"] != "peerJoined"));
        assert!(heard.iter().all(|event| event["kind"] != "lineAdded"));
    }
}

#[test]
fn a_peer_killed_without_a_word_is_gone_within_fifteen_seconds() {
    let tracker = Tracker::start();
    let (ada, ben) = pair(&tracker.url, &room(), &[]);

    ada.process.signal("KILL");
    let killed = Instant::now();

    ben.hears_from(0, "peerLeft", Duration::from_secs(15), |_| true);
    assert!(killed.elapsed() < Duration::from_secs(15));
    ben.hears("noticeAdded", |event| {
        event["notice"]["what"]["kind"] == "lost"
    });
}

#[test]
fn a_peer_that_leaves_and_comes_back_five_times_is_always_met_and_leaves_no_ghost() {
    let tracker = Tracker::start();
    let room = room();
    let mut ben = Peer::join(&tracker.url, &room, &["--name", "Ben"]);
    for round in 0..5 {
        let mark = ben.mark();
        let mut ada = Peer::join(&tracker.url, &room, &["--name", "Ada"]);
        ada.meets(&ben);
        ben.meets(&ada);
        ada.say(&format!("round {round}"));
        ben.hears_line(&format!("round {round}"));
        ben.say(&format!("answer {round}"));
        ada.hears_line(&format!("answer {round}"));
        ada.say("/leave");
        assert_eq!(ada.process.code(), Some(0));
        ben.hears_from(mark, "peerLeft", LIMIT, |_| true);
    }

    let joined = ben
        .events()
        .iter()
        .filter(|event| event["kind"] == "peerJoined")
        .count();
    let left = ben
        .events()
        .iter()
        .filter(|event| event["kind"] == "peerLeft")
        .count();
    assert_eq!((joined, left), (5, 5));
}

#[test]
fn the_longest_message_passes_and_a_longer_one_costs_nothing_but_itself() {
    let tracker = Tracker::start();
    let (mut ada, ben) = pair(&tracker.url, &room(), &[]);
    // An emoji is two of the units that count.
    let longest = format!("{}x", "🎉".repeat(4_999));
    let longer = format!("{longest}y");

    ada.say(&longer);
    ada.say(&longest);

    ben.hears("lineAdded", |event| {
        assert_ne!(event["line"]["text"], longer.as_str());
        event["line"]["text"] == longest.as_str()
    });
    ada.process
        .err
        .find("why it is not sent", 0, LIMIT, |line| {
            line.contains("10000").then_some(())
        });
}

#[test]
fn a_line_that_cannot_be_sent_costs_nothing_but_itself() {
    let tracker = Tracker::start();
    let (mut ada, ben) = pair(&tracker.url, &room(), &[]);

    ada.say("one");
    ada.say(&"x".repeat(70_000));
    let input = ada.process.input.as_mut().expect("open");
    input.write_all(b"caf\xe9\n").expect("the program reads");
    ada.say("/shrug");
    ada.say("");
    ada.say("//two");

    let mut heard = Vec::new();
    ben.hears("lineAdded", |event| {
        heard.push(event["line"]["text"].clone());
        heard.len() == 2
    });
    assert_eq!(heard, ["one", "/two"]);
    for complaint in ["line 2 is not sent", "line 3 is not sent", "/shrug"] {
        ada.process.err.find(complaint, 0, LIMIT, |line| {
            line.contains(complaint).then_some(())
        });
    }
}

#[test]
fn commands_do_what_people_expect() {
    let tracker = Tracker::start();
    let (mut ada, ben) = pair(&tracker.url, &room(), &[]);

    ada.say("/me waves");
    ben.hears_line("*waves*");
    ada.say("/name Ada Lovelace");
    let renamed = ben.hears("peerChanged", |event| {
        event["peer"]["name"] == "Ada Lovelace"
    });
    assert_eq!(renamed["peer"]["verified"], true);
    assert_eq!(
        ada.hears("meChanged", |_| true)["self"]["customName"],
        "Ada Lovelace"
    );
    ada.say("/peers");
    ada.process.err.find("who is here", 0, LIMIT, |line| {
        line.contains("Ben").then_some(())
    });
    ada.say("/help");
    ada.process.err.find("what can be typed", 0, LIMIT, |line| {
        line.contains("/leave").then_some(())
    });
    ada.say("/leave");

    assert_eq!(ada.process.code(), Some(0));
    ben.hears("noticeAdded", |event| {
        event["notice"]["what"]["kind"] == "left"
    });
}

#[test]
fn lines_are_answered_changed_marked_and_taken_back_by_their_key() {
    let tracker = Tracker::start();
    let (mut ada, mut ben) = pair(&tracker.url, &room(), &[]);
    ada.say("shall we?");
    let asked = ben.hears_line("shall we?")["line"]["key"].clone();
    let own = ada.hears("lineAdded", |_| true)["line"]["key"].clone();

    ben.say(&format!("/reply {asked} yes, let us"));
    let answer = ada.hears_line("yes, let us");
    assert_eq!(answer["line"]["reply"]["key"], own);
    let answer = answer["line"]["key"].clone();
    ada.say(&format!("/react {answer} :tada:"));
    let marked = ben.hears("lineReplaced", |event| {
        event["line"]["reactions"] != json!([])
    });
    assert_eq!(
        marked["line"]["reactions"],
        json!([{ "emoji": "🎉", "names": ["Ada"], "own": false }])
    );
    ada.say(&format!("/react {answer} 🎉"));
    ben.hears("lineReplaced", |event| {
        event["line"]["text"] == "yes, let us" && event["line"]["reactions"] == json!([])
    });
    ada.say("/edit shall we dance?");
    let changed = ben.hears("lineReplaced", |event| event["line"]["key"] == asked);
    assert_eq!(changed["line"]["text"], "shall we dance?");
    assert_eq!(changed["line"]["edited"], true);
    ada.say(&format!("/delete {own}"));
    ben.hears("lineReplaced", |event| {
        event["line"]["key"] == asked && event["line"]["deleted"] == true
    });
    ada.say("/edit 999999 nothing");
    ada.complains("no such line");
    ada.say("/reply 999999 nothing");
    ada.complains("999999");
    ada.say("/reply yes");
    ada.complains("/reply N TEXT");
}

#[test]
fn words_for_one_person_reach_nobody_else() {
    let tracker = Tracker::start();
    let room = room();
    let (mut ada, mut ben) = pair(&tracker.url, &room, &[]);
    let eve = Peer::join(&tracker.url, &room, &["--name", "Eve"]);
    ada.meets(&eve);
    eve.meets(&ada);

    ada.say("/msg ben just between us");
    let heard = ben.hears_line("just between us");
    let talk = heard["with"].as_str().expect("a private talk");
    assert!(talk.starts_with("profile:"), "{talk}");
    let key = heard["line"]["key"].clone();
    ben.say(&format!("/reply {key} of course"));
    let answer = ada.hears_line("of course");
    assert!(answer["with"].is_string(), "{answer}");
    ada.say("to all");
    eve.hears_line("to all");
    assert!(
        eve.events()
            .iter()
            .filter(|event| event["kind"] == "lineAdded")
            .all(|event| event["line"]["text"] == "to all")
    );
    ada.say("/msg Zoe hello");
    ada.complains("nobody here is called Zoe");
    ada.say("/search BETWEEN");
    let found = ada.hears("found", |_| true);
    assert_eq!(found["words"], "BETWEEN");
    assert_eq!(found["lines"].as_array().map(Vec::len), Some(1));
}

#[test]
fn words_for_somebody_who_is_about_to_be_met_wait_for_them() {
    let tracker = Tracker::start();
    let room = room();
    let mut ada = Peer::join(&tracker.url, &room, &["--name", "Ada"]);
    ada.hears("joined", |_| true);
    ada.say("/msg Ben for you alone");

    let ben = Peer::join(&tracker.url, &room, &["--name", "Ben"]);

    let heard = ben.hears_line("for you alone");
    assert!(heard["with"].is_string(), "{heard}");
}

#[test]
fn whoever_is_muted_is_folded_away_and_whoever_is_blocked_is_not_heard() {
    let tracker = Tracker::start();
    let (mut ada, mut ben) = pair(&tracker.url, &room(), &[]);

    ada.say("/mute Ben");
    ada.hears("judgedChanged", |event| {
        event["judged"][0]["standing"] == "muted"
    });
    ben.say("can you hear me?");
    let folded = ada.hears_line("can you hear me?");
    assert_eq!(folded["line"]["folded"], "muted");
    ada.say("/who");
    ada.complains("): you muted them");
    ada.say("/block Ben");
    ben.hears("peerLeft", |_| true);
    ada.say("/unblock Ben");
    ada.hears("judgedChanged", |event| event["judged"] == json!([]));
    ada.say("/unblock Ben");
    ada.complains("nobody called Ben is muted or blocked");
}

#[test]
fn whoever_is_marked_as_known_is_no_stranger_until_they_are_one_again() {
    let tracker = Tracker::start();
    let (mut ada, mut ben) = pair(&tracker.url, &room(), &[]);
    if ada.meets(&ben)["peer"]["verified"] != true {
        ada.hears("peerChanged", |event| event["peer"]["verified"] == true);
    }
    ada.say("/rules plain on");
    ada.hears("roomChanged", |event| {
        event["rules"]["plainStrangers"] == true
    });
    let has_link = |line: &Value| {
        line["line"]["html"]
            .as_str()
            .is_some_and(|it| it.contains("<a"))
    };
    let (before, after) = ("https://example.org/before", "https://example.org/after");
    ben.say(before);
    assert!(!has_link(&ada.hears_line(before)));

    ada.say("/know Ben");
    ada.hears("judgedChanged", |event| {
        event["judged"][0]["standing"] == "known"
    });
    ada.hears("peerChanged", |event| event["peer"]["known"] == true);
    ada.say("/unmute Ben");
    ada.complains("nobody called Ben is muted or blocked");
    ada.say("/who");
    ada.complains("somebody you know");
    ben.say(after);
    assert!(has_link(&ada.hears_line(after)));

    ada.say("/unknow Ben");
    ada.hears("peerChanged", |event| event["peer"]["known"] == false);
    ada.say("/unknow Ben");
    ada.complains("nobody called Ben is somebody you know");
    ada.say("/retry");
    ada.complains("Trying the trackers now");
}

#[test]
fn questions_of_programs_are_answered_with_objects() {
    let tracker = Tracker::start();
    let room = room();
    let mut ada = Peer::join(&tracker.url, &room, &["--password", "sesame"]);

    ada.say("/rules slow on");
    let changed = ada.hears("roomChanged", |_| true);
    assert_eq!(
        changed["rules"],
        json!({ "slow": true, "plainStrangers": false, "autoMedia": false })
    );
    ada.say("/link");
    let links = ada.hears("links", |_| true);
    assert_eq!(
        links["links"]["web"],
        format!("https://chitchatter.im/private/{room}")
    );
    assert_eq!(links["links"]["secret"], Value::Null);
    ada.say("/link secret");
    let links = ada.hears("links", |event| event["links"]["secret"].is_object());
    let web = links["links"]["secret"]["web"].as_str().expect("a link");
    assert!(web.contains("#secret="), "it was asked for");
    ada.say("/doctor");
    let told = ada.hears("diagnosis", |_| true);
    assert_eq!(
        told["diagnosis"]["trackers"][0]["now"]["url"],
        tracker.url.as_str()
    );
}

/// The keys of an object and the kinds of their values.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| (key.clone(), shape(value)));
            Value::Object(fields.collect())
        }
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("yes or no"),
        other => other.clone(),
    }
}
