//! The window holds no truth: what it is told again after a reload is what it showed before.

use serde_json::json;

use crate::company::{Guest, tracker};
use crate::stage::{Setup, turn};

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_loses_and_doubles_nothing() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.enter("attic").await;
    let mut guest = Guest::enter("attic", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    guest.meets("Ada").await;
    guest.say("first").await;
    stage.line("first").await;
    stage.say("second").await;
    guest.hears("second").await;
    guest.say("third").await;
    stage.line("third").await;
    let before = stage.lines().await;

    stage
        .client()
        .refresh()
        .await
        .expect("the page is loaded again");
    stage.is_in("attic").await;
    stage.line("third").await;
    assert_eq!(stage.lines().await, before);
    stage.sees(&["Gus"]).await;

    guest.say("fourth").await;
    stage.line("fourth").await;
    stage.say("fifth").await;
    guest.hears("fifth").await;
    stage.line("fifth").await;
    let texts: Vec<String> = stage
        .lines()
        .await
        .into_iter()
        .map(|line| line.text)
        .collect();
    assert_eq!(texts, ["first", "second", "third", "fourth", "fifth"]);
    stage.close().await;
    guest.stop().await;
}

/// The page is loaded again and again while somebody talks without a pause.
#[tokio::test(flavor = "multi_thread")]
async fn lines_that_come_during_a_reload_are_each_shown_once_and_in_order() {
    // As many as somebody may say at once before it is folded away.
    const LINES: usize = 80;
    const RELOADS: usize = 4;

    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.enter("attic").await;
    let mut guest = Guest::enter("attic", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    guest.meets("Ada").await;

    let (go, mut gone) = tokio::sync::mpsc::channel::<()>(1);
    let talking = tokio::spawn(async move {
        for number in 0..LINES {
            guest.say(&format!("line {number}")).await;
            // Every so many lines a reload is let in, so that both are under way at once.
            if number % (LINES / (RELOADS + 1)) == 0 {
                let _ = go.send(()).await;
            }
        }
        guest
    });
    for _ in 0..RELOADS {
        gone.recv().await.expect("the guest talks");
        stage
            .client()
            .refresh()
            .await
            .expect("the page is loaded again");
    }
    while gone.recv().await.is_some() {}
    let guest = talking.await.expect("the guest talks to the end");

    stage.line(&format!("line {}", LINES - 1)).await;
    let texts: Vec<String> = stage
        .lines()
        .await
        .into_iter()
        .map(|line| line.text)
        .collect();
    let expected: Vec<String> = (0..LINES).map(|number| format!("line {number}")).collect();
    assert_eq!(texts, expected);
    stage.close().await;
    guest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_world_are_kept_when_the_app_is_started_again() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let desk = tempfile::tempdir().expect("a folder");
    let profile = desk.path().to_str().expect("its path").to_owned();
    let start = || {
        Setup::new()
            .with(["--tracker", &tracker, "--profile", &profile])
            .open()
    };

    let stage = start().await;
    stage
        .invoke("rename", json!({ "name": "Ada" }))
        .await
        .expect("a name");
    let settings = json!({ "settings": { "origin": "http://localhost:3000", "lan": false } });
    stage
        .invoke("save_settings", settings.clone())
        .await
        .expect("settings");
    let refused = stage
        .invoke(
            "save_settings",
            json!({ "settings": { "origin": "nonsense", "lan": true } }),
        )
        .await;
    assert!(refused.is_err_and(|why| why.contains("badSettings") && why.contains("origin")));
    stage.close().await;

    let again = start().await;
    again.reads("Ada").await;
    let kept = again.invoke("settings", json!({})).await.expect("settings");
    for chosen in ["origin", "lan"] {
        assert_eq!(kept[chosen], settings["settings"][chosen]);
    }
    again.close().await;
}
