//! What the stack reports, as signals for the one task of a link.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use webrtc::data_channel::DataChannel;
use webrtc::peer_connection::{
    PeerConnectionEventHandler, RTCIceCandidateType, RTCIceGatheringState,
    RTCPeerConnectionIceEvent, RTCPeerConnectionState,
};

/// What the stack and the link's own tasks tell it.
pub(crate) enum Signal {
    Candidate(RTCIceCandidateType),
    Gathered,
    State(RTCPeerConnectionState),
    Channel(Arc<dyn DataChannel>),
    Opened(oneshot::Sender<()>),
    ChannelClosed,
    SendFailed,
    DriverEnded(u32),
}

/// Passes the stack's events on.
pub(super) struct Handler(pub(super) mpsc::UnboundedSender<Signal>);

impl Handler {
    pub(super) fn tell(&self, signal: Signal) {
        // A link that has ended does not care.
        let _ = self.0.send(signal);
    }
}

// `on_negotiation_needed` is left alone on purpose: we offer when we are told to, and a browser
// never answers an offer without media.
#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        self.tell(Signal::Candidate(event.candidate.typ));
    }

    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.tell(Signal::Gathered);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.tell(Signal::State(state));
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        self.tell(Signal::Channel(channel));
    }
}
