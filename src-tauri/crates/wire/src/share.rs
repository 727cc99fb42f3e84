//! What native peers say of files: who offers what, who has it, and how to reach them for it. Never
//! sent to a peer that has not named [`Feature::Files`](crate::Feature::Files).
//!
//! The bytes travel elsewhere, on connections of their own. Browsers are told of the same files by
//! magnet links, of which what matters here is read here too.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::action::MAX_SDP_BYTES;
use crate::chat::{Fault, MAX_MAGNET_BYTES, check_magnet, is_invisible};
use crate::ids::{MessageId, TransferId, UserId, hex};
use crate::json;
use crate::tracker::SignalKind;

/// The longest name of a share, in bytes: as long as file systems allow one.
pub const MAX_SHARE_NAME_BYTES: usize = 255;
/// The largest picture that comes with a share, in bytes. It waits in everybody's memory.
pub const MAX_THUMBNAIL_BYTES: usize = 24 * 1024;
/// The longest side of such a picture, in pixels. A few bytes can claim to be a huge one.
pub const MAX_THUMBNAIL_SIDE: u16 = 640;
/// The longest payload that offers files: the picture as text, a magnet link, a name with every byte
/// escaped, who offered it.
pub const MAX_SHARE_BYTES: usize = 48 * 1024;

const OFFER_LEN: usize = 32;
const TORRENT_LEN: usize = 20;

/// What all native peers call one offer: the BLAKE3 hash of its description.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferName(pub [u8; OFFER_LEN]);

/// What browsers call one offer: the SHA-1 hash of its description.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TorrentHash(pub [u8; TORRENT_LEN]);

/// What is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShareKind {
    /// Some file, or several.
    #[default]
    File,
    /// A folder.
    Folder,
    /// A picture.
    Image,
    /// Something to listen to.
    Audio,
    /// A film.
    Video,
}

/// The sender offers files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// What tells the line from every other line of the sender's.
    pub id: MessageId,
    /// What the offer is called.
    pub offer: OfferName,
    /// What a person calls it: the file, the folder, or the first of several files.
    pub name: String,
    /// How many files there are; at least one.
    pub files: u32,
    /// All of them together, in bytes.
    pub size: u64,
    /// What it is.
    pub kind: ShareKind,
    /// When it was offered, by the sender's clock, in Unix milliseconds.
    pub time_sent: i64,
    /// A small JPEG of it, at most [`MAX_THUMBNAIL_BYTES`] long.
    pub thumbnail: Option<Arc<[u8]>>,
    /// The magnet link of what browsers show of it in their transcript: whoever passes the transcript
    /// on to one passes that on too.
    pub inline: Option<String>,
    /// Who offered it, where that is not the sender: whoever has all of it passes the offer on when
    /// nobody makes it any more. Only to a peer that has named
    /// [`Feature::PassOn`](crate::Feature::PassOn).
    pub author: Option<UserId>,
}

/// How much of an offer the sender has, who did not make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Which offer.
    pub offer: OfferName,
    /// How much.
    pub has: Has,
}

/// How much of an offer somebody can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Has {
    /// Nothing, or nothing any more.
    #[default]
    None,
    /// Some of it.
    Part,
    /// All of it.
    Whole,
}

/// One half of making a connection for the bytes of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferSignal {
    /// Which offer it is about.
    pub offer: OfferName,
    /// Which connection: an answer has the id of the description it answers.
    pub id: TransferId,
    /// Whether it offers or answers.
    pub kind: SignalKind,
    /// The session description, whole.
    pub sdp: String,
}

/// What matters here of a magnet link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Magnet {
    /// Which torrent.
    pub hash: TorrentHash,
    /// What it is said to be called, fit to be shown; may be empty.
    pub name: String,
}

impl OfferName {
    /// Reads the 64 lower-case hex digits that [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    fn read(value: &Value) -> Result<Self, Fault> {
        json::text(value, "offer")
            .and_then(Self::parse)
            .ok_or(Fault::Odd("it names no offer"))
    }
}

impl TorrentHash {
    /// Reads the 40 lower-case hex digits that [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

impl fmt::Display for OfferName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Display for TorrentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for OfferName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfferName({self})")
    }
}

impl fmt::Debug for TorrentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TorrentHash({self})")
    }
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

