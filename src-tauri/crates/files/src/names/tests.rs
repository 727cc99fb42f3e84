use proptest::prelude::*;

use super::*;

#[test]
fn an_honest_name_stays_as_it_is() {
    for name in [
        "film.mkv",
        "Übung 1.pdf",
        "報告.txt",
        "👩‍🚀.png",
        "a..b",
        "a-x~",
        "no ending",
    ] {
        assert_eq!(mended(name), name);
    }
}

#[test]
fn what_other_systems_cannot_keep_is_mended() {
    for (name, safe) in [
        ("a:b?.txt", "a_b_.txt"),
        ("end. .", "end"),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("com¹.x", "_com¹.x"),
        ("COM12", "COM12"),
        (".bashrc", "_.bashrc"),
        ("-rf", "_-rf"),
        ("~", "_~"),
        ("...", "_"),
        (" ", "_"),
        ("photo\u{202e}gpj.exe", "photo_gpj.exe"),
        ("photo.jpg                .exe", "photo.jpg .exe"),
        ("a\nb\u{7}", "a b_"),
        ("x\u{e0041}", "x_"),
    ] {
        assert_eq!(mended(name), safe, "{name:?}");
    }
}

#[test]
fn what_nobody_honest_sends_is_refused() {
    for (name, why) in [
        ("", NameError::Empty),
        (".", NameError::Dots),
        ("..", NameError::Dots),
        ("a/b", NameError::Separator),
        ("..\\b", NameError::Separator),
        ("a\0", NameError::Separator),
    ] {
        assert_eq!(SafeName::parse(name), Err(why), "{name:?}");
    }
    assert_eq!(SafeName::parse(&"x".repeat(256)), Err(NameError::TooLong));
    assert!(SafeName::parse(&"x".repeat(255)).is_ok());
    let device = format!("con.{}", "x".repeat(251));
    assert_eq!(SafeName::parse(&device), Err(NameError::TooLong));
}

#[test]
fn a_taken_name_gets_a_number_before_its_ending() {
    let name = SafeName::parse("film.mkv").expect("a name");

    let free = name.first_free(|name| ["film.mkv", "film (2).mkv"].contains(&name.as_str()));

    assert_eq!(free.expect("a name").as_str(), "film (3).mkv");
    assert_eq!(name.first_free(|_| true), Err(NameError::Taken));
    assert_eq!(
        SafeName::parse("README")
            .expect("a name")
            .numbered(2)
            .as_str(),
        "README (2)"
    );
}

#[test]
fn a_path_is_refused_for_its_depth_its_length_and_each_of_its_names() {
    let path = |names: &[&str]| SafePath::parse(names.iter().map(|name| name.as_bytes()));

    assert_eq!(
        path(&["a", "b.txt"]).expect("a path").to_string(),
        "a/b.txt"
    );
    assert_eq!(path(&[]), Err(NameError::Empty));
    assert_eq!(path(&["a", "..", "b"]), Err(NameError::Dots));
    assert_eq!(path(&["a"; 17]), Err(NameError::TooDeep));
    assert_eq!(
        path(&["x".repeat(250).as_str(); 5]),
        Err(NameError::TooLong)
    );
    assert_eq!(SafePath::parse([&b"\xff"[..]]), Err(NameError::NotText));
}

#[test]
fn only_what_is_known_to_be_harmless_may_not_run() {
    let harmless = "a.jpg a.JPG a.b.pdf film.mkv song.mp3 notes.txt letter.odt trip.zip";
    for name in harmless.split(' ') {
        assert!(!SafeName::parse(name).expect("a name").may_run(), "{name}");
    }
    let others = "a.EXE a.jpg.lnk exe jpg a.inetloc a.fileloc a.scpt a.application a.msix \
                  a.appinstaller a.rdp a.img a.flatpakref a.pyz a.php a.class a.so a.xml a.swf a.oxt \
                  a.svg a.html a.docm a.xlsm a.doc a.desktop a.sh a.ps1 a.jpg\u{332} a.jpg\u{34f}";
    for name in others.split_whitespace() {
        assert!(SafeName::parse(name).expect("a name").may_run(), "{name}");
    }
}

#[test]
fn what_cannot_be_seen_makes_no_other_name_of_what_looks_the_same() {
    for (name, safe) in [
        ("p.exe\u{34f}", "p.exe_"),
        ("p.exe\u{fe0f}", "p.exe"),
        ("p.exe\u{200d}\u{200d}\u{200d}", "p.exe"),
        ("a\u{200d}b.txt", "ab.txt"),
        ("a\u{2024}exe.txt", "a_exe.txt"),
        (
            "x\u{332}\u{332}\u{332}\u{332}\u{332}.txt",
            "x\u{332}\u{332}\u{332}.txt",
        ),
        // What honest people write.
        ("\u{2764}\u{fe0f}.jpg", "\u{2764}\u{fe0f}.jpg"),
        ("1\u{fe0f}\u{20e3}.jpg", "1\u{fe0f}\u{20e3}.jpg"),
        (
            "\u{1f469}\u{200d}\u{1f467}.jpg",
            "\u{1f469}\u{200d}\u{1f467}.jpg",
        ),
        (
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}.png",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}.png",
        ),
        (
            "\u{646}\u{645}\u{6cc}\u{200c}\u{62e}.txt",
            "\u{646}\u{645}\u{6cc}\u{200c}\u{62e}.txt",
        ),
        ("cafe\u{301}", "cafe\u{301}"),
    ] {
        assert_eq!(
            SafeName::parse(name).expect("a name").as_str(),
            safe,
            "{name:?}"
        );
    }
}

#[test]
fn junk_is_what_browsers_leave_out() {
    assert!(is_junk(".DS_Store") && is_junk("._film.mkv") && is_junk(".a.swp"));
    assert!(!is_junk("Thumbs.db") && !is_junk(".profile"));
}

proptest! {
    #[test]
    fn whatever_comes_out_is_safe_and_stays_the_same(name in "[\\PC\\n\\t./\\\\: a-c\u{202e}]{0,300}") {
        if let Ok(safe) = SafeName::parse(&name) {
            prop_assert!(!safe.as_str().is_empty() && safe.as_str().len() <= MAX_NAME_BYTES);
            let unsafe_chars = ['/', '\\', '\0', ':', '\u{202e}'];
            prop_assert!(!safe.as_str().contains(unsafe_chars));
            prop_assert!(!safe.as_str().starts_with(['.', ' ']));
            prop_assert!(!safe.as_str().ends_with(['.', ' ']));
            prop_assert_eq!(SafeName::parse(safe.as_str()), Ok(safe.clone()));
            let numbered = safe.numbered(9_999);
            prop_assert!(numbered.as_str().len() <= MAX_NAME_BYTES);
            prop_assert!(SafeName::parse(numbered.as_str()).is_ok());
        }
    }
}

fn mended(name: &str) -> String {
    SafeName::parse(name).expect("a name").to_string()
}
