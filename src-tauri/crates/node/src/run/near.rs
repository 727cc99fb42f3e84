//! Peers of this machine and network.

use room::Input;
use signalling::{Lan, LanHeard, Own};
use tokio::sync::mpsc;
use tracker::{Neighbour, Neighbourhood, NeighbourhoodOptions};

use super::{Run, WAITING};

/// Peers of this machine and network, and how they are found.
pub(super) struct Near {
    pub(super) port: Option<u16>,
    pub(super) neighbourhood: Option<Neighbourhood>,
    pub(super) lan: Option<Lan>,
    /// Whether the tracker of this machine is ours.
    pub(super) serving: bool,
    /// What is in use because of it.
    pub(super) urls: Vec<String>,
    pub(super) neighbours: (mpsc::Sender<Neighbour>, mpsc::Receiver<Neighbour>),
    pub(super) lan_heard: (mpsc::Sender<LanHeard>, mpsc::Receiver<LanHeard>),
}

impl Near {
    pub(super) fn new(port: Option<u16>) -> Self {
        Self {
            port,
            neighbourhood: None,
            lan: None,
            serving: false,
            urls: Vec::new(),
            neighbours: mpsc::channel(WAITING),
            lan_heard: mpsc::channel(WAITING),
        }
    }
}

impl Run {
    pub(super) fn neighbour(&mut self, heard: Neighbour) {
        match heard {
            Neighbour::Serving { url, port } => {
                self.near.serving = true;
                self.near_found(url);
                self.announce(Own::Serving(port));
            }
            Neighbour::Using { url, port } => {
                self.near.serving = false;
                self.near_found(url);
                self.announce(Own::Sharing(port));
            }
            Neighbour::Gone { url } => {
                self.near.serving = false;
                self.near_lost(&url);
            }
        }
    }

    pub(super) fn lan(&mut self, heard: LanHeard) {
        match heard {
            LanHeard::Found { url } => self.near_found(url),
            LanHeard::Lost { url } => self.near_lost(&url),
            LanHeard::Unavailable => tracing::info!("no multicast on this network"),
        }
    }

    /// Starts or stops finding and serving peers on this machine and network.
    pub(super) fn set_lan(&mut self, on: bool) {
        if on && self.near.neighbourhood.is_none() {
            let port = self.near.port;
            let mut street = NeighbourhoodOptions::default();
            if let Some(port) = port {
                street.port = port;
            }
            self.near.neighbourhood =
                Some(Neighbourhood::start(street, self.near.neighbours.0.clone()));
            self.near.lan = Some(Lan::start(Own::Nothing, self.near.lan_heard.0.clone()));
        } else if !on && self.near.neighbourhood.is_some() {
            self.near.neighbourhood = None;
            self.near.lan = None;
            self.near.serving = false;
            // What they still had to say is about peers that are no longer looked for.
            self.near.neighbours = mpsc::channel(WAITING);
            self.near.lan_heard = mpsc::channel(WAITING);
            for url in std::mem::take(&mut self.near.urls) {
                self.happened(Input::TrackerRemoved { url });
            }
        }
    }

    fn near_found(&mut self, url: String) {
        if !self.near.urls.contains(&url) {
            self.near.urls.push(url.clone());
        }
        self.happened(Input::TrackerAdded { url, local: true });
    }

    fn near_lost(&mut self, url: &str) {
        self.near.urls.retain(|it| it != url);
        self.happened(Input::TrackerRemoved {
            url: url.to_owned(),
        });
    }

    fn announce(&mut self, own: Own) {
        if let Some(lan) = &self.near.lan {
            lan.announce(own);
        }
    }
}
