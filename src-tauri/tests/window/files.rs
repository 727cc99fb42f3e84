//! Files, from one machine's disk to another's, by the real dialogs and the real drag.

use std::path::{Path, PathBuf};

use fantoccini::key::Key;
use room::ShareKind;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::hand::{Copied, Hand};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, Stage, turn};

in_each_language! {
    closing_the_window_asks_while_somebody_fetches,
    a_file_that_is_chosen_is_fetched_by_somebody_and_taken_back,
    what_somebody_offers_is_saved_shown_and_played,
}

async fn a_file_that_is_chosen_is_fetched_by_somebody_and_taken_back(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (stage, mut gus) = together(language, &tracker).await;
    let hand = Hand::at(stage.display());
    let film = written(stage.home(), "Film one.mkv", 2_000_003);

    // By the system's own dialog.
    stage
        .press("chat-room:not([hidden]) message-composer .box > button")
        .await;
    stage.picture(&format!("attach-{}", language.code())).await;
    stage.press_word("files.pickFiles", &[]).await;
    hand.choose(&film).await;
    stage.is_at("Film one.mkv", "giving").await;
    stage.reads_word("files.fetchedByNobody", &[]).await;
    let shared = gus.is_offered("Film one.mkv").await;
    assert_eq!((shared.files, shared.size), (Some(1), Some(2_000_003)));
    let there = tempfile::tempdir().expect("a folder");
    gus.fetches(&shared.key, there.path()).await;
    assert_same(&film, &there.path().join("Film one.mkv"));
    stage
        .reads_word("files.fetchedBy", &[json!(["Gus"]), json!(0)])
        .await;
    stage
        .picture(&format!("share-own-{}", language.code()))
        .await;
    // The desktop's list of files used lately is not told.
    let recent = stage.home().join("data/recently-used.xbel");
    stage
        .eventually("nothing to be remembered of it", || {
            let list = std::fs::read_to_string(&recent);
            list.is_ok_and(|it| !it.contains("Film"))
        })
        .await;

    // By dragging it there from another program.
    let other = written(stage.home(), "Other words.txt", 4_001);
    let drag = hand.drag(&other).await;
    stage.reads_word("files.drop", &[json!("cinema")]).await;
    stage.picture(&format!("drop-{}", language.code())).await;
    drag.leave();
    stage
        .until(
            "the veil to go",
            "return document.querySelector('drop-veil').hidden",
            vec![],
        )
        .await;
    hand.drag(&other).await.drop_here().await;
    stage.is_at("Other words.txt", "giving").await;
    let shared = gus.is_offered("Other words.txt").await;
    gus.fetches(&shared.key, there.path()).await;
    assert_same(&other, &there.path().join("Other words.txt"));

    // By pasting a picture that was copied in another program.
    let copied = Copied::picture(stage.display(), PICTURE);
    paste_into(&stage).await;
    let pasted = gus
        .sees_line("a pasted picture", |line| {
            let share = line.share.as_ref();
            share.is_some_and(|it| it.kind == ShareKind::Image && it.thumbnail.is_some())
        })
        .await;
    drop(copied);
    let share = pasted.share.expect("it is shared");
    gus.fetches(&share.key, there.path()).await;
    assert!(std::fs::metadata(there.path().join(&share.name)).is_ok_and(|it| it.len() > 0));

    // By pasting a file that was copied in a file manager, once one is sure.
    let report = written(stage.home(), "Report.pdf", 7_001);
    let copied = Copied::file(stage.display(), &report);
    paste_into(&stage).await;
    stage.reads_word("files.pasteTitle", &[]).await;
    stage.picture(&format!("paste-{}", language.code())).await;
    let yes = stage.word("files.sureYes", &[]).await;
    stage.press_in_dialog(&yes).await;
    drop(copied);
    let shared = gus.is_offered("Report.pdf").await;
    gus.fetches(&shared.key, there.path()).await;
    assert_same(&report, &there.path().join("Report.pdf"));

    // Taken back, it is gone for everybody.
    stage.press_on("Other words.txt", "files.unshare").await;
    stage.press_word("files.keepSharing", &[]).await;
    stage.press_on("Other words.txt", "files.unshare").await;
    let unshare = stage.word("files.unshare", &[]).await;
    stage.press_in_dialog(&unshare).await;
    stage.is_at("Other words.txt", "withdrawn").await;
    gus.sees_line("an offer taken back", |line| {
        line.share
            .as_ref()
            .is_some_and(|it| it.withdrawn && it.name == "Other words.txt")
    })
    .await;
    stage.close().await;
    gus.stop().await;
}

