//! Meeting, talking, being called by one's name, and going again.

use fantoccini::key::Key;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::page::Shown;
use crate::stage::{Setup, free_port, turn};

/// The journey everything else serves: two windows of the real app.
#[tokio::test(flavor = "multi_thread")]
async fn two_windows_meet_and_talk() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (ada, ben) = tokio::join!(
        Setup::new()
            .with(["--tracker", &tracker, "--name", "Ada"])
            .open(),
        Setup::new()
            .with(["--tracker", &tracker, "--name", "Ben"])
            .open(),
    );
    ada.enter("garden").await;
    ben.enter("garden").await;
    ada.sees(&["Ben"]).await;
    ben.sees(&["Ada"]).await;

    ada.composer()
        .await
        .send_keys("Hello Ben! ")
        .await
        .expect("Ada types");
    ben.reads("Ada is writing…").await;
    ada.say("The **plum tree** is in flower.").await;

    let text = "Hello Ben! The plum tree is in flower.";
    let said = |author: &str, own| Shown {
        author: author.into(),
        text: text.into(),
        own,
    };
    assert_eq!(ada.line(text).await, said("You", true));
    assert_eq!(ben.line(text).await, said("Ada", false));
    let bold = "return document.querySelector('article.other .body strong')?.textContent ?? null";
    assert_eq!(ben.js(bold, vec![]).await, json!("plum tree"));

    ben.say("Lovely. I will bring the _long_ ladder on Saturday.")
        .await;
    let answer = "Lovely. I will bring the long ladder on Saturday.";
    assert_eq!(ada.line(answer).await.author, "Ben");
    ada.say("Then I make the coffee.").await;
    ben.line("Then I make the coffee.").await;
    ada.reads("Received").await;
    for (stage, name) in [(&ada, "two-windows-ada"), (&ben, "two-windows-ben")] {
        stage.resize(760, 560).await;
        stage.picture(name).await;
    }

    ben.press("own-name button").await;
    let field = ben.find("own-name dialog[open] input").await;
    field.clear().await.expect("the name is cleared");
    field.send_keys("Benjamin").await.expect("another is typed");
    ben.press_in_dialog("Save name").await;
    ada.sees(&["Benjamin"]).await;
    ada.reads("Ben is now Benjamin").await;

    ben.leave().await;
    ada.reads("Benjamin left").await;
    ada.sees(&[]).await;
    ben.enter("garden").await;
    ada.sees(&["Benjamin"]).await;
    ben.say("Here again").await;
    ada.line("Here again").await;
    // Whoever comes back is told what was said, and by whom.
    // Her name stands there as soon as she has proved who she is.
    let named = async {
        while ben.line(text).await.author != "Ada" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let named = tokio::time::timeout(std::time::Duration::from_secs(20), named).await;
    assert!(named.is_ok(), "{}", ben.line(text).await.author);

    ben.close().await;
    ada.sees(&[]).await;
    ada.close().await;
}

