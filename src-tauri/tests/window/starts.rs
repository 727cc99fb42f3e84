//! How the app begins: on no screen, in a room whose password is missing or given, beside another
//! window.

use std::process::Command;

use node::ProfileAt;
use tempfile::TempDir;
use view::Settings;

use crate::company::{Guest, private, tracker};
use crate::desk::Desk;
use crate::page::Language;
use crate::stage::{Setup, at_home, turn};

#[test]
fn without_a_screen_a_sentence_names_the_terminal_peer() {
    let home = TempDir::new().expect("a home folder");
    for display in [None, Some(":987654")] {
        let mut app = Command::new(env!("CARGO_BIN_EXE_chitchatter"));
        at_home(&mut app, home.path()).env_remove("DISPLAY");
        if let Some(display) = display {
            app.env("DISPLAY", display);
        }
        let ended = app.output().expect("it starts");

        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(3), "{said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
        assert!(said.contains("chitchatter-cli"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_to_enter_at_once_asks_for_its_password_unless_it_is_given() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let address = private("vault", "open, sesame");
    let link = wire::Invitation::from(&address).web_link();
    let gus = Guest::come(address, &tracker, "Gus", ProfileAt::Memory).await;
    let vault = || Setup::new().with(["--tracker", &tracker, "--join", &link]);

    let stage = vault().open().await;
    stage.speak(Language::English).await;
    let password = stage
        .find("enter-dialog dialog[open] #enter-password")
        .await;
    password.send_keys("open, sesame").await.expect("typed");
    stage.press("enter-dialog button[type=submit]").await;
    stage.is_in("vault").await;
    stage.sees(&["Gus"]).await;
    stage.close().await;

    let given = vault().env("CHITCHATTER_PASSWORD", "open, sesame");
    let stage = given.open().await;
    stage.is_in("vault").await;
    stage.sees(&["Gus"]).await;
    stage.close().await;
    gus.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_begin_side_by_side() {
    let _turn = turn().await;
    let desk = Desk::new(Settings::default(), false).await;
    let profiles = TempDir::new().expect("folders");
    let [ada, ben] = ["ada", "ben"].map(|name| profiles.path().join(name).display().to_string());

    let _left = desk.start(&["--profile", &ada, "--place", "left"]);
    let _right = desk.start(&["--profile", &ben, "--place", "right"]);

    let halves = [(0, 0, 640, 852), (640, 0, 640, 852)];
    desk.eventually("both halves of the screen to be taken", || {
        let mut places = desk.places();
        places.sort_unstable();
        places == halves
    })
    .await;
}
