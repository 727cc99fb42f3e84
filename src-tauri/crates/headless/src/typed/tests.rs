//! What lines are taken for.

use super::*;

fn say(text: &str) -> Typed {
    Typed::Say(text.to_owned())
}

#[test]
fn a_line_is_said_as_it_stands() {
    assert_eq!(Typed::read(" two  spaces "), say(" two  spaces "));
    assert_eq!(Typed::read("1/2"), say("1/2"));
}

#[test]
fn a_slash_makes_a_command_and_two_make_a_line() {
    assert_eq!(Typed::read("/me waves  "), say("*waves*"));
    assert_eq!(Typed::read("//me waves"), say("/me waves"));
    assert_eq!(
        Typed::read("/name Ada L"),
        Typed::Rename("Ada L".to_owned())
    );
    assert_eq!(Typed::read("/name"), Typed::Name);
    for erased in ["/name -", "/name \"\""] {
        assert_eq!(Typed::read(erased), Typed::Rename(String::new()));
    }
    assert_eq!(Typed::read("/leave"), Typed::Leave);
    assert_eq!(Typed::read("/peers"), Typed::Peers);
}

#[test]
fn commands_about_lines_take_their_number() {
    let text = |text: &str| text.to_owned();
    for (line, meant) in [
        ("/reply 12 so  do I ", Typed::Reply(12, text("so  do I"))),
        ("/reply #12 yes", Typed::Reply(12, text("yes"))),
        ("/edit 3 better", Typed::Edit(Some(3), text("better"))),
        (
            "/edit better words",
            Typed::Edit(None, text("better words")),
        ),
        ("/edit 42", Typed::Edit(None, text("42"))),
        ("/edit -1", Typed::Edit(None, text("-1"))),
        ("/edit 2nd try", Typed::Edit(None, text("2nd try"))),
        ("/edit #tag it", Typed::Edit(None, text("#tag it"))),
        ("/delete", Typed::Delete(None)),
        ("/delete #7", Typed::Delete(Some(7))),
        ("/resend 7", Typed::Resend(Some(7))),
        ("/react 5 :tada:", Typed::React(5, text(":tada:"))),
        ("/show 5", Typed::Show(5)),
        ("/lines", Typed::Lines(LINES)),
        ("/lines 3", Typed::Lines(3)),
    ] {
        assert_eq!(Typed::read(line), meant, "{line}");
    }
}

#[test]
fn commands_about_people_and_the_room_say_what_they_lack() {
    assert_eq!(
        Typed::read("/mute Ada L"),
        Typed::Judge(Standing::Muted, "Ada L".to_owned())
    );
    assert_eq!(
        Typed::read("/unblock Ada"),
        Typed::Judge(Standing::Normal, "Ada".to_owned())
    );
    assert_eq!(
        Typed::read("/know Ada L"),
        Typed::Judge(Standing::Known, "Ada L".to_owned())
    );
    assert_eq!(Typed::read("/unknow Ada"), Typed::Unknow("Ada".to_owned()));
    assert_eq!(Typed::read("/retry"), Typed::Retry);
    assert_eq!(
        Typed::read("/rules plain off"),
        Typed::Rules(Some((Rule::Plain, false)))
    );
    assert_eq!(Typed::read("/rules"), Typed::Rules(None));
    for line in [
        "/msg",
        "/reply",
        "/reply 12",
        "/reply yes",
        "/edit",
        "/edit -1 x",
        "/edit +1 x",
        "/edit #-1 x",
        "/edit #1a x",
        "/edit 99999999999999999999999 x",
        "/delete it",
        "/delete -1",
        "/test",
        "/forget",
        "/forget me",
        "/react 5",
        "/react :tada:",
        "/search ",
        "/lines many",
        "/show",
        "/mute",
        "/block  ",
        "/rules slow",
        "/rules slow on now",
        "/link me",
        "/leave now",
    ] {
        assert!(matches!(Typed::read(line), Typed::Incomplete(_)), "{line}");
    }
}

