//! The settings, one by one, and the profile: saved, taken over, deleted.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::company::{Guest, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, Stage, free_port, turn};

in_each_language! {
    looks_sounds_and_typing_are_chosen,
    servers_are_added_tried_and_taken_away,
    a_profile_is_saved_taken_over_and_deleted,
}

async fn looks_sounds_and_typing_are_chosen(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.go_to("settings").await;
    let brightness = "return Math.max(...getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number))";
    let size = "return parseFloat(getComputedStyle(document.querySelector('settings-form label')).fontSize)";
    let before = stage.js(size, vec![]).await.as_f64().expect("a size");
    stage
        .press("label:has(input[name=settings-theme][value=dark])")
        .await;
    kept(&stage, "theme", &json!("dark")).await;
    assert!(stage.js(brightness, vec![]).await.as_f64() < Some(100.0));
    stage
        .press("label:has(input[name=settings-text-size][value=large])")
        .await;
    kept(&stage, "textSize", &json!("large")).await;
    let after = stage.js(size, vec![]).await.as_f64().expect("a size");
    assert!(after > before * 1.05, "{before} to {after}");
    stage
        .press("label:has(input[name=settings-density][value=compact])")
        .await;
    kept(&stage, "density", &json!("compact")).await;
    stage
        .picture(&format!("settings-dark-{}", language.code()))
        .await;
    stage
        .press("label:has(input[name=settings-theme][value=light])")
        .await;
    kept(&stage, "theme", &json!("light")).await;
    assert!(stage.js(brightness, vec![]).await.as_f64() > Some(200.0));

    // The other language, at once and everywhere, and back.
    let (here, there) = match language {
        Language::English => ("en", "es"),
        Language::Spanish => ("es", "en"),
    };
    let title = stage.word("settings.title", &[]).await;
    for code in [there, here] {
        stage.choose("#settings-language", code).await;
        stage
            .until(
                &format!("a page in {code}"),
                "return document.documentElement.lang === arguments[0] && document.querySelector('#settings-title').textContent !== ''",
                vec![json!(code)],
            )
            .await;
    }
    stage.reads(&title).await;

    // Sounds and notifications. What is played is no matter of the page's elements.
    stage.choose("#settings-which-sound", "chime").await;
    kept(&stage, "sound", &json!({ "on": true, "which": "chime" })).await;
    stage.turn_switch("#settings-sound", false).await;
    kept(&stage, "sound", &json!({ "on": false, "which": "chime" })).await;
    stage.turn_switch("#settings-notify", false).await;
    stage.turn_switch("#settings-disturb", true).await;
    kept(&stage, "doNotDisturb", &json!(true)).await;

    // Without the typing switch, nobody is told of it.
    stage.turn_switch("#settings-typing", false).await;
    kept(&stage, "typing", &json!(false)).await;
    stage.press("#new-room").await;
    stage.enter("desk").await;
    let mut gus = Guest::enter("desk", &tracker, "Gus").await;
    gus.recognises("Ada").await;
    stage.say("unheralded").await;
    let mut typed = false;
    gus.until_line("unheralded", |typing| typed |= typing).await;
    assert!(!typed, "nobody is told that one types");
    stage.close().await;
    gus.stop().await;
}

