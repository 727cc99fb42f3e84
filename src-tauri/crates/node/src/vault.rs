//! A person as a file that moves: Chitchatter's own JSON, plain or locked with a password.
//!
//! Plain, it is the file that Chitchatter's settings page gives and takes (protocol/chitchatter
//! §13), with our own settings beside its fields; Chitchatter passes by what it does not know.
//! Locked, it is a JSON object that says how: the plain text sealed by AES-256-GCM under a key that
//! scrypt makes of the password.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use view::{ProfileFault, Refusal, Settings, Theme, Tone};
use wire::{KeyPair, UserId};

/// The largest file taken in: a key, a name, settings with their lists, sealed and in base64.
const MAX_FILE_BYTES: usize = 256 * 1024;
/// What the sealed form calls itself.
const LOCKED_KIND: &str = "chitchatter-profile";
const LOCKED_VERSION: u32 = 1;
/// How hard scrypt works: 2^15 rounds of 8 blocks, 32 MiB and a tenth of a second. A file that asks
/// for more than twice that is refused, so that nobody's file keeps the machine busy.
const LOG_N: u8 = 15;
const MAX_LOG_N: u8 = 16;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
/// What is under our settings in the plain file.
const OURS: &str = "native";

/// A person who moves.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user_id: UserId,
    pub(crate) custom_name: String,
    pub(crate) keys: KeyPair,
    pub(crate) settings: Settings,
}

/// Chitchatter's file; all but the sound must be there when Chitchatter reads it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plain<'a> {
    user_id: &'a str,
    custom_username: &'a str,
    color_mode: &'static str,
    play_sound_on_new_message: bool,
    show_notification_on_new_message: bool,
    show_active_typing_status: bool,
    is_enhanced_connectivity_enabled: bool,
    selected_sound: &'static str,
    public_key: &'a str,
    private_key: String,
    native: &'a Settings,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    kind: String,
    version: u32,
    kdf: String,
    #[serde(rename = "logN")]
    log_n: u8,
    salt: String,
    nonce: String,
    sealed: String,
}

/// Writes a person down, locked when there is a password. Blocks for a part of a second then.
pub(crate) fn export(person: &Person, password: Option<&str>) -> Result<String, Refusal> {
    let plain = plain(person)?;
    match password {
        Some(password) if !password.is_empty() => lock(&plain, password),
        _ => Ok(plain),
    }
}

/// Reads a person. Blocks for a part of a second. What the file says nothing of stays as it is in
/// `now`.
pub(crate) fn import(
    text: &str,
    password: Option<&str>,
    now: &Settings,
) -> Result<Person, Refusal> {
    if text.len() > MAX_FILE_BYTES {
        return Err(bad(ProfileFault::TooLarge, None));
    }
    let file: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| bad(ProfileFault::NotAProfile, None))?;
    if file.get("kind").and_then(Value::as_str) != Some(LOCKED_KIND) {
        return person(&file, now);
    }
    let locked = serde_json::from_value(Value::Object(file))
        .map_err(|_| bad(ProfileFault::NotAProfile, None))?;
    let password = password
        .filter(|it| !it.is_empty())
        .ok_or(bad(ProfileFault::PasswordNeeded, None))?;
    let plain = unlock(&locked, password)?;
    let file = serde_json::from_str(&plain).map_err(|_| bad(ProfileFault::NotAProfile, None))?;
    person(&file, now)
}

fn plain(person: &Person) -> Result<String, Refusal> {
    let settings = &person.settings;
    let file = Plain {
        user_id: person.user_id.as_str(),
        custom_username: &person.custom_name,
        // Chitchatter has no third way; dark is what it begins with.
        color_mode: match settings.theme {
            Theme::Light => "light",
            Theme::Dark | Theme::System => "dark",
        },
        play_sound_on_new_message: settings.sound.on,
        show_notification_on_new_message: settings.notifications.on,
        show_active_typing_status: settings.typing,
        is_enhanced_connectivity_enabled: true,
        selected_sound: match settings.sound.which {
            Tone::Message => "/sounds/new-message.aac",
            Tone::Chime => "/sounds/chime.mp3",
            Tone::Beep => "/sounds/beep.mp3",
        },
        public_key: person.keys.public_key(),
        private_key: person.keys.private_key(),
        native: settings,
    };
    serde_json::to_string_pretty(&file).map_err(|_| Refusal::NotSaved)
}

