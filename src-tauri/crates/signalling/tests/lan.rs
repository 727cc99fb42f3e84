//! Trackers are found on the network, here on loopback and away from the real port of mDNS.

use std::time::Duration;

use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent};
use rand::Rng;
use signalling::{Lan, LanHeard, LanOptions, Own};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// Long enough for an answer that would be wrong to arrive.
const QUIET: Duration = Duration::from_secs(3);

#[tokio::test]
async fn two_trackers_find_each_other_and_not_themselves() {
    let options = apart();
    let mut a = Program::start(options, Own::Serving(1_001));
    let mut b = Program::start(options, Own::Serving(1_002));
    assert_eq!(a.hear().await, found(1_002));
    assert_eq!(b.hear().await, found(1_001));

    b.lan.stop().await;
    assert_eq!(a.hear().await, lost(1_002));
    a.stays_silent().await;
}

#[tokio::test]
async fn one_without_a_tracker_finds_others_and_is_not_found() {
    let options = apart();
    let mut a = Program::start(options, Own::Serving(1_001));
    let mut b = Program::start(options, Own::Nothing);
    assert_eq!(b.hear().await, found(1_001));
    a.stays_silent().await;

    b.lan.announce(Own::Serving(1_002));
    assert_eq!(a.hear().await, found(1_002));
    b.lan.announce(Own::Nothing);
    assert_eq!(a.hear().await, lost(1_002));
}

#[tokio::test]
async fn the_tracker_this_machine_shares_is_not_reported_again() {
    let options = apart();
    let _a = Program::start(options, Own::Serving(1_001));
    let _c = Program::start(options, Own::Serving(1_003));
    let mut b = Program::start(options, Own::Sharing(1_001));
    assert_eq!(b.hear().await, found(1_003));
    b.stays_silent().await;

    b.lan.announce(Own::Nothing);
    assert_eq!(b.hear().await, found(1_001));
}

#[tokio::test]
async fn what_is_announced_is_random_names_and_a_port() {
    let options = apart();
    let _a = Program::start(options, Own::Serving(1_001));
    let witness = ServiceDaemon::new_with_port(options.port).expect("a daemon");
    witness.disable_interface(IfKind::All).expect("asked");
    witness.enable_interface(IfKind::LoopbackV4).expect("asked");
    let services = witness
        .browse("_chitchatter._tcp.local.")
        .expect("browsing");
    let seen = async {
        loop {
            match services.recv_async().await.expect("it still runs") {
                ServiceEvent::ServiceResolved(service) => return service,
                _ => continue,
            }
        }
    };
    let service = timeout(PATIENCE, seen).await.expect("in time");
    assert_eq!(service.get_port(), 1_001);
    assert_eq!(service.get_properties().len(), 0);
    let name = service.get_fullname().split('.').next().expect("a name");
    let host = service.get_hostname().split('.').next().expect("a name");
    for random in [name, host] {
        assert_eq!(random.len(), 16, "{random}");
        assert!(
            random.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{random}"
        );
    }
    assert_ne!(name, host);
    witness.shutdown().expect("asked");
}

struct Program {
    lan: Lan,
    heard: mpsc::Receiver<LanHeard>,
}

impl Program {
    fn start(options: LanOptions, own: Own) -> Self {
        let (sender, heard) = mpsc::channel(16);
        Self {
            lan: Lan::start_with(options, own, sender),
            heard,
        }
    }

    async fn hear(&mut self) -> LanHeard {
        let heard = timeout(PATIENCE, self.heard.recv()).await;
        heard.expect("in time").expect("it still runs")
    }

    async fn stays_silent(&mut self) {
        if let Ok(heard) = timeout(QUIET, self.heard.recv()).await {
            panic!("heard {heard:?}");
        }
    }
}

fn found(port: u16) -> LanHeard {
    let url = format!("ws://127.0.0.1:{port}");
    LanHeard::Found { url }
}

fn lost(port: u16) -> LanHeard {
    let url = format!("ws://127.0.0.1:{port}");
    LanHeard::Lost { url }
}

/// A network of its own for each test.
fn apart() -> LanOptions {
    LanOptions {
        port: rand::thread_rng().gen_range(15_000..27_000),
        loopback_only: true,
    }
}