async fn servers_are_added_tried_and_taken_away(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stun = stun_server();
    let dead = format!("ws://127.0.0.1:{}", free_port());
    let stage = Setup::new().open().await;
    stage.speak(language).await;
    stage.go_to("settings").await;

    // Trackers: one that works, one where nobody is.
    for url in [&tracker, &dead] {
        let field = stage.find("#servers-tracker").await;
        field.send_keys(url).await.expect("typed");
        let enter = char::from(Key::Enter).to_string();
        field.send_keys(&enter).await.expect("Enter");
        stage
            .find(&format!("server-list.tracker li[data-url='{url}']"))
            .await;
    }
    stage
        .press_by_key("settings.testOf", &[json!(tracker)])
        .await;
    let works = stage
        .word(
            "trackerTest",
            &[json!({ "works": true, "connectMs": 77777, "answerMs": 88888 })],
        )
        .await;
    outcome(
        &stage,
        &tracker,
        works.split("77777").next().unwrap_or_default(),
        true,
    )
    .await;
    stage.press_by_key("settings.testOf", &[json!(dead)]).await;
    let fails = stage
        .word(
            "trackerTest",
            &[json!({ "works": false, "reason": "refused" })],
        )
        .await;
    outcome(&stage, &dead, &fails, false).await;
    stage
        .picture(&format!("trackers-{}", language.code()))
        .await;
    stage.press_by_key("settings.remove", &[json!(dead)]).await;
    stage
        .until(
            "it to be gone",
            "return document.querySelector(`li[data-url='${arguments[0]}']`) === null",
            vec![json!(dead)],
        )
        .await;

    // What is no address is refused in its place, and stays to be mended.
    let field = stage.find("#servers-tracker").await;
    field.send_keys("http://example.org").await.expect("typed");
    field
        .send_keys(&char::from(Key::Enter).to_string())
        .await
        .expect("Enter");
    stage
        .until(
            "why it was refused",
            "return document.querySelector('.setting:has(server-list.tracker) > .error').textContent !== ''",
            vec![],
        )
        .await;
    field.clear().await.expect("cleared");

    // STUN: asked for our address.
    let field = stage.find("#servers-ice").await;
    field.send_keys(&stun).await.expect("typed");
    field
        .send_keys(&char::from(Key::Enter).to_string())
        .await
        .expect("Enter");
    stage
        .find(&format!("server-list.ice li[data-url='{stun}']"))
        .await;
    stage.press_by_key("settings.testOf", &[json!(stun)]).await;
    let works = stage
        .word(
            "iceTest",
            &[json!({ "url": stun, "works": true, "candidate": "reflexive" })],
        )
        .await;
    outcome(&stage, &stun, works.trim_end_matches('.'), true).await;

    // Only through relays is refused where there is none; a proxy must be one.
    stage.press("#settings-relay").await;
    stage
        .until(
            "why it does not turn",
            "return document.querySelector('#settings-relay-fault').textContent !== '' && !document.querySelector('#settings-relay').checked",
            vec![],
        )
        .await;
    stage
        .picture(&format!("settings-network-{}", language.code()))
        .await;
    put(&stage, "#settings-proxy", "nonsense").await;
    stage.find("#settings-proxy[aria-invalid=true]").await;
    put(&stage, "#settings-proxy", "socks5://127.0.0.1:9050").await;
    kept(&stage, "proxy", &json!("socks5://127.0.0.1:9050")).await;
    put(&stage, "#settings-proxy", "").await;
    kept(&stage, "proxy", &Value::Null).await;
    let lan = stage.invoke("settings", json!({})).await.expect("settings")["lan"].clone();
    stage.turn_switch("#settings-lan", lan != json!(true)).await;
    kept(&stage, "lan", &json!(lan != json!(true))).await;
    stage.close().await;
}

/// A profile as Chitchatter in a browser writes it to a file.
fn exported_by_chitchatter() -> Value {
    let keys = wire::KeyPair::generate(&mut rand::rngs::OsRng).expect("keys");
    json!({
        "userId": "7d1c9f0e-4b6a-4c3e-9a57-2f1f3c0d8e11",
        "customUsername": "Grace of the Browser",
        "colorMode": "light",
        "playSoundOnNewMessage": true,
        "showNotificationOnNewMessage": true,
        "showActiveTypingStatus": true,
        "isEnhancedConnectivityEnabled": true,
        "selectedSound": "/sounds/chime.mp3",
        "publicKey": keys.public_key(),
        "privateKey": keys.private_key(),
    })
}