impl ShareKind {
    /// What it is called on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    /// What a file of this name probably is. SVG is never shown, and no picture therefore.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "avif" | "bmp" | "gif" | "heic" | "jpeg" | "jpg" | "png" | "webp" => Self::Image,
            "aac" | "flac" | "m4a" | "mp3" | "oga" | "ogg" | "opus" | "wav" => Self::Audio,
            "avi" | "m4v" | "mkv" | "mov" | "mp4" | "mpeg" | "mpg" | "ogv" | "webm" => Self::Video,
            _ => Self::File,
        }
    }

    /// The kind of this name. What newer peers may call theirs is some file here.
    fn named(name: &str) -> Self {
        match name {
            "folder" => Self::Folder,
            "image" => Self::Image,
            "audio" => Self::Audio,
            "video" => Self::Video,
            _ => Self::File,
        }
    }
}

impl Share {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let id = json::text(value, "id").ok_or(Fault::Odd("it has no id"))?;
        let name = json::text(value, "name").ok_or(Fault::Odd("it has no name"))?;
        if name.len() > MAX_SHARE_NAME_BYTES {
            return Err(Fault::Odd("its name is too long"));
        }
        let name = clean_share_name(name);
        if name.is_empty() {
            return Err(Fault::Odd("its name shows nothing"));
        }
        let files = value.get("files").and_then(Value::as_u64);
        let time = value.get("timeSent").and_then(Value::as_f64);
        Ok(Self {
            id: MessageId::parse(id).map_err(|_| Fault::Odd("its id is not one"))?,
            offer: OfferName::read(value)?,
            name,
            files: files
                .and_then(|files| u32::try_from(files).ok())
                .filter(|files| *files > 0)
                .ok_or(Fault::Odd("it has no files"))?,
            size: value
                .get("size")
                .and_then(Value::as_u64)
                .ok_or(Fault::Odd("it has no size"))?,
            kind: ShareKind::named(json::text(value, "kind").unwrap_or_default()),
            time_sent: time
                .map(json::time_ms)
                .ok_or(Fault::Odd("it has no time"))?,
            // Without a picture that can be shown the offer stands all the same.
            thumbnail: json::text(value, "thumbnail").and_then(read_thumbnail),
            inline: json::text(value, "inline")
                .filter(|link| check_magnet(link).is_ok() && Magnet::parse(link).is_some())
                .map(str::to_owned),
            author: value.get("author").map(read_author).transpose()?,
        })
    }

    pub(crate) fn written(&self) -> Value {
        let mut written = json!({
            "id": self.id.as_str(),
            "offer": self.offer.to_string(),
            "name": self.name,
            "files": self.files,
            "size": self.size,
            "kind": self.kind.name(),
            "timeSent": self.time_sent,
        });
        let thumbnail = self.thumbnail.as_ref().map(|it| STANDARD.encode(it));
        let author = self.author.as_ref().map(|it| it.as_str().to_owned());
        let more = [
            ("thumbnail", thumbnail),
            ("inline", self.inline.clone()),
            ("author", author),
        ];
        if let Some(object) = written.as_object_mut() {
            for (key, text) in more {
                object.extend(text.map(|text| (key.to_owned(), json!(text))));
            }
        }
        written
    }
}

/// An odd one is no reason to take the sender for the author.
fn read_author(value: &Value) -> Result<UserId, Fault> {
    let author = value.as_str().and_then(|text| UserId::parse(text).ok());
    author.ok_or(Fault::Odd("its author's id is not one"))
}

impl Holding {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        Ok(Self {
            offer: OfferName::read(value)?,
            has: match json::text(value, "has") {
                Some("none") => Has::None,
                Some("part") => Has::Part,
                Some("whole") => Has::Whole,
                Some(_) | None => return Err(Fault::Odd("it says not how much it has")),
            },
        })
    }

    pub(crate) fn written(&self) -> Value {
        let has = match self.has {
            Has::None => "none",
            Has::Part => "part",
            Has::Whole => "whole",
        };
        json!({ "offer": self.offer.to_string(), "has": has })
    }
}

