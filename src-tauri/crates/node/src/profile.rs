//! The only code that writes to disk: who the person is, their settings, whom they know, muted or blocked,
//! and what they ask to have written (pinned rooms where there is no keyring, an exported profile).
//! Nothing said is ever in here, and no room or peer the person did not choose to remember.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf, is_separator};

use rand::rngs::OsRng;
use room::{Judged, PersonId, Standing};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use view::Settings;
use wire::{KeyPair, UserId};

/// The largest profile read: a key, settings with their lists, and the people decided about.
const MAX_PROFILE_BYTES: u64 = 1024 * 1024;
/// The longest name kept of somebody who was decided about, in characters.
const MAX_JUDGED_NAME: usize = 64;

/// Where the profile lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileAt {
    /// Nowhere: a new identity that is gone with the process.
    Memory,
    /// In this file, which is made when it is not there.
    File(PathBuf),
}

impl ProfileAt {
    /// What the profile is called in a folder of the app.
    pub const NAME: &str = "profile.json";

    /// Where a path leads to that somebody names: the file itself, or the one in a folder like the
    /// app's.
    #[must_use]
    pub fn named(path: PathBuf) -> Self {
        let text = path.as_os_str().as_encoded_bytes();
        let ends_as_a_folder = text.last().is_some_and(|it| is_separator(char::from(*it)));
        if ends_as_a_folder || path.is_dir() {
            Self::File(path.join(Self::NAME))
        } else {
            Self::File(path)
        }
    }
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
    /// The settings, as far as they were touched: an origin and the LAN switch stand in for those
    /// of an old profile.
    pub settings: Option<Settings>,
    /// Whom the person knows, muted or blocked.
    pub judged: Vec<Judged>,
    at: ProfileAt,
}

/// Why a profile could not be loaded or kept. The file is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is there but cannot be read.
    #[error("{}: cannot be read: {}", path.display(), crate::file::words(*reason))]
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
    #[error("{}: cannot be written: {}", path.display(), crate::file::words(*reason))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::ErrorKind,
    },
    /// Another process uses it, or another node of this one.
    #[error(
        "{}: another Chitchatter on this machine uses this profile; end that one first, or use \
         another profile", path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// No key could be made.
    #[error("no key pair could be made")]
    NoKey,
}

/// That nobody else uses the profile, for as long as this lives. Two that write the same file undo
/// what the other one kept.
///
/// The system lets go of it when the process ends, however it ends. The empty file beside the
/// profile stays: whoever removed it could leave two with a lock each.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes it. Blocks, but does not wait for whoever has it.
    ///
    /// # Errors
    /// [`ProfileError::InUse`]. Where files cannot be locked or made, there is none, and what else
    /// is wrong shows when the profile is opened.
    pub(crate) fn take(at: &ProfileAt) -> Result<Self, ProfileError> {
        let ProfileAt::File(path) = at else {
            return Ok(Self { _file: None });
        };
        let taken = open_private(&beside(path, ".lock")).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        });
        match taken {
            Ok(Some(file)) => Ok(Self { _file: Some(file) }),
            Ok(None) => Err(ProfileError::InUse { path: path.clone() }),
            Err(error) => {
                tracing::debug!(reason = ?error.kind(), "the profile cannot be locked");
                Ok(Self { _file: None })
            }
        }
    }
}

/// The file: Chitchatter's own field names where it has the same thing, so that a profile can move.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    user_id: String,
    #[serde(default)]
    custom_username: String,
    private_key: String,
    /// Where the settings stood before there were more of them; read, and not written any more.
    #[serde(default, skip_serializing)]
    origin: Option<String>,
    #[serde(default, skip_serializing)]
    lan: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    judged: Vec<StoredJudged>,
}