async fn a_profile_is_saved_taken_over_and_deleted(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new().with(["--tracker", &tracker]).open().await;
    stage.speak(language).await;
    stage.go_to("settings").await;
    let file = stage.home().join("from-the-browser.json");
    let exported = exported_by_chitchatter();
    std::fs::write(&file, exported.to_string()).expect("a file");

    // A file of Chitchatter's: its name and id are ours from then on.
    stage
        .give_file("profile-vault input[type=file]", &file)
        .await;
    stage.press_word("settings.importNow", &[]).await;
    stage.reads_word("settings.imported", &[]).await;
    stage.reads("Grace of the Browser").await;
    stage.press("#new-room").await;
    stage.enter("desk").await;
    let mut gus = Guest::enter("desk", &tracker, "Gus").await;
    let grace = gus.recognises("Grace of the Browser").await;
    assert_eq!(
        grace.to_string(),
        format!("profile:{}", exported["userId"].as_str().expect("an id")),
        "recognised by the key of the file"
    );

    // Somebody else counts only once no room is joined, and the window offers that; what the file
    // brings is seen at once.
    let mut other = exported_by_chitchatter();
    other["userId"] = json!("0a5f6d52-93d4-4c0b-8a4e-6c1de2b7f940");
    other["customUsername"] = json!("Grace by Day");
    other["colorMode"] = json!("light");
    std::fs::write(&file, other.to_string()).expect("a file");
    stage.go_to("settings").await;
    stage
        .press("label:has(input[name=settings-theme][value=dark])")
        .await;
    kept(&stage, "theme", &json!("dark")).await;
    stage
        .give_file("profile-vault input[type=file]", &file)
        .await;
    stage.press_word("settings.importNow", &[]).await;
    stage.reads_word("settings.importedLater", &[]).await;
    stage
        .find("html[data-theme=light] input[name=settings-theme][value=light]:checked")
        .await;
    stage.press("profile-vault .stays button").await;
    stage.reads_word("settings.enteredAgain", &[]).await;
    stage.reads("Grace by Day").await;
    let again = gus.recognises("Grace by Day").await;
    assert_eq!(
        again.to_string(),
        format!("profile:{}", other["userId"].as_str().expect("an id"))
    );
    assert_ne!(again, grace);
    let exported = other;
    gus.stop().await;

    // Saved as it is, and protected.
    stage.press_word("settings.export", &[]).await;
    stage
        .press("profile-vault dialog[open] label:nth-child(2)")
        .await;
    stage.reads_word("settings.exportWarning", &[]).await;
    stage.press_word("settings.exportSave", &[]).await;
    let file = "chitchatter-profile.json";
    stage.reads_word("settings.exported", &[file.into()]).await;
    let plain = saved(&stage, 1).await;
    let again: Value = serde_json::from_str(&plain).expect("JSON");
    for kept in ["userId", "customUsername", "publicKey", "privateKey"] {
        assert_eq!(again[kept], exported[kept], "{kept}");
    }
    stage.press_word("settings.export", &[]).await;
    let field = stage.find("#export-passphrase").await;
    field.send_keys("short").await.expect("typed");
    stage.press_word("settings.exportSave", &[]).await;
    stage.reads_word("settings.exportShort", &[]).await;
    field.send_keys(" no longer").await.expect("typed");
    stage.picture(&format!("export-{}", language.code())).await;
    stage.press_word("settings.exportSave", &[]).await;
    stage
        .until(
            "the dialog to close",
            "return document.querySelector('dialog[open]') === null",
            vec![],
        )
        .await;
    let sealed = saved(&stage, 2).await;
    assert!(!sealed.contains(exported["privateKey"].as_str().expect("a key")));
    let file = stage.home().join("sealed.json");
    std::fs::write(&file, &sealed).expect("a file");

    // Everything deleted: somebody new.
    stage.press_word("settings.delete", &[]).await;
    stage.reads_word("settings.deleteLead", &[]).await;
    stage.picture(&format!("delete-{}", language.code())).await;
    stage.press_word("settings.deleteNow", &[]).await;
    stage
        .until(
            "somebody new",
            "return (document.querySelector('own-name .name')?.textContent ?? arguments[0]) !== arguments[0] && document.querySelector('room-list button') === null",
            vec![json!("Grace by Day")],
        )
        .await;
    // The language went with the settings.
    stage.speak_as_kept(Language::English).await;
    stage.reads_word("settings.deleted", &[]).await;
    stage.speak(language).await;
    stage.go_to("settings").await;

    // And back, with the passphrase.
    stage
        .give_file("profile-vault input[type=file]", &file)
        .await;
    let field = stage.find("#import-passphrase").await;
    field.send_keys("wrong wrong").await.expect("typed");
    stage.press_word("settings.importNow", &[]).await;
    stage
        .until(
            "that it is wrong",
            "return document.querySelector('profile-vault dialog[open] form > .error').textContent !== ''",
            vec![],
        )
        .await;
    field.clear().await.expect("cleared");
    field.send_keys("short no longer").await.expect("typed");
    stage.press_word("settings.importNow", &[]).await;
    stage.reads("Grace by Day").await;
    stage.close().await;
}

