//! Shows and changes what the person chose, as far as it means something in a terminal.

use serde_json::json;
use view::{FieldFault, IceServer, Settings, SettingsFault, SettingsField};

use super::{Answer, Commands, Fault, Outcome, on_off};
use crate::{clean, ice, paths};

/// What can be changed, as it is told.
const USAGE: &str = "/settings, or /settings NAME on|off for typing, do-not-disturb, notifications, lan \
                     or relay-only, /settings proxy URL|none, /settings trackers URL…|usual, \
                     /settings ice-servers URL…|none|usual, /settings origin URL, /settings downloads \
                     FOLDER|usual";

impl Commands {
    pub(super) async fn settings(&self, change: Option<String>) -> Result<Outcome, Fault> {
        let mut settings = self.node.settings().await?;
        if let Some(change) = change {
            apply(&mut settings, &change)?;
            let saved = self.node.save_settings(settings.clone()).await;
            if let Err(view::Refusal::BadSettings { faults }) = saved {
                let why: Vec<String> = faults.iter().map(fault_text).collect();
                return Err(Fault::Why(format!("not done: {}", why.join("; "))));
            }
            saved?;
        }
        let usual = self.node.usual_servers().await?;
        let list = |chosen: Option<&Vec<String>>, usual: &[String]| match chosen {
            Some(chosen) if chosen.is_empty() => "none".to_owned(),
            Some(chosen) => clean::line(&chosen.join(" ")),
            None => format!("usual ({})", clean::line(&usual.join(" "))),
        };
        let urls = |servers: &[IceServer]| -> Vec<String> {
            servers.iter().flat_map(|it| it.urls.clone()).collect()
        };
        // Neither a login of a server nor one of the proxy is repeated.
        let chosen_ice = settings.ice_servers.as_deref().map(urls);
        let proxy = settings.proxy.as_deref().map(without_login);
        let rows = vec![
            format!("typing {}", on_off(settings.typing)),
            format!("do-not-disturb {}", on_off(settings.do_not_disturb)),
            format!("notifications {}", on_off(settings.notifications.on)),
            format!("lan {}", on_off(settings.lan)),
            format!("relay-only {}", on_off(settings.relay_only)),
            format!("proxy {}", clean::line(proxy.as_deref().unwrap_or("none"))),
            format!(
                "trackers {}",
                list(settings.trackers.as_ref(), &usual.trackers)
            ),
            format!(
                "ice-servers {}",
                list(chosen_ice.as_ref(), &urls(&usual.ice_servers))
            ),
            format!("origin {}", clean::line(&settings.origin)),
            format!(
                "downloads {}",
                clean::line(settings.downloads.as_deref().unwrap_or("usual"))
            ),
        ];
        let object = json!({
            "kind": "settings",
            "settings": {
                "typing": settings.typing,
                "doNotDisturb": settings.do_not_disturb,
                "notifications": settings.notifications.on,
                "lan": settings.lan,
                "relayOnly": settings.relay_only,
                "proxy": proxy,
                "trackers": settings.trackers,
                "iceServers": chosen_ice,
                "origin": settings.origin,
                "downloads": settings.downloads,
            },
        });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }
}

fn apply(settings: &mut Settings, change: &str) -> Result<(), Fault> {
    let usage = || Fault::Why(format!("not done: write {USAGE}"));
    let mut words = change.split_whitespace();
    let name = words.next().unwrap_or_default();
    let values: Vec<&str> = words.collect();
    let switch = || match values[..] {
        ["on"] => Ok(true),
        ["off"] => Ok(false),
        _ => Err(usage()),
    };
    let owned = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    match name {
        "typing" => settings.typing = switch()?,
        "do-not-disturb" | "dnd" => settings.do_not_disturb = switch()?,
        "notifications" => settings.notifications.on = switch()?,
        "lan" => settings.lan = switch()?,
        "relay-only" => settings.relay_only = switch()?,
        "proxy" => {
            settings.proxy = match values[..] {
                ["none"] => None,
                [url] => Some(url.to_owned()),
                _ => return Err(usage()),
            }
        }
        "trackers" => {
            settings.trackers = match values[..] {
                [] => return Err(usage()),
                ["usual"] => None,
                _ => Some(owned(&values)),
            }
        }
        "ice-servers" => {
            settings.ice_servers = match values[..] {
                [] => return Err(usage()),
                ["usual"] => None,
                _ => Some(servers(&owned(&values))?),
            }
        }
        "origin" => match values[..] {
            [url] => settings.origin = url.to_owned(),
            _ => return Err(usage()),
        },
        "downloads" => {
            settings.downloads = match change.trim_start()[name.len()..].trim() {
                "" => return Err(usage()),
                "usual" => None,
                folder => Some(absolute(folder)),
            }
        }
        _ => return Err(usage()),
    }
    Ok(())
}

