//! What two people say to each other alone.

use node::ProfileAt;
use serde_json::json;

use crate::company::{Guest, public, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, turn};

in_each_language! {
    a_private_talk_goes_both_ways_and_on_after_the_other_came_back,
}

async fn a_private_talk_goes_both_ways_and_on_after_the_other_came_back(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("library").await;
    let desk = tempfile::tempdir().expect("a folder");
    let profile = ProfileAt::File(desk.path().join("profile.json"));
    let mut ben = Guest::come(public("library"), &tracker, "Ben", profile.clone()).await;
    stage.sees(&["Ben"]).await;
    let ada = ben.recognises("Ada").await;

    // Ben begins; Ada looks at the room, so the talk counts in the list.
    ben.whisper(&ada, "Psst, *Ada*").await;
    stage.unread("Ben", "1", "").await;
    ben.whisper(&ada, "Are you there?").await;
    stage.unread("Ben", "2", "").await;
    let title = "return document.title.startsWith('(2) ')";
    stage.until("the count in the title", title, vec![]).await;
    assert!(
        !stage
            .composer()
            .await
            .html(true)
            .await
            .expect("the box")
            .contains("Ben"),
        "the room stays in front"
    );
    stage
        .picture(&format!("whisper-unread-{}", language.code()))
        .await;

    stage.go_to_room("Ben").await;
    stage.unread("Ben", "", "").await;
    stage
        .reads_word("direct.through", &[json!("library")])
        .await;
    stage.line("Psst, Ada").await;
    ben.type_to(&ada, true).await;
    stage.reads_word("typing", &[json!(["Ben"])]).await;
    ben.type_to(&ada, false).await;
    stage.say("Yes, only for you").await;
    ben.is_told("Yes, only for you").await;
    stage
        .reads_word(
            "line.progress",
            &[
                json!("received"),
                json!({ "reached": 1, "of": 1, "received": 1, "failed": false }),
            ],
        )
        .await;
    stage.picture(&format!("whisper-{}", language.code())).await;

    // He goes; what is said to him meanwhile waits.
    ben.stop().await;
    stage.reads_word("direct.awayWhy", &[]).await;
    stage.say("Come back soon").await;
    stage.line("Come back soon").await;
    stage
        .picture(&format!("whisper-away-{}", language.code()))
        .await;
    let mut ben = Guest::come(public("library"), &tracker, "Ben", profile).await;
    let ada = ben.recognises("Ada").await;
    ben.is_told("Come back soon").await;
    ben.whisper(&ada, "Here again").await;
    stage.line("Here again").await;
    stage.line("Yes, only for you").await;
    stage.reads_word("direct.here", &[]).await;
    let rows = "return document.querySelectorAll('room-list button.direct').length";
    assert_eq!(
        stage.js(rows, vec![]).await,
        json!(1),
        "it is the same talk"
    );

    // Nothing of it stands in the room.
    stage.go_to_room("library").await;
    let room = "return [...document.querySelectorAll('chat-room > .conversation article .body')].map((it) => it.innerText)";
    assert_eq!(stage.js(room, vec![]).await, json!([]));

    // Ada begins a talk by what is known of the person.
    stage.open_person("Ben").await;
    stage.press_word("person.message", &[]).await;
    stage
        .reads_word("direct.through", &[json!("library")])
        .await;
    stage.say("One more thing").await;
    ben.is_told("One more thing").await;
    stage.close().await;
    ben.stop().await;
}