fn person(file: &Map<String, Value>, now: &Settings) -> Result<Person, Refusal> {
    let user_id = crate::profile::user_id(text(file, "userId")?).ok_or(bad_value("userId"))?;
    let custom_name = wire::chat::clean_name(text(file, "customUsername")?);
    if wire::chat::text_units(&custom_name) > wire::MAX_CUSTOM_NAME {
        return Err(bad_value("customUsername"));
    }
    let keys =
        KeyPair::from_private(text(file, "privateKey")?).map_err(|_| bad_value("privateKey"))?;
    if text(file, "publicKey")? != keys.public_key() {
        return Err(bad(ProfileFault::KeysDiffer, Some("publicKey")));
    }
    let mut settings = now.clone();
    if let Some(ours) = file.get(OURS) {
        settings = Settings::deserialize(ours).map_err(|_| bad_value(OURS))?;
    }
    // Chitchatter's own fields come last: whoever changed them there changed them since. Its colour
    // mode cannot say what we call the system's.
    match text(file, "colorMode")? {
        "light" if settings.theme != Theme::System || !file.contains_key(OURS) => {
            settings.theme = Theme::Light;
        }
        "dark" if settings.theme == Theme::Light || !file.contains_key(OURS) => {
            settings.theme = Theme::Dark;
        }
        "light" | "dark" => {}
        _ => return Err(bad_value("colorMode")),
    }
    settings.sound.on = switch(file, "playSoundOnNewMessage")?;
    settings.notifications.on = switch(file, "showNotificationOnNewMessage")?;
    settings.typing = switch(file, "showActiveTypingStatus")?;
    // What it is about, Chitchatter's own TURN server, is not ours to use; it must be there.
    switch(file, "isEnhancedConnectivityEnabled")?;
    if file.contains_key("selectedSound") {
        let path = text(file, "selectedSound")?;
        let name = path.rsplit('/').next().unwrap_or_default();
        settings.sound.which = match name.split('.').next() {
            Some("chime") => Tone::Chime,
            Some("beep") => Tone::Beep,
            // Chitchatter may get others; then it is the usual one.
            _ => Tone::Message,
        };
    }
    Ok(Person {
        user_id,
        custom_name,
        keys,
        settings,
    })
}

fn text<'a>(file: &'a Map<String, Value>, field: &'static str) -> Result<&'a str, Refusal> {
    match file.get(field) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(bad_value(field)),
        None => Err(bad(ProfileFault::Missing, Some(field))),
    }
}

fn switch(file: &Map<String, Value>, field: &'static str) -> Result<bool, Refusal> {
    match file.get(field) {
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(bad_value(field)),
        None => Err(bad(ProfileFault::Missing, Some(field))),
    }
}

fn lock(plain: &str, password: &str) -> Result<String, Refusal> {
    let mut salt = [0; SALT_BYTES];
    let mut nonce = [0; NONCE_BYTES];
    OsRng.fill_bytes(&mut salt);
    OsRng.fill_bytes(&mut nonce);
    let cipher = cipher(password, &salt, LOG_N).ok_or(Refusal::NotSaved)?;
    let sealed = cipher
        .encrypt(
            Nonce::from_slice(&nonce),
            Payload {
                msg: plain.as_bytes(),
                aad: LOCKED_KIND.as_bytes(),
            },
        )
        .map_err(|_| Refusal::NotSaved)?;
    let locked = Locked {
        kind: LOCKED_KIND.to_owned(),
        version: LOCKED_VERSION,
        kdf: "scrypt".to_owned(),
        log_n: LOG_N,
        salt: BASE64_STANDARD.encode(salt),
        nonce: BASE64_STANDARD.encode(nonce),
        sealed: BASE64_STANDARD.encode(sealed),
    };
    serde_json::to_string_pretty(&locked).map_err(|_| Refusal::NotSaved)
}

