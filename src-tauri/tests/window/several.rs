//! Several rooms at once: what is new where, what one was writing, and which are remembered.

use fantoccini::key::Key;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, turn};

in_each_language! {
    three_rooms_keep_their_counts_and_their_drafts,
    only_pinned_rooms_are_remembered,
}

async fn three_rooms_keep_their_counts_and_their_drafts(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("attic").await;
    for room in ["bakery", "cellar"] {
        stage.keys(&[Key::Control], 'n').await;
        stage.find("#home room-door").await;
        stage.enter(room).await;
    }
    let mut gus = Guest::enter("attic", &tracker, "Gus").await;
    gus.recognises("Ada").await;
    let bakery = gus.enter_also("bakery").await;
    gus.recognises("Ada").await;
    let cellar = gus.enter_also("cellar").await;
    gus.recognises("Ada").await;
    stage.sees(&["Gus"]).await;

    // What one writes stays where one wrote it.
    stage
        .composer()
        .await
        .send_keys("half a thought")
        .await
        .expect("typed");
    stage.keys(&[Key::Control], '1').await;
    stage.is_in("attic").await;
    assert_eq!(stage.draft().await, "");
    stage
        .composer()
        .await
        .send_keys("another")
        .await
        .expect("typed");
    stage.keys(&[Key::Control], '3').await;
    stage.is_in("cellar").await;
    assert_eq!(stage.draft().await, "half a thought");

    // What is said elsewhere is counted; where one is called by name, that is too.
    gus.say("one").await;
    gus.say("two").await;
    gus.say_in(&bakery, "fresh bread, @Ada").await;
    gus.say_in(&cellar, "here").await;
    stage.unread("attic", "2", "").await;
    stage.unread("bakery", "1", "@1").await;
    stage.line("here").await;
    stage.unread("cellar", "", "").await;
    title(&stage, "(3) cellar · Chitchatter").await;
    stage.picture(&format!("rooms-{}", language.code())).await;

    // The keys lead through the rooms, and to what is new.
    stage.keys(&[Key::Alt], Key::Up).await;
    stage.is_in("bakery").await;
    stage.unread("bakery", "", "").await;
    title(&stage, "(2) bakery · Chitchatter").await;
    stage.keys(&[Key::Alt, Key::Shift], Key::Down).await;
    stage.is_in("attic").await;
    assert_eq!(stage.draft().await, "another");
    stage.unread("attic", "", "").await;
    stage.find(".log .news").await;
    title(&stage, "attic · Chitchatter").await;
    stage.keys(&[Key::Alt], Key::Up).await;
    stage.is_in("cellar").await;

    // A muted room is counted in its row, but asks for no attention.
    stage
        .press_by_key("roomMenu.muteRoom", &[json!("attic")])
        .await;
    stage.find("room-list li.muted").await;
    gus.say("three").await;
    stage.unread("attic", "1", "").await;
    title(&stage, "cellar · Chitchatter").await;
    stage
        .picture(&format!("rooms-muted-{}", language.code()))
        .await;
    stage
        .press_by_key("roomMenu.muteRoom", &[json!("attic")])
        .await;
    title(&stage, "(1) cellar · Chitchatter").await;

    // Leaving one leaves the others as they are.
    stage.go_to_room("bakery").await;
    stage.press_word("room.leave", &[]).await;
    stage.reads_word("leave.title", &[json!("bakery")]).await;
    stage.press_word("leave.leave", &[]).await;
    stage.find("#home room-door").await;
    stage.go_to_room("cellar").await;
    assert_eq!(stage.draft().await, "half a thought");
    stage.close().await;
    gus.stop().await;
}

async fn only_pinned_rooms_are_remembered(language: Language) {
    let _turn = turn().await;
    let desk = tempfile::tempdir().expect("a folder");
    let profile = desk.path().to_str().expect("its path").to_owned();
    let tracker = tracker().await;
    let start = || {
        Setup::new()
            .with(["--profile", &profile, "--tracker", &tracker])
            .open()
    };

    let stage = start().await;
    stage.speak(language).await;
    for room in ["wine-and-cheese-4711", "beer-and-bread-4711"] {
        stage.enter(room).await;
        stage.press("#new-room").await;
    }
    assert!(
        !is_written(desk.path(), "4711"),
        "no room is remembered unasked"
    );
    stage.go_to_room("wine-and-cheese-4711").await;
    stage.press_word("roomMenu.open", &[]).await;
    stage.find("room-menu :popover-open").await;
    stage
        .picture(&format!("room-menu-{}", language.code()))
        .await;
    let pin = stage
        .js("return '#' + document.querySelector('chat-room:not([hidden]) room-menu input[id$=-pin]').id", vec![])
        .await;
    stage
        .turn_switch(pin.as_str().expect("the switch"), true)
        .await;
    stage.reads_word("pinned.pinned", &[]).await;
    assert!(is_written(desk.path(), "wine-and-cheese-4711"));
    stage.close().await;

    let stage = start().await;
    // The language is remembered as well.
    stage.speak_as_kept(language).await;
    stage.find("pinned-rooms li").await;
    let names =
        "return [...document.querySelectorAll('pinned-rooms .name')].map((it) => it.textContent)";
    assert_eq!(
        stage.js(names, vec![]).await,
        json!(["wine-and-cheese-4711"])
    );
    stage.reads_word("pinned.file", &[]).await;
    stage.picture(&format!("pinned-{}", language.code())).await;
    stage.press("pinned-rooms .pinned-room").await;
    stage.is_in("wine-and-cheese-4711").await;
    stage.press("#new-room").await;
    stage
        .press_word("pinned.unpin", &[json!("wine-and-cheese-4711")])
        .await;
    stage.reads_word("pinned.unpinned", &[]).await;
    stage
        .eventually("the room to be forgotten", || {
            !is_written(desk.path(), "4711")
        })
        .await;
    stage.close().await;
}

async fn title(stage: &crate::stage::Stage, title: &str) {
    stage
        .until(
            &format!("the title {title:?}"),
            "return document.title === arguments[0]",
            vec![json!(title)],
        )
        .await;
}

/// Whether any file of a folder holds a text.
fn is_written(folder: &std::path::Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).expect("a folder").flatten();
    files.into_iter().any(|file| {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        bytes.windows(text.len()).any(|it| it == text.as_bytes())
    })
}