async fn closing_the_window_asks_while_somebody_fetches(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (stage, mut gus) = together(language, &tracker).await;
    let hand = Hand::at(stage.display());
    let film = stage.home().join("Long film.mkv");
    let long = std::fs::File::create(&film).expect("a file");
    // As long as it takes to answer two questions while it goes.
    long.set_len(LONG).expect("its length");
    stage
        .press("chat-room:not([hidden]) message-composer .box > button")
        .await;
    stage.press_word("files.pickFiles", &[]).await;
    hand.choose(&film).await;
    let shared = gus.is_offered("Long film.mkv").await;
    let there = tempfile::tempdir().expect("a folder");
    gus.begins_to_fetch(&shared.key, there.path()).await;
    stage
        .until(
            "bytes to go",
            "return [...document.querySelectorAll('share-card .state')].some((it) => it.innerText.includes(arguments[0]))",
            vec![json!(stage.word("files.givingTo", &[json!(1)]).await)],
        )
        .await;

    // Leaving says so too.
    stage.press_word("room.leave", &[]).await;
    stage.reads_word("files.stopsLeaving", &[]).await;
    stage
        .picture(&format!("leave-files-{}", language.code()))
        .await;
    let stay = stage.word("leave.stay", &[]).await;
    stage.press_in_dialog(&stay).await;

    let asks = "return document.querySelector('confirm-dialog dialog[open]') !== null";
    hand.close_window();
    stage.until("the question", asks, vec![]).await;
    stage.reads_word("files.endTitle", &[]).await;
    stage.picture(&format!("end-{}", language.code())).await;
    let stay = stage.word("files.stay", &[]).await;
    stage.press_in_dialog(&stay).await;
    stage.is_in("cinema").await;
    hand.close_window();
    stage.until("the question again", asks, vec![]).await;
    // The driver is to have its answer before the app is gone.
    let end = stage.word("files.end", &[]).await;
    let press = "const end = [...document.querySelectorAll('confirm-dialog button')].find((it) => it.innerText.trim() === arguments[0]);
         setTimeout(() => end.click(), 200);
         return true";
    stage.js(press, vec![json!(end)]).await;
    gus.misses_somebody().await;
    stage
        .eventually("the app to end", || stage.web_processes().is_empty())
        .await;
    gus.stop().await;
}

/// The length of a film that takes a while, in bytes; nothing of it is on the disk.
const LONG: u64 = 2_000_000_000;

async fn what_somebody_offers_is_saved_shown_and_played(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (stage, mut gus) = together(language, &tracker).await;
    let hand = Hand::at(stage.display());
    let there = tempfile::tempdir().expect("a folder");

    // Where to is asked once.
    let film = written(there.path(), "Film two.mkv", 3_000_017);
    gus.share(&film).await;
    stage.is_at("Film two.mkv", "offered").await;
    stage
        .picture(&format!("share-offered-{}", language.code()))
        .await;
    stage.press_on("Film two.mkv", "files.download").await;
    hand.accept().await;
    let folder = stage.home().join("Fetched");
    stage.is_at("Film two.mkv", "done").await;
    assert_same(&film, &folder.join("Film two.mkv"));
    stage
        .picture(&format!("share-done-{}", language.code()))
        .await;
    let notes = written(there.path(), "Notes.txt", 50_000);
    gus.share(&notes).await;
    stage.press_on("Notes.txt", "files.download").await;
    stage.is_at("Notes.txt", "done").await;
    assert_same(&notes, &folder.join("Notes.txt"));

    // A picture and a sound are shown once they are asked for, and lie nowhere.
    let picture = there.path().join("Pier.png");
    std::fs::write(&picture, PICTURE).expect("written");
    gus.share(&picture).await;
    stage.is_at("Pier.png", "offered").await;
    stage.has_in("Pier.png", ".picture img").await;
    stage.press_on("Pier.png", "files.show").await;
    stage.is_at("Pier.png", "shown").await;
    stage
        .until(
            "the picture",
            "const picture = document.querySelector('chat-room:not([hidden]) share-card .media img');
             return picture?.complete && picture.naturalWidth === 256 && picture.src.startsWith('blob:')",
            vec![],
        )
        .await;
    stage
        .picture(&format!("share-picture-{}", language.code()))
        .await;
    let sound = there.path().join("Horn.wav");
    std::fs::write(&sound, horn()).expect("written");
    gus.share(&sound).await;
    stage.press_on("Horn.wav", "files.play").await;
    stage
        .until(
            "the sound",
            "return document.querySelector('chat-room:not([hidden]) share-card .media audio')?.duration > 0.4",
            vec![],
        )
        .await;
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 3);
    stage
        .picture(&format!("share-shown-{}", language.code()))
        .await;

    // What is taken back says so.
    let later = written(there.path(), "Later.zip", 100);
    let key = gus.share(&later).await;
    stage.is_at("Later.zip", "offered").await;
    gus.unshare(&key).await;
    stage.is_at("Later.zip", "withdrawn").await;
    stage.reads_word("files.withdrawn", &[]).await;
    stage.resize(320, 700).await;
    stage
        .picture(&format!("share-narrow-{}", language.code()))
        .await;
    assert_eq!(
        stage
            .js("return document.documentElement.scrollWidth", vec![])
            .await,
        json!(320)
    );
    // Where it is kept stands in the settings.
    stage.resize(1180, 760).await;
    stage.go_to("settings").await;
    stage.reads(folder.to_str().expect("its path")).await;
    stage.close().await;
    gus.stop().await;
}

