//! What is left on the disk when the window has closed: who one is, and nothing of what was said.

use fantoccini::key::Key;
use interop::Secrets;
use node::ProfileAt;
use serde_json::json;

use crate::company::{Guest, private, tracker};
use crate::page::Language;
use crate::stage::{Setup, turn};

/// Everything the app and its web view write goes below one folder, their temporary files and their
/// logs too; all of it is looked through.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_conversation_is_left_on_the_disk() {
    let _turn = turn().await;
    let secrets = Secrets::new(&[
        "room",
        "password",
        "other room",
        "aloud",
        "answer",
        "changed",
        "private",
        "answered",
        "sought",
        "draft",
        "guest",
    ]);
    let of = |what: &str| secrets.of(what);
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker])
        .env("RUST_LOG", "trace")
        .open()
        .await;
    stage.speak(Language::English).await;
    stage.enter(of("other room")).await;
    stage.press("#new-room").await;
    stage.enter_private(of("room"), of("password")).await;
    let address = private(of("room"), of("password"));
    let wire::Access::Private(secret) = &address.access else {
        panic!("it is private");
    };
    let secret = secret.as_str().to_owned();
    let mut guest = Guest::come(address, &tracker, of("guest"), ProfileAt::Memory).await;
    stage.sees(&[of("guest")]).await;
    let name = stage
        .js(
            "return document.querySelector('own-name .name').textContent",
            vec![],
        )
        .await;
    let me = guest.recognises(name.as_str().expect("a name")).await;

    stage.say(of("aloud")).await;
    let line = guest
        .sees_line("a line", |line| line.text == of("aloud"))
        .await;
    guest.answer(line.key, of("answer")).await;
    stage.line(of("answer")).await;
    stage.keys(&[], Key::Up).await;
    stage.reads_word("composer.editing", &[]).await;
    stage.composer().await.clear().await.expect("cleared");
    stage.say(of("changed")).await;
    guest
        .sees_line("other words", |line| line.text == of("changed"))
        .await;
    guest.react(line.key, "🎉", true).await;
    stage.article_has(of("changed"), ".reaction").await;
    guest.whisper(&me, of("private")).await;
    stage.go_to_room(of("guest")).await;
    stage.line(of("private")).await;
    stage.say(of("answered")).await;
    guest.is_told(of("answered")).await;
    stage.go_to_room(of("room")).await;
    stage.keys(&[Key::Control], 'f').await;
    let field = stage.find("search-bar:not([hidden]) input").await;
    field.send_keys(of("sought")).await.expect("typed");
    stage.reads_word("search.none", &[]).await;
    stage.keys(&[], Key::Escape).await;
    stage.press_word("room.invite", &[]).await;
    stage.press("#share-consent").await;
    stage
        .until(
            "the link with the password",
            "return document.querySelector('#share-link').value.includes('secret')",
            vec![],
        )
        .await;
    stage.press_word("close", &[]).await;
    stage
        .composer()
        .await
        .send_keys(of("draft"))
        .await
        .expect("typed");
    stage
        .client()
        .refresh()
        .await
        .expect("the page is loaded again");
    stage.line(of("changed")).await;
    guest.stop().await;
    stage.reads_word("room.alone", &[]).await;

    let home = stage.close_but_keep_home().await;
    let secrets = secrets.and("the secret of the link", secret.trim_end_matches('='));
    let found = secrets.found_below(home.path());
    assert!(found.is_empty(), "{found:?}");
    let kept = std::fs::read_to_string(home.path().join("data/chitchatter/profile.json"));
    let kept: serde_json::Value = serde_json::from_str(&kept.expect("a profile")).expect("JSON");
    assert_ne!(kept["userId"], json!(null), "who one is, is kept");
}
