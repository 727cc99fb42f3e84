//! How the page is drawn where there is no graphics card.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Error;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Tells WebKitGTK (2.42 and later) to draw without a graphics card, and not to pretend one.
const WITHOUT_CARD: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Where Linux shows what draws.
const CARDS: &str = "/dev/dri";

/// What can be drawn with, without being anybody's screen, is called `renderD128` and so on.
const CARD: &[u8] = b"renderD";

/// Begins again with the web view drawing plainly, where no graphics card can be used.
///
/// The web view would pretend one, and takes three times as much of the processor: measured with
/// WebKitGTK 2.50. It heeds its environment alone, which a program cannot change for itself
/// without unsafe code. Returns where nothing is to be changed or can be.
pub(crate) fn prepare() {
    if std::env::var_os(WITHOUT_CARD).is_some() || has_card(Path::new(CARDS)) {
        return;
    }
    // Where it cannot, the page is drawn as if there were a card: slower, and right all the same.
    let _ = begin_again();
}

fn has_card(folder: &Path) -> bool {
    let cards = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut cards = cards.filter(|it| it.file_name().as_encoded_bytes().starts_with(CARD));
    // One that may not be opened is of no use to the web view either.
    cards.any(|it| {
        let opened = File::options().read(true).write(true).open(it.path());
        opened.is_ok()
    })
}

/// The same process becomes the same program with the same arguments.
fn begin_again() -> Result<(), Error> {
    let mut arguments = std::env::args_os();
    let mut again = Command::new(std::env::current_exe()?);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    again.args(arguments).env(WITHOUT_CARD, OsStr::new("1"));
    Err(again.exec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_opened_and_draws_is_a_card() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!has_card(&folder.path().join("missing")));
        std::fs::write(folder.path().join("card0"), "").expect("a file");
        std::fs::create_dir(folder.path().join("renderD128")).expect("a folder");
        assert!(!has_card(folder.path()));

        std::fs::write(folder.path().join("renderD129"), "").expect("a file");

        assert!(has_card(folder.path()));
    }
}