/// A folder as it is found from anywhere.
fn absolute(typed: &str) -> String {
    let folder = paths::one(typed);
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    folder.to_string_lossy().into_owned()
}

fn servers(written: &[String]) -> Result<Vec<IceServer>, Fault> {
    let servers =
        ice::servers(written).map_err(|failure| Fault::Why(format!("not done: {failure}")))?;
    let shown = servers.into_iter().map(|it| IceServer {
        urls: it.urls,
        username: it.username,
        credential: it.credential,
    });
    Ok(shown.collect())
}

/// The address of a proxy without the name and password in it.
fn without_login(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

fn fault_text(fault: &SettingsFault) -> String {
    let field = match fault.field {
        SettingsField::Origin => "origin",
        SettingsField::Trackers => "trackers",
        SettingsField::IceServers => "ice-servers",
        SettingsField::RelayOnly => "relay-only",
        SettingsField::Proxy => "proxy",
        SettingsField::Downloads => "downloads",
    };
    let which = match fault.item {
        Some(item) => format!(" (number {})", item + 1),
        None => String::new(),
    };
    let kind = match fault.field {
        SettingsField::Origin => "https:// or http://",
        SettingsField::Trackers => "wss:// or ws://",
        SettingsField::IceServers | SettingsField::RelayOnly => "stun: or turn:",
        SettingsField::Proxy => "socks5:// or http://",
        SettingsField::Downloads => "a folder",
    };
    let what = match fault.fault {
        FieldFault::WrongKind => {
            return format!("{field}{which}: that is an address of another kind than {kind}");
        }
        FieldFault::NotAnAddress => "that is not an address",
        FieldFault::HoldsALogin => "it holds a login, where there is none",
        FieldFault::NeedsALogin => "a TURN server needs a user name and a password",
        FieldFault::OnlyUdp => "only UDP can be spoken with it yet",
        FieldFault::NotAFolder => "that is not a folder, from the root on",
        FieldFault::NotWritable => {
            "nothing can be kept in that folder: it is not there, or must not be written to"
        }
        FieldFault::TooLong => "that is longer than any address",
        FieldFault::TooMany => "there are more than can be used at once",
        FieldFault::Twice => "it is there twice",
        FieldFault::NoRelay => "without a TURN server nobody could be reached",
    };
    format!("{field}{which}: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_changed_by_its_name_and_nothing_else_is() {
        let mut settings = Settings::default();
        for change in [
            "dnd on",
            "typing off",
            "proxy socks5://ada:sesame@127.0.0.1:9050",
            "trackers wss://a.example wss://b.example",
            "ice-servers turn:ada:sesame@turn.example:3478",
            "relay-only on",
            "origin http://localhost:3000",
            "downloads '/my films'",
        ] {
            assert!(apply(&mut settings, change).is_ok(), "{change}");
        }

        let server = &settings.ice_servers.as_deref().expect("chosen")[0];
        assert_eq!(server.credential.as_deref(), Some("sesame"));
        let expected = Settings {
            do_not_disturb: true,
            typing: false,
            proxy: Some("socks5://ada:sesame@127.0.0.1:9050".to_owned()),
            trackers: Some(vec![
                "wss://a.example".to_owned(),
                "wss://b.example".to_owned(),
            ]),
            ice_servers: settings.ice_servers.clone(),
            relay_only: true,
            origin: "http://localhost:3000".to_owned(),
            downloads: Some("/my films".to_owned()),
            ..Settings::default()
        };
        assert_eq!(settings, expected);

        for change in [
            "trackers usual",
            "ice-servers usual",
            "proxy none",
            "downloads usual",
        ] {
            assert!(apply(&mut settings, change).is_ok(), "{change}");
        }
        assert!(settings.trackers.is_none() && settings.ice_servers.is_none());
        assert!(settings.proxy.is_none() && settings.downloads.is_none());
        for change in [
            "",
            "typing",
            "typing maybe",
            "colour red",
            "trackers",
            "downloads",
            "proxy a b",
        ] {
            assert!(apply(&mut settings, change).is_err(), "{change}");
        }
    }

    #[test]
    fn a_login_is_not_repeated() {
        assert_eq!(
            without_login("socks5://ada:s@me@127.0.0.1:9"),
            "socks5://127.0.0.1:9"
        );
        assert_eq!(without_login("http://127.0.0.1:9"), "http://127.0.0.1:9");
    }
}
