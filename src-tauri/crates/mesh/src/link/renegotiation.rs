//! Changing a connection that is open: descriptions the other side wants.

use std::sync::Arc;

use webrtc::peer_connection::{PeerConnection, RTCIceCandidateInit, RTCSdpType};
use webrtc::rtp_transceiver::RTCRtpTransceiverDirection;

use super::gathering::Purpose;
use super::{Link, Stage, Step, description};
use crate::sdp::{self, BadDescription};
use crate::{CloseReason, Description, settings};

impl Link {
    pub(super) async fn renegotiate(&mut self, kind: Description, sdp: String) -> Step {
        let connection = self.connection.clone().ok_or(CloseReason::Error)?;
        if self.stage != Stage::Open {
            return Ok(());
        }
        match kind {
            Description::Candidate => self.add_candidate(&connection, &sdp).await,
            Description::Offer => self.on_reoffer(&connection, sdp).await,
            // We offer nothing once a link is open: no answer is waited for.
            Description::Answer => Ok(()),
        }
    }

    /// A candidate that does not parse costs nothing but itself: the pair may well connect without.
    async fn add_candidate(&mut self, connection: &Arc<dyn PeerConnection>, json: &str) -> Step {
        if self.candidates >= sdp::MAX_CANDIDATES || json.len() > sdp::MAX_CANDIDATE {
            return Ok(());
        }
        self.candidates += 1;
        if let Ok(candidate) = serde_json::from_str::<RTCIceCandidateInit>(json)
            && connection.add_ice_candidate(candidate).await.is_err()
        {
            tracing::debug!(link = self.id.0, "a candidate is of no use");
        }
        Ok(())
    }

    async fn on_reoffer(&mut self, connection: &Arc<dyn PeerConnection>, offer: String) -> Step {
        sdp::bounded(&offer).map_err(CloseReason::Negotiation)?;
        let unanswered = self.gathering.take();
        if unanswered.is_some_and(|it| it.purpose == Purpose::Reanswer) {
            // The peer did not wait for our answer; it is told now, then its new offer is dealt with.
            self.tell_description(Description::Answer).await?;
        }
        let before = connection.current_remote_description().await;
        let restarts = before.is_none_or(|it| sdp::ufrag(&it.sdp) != sdp::ufrag(&offer));
        self.apply(connection, RTCSdpType::Offer, offer).await?;
        self.decline_media(connection).await?;
        self.make_answer(connection).await?;
        if restarts {
            self.gather(Purpose::Reanswer, self.answer_gathering());
            return Ok(());
        }
        self.tell_description(Description::Answer).await
    }

    /// Media is not played yet: each section stays, with its codecs, and nothing flows in it.
    async fn decline_media(&self, connection: &Arc<dyn PeerConnection>) -> Step {
        for transceiver in connection.get_transceivers().await {
            transceiver
                .set_direction(RTCRtpTransceiverDirection::Inactive)
                .await
                .map_err(|_| CloseReason::Error)?;
        }
        Ok(())
    }

    pub(super) async fn apply(
        &self,
        connection: &Arc<dyn PeerConnection>,
        kind: RTCSdpType,
        mut sdp: String,
    ) -> Step {
        let refused = |_| CloseReason::Negotiation(BadDescription::Refused);
        if sdp::is_of_our_stack(&sdp) {
            self.activity.allow_long_bursts();
            sdp = sdp::with_message_limit(&sdp, settings::MAX_MESSAGE_AMONG_US);
        }
        if let Some(password) = sdp::password(&sdp) {
            self.activity.set_their_password(password);
        }
        let description = description(kind, sdp).map_err(refused)?;
        connection
            .set_remote_description(description)
            .await
            .map_err(refused)
    }

    pub(super) async fn make_answer(&self, connection: &Arc<dyn PeerConnection>) -> Step {
        let made = async {
            let answer = connection.create_answer(None).await?;
            connection.set_local_description(answer).await
        };
        // It failed on what the peer offered; nothing else went into it.
        made.await
            .map_err(|_| CloseReason::Negotiation(BadDescription::Refused))
    }
}
