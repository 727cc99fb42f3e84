//! What is said about the connection, and about files and streams on it.

use serde::Serialize;
use serde_json::Value;

use super::limits::{MAX_MEDIA_ID_BYTES, MAX_SDP_BYTES};
use super::short;
use crate::chat::{Fault, check_magnet};
use crate::json;

/// A wish to change the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renegotiation {
    /// What it is.
    pub kind: RenegotiationKind,
    /// The description, or the JSON text of a candidate.
    pub sdp: String,
}

/// What a renegotiation carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RenegotiationKind {
    /// A new description.
    Offer,
    /// The description that answers it.
    Answer,
    /// One more candidate.
    Candidate,
}

/// Files to fetch from a swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileOffer {
    /// Where they are.
    #[serde(rename = "magnetURI")]
    pub magnet_uri: String,
    /// Whether all of them are also shown in the transcript.
    pub is_all_inline_media: bool,
}

/// What is said before media is added to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaAnnouncement {
    /// What tells this addition from every other.
    pub key: String,
    /// The stream's id.
    pub stream: Option<String>,
    /// The track's id; when a track is replaced, the old one's.
    pub track: Option<String>,
    /// What it shows or sounds.
    pub kind: Option<MediaKind>,
}

/// What a stream shows or sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A camera.
    Webcam,
    /// A microphone.
    Microphone,
    /// A screen, and perhaps its sound.
    ScreenShare,
    /// Something nobody here knows.
    Other(String),
}

#[derive(Serialize)]
pub(super) struct RenegotiationWritten<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sdp: &'a str,
}

impl Renegotiation {
    pub(super) fn read(value: &Value) -> Result<Self, Fault> {
        let kind = match json::text(value, "type") {
            Some("offer") => RenegotiationKind::Offer,
            Some("answer") => RenegotiationKind::Answer,
            Some("candidate") => RenegotiationKind::Candidate,
            _ => return Err(Fault::Odd("it is neither offer nor answer nor candidate")),
        };
        let sdp = short(value, "sdp", MAX_SDP_BYTES)
            .ok_or(Fault::Odd("its description is missing or too long"))?;
        Ok(Self {
            kind,
            sdp: sdp.to_owned(),
        })
    }

    pub(super) fn written(&self) -> RenegotiationWritten<'_> {
        RenegotiationWritten {
            kind: match self.kind {
                RenegotiationKind::Offer => "offer",
                RenegotiationKind::Answer => "answer",
                RenegotiationKind::Candidate => "candidate",
            },
            sdp: &self.sdp,
        }
    }
}

impl FileOffer {
    pub(super) fn read(value: &Value) -> Result<Option<Self>, Fault> {
        if value.is_null() {
            return Ok(None);
        }
        let magnet_uri =
            json::text(value, "magnetURI").ok_or(Fault::Odd("it has no magnet link"))?;
        check_magnet(magnet_uri)?;
        Ok(Some(Self {
            magnet_uri: magnet_uri.to_owned(),
            is_all_inline_media: value
                .get("isAllInlineMedia")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        }))
    }
}

#[derive(Serialize)]
pub(super) struct AnnouncementWritten<'a> {
    k: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<KindWritten<'a>>,
}

#[derive(Serialize)]
struct KindWritten<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

impl MediaAnnouncement {
    pub(super) fn read(value: &Value) -> Result<Self, Fault> {
        let part = |key| short(value, key, MAX_MEDIA_ID_BYTES).map(str::to_owned);
        Ok(Self {
            key: part("k").ok_or(Fault::Odd("it has no key"))?,
            stream: part("s"),
            track: part("t"),
            kind: value
                .get("m")
                .and_then(|kind| short(kind, "type", MAX_MEDIA_ID_BYTES))
                .map(MediaKind::named),
        })
    }

    pub(super) fn written(&self) -> AnnouncementWritten<'_> {
        AnnouncementWritten {
            k: &self.key,
            s: self.stream.as_deref(),
            t: self.track.as_deref(),
            m: self
                .kind
                .as_ref()
                .map(|kind| KindWritten { kind: kind.name() }),
        }
    }
}

impl MediaKind {
    /// What it is called on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Webcam => "WEBCAM",
            Self::Microphone => "MICROPHONE",
            Self::ScreenShare => "SCREEN_SHARE",
            Self::Other(name) => name,
        }
    }

    pub(super) fn named(name: &str) -> Self {
        match name {
            "WEBCAM" => Self::Webcam,
            "MICROPHONE" => Self::Microphone,
            "SCREEN_SHARE" => Self::ScreenShare,
            other => Self::Other(other.to_owned()),
        }
    }
}
