//! What surrounds a conversation, as far as a browser can see it: private words, answers, other
//! names, several rooms. And what it must not be sent, as it could make nothing of it.

mod common;

use common::{AT_ONCE, On, World, meet};
use interop::{Meeting, Native, PATIENCE, Page, PageOptions};
use serde_json::{Value, json};

#[tokio::test]
async fn private_words_go_both_ways_and_on_in_another_session_of_the_same_person() {
    let (_world, meeting, mut ben, mut ana) = ben_and_ana("two of us").await;
    let person = format!("profile:{}", ana.user_id());
    ben.knows(ana.peer_id(), "who Ana is", |peer| peer["verified"] == true)
        .await;

    ana.whisper(&meeting, ben.peer_id(), "only for you").await;
    let line = hears_alone(&ben, "only for you").await;
    assert_eq!(line["with"], person.as_str());
    ben.type_lines(&["/msg Ana and only for you"]).await;
    let message = ana.is_told("and only for you").await;
    assert_eq!(message["authorId"], ben.user_id());
    for typing in [true, false] {
        ana.type_to(&meeting, ben.peer_id(), typing).await;
        ben.log()
            .until("typing to it alone", |event| {
                event["kind"] == "typingChanged"
                    && event["direct"] == true
                    && event["typing"] == typing
            })
            .await;
    }

    // She goes, and comes again in another session; what was said to her meanwhile waited.
    ana.leave(&meeting).await;
    ben.misses(AT_ONCE, ana.peer_id()).await;
    let before = ana.peer_id().to_owned();
    ana.reload().await;
    assert_ne!(ana.peer_id(), before);
    ben.type_lines(&["/msg Ana until later"]).await;
    ana.join("Ana", &meeting).await;
    meet(AT_ONCE, &ben, &ana).await;
    ana.is_told("until later").await;
    ana.whisper(&meeting, ben.peer_id(), "here again").await;
    let line = hears_alone(&ben, "here again").await;
    assert_eq!(line["with"], person.as_str(), "it is the same talk");
    ben.type_lines(&["/msg Ana welcome"]).await;
    ana.is_told("welcome").await;

    let aloud = ana.log().all_where(|event| event["action"] == "g.0");
    assert_eq!(aloud, Vec::<Value>::new(), "nothing of it was said to all");
}

#[tokio::test]
async fn a_browser_sees_answers_as_quotes_and_names_and_nothing_it_could_not_understand() {
    let (_world, meeting, mut ben, ana) = ben_and_ana("what can be seen").await;
    ana.say(&meeting, "When do we meet?").await;
    let key = ben.hears("When do we meet?").await["key"].clone();

    ben.type_lines(&[format!("/reply {key} at noon")]).await;
    let answer = ana
        .log()
        .until("an answer", |event| {
            event["action"] == "g.0"
                && event["data"]["text"]
                    .as_str()
                    .is_some_and(|it| it.ends_with("at noon"))
        })
        .await;
    let text = answer["data"]["text"].as_str().unwrap_or_default();
    assert!(
        text.starts_with("> ") && text.contains("Ana") && text.contains("When do we meet"),
        "the answer is a quote: {text:?}"
    );

    // Each of these happens here, and none of it there.
    ben.type_lines(&[format!("/react {key} :tada:"), "/edit at one".to_owned()])
        .await;
    replaced(&ben, "a mark", |line| line["reactions"][0]["emoji"] == "🎉").await;
    replaced(&ben, "other words", |line| line["edited"] == true).await;
    ben.type_lines(&["/delete"]).await;
    replaced(&ben, "a line taken back", |line| line["deleted"] == true).await;

    ben.type_lines(&["/name Benjamin", "see you, @Ana"]).await;
    ana.log()
        .until("another name", |event| {
            event["action"] == "g.3" && event["data"]["customUsername"] == "Benjamin"
        })
        .await;
    ana.hears("see you, @Ana").await;
    let said = ana
        .log()
        .all_where(|event| event["kind"] == "heard" && event["action"] == "g.0");
    assert_eq!(said.len(), 2, "the answer and what came last: {said:?}");
    for event in &said {
        let fields: Vec<_> = event["data"].as_object().into_iter().flatten().collect();
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["authorId", "id", "text", "timeSent"],
            "as a browser writes it"
        );
    }
    // What came, also what nobody here asked for.
    let came = ana.log().all("came");
    let actions: std::collections::BTreeSet<_> = came
        .iter()
        .filter_map(|event| event["name"].as_str())
        .collect();
    assert!(
        actions.contains("g.0") && actions.contains("@_hsdata"),
        "{actions:?}"
    );
    for action in &actions {
        assert!(
            action.starts_with("@_") || ["g.0", "g.2", "g.3", "g.8", "dm.8"].contains(action),
            "a browser was sent {action}"
        );
    }
}

