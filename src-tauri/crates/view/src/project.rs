//! From what the rooms tell to what is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wire::{Access, Invitation, InvitedAccess, MessageId, PeerId, RoomAddress, UserId};

use crate::event::{
    Delivery, Direct, DirectTalk, Entry, Event, Fold, Judged, Likeness, Line, Links, Me, Notice,
    NoticeKind, Offence, Path, Peer, Problem, ProblemKind, Proof, Reaction, Reply, Room, Rules,
    SecretLinks, Share, ShareKind, Snapshot, Standing, Tracker, TrackerFailure, TrackerState,
    Unread, Verification,
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
        room::Event::PeerJoined {
            room,
            peer,
            was_there,
        } => Event::PeerJoined {
            room: room.to_string(),
            peer: peer.into(),
            was_there,
        },
        room::Event::PeerChanged { room, peer } => Event::PeerChanged {
            room: room.to_string(),
            peer: peer.into(),
        },
        room::Event::PeerLeft { room, peer_id } => Event::PeerLeft {
            room: room.to_string(),
            peer_id: text(&peer_id),
        },
        room::Event::LineAdded { room, with, line } => Event::LineAdded {
            room: room.to_string(),
            with: with.as_ref().map(ToString::to_string),
            line: line.into(),
        },
        room::Event::LineChanged {
            room,
            with,
            id,
            key,
            delivery,
        } => Event::LineChanged {
            room: room.to_string(),
            with: with.as_ref().map(ToString::to_string),
            id: id.as_str().to_owned(),
            key: key.0,
            delivery: delivery.into(),
        },
        room::Event::LineReplaced { room, with, line } => Event::LineReplaced {
            room: room.to_string(),
            with: with.as_ref().map(ToString::to_string),
            line: line.into(),
        },
        room::Event::DirectChanged { room, direct } => Event::DirectChanged {
            room: room.to_string(),
            direct: direct.into(),
        },
        room::Event::DirectMoved { room, from, talk } => Event::DirectMoved {
            room: room.to_string(),
            from: from.to_string(),
            talk: talk.into(),
        },
        room::Event::UnreadChanged { room, with, unread } => Event::UnreadChanged {
            room: room.to_string(),
            with: with.as_ref().map(ToString::to_string),
            unread: unread.into(),
        },
        room::Event::RoomChanged { room, muted, rules } => Event::RoomChanged {
            room: room.to_string(),
            muted,
            rules: rules.into(),
        },
        room::Event::JudgedChanged { judged } => Event::JudgedChanged {
            judged: judged.into_iter().map(Judged::from).collect(),
        },
        room::Event::NoticeAdded { room, notice } => Event::NoticeAdded {
            room: room.to_string(),
            notice: notice.into(),
        },
        room::Event::TypingChanged {
            room,
            peer_id,
            direct,
            typing,
        } => Event::TypingChanged {
            room: room.to_string(),
            peer_id: text(&peer_id),
            direct,
            typing,
        },
        room::Event::MeChanged { me } => Event::MeChanged { me: me.into() },
        room::Event::ProblemAdded { problem } => Event::ProblemAdded {
            problem: problem.into(),
        },
        room::Event::ProblemGone { id } => Event::ProblemGone { id },
    }
}

/// What the person is shown to begin with; of what moves the rooms know nothing.
#[must_use]
pub fn snapshot(snapshot: room::Snapshot) -> Snapshot {
    Snapshot {
        me: snapshot.me.into(),
        home: snapshot.home.as_str().to_owned(),
        rooms: snapshot.rooms.into_iter().map(Room::from).collect(),
        trackers: snapshot.trackers.into_iter().map(Tracker::from).collect(),
        problems: snapshot.problems.into_iter().map(Problem::from).collect(),
        judged: snapshot.judged.into_iter().map(Judged::from).collect(),
        transfers: Vec::new(),
    }
}

fn text(peer: &PeerId) -> String {
    peer.as_str().to_owned()
}

/// The name somebody cannot choose, where more than their session is known.
fn animal_name(person: &room::PersonId) -> Option<String> {
    match person {
        room::PersonId::Profile(user) => Some(wire::animal_name(user.as_str())),
        room::PersonId::Session(_) => None,
    }
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
            unread: it.unread.into(),
            muted: it.muted,
            rules: it.rules.into(),
            directs: it.directs.into_iter().map(DirectTalk::from).collect(),
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
            fingerprint: wire::fingerprint(&it.public_key).unwrap_or_default(),
            public_key: it.public_key,
        }
    }
}

