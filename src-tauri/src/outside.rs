//! What leaves the window: links to the system's browser, files to what opens them, texts to the
//! clipboard. All of it happens here
//! and not in the page, whose own rights end at asking.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use node::SafeName;
use tauri::{AppHandle, Manager, Url};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tokio::task::spawn_blocking;
use view::Refusal;

/// The kinds of address that are opened. Others start programs, or read files.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// No link in a message is longer, and systems pass on no longer arguments.
const MAX_URL_BYTES: usize = 16 * 1024;

/// No message and no link with a secret is longer.
const MAX_COPY_BYTES: usize = 64 * 1024;

/// No picture that is pasted has more: a whole wall of screens.
const MAX_PIXELS: u64 = 64 * 1024 * 1024;

/// More is not copied by hand; who shares more shares a folder.
#[cfg(target_os = "linux")]
const MAX_COPIED: usize = 1_000;

/// No text that is kept outside is longer, such as an exported profile.
const MAX_SAVED_BYTES: usize = 1024 * 1024;

/// No name of a file is longer.
const MAX_NAME_CHARACTERS: usize = 100;

/// How many files of one name there may be.
const MAX_NAMESAKES: u32 = 1_000;

/// Opens a link with what the system has for it.
pub(crate) fn open(url: &str) -> Result<(), Refusal> {
    let url = harmless(url).ok_or(Refusal::NotOpened)?;
    tauri_plugin_opener::open_url(url, None::<&str>).map_err(|_| Refusal::NotOpened)
}

/// Opens a file with what the system has for it, unless that might run it.
pub(crate) fn open_file(file: &Path) -> Result<(), Refusal> {
    let name = file.file_name().and_then(OsStr::to_str);
    let name = name.ok_or(Refusal::NotOpened)?;
    let is_safe = SafeName::parse(name).is_ok_and(|safe| safe.as_str() == name && !safe.may_run());
    if !is_safe {
        return Err(Refusal::MayRun);
    }
    tauri_plugin_opener::open_path(file, None::<&str>).map_err(|_| Refusal::NotOpened)
}

/// Shows a file in its folder.
pub(crate) async fn reveal(file: PathBuf) -> Result<(), Refusal> {
    // It asks the desktop and waits for the answer.
    let revealed = spawn_blocking(move || tauri_plugin_opener::reveal_item_in_dir(file)).await;
    match revealed {
        Ok(Ok(())) => Ok(()),
        _ => Err(Refusal::NotOpened),
    }
}

/// Puts a text on the clipboard.
pub(crate) fn copy(app: &AppHandle, text: String) -> Result<(), Refusal> {
    if text.len() > MAX_COPY_BYTES {
        return Err(Refusal::NotCopied);
    }
    app.clipboard()
        .write_text(text)
        .map_err(|_| Refusal::NotCopied)
}

/// The picture on the clipboard as a PNG file, if there is one.
pub(crate) async fn copied_picture(app: &AppHandle) -> Result<Option<Vec<u8>>, Refusal> {
    let app = app.clone();
    let read = spawn_blocking(move || {
        // That there is something else there, or nothing, is told as a failure.
        let Ok(picture) = app.clipboard().read_image() else {
            return Ok(None);
        };
        let (width, height) = (picture.width(), picture.height());
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Refusal::TooMuchToShare);
        }
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(picture.rgba(), width, height, ExtendedColorType::Rgba8)
            .map_err(|_| Refusal::NothingToShare)?;
        Ok(Some(png))
    });
    read.await.map_err(|_| Refusal::Stopped)?
}

/// The files and folders on the clipboard, as a file manager puts them there.
#[cfg(target_os = "linux")]
pub(crate) async fn copied_files(app: &AppHandle) -> Vec<PathBuf> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    // GTK's own thread alone may ask, and must not wait for whoever copied them.
    let asking = app.run_on_main_thread(move || {
        let clipboard = gtk::Clipboard::get(&gtk::gdk::SELECTION_CLIPBOARD);
        clipboard.request_uris(move |clipboard, uris| {
            let paths = uris.iter().take(MAX_COPIED).filter_map(|it| path_of(it));
            let paths: Vec<PathBuf> = paths.collect();
            if !paths.is_empty() {
                drop(answer.send(paths));
                return;
            }
            // Some file managers put them there only as their own kind tells each other.
            let list = gtk::gdk::Atom::intern(FILE_MANAGERS_LIST);
            clipboard.request_contents(&list, move |_, list| {
                // Where there is none its length is below nothing, which must not be read.
                let list = match list.length() {
                    1.. => list.data(),
                    _ => Vec::new(),
                };
                drop(answer.send(listed(&list)));
            });
        });
    });
    match asking {
        Ok(()) => answered.await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// Other systems' web views tell the page of files themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn copied_files(_: &AppHandle) -> Vec<PathBuf> {
    Vec::new()
}