#[test]
fn rooms_and_files_are_named_with_or_without_quotes() {
    let text = |text: &str| text.to_owned();
    for (line, meant) in [
        ("/join", Typed::Join(text(""), None)),
        ("/join den", Typed::Join(text("den"), None)),
        (
            "/join den \"open sesame\" ",
            Typed::Join(text("den"), Some(text("open sesame"))),
        ),
        (
            "/join den \"s\"",
            Typed::Join(text("den"), Some(text("\"s\""))),
        ),
        ("/join the second room", Typed::Incomplete(JOIN)),
        (
            "/join \"my den\" sesame",
            Typed::Join(text("my den"), Some(text("sesame"))),
        ),
        ("/switch my den", Typed::Switch(text("my den"))),
        ("/pinned 2", Typed::Pinned(Some(2))),
        ("/unpin", Typed::Unpin(None)),
        ("/quiet on", Typed::Quiet(Some(true))),
        (
            "/export my self.json",
            Typed::Export {
                path: text("my self.json"),
                locked: false,
            },
        ),
        (
            "/export \"me.json\" encrypted",
            Typed::Export {
                path: text("me.json"),
                locked: true,
            },
        ),
        ("/import ~/me.json", Typed::Import(text("~/me.json"))),
        ("/settings dnd on", Typed::Settings(Some(text("dnd on")))),
        (
            "/open-qr \"my code.png\"",
            Typed::OpenQr(text("my code.png")),
        ),
        ("/test stun:host", Typed::Test(text("stun:host"))),
        ("/forget everything", Typed::Forget { confirmed: false }),
        (
            "/forget everything for ever",
            Typed::Forget { confirmed: true },
        ),
    ] {
        assert_eq!(Typed::read(line), meant, "{line}");
    }
    for line in [
        "/switch",
        "/pin den",
        "/pinned den",
        "/quiet maybe",
        "/export",
        "/export encrypted",
        "/import",
        "/rejoin now",
        "/qr code",
        "/open-qr",
    ] {
        assert!(matches!(Typed::read(line), Typed::Incomplete(_)), "{line}");
    }
}

#[test]
fn files_are_named_by_their_paths_and_what_is_shared_by_its_line() {
    let text = |text: &str| text.to_owned();
    for (line, meant) in [
        ("/file a.txt  'my b'", Typed::File(text("a.txt  'my b'"))),
        ("/files", Typed::Files),
        ("/get 3", Typed::Get(3, None)),
        (
            "/get #3 ~/my films",
            Typed::Get(3, Some(text("~/my films"))),
        ),
        ("/unshare 3", Typed::Move(Move::Unshare, 3)),
        ("/pause 3", Typed::Move(Move::Pause, 3)),
        ("/resume 3", Typed::Move(Move::Resume, 3)),
        ("/cancel #3", Typed::Move(Move::Cancel, 3)),
    ] {
        assert_eq!(Typed::read(line), meant, "{line}");
    }
    for line in [
        "/file",
        "/files 3",
        "/get",
        "/get film.mkv",
        "/unshare",
        "/unshare film.mkv",
        "/pause 3 now",
        "/resume -3",
        "/cancel",
    ] {
        assert!(matches!(Typed::read(line), Typed::Incomplete(_)), "{line}");
    }
}

#[test]
fn every_command_is_known_and_in_the_help() {
    for word in COMMANDS {
        let typed = Typed::read(&format!("/{word}"));
        assert!(!matches!(typed, Typed::Unknown(_)), "/{word}");
        assert!(HELP.contains(&format!("/{word}")), "/{word}");
    }
}

#[test]
fn a_command_nobody_knows_is_not_said() {
    for line in ["/nick Ada", "/", "/ me", "/Leave"] {
        assert!(matches!(Typed::read(line), Typed::Unknown(_)), "{line}");
    }
}

#[test]
fn every_command_of_the_help_is_one() {
    for line in HELP.lines().filter_map(|line| line.strip_prefix("  /")) {
        let (word, _) = first_word(line);
        if word.starts_with('/') {
            continue;
        }
        let typed = Typed::read(&format!("/{word}"));
        assert!(!matches!(typed, Typed::Unknown(_)), "/{word}");
    }
}

#[test]
fn a_blank_line_is_nothing() {
    assert_eq!(Typed::read(" \t"), Typed::Nothing);
    assert_eq!(Typed::read("/me "), Typed::Nothing);
}
