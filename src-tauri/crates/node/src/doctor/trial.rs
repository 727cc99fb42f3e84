//! What one server or tracker answered when it was tried.

use std::time::Duration;

use mesh::{ServerFault, ServerProbe};
use room::{TrackerState, TrackerStatus};
use view::{CandidateKind, IceFailure, IceTest, Tracker, TrackerFailure, TrackerTest};

pub(crate) fn ice_tests(servers: Vec<ServerProbe>) -> Vec<IceTest> {
    servers
        .into_iter()
        .map(|probe| match probe.answer {
            Ok((kind, took)) => IceTest {
                url: probe.url,
                works: true,
                candidate: Some(candidate_kind(kind)),
                ms: Some(milliseconds(took)),
                reason: None,
            },
            Err(fault) => IceTest {
                url: probe.url,
                works: false,
                candidate: None,
                ms: None,
                reason: Some(match fault {
                    ServerFault::BadAddress => IceFailure::BadAddress,
                    ServerFault::NeedsALogin => IceFailure::NeedsALogin,
                    ServerFault::NoSuchHost => IceFailure::NoSuchHost,
                    ServerFault::NoAnswer => IceFailure::NoAnswer,
                    ServerFault::WrongLogin => IceFailure::WrongLogin,
                    ServerFault::Refused => IceFailure::Refused,
                }),
            },
        })
        .collect()
}

/// What a tracker answered, in the words of the page.
pub(crate) fn tracker_test(tested: signalling::Tested) -> TrackerTest {
    let mut told = TrackerTest {
        works: false,
        connect_ms: None,
        answer_ms: None,
        reason: None,
        status: None,
        message: None,
    };
    match tested {
        signalling::Tested::Works { connect, answer } => {
            told.works = true;
            told.connect_ms = Some(milliseconds(connect));
            told.answer_ms = Some(milliseconds(answer));
        }
        signalling::Tested::Rejected { connect, message } => {
            told.connect_ms = Some(milliseconds(connect));
            told.reason = Some(TrackerFailure::Rejected);
            told.message = Some(message.chars().take(MAX_MESSAGE).collect());
        }
        signalling::Tested::Failed(reason) => {
            let shown = Tracker::from(TrackerStatus {
                url: String::new(),
                state: TrackerState::Failed {
                    reason: crate::translate::failure(reason),
                },
                local: false,
                retry_at: None,
            });
            told.reason = shown.reason;
            told.status = shown.status;
        }
        signalling::Tested::BadAddress => told.reason = Some(TrackerFailure::BadAddress),
    }
    told
}

/// The longest word of a tracker that is shown.
const MAX_MESSAGE: usize = 200;

pub(super) fn candidate_kind(kind: mesh::CandidateKind) -> CandidateKind {
    match kind {
        mesh::CandidateKind::Host => CandidateKind::Host,
        mesh::CandidateKind::Reflexive => CandidateKind::Reflexive,
        mesh::CandidateKind::PeerReflexive => CandidateKind::PeerReflexive,
        mesh::CandidateKind::Relay => CandidateKind::Relay,
    }
}

pub(super) fn milliseconds(took: Duration) -> u32 {
    // Whoever is there within less is still one away.
    u32::try_from(took.as_millis().max(1)).unwrap_or(u32::MAX)
}
