//! How the app begins: on no screen, in a room whose password is missing or given, beside another
//! window; and what the web view leaves of all that.

use std::path::Path;
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
    stage
        .press("enter-dialog button[type=submit]:enabled")
        .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_web_view_leaves_nothing_on_the_disk() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let desk = Desk::new(Settings::default(), false).await;
    let before = files(desk.home());
    let profile = desk.home().join("ada").display().to_string();
    let ada = ["--profile", &profile, "--name", "Ada", "--join", "hall"];
    let mut app = desk.start(&[&ada[..], &["--tracker", &tracker]].concat());
    let mut gus = Guest::enter("hall", &tracker, "Gus").await;
    gus.recognises("Ada").await;
    desk.titled("hall · Chitchatter").await;
    gus.say("one").await;

    desk.close_window();
    desk.eventually("the app to end", || !app.is_running())
        .await;
    gus.stop().await;
    let mut left = files(desk.home());
    left.retain(|path| !before.contains(path) && !OF_THE_SYSTEM.iter().any(|it| path.contains(it)));
    left.sort_unstable();
    let kept = format!("{profile}/profile.json");
    // Nothing is in the second one: it tells others that the first is in use.
    let lock = format!("{kept}.lock");
    assert!(std::fs::read(&lock).is_ok_and(|it| it.is_empty()));
    assert_eq!(left, [kept, lock]);
}

/// What the toolkit, the bus and the graphics driver keep for every program, whatever it is: none
/// of it depends on what one does in ours.
const OF_THE_SYSTEM: [&str; 4] = ["/at-spi", "/dbus-1", "/dconf", "/mesa_shader_cache"];

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                folders.push(entry.path());
            } else {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found
}
