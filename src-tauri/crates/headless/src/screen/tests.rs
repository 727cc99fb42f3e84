//! The full screen, drawn without a terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use time::UtcOffset;
use view::Event;

use super::draw::draw;
use super::model::{Model, Wish};
use super::rows::Look;
use crate::commands::{At, Question, Then};
use crate::passphrase::Secret;

const LOOK: Look = Look {
    colours: true,
    offset: UtcOffset::UTC,
};
const ADA: &str = "01234567890123456789";

fn den() -> room::RoomKey {
    room::RoomKey::from_text("den")
}

fn other(number: usize) -> String {
    format!("{number:020}")
}

fn said(key: u64, with: Option<&str>, author: &str, text: &str) -> Event {
    said_in("den", key, with, author, text)
}

fn said_in(room: &str, key: u64, with: Option<&str>, author: &str, text: &str) -> Event {
    let peer_id = wire::PeerId::parse(ADA).expect("an id");
    view::project(room::Event::LineAdded {
        room: room::RoomKey::from_text(room),
        with: with.and_then(room::PersonId::parse),
        line: room::Line {
            id: wire::MessageId::parse("m").expect("an id"),
            peer_id,
            author: author.to_owned(),
            author_id: None,
            text: text.to_owned(),
            time_sent: 0,
            time_received: 61_000,
            own: author == "Me",
            backfilled: false,
            misattributed: false,
            delivery: room::Delivery::default(),
            key: room::LineKey(key),
            reply: None,
            edited: false,
            deleted: false,
            reactions: Vec::new(),
            mentions: Vec::new(),
            mentions_me: false,
            folded: None,
            plain: false,
            share: None,
            imitates: None,
        },
    })
}

fn peer(name: &str, typing: bool) -> Event {
    peer_of(ADA, name, typing)
}

fn peer_of(id: &str, name: &str, typing: bool) -> Event {
    let peer_id = wire::PeerId::parse(id).expect("an id");
    view::project(room::Event::PeerJoined {
        room: room::RoomKey::from_text("den"),
        was_there: false,
        peer: room::Peer {
            person: room::PersonId::Session(peer_id),
            peer_id,
            user_id: None,
            name: name.to_owned(),
            custom_name: name.to_owned(),
            animal_name: String::new(),
            public_key: None,
            trust: room::Trust::Unidentified,
            native: true,
            path: room::Path::Direct,
            typing,
            standing: room::Standing::Normal,
            known: false,
            slowed: false,
            imitates: None,
            key_changed: false,
            proof: room::Proof::None,
            talks: true,
        },
    })
}

fn private() -> String {
    format!("session:{ADA}")
}

fn screen(model: &mut Model, width: u16, height: u16, look: Look) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
    terminal
        .draw(|frame| draw(frame, model, look))
        .expect("drawn");
    terminal
}

fn drawn(model: &mut Model, width: u16, height: u16) -> Vec<String> {
    let terminal = screen(model, width, height, LOOK);
    let buffer = terminal.backend().buffer();
    (0..height)
        .map(|y| {
            let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
            row.trim_end().to_owned()
        })
        .collect()
}

fn press(model: &mut Model, code: KeyCode) -> Wish {
    model.press(KeyEvent::new(code, KeyModifiers::NONE))
}

fn type_text(model: &mut Model, text: &str) {
    for char in text.chars() {
        press(model, KeyCode::Char(char));
    }
}

#[test]
fn a_small_terminal_shows_the_talk_the_state_and_what_is_typed() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    let words = "a rather long line that has to be broken where the small terminal ends";
    model.apply(said(7, None, "Ada", words));
    type_text(&mut model, "my answer");

    let rows = drawn(&mut model, 60, 15);

    assert_eq!(
        rows[11],
        "    7 00:01 Ada: a rather long line that has to be broken"
    );
    assert_eq!(rows[12], "            where the small terminal ends");
    assert_eq!(rows[13], " 1 other here · trackers 0/0");
    assert_eq!(rows[14], "> my answer");
}

