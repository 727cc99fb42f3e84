//! What is said arrives whole, in order, and under the right name.

mod common;

use std::time::Duration;

use common::{AT_ONCE, On, World, meet, on_one_tracker};
use interop::{Meeting, Native, Page, PageOptions};
use serde_json::json;

/// The longest message there is, in UTF-16 units.
const LONGEST: usize = 9_999;

/// A browser page loses messages that come faster than this.
const PACE: Duration = Duration::from_millis(100);

on_one_tracker! {
    two_hundred_messages_from_us_arrive_in_order_and_paced
    messages_of_all_sizes_and_scripts_arrive_unchanged_both_ways
    each_sees_the_others_name_and_that_the_signature_holds
    typing_is_seen_and_a_browser_learns_that_we_took_note_of_it
    a_newcomer_is_told_what_was_said_before
}

async fn two_hundred_messages_from_us_arrive_in_order_and_paced(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "two hundred").await;
    let lines: Vec<String> = (0..200).map(|number| format!("line {number}")).collect();

    ben.type_lines(&lines).await;

    let limit = Duration::from_secs(150);
    let heard = ana
        .log()
        .count_within(limit, "200 messages", lines.len(), |event| {
            event["action"] == "g.0"
        })
        .await;
    let texts: Vec<_> = heard
        .iter()
        .filter_map(|event| event["data"]["text"].as_str())
        .collect();
    assert_eq!(texts, lines);
    let at = |index: usize| heard[index]["at"].as_f64().unwrap_or_default();
    let took = Duration::from_secs_f64((at(lines.len() - 1) - at(0)) / 1_000.0);
    // One message may come late and the next on time, so the pace is asked of the whole.
    let gaps = u32::try_from(lines.len() - 1).unwrap_or(u32::MAX);
    assert!(
        took >= PACE * gaps * 9 / 10,
        "200 messages came within {took:?}"
    );
    ana.say(&meeting, "all there").await;
    ben.hears("all there").await;
}

async fn messages_of_all_sizes_and_scripts_arrive_unchanged_both_ways(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "sizes").await;
    let texts = [
        "42".to_owned(),
        "true".to_owned(),
        "{\"not\": \"an object\"}".to_owned(),
        "  kept as it is, spaces too  ".to_owned(),
        "<script>alert(1)</script> & \"quotes\" \\ backslash".to_owned(),
        "日本語 العربية עברית 🙂👩‍👩‍👧‍👦 e\u{301}".to_owned(),
        "\u{feff}a byte order mark first".to_owned(),
        "a".repeat(LONGEST),
        // Three bytes a unit: this takes two frames.
        "語".repeat(LONGEST),
        // Two units each, four bytes.
        "🙂".repeat(LONGEST / 2),
    ];

    for text in &texts {
        ben.type_lines(&[text]).await;
        let message = ana.hears(text).await;
        assert_eq!(message["authorId"], ben.user_id());
        ana.log().forget();

        ana.say(&meeting, text).await;
        let line = ben.hears(text).await;
        assert_eq!(line["authorId"], ana.user_id());
        assert_eq!(line["peerId"], ana.peer_id());
        ben.log().forget();
    }

    ben.type_lines(&["a".repeat(LONGEST + 1), "shorter".to_owned()])
        .await;
    ana.hears("shorter").await;
    let heard = ana.log().all_where(|event| event["action"] == "g.0");
    assert_eq!(heard.len(), 1, "a message that is too long is not sent");
}

async fn each_sees_the_others_name_and_that_the_signature_holds(on: On) {
    let (_world, meeting, ben, ana) = ben_and_ana(on, "names").await;

    let peer = ben
        .knows(ana.peer_id(), "that Ana is verified", |peer| {
            peer["verified"] == true
        })
        .await;
    assert_eq!(peer["userId"], ana.user_id());
    assert_eq!(peer["customName"], "Ana");
    assert_eq!(peer["native"], false);
    let known = ana
        .log()
        .until("knowing Ben", |event| event["kind"] == "known")
        .await;
    assert_eq!(known["verified"], true);
    assert_eq!(known["userId"], ben.user_id());
    let told = ana.log().all_where(|event| event["action"] == "g.3");
    assert_eq!(
        told.len(),
        1,
        "a page that is told twice at once lists us twice"
    );
    assert_eq!(told[0]["data"]["customUsername"], "Ben");

    ana.rename(&meeting, "Anabel").await;
    ben.knows(ana.peer_id(), "Ana's new name", |peer| {
        peer["customName"] == "Anabel"
    })
    .await;
    let forged = json!({
        "authorId": ben.user_id(), "text": "not by me", "timeSent": 0, "id": "made-up",
    });
    ana.send(&meeting, "g.0", forged).await;
    let line = ben.hears("not by me").await;
    assert_eq!(line["misattributed"], true);
    assert_ne!(line["author"], "Ben");
}

async fn typing_is_seen_and_a_browser_learns_that_we_took_note_of_it(on: On) {
    let (_world, meeting, ben, ana) = ben_and_ana(on, "typing").await;

    let noted = ana
        .log()
        .until("that Ben took note", |event| event["action"] == "g.8")
        .await;
    assert_eq!(noted["data"], json!({"isTyping": false}));
    for typing in [true, false] {
        ben.log().forget();
        ana.set_typing(&meeting, typing).await;
        ben.log()
            .until("typing", |event| {
                event["kind"] == "typingChanged"
                    && event["peerId"] == ana.peer_id()
                    && event["typing"] == typing
            })
            .await;
    }
}

async fn a_newcomer_is_told_what_was_said_before(on: On) {
    let (world, meeting, mut ben, ana) = ben_and_ana(on, "what was said").await;
    ben.type_lines(&["first"]).await;
    ana.hears("first").await;
    ana.say(&meeting, "second").await;
    ben.hears("second").await;

    let cem = Native::join("Cem", &meeting).await;
    let dora = world.foreign.page("dora", PageOptions::default()).await;
    dora.join("Dora", &meeting).await;

    for text in ["first", "second"] {
        let line = cem.hears(text).await;
        assert_eq!(line["backfilled"], true);
    }
    let shown = cem.log().all("lineAdded");
    let shown: Vec<_> = shown.iter().map(|event| &event["line"]["text"]).collect();
    assert_eq!(shown, ["first", "second"], "told by two, shown once");
    let told = dora
        .log()
        .until("what Ben remembers", |event| {
            event["action"] == "g.2" && event["peerId"] == ben.peer_id()
        })
        .await;
    let texts: Vec<_> = told["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| &it["text"])
        .collect();
    assert_eq!(texts, ["first", "second"]);
}

/// Ben, who is native, and Ana, who is a browser, in one room.
async fn ben_and_ana(on: On, room: &str) -> (World, Meeting, Native, Page) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, room);
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join("Ana", &meeting).await;
    let ben = Native::join("Ben", &meeting).await;
    meet(AT_ONCE, &ben, &ana).await;
    (world, meeting, ben, ana)
}