/// Types something else into a field, and goes on to the next.
async fn put(stage: &Stage, selector: &str, text: &str) {
    let field = stage.find(selector).await;
    let all = format!("{0}a{0}", char::from(Key::Control));
    let (delete, tab) = (char::from(Key::Backspace), char::from(Key::Tab));
    let keys = format!("{all}{delete}{text}{tab}");
    field.send_keys(&keys).await.expect("typed");
}

/// Waits until a setting is kept.
async fn kept(stage: &Stage, name: &str, value: &Value) {
    stage
        .until(
            &format!("{name} to be {value}"),
            "const kept = await window.__TAURI__.core.invoke('settings');
             return JSON.stringify(kept[arguments[0]]) === JSON.stringify(arguments[1]);",
            vec![json!(name), value.clone()],
        )
        .await;
}

/// Waits for what trying a server gave.
async fn outcome(stage: &Stage, url: &str, says: &str, good: bool) {
    stage
        .until(
            &format!("{says:?} of {url}"),
            "const told = document.querySelector(`li[data-url='${arguments[0]}'] .outcome`);
             return told.textContent.includes(arguments[1]) && told.classList.contains('bad') !== arguments[2];",
            vec![json!(url), json!(says), json!(good)],
        )
        .await;
}

/// The newest of so many profiles in the folder for downloads.
async fn saved(stage: &Stage, count: usize) -> String {
    let found = || {
        let mut files: Vec<_> = walk(stage.home())
            .into_iter()
            .filter(|it| {
                it.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("chitchatter-profile"))
            })
            .collect();
        files.sort_by_key(|it| std::fs::metadata(it).and_then(|it| it.modified()).ok());
        files
    };
    stage
        .eventually("a saved profile", || found().len() == count)
        .await;
    std::fs::read_to_string(&found()[count - 1]).expect("the file")
}

/// All files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

/// Answers each STUN request with the address it came from, as long as the test runs.
fn stun_server() -> String {
    const MAGIC: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let address = socket.local_addr().expect("its address");
    std::thread::spawn(move || {
        let mut request = [0; 1500];
        while let Ok((length, SocketAddr::V4(from))) = socket.recv_from(&mut request) {
            if length < 20 || request[..2] != [0, 1] || request[4..8] != MAGIC {
                continue;
            }
            // A success, with one attribute: XOR-MAPPED-ADDRESS of IPv4.
            let mut answer = vec![1, 1, 0, 12];
            answer.extend(&request[4..20]);
            answer.extend([0, 0x20, 0, 8, 0, 1]);
            let port = from.port().to_be_bytes();
            answer.extend([port[0] ^ MAGIC[0], port[1] ^ MAGIC[1]]);
            let ip = from.ip().octets();
            answer.extend(ip.iter().zip(MAGIC).map(|(byte, mask)| byte ^ mask));
            let _ = socket.send_to(&answer, from);
        }
    });
    format!("stun:{address}")
}
