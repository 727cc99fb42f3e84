//! Links in messages, links to rooms, and links that were opened elsewhere.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::company::{Guest, tracker};
use crate::stage::{Setup, Stage, turn};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_where_it_leads_before_it_is_opened() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let browser = Browser::new();
    let stage = browser
        .beside(Setup::new().with(["--tracker", &tracker]))
        .open()
        .await;
    stage.enter("library").await;
    let guest = Guest::enter("library", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    outside.set_nonblocking(true).expect("it does not block");
    let url = format!(
        "http://{}/login?a=1&b=2#c",
        outside.local_addr().expect("its address")
    );
    guest.say(&format!("[https://bank.example]({url})")).await;
    stage.line("https://bank.example").await;

    stage.press("article.line .body a").await;
    stage.reads("It leads to").await;
    stage.reads("127.0.0.1").await;
    stage
        .reads("The text of the link named another place.")
        .await;
    stage.picture("link").await;
    let heights = "const dialog = document.querySelector('link-dialog dialog');
         return [dialog, ...dialog.querySelectorAll('button')].map((it) => it.offsetHeight)";
    let heights = stage.js(heights, vec![]).await;
    let heights: Vec<u32> = serde_json::from_value(heights).expect("heights");
    assert!(
        heights[0] < 480,
        "the dialog is as high as what is in it: {heights:?}"
    );
    assert!(
        heights[1..].iter().all(|&it| it < 60),
        "and so are its buttons: {heights:?}"
    );
    stage.press_in_dialog("Cancel").await;
    assert_eq!(browser.opened(), None, "nothing was opened");
    let heard = outside.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(heard, Err(ErrorKind::WouldBlock), "nor connected to");

    stage.press("article.line .body a").await;
    stage.press_in_dialog("Open in browser").await;
    assert_eq!(browser.wait(&stage).await, url);
    assert!(
        stage
            .client()
            .current_url()
            .await
            .expect("a URL")
            .as_str()
            .starts_with("tauri://localhost")
    );
    stage.close().await;
    guest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_links_to_pages_and_mail_are_opened() {
    let _turn = turn().await;
    let browser = Browser::new();
    let stage = browser.beside(Setup::new()).open().await;
    for url in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://example.org/",
        "/bin/sh",
        "chitchatter://public/x",
        "-h",
    ] {
        let answer = stage.invoke("open_link", json!({ "url": url })).await;
        assert!(answer.is_err_and(|why| why.contains("notOpened")), "{url}");
    }
    stage
        .invoke("open_link", json!({ "url": "mailto:ann@example.org" }))
        .await
        .expect("mail is opened");
    assert_eq!(browser.wait(&stage).await, "mailto:ann@example.org");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_to_a_room_is_copied_and_leads_back_to_it() {
    let _turn = turn().await;
    let stage = Setup::new()
        .with(["--origin", "http://localhost:3000"])
        .open()
        .await;
    stage.enter("room with ünï & more/?#").await;
    stage
        .press("chat-room:not([hidden]) .actions .invite")
        .await;
    stage.find("share-dialog dialog[open]").await;
    stage.picture("share").await;
    let link = stage
        .js("return document.querySelector('#share-link').value", vec![])
        .await;
    let link = link.as_str().expect("a link").to_owned();
    assert!(
        link.starts_with("http://localhost:3000/public/room%20with"),
        "{link}"
    );
    stage.press("share-dialog dialog[open] .field button").await;
    stage.reads("Link copied.").await;
    assert_eq!(stage.clipboard().await, link);

    let read = stage
        .invoke("read_link", json!({ "text": link }))
        .await
        .expect("a link");
    assert_eq!(read["name"], json!("room with ünï & more/?#"));
    assert_eq!(read["elsewhere"], json!(false));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_the_app_is_started_with_waits_to_be_confirmed() {
    let _turn = turn().await;
    let stage = Setup::new()
        .with(["chitchatter://public/caf%C3%A9"])
        .open()
        .await;
    stage.reads("A link from outside the app leads here.").await;
    stage.reads("Public: whoever knows the name").await;
    assert_eq!(
        stage
            .js(
                "return document.querySelectorAll('chat-room').length",
                vec![]
            )
            .await,
        json!(0)
    );
    // It takes no click before it can have been read.
    stage
        .press("enter-dialog button[type=submit]:enabled")
        .await;
    stage.is_in("café").await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_its_link_to_the_first() {
    let _turn = turn().await;
    let stage = Setup::new().open().await;
    stage.enter("hall").await;
    let asks = "return document.querySelector('enter-dialog dialog[open]')?.textContent.includes(arguments[0]) === true";
    for (link, shown) in [
        (
            "chitchatter://public/garden?origin=http%3A%2F%2Flocalhost%3A3000",
            "garden",
        ),
        ("cellar", "cellar"),
        (
            "https://chitchatter.im/private/den#pwd=x",
            "Private; the password is in the link",
        ),
        ("chitchatter://nowhere", "This link was refused"),
    ] {
        let ended = stage.start_again(&[link]).await;
        assert!(ended.success(), "{link}");
        stage.until(link, asks, vec![json!(shown)]).await;
        assert_eq!(
            stage
                .js(
                    "return document.querySelectorAll('chat-room').length",
                    vec![]
                )
                .await,
            json!(1),
            "{link}"
        );
        // What comes next waits until this is answered.
        stage.press("enter-dialog .cancel").await;
    }
    // A room that is to be joined is entered at once, with the password its file holds.
    let ended = stage.start_again(&["--join", "attic"]).await;
    assert!(ended.success());
    stage.is_in("attic").await;
    std::fs::write(stage.home().join("password"), "sesame\n").expect("a password");
    let file = stage.home().join("password").display().to_string();
    let ended = stage
        .start_again(&["--join", "vault", "--password-file", &file])
        .await;
    assert!(ended.success());
    stage.is_in("vault").await;
    stage
        .find("chat-room:not([hidden]) .where:has(use[href='#icon-lock'])")
        .await;
    // The variable of the second start counts too, and so does what only that one can read.
    let password = [("CHITCHATTER_PASSWORD", "sesame")];
    let ended = stage.start_again_with(&["--join", "loft"], &password).await;
    assert!(ended.success());
    stage.is_in("loft").await;
    stage
        .find("chat-room:not([hidden]) .where:has(use[href='#icon-lock'])")
        .await;
    // A password that was meant and cannot be had leads nowhere, least of all to the public room.
    let ended = stage
        .start_again(&["--join", "hall", "--password-file", "missing"])
        .await;
    assert_eq!(ended.code(), Some(2));
    stage.is_in("loft").await;
    let own = format!(
        "{}#secret={}",
        "https://chitchatter.im/private/hall",
        "a".repeat(42) + "E%3D"
    );
    // Nor does one that contradicts the link: whoever typed both is told, as by a first start.
    let ended = stage.start_again_with(&["--join", &own], &password).await;
    assert_eq!(ended.code(), Some(2));
    stage.is_in("loft").await;
    // Without it the window asks, as it does for what cannot be entered.
    let ended = stage
        .start_again(&["--join", "https://chitchatter.im/private/den"])
        .await;
    assert!(ended.success());
    stage
        .until("the private room", asks, vec![json!("den")])
        .await;
    stage.press("enter-dialog .cancel").await;
    // A start without a link, or with nonsense, is no reason to do anything.
    assert!(stage.start_again(&[]).await.success());
    for nonsense in [
        &["--no-such-option"][..],
        &["--name", &"n".repeat(200)],
        &["--origin", "nowhere"],
    ] {
        let ended = stage.start_again(nonsense).await;
        assert_eq!(ended.code(), Some(2), "{nonsense:?}");
    }
    assert!(
        stage
            .start_again(&["x".repeat(20_000).as_str()])
            .await
            .success()
    );
    assert!(stage.start_again(&["last"]).await.success());
    stage
        .until("the last link", asks, vec![json!("last")])
        .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_with_profiles_of_their_own_run_side_by_side() {
    let _turn = turn().await;
    let stage = Setup::new().open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().to_str().expect("its path");
    // It cannot find a configured tracker, so it says why and ends instead of handing over.
    let ended = stage
        .start_again(&["--profile", profile, "--tracker", "http://example.org"])
        .await;
    assert!(!ended.success());
    let mut beside = stage.start_beside(&["--profile", profile, "--no-lan"]);
    stage
        .eventually("the other window's profile", || {
            folder.path().join("profile.json").exists()
        })
        .await;
    assert!(beside.is_running());
    // Started again it goes on in its own window, and ends.
    let again = stage.start_again(&["--profile", profile, "cellar"]).await;
    assert!(again.success());
    assert!(beside.is_running());
    stage.close().await;
}

/// Stands in for the system's browser and notes what it is asked to open.
struct Browser {
    folder: tempfile::TempDir,
}

impl Browser {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["xdg-open", "gio", "gnome-open", "kde-open", "wslview"] {
            let program = folder.path().join(name);
            let note = folder.path().join("opened");
            let script = format!(
                "#!/bin/sh\nfor it; do last=$it; done\nprintf %s \"$last\" > {0}.part && mv {0}.part {0}\n",
                note.display()
            );
            std::fs::write(&program, script).expect("a program");
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
                .expect("it runs");
        }
        Self { folder }
    }

    fn beside(&self, setup: Setup) -> Setup {
        let path = std::env::var("PATH").unwrap_or_default();
        setup.env("PATH", &format!("{}:{path}", self.folder.path().display()))
    }

    fn note(&self) -> impl AsRef<Path> {
        self.folder.path().join("opened")
    }

    fn opened(&self) -> Option<String> {
        std::fs::read_to_string(self.note()).ok()
    }

    async fn wait(&self, stage: &Stage) -> String {
        stage
            .eventually("the browser", || self.opened().is_some())
            .await;
        self.opened().expect("it was opened")
    }
}