impl TransferSignal {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let sdp = json::text(value, "sdp").unwrap_or_default();
        if sdp.is_empty() || sdp.len() > MAX_SDP_BYTES {
            return Err(Fault::Odd("its description is missing or too long"));
        }
        Ok(Self {
            offer: OfferName::read(value)?,
            id: TransferId::parse(json::text(value, "id").unwrap_or_default())
                .map_err(|_| Fault::Odd("its id is not one"))?,
            kind: match json::text(value, "kind") {
                Some("offer") => SignalKind::Offer,
                Some("answer") => SignalKind::Answer,
                Some(_) | None => return Err(Fault::Odd("it is neither offer nor answer")),
            },
            sdp: sdp.to_owned(),
        })
    }

    pub(crate) fn written(&self) -> Value {
        json!({
            "offer": self.offer.to_string(),
            "id": self.id.as_str(),
            "kind": match self.kind {
                SignalKind::Offer => "offer",
                SignalKind::Answer => "answer",
            },
            "sdp": self.sdp,
        })
    }
}

/// Reads which offer is no longer one.
pub(crate) fn read_unshare(value: &Value) -> Result<OfferName, Fault> {
    OfferName::read(value)
}

impl Magnet {
    /// Reads a link; `None` where it does not name one torrent.
    #[must_use]
    pub fn parse(link: &str) -> Option<Self> {
        if link.len() > MAX_MAGNET_BYTES {
            return None;
        }
        let query = link.strip_prefix("magnet:?")?;
        let mut found = None;
        let mut name = None;
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            // Parameters may be numbered: `xt.1`.
            match key.split('.').next().unwrap_or_default() {
                "xt" => {
                    let Some(digits) = value.strip_prefix("urn:btih:") else {
                        continue;
                    };
                    let hash = TorrentHash::parse(&digits.to_ascii_lowercase())?;
                    if found.is_some_and(|other| other != hash) {
                        return None;
                    }
                    found = Some(hash);
                }
                "dn" if name.is_none() => name = Some(clean_share_name(&value)),
                _ => {}
            }
        }
        Some(Self {
            hash: found?,
            name: name.unwrap_or_default(),
        })
    }
}

/// The name of a share without what cannot be seen or turns text around, and not too long.
#[must_use]
pub fn clean_share_name(name: &str) -> String {
    let visible: String = name.chars().filter(|char| !is_invisible(*char)).collect();
    let mut clean = visible.trim().to_owned();
    clean.truncate(clean.floor_char_boundary(MAX_SHARE_NAME_BYTES));
    clean.truncate(clean.trim_end().len());
    clean
}

/// Whether this is a picture that may go with a share: a JPEG, neither too long nor, by its own
/// account, too large.
#[must_use]
pub fn is_thumbnail(jpeg: &[u8]) -> bool {
    let fits = |side: u16| (1..=MAX_THUMBNAIL_SIDE).contains(&side);
    jpeg.len() <= MAX_THUMBNAIL_BYTES
        && jpeg_sides(jpeg).is_some_and(|(width, height)| fits(width) && fits(height))
}

fn read_thumbnail(text: &str) -> Option<Arc<[u8]>> {
    if text.len() > MAX_THUMBNAIL_BYTES.div_ceil(3) * 4 {
        return None;
    }
    let jpeg = STANDARD.decode(text).ok()?;
    is_thumbnail(&jpeg).then(|| jpeg.into())
}