#[test]
fn what_is_shared_stands_on_its_line_and_what_moves_beside_the_state() {
    let mut model = Model::new();
    let mut event = said(7, None, "Ada", "");
    if let Event::LineAdded { line, .. } = &mut event {
        line.share = Some(crate::story::share());
    }
    model.apply(event.clone());
    model.apply(Event::TransferChanged {
        transfer: view::Transfer {
            room: "den".to_owned(),
            ..crate::story::transfer(view::TransferState::Fetching, 450)
        },
    });

    let rows = drawn(&mut model, 80, 15);

    assert_eq!(rows[11], "    7 00:01 Ada: film.mkv · 1.2 GB — /get 7");
    assert_eq!(
        rows[12],
        "            Fetching film.mkv (1 kB) into /downloads."
    );
    assert!(
        rows[13].ends_with("↓ film.mkv 45 %, 10 bytes/s, 95 s left"),
        "{rows:?}"
    );
    type_text(&mut model, "/get ");
    press(&mut model, KeyCode::Tab);
    assert_eq!(drawn(&mut model, 80, 15)[14], "> /get 7");

    if let Event::LineAdded {
        room,
        with,
        mut line,
    } = event
    {
        if let Some(share) = &mut line.share {
            share.withdrawn = true;
        }
        model.apply(Event::LineReplaced { room, with, line });
    }
    model.apply(Event::TransferGone {
        room: "den".to_owned(),
        key: crate::story::share().key,
    });
    let rows = drawn(&mut model, 80, 15);
    assert_eq!(rows[10], "    7 00:01 Ada: film.mkv · 1.2 GB — taken back");
    assert!(
        rows[12].contains("film.mkv is not fetched any more."),
        "{rows:?}"
    );
    assert!(!rows[13].contains('↓'), "{rows:?}");
}

#[test]
fn a_wide_terminal_shows_who_is_here_beside_the_talk() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));

    let wide = drawn(&mut model, 100, 15).join("\n");
    let narrow = drawn(&mut model, 80, 15).join("\n");

    assert!(wide.contains("│ Here: 2"), "{wide}");
    assert!(wide.contains("│ Ada (unidentified)"), "{wide}");
    assert!(!narrow.contains("Here: 2"), "{narrow}");
}

#[test]
fn a_crowd_leaves_room_for_what_matters() {
    let mut model = Model::new();
    for number in 0..40 {
        let name = format!("Guest {number:02}");
        model.apply(peer_of(&other(number), &name, false));
        let with = format!("session:{}", other(number));
        model.apply(said(100, Some(&with), &name, "psst"));
    }

    let rows = drawn(&mut model, 100, 15);
    assert!(rows[1].ends_with("│ Here: 41"), "{rows:?}");
    assert!(rows[12].ends_with("│ and 31 more; /peers"), "{rows:?}");
    assert!(rows[0].starts_with(" 1 "), "{rows:?}");

    press(&mut model, KeyCode::BackTab);
    let rows = drawn(&mut model, 60, 15);
    assert!(rows[0].ends_with(" 41 @Guest 39"), "{rows:?}");
}

#[test]
fn whoever_types_is_named_where_they_type() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    for direct in [false, true] {
        model.apply(view::project(room::Event::TypingChanged {
            room: room::RoomKey::from_text("den"),
            peer_id: wire::PeerId::parse(ADA).expect("an id"),
            direct,
            typing: direct,
        }));
    }
    model.apply(said(3, Some(&private()), "Ada", "psst"));

    assert!(!drawn(&mut model, 60, 15)[13].contains("typing"));
    press(&mut model, KeyCode::Tab);
    assert!(drawn(&mut model, 60, 15)[13].ends_with("Ada is typing"));
}

#[test]
fn nothing_a_stranger_writes_gives_orders_or_leaves_its_place() {
    let mut model = Model::new();
    model.apply(peer("\u{1b}[2JEve\n99", false));
    let fake = "    8 00:02 Bob: I agree";
    let filler = " ".repeat(60);
    let hostile = format!("\u{1b}]0;mine\u{7}hi\u{202e}\n{fake}\r{fake}{filler}{fake}");
    model.apply(said(7, None, "Eve\n    9 00:02 Bob", &hostile));

    let rows = drawn(&mut model, 60, 15);

    for row in &rows {
        assert!(
            !row.contains(|it: char| it.is_control() || it == '\u{202e}'),
            "{row:?}"
        );
        assert!(
            !row.starts_with("    8") && !row.starts_with("    9"),
            "{row:?}"
        );
    }
    assert!(
        rows.iter().any(|row| row.starts_with("    7 00:01 Eve ")),
        "{rows:?}"
    );
}

