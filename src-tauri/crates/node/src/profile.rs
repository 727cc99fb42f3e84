//! The only code that writes to disk: who the person is, and their settings. Nothing said, no room
//! and no peer is ever in here.

use std::io::Write;
use std::path::{Path, PathBuf};

use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use wire::{KeyPair, Origin, UserId};

/// The largest profile read: a key and a few settings.
const MAX_PROFILE_BYTES: u64 = 64 * 1024;

/// Where the profile lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileAt {
    /// Nowhere: a new identity that is gone with the process.
    Memory,
    /// In this file, which is made when it is not there.
    File(PathBuf),
}

/// What a person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The Chitchatter world rooms are joined in unless a link names another.
    pub origin: Origin,
    /// Whether to find and serve peers on this machine and the local network.
    pub lan: bool,
}

/// Who a person is, and what they chose.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// The user id, a UUID.
    pub user_id: UserId,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The key pair that signs it.
    pub keys: KeyPair,
    /// The origin chosen, if one was.
    pub origin: Option<Origin>,
    /// The LAN switch, if it was touched.
    pub lan: Option<bool>,
    at: ProfileAt,
}

/// Why a profile could not be loaded or kept. The file is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is there but cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::ErrorKind,
    },
    /// It is not a profile.
    #[error("{}: not a profile: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It cannot be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::ErrorKind,
    },
    /// No key could be made.
    #[error("no key pair could be made")]
    NoKey,
}

/// The file: Chitchatter's own field names where it has the same thing, so that a profile can move.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    user_id: String,
    #[serde(default)]
    custom_username: String,
    private_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lan: Option<bool>,
}

impl Profile {
    /// Loads the profile, or makes a new one. Blocks: making a key takes a moment.
    ///
    /// # Errors
    /// A file that is there but is no profile is an error and stays untouched.
    pub(crate) fn open(at: ProfileAt) -> Result<Self, ProfileError> {
        match &at {
            ProfileAt::Memory => Self::new(at),
            ProfileAt::File(path) => match std::fs::metadata(path) {
                Ok(_) => Self::read(path.clone()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let profile = Self::new(at)?;
                    profile.save()?;
                    Ok(profile)
                }
                Err(error) => Err(ProfileError::Unreadable {
                    path: path.clone(),
                    reason: error.kind(),
                }),
            },
        }
    }

    /// Writes the profile, whole or not at all. Blocks.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is still there then.
    pub(crate) fn save(&self) -> Result<(), ProfileError> {
        let ProfileAt::File(path) = &self.at else {
            return Ok(());
        };
        let unwritable = |error: std::io::Error| ProfileError::Unwritable {
            path: path.clone(),
            reason: error.kind(),
        };
        let stored = Stored {
            user_id: self.user_id.as_str().to_owned(),
            custom_username: self.custom_name.clone(),
            private_key: self.keys.private_key(),
            origin: self
                .origin
                .as_ref()
                .map(|origin| origin.as_str().to_owned()),
            lan: self.lan,
        };
        let text =
            serde_json::to_string_pretty(&stored).map_err(|error| unwritable(error.into()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(folder).map_err(unwritable)?;
        }
        // A file of its own beside it, readable by its owner alone, then renamed over the old one.
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let beside = path.with_file_name(name);
        let written =
            write_private(&beside, text.as_bytes()).and_then(|()| std::fs::rename(&beside, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(unwritable)
    }

    fn new(at: ProfileAt) -> Result<Self, ProfileError> {
        Ok(Self {
            user_id: UserId::random(&mut OsRng),
            custom_name: String::new(),
            keys: KeyPair::generate(&mut OsRng).map_err(|_| ProfileError::NoKey)?,
            origin: None,
            lan: None,
            at,
        })
    }

    fn read(path: PathBuf) -> Result<Self, ProfileError> {
        let unreadable = |error: std::io::Error| ProfileError::Unreadable {
            path: path.clone(),
            reason: error.kind(),
        };
        let malformed = |reason: String| ProfileError::Malformed {
            path: path.clone(),
            reason,
        };
        let text = crate::file::read(&path, MAX_PROFILE_BYTES)
            .map_err(unreadable)?
            .ok_or_else(|| malformed(format!("larger than {MAX_PROFILE_BYTES} bytes")))?;
        let stored: Stored =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        let user_id = UserId::parse(&stored.user_id)
            .map_err(|_| malformed("userId is not an id".to_owned()))?;
        let keys = KeyPair::from_private(&stored.private_key)
            .map_err(|_| malformed("privateKey is not a key".to_owned()))?;
        let origin = stored
            .origin
            .map(|origin| Origin::parse(&origin))
            .transpose()
            .map_err(|_| malformed("origin is not an origin".to_owned()))?;
        Ok(Self {
            user_id,
            custom_name: wire::chat::clean_name(&stored.custom_username),
            keys,
            origin,
            lan: stored.lan,
            at: ProfileAt::File(path.clone()),
        })
    }
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_comes_back_as_it_was_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = ProfileAt::File(folder.path().join("deep/profile.json"));
        let mut made = Profile::open(at.clone()).expect("a new profile");
        made.custom_name = "Ada".to_owned();
        made.lan = Some(false);
        made.save().expect("kept");

        let found = Profile::open(at).expect("the same profile");

        assert_eq!(found.user_id, made.user_id);
        assert_eq!(found.custom_name, "Ada");
        assert_eq!(found.lan, Some(false));
        assert_eq!(found.keys.public_key(), made.keys.public_key());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_a_profile() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("profile.json");

        Profile::open(ProfileAt::File(path.clone())).expect("a new profile");

        let mode = std::fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn a_file_that_is_no_profile_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("profile.json");
        for text in [
            "",
            "{}",
            "not JSON",
            r#"{"userId":"u","privateKey":"AAAA"}"#,
        ] {
            std::fs::write(&path, text).expect("written");

            let refused = Profile::open(ProfileAt::File(path.clone()));

            assert!(
                matches!(refused, Err(ProfileError::Malformed { .. })),
                "{text}"
            );
            assert_eq!(std::fs::read_to_string(&path).expect("there"), text);
        }
    }
}
