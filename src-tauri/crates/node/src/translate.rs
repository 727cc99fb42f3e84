//! The words of `signalling` and `mesh` in the words of `room`.

use room::{Input, TrackerFailure};
use wire::RenegotiationKind;

/// What a tracker's socket did.
pub(crate) fn tracker(heard: signalling::Heard) -> Input {
    match heard {
        signalling::Heard::Connecting { url } => Input::TrackerConnecting { url },
        signalling::Heard::Opened { url } => Input::TrackerOpened { url },
        signalling::Heard::Said { url, message } => Input::TrackerSaid { url, message },
        signalling::Heard::Closed {
            url,
            reason,
            retry_in,
        } => Input::TrackerClosed {
            url,
            reason: failure(reason),
            retry_in,
        },
        signalling::Heard::Unusable { url, .. } => Input::TrackerClosed {
            url,
            reason: TrackerFailure::BadAddress,
            retry_in: std::time::Duration::MAX,
        },
    }
}

pub(crate) fn failure(reason: signalling::Reason) -> TrackerFailure {
    use signalling::Reason;
    match reason {
        Reason::Unreachable => TrackerFailure::Unreachable,
        Reason::Refused | Reason::NotATracker => TrackerFailure::Refused { status: None },
        Reason::HttpStatus(status) => TrackerFailure::Refused {
            status: Some(status),
        },
        Reason::Tls => TrackerFailure::Tls,
        Reason::Silent => TrackerFailure::Silent,
        Reason::Flooded => TrackerFailure::Flooded,
        Reason::Garbage | Reason::TooLarge | Reason::Protocol => TrackerFailure::Garbage,
        Reason::Closed => TrackerFailure::Closed,
        Reason::Proxy | Reason::ProxyLogin => TrackerFailure::Proxy,
    }
}

/// What a connection did, where that is of any concern to the rooms.
pub(crate) fn link(heard: mesh::Heard) -> Option<Input> {
    Some(match heard {
        mesh::Heard::OfferMade {
            link,
            sdp,
            complete,
        } => Input::OfferMade {
            link,
            sdp,
            complete,
        },
        mesh::Heard::AnswerMade { link, sdp } => Input::AnswerMade { link, sdp },
        mesh::Heard::Renegotiate { link, kind, sdp } => Input::Renegotiate {
            link,
            kind: match kind {
                mesh::Description::Offer => RenegotiationKind::Offer,
                mesh::Description::Answer => RenegotiationKind::Answer,
                mesh::Description::Candidate => RenegotiationKind::Candidate,
            },
            sdp,
        },
        mesh::Heard::Opened { link } => Input::LinkOpened { link },
        mesh::Heard::Bytes { link, bytes } => Input::Bytes {
            link,
            bytes: bytes.into(),
        },
        mesh::Heard::Sent { link, bytes } => Input::Sent { link, bytes },
        mesh::Heard::Path { link, relayed } => Input::Path { link, relayed },
        mesh::Heard::Shaky { link } => Input::Shaky { link },
        mesh::Heard::Steady { link } => Input::Steady { link },
        // It carries as before.
        mesh::Heard::Moved { .. } => return None,
        mesh::Heard::Closed { link, .. } => Input::LinkClosed { link },
    })
}

/// What the other side of an open connection described.
pub(crate) fn description(kind: RenegotiationKind) -> mesh::Description {
    match kind {
        RenegotiationKind::Offer => mesh::Description::Offer,
        RenegotiationKind::Answer => mesh::Description::Answer,
        RenegotiationKind::Candidate => mesh::Description::Candidate,
    }
}