/// No tracker anywhere but the one inside the app itself, and no network but this machine.
#[tokio::test(flavor = "multi_thread")]
async fn two_windows_meet_without_any_internet() {
    let _turn = turn().await;
    let port = free_port().to_string();
    // Nobody listens on the discard port: no other tracker can be what they meet through.
    let alone = ["--lan-port", &port, "--tracker", "ws://127.0.0.1:9"];
    let (ada, ben) = tokio::join!(
        Setup::on_the_network()
            .with(alone)
            .with(["--name", "Ada", "--join", "kitchen"])
            .open(),
        Setup::on_the_network()
            .with(alone)
            .with(["--name", "Ben", "--join", "kitchen"])
            .open(),
    );
    ada.is_in("kitchen").await;
    ben.is_in("kitchen").await;
    ada.sees(&["Ben"]).await;
    ben.sees(&["Ada"]).await;
    ada.say("It works without the internet").await;
    ben.line("It works without the internet").await;
    ada.close().await;
    ben.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_sends_and_shift_enter_starts_a_new_line() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new().with(["--tracker", &tracker]).open().await;
    stage.enter("desk").await;
    let mut guest = Guest::enter("desk", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;

    let composer = stage.composer().await;
    composer.send_keys("one").await.expect("typed");
    let (shift, enter) = (char::from(Key::Shift), char::from(Key::Enter));
    // The second Shift lets it go.
    composer
        .send_keys(&format!("{shift}{enter}{shift}two"))
        .await
        .expect("typed");
    assert_eq!(
        composer.prop("value").await.expect("a value").as_deref(),
        Some("one\ntwo")
    );
    assert!(stage.lines().await.is_empty(), "nothing is sent yet");

    composer.send_keys(&enter.to_string()).await.expect("typed");
    guest.hears("one\ntwo").await;
    stage.line("one\ntwo").await;
    assert_eq!(
        composer.prop("value").await.expect("a value").as_deref(),
        Some("")
    );

    // Blank space is no message, and stays.
    composer
        .send_keys(&format!("   {enter}"))
        .await
        .expect("typed");
    composer.clear().await.expect("cleared");
    stage.say("three").await;
    guest.hears("three").await;
    // The guest may hear it before our own page has drawn it.
    stage.line("three").await;
    assert_eq!(stage.lines().await.len(), 2);
    stage.close().await;
    guest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_shown_while_it_lasts() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new().with(["--tracker", &tracker]).open().await;
    stage.enter("desk").await;
    let mut guest = Guest::enter("desk", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;

    guest.type_something(true).await;
    stage.reads("Gus is writing…").await;
    guest.type_something(false).await;
    stage
        .until(
            "nobody to be writing",
            "return !document.body.innerText.includes('is writing')",
            vec![],
        )
        .await;

    stage.composer().await.send_keys("a").await.expect("typed");
    guest.sees_typing(true).await;
    guest.sees_typing(false).await;
    stage.close().await;
    guest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_tells_when_a_message_nears_its_limit() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new().with(["--tracker", &tracker]).open().await;
    stage.enter("desk").await;
    let mut guest = Guest::enter("desk", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;

    let count = "return document.querySelector('chat-room:not([hidden]) message-composer .count').textContent";
    stage.fill(&"a".repeat(9_000)).await;
    assert_eq!(stage.js(count, vec![]).await, json!(""));
    stage.fill(&"a".repeat(9_990)).await;
    assert_eq!(stage.js(count, vec![]).await, json!("9 characters left"));
    stage.fill(&"a".repeat(10_000)).await;
    let over = stage.js(count, vec![]).await;
    assert!(
        over.as_str()
            .is_some_and(|it| it.starts_with("1 character too many")),
        "{over}"
    );
    let enter = char::from(Key::Enter).to_string();
    stage
        .composer()
        .await
        .send_keys(&enter)
        .await
        .expect("typed");
    let value = stage
        .composer()
        .await
        .prop("value")
        .await
        .expect("a value")
        .unwrap_or_default();
    assert_eq!(value.len(), 10_000, "what is too long stays in the box");

    stage.fill(&"a".repeat(9_999)).await;
    stage
        .composer()
        .await
        .send_keys(&enter)
        .await
        .expect("typed");
    guest.hears(&"a".repeat(9_999)).await;
    stage.close().await;
    guest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_with_a_password_is_entered_by_its_password() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (ada, ben) = tokio::join!(
        Setup::new()
            .with(["--tracker", &tracker, "--name", "Ada"])
            .open(),
        Setup::new()
            .with(["--tracker", &tracker, "--name", "Ben"])
            .open(),
    );
    for stage in [&ada, &ben] {
        let field = stage.find("#door-room").await;
        stage
            .until(
                "a suggested name",
                "return document.querySelector('#door-room').value !== ''",
                vec![],
            )
            .await;
        field.clear().await.expect("cleared");
        field.send_keys("cellar").await.expect("typed");
        stage
            .press("room-door label.choice:has(input[value=private])")
            .await;
        stage
            .find("#door-password")
            .await
            .send_keys("open, sesame")
            .await
            .expect("typed");
        stage.press("room-door button[type=submit]").await;
        stage.is_in("cellar").await;
    }
    ada.sees(&["Ben"]).await;
    ada.say("Nobody else hears this").await;
    ben.line("Nobody else hears this").await;

    // The password leaves only by a link made for it, and only on purpose.
    ada.press("chat-room:not([hidden]) .actions .invite").await;
    ada.find("share-dialog dialog[open] .secret").await;
    ada.picture("share-private").await;
    let secret = "return [...document.querySelectorAll('share-dialog :is(input, textarea)')].filter((it) => it.value.includes('secret')).length";
    assert_eq!(ada.js(secret, vec![]).await, json!(0));
    ada.press_in_dialog("Close").await;
    ben.resize(900, 700).await;
    ben.press("chat-room:not([hidden]) .people-button").await;
    ben.picture("people").await;
    ada.close().await;
    ben.close().await;
}
