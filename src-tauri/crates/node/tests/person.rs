//! Settings, profiles that move, pins and the doctor, on nodes that run.

mod common;

use std::path::Path;

use common::{LocalTracker, address, options, until};
use node::{Node, Options, ProfileAt, Settings, default_origin};
use room::{Event, PersonId, RoomKey, Standing};
use view::{Advice, FieldFault, PinPlace, Refusal, SettingsField, Theme};
use wire::{Access, RoomAddress, RoomName, Secret};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_checked_applied_at_once_and_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    let (_, mut hears) = node.subscribe().await.expect("subscribed");
    let wanted = Settings {
        trackers: Some(vec!["ws://127.0.0.1:9".to_owned()]),
        theme: Theme::Dark,
        lan: false,
        ..Settings::default()
    };

    let bad = Settings {
        proxy: Some("gopher://x".to_owned()),
        ..wanted.clone()
    };
    let Err(Refusal::BadSettings { faults }) = node.save_settings(bad).await else {
        panic!("a bad proxy is refused");
    };
    assert_eq!(faults.len(), 1);
    assert_eq!(
        (faults[0].field, faults[0].fault),
        (SettingsField::Proxy, FieldFault::WrongKind)
    );
    assert_ne!(node.settings().await.expect("settings"), wanted);

    node.save_settings(wanted.clone()).await.expect("saved");
    let added = until(&mut hears, |event| match event {
        Event::TrackerChanged { tracker } => Some(tracker.url),
        _ => None,
    })
    .await;
    assert_eq!(added, "ws://127.0.0.1:9");
    node.stop().await;

    let again = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    assert_eq!(again.settings().await.expect("settings"), wanted);
    let usual = Settings {
        trackers: None,
        ..wanted
    };
    let (_, mut hears) = again.subscribe().await.expect("subscribed");
    again.save_settings(usual).await.expect("saved");
    let gone = until(&mut hears, |event| match event {
        Event::TrackerGone { url } => Some(url),
        _ => None,
    })
    .await;
    assert_eq!(gone, "ws://127.0.0.1:9");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_usual_servers_are_known_while_none_is_chosen_and_after() {
    let mut usual = options(vec!["wss://usual.example".to_owned()]);
    usual.config.ice_servers = vec![node::IceServer {
        urls: vec!["stun:usual.example:3478".to_owned()],
        username: None,
        credential: None,
    }];
    let node = Node::start(usual).await.expect("started");
    for trackers in [None, Some(Vec::new())] {
        let settings = Settings {
            trackers,
            ice_servers: None,
            lan: false,
            ..Settings::default()
        };
        node.save_settings(settings).await.expect("saved");
        let servers = node.usual_servers().await.expect("servers");
        assert_eq!(servers.trackers, ["wss://usual.example"]);
        assert_eq!(servers.ice_servers[0].urls, ["stun:usual.example:3478"]);
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn being_seen_by_relays_alone_and_a_proxy_can_be_asked_for_at_one_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let proxy = "socks5://127.0.0.1:9".to_owned();
    let told = Options {
        relay_only: Some(true),
        proxy: Some(proxy.clone()),
        ice_servers: Some(vec![node::IceServer {
            urls: vec!["turn:127.0.0.1:9".to_owned()],
            username: Some("ada".to_owned()),
            credential: Some("sesame".to_owned()),
        }]),
        ..remembered(folder.path())
    };
    let node = Node::start(told).await.expect("started");
    let mut settings = node.settings().await.expect("settings");
    assert!(settings.relay_only);
    assert_eq!(settings.proxy, Some(proxy));
    settings.theme = Theme::Light;
    node.save_settings(settings).await.expect("saved");
    node.stop().await;

    let again = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    let kept = again.settings().await.expect("settings");
    assert!(!kept.relay_only && kept.proxy.is_none());
    assert_eq!(kept.theme, Theme::Light);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_start_was_told_is_not_kept_until_it_is_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = Options {
        lan: Some(false),
        ..remembered(folder.path())
    };
    let node = Node::start(told).await.expect("started");
    let mut settings = node.settings().await.expect("settings");
    assert!(!settings.lan);
    settings.theme = Theme::Light;
    node.save_settings(settings).await.expect("saved");
    node.stop().await;

    let text = std::fs::read_to_string(folder.path().join("profile.json")).expect("there");
    let kept: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(kept["settings"]["lan"], true);
    assert_eq!(kept["settings"]["theme"], "light");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_moves_from_one_machine_to_another_and_can_be_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = Node::start(options(Vec::new())).await.expect("started");
    old.rename("Ada".to_owned()).await.expect("renamed");
    let file = old
        .export_profile(Some("open sesame".to_owned()))
        .await
        .expect("a file");
    let me = old.subscribe().await.expect("subscribed").0.rooms.me;
    old.stop().await;

    let new = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    let password = || Some("open sesame".to_owned());
    let room = new.join(address("kitchen")).await.expect("joined");
    let imported = new
        .import_profile(file.clone(), password())
        .await
        .expect("taken in");
    assert!(imported.rooms_keep_the_old);
    let now = new.subscribe().await.expect("subscribed").0.rooms.me;
    assert_ne!(now.user_id, me.user_id);

    let (_, mut hears) = new.subscribe().await.expect("subscribed");
    new.leave(&room).await.expect("left");
    let now = until(&mut hears, |event| match event {
        Event::MeChanged { me } => Some(me),
        _ => None,
    })
    .await;
    assert_eq!(
        (now.user_id, now.name.as_str()),
        (me.user_id.clone(), "Ada")
    );

    let again = new
        .import_profile(file, password())
        .await
        .expect("taken in");
    assert!(!again.rooms_keep_the_old);

    // One's own profile is taken in where one is: nobody stays somebody else for it.
    let own = new.export_profile(None).await.expect("a file");
    new.rename("Eda".to_owned()).await.expect("renamed");
    new.join(address("kitchen")).await.expect("joined");
    let same = new.import_profile(own, None).await.expect("taken in");
    assert!(!same.rooms_keep_the_old);
    let now = new.subscribe().await.expect("subscribed").0.rooms.me;
    assert_eq!(
        (now.user_id, now.name.as_str()),
        (me.user_id.clone(), "Ada")
    );

    new.delete_profile().await.expect("forgotten");
    let now = new.subscribe().await.expect("subscribed").0.rooms.me;
    assert!(now.user_id != me.user_id && now.custom_name.is_empty());
    new.stop().await;
    for entry in std::fs::read_dir(folder.path()).expect("there").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("text");
        assert!(!text.contains("Ada") && !text.contains(me.user_id.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_rooms_that_are_pinned_are_found_again() {
    let name = RoomName::parse("den").expect("a name");
    let den = RoomAddress {
        access: Access::Private(Secret::from_password(&name, "sesame")),
        origin: default_origin(),
        name,
    };
    let node = Node::start(options(Vec::new())).await.expect("started");
    let room = node.join(den).await.expect("joined");
    node.join(address("kitchen")).await.expect("joined");

    node.pin(&room, true).await.expect("pinned");
    let missing = RoomKey::from_text("nowhere");
    assert_eq!(node.pin(&missing, true).await, Err(Refusal::NotJoined));

    let pins = node.pinned().await.expect("pins");
    assert_eq!(pins.place, PinPlace::Memory);
    assert_eq!(pins.rooms.len(), 1);
    assert!(pins.rooms[0].private && pins.rooms[0].link.contains("#secret="));
    node.leave(&room).await.expect("left");
    node.pin(&room, false).await.expect("forgotten");
    assert!(node.pinned().await.expect("pins").rooms.is_empty());
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_one_blocked_stays_blocked_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    let troll = PersonId::parse("profile:troll").expect("a person");
    node.judge(troll.clone(), Standing::Blocked)
        .await
        .expect("blocked");
    node.stop().await;

    let again = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    let judged = again.subscribe().await.expect("subscribed").0.rooms.judged;
    assert_eq!(judged.len(), 1);
    assert_eq!(
        (&judged[0].person, judged[0].standing),
        (&troll, Standing::Blocked)
    );
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_sees_trackers_peers_and_what_to_do() {
    let tracker = LocalTracker::start().await;
    let trackers = vec![tracker.url.clone()];
    let ada = Node::start(options(trackers.clone()))
        .await
        .expect("started");
    let bob = Node::start(options(trackers)).await.expect("started");
    let (_, mut hears) = ada.subscribe().await.expect("subscribed");
    ada.join(address("meeting")).await.expect("joined");
    bob.join(address("meeting")).await.expect("joined");
    until(&mut hears, |event| match event {
        Event::PeerJoined { .. } => Some(()),
        _ => None,
    })
    .await;

    let found = ada.diagnose().await.expect("a diagnosis");

    assert_eq!(found.trackers.len(), 1);
    assert_eq!(found.trackers[0].now.state, view::TrackerState::Open);
    assert_eq!(found.peers.len(), 1);
    let peer = &found.peers[0];
    assert_eq!(peer.rooms, ["meeting"]);
    assert!(peer.local.is_some() && peer.remote.is_some(), "{peer:?}");
    assert!(peer.bytes_sent > 0 && peer.bytes_received > 0, "{peer:?}");
    assert!(peer.since > 0 && peer.since <= found.time);
    assert!(found.tried.attempts >= 1 && found.tried.opened >= 1);
    assert!(found.advice.contains(&Advice::LanOff));
    assert!(!found.report.contains("meeting") && !found.report.contains("127.0.0.1"));

    assert!(ada.test_tracker(&tracker.url).await.expect("tested").works);
    let tested = ada.test_tracker("ftp://x").await.expect("tested");
    assert_eq!(tested.reason, Some(view::TrackerFailure::BadAddress));
    ada.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_near_or_not_encrypted_is_never_fetched() {
    use view::FetchFault;
    let node = Node::start(options(Vec::new())).await.expect("started");
    for (url, fault) in [
        ("http://example.org/a.png", FetchFault::BadAddress),
        ("file:///etc/passwd", FetchFault::BadAddress),
        ("https://me:pw@example.org/", FetchFault::BadAddress),
        ("nonsense", FetchFault::BadAddress),
        ("https://127.0.0.1/a.png", FetchFault::PrivateAddress),
        ("https://[::1]/a.png", FetchFault::PrivateAddress),
        ("https://localhost/a.png", FetchFault::PrivateAddress),
        ("https://169.254.169.254/", FetchFault::PrivateAddress),
        ("https://0x7f000001/", FetchFault::PrivateAddress),
        ("https://printer.local/", FetchFault::PrivateAddress),
    ] {
        let refused = Err(Refusal::NotFetched { fault });
        assert_eq!(node.load_remote(url).await, refused, "{url}");
    }
    node.stop().await;
}

/// A node with a profile in a file.
fn remembered(folder: &Path) -> Options {
    Options {
        profile: ProfileAt::File(folder.join("profile.json")),
        ..options(Vec::new())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_used_by_one_node_until_that_has_stopped_even_when_all_is_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let is_in_use = async || {
        let refused = Node::start(remembered(folder.path())).await;
        let in_use = matches!(
            refused,
            Err(node::StartError::Profile(node::ProfileError::InUse { .. }))
        );
        if let Ok(node) = refused {
            node.stop().await;
        }
        in_use
    };
    let node = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    assert!(is_in_use().await);

    node.delete_profile().await.expect("forgotten");
    assert!(is_in_use().await, "who begins anew has it still");

    node.stop().await;
    assert!(!is_in_use().await, "whoever waited for the end may begin");
    assert!(!is_in_use().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_cannot_be_kept_holds_and_is_told_until_it_can() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::start(remembered(folder.path()))
        .await
        .expect("started");
    let (_, mut hears) = node.subscribe().await.expect("subscribed");
    let file = folder.path().join("profile.json");
    std::fs::remove_file(&file).expect("it was there");
    // Nothing can be written over a folder that is not empty, whoever one is.
    std::fs::create_dir_all(file.join("in the way")).expect("made");

    node.rename("Ada".to_owned()).await.expect("in force");
    let told = until(&mut hears, |event| match event {
        Event::ProblemAdded { problem } => Some(problem),
        _ => None,
    })
    .await;
    assert_eq!(told.what, room::ProblemKind::NotKept);
    let (now, _) = node.subscribe().await.expect("subscribed");
    assert_eq!(now.rooms.me.custom_name, "Ada");

    std::fs::remove_dir_all(&file).expect("removed");
    node.rename("Ada L".to_owned()).await.expect("in force");
    let gone = until(&mut hears, |event| match event {
        Event::ProblemGone { id } => Some(id),
        _ => None,
    })
    .await;
    assert_eq!(gone, told.id);
    assert!(file.is_file());
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_starts_again_at_once_waits_for_their_own_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Node::start(remembered(folder.path())).await;
    let first = first.expect("started");

    let again = tokio::spawn(Node::start(remembered(folder.path())));
    first.stop().await;

    let again = again.await.expect("no panic").expect("started");
    again.stop().await;
}
