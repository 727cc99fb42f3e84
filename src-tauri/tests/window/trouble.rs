//! When the app cannot start, or its page ends: what a person sees, and what they can do.

use fantoccini::key::Key;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::stage::{Setup, Stage, turn};

const TRACKERS: &str = "config/chitchatter/trackers.json";
const PROFILE: &str = "data/chitchatter/profile.json";

#[tokio::test(flavor = "multi_thread")]
async fn a_typo_in_a_list_is_shown_with_its_file_and_the_keyboard_leads_on() {
    let _turn = turn().await;
    let typo = "[\"ws://127.0.0.1:9\",]";
    let stage = Setup::new().file(TRACKERS, typo).open().await;
    stage.reads("There is a mistake in one of your lists").await;
    stage.reads("chitchatter/trackers.json").await;
    stage.reads("line 1").await;
    stage.picture("trouble").await;
    // No element can be had by script alone: what is seen is what is focused and pressed.
    assert_eq!(focused(&stage).await, "H1");
    press_key(&stage, Key::Tab).await;
    assert_eq!(
        focused(&stage).await,
        "Open with the built-in lists, this time only"
    );
    press_key(&stage, Key::Enter).await;
    stage.find("#home h1").await;
    assert_eq!(kept(&stage, TRACKERS), typo, "the file stays as it was");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_broken_is_told_one_after_the_other() {
    let _turn = turn().await;
    let broken = "{ \"userId\": 1 }";
    let stage = Setup::new()
        .file(TRACKERS, "nonsense")
        .file(PROFILE, broken)
        .open()
        .await;
    stage.reads("There is a mistake in one of your lists").await;
    stage.press("main .buttons button:first-child").await;
    stage.reads("Your profile is damaged").await;
    stage.reads("chitchatter/profile.json").await;
    // Trying again changes nothing as long as nobody has mended anything.
    stage.press("main .buttons button:nth-child(2)").await;
    stage.reads("Your profile is damaged").await;
    stage.picture("trouble-profile").await;
    stage.press("main .buttons button:first-child").await;
    stage.find("#home h1").await;
    assert_eq!(kept(&stage, PROFILE), broken, "the file stays as it was");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_mended_counts_when_it_is_tried_again() {
    let _turn = turn().await;
    let stage = Setup::new().file(TRACKERS, "[").open().await;
    stage.reads("There is a mistake in one of your lists").await;
    // Nothing else the page could ask for is answered while there is no node.
    let refused = stage.invoke("settings", json!({})).await;
    assert!(refused.is_err(), "{refused:?}");
    std::fs::write(stage.home().join(TRACKERS), "[]").expect("mended");
    stage.press("main .buttons button:nth-child(2)").await;
    stage.find("#home h1").await;
    assert!(stage.home().join(PROFILE).exists(), "with the profile kept");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_waits_until_the_trouble_is_over_and_quitting_ends_the_app() {
    let _turn = turn().await;
    let stage = Setup::new()
        .with(["chitchatter://public/garden"])
        .file(TRACKERS, "[")
        .open()
        .await;
    stage.press("main .buttons button:first-child").await;
    stage
        .until(
            "the link",
            "return document.body.innerText.includes('garden')
               || [...document.querySelectorAll('input')].some((it) => it.value.includes('garden'))",
            vec![],
        )
        .await;
    stage.close().await;

    let stage = Setup::new().file(TRACKERS, "[").open().await;
    assert_eq!(stage.web_processes().len(), 1);
    // The page is gone before it can answer that it was asked.
    let button = stage.find("main .buttons button:last-child").await;
    let _ = button.click().await;
    stage
        .eventually("the app's end", || stage.web_processes().is_empty())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_process_was_killed_comes_back_and_nothing_is_lost() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada", "--join", "attic"])
        .open()
        .await;
    let mut guest = Guest::enter("attic", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    guest.meets("Ada").await;
    guest.say("before").await;
    stage.line("before").await;

    kill_page(&stage).await;
    guest.say("meanwhile").await;

    let stage = stage.driven_again().await;
    stage.is_in("attic").await;
    stage.line("meanwhile").await;
    let texts: Vec<String> = stage.lines().await.into_iter().map(|it| it.text).collect();
    assert_eq!(texts, ["before", "meanwhile"]);
    stage.say("after").await;
    guest.hears("after").await;
    stage.close().await;
    guest.stop().await;
}

/// Ends the process that draws the page, and waits for another.
async fn kill_page(stage: &Stage) {
    let before = stage.web_processes();
    assert_eq!(before.len(), 1, "one page, one process");
    let pid = before[0].to_string();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &pid])
        .status();
    assert!(killed.expect("kill runs").success());
    stage
        .eventually("another process for the page", || {
            let now = stage.web_processes();
            now.len() == 1 && now != before
        })
        .await;
}

async fn focused(stage: &Stage) -> String {
    let text = stage
        .js(
            "const it = document.activeElement; return it.tagName === 'BUTTON' ? it.textContent : it.tagName",
            vec![],
        )
        .await;
    text.as_str().unwrap_or_default().to_owned()
}

async fn press_key(stage: &Stage, key: Key) {
    let focused = stage.client().active_element().await.expect("the focus");
    focused
        .send_keys(&char::from(key).to_string())
        .await
        .expect("a key");
}

fn kept(stage: &Stage, path: &str) -> String {
    std::fs::read_to_string(stage.home().join(path)).expect("it is there")
}
