//! Links that find an app nobody installed.

use std::path::Path;

use serde_json::json;

use crate::stage::{Setup, turn};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_the_app_that_is_running_though_it_was_never_installed() {
    let _turn = turn().await;
    let stage = Setup::new().open().await;
    // The index an opener reads names the program that runs, unless this machine has another.
    let index = stage.home().join("data/applications/mimeinfo.cache");
    let ours = "x-scheme-handler/chitchatter=chitchatter-handler.desktop;";
    stage
        .eventually("the app to be offered", || {
            let index = std::fs::read_to_string(&index).unwrap_or_default();
            index.lines().any(|line| line == ours)
                || Path::new("/usr/share/applications/chitchatter.desktop").exists()
        })
        .await;
    stage.open_link("chitchatter://public/garden").await;
    stage
        .until(
            "to be asked",
            "return document.querySelector('enter-dialog dialog[open]')?.innerText.includes(arguments[0]) === true",
            vec![json!("garden")],
        )
        .await;
    stage.close().await;
}
