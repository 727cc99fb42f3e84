//! Where one is told things: the doctor, the list of keys, and cards that load nothing by themselves.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use fantoccini::key::Key;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, free_port, turn};

in_each_language! {
    the_doctor_tells_how_things_are_and_gives_no_address_away,
    the_keys_are_listed_and_lead_where_they_say,
    a_card_loads_nothing_before_it_is_asked,
}

async fn the_doctor_tells_how_things_are_and_gives_no_address_away(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let dead = format!("ws://127.0.0.1:{}", free_port());
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--tracker", &dead, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("clinic").await;
    let mut gus = Guest::enter("clinic", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    gus.recognises("Ada").await;
    stage.say("a secret of mine").await;
    gus.hears("a secret of mine").await;

    stage.press_word("doctor.more", &[]).await;
    stage.find("#doctor-title").await;
    stage
        .until(
            "both trackers as they are",
            "const row = (url) => [...document.querySelectorAll('.finding li')].find((it) => it.querySelector('.url')?.textContent.includes(url));
             return row(arguments[0])?.className === 'good' && row(arguments[1])?.className === 'bad';",
            vec![json!(tracker), json!(dead)],
        )
        .await;
    let path = stage.words("path", &[json!("direct")]).await;
    stage
        .until(
            "Gus, and how he is reached",
            "const peer = document.querySelector('connection-doctor .peers li');
             return peer?.textContent.includes('Gus') && peer.textContent.includes(arguments[0]);",
            vec![json!(path[0])],
        )
        .await;
    let some = json!({ "kind": "someTrackers", "failing": 1, "of": 2 });
    let advice = stage.words("doctor.advice", &[some]).await;
    stage.reads(&advice[0]).await;
    stage.picture(&format!("doctor-{}", language.code())).await;
    stage.press_word("doctor.copy", &[]).await;
    stage.reads_word("doctor.copied", &[]).await;
    stage.go_to_room("clinic").await;
    let report = stage.clipboard().await;
    assert!(report.lines().count() > 5, "{report}");
    for given_away in ["a secret of mine", "Gus", "clinic", &own_address()] {
        assert!(!report.contains(given_away), "{given_away} is in: {report}");
    }
    stage.close().await;
    gus.stop().await;
}

async fn the_keys_are_listed_and_lead_where_they_say(language: Language) {
    let _turn = turn().await;
    let stage = Setup::new().open().await;
    stage.speak(language).await;
    stage.is_ready().await;
    stage.keys(&[Key::Control], '/').await;
    stage.find("#shortcuts-title").await;
    stage.reads_word("shortcuts.lead", &[]).await;
    for deed in ["shortcuts", "home", "nextUnread", "editLast", "takeBack"] {
        stage
            .reads_word(&format!("shortcuts.does.{deed}"), &[])
            .await;
    }
    stage
        .picture(&format!("shortcuts-{}", language.code()))
        .await;
    stage.keys(&[Key::Control], ',').await;
    stage.find("#settings-title").await;
    stage.keys(&[], '?').await;
    stage.find("#shortcuts-title").await;
    stage.keys(&[Key::Control], 'n').await;
    stage.find("#home room-door").await;
    stage.go_to("about").await;
    stage.reads_word("about.whoTitle", &[]).await;
    stage.picture(&format!("about-{}", language.code())).await;
    stage.close().await;
}

async fn a_card_loads_nothing_before_it_is_asked(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    outside.set_nonblocking(true).expect("it does not block");
    let host = outside.local_addr().expect("its address").to_string();
    let untouched = || {
        let heard = outside.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(heard, Err(ErrorKind::WouldBlock), "it was connected to");
    };
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("gallery").await;
    let mut gus = Guest::enter("gallery", &tracker, "Gus").await;
    gus.recognises("Ada").await;
    gus.say(&format!("![a bridge](https://{host}/bridge.png)"))
        .await;
    gus.say("https://www.youtube.com/watch?v=dQw4w9WgXcQ").await;
    stage.find("article a[data-card=picture]").await;
    stage.find("article a[data-card=youtube]").await;
    stage.picture(&format!("cards-{}", language.code())).await;
    untouched();

    // Asked, it says where it would go; not wanted, nothing happens.
    stage.press("article a[data-card=picture]").await;
    stage.reads_word("load.why", &[]).await;
    stage.reads(&host).await;
    stage
        .picture(&format!("card-asks-{}", language.code()))
        .await;
    stage.press_word("cancel", &[]).await;
    untouched();
    // Wanted, it is fetched, but never from inside of one's own network.
    stage.press("article a[data-card=picture]").await;
    stage.press_word("load.yes", &[]).await;
    let refused = json!({ "kind": "notFetched", "fault": "privateAddress" });
    stage.reads_word("refusal", &[refused]).await;
    untouched();
    // A video opens outside, after one has seen where.
    stage.press("article a[data-card=youtube]").await;
    stage.reads_word("link.title", &[]).await;
    stage.press_word("cancel", &[]).await;
    stage.close().await;
    gus.stop().await;
}

/// The address others see this machine under. Nothing is sent to find it.
fn own_address() -> String {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
    let address = socket
        .connect("192.0.2.1:9")
        .and_then(|()| socket.local_addr());
    // Without a network there is none to be given away.
    address.map_or_else(|_| "127.0.0.1".to_owned(), |it| it.ip().to_string())
}
