//! What people and programs read of files.

use view::TransferFile;

use super::*;

pub(crate) fn share() -> Share {
    Share {
        key: "ab".repeat(32),
        name: "film.mkv".to_owned(),
        files: Some(1),
        size: Some(1_234_567_890),
        kind: ShareKind::Video,
        thumbnail: None,
        holders: Vec::new(),
        more_holders: 0,
        gone: false,
        withdrawn: false,
        inline: false,
        plain: false,
    }
}

pub(crate) fn transfer(state: TransferState, have: u64) -> Transfer {
    Transfer {
        room: "demo".to_owned(),
        key: share().key,
        name: "film.mkv".to_owned(),
        kind: ShareKind::Video,
        own: false,
        state,
        have,
        total: Some(1000),
        speed: 10,
        left_ms: Some(95_000),
        peers: 1,
        stalled: false,
        files: vec![TransferFile {
            index: 0,
            name: "film.mkv".to_owned(),
            size: 1000,
            kind: ShareKind::Video,
            path_shown: Some("film (2).mkv".to_owned()),
            runs: false,
            mime: None,
        }],
        folder: Some("/downloads".to_owned()),
        reason: None,
    }
}

#[test]
fn sizes_are_said_as_people_say_them() {
    for (bytes, words) in [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1049, "1 kB"),
        (1050, "1.1 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (12_345, "12 kB"),
        (208_500, "209 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (1_048_576, "1 MB"),
        (1_234_567_890, "1.2 GB"),
        (u64::MAX, "18 EB"),
    ] {
        assert_eq!(size(bytes), words);
    }
}

#[test]
fn a_share_is_its_name_and_its_size_and_what_to_do() {
    let film = share();
    assert_eq!(share_text(&film), "film.mkv · 1.2 GB");
    assert_eq!(share_hint(&film, false, 3), "/get 3");
    assert_eq!(share_hint(&film, true, 3), "/unshare 3");
    let several = Share {
        files: Some(3),
        ..share()
    };
    assert_eq!(share_text(&several), "3 files: film.mkv, … · 1.2 GB");
    let folder = Share {
        name: "\u{202e}films\u{1b}[2J".to_owned(),
        files: Some(12),
        kind: ShareKind::Folder,
        size: None,
        gone: true,
        ..share()
    };
    assert_eq!(share_text(&folder), "films/ (12 files)");
    assert_eq!(share_hint(&folder, false, 3), "nobody who has it is here");
    let held = Share {
        holders: ["Ada", "Ben", "Cem", "Dora"].map(str::to_owned).into(),
        more_holders: 2,
        ..share()
    };
    let at = |share: &Share, author| holders_text(share, author);
    assert_eq!(
        at(&held, "Zoe").as_deref(),
        Some("at Ada, Ben, Cem and 3 more")
    );
    assert_eq!(
        at(&held, "Ben").as_deref(),
        Some("also at Ada, Cem, Dora and 2 more")
    );
    let alone = Share {
        holders: vec!["Ada".to_owned()],
        ..share()
    };
    assert_eq!(at(&alone, "Ada"), None);
    assert_eq!(at(&alone, "Ben").as_deref(), Some("at Ada"));
    assert_eq!(at(&film, "Ada"), None);
}

#[test]
fn what_a_browser_shares_is_counted_when_that_is_known() {
    let unknown = Share {
        files: None,
        size: None,
        ..share()
    };
    assert_eq!(
        share_text(&unknown),
        "film.mkv · how much it is shows once it is fetched"
    );
    let mut coming = transfer(TransferState::Fetching, 0);
    assert_eq!(fetched_text(&unknown, &coming), "film.mkv · 1 kB");
    coming.files.push(coming.files[0].clone());
    assert_eq!(
        fetched_text(&unknown, &coming),
        "2 files: film.mkv, … · 1 kB"
    );
}

#[test]
fn what_came_of_something_that_was_taken_back_says_what_becomes_of_it() {
    let mut shelf = Shelf::default();
    shelf.numbers.insert(("demo".to_owned(), share().key), 8);
    let mut news = |it: &Transfer| shelf.news(it, Instant::now()).map(|it| it.text);
    assert_eq!(news(&transfer(TransferState::Withdrawn, 0)), None);
    news(&transfer(TransferState::Fetching, 500));
    assert_eq!(
        news(&transfer(TransferState::Withdrawn, 500)).as_deref(),
        Some(
            "film.mkv was taken back; the 500 bytes that came are thrown away when you leave the \
             room or end the program; /cancel 8 does it at once."
        )
    );
}

#[test]
fn people_read_when_something_changes_and_else_seldom_how_far_it_is() {
    let mut shelf = Shelf::default();
    let start = Instant::now();
    let at = |shelf: &mut Shelf, seconds: u64, it: &Transfer| {
        let news = shelf.news(it, start + Duration::from_secs(seconds));
        news.map(|it| it.text)
    };

    let it = transfer(TransferState::Fetching, 0);
    assert_eq!(
        at(&mut shelf, 0, &it).as_deref(),
        Some("Fetching film.mkv (1 kB) into /downloads.")
    );
    let it = transfer(TransferState::Fetching, 50);
    assert_eq!(at(&mut shelf, 9, &it), None);
    assert_eq!(
        at(&mut shelf, 10, &it).as_deref(),
        Some("film.mkv: 5 %, 10 bytes/s, 95 s left.")
    );
    let stalled = Transfer {
        stalled: true,
        ..transfer(TransferState::Fetching, 60)
    };
    assert_eq!(
        at(&mut shelf, 11, &stalled).as_deref(),
        Some("film.mkv waits for somebody who has it.")
    );
    assert_eq!(at(&mut shelf, 40, &stalled), None);
    assert!(at(&mut shelf, 41, &it).is_some_and(|text| text.contains("goes on")));
    let it = transfer(TransferState::Paused, 60);
    assert_eq!(
        at(&mut shelf, 42, &it).as_deref(),
        Some("film.mkv is paused at 6 %.")
    );
    let it = transfer(TransferState::Done, 1000);
    assert_eq!(
        at(&mut shelf, 43, &it).as_deref(),
        Some("film.mkv is here: /downloads/film (2).mkv")
    );
    assert_eq!(at(&mut shelf, 99, &it), None);
}

#[test]
fn what_was_called_off_is_told_and_what_is_here_is_not() {
    let mut shelf = Shelf::default();
    let coming = transfer(TransferState::Waiting, 0);
    let gone = |shelf: &mut Shelf| shelf.gone("demo", &share().key).map(|it| it.text);

    assert_eq!(gone(&mut shelf), None);
    shelf.news(&coming, Instant::now());
    assert_eq!(
        gone(&mut shelf).as_deref(),
        Some("film.mkv is not fetched any more.")
    );
    shelf.news(&transfer(TransferState::Done, 1000), Instant::now());
    assert_eq!(gone(&mut shelf), None);
}

#[test]
fn a_failure_says_why_and_is_trouble() {
    let failed = Transfer {
        reason: Some(TransferFault::NoRoom {
            needed: 5_000_000,
            spare: 1_500_000,
            free: 2_000_000,
        }),
        ..transfer(TransferState::Failed, 10)
    };

    let news = Shelf::default()
        .news(&failed, Instant::now())
        .expect("news");

    assert!(news.is_trouble);
    assert_eq!(
        news.text,
        "film.mkv did not come: it takes 5 MB, 1.5 MB must stay free besides, and 2 MB are free there."
    );
}

/// A line that somebody else shares something by.
fn offering(share: Share) -> Line {
    let Event::LineAdded { mut line, .. } = super::super::plain::tests::line("Ada", "") else {
        unreachable!("it adds a line");
    };
    line.share = Some(share);
    line
}

#[test]
fn programs_are_told_once_how_it_ended() {
    let mut shelf = Shelf::default();
    let mut told = |it: Transfer| shelf.objects(&Event::TransferChanged { transfer: it });

    let progress = told(transfer(TransferState::Fetching, 50));
    assert_eq!(
        progress,
        [json!({
            "kind": "fileProgress", "n": null, "room": "demo", "key": share().key,
            "have": 50, "total": 1000, "speed": 10, "peers": 1,
        })]
    );
    let done = told(transfer(TransferState::Done, 1000));
    assert_eq!(
        done,
        [json!({
            "kind": "fileDone", "n": null, "room": "demo", "key": share().key,
            "paths": ["/downloads/film (2).mkv"],
        })]
    );
    assert!(told(transfer(TransferState::Done, 1000)).is_empty());
    let failed = told(Transfer {
        reason: Some(TransferFault::WrongHash),
        ..transfer(TransferState::Failed, 0)
    });
    assert_eq!(failed[0]["kind"], "fileFailed");
    assert_eq!(failed[0]["reason"], json!({"kind": "wrongHash"}));
}

#[test]
fn programs_are_told_again_of_what_they_knew_only_as_a_page_passes_it_on() {
    let mut shelf = Shelf::default();
    let mut line = offering(Share {
        key: "12".repeat(20),
        files: None,
        size: None,
        ..share()
    });
    let added = Event::LineAdded {
        room: "demo".to_owned(),
        with: None,
        line: line.clone(),
    };
    assert_eq!(shelf.objects(&added)[0]["share"]["size"], Value::Null);

    line.share = Some(share());
    let replaced = Event::LineReplaced {
        room: "demo".to_owned(),
        with: None,
        line,
    };
    let told = shelf.objects(&replaced);
    assert_eq!(told[0]["kind"], "fileOffered");
    assert_eq!(told[0]["share"]["key"], json!(share().key));
    assert_eq!(told[0]["share"]["size"], 1_234_567_890);
    assert!(shelf.objects(&replaced).is_empty(), "it is no news twice");
}

#[test]
fn one_row_tells_all_that_moves() {
    let coming = transfer(TransferState::Fetching, 450);
    let giving = Transfer {
        own: true,
        peers: 2,
        speed: 2_000_000,
        ..transfer(TransferState::Giving, 1000)
    };
    let text = |all: &[Transfer]| moving_text(all.iter());

    assert_eq!(text(&[]), None);
    assert_eq!(text(&[transfer(TransferState::Done, 1000)]), None);
    assert_eq!(
        text(&[coming.clone(), giving]).as_deref(),
        Some("↓ film.mkv 45 %, 10 bytes/s, 95 s left · ↑ to 2 at 2 MB/s")
    );
    assert_eq!(
        text(&[coming.clone(), coming]).as_deref(),
        Some("↓ 2 at 20 bytes/s")
    );
}
