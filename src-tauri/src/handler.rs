//! Lets links of ours find the app where it was not installed: a desktop entry among the person's
//! own, for `chitchatter:` and nothing else.
//!
//! What is installed, or anybody else who opens these links, comes first: then there is none, and
//! one from before is taken away. The entry is written by hand and not by the deep-link plugin,
//! which asks nobody and puts the program in quotes that not every opener understands.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use directories::BaseDirs;

/// What entries say that open links of ours.
const MIME: &str = "x-scheme-handler/chitchatter";

/// Our entry; that of the package is `chitchatter.desktop`.
const ENTRY: &str = "chitchatter-handler.desktop";

/// Where entries are, below a folder for data.
const ENTRIES: &str = "applications";

/// The desktop's own list of who opens what.
const CHOICES: &str = "mimeapps.list";

/// How much of a file is read; entries with all their languages have less.
const MAX_BYTES: u64 = 256 * 1024;

/// How many entries of a folder are looked at.
const MAX_ENTRIES: usize = 4096;

/// Folders for data unless the environment names others.
const USUAL_FOLDERS: &str = "/usr/local/share:/usr/share";

/// Looks for somebody who opens our links, and offers this program if there is nobody. That it
/// cannot be done is no reason not to start.
pub(crate) fn offer() {
    let Some(folders) = BaseDirs::new() else {
        return;
    };
    let shared = std::env::var_os("XDG_DATA_DIRS").filter(|it| !it.is_empty());
    let shared = shared.unwrap_or_else(|| USUAL_FOLDERS.into());
    let desk = Desk {
        own: folders.data_dir().join(ENTRIES),
        shared: std::env::split_paths(&shared)
            .map(|it| it.join(ENTRIES))
            .collect(),
        choices: folders.config_dir().join(CHOICES),
    };
    // A bundle that is mounted while it runs is started by its file.
    let program = std::env::var_os("APPIMAGE").map(PathBuf::from);
    let Some(program) = program.or_else(|| std::env::current_exe().ok()) else {
        return;
    };
    if let Ok(true) = desk.offer(&program) {
        // Most openers read this index and not the entries.
        let _ = Command::new("update-desktop-database")
            .arg(&desk.own)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// Where a desktop keeps what opens what.
struct Desk {
    /// The person's own entries.
    own: PathBuf,
    /// Those of everybody on the machine.
    shared: Vec<PathBuf>,
    /// What the person chose.
    choices: PathBuf,
}

impl Desk {
    /// Whether anything was changed.
    fn offer(&self, program: &Path) -> io::Result<bool> {
        let ours = self.own.join(ENTRY);
        if self.is_taken() {
            return match fs::remove_file(&ours) {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            };
        }
        let Some(entry) = entry(program) else {
            return Ok(false);
        };
        if text(&ours).as_deref() == Some(entry.as_str()) {
            return Ok(false);
        }
        fs::create_dir_all(&self.own)?;
        // A desktop watches the folder: it must never see half of an entry.
        let half = self.own.join(format!(".{ENTRY}.part"));
        fs::write(&half, entry)?;
        fs::rename(&half, &ours)?;
        Ok(true)
    }

    /// Whether somebody else opens our links.
    fn is_taken(&self) -> bool {
        let choices = text(&self.choices).unwrap_or_default();
        let is_chosen = choices.lines().any(|line| {
            line.split_once('=').is_some_and(|(key, chosen)| {
                let mut chosen = chosen.split(';').map(str::trim);
                key.trim() == MIME && chosen.any(|it| !it.is_empty() && it != ENTRY)
            })
        });
        is_chosen
            || [&self.own]
                .into_iter()
                .chain(&self.shared)
                .any(|it| others_in(it))
    }
}

/// Whether an entry of a folder, other than ours, opens our links.
fn others_in(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(MAX_ENTRIES).any(|file| {
        let path = file.path();
        path.extension().is_some_and(|it| it == "desktop")
            && file.file_name() != ENTRY
            && text(&path).is_some_and(|entry| opens_our_links(&entry))
    })
}

fn opens_our_links(entry: &str) -> bool {
    entry.lines().any(|line| {
        line.split_once('=').is_some_and(|(key, types)| {
            key.trim() == "MimeType" && types.split(';').any(|it| it.trim() == MIME)
        })
    })
}

/// The beginning of a file that is text.
fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = fs::File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The entry that starts a program with a link; none for a place whose name cannot be written in
/// one without tricks.
fn entry(program: &Path) -> Option<String> {
    let program = program.to_str()?;
    let is_tricky = |it: char| it.is_control() || "\"`$\\%".contains(it);
    if !program.starts_with('/') || program.contains(is_tricky) {
        return None;
    }
    // Quotes only where there must be some: not every opener takes them away again.
    let is_plain = |it: char| it.is_alphanumeric() || "/._-+,:=@".contains(it);
    let program = match program.chars().all(is_plain) {
        true => program.to_owned(),
        false => format!("\"{program}\""),
    };
    Some(format!(
        "[Desktop Entry]\nType=Application\nName=Chitchatter\nExec={program} %u\nIcon=chitchatter\n\
         Terminal=false\nNoDisplay=true\nMimeType={MIME};\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "/opt/chit-chatter_1.0/chitchatter";

    struct Home {
        folder: tempfile::TempDir,
        desk: Desk,
    }

    impl Home {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |path: &str| folder.path().join(path);
            let desk = Desk {
                own: at("own/applications"),
                shared: vec![at("absent/applications"), at("shared/applications")],
                choices: at("config/mimeapps.list"),
            };
            Self { folder, desk }
        }

        fn file(&self, path: &str, text: &str) -> &Self {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
            self
        }

        fn offer(&self) -> bool {
            self.desk.offer(Path::new(PROGRAM)).expect("it can be done")
        }

        fn entry(&self) -> Option<String> {
            text(&self.desk.own.join(ENTRY))
        }
    }

    #[test]
    fn where_nobody_opens_our_links_this_program_does_and_is_not_offered_twice() {
        let home = Home::new();
        home.file(
            "shared/applications/editor.desktop",
            "[Desktop Entry]\nMimeType=text/plain;\n",
        );
        home.file(
            "config/mimeapps.list",
            "[Default Applications]\ntext/plain=editor.desktop\n",
        );
        assert!(home.offer());
        let entry = home.entry().expect("an entry");
        assert!(
            entry.contains("\nExec=/opt/chit-chatter_1.0/chitchatter %u\n"),
            "{entry}"
        );
        assert!(opens_our_links(&entry));
        assert!(!home.offer());

        // The program was moved.
        home.file(
            "own/applications/chitchatter-handler.desktop",
            "[Desktop Entry]\nExec=/old %u\n",
        );
        assert!(home.offer());
        assert_eq!(home.entry().expect("an entry"), entry);
    }

    #[test]
    fn whoever_opens_our_links_already_goes_on_to_and_ours_is_taken_away() {
        let other =
            "[Desktop Entry]\nExec=other %u\nMimeType=text/html;x-scheme-handler/chitchatter;\n";
        for (path, text) in [
            ("shared/applications/chitchatter.desktop", other),
            ("own/applications/other.desktop", other),
            (
                "config/mimeapps.list",
                "[Default Applications]\nx-scheme-handler/chitchatter=other.desktop;\n",
            ),
        ] {
            let home = Home::new();
            home.file(path, text);
            assert!(!home.offer(), "{path}");
            assert_eq!(home.entry(), None, "{path}");
            let before = text.to_owned();
            home.file("own/applications/chitchatter-handler.desktop", "ours");
            assert!(home.offer(), "{path}");
            assert_eq!(home.entry(), None, "{path}");
            let after = fs::read_to_string(home.folder.path().join(path));
            assert_eq!(after.expect("it is still there"), before);
        }
    }

    #[test]
    fn that_ours_was_chosen_is_no_reason_to_take_it_away() {
        let home = Home::new();
        home.file(
            "config/mimeapps.list",
            "[Default Applications]\nx-scheme-handler/chitchatter=chitchatter-handler.desktop\n",
        );
        assert!(home.offer());
        assert!(home.entry().is_some());
    }

    #[test]
    fn a_place_is_quoted_only_where_it_must_be_and_none_is_written_that_means_more() {
        let of = |program: &str| entry(Path::new(program));
        let spaced = of("/home/ana/my apps/chitchatter").expect("an entry");
        assert!(
            spaced.contains("\nExec=\"/home/ana/my apps/chitchatter\" %u\n"),
            "{spaced}"
        );
        for program in [
            "chitchatter",
            "/a\nExec=/bin/sh",
            "/a\"b",
            "/a`id`",
            "/$HOME",
            "/a\\b",
            "/100%f",
        ] {
            assert_eq!(of(program), None, "{program}");
        }
    }
}