/// The width and height a JPEG says it has: of the first frame header there is.
fn jpeg_sides(jpeg: &[u8]) -> Option<(u16, u16)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, after @ ..] = rest else {
            return None;
        };
        let [high, low, ..] = after else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match *marker {
            // Frame headers, apart from three tables that are numbered among them.
            0xc0..=0xcf if !matches!(*marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_, _, _, h1, h0, w1, w0, ..] = after else {
                    return None;
                };
                let (height, width) = ([*h1, *h0], [*w1, *w0]);
                return Some((u16::from_be_bytes(width), u16::from_be_bytes(height)));
            }
            // What stands between the beginning and the frame header: tables, notes.
            0xc4 | 0xcc | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => rest = after.get(length..)?,
            _ => return None,
        }
        if length < 2 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a JPEG of this size; as much of one as is looked at.
    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8];
        jpeg.extend(height.to_be_bytes());
        jpeg.extend(width.to_be_bytes());
        jpeg
    }

    fn told() -> Value {
        json!({
            "id": "i", "offer": "0f".repeat(32), "name": "a.png", "files": 1, "size": u64::MAX,
            "kind": "image", "timeSent": 5, "thumbnail": STANDARD.encode(jpeg(4, 3)),
            "inline": format!("magnet:?xt=urn:btih:{}", "0f".repeat(20)),
        })
    }

    fn with(key: &str, value: Value) -> Value {
        let mut told = told();
        told[key] = value;
        told
    }

    #[test]
    fn an_offer_is_read() {
        let share = Share::read(&told()).expect("a share");

        assert_eq!(share.offer, OfferName([15; 32]));
        assert_eq!((share.files, share.size), (1, u64::MAX));
        assert_eq!(share.kind, ShareKind::Image);
        assert_eq!(share.thumbnail.as_deref(), Some(&*jpeg(4, 3)));
        assert!(share.inline.is_some() && share.author.is_none());
        assert_eq!(Share::read(&share.written()), Ok(share));
        let passed_on = Share::read(&with("author", json!("ann"))).expect("a share");
        assert_eq!(passed_on.author, UserId::parse("ann").ok());
        assert_eq!(Share::read(&passed_on.written()), Ok(passed_on));
    }

    #[test]
    fn an_odd_offer_is_refused() {
        for odd in [
            with("id", json!("")),
            with("offer", json!("0f".repeat(31))),
            with("offer", json!("0F".repeat(32))),
            with("offer", json!("é".repeat(32))),
            with("name", json!("\u{202e}")),
            with("name", json!("n".repeat(MAX_SHARE_NAME_BYTES + 1))),
            with("files", json!(0)),
            with("files", json!(4_294_967_296_u64)),
            with("size", json!(-1)),
            with("size", json!(1.5)),
            with("timeSent", json!("5")),
            with("author", json!("")),
            with("author", json!(5)),
            json!(null),
            json!([]),
        ] {
            assert!(Share::read(&odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_picture_that_cannot_be_shown_is_left_out() {
        let long = [jpeg(4, 3), vec![0; MAX_THUMBNAIL_BYTES]].concat();
        let longer = "A".repeat(MAX_THUMBNAIL_BYTES * 2);
        for odd in [
            json!(5),
            json!("no base64"),
            json!(longer),
            json!(STANDARD.encode(long)),
            json!(STANDARD.encode(b"<svg onload='x'/>")),
            json!(STANDARD.encode(jpeg(MAX_THUMBNAIL_SIDE + 1, 3))),
            json!(STANDARD.encode(jpeg(3, u16::MAX))),
            json!(STANDARD.encode(jpeg(0, 3))),
            json!(STANDARD.encode(&jpeg(4, 3)[..15])),
            json!(STANDARD.encode([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff])),
        ] {
            let share = Share::read(&with("thumbnail", odd.clone())).expect("a share");
            assert_eq!(share.thumbnail, None, "{odd}");
        }
        for odd in [json!("magnet:?dn=a"), json!("http://a"), json!(5)] {
            let share = Share::read(&with("inline", odd.clone())).expect("a share");
            assert_eq!(share.inline, None, "{odd}");
        }
    }

    #[test]
    fn a_name_shows_what_it_is() {
        for (written, shown) in [
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            (" a\nb ", "ab"),
            ("\u{200b}", ""),
        ] {
            assert_eq!(clean_share_name(written), shown);
        }
        assert_eq!(clean_share_name(&"é".repeat(200)).len(), 254);
    }

    #[test]
    fn a_magnet_link_names_one_torrent() {
        let hash = "fa0e57606005711875925ea3bd3aad7153df74b9";
        let link = format!("magnet:?xt=urn:btih:{hash}&dn=my%20pic.png&tr=ws%3A%2F%2Fa");
        let magnet = Magnet::parse(&link).expect("a link");

        assert_eq!(magnet.hash.to_string(), hash);
        assert_eq!(magnet.name, "my pic.png");
        assert_eq!(Magnet::parse(&link.replace("fa0e", "FA0E")), Some(magnet));
        for odd in [
            "magnet:?dn=a".to_owned(),
            "magnet:?xt=urn:btih:a8e8".to_owned(),
            format!("http://a/?xt=urn:btih:{hash}"),
            format!("{link}&xt=urn:btih:{}", "0".repeat(40)),
            format!("{link}&x={}", "x".repeat(MAX_MAGNET_BYTES)),
        ] {
            assert_eq!(Magnet::parse(&odd), None, "{odd}");
        }
    }

    #[test]
    fn what_a_file_is_shows_in_its_name() {
        for (name, kind) in [
            ("A.PNG", ShareKind::Image),
            ("a.tar.mp3", ShareKind::Audio),
            ("a.webm", ShareKind::Video),
            ("png", ShareKind::File),
            ("a.svg", ShareKind::File),
            ("", ShareKind::File),
        ] {
            assert_eq!(ShareKind::of_file(name), kind, "{name}");
        }
    }
}
