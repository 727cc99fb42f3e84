//! Which windows are one and the same app: a second start with the profile of a window that is
//! there hands over what it was started for, and ends. With another profile it is an app of its own.
//!
//! They find each other by a name on the session bus. That of a profile somebody named carries a
//! digest of where it is: everybody on the bus can read it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The name on the bus for the profile that nobody needs to name, as in `tauri.conf.json`.
const NAME: &str = "io.github.chitchatter-native";

/// How many bytes of a digest tell one folder from another.
const DIGEST_BYTES: usize = 16;

/// The name on the bus for the profile in a folder; `usual` is where it is when none is named.
pub(crate) fn name(folder: Option<&Path>, usual: Option<&Path>) -> String {
    let place = folder.map(settled);
    match place {
        Some(place) if usual.map(settled).as_ref() != Some(&place) => {
            let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
            // A part of such a name begins with no digit.
            let mut name = format!("{NAME}.p");
            for byte in digest.iter().take(DIGEST_BYTES) {
                let _ = write!(name, "{byte:02x}");
            }
            name
        }
        _ => NAME.to_owned(),
    }
}

/// Where a folder is, whichever way it is written, and whether or not it is there yet.
fn settled(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = folder
        .ancestors()
        .find_map(|above| Some((above, above.canonicalize().ok()?)));
    match found {
        Some((above, real)) => match folder.strip_prefix(above) {
            // Nothing is put behind the folder itself, not even a separator.
            Ok(rest) if rest.as_os_str().is_empty() => real,
            Ok(rest) => real.join(rest),
            Err(_) => folder,
        },
        None => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_nobody_asked_for_is_the_app_s_own() {
        let settings = include_str!("../tauri.conf.json");
        assert!(settings.contains(&format!("\"identifier\": \"{NAME}\"")));
        assert_eq!(name(None, Some(Path::new("/home/ann"))), NAME);
    }

    #[test]
    fn one_folder_is_one_app_however_it_is_written_and_before_it_is_made() {
        let home = tempfile::tempdir().expect("a folder");
        let ann = home.path().join("ann");
        let before = name(Some(&ann), None);
        std::fs::create_dir(&ann).expect("made");

        let after = name(Some(&ann), None);
        let around = name(Some(&home.path().join("ann/../ann/")), None);
        let ben = name(Some(&home.path().join("ben")), None);

        assert_eq!(before, after);
        assert_eq!(around, after);
        assert_ne!(ben, after);
        assert!(zbus::names::WellKnownName::try_from(after.as_str()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_way_round_to_the_usual_folder_leads_to_the_usual_app() {
        let home = tempfile::tempdir().expect("a folder");
        let (usual, other) = (home.path().join("usual"), home.path().join("other"));
        std::fs::create_dir(&usual).expect("made");
        std::os::unix::fs::symlink(&usual, &other).expect("linked");

        assert_eq!(name(Some(&other), Some(&usual)), NAME);
    }
}
