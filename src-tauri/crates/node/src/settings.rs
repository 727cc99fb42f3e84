//! Settings, checked: each field that is wrong is named, and none is taken then.

use std::path::Path;

use mesh::IceServer;
use signalling::{Proxy, ProxyError};
use view::{FieldFault, Settings, SettingsFault, SettingsField};
use wire::Origin;

use crate::config::{MAX_TRACKERS, check_tracker};

/// STUN and TURN servers used at once; each is asked by each connection.
const MAX_ICE_SERVERS: usize = 8;
/// Addresses of one of them.
const MAX_ICE_URLS: usize = 4;
/// The longest address, user name or password of one.
const MAX_ICE_TEXT: usize = 512;

/// What [`Settings`] mean.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) home: Origin,
    pub(crate) trackers: Option<Vec<String>>,
    pub(crate) ice_servers: Option<Vec<IceServer>>,
    pub(crate) proxy: Option<Proxy>,
}

/// Checks settings. `usual_ice` are the servers in use where the settings name none.
pub(crate) fn check(
    settings: &Settings,
    usual_ice: &[IceServer],
) -> Result<Checked, Vec<SettingsFault>> {
    let mut faults = Vec::new();
    let home = settings.home();
    if home.is_none() {
        faults.push(fault(SettingsField::Origin, None, FieldFault::NotAnAddress));
    }
    let trackers = settings.trackers.as_ref().map(|urls| {
        let urls: Vec<String> = urls.iter().map(|url| url.trim().to_owned()).collect();
        faults.extend(faults_of_trackers(&urls));
        urls
    });
    let ice_servers = settings.ice_servers.as_ref().map(|servers| {
        faults.extend(faults_of_ice(servers));
        servers.iter().map(ice_server).collect::<Vec<_>>()
    });
    let ice_in_use = ice_servers.as_deref().unwrap_or(usual_ice);
    if settings.relay_only && !ice_in_use.iter().any(IceServer::is_relay) {
        faults.push(fault(SettingsField::RelayOnly, None, FieldFault::NoRelay));
    }
    let proxy = settings.proxy.as_deref().and_then(|text| {
        Proxy::parse(text)
            .map_err(|error| {
                let what = match error {
                    ProxyError::Malformed => FieldFault::NotAnAddress,
                    ProxyError::Scheme => FieldFault::WrongKind,
                    ProxyError::TooLong => FieldFault::TooLong,
                };
                faults.push(fault(SettingsField::Proxy, None, what));
            })
            .ok()
    });
    let downloads = settings.downloads.as_deref();
    if downloads.is_some_and(|folder| !Path::new(folder).is_absolute()) {
        faults.push(fault(
            SettingsField::Downloads,
            None,
            FieldFault::NotAFolder,
        ));
    }
    match home {
        Some(home) if faults.is_empty() => Ok(Checked {
            home,
            trackers,
            ice_servers,
            proxy,
        }),
        _ => Err(faults),
    }
}

/// What is wrong with a folder for downloads that was chosen just now. One chosen before may be on a
/// disk that is not there at the moment.
pub(crate) fn fault_of_folder(folder: &str) -> Option<SettingsFault> {
    let is_good = files::store::can_keep_in(Path::new(folder));
    (!is_good).then(|| fault(SettingsField::Downloads, None, FieldFault::NotWritable))
}

/// Checks the address of a proxy as the settings do.
///
/// # Errors
/// Says in words what is wrong with it.
pub fn check_proxy(url: &str) -> Result<(), String> {
    Proxy::parse(url)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// A server in the words of the page.
pub(crate) fn shown_server(server: &IceServer) -> view::IceServer {
    view::IceServer {
        urls: server.urls.clone(),
        username: server.username.clone(),
        credential: server.credential.clone(),
    }
}

/// A server in the words of the mesh.
pub(crate) fn ice_server(server: &view::IceServer) -> IceServer {
    IceServer {
        urls: server
            .urls
            .iter()
            .map(|url| url.trim().to_owned())
            .collect(),
        username: server.username.clone(),
        credential: server.credential.clone(),
    }
}

fn faults_of_trackers(urls: &[String]) -> Vec<SettingsFault> {
    let mut faults = Vec::new();
    for (at, url) in urls.iter().enumerate() {
        let what = if at >= MAX_TRACKERS {
            Some(FieldFault::TooMany)
        } else if urls.iter().take(at).any(|before| before == url) {
            Some(FieldFault::Twice)
        } else {
            fault_of_tracker(url)
        };
        if let Some(what) = what {
            faults.push(fault(SettingsField::Trackers, Some(at), what));
            if what == FieldFault::TooMany {
                break;
            }
        }
    }
    faults
}

fn fault_of_tracker(url: &str) -> Option<FieldFault> {
    use signalling::UrlError;
    match signalling::check_url(url) {
        Ok(()) => check_tracker(url).err().map(|_| FieldFault::NotAnAddress),
        Err(UrlError::Scheme) => Some(FieldFault::WrongKind),
        Err(UrlError::Credentials) => Some(FieldFault::HoldsALogin),
        Err(UrlError::TooLong) => Some(FieldFault::TooLong),
        Err(UrlError::Malformed | UrlError::TooMany) => Some(FieldFault::NotAnAddress),
    }
}

fn faults_of_ice(servers: &[view::IceServer]) -> Vec<SettingsFault> {
    let mut faults = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        if at >= MAX_ICE_SERVERS {
            faults.push(fault(
                SettingsField::IceServers,
                Some(at),
                FieldFault::TooMany,
            ));
            break;
        }
        if let Some(what) = fault_of_ice(server) {
            faults.push(fault(SettingsField::IceServers, Some(at), what));
        }
    }
    faults
}

