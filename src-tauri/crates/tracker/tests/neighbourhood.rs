//! The programs of one machine share one tracker, without any network.

mod support;

use std::net::{Ipv4Addr, TcpListener as StdListener};

use rand::Rng;
use support::{Client, PATIENCE, announce, id};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracker::{Limits, Neighbour, Neighbourhood, NeighbourhoodOptions};

#[tokio::test]
async fn the_first_serves_the_second_uses_and_they_meet() {
    let port = free_port();
    let mut first = Program::start(port);
    assert_eq!(first.hear().await, serving(port));
    let mut second = Program::start(port);
    assert_eq!(second.hear().await, using(port));

    let address = (Ipv4Addr::LOCALHOST, port).into();
    let mut a = Client::at(address).await;
    let mut b = Client::at(address).await;
    a.ask(announce("room", "a", &[])).await;
    b.ask(announce("room", "b", &["o1"])).await;
    assert_eq!(a.hear().await["offer_id"], id("o1"));
}

#[tokio::test]
async fn a_survivor_takes_over_when_the_one_who_serves_leaves() {
    let port = free_port();
    let mut first = Program::start(port);
    assert_eq!(first.hear().await, serving(port));
    let mut others = [
        Program::start(port),
        Program::start(port),
        Program::start(port),
    ];
    for other in &mut others {
        assert_eq!(other.hear().await, using(port));
    }

    first.neighbourhood.stop().await;

    let [one, two, three] = &mut others;
    let successor = tokio::select! {
        heard = one.hear() => heard,
        heard = two.hear() => heard,
        heard = three.hear() => heard,
    };
    assert_eq!(successor, serving(port));
    Client::at((Ipv4Addr::LOCALHOST, port).into()).await;
}

#[tokio::test]
async fn a_survivor_takes_over_when_the_one_who_serves_dies() {
    let port = free_port();
    let mut first = Program::start(port);
    assert_eq!(first.hear().await, serving(port));
    let mut second = Program::start(port);
    assert_eq!(second.hear().await, using(port));

    drop(first);

    assert_eq!(second.hear().await, serving(port));
}

#[tokio::test]
async fn a_port_that_somebody_else_has_is_left_alone_until_it_is_free() {
    let foreign = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port()))
        .await
        .expect("a port");
    let port = foreign.local_addr().expect("an address").port();
    // It answers, but not as a tracker does.
    let foreign = tokio::spawn(async move {
        while let Ok((mut stream, _)) = foreign.accept().await {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await;
        }
    });

    let mut program = Program::start(port);
    let Neighbour::Serving { port: own, url } = program.hear().await else {
        panic!("it serves elsewhere");
    };
    assert_ne!(own, port);
    assert_eq!(url, format!("ws://127.0.0.1:{own}"));
    Client::at((Ipv4Addr::LOCALHOST, own).into()).await;

    foreign.abort();
    assert_eq!(program.hear().await, serving(port));
    Client::at((Ipv4Addr::LOCALHOST, own).into()).await;
}

#[tokio::test]
async fn a_silent_program_on_the_port_is_not_taken_for_a_tracker() {
    let silent = StdListener::bind((Ipv4Addr::LOCALHOST, free_port())).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let mut program = Program::start(port);
    match program.hear().await {
        Neighbour::Serving { port: own, .. } => assert_ne!(own, port),
        other => panic!("{other:?}"),
    }
}

struct Program {
    neighbourhood: Neighbourhood,
    heard: mpsc::Receiver<Neighbour>,
}

impl Program {
    fn start(port: u16) -> Self {
        let (sender, heard) = mpsc::channel(4);
        let options = NeighbourhoodOptions {
            port,
            open_to_network: false,
            limits: Limits::default(),
        };
        Self {
            neighbourhood: Neighbourhood::start(options, sender),
            heard,
        }
    }

    async fn hear(&mut self) -> Neighbour {
        let heard = timeout(PATIENCE, self.heard.recv()).await;
        heard.expect("in time").expect("it still runs")
    }
}

fn serving(port: u16) -> Neighbour {
    let url = format!("ws://127.0.0.1:{port}");
    Neighbour::Serving { url, port }
}

fn using(port: u16) -> Neighbour {
    let url = format!("ws://127.0.0.1:{port}");
    Neighbour::Using { url, port }
}

/// A port nobody has, below the range from which systems take those of outgoing connections.
fn free_port() -> u16 {
    let mut rng = rand::thread_rng();
    loop {
        let port = rng.gen_range(15_000..27_000);
        if StdListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