/// What file managers call their list of what was copied.
#[cfg(target_os = "linux")]
const FILE_MANAGERS_LIST: &str = "x-special/gnome-copied-files";

/// The files in a file manager's list: whether they are copied or moved, and then their addresses,
/// each in a line.
#[cfg(target_os = "linux")]
fn listed(list: &[u8]) -> Vec<PathBuf> {
    let Ok(list) = std::str::from_utf8(list) else {
        return Vec::new();
    };
    let addresses = list.lines().skip(1).take(MAX_COPIED);
    addresses.filter_map(path_of).collect()
}

/// Where an address on the clipboard leads, if that is on this machine.
#[cfg(target_os = "linux")]
fn path_of(uri: &str) -> Option<PathBuf> {
    if uri.len() > MAX_URL_BYTES {
        return None;
    }
    let url = Url::parse(uri).ok().filter(|it| it.scheme() == "file")?;
    url.to_file_path().ok()
}

/// Keeps a file in the folder for downloads, beside whatever has the name already, and gives the
/// file.
pub(crate) async fn save(app: &AppHandle, name: &str, bytes: Vec<u8>) -> Result<String, Refusal> {
    let name = file_name(name).ok_or(Refusal::NotSaved)?;
    if bytes.len() > MAX_SAVED_BYTES {
        return Err(Refusal::NotSaved);
    }
    let paths = app.path();
    let folder = paths
        .download_dir()
        .or_else(|_| paths.home_dir())
        .map_err(|_| Refusal::NotSaved)?;
    let file = free_name(&folder, &name).ok_or(Refusal::NotSaved)?;
    node::write(file.clone(), bytes)
        .await
        .map_err(|_| Refusal::NotSaved)?;
    Ok(file.display().to_string())
}

/// A name that stays in its folder and is shown everywhere.
fn file_name(name: &str) -> Option<String> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | ' ');
    let is_good = name.chars().count() <= MAX_NAME_CHARACTERS
        && name.chars().all(is_plain)
        && name.starts_with(|it: char| it.is_ascii_alphanumeric())
        && !name.contains("..");
    is_good.then(|| name.to_owned())
}

fn free_name(folder: &Path, name: &str) -> Option<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    std::iter::once(folder.join(name))
        .chain((2..MAX_NAMESAKES).map(|n| folder.join(format!("{stem} ({n}).{ending}"))))
        .find(|file| !file.exists())
}

/// The link as it may be handed to another program.
fn harmless(url: &str) -> Option<Url> {
    if url.len() > MAX_URL_BYTES {
        return None;
    }
    Url::parse(url)
        .ok()
        .filter(|url| SCHEMES.contains(&url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_stays_in_its_folder() {
        assert!(file_name("chitchatter-profile.json").is_some());
        let long = "a".repeat(MAX_NAME_CHARACTERS + 1);
        for bad in [
            "", ".", "..", ".bashrc", "a/b", "a\\b", "a..b", "C:x", "a\nb", &long,
        ] {
            assert!(file_name(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = free_name(folder.path(), "a.json").expect("a name");
        std::fs::write(&first, "").expect("written");
        let second = free_name(folder.path(), "a.json").expect("a name");
        assert_eq!(second, folder.path().join("a (2).json"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_managers_list_is_read_for_what_is_on_this_machine() {
        let list = b"copy\nfile:///tmp/a%20b.png\nhttps://example.org/c\nfile:///tmp/d";
        let paths = ["/tmp/a b.png", "/tmp/d"].map(PathBuf::from);
        assert_eq!(listed(list), paths);
        assert_eq!(listed(b"cut\r\nfile:///tmp/d\r\n"), paths[1..]);
        for none in [&b""[..], b"copy", b"copy\n", b"\xff\xfe\nfile:///tmp/d"] {
            assert!(listed(none).is_empty());
        }
    }

    #[test]
    fn what_may_run_is_never_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [
            "setup.exe",
            "run.sh",
            "link.desktop",
            "page.html",
            "odd\u{202e}gpj.exe",
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, "").expect("written");
            assert_eq!(open_file(&file), Err(Refusal::MayRun), "{name}");
        }
    }

    #[test]
    fn links_to_pages_and_to_people_are_opened() {
        for url in [
            "https://example.org/a?b#c",
            "http://localhost:3000/",
            "mailto:ann@example.org",
            "HTTPS://EXAMPLE.ORG",
        ] {
            assert!(harmless(url).is_some(), "{url}");
        }
    }

    #[test]
    fn nothing_else_is_opened() {
        let long = format!("https://example.org/{}", "a".repeat(MAX_URL_BYTES));
        for url in [
            "",
            "example.org",
            "/etc/passwd",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,hello",
            "ftp://example.org/",
            "smb://example.org/share",
            "vscode://file/etc/passwd",
            "chitchatter://public/room",
            "--help",
            &long,
        ] {
            assert!(harmless(url).is_none(), "{url}");
        }
    }
}