fn fault_of_ice(server: &view::IceServer) -> Option<FieldFault> {
    let texts = server
        .urls
        .iter()
        .chain(&server.username)
        .chain(&server.credential);
    if server.urls.is_empty() {
        return Some(FieldFault::NotAnAddress);
    }
    if server.urls.len() > MAX_ICE_URLS {
        return Some(FieldFault::TooMany);
    }
    if texts.into_iter().any(|text| text.len() > MAX_ICE_TEXT) {
        return Some(FieldFault::TooLong);
    }
    let server = ice_server(server);
    let url = server.unsupported().into_iter().next()?.to_owned();
    let (scheme, rest) = url.split_once(':').unwrap_or((url.as_str(), ""));
    let has_login = |it: &Option<String>| it.as_ref().is_some_and(|it| !it.is_empty());
    let needs_login =
        scheme == "turn" && !(has_login(&server.username) && has_login(&server.credential));
    Some(match scheme {
        "stuns" | "turns" => FieldFault::OnlyUdp,
        "stun" | "turn" if rest.contains("transport=tcp") => FieldFault::OnlyUdp,
        "turn" if needs_login => FieldFault::NeedsALogin,
        "stun" | "turn" => FieldFault::NotAnAddress,
        _ => FieldFault::WrongKind,
    })
}

fn fault(field: SettingsField, item: Option<usize>, fault: FieldFault) -> SettingsFault {
    SettingsFault { field, item, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_changed_is_good() {
        let checked = check(&Settings::default(), &[]).expect("good settings");
        assert!(checked.trackers.is_none() && checked.ice_servers.is_none());
    }

    #[test]
    fn each_bad_field_is_named_with_its_item_and_fault() {
        let stun = |url: &str| view::IceServer {
            urls: vec![url.to_owned()],
            username: None,
            credential: None,
        };
        let settings = Settings {
            origin: "chitchatter".to_owned(),
            trackers: Some(
                [
                    "wss://good.example",
                    "http://bad.example",
                    "wss://good.example",
                    "wss://a:b@c.d",
                ]
                .map(str::to_owned)
                .to_vec(),
            ),
            ice_servers: Some(vec![
                stun("stun:good.example"),
                stun("turns:t.example"),
                stun("turn:t.example"),
                stun("ftp:x"),
                stun("stun:x:notaport"),
            ]),
            relay_only: true,
            proxy: Some("ftp://p:1".to_owned()),
            downloads: Some("Downloads".to_owned()),
            ..Settings::default()
        };

        let faults = check(&settings, &[]).expect_err("bad settings");

        use FieldFault::*;
        use SettingsField::*;
        let found: Vec<_> = faults
            .into_iter()
            .map(|it| (it.field, it.item, it.fault))
            .collect();
        // A relay without a login is still meant as one; that it lacks a login is told, and enough.
        assert_eq!(
            found,
            [
                (Origin, None, NotAnAddress),
                (Trackers, Some(1), WrongKind),
                (Trackers, Some(2), Twice),
                (Trackers, Some(3), HoldsALogin),
                (IceServers, Some(1), OnlyUdp),
                (IceServers, Some(2), NeedsALogin),
                (IceServers, Some(3), WrongKind),
                (IceServers, Some(4), NotAnAddress),
                (Proxy, None, WrongKind),
                (Downloads, None, NotAFolder),
            ]
        );
    }

    #[test]
    fn relay_only_is_fine_with_a_relay_in_use() {
        let relay = IceServer {
            urls: vec!["turn:t.example".to_owned()],
            username: Some("u".to_owned()),
            credential: Some("c".to_owned()),
        };
        let settings = Settings {
            relay_only: true,
            ..Settings::default()
        };
        assert!(check(&settings, &[relay]).is_ok());
        assert!(check(&settings, &[]).is_err());
    }

    #[test]
    fn lists_have_an_end() {
        let settings = Settings {
            trackers: Some((0..200).map(|n| format!("wss://t{n}.example")).collect()),
            ..Settings::default()
        };
        let faults = check(&settings, &[]).expect_err("too many");
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].item, Some(MAX_TRACKERS));
    }
}