fn unlock(locked: &Locked, password: &str) -> Result<String, Refusal> {
    let known = locked.version == LOCKED_VERSION && locked.kdf == "scrypt";
    if !known || locked.log_n == 0 || locked.log_n > MAX_LOG_N {
        return Err(bad(ProfileFault::NotAProfile, None));
    }
    let field = |text: &str, name| BASE64_STANDARD.decode(text).map_err(|_| bad_value(name));
    let salt = field(&locked.salt, "salt")?;
    let nonce = field(&locked.nonce, "nonce")?;
    let sealed = field(&locked.sealed, "sealed")?;
    if salt.len() != SALT_BYTES {
        return Err(bad_value("salt"));
    }
    if nonce.len() != NONCE_BYTES {
        return Err(bad_value("nonce"));
    }
    let wrong = || bad(ProfileFault::WrongPassword, None);
    let opened = cipher(password, &salt, locked.log_n)
        .ok_or_else(wrong)?
        .decrypt(
            Nonce::from_slice(&nonce),
            Payload {
                msg: &sealed,
                aad: LOCKED_KIND.as_bytes(),
            },
        )
        .map_err(|_| wrong())?;
    String::from_utf8(opened).map_err(|_| bad(ProfileFault::NotAProfile, None))
}

fn cipher(password: &str, salt: &[u8], log_n: u8) -> Option<Aes256Gcm> {
    let params = scrypt::Params::new(log_n, SCRYPT_R, SCRYPT_P, 32).ok()?;
    let mut key = [0; 32];
    scrypt::scrypt(password.as_bytes(), salt, &params, &mut key).ok()?;
    Some(Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key)))
}

fn bad_value(field: &str) -> Refusal {
    bad(ProfileFault::BadValue, Some(field))
}