/// A window and a guest who know each other, in one room.
async fn together(language: Language, tracker: &str) -> (Stage, Guest) {
    let stage = Setup::new()
        .with([
            "--tracker",
            tracker,
            "--name",
            "Ada",
            "--ice-server",
            "none",
        ])
        // Where this person keeps downloads.
        .file(
            "config/user-dirs.dirs",
            "XDG_DOWNLOAD_DIR=\"$HOME/Fetched\"\n",
        )
        .file("Fetched/here before.txt", "")
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("cinema").await;
    let mut gus = Guest::enter("cinema", tracker, "Gus").await;
    gus.recognises("Ada").await;
    stage.sees(&["Gus"]).await;
    (stage, gus)
}

/// A file of so many bytes, of which no two parts are alike.
fn written(folder: &Path, name: &str, length: u32) -> PathBuf {
    let file = folder.join(name);
    let bytes: Vec<u8> = (0..length)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    std::fs::write(&file, bytes).expect("written");
    file
}

fn assert_same(one: &Path, other: &Path) {
    let read = |file| std::fs::read(file).expect("a file");
    assert!(read(one) == read(other), "{} differs", other.display());
}

/// Half a second of a horn: eight thousand bytes a second.
fn horn() -> Vec<u8> {
    let sound: Vec<u8> = (0..4_000_u16)
        .map(|at| if at / 20 % 2 == 0 { 160 } else { 96 })
        .collect();
    let word = |it: u32| it.to_le_bytes();
    let mut file = b"RIFF".to_vec();
    file.extend(word(4_036));
    file.extend(b"WAVEfmt ");
    file.extend(word(16));
    file.extend([1, 0, 1, 0]);
    file.extend(word(8_000));
    file.extend(word(8_000));
    file.extend([1, 0, 8, 0]);
    file.extend(b"data");
    file.extend(word(4_000));
    file.extend(sound);
    file
}

/// Our own mark, large enough to be looked at.
const PICTURE: &[u8] = include_bytes!("../../icons/128x128@2x.png");

impl Stage {
    /// Waits until the card of a file is at this stage.
    async fn is_at(&self, name: &str, stage: &str) {
        self.until(
            &format!("{name} to be {stage}"),
            "return [...document.querySelectorAll('chat-room:not([hidden]) share-card')]
               .some((it) => it.querySelector('.name').title === arguments[0] && it.dataset.stage === arguments[1])",
            vec![json!(name), json!(stage)],
        )
        .await;
    }

    /// Waits until there is something in the card of a file.
    async fn has_in(&self, name: &str, selector: &str) {
        self.until(
            &format!("{selector} in the card of {name}"),
            "return [...document.querySelectorAll('chat-room:not([hidden]) share-card')]
               .some((it) => it.querySelector('.name').title === arguments[0] && it.querySelector(arguments[1]) !== null)",
            vec![json!(name), json!(selector)],
        )
        .await;
    }

    /// Presses a button of the card of a file, by its word in the catalogue.
    async fn press_on(&self, name: &str, path: &str) {
        let label = self.word(path, &[]).await;
        self.until(
            &format!("{label:?} on the card of {name}"),
            "const card = [...document.querySelectorAll('chat-room:not([hidden]) share-card')]
               .find((it) => it.querySelector('.name').title === arguments[0]);
             const button = [...card?.querySelectorAll('button') ?? []].find((it) => it.innerText.trim() === arguments[1]);
             for (const it of document.querySelectorAll('[data-pressed]')) it.removeAttribute('data-pressed');
             button?.setAttribute('data-pressed', '');
             return button !== undefined",
            vec![json!(name), json!(label)],
        )
        .await;
        // By the keyboard: what is told of it may move it while one aims.
        let button = self.find("share-card button[data-pressed]").await;
        let enter = char::from(Key::Enter).to_string();
        button.send_keys(&enter).await.expect("it is pressed");
    }
}

async fn paste_into(stage: &Stage) {
    let paste = format!("{}v{}", char::from(Key::Control), char::from(Key::Null));
    let composer = stage.composer().await;
    composer.send_keys(&paste).await.expect("it is pasted");
}