#[test]
fn private_talks_are_tabs_with_what_is_new_in_them() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    model.apply(said(3, Some(&private()), "Ada", "psst"));
    model.apply(view::project(room::Event::UnreadChanged {
        room: room::RoomKey::from_text("den"),
        with: room::PersonId::parse(&private()),
        unread: room::Unread {
            lines: 1,
            mentions: 1,
        },
    }));
    type_text(&mut model, "for all");

    let room = drawn(&mut model, 60, 15);
    assert!(room[0].contains(" 2 @Ada (1)"), "{room:?}");
    assert!(!room.concat().contains("psst"), "{room:?}");

    assert_eq!(press(&mut model, KeyCode::Tab), Wish::Look);
    let talk = drawn(&mut model, 60, 15).join("\n");
    assert!(talk.contains("── new ──"), "{talk}");
    assert!(talk.contains("Ada: psst"), "{talk}");
    assert!(
        !talk.contains("for all"),
        "each talk has a draft of its own"
    );

    type_text(&mut model, "what?");
    assert_eq!(
        press(&mut model, KeyCode::Enter),
        Wish::Take(
            "what?".to_owned(),
            At::Talk(den(), room::PersonId::parse(&private()))
        )
    );
    let back = KeyEvent::new(KeyCode::Char('1'), KeyModifiers::ALT);
    assert_eq!(model.press(back), Wish::Look);
    assert_eq!(
        press(&mut model, KeyCode::Enter),
        Wish::Take("for all".to_owned(), At::Talk(den(), None))
    );
}

#[test]
fn each_room_has_its_tab_its_people_and_the_talks_begun_in_it() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    model.apply(said_in("attic", 1, None, "Eve", "up here"));
    model.apply(said(2, Some(&private()), "Ada", "psst"));

    let rows = drawn(&mut model, 100, 15);
    assert!(rows[0].contains(" 2 @Ada  "), "{rows:?}");
    assert!(rows[0].contains(" 3 attic"), "{rows:?}");
    assert!(rows.concat().contains("Here: 2"), "{rows:?}");
    assert!(!rows.concat().contains("up here"), "{rows:?}");

    model.go(&room::RoomKey::from_text("attic"));
    let rows = drawn(&mut model, 100, 15);
    assert!(rows.concat().contains("up here"), "{rows:?}");
    assert!(rows.concat().contains("Here: 1"), "{rows:?}");
    type_text(&mut model, "hello");
    assert_eq!(
        press(&mut model, KeyCode::Enter),
        Wish::Take(
            "hello".to_owned(),
            At::Talk(room::RoomKey::from_text("attic"), None)
        )
    );

    let left = |room: &str| {
        view::project(room::Event::Left {
            room: room::RoomKey::from_text(room),
        })
    };
    model.apply(left("den"));
    let rows = drawn(&mut model, 100, 15);
    assert!(rows[0].starts_with(" 1 attic"), "{rows:?}");
    assert!(rows.concat().contains("up here"), "{rows:?}");
    model.apply(left("attic"));
    assert!(drawn(&mut model, 100, 15).concat().contains("You left."));
}

#[test]
fn what_nobody_is_to_see_is_not_drawn_nor_kept() {
    let mut model = Model::new();
    type_text(&mut model, "a draft");
    model.ask(Question {
        words: "Passphrase: ".to_owned(),
        then: Then::Join("den".to_owned()),
    });
    type_text(&mut model, "open sesamo");
    press(&mut model, KeyCode::Backspace);
    model.paste("e");

    let rows = drawn(&mut model, 60, 15);
    assert_eq!(rows[14], "Passphrase: ***********");
    assert_eq!(
        press(&mut model, KeyCode::Enter),
        Wish::Answer(
            Then::Join("den".to_owned()),
            Some(Secret::from("open sesame".to_owned()))
        )
    );
    assert_eq!(drawn(&mut model, 60, 15)[14], "> a draft");
    press(&mut model, KeyCode::Up);
    assert_eq!(drawn(&mut model, 60, 15)[14], "> a draft");

    model.ask(Question {
        words: "Passphrase: ".to_owned(),
        then: Then::Join("den".to_owned()),
    });
    let done = press(&mut model, KeyCode::Esc);
    assert_eq!(done, Wish::Answer(Then::Join("den".to_owned()), None));
}

