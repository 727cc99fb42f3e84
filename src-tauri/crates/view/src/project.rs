//! From what the rooms tell to what is shown.

use wire::{Access, Invitation, InvitedAccess, MessageId, PeerId, RoomAddress, UserId};

use crate::event::{
    Delivery, Entry, Event, Line, Links, Me, Notice, NoticeKind, Offence, Path, Peer, Problem,
    ProblemKind, Room, SecretLinks, Snapshot, Tracker, TrackerFailure, TrackerState, Verification,
};

/// What the person is shown of an event.
#[must_use]
pub fn project(event: room::Event) -> Event {
    match event {
        room::Event::Joined { room, address, me } => Event::Joined {
            room: room.to_string(),
            name: address.name.as_str().to_owned(),
            origin: address.origin.as_str().to_owned(),
            private: address.is_private(),
            me: me.into(),
            links: links(&address),
        },
        room::Event::Left { room } => Event::Left {
            room: room.to_string(),
        },
        room::Event::TrackerChanged { tracker } => Event::TrackerChanged(tracker.into()),
        room::Event::TrackerGone { url } => Event::TrackerGone { url },
        room::Event::PeerJoined { room, peer } => Event::PeerJoined {
            room: room.to_string(),
            peer: peer.into(),
        },
        room::Event::PeerChanged { room, peer } => Event::PeerChanged {
            room: room.to_string(),
            peer: peer.into(),
        },
        room::Event::PeerLeft { room, peer_id } => Event::PeerLeft {
            room: room.to_string(),
            peer_id: text(&peer_id),
        },
        room::Event::LineAdded { room, line } => Event::LineAdded {
            room: room.to_string(),
            line: line.into(),
        },
        room::Event::LineChanged { room, id, delivery } => Event::LineChanged {
            room: room.to_string(),
            id: id.as_str().to_owned(),
            delivery: delivery.into(),
        },
        room::Event::NoticeAdded { room, notice } => Event::NoticeAdded {
            room: room.to_string(),
            notice: notice.into(),
        },
        room::Event::TypingChanged {
            room,
            peer_id,
            typing,
        } => Event::TypingChanged {
            room: room.to_string(),
            peer_id: text(&peer_id),
            typing,
        },
        room::Event::MeChanged { me } => Event::MeChanged { me: me.into() },
        room::Event::ProblemAdded { problem } => Event::ProblemAdded {
            problem: problem.into(),
        },
        room::Event::ProblemGone { id } => Event::ProblemGone { id },
    }
}

/// What the person is shown to begin with.
#[must_use]
pub fn snapshot(snapshot: room::Snapshot) -> Snapshot {
    Snapshot {
        me: snapshot.me.into(),
        home: snapshot.home.as_str().to_owned(),
        rooms: snapshot.rooms.into_iter().map(Room::from).collect(),
        trackers: snapshot.trackers.into_iter().map(Tracker::from).collect(),
        problems: snapshot.problems.into_iter().map(Problem::from).collect(),
    }
}

fn text(peer: &PeerId) -> String {
    peer.as_str().to_owned()
}

fn links(address: &RoomAddress) -> Links {
    let invitation = Invitation {
        origin: address.origin.clone(),
        name: address.name.clone(),
        access: match &address.access {
            Access::Public => InvitedAccess::Public,
            Access::Private(secret) => InvitedAccess::Private(Some(secret.clone())),
        },
        trackers: Vec::new(),
    };
    let secret = invitation
        .web_link_with_secret()
        .zip(invitation.app_link_with_secret());
    Links {
        web: invitation.web_link(),
        app: invitation.app_link(),
        secret: secret.map(|(web, app)| SecretLinks { web, app }),
    }
}

impl From<room::RoomSnapshot> for Room {
    fn from(it: room::RoomSnapshot) -> Self {
        Self {
            room: it.room.to_string(),
            name: it.address.name.as_str().to_owned(),
            origin: it.address.origin.as_str().to_owned(),
            private: it.address.is_private(),
            links: links(&it.address),
            entries: it.entries.into_iter().map(Entry::from).collect(),
            peers: it.peers.into_iter().map(Peer::from).collect(),
        }
    }
}

impl From<room::Me> for Me {
    fn from(it: room::Me) -> Self {
        Self {
            peer_id: text(&it.peer_id),
            user_id: it.user_id.as_str().to_owned(),
            name: it.name,
            custom_name: it.custom_name,
            animal_name: it.animal_name,
        }
    }
}