#[tokio::test]
async fn a_blocked_browser_is_let_go_and_met_again_when_it_is_forgiven() {
    let (_world, meeting, mut ben, ana) = ben_and_ana("out of my sight").await;
    ben.knows(ana.peer_id(), "who Ana is", |peer| peer["verified"] == true)
        .await;

    ben.type_lines(&["/block Ana"]).await;
    ana.misses(AT_ONCE, ben.peer_id()).await;
    ben.log().forget();
    ana.log().forget();
    ana.say(&meeting, "can you hear me?").await;

    ben.type_lines(&["/unblock Ana"]).await;
    meet(PATIENCE, &ben, &ana).await;
    ana.say(&meeting, "and now?").await;
    ben.hears("and now?").await;
    let heard = ben.log().all_where(|event| {
        event["line"]["text"] == "can you hear me?" && event["line"]["backfilled"] == false
    });
    assert_eq!(heard, Vec::<Value>::new());
}

#[tokio::test]
async fn two_rooms_share_one_connection_and_one_can_be_left() {
    let (_world, first, mut ben, ana) = ben_and_ana("the-first-room").await;
    let second = Meeting {
        room: "the-second-room".to_owned(),
        ..first.clone()
    };
    ana.join("Ana", &second).await;
    ben.type_lines(&["/join the-second-room"]).await;
    let in_second = |kind: &'static str, id: String| {
        move |event: &Value| {
            event["kind"] == kind
                && event["room"] == "the-second-room"
                && (event["peer"]["peerId"] == id.as_str() || event["peerId"] == id.as_str())
        }
    };
    ben.log()
        .until(
            "Ana there too",
            in_second("peerJoined", ana.peer_id().to_owned()),
        )
        .await;
    ana.log()
        .until(
            "Ben there too",
            in_second("peerJoined", ben.peer_id().to_owned()),
        )
        .await;
    let both = ana.connections(&[&first, &second], ben.peer_id()).await;
    assert_eq!(both, json!({ "rooms": 2, "connections": 1 }));

    // What is typed goes to the room joined last; what is said stays in its room.
    ben.type_lines(&["said in the second"]).await;
    let message = heard_in(&ana, "said in the second").await;
    assert_eq!(message["room"], "the-second-room");
    ana.say(&first, "said in the first").await;
    let line = ben
        .log()
        .until("a line", |event| {
            event["line"]["text"] == "said in the first"
        })
        .await;
    assert_eq!(line["room"], "the-first-room");

    ana.leave(&second).await;
    ben.log()
        .within(
            AT_ONCE,
            "that she left one",
            in_second("peerLeft", ana.peer_id().to_owned()),
        )
        .await;
    ana.say(&first, "still here").await;
    ben.hears("still here").await;
    ben.type_lines(&["/switch the-first-room", "so am I"]).await;
    assert_eq!(heard_in(&ana, "so am I").await["room"], "the-first-room");
}

async fn heard_in(page: &Page, text: &str) -> Value {
    page.log()
        .until("that message", |event| event["data"]["text"] == text)
        .await
}

/// Waits until a native peer was told this alone; gives the event.
async fn hears_alone(native: &Native, text: &str) -> Value {
    native
        .log()
        .until("a private line", |event| {
            event["kind"] == "lineAdded"
                && event["line"]["text"] == text
                && event["line"]["own"] == false
                && event["with"].is_string()
        })
        .await
}

/// Waits until a line is shown differently.
async fn replaced(native: &Native, what: &str, is_it: impl Fn(&Value) -> bool) {
    native
        .log()
        .until(what, |event| {
            event["kind"] == "lineReplaced" && is_it(&event["line"])
        })
        .await;
}

/// Ben, who is native, and Ana, who is a browser, in one room. Which tracker introduced them is no
/// matter from then on.
async fn ben_and_ana(room: &str) -> (World, Meeting, Native, Page) {
    let world = World::with_tracker(On::Ours).await;
    let meeting = Meeting::at(&world.tracker, room);
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join("Ana", &meeting).await;
    let ben = Native::join("Ben", &meeting).await;
    meet(AT_ONCE, &ben, &ana).await;
    (world, meeting, ben, ana)
}