#[test]
fn tab_completes_a_name_that_is_begun_and_else_shows_the_next_talk() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    model.apply(said(3, Some(&private()), "Ada", "psst"));

    type_text(&mut model, "hi @a");
    assert_eq!(press(&mut model, KeyCode::Tab), Wish::Nothing);
    assert_eq!(drawn(&mut model, 60, 15)[14], "> hi @Ada");
    type_text(&mut model, "hello");
    assert_eq!(press(&mut model, KeyCode::Tab), Wish::Look);
}

#[test]
fn a_picture_is_drawn_whole_or_not_at_all() {
    let mut model = Model::new();
    model.show_picture(vec!["█▀▄ ".repeat(10); 5]);

    let rows = drawn(&mut model, 60, 15);
    assert_eq!(rows[12], "█▀▄ ".repeat(10).trim_end());
    assert_eq!(rows[8], rows[12]);
    let rows = drawn(&mut model, 30, 15).concat();
    assert!(!rows.contains('█') && rows.contains("narrow"), "{rows}");
}

#[test]
fn whoever_reads_what_was_said_before_is_not_moved() {
    let mut model = Model::new();
    for key in 1..=50 {
        model.apply(said(key, None, "Ada", &format!("line {key}")));
    }
    let latest = drawn(&mut model, 60, 15);
    assert!(latest[12].ends_with("line 50"), "{latest:?}");

    press(&mut model, KeyCode::PageUp);
    let before = drawn(&mut model, 60, 15);
    assert!(before[12].ends_with("line 39"), "{before:?}");
    model.apply(said(
        51,
        None,
        "Ada",
        "a line so long that it takes two rows of this terminal",
    ));
    let after = drawn(&mut model, 60, 15);
    assert_eq!(before[1..13], after[1..13]);
    assert!(after[13].contains("Esc"), "{after:?}");

    for _ in 0..20 {
        press(&mut model, KeyCode::PageUp);
    }
    let first = drawn(&mut model, 60, 15);
    assert!(first[1].ends_with("line 1"), "{first:?}");
    press(&mut model, KeyCode::Esc);
    assert!(drawn(&mut model, 60, 15)[12].ends_with("terminal"));
}

#[test]
fn a_change_is_seen_where_the_line_stands() {
    let mut model = Model::new();
    model.apply(said(1, None, "Ada", "frist"));
    model.apply(said(2, None, "Ada", "second"));
    let Event::LineAdded { room, line, .. } = said(1, None, "Ada", "first") else {
        unreachable!("a line");
    };
    let mut line = line;
    line.edited = true;
    line.reactions.push(view::Reaction {
        emoji: "!".to_owned(),
        names: vec!["Ben".to_owned()],
        own: false,
    });
    model.apply(Event::LineReplaced {
        room,
        with: None,
        line,
    });

    let rows = drawn(&mut model, 60, 15);

    assert_eq!(rows[10], "    1 00:01 Ada: first");
    assert_eq!(rows[11], "            edited · ! Ben");
    assert_eq!(rows[12], "    2 00:01 Ada: second");
}

#[test]
fn without_colours_there_are_none() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    model.apply(said(1, None, "Ada", "hi"));
    model.tell(vec!["trouble".to_owned()], true);

    for (colours, expected) in [(true, true), (false, false)] {
        let look = Look { colours, ..LOOK };
        let terminal = screen(&mut model, 100, 15, look);
        let cells = &terminal.backend().buffer().content;
        let has = cells
            .iter()
            .any(|cell| cell.fg != ratatui::style::Color::Reset);
        assert_eq!(has, expected);
    }
}

#[test]
fn in_a_narrow_terminal_all_words_are_broken_into_rows_and_none_is_cut() {
    let mut model = Model::new();
    let words = "a rather long line that has to be broken many times";
    model.apply(said(7, None, "Ada", words));
    model.tell(
        vec!["Nothing is wrong that this program can see.".to_owned()],
        true,
    );
    for width in [8, 12, 20, 31] {
        let rows = drawn(&mut model, width, 40);
        let shown: String = rows[1..38].concat();
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let shown = bare(&shown);
        assert!(shown.contains(&bare(words)), "{width}: {shown}");
        assert!(shown.contains("7Ada:"), "{width}: {shown}");
        assert!(
            shown.contains(&bare("! Nothing is wrong that this program can see.")),
            "{width}"
        );
    }
}