impl From<room::Peer> for Peer {
    fn from(it: room::Peer) -> Self {
        let fingerprint = it.public_key.as_deref().and_then(wire::fingerprint);
        Self {
            peer_id: text(&it.peer_id),
            user_id: it.user_id.as_ref().map(UserId::as_str).map(str::to_owned),
            name: it.name,
            custom_name: it.custom_name,
            animal_name: it.animal_name,
            // What is no key is not shown as one.
            public_key: it.public_key.filter(|_| fingerprint.is_some()),
            fingerprint,
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
            person: it.person.to_string(),
            standing: it.standing.into(),
            known: it.known,
            slowed: it.slowed,
            imitates: it.imitates.map(Likeness::from),
            key_changed: it.key_changed,
            proof: match it.proof {
                room::Proof::None => Proof::None,
                room::Proof::Awaited => Proof::Awaited,
                room::Proof::Proven => Proof::Proven,
                room::Proof::Missing => Proof::Missing,
            },
            talks: it.talks,
        }
    }
}

impl From<room::Likeness> for Likeness {
    fn from(it: room::Likeness) -> Self {
        match it {
            room::Likeness::Person(name) => Self::Person { name },
            room::Likeness::Ours => Self::Ours,
            room::Likeness::Oneself => Self::Oneself,
        }
    }
}

impl From<room::Standing> for Standing {
    fn from(it: room::Standing) -> Self {
        match it {
            room::Standing::Normal => Self::Normal,
            room::Standing::Known => Self::Known,
            room::Standing::Muted => Self::Muted,
            room::Standing::Blocked => Self::Blocked,
        }
    }
}

impl From<Standing> for room::Standing {
    fn from(it: Standing) -> Self {
        match it {
            Standing::Normal => Self::Normal,
            Standing::Known => Self::Known,
            Standing::Muted => Self::Muted,
            Standing::Blocked => Self::Blocked,
        }
    }
}

impl From<room::Judged> for Judged {
    fn from(it: room::Judged) -> Self {
        Self {
            animal_name: animal_name(&it.person),
            person: it.person.to_string(),
            name: it.name,
            standing: it.standing.into(),
        }
    }
}

impl From<room::Rules> for Rules {
    fn from(it: room::Rules) -> Self {
        Self {
            slow: it.slow,
            plain_strangers: it.plain_strangers,
            auto_media: it.auto_media,
        }
    }
}

impl From<Rules> for room::Rules {
    fn from(it: Rules) -> Self {
        Self {
            slow: it.slow,
            plain_strangers: it.plain_strangers,
            auto_media: it.auto_media,
        }
    }
}

impl From<room::Unread> for Unread {
    fn from(it: room::Unread) -> Self {
        Self {
            lines: it.lines,
            mentions: it.mentions,
        }
    }
}

impl From<room::Direct> for Direct {
    fn from(it: room::Direct) -> Self {
        Self {
            with: it.with.to_string(),
            name: it.name,
            peer_id: it.peer_id.as_ref().map(text),
            animal_name: animal_name(&it.with),
            imitates: it.imitates.map(Likeness::from),
        }
    }
}

impl From<room::DirectSnapshot> for DirectTalk {
    fn from(it: room::DirectSnapshot) -> Self {
        Self {
            direct: it.direct.into(),
            entries: it.entries.into_iter().map(Entry::from).collect(),
            unread: it.unread.into(),
            typing: it.typing,
        }
    }
}

impl From<room::Reply> for Reply {
    fn from(it: room::Reply) -> Self {
        Self {
            key: it.key.map(|key| key.0),
            author: it.author,
            excerpt: render::words(&it.excerpt),
            gone: it.gone,
        }
    }
}

impl From<room::Reaction> for Reaction {
    fn from(it: room::Reaction) -> Self {
        Self {
            emoji: it.emoji,
            names: it.names,
            own: it.own,
        }
    }
}

impl From<room::Fold> for Fold {
    fn from(it: room::Fold) -> Self {
        match it {
            room::Fold::Flood => Self::Flood,
            room::Fold::Slow => Self::Slow,
            room::Fold::Muted => Self::Muted,
            room::Fold::Blocked => Self::Blocked,
        }
    }
}