fn bad(fault: ProfileFault, field: Option<&str>) -> Refusal {
    Refusal::BadProfile {
        fault,
        field: field.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> Person {
        Person {
            user_id: UserId::parse("92b7cc2e-0906-4b5f-ad38-5aa5c8ed3b1c").expect("an id"),
            custom_name: "Ada".to_owned(),
            keys: KeyPair::generate(&mut OsRng).expect("a key"),
            settings: Settings {
                proxy: Some("socks5://127.0.0.1:9050".to_owned()),
                ..Settings::default()
            },
        }
    }

    /// What Chitchatter's own page gives.
    fn of_chitchatter(keys: &KeyPair) -> Value {
        json!({
            "userId": "92b7cc2e-0906-4b5f-ad38-5aa5c8ed3b1c",
            "customUsername": "Ada",
            "colorMode": "light",
            "playSoundOnNewMessage": false,
            "showNotificationOnNewMessage": true,
            "showActiveTypingStatus": false,
            "isEnhancedConnectivityEnabled": true,
            "selectedSound": "/app/sounds/chime.mp3",
            "publicKey": keys.public_key(),
            "privateKey": keys.private_key(),
        })
    }

    fn fault(done: Result<Person, Refusal>) -> (ProfileFault, Option<String>) {
        match done {
            Err(Refusal::BadProfile { fault, field }) => (fault, field),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_profile_of_chitchatter_is_taken_in_with_its_name_and_choices() {
        let keys = ada().keys;
        let text = of_chitchatter(&keys).to_string();

        let person = import(&text, None, &Settings::default()).expect("a person");

        assert_eq!(person.custom_name, "Ada");
        assert_eq!(person.keys.public_key(), keys.public_key());
        let settings = person.settings;
        assert_eq!(settings.theme, Theme::Light);
        assert!(!settings.sound.on && !settings.typing && settings.notifications.on);
        assert_eq!(settings.sound.which, Tone::Chime);
    }

    #[test]
    fn a_profile_of_ours_has_all_that_chitchatter_asks_for_and_comes_back_whole() {
        let ada = ada();
        let text = export(&ada, None).expect("written");

        let file: Value = serde_json::from_str(&text).expect("JSON");
        for (field, _) in of_chitchatter(&ada.keys).as_object().expect("an object") {
            assert!(file.get(field).is_some(), "{field}");
        }
        let back = import(&text, None, &Settings::default()).expect("a person");
        assert_eq!(back.custom_name, "Ada");
        assert_eq!(back.settings, ada.settings);
        assert_eq!(back.keys.private_key(), ada.keys.private_key());
    }

    #[test]
    fn a_locked_profile_opens_with_its_password_alone() {
        let ada = ada();
        let text = export(&ada, Some("open sesame")).expect("written");
        assert!(!text.contains("customUsername") && !text.contains("privateKey"));

        let import = |password| import(&text, password, &Settings::default());
        assert_eq!(import(Some("open sesame")).expect("Ada").custom_name, "Ada");
        let wrong = (ProfileFault::WrongPassword, None);
        assert_eq!(fault(import(Some("open sesam"))), wrong);
        let needed = (ProfileFault::PasswordNeeded, None);
        assert_eq!(fault(import(None)), needed);
    }

    #[test]
    fn a_locked_profile_that_was_touched_or_asks_for_too_much_work_is_refused() {
        let text = export(&ada(), Some("p")).expect("written");
        let with = |field: &str, value: Value| {
            let mut file: Value = serde_json::from_str(&text).expect("JSON");
            file[field] = value;
            fault(import(&file.to_string(), Some("p"), &Settings::default()))
        };
        let other = BASE64_STANDARD.encode([7; 64]);
        let fault_in = |field: &str| (ProfileFault::BadValue, Some(field.to_owned()));
        assert_eq!(with("sealed", json!(other)).0, ProfileFault::WrongPassword);
        assert_eq!(with("logN", json!(30)).0, ProfileFault::NotAProfile);
        assert_eq!(with("version", json!(2)).0, ProfileFault::NotAProfile);
        assert_eq!(with("salt", json!("!")), fault_in("salt"));
        assert_eq!(with("nonce", json!("AAAA")), fault_in("nonce"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_field() {
        let keys = ada().keys;
        let without = |field: &str| {
            let mut file = of_chitchatter(&keys);
            file.as_object_mut().expect("an object").remove(field);
            fault(import(&file.to_string(), None, &Settings::default()))
        };
        let with = |field: &str, value: Value| {
            let mut file = of_chitchatter(&keys);
            file[field] = value;
            fault(import(&file.to_string(), None, &Settings::default()))
        };
        for (field, _) in of_chitchatter(&keys).as_object().expect("an object") {
            let named = Some(field.clone());
            if field != "selectedSound" {
                assert_eq!(without(field), (ProfileFault::Missing, named.clone()));
            }
            assert_eq!(with(field, json!(7)), (ProfileFault::BadValue, named));
        }
        let named = |field: &str| Some(field.to_owned());
        assert_eq!(with("colorMode", json!("blue")).1, named("colorMode"));
        assert_eq!(with("privateKey", json!("AAAA")).1, named("privateKey"));
        assert_eq!(with("native", json!({"lan": 1})).1, named("native"));
        let ids = ["../../x", "..", "a b", "a\\b", "a\nb", "", &"x".repeat(65)];
        for id in ids {
            let refused = with("userId", json!(id));
            assert_eq!(refused, (ProfileFault::BadValue, named("userId")), "{id:?}");
        }
        let long = json!("x".repeat(31));
        assert_eq!(with("customUsername", long).1, named("customUsername"));
        assert_eq!(
            with("publicKey", json!(ada().keys.public_key())).0,
            ProfileFault::KeysDiffer
        );
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for text in [
            "",
            "null",
            "[]",
            "7",
            "{",
            "<html>",
            &"x".repeat(MAX_FILE_BYTES + 1),
        ] {
            let refused = fault(import(text, None, &Settings::default())).0;
            let too_large = text.len() > MAX_FILE_BYTES;
            let expected = if too_large {
                ProfileFault::TooLarge
            } else {
                ProfileFault::NotAProfile
            };
            assert_eq!(refused, expected);
        }
    }
}