#[test]
fn of_few_rows_the_first_is_for_what_is_typed() {
    for (height, rows) in [
        (1, vec!["> answer"]),
        (2, vec!["  Ada: hi", "> answer"]),
        (3, vec!["  Ada: hi", " 1 other h", "> answer"]),
        (4, vec![" 1", "  Ada: hi", " 1 other h", "> answer"]),
    ] {
        let mut model = Model::new();
        model.apply(peer("Ada", false));
        model.apply(said(7, None, "Ada", "hi"));
        type_text(&mut model, "answer");
        assert_eq!(drawn(&mut model, 10, height), rows);
    }
}

#[test]
fn what_is_pasted_and_too_long_is_told_whole_and_not_typed_in_part() {
    let mut model = Model::new();
    model.apply(peer("Ada", false));
    type_text(&mut model, "see: ");

    model.paste(&"x".repeat(1_000_000));

    let rows = drawn(&mut model, 200, 10);
    let told = rows.iter().find(|row| row.contains("1000000 characters"));
    assert!(
        told.is_some_and(|row| row.contains("9999") && row.contains("/file")),
        "{rows:?}"
    );
    assert_eq!(rows[9], "> see:");
    model.paste("short");
    assert_eq!(drawn(&mut model, 200, 10)[9], "> see: short");
}

#[test]
fn no_size_of_a_terminal_is_too_small_to_be_drawn() {
    let mut model = Model::new();
    model.apply(peer("Ada", true));
    model.apply(said(1, None, "Ada", &"日本 ".repeat(100)));
    type_text(&mut model, &"日本".repeat(100));

    for width in 1..30 {
        for height in 1..8 {
            drawn(&mut model, width, height);
            press(&mut model, KeyCode::PageUp);
        }
    }
}

#[test]
fn keys_that_end_it_end_it() {
    let mut model = Model::new();
    let control = |char| KeyEvent::new(KeyCode::Char(char), KeyModifiers::CONTROL);

    type_text(&mut model, "x");
    assert_eq!(model.press(control('d')), Wish::Nothing);
    assert_eq!(model.press(control('u')), Wish::Nothing);
    assert_eq!(model.press(control('d')), Wish::Leave);
    assert_eq!(model.press(control('c')), Wish::Leave);
    assert_eq!(press(&mut model, KeyCode::Enter), Wish::Nothing);
}

#[test]
fn a_name_like_another_s_is_flagged_beside_its_lines_and_told_apart_from_it() {
    let mut model = Model::new();
    let of = |id: &str, name: &str, imitates: Option<&str>| {
        let mut event = peer_of(id, name, false);
        if let Event::PeerJoined { peer, .. } = &mut event {
            peer.animal_name = format!("Animal {}", &id[19..]);
            peer.imitates = imitates.map(|name| view::Likeness::Person {
                name: name.to_owned(),
            });
        }
        event
    };
    model.apply(of(ADA, "Ada", None));
    model.apply(said(1, None, "Ada", "before"));
    model.apply(of(&other(7), "Αda", Some("Ada")));
    let says = |key: u64, id: &str, name: &str, user: &str| {
        let mut event = said(key, None, name, "words");
        if let Event::LineAdded { line, .. } = &mut event {
            line.peer_id = id.to_owned();
            line.author_id = Some(user.to_owned());
            line.imitates = (user == "imitator").then(|| view::Likeness::Person {
                name: "Ada".to_owned(),
            });
        }
        event
    };
    model.apply(says(2, &other(7), "Αda", "imitator"));
    model.apply(says(3, ADA, "Ada", "ada"));

    let rows = drawn(&mut model, 120, 15).join("\n");

    assert!(rows.contains("1 00:01 Ada: before"), "{rows}");
    let imitator = wire::animal_name("imitator");
    let flagged = format!("Αda ({imitator}) [a name like Ada's]: words");
    assert!(rows.contains(&flagged), "{rows}");
    let real = format!("Ada ({}): words", wire::animal_name("ada"));
    assert!(rows.contains(&real), "{rows}");
    assert!(rows.contains("Αda (Animal 7)"), "{rows}");
}