/// Somebody the person decided about.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredJudged {
    user_id: String,
    name: String,
    standing: view::Standing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
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
            origin: None,
            lan: None,
            settings: self
                .settings
                .as_ref()
                .and_then(|settings| serde_json::to_value(settings).ok()),
            judged: self.judged.iter().filter_map(stored_judged).collect(),
        };
        let text =
            serde_json::to_string_pretty(&stored).map_err(|error| unwritable(error.into()))?;
        write_now(path, text.as_bytes()).map_err(unwritable)
    }

    /// The same place for somebody new. Blocks: making a key takes a moment.
    ///
    /// # Errors
    /// When no key can be made, or the file cannot be written.
    pub(crate) fn begin_anew(&self) -> Result<Self, ProfileError> {
        let profile = Self::new(self.at.clone())?;
        profile.save()?;
        Ok(profile)
    }

    /// The file of pinned rooms beside the profile, where there is a file at all.
    pub(crate) fn pins_file(&self) -> Option<PathBuf> {
        let ProfileAt::File(path) = &self.at else {
            return None;
        };
        Some(beside(path, ".pins"))
    }

    fn new(at: ProfileAt) -> Result<Self, ProfileError> {
        Ok(Self {
            user_id: UserId::random(&mut OsRng),
            custom_name: String::new(),
            keys: KeyPair::generate(&mut OsRng).map_err(|_| ProfileError::NoKey)?,
            settings: None,
            judged: Vec::new(),
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
        let stored: Stored = serde_json::from_str(&text)
            .map_err(|error| malformed(crate::file::json_fault(&error, "a profile of ours")))?;
        let user_id =
            user_id(&stored.user_id).ok_or_else(|| malformed("userId is not an id".to_owned()))?;
        let keys = KeyPair::from_private(&stored.private_key)
            .map_err(|_| malformed("privateKey is not a key".to_owned()))?;
        let settings = settings(stored.settings, stored.origin, stored.lan)
            .map_err(|what| malformed(format!("{what} is not right")))?;
        Ok(Self {
            user_id,
            custom_name: wire::chat::clean_name(&stored.custom_username),
            keys,
            settings,
            judged: stored.judged.iter().filter_map(judged).collect(),
            at: ProfileAt::File(path.clone()),
        })
    }
}

/// The user id of a profile. It is a UUID unless a page that holds Chitchatter chose it; in either
/// case it goes into names of files, so nothing in it may lead elsewhere.
pub(crate) fn user_id(text: &str) -> Option<UserId> {
    let is_plain = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '@' | '+');
    let fits = !text.starts_with('.') && text.chars().all(is_plain);
    UserId::parse(text).ok().filter(|_| fits)
}

/// The settings of a profile of any age: fields of a later version are passed by, those of an
/// earlier one stand in.
fn settings(
    stored: Option<Value>,
    origin: Option<String>,
    lan: Option<bool>,
) -> Result<Option<Settings>, &'static str> {
    let usual = Settings::default();
    let Some(stored) = stored else {
        if origin.is_none() && lan.is_none() {
            return Ok(None);
        }
        let settings = Settings {
            origin: origin.unwrap_or(usual.origin.clone()),
            lan: lan.unwrap_or(usual.lan),
            ..usual
        };
        return match settings.home() {
            Some(_) => Ok(Some(settings)),
            None => Err("origin"),
        };
    };
    let Value::Object(stored) = stored else {
        return Err("settings");
    };
    let known = match serde_json::to_value(&usual) {
        Ok(Value::Object(known)) => known,
        _ => Map::new(),
    };
    let stored = stored
        .into_iter()
        .filter(|(field, _)| known.contains_key(field))
        .collect();
    let settings: Settings =
        serde_json::from_value(Value::Object(stored)).map_err(|_| "settings")?;
    match settings.home() {
        Some(_) => Ok(Some(settings)),
        None => Err("settings.origin"),
    }
}

/// Sessions are over when the process is.
fn stored_judged(judged: &Judged) -> Option<StoredJudged> {
    let PersonId::Profile(user) = &judged.person else {
        return None;
    };
    Some(StoredJudged {
        user_id: user.as_str().to_owned(),
        name: judged.name.chars().take(MAX_JUDGED_NAME).collect(),
        standing: judged.standing.into(),
        fingerprint: judged.fingerprint.clone(),
    })
}

fn judged(stored: &StoredJudged) -> Option<Judged> {
    Some(Judged {
        person: PersonId::Profile(UserId::parse(&stored.user_id).ok()?),
        name: stored.name.chars().take(MAX_JUDGED_NAME).collect(),
        standing: Standing::from(stored.standing),
        fingerprint: stored.fingerprint.clone(),
    })
}

