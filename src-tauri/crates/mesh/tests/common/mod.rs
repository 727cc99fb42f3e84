//! Two meshes on loopback and the patience to wait for what they say.
#![allow(dead_code, reason = "each test file uses a part")]

use std::time::Duration;

use mesh::{CloseReason, Description, Heard, IceServer, Mesh, MeshOptions};
use tokio::sync::mpsc;
use tokio::time::timeout;
use wire::LinkId;

/// Generous: the machine may be slow, and a failing test is the only one that waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Peer {
    pub(crate) mesh: Mesh,
    pub(crate) heard: mpsc::Receiver<Heard>,
}

impl Peer {
    pub(crate) fn new() -> Peer {
        Peer::with(Vec::new(), 256)
    }

    pub(crate) fn with(ice_servers: Vec<IceServer>, room: usize) -> Peer {
        let (tell, heard) = mpsc::channel(room);
        let options = MeshOptions {
            ice_servers,
            loopback: true,
        };
        Peer {
            mesh: Mesh::new(options, tell),
            heard,
        }
    }

    pub(crate) async fn next(&mut self) -> Heard {
        timeout(PATIENCE, self.heard.recv())
            .await
            .expect("something is heard in time")
            .expect("the mesh lives")
    }

    /// The first thing heard that `wanted` wants; what comes before is dropped.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&Heard) -> Option<T>) -> T {
        loop {
            let heard = self.next().await;
            if let Some(found) = wanted(&heard) {
                return found;
            }
            if let Heard::Closed { link, why } = heard {
                panic!("link {} closed: {why}", link.0);
            }
        }
    }

    pub(crate) async fn offer(&mut self) -> String {
        self.until(|heard| match heard {
            Heard::OfferMade {
                sdp,
                complete: true,
                ..
            } => Some(sdp.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn made_answer(&mut self) -> String {
        self.until(|heard| match heard {
            Heard::AnswerMade { sdp, .. } => Some(sdp.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn opened(&mut self, wanted: LinkId) {
        self.until(|heard| match heard {
            Heard::Opened { link } if *link == wanted => Some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        self.until(|heard| match heard {
            Heard::Bytes { bytes, .. } => Some(bytes.to_vec()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn renegotiation(&mut self, wanted: Description) -> String {
        self.until(|heard| match heard {
            Heard::Renegotiate { kind, sdp, .. } if *kind == wanted => Some(sdp.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn closed(&mut self, wanted: LinkId) -> CloseReason {
        loop {
            if let Heard::Closed { link, why } = self.next().await {
                assert_eq!(link, wanted);
                return why;
            }
        }
    }
}

pub(crate) const LINK: LinkId = LinkId(1);

/// Two peers with one open link, the first having dialled.
pub(crate) async fn pair() -> (Peer, Peer) {
    let (mut dialler, mut answerer) = (Peer::new(), Peer::new());
    join(&mut dialler, &mut answerer, LINK).await;
    (dialler, answerer)
}

/// The same, each taking the other for a browser, by the address in the origin lines.
pub(crate) async fn strangers() -> (Peer, Peer) {
    let disguised = |sdp: String| sdp.replacen(" IN IP4 0.0.0.0", " IN IP4 127.0.0.1", 1);
    let (mut dialler, mut answerer) = (Peer::new(), Peer::new());
    dialler.mesh.dial(LINK);
    answerer.mesh.answer(LINK, disguised(dialler.offer().await));
    dialler
        .mesh
        .accept(LINK, disguised(answerer.made_answer().await));
    dialler.opened(LINK).await;
    answerer.opened(LINK).await;
    (dialler, answerer)
}

/// Opens one more link between two peers.
pub(crate) async fn join(dialler: &mut Peer, answerer: &mut Peer, link: LinkId) {
    dialler.mesh.dial(link);
    answerer.mesh.answer(link, dialler.offer().await);
    dialler.mesh.accept(link, answerer.made_answer().await);
    dialler.opened(link).await;
    answerer.opened(link).await;
}