impl From<room::Peer> for Peer {
    fn from(it: room::Peer) -> Self {
        Self {
            peer_id: text(&it.peer_id),
            user_id: it.user_id.as_ref().map(UserId::as_str).map(str::to_owned),
            name: it.name,
            custom_name: it.custom_name,
            animal_name: it.animal_name,
            verified: it.trust == room::Trust::Verified,
            verification: match it.trust {
                room::Trust::Verified => Verification::Verified,
                room::Trust::Unverified => Verification::Unverified,
                room::Trust::Unidentified => Verification::Unidentified,
            },
            native: it.native,
            path: match it.path {
                room::Path::Unknown => Path::Unknown,
                room::Path::Direct => Path::Direct,
                room::Path::Relayed => Path::Relayed,
            },
            typing: it.typing,
        }
    }
}

impl From<room::Line> for Line {
    fn from(it: room::Line) -> Self {
        Self {
            id: MessageId::as_str(&it.id).to_owned(),
            peer_id: text(&it.peer_id),
            author: it.author,
            author_id: it.author_id.as_ref().map(UserId::as_str).map(str::to_owned),
            html: render::markdown(&it.text),
            text: it.text,
            time_sent: it.time_sent,
            time_received: it.time_received,
            own: it.own,
            backfilled: it.backfilled,
            misattributed: it.misattributed,
            delivery: it.delivery.into(),
        }
    }
}

impl From<room::Delivery> for Delivery {
    fn from(it: room::Delivery) -> Self {
        Self {
            reached: it.reached,
            of: it.of,
        }
    }
}

impl From<room::Entry> for Entry {
    fn from(it: room::Entry) -> Self {
        match it {
            room::Entry::Line(line) => Self::Line { line: line.into() },
            room::Entry::Notice(notice) => Self::Notice {
                notice: notice.into(),
            },
        }
    }
}

impl From<room::Notice> for Notice {
    fn from(it: room::Notice) -> Self {
        Self {
            id: it.id,
            time: it.time,
            what: match it.what {
                room::NoticeKind::Joined { name } => NoticeKind::Joined { name },
                room::NoticeKind::Left { name } => NoticeKind::Left { name },
                room::NoticeKind::Lost { name } => NoticeKind::Lost { name },
                room::NoticeKind::Renamed { from, to } => NoticeKind::Renamed { from, to },
            },
        }
    }
}

impl From<room::TrackerStatus> for Tracker {
    fn from(it: room::TrackerStatus) -> Self {
        let mut tracker = Self {
            url: it.url,
            state: TrackerState::Failed,
            reason: None,
            status: None,
            message: None,
            local: it.local,
            retry_at: it.retry_at,
        };
        let reason = match it.state {
            room::TrackerState::Closed => {
                tracker.state = TrackerState::Closed;
                return tracker;
            }
            room::TrackerState::Connecting => {
                tracker.state = TrackerState::Connecting;
                return tracker;
            }
            room::TrackerState::Open => {
                tracker.state = TrackerState::Open;
                return tracker;
            }
            room::TrackerState::Failed { reason } => reason,
        };
        tracker.reason = Some(match reason {
            room::TrackerFailure::Unreachable => TrackerFailure::Unreachable,
            room::TrackerFailure::Refused { status } => {
                tracker.status = status;
                TrackerFailure::Refused
            }
            room::TrackerFailure::Tls => TrackerFailure::Tls,
            room::TrackerFailure::Rejected { message } => {
                tracker.message = Some(message);
                TrackerFailure::Rejected
            }
            room::TrackerFailure::Silent => TrackerFailure::Silent,
            room::TrackerFailure::Garbage => TrackerFailure::Garbage,
            room::TrackerFailure::Flooded => TrackerFailure::Flooded,
            room::TrackerFailure::Closed => TrackerFailure::Closed,
            room::TrackerFailure::BadAddress => TrackerFailure::BadAddress,
        });
        tracker
    }
}

impl From<room::Problem> for Problem {
    fn from(it: room::Problem) -> Self {
        Self {
            id: it.id,
            time: it.time,
            what: match it.what {
                room::ProblemKind::OtherPassword { room } => ProblemKind::OtherPassword {
                    room: room.to_string(),
                },
                room::ProblemKind::CutOff {
                    room,
                    name,
                    offence,
                } => ProblemKind::CutOff {
                    room: room.to_string(),
                    name,
                    offence: match offence {
                        room::Offence::Oversized => Offence::Oversized,
                        room::Offence::Nonsense => Offence::Nonsense,
                        room::Offence::Stalled => Offence::Stalled,
                    },
                },
                room::ProblemKind::NoTracker => ProblemKind::NoTracker,
                room::ProblemKind::Unconnectable { room } => ProblemKind::Unconnectable {
                    room: room.to_string(),
                },
            },
        }
    }
}