/// Writes a file the person asked for, whole or not at all, for its owner alone.
///
/// # Errors
/// What the system says.
pub async fn write(path: PathBuf, bytes: Vec<u8>) -> std::io::Result<()> {
    tokio::task::spawn_blocking(move || write_now(&path, &bytes))
        .await
        .unwrap_or_else(|_| Err(std::io::Error::other("writing broke off")))
}

/// Removes a file of ours; that it is not there is as good.
pub(crate) async fn remove(path: PathBuf) -> std::io::Result<()> {
    match tokio::fs::remove_file(&path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_now(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A file of its own beside it, readable by its owner alone, then renamed over the old one.
    let beside = beside(path, &format!(".{}.new", std::process::id()));
    let written = write_private(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A file beside another, with more to its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = open_private(path)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Opens a file for writing that only its owner may read; it is made, with its folder, when it is
/// not there.
fn open_private(path: &Path) -> std::io::Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_the_profile_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("profile.json");
        let named = |path: &Path| ProfileAt::named(path.to_owned());

        assert_eq!(named(folder.path()), ProfileAt::File(inside.clone()));
        assert_eq!(named(&inside), ProfileAt::File(inside));
        let new = folder.path().join("new/");
        assert_eq!(named(&new), ProfileAt::File(new.join("profile.json")));
        let file = folder.path().join("me");
        assert_eq!(named(&file), ProfileAt::File(file.clone()));
    }

    #[test]
    fn a_profile_comes_back_as_it_was_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = ProfileAt::File(folder.path().join("deep/profile.json"));
        let mut made = Profile::open(at.clone()).expect("a new profile");
        made.custom_name = "Ada".to_owned();
        made.settings = Some(Settings {
            lan: false,
            theme: view::Theme::Dark,
            ..Settings::default()
        });
        let judged = |id: &str, standing, fingerprint: Option<&str>| Judged {
            person: PersonId::Profile(UserId::parse(id).expect("an id")),
            name: id.to_owned(),
            standing,
            fingerprint: fingerprint.map(str::to_owned),
        };
        made.judged = vec![
            judged("troll", Standing::Blocked, None),
            judged("friend", Standing::Known, Some("01234 56789")),
        ];
        made.save().expect("kept");

        let found = Profile::open(at).expect("the same profile");

        assert_eq!(found.user_id, made.user_id);
        assert_eq!(found.custom_name, "Ada");
        assert_eq!(found.settings, made.settings);
        assert_eq!(found.judged, made.judged);
        assert_eq!(found.keys.public_key(), made.keys.public_key());
    }

    #[test]
    fn a_profile_from_before_or_after_this_version_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("profile.json");
        let made = Profile::open(ProfileAt::File(path.clone())).expect("a new profile");
        let with = |field: &str, value: Value| {
            let text = std::fs::read_to_string(&path).expect("there");
            let mut stored: Value = serde_json::from_str(&text).expect("JSON");
            stored[field] = value;
            std::fs::write(&path, stored.to_string()).expect("written");
            Profile::open(ProfileAt::File(path.clone()))
        };

        with("origin", "http://localhost:3000".into()).expect("an old profile");
        let old = with("lan", false.into()).expect("an old profile");
        let settings = old.settings.expect("settings");
        assert_eq!(
            (settings.origin.as_str(), settings.lan),
            ("http://localhost:3000", false)
        );
        assert_eq!(old.user_id, made.user_id);

        let later = serde_json::json!({ "theme": "light", "hologram": true });
        let new = with("settings", later).expect("a later profile");
        assert_eq!(new.settings.map(|it| it.theme), Some(view::Theme::Light));
        assert!(with("settings", 7.into()).is_err());
        assert!(with("settings", serde_json::json!({ "origin": "x" })).is_err());
    }

    #[test]
    fn a_profile_is_used_once_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/profile.json");
        let at = ProfileAt::File(path.clone());
        let lock = Lock::take(&at).expect("nobody uses it");

        let refused = Lock::take(&at);

        assert!(matches!(refused, Err(ProfileError::InUse { path: about }) if about == path));
        let other = ProfileAt::File(folder.path().join("other.json"));
        let _other = Lock::take(&other).expect("another profile");
        let _memory = Lock::take(&ProfileAt::Memory).expect("no file at all");
        drop(lock);
        Lock::take(&at).expect("nobody uses it any more");
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
            r#"{"userId":"../../x","privateKey":"AAAA"}"#,
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
