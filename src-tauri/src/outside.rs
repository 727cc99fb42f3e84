//! What leaves the window: links to the system's browser, texts to the clipboard. Both happen here
//! and not in the page, whose own rights end at asking.

use tauri::{AppHandle, Url};
use tauri_plugin_clipboard_manager::ClipboardExt;
use view::Refusal;

/// The kinds of address that are opened. Others start programs, or read files.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// No link in a message is longer, and systems pass on no longer arguments.
const MAX_URL_BYTES: usize = 16 * 1024;

/// No message and no link with a secret is longer.
const MAX_COPY_BYTES: usize = 64 * 1024;

/// Opens a link with what the system has for it.
pub(crate) fn open(url: &str) -> Result<(), Refusal> {
    let url = harmless(url).ok_or(Refusal::NotOpened)?;
    tauri_plugin_opener::open_url(url, None::<&str>).map_err(|_| Refusal::NotOpened)
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
