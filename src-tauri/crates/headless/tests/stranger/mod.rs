//! A peer that knows how to get in, and then misbehaves: built on the same parts as an honest one,
//! with nothing that decides what may be sent.

use std::time::Duration;

use mesh::{Heard, Mesh, MeshOptions};
use rand::Rng;
use signalling::Trackers;
use tokio::sync::mpsc;
use tokio::time::timeout;
use wire::{
    Action, Assembly, Handshake, LinkId, OfferId, Outer, PeerId, RoomAddress, RoomToken, SignalKey,
    SignalKind, ToTracker, random_challenge, random_text,
};

use crate::common::LIMIT;

/// What may be on its way before the next frame waits; enough to keep the victim busy.
const WINDOW: usize = 2 * 1024 * 1024;
/// Offers made at once, so that one of them finds the victim among the others.
const OFFERS: u64 = 8;

/// A stranger that the victim took in.
pub(crate) struct Stranger {
    pub(crate) id: PeerId,
    pub(crate) token: RoomToken,
    mesh: Mesh,
    heard: mpsc::Receiver<Heard>,
    link: LinkId,
    unsent: usize,
    is_out: bool,
}

impl Stranger {
    /// Meets the victim through the tracker and shakes hands as every peer does.
    pub(crate) async fn meet(tracker: &str, address: &RoomAddress, victim: &PeerId) -> Self {
        let mut rng = rand::thread_rng();
        // Lower than anyone: others answer our offers, and we challenge.
        let id = PeerId::parse(&format!("00000000{}", random_text(&mut rng, 12))).expect("an id");
        let (tell, mut heard) = mpsc::channel(1024);
        let options = MeshOptions {
            ice_servers: Vec::new(),
            loopback: true,
        };
        let mesh = Mesh::new(options, tell);
        let link = dial(&mesh, &mut heard, tracker, address, id, victim).await;
        let mut stranger = Self {
            id,
            token: address.token(),
            mesh,
            heard,
            link,
            unsent: 0,
            is_out: false,
        };
        stranger.shake_hands().await;
        stranger
    }

    async fn shake_hands(&mut self) {
        let c = random_challenge(&mut rand::thread_rng());
        self.act(0, &Action::HandshakeData(Handshake::Challenge { c }))
            .await;
        self.act(0, &Action::HandshakeReady).await;
        let mut assembly = Assembly::new();
        loop {
            let bytes = match self.next().await {
                Heard::Bytes { bytes, .. } => bytes,
                // The other offers are taken back meanwhile.
                Heard::Closed { link, why } if link == self.link => {
                    panic!("not taken in: {why}")
                }
                _ => continue,
            };
            if let Ok(Outer::Room { chunk, .. }) = Outer::parse(&bytes)
                && let Ok(Some(body)) = assembly.push(chunk)
                && let Ok(Action::HandshakeReady) = Action::parse(&body)
            {
                return;
            }
        }
    }

    /// Sends an action as an honest peer would.
    pub(crate) async fn act(&mut self, nonce: u16, action: &Action) {
        for frame in wire::frames(self.token, nonce, &action.body()) {
            self.send(frame).await;
        }
    }

    /// Sends any bytes, unless the victim has had enough.
    pub(crate) async fn send(&mut self, frame: Vec<u8>) {
        while self.unsent > WINDOW && !self.is_out {
            self.listen().await;
        }
        if self.is_out {
            return;
        }
        self.unsent += frame.len();
        self.mesh.send(self.link, frame);
        while let Ok(heard) = self.heard.try_recv() {
            self.note(&heard);
        }
    }

    /// Sends as long as there is something and the victim bears it.
    pub(crate) async fn send_all(&mut self, frames: impl Iterator<Item = Vec<u8>>) {
        for frame in frames {
            if self.is_out {
                return;
            }
            self.send(frame).await;
        }
    }

    /// Waits until the victim has thrown it out.
    pub(crate) async fn is_thrown_out(&mut self) {
        while !self.is_out {
            self.listen().await;
        }
    }

    /// A frame with any header and any payload.
    pub(crate) fn frame(&self, action: &[u8], nonce: u16, tag: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![1, 0, 64];
        frame.extend(self.token.as_str().bytes());
        let mut name = [0; 32];
        name[..action.len()].copy_from_slice(action);
        frame.extend(name);
        frame.extend(nonce.to_be_bytes());
        frame.extend([tag, 0]);
        frame.extend(payload);
        frame
    }

    async fn listen(&mut self) {
        let heard = self.next().await;
        self.note(&heard);
    }

    fn note(&mut self, heard: &Heard) {
        match heard {
            Heard::Sent { link, bytes } if *link == self.link => self.unsent -= bytes,
            Heard::Closed { link, .. } if *link == self.link => self.is_out = true,
            _ => {}
        }
    }

    async fn next(&mut self) -> Heard {
        timeout(LIMIT, self.heard.recv())
            .await
            .expect("in time")
            .expect("the mesh lives")
    }
}

/// Connects to the victim, whoever else answers.
async fn dial(
    mesh: &Mesh,
    heard: &mut mpsc::Receiver<Heard>,
    tracker: &str,
    address: &RoomAddress,
    id: PeerId,
    victim: &PeerId,
) -> LinkId {
    let mut rng = rand::thread_rng();
    let key = SignalKey::new(address);
    let mut offers: Vec<(OfferId, String)> = Vec::new();
    for link in 0..OFFERS {
        mesh.dial(LinkId(link));
        offers.push((OfferId::random(&mut rng), String::new()));
    }
    let mut made = 0;
    while made < OFFERS {
        let next = timeout(LIMIT, heard.recv())
            .await
            .expect("in time")
            .expect("the mesh lives");
        if let Heard::OfferMade {
            link,
            sdp,
            complete: true,
        } = next
        {
            let at = usize::try_from(link.0).expect("small");
            offers[at].1 = key.seal(&sdp, rng.r#gen());
            made += 1;
        }
    }

    let (tell, mut said) = mpsc::channel(256);
    let trackers = Trackers::new(tell);
    trackers.open(tracker, false);
    let announce = ToTracker::Offers {
        info_hash: address.info_hash(),
        peer_id: id,
        numwant: 8,
        offers: offers.clone(),
    };
    let meeting = async {
        loop {
            match timeout(Duration::from_secs(3), said.recv()).await {
                Err(_) | Ok(Some(signalling::Heard::Opened { .. })) => {
                    let _ = trackers.send(tracker, announce.to_json());
                }
                Ok(Some(signalling::Heard::Said { message, .. })) => {
                    let Some(signal) = message.signal else {
                        continue;
                    };
                    let at = offers
                        .iter()
                        .position(|(offer, _)| *offer == signal.offer_id);
                    if signal.kind == SignalKind::Answer
                        && signal.from == *victim
                        && let Some(at) = at
                        && let Ok(sdp) = key.open(&signal.sealed)
                    {
                        return (LinkId(u64::try_from(at).expect("small")), sdp);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => panic!("the tracker is there"),
            }
        }
    };
    let (link, answer) = timeout(LIMIT, meeting)
        .await
        .expect("the victim answers in time");
    for other in (0..OFFERS).map(LinkId).filter(|other| *other != link) {
        mesh.close(other);
    }
    mesh.accept(link, answer);
    loop {
        let next = timeout(LIMIT, heard.recv())
            .await
            .expect("in time")
            .expect("the mesh lives");
        match next {
            Heard::Opened { link: opened } if opened == link => return link,
            Heard::Closed { link: closed, why } if closed == link => panic!("no link: {why}"),
            _ => {}
        }
    }
}