impl From<room::Line> for Line {
    fn from(it: room::Line) -> Self {
        let html = html(&it);
        Self {
            id: MessageId::as_str(&it.id).to_owned(),
            peer_id: text(&it.peer_id),
            author: it.author,
            author_id: it.author_id.as_ref().map(UserId::as_str).map(str::to_owned),
            html,
            text: it.text,
            time_sent: it.time_sent,
            time_received: it.time_received,
            own: it.own,
            backfilled: it.backfilled,
            misattributed: it.misattributed,
            delivery: it.delivery.into(),
            key: it.key.0,
            reply: it.reply.map(Reply::from),
            edited: it.edited,
            deleted: it.deleted,
            reactions: it.reactions.into_iter().map(Reaction::from).collect(),
            mentions_me: it.mentions_me,
            folded: it.folded.map(Fold::from),
            share: it.share.map(|share| shared(share, it.plain)),
            animal_name: it.author_id.map(|it| wire::animal_name(it.as_str())),
            imitates: it.imitates.map(Likeness::from),
        }
    }
}

fn shared(it: room::Share, plain: bool) -> Share {
    Share {
        key: it.key.to_string(),
        name: it.name,
        files: it.files,
        size: it.size,
        kind: it.kind.into(),
        // It is said to be a JPEG; an image element shows nothing else under that name, and runs
        // nothing.
        thumbnail: it
            .thumbnail
            .map(|jpeg| format!("data:image/jpeg;base64,{}", BASE64.encode(&*jpeg))),
        holders: it.holders,
        more_holders: it.more_holders,
        gone: it.gone,
        withdrawn: it.withdrawn,
        inline: it.inline,
        plain,
    }
}

impl From<room::ShareKind> for ShareKind {
    fn from(it: room::ShareKind) -> Self {
        match it {
            room::ShareKind::File => Self::File,
            room::ShareKind::Folder => Self::Folder,
            room::ShareKind::Image => Self::Image,
            room::ShareKind::Audio => Self::Audio,
            room::ShareKind::Video => Self::Video,
        }
    }
}

fn html(line: &room::Line) -> render::SafeHtml {
    let named = |me: bool| {
        let those = line.mentions.iter().filter(move |it| it.me || !me);
        those.map(|it| it.name.as_str()).collect::<Vec<_>>()
    };
    let context = render::Context {
        names: &named(false),
        own_names: &named(true),
        plain: line.plain,
    };
    render::markdown(&line.text, &context)
}

impl From<room::Delivery> for Delivery {
    fn from(it: room::Delivery) -> Self {
        Self {
            reached: it.reached,
            of: it.of,
            received: it.received,
            failed: it.failed,
        }
    }
}

impl From<room::Entry> for Entry {
    fn from(it: room::Entry) -> Self {
        match it {
            room::Entry::Line(line) => Self::Line {
                line: Box::new(line.into()),
            },
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
                room::NoticeKind::Joined {
                    peer_id,
                    name,
                    animal_name,
                    imitates,
                } => NoticeKind::Joined {
                    peer_id: text(&peer_id),
                    name,
                    animal_name: Some(animal_name).filter(|it| !it.is_empty()),
                    imitates: imitates.map(Likeness::from),
                },
                room::NoticeKind::Left { name } => NoticeKind::Left { name },
                room::NoticeKind::Lost { name } => NoticeKind::Lost { name },
                room::NoticeKind::Renamed {
                    peer_id,
                    from,
                    to,
                    animal_name,
                    imitates,
                } => NoticeKind::Renamed {
                    peer_id: text(&peer_id),
                    from,
                    to,
                    animal_name: Some(animal_name).filter(|it| !it.is_empty()),
                    imitates: imitates.map(Likeness::from),
                },
                room::NoticeKind::Slowed { name } => NoticeKind::Slowed { name },
                room::NoticeKind::Blocked { name } => NoticeKind::Blocked { name },
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
            room::TrackerFailure::Proxy => TrackerFailure::Proxy,
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
                room::ProblemKind::OtherPassword { room, met } => ProblemKind::OtherPassword {
                    room: room.to_string(),
                    met,
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
                room::ProblemKind::NowhereToMeet => ProblemKind::NowhereToMeet,
                room::ProblemKind::NotKept => ProblemKind::NotKept,
                room::ProblemKind::Unconnectable { room } => ProblemKind::Unconnectable {
                    room: room.to_string(),
                },
            },
        }
    }
}
