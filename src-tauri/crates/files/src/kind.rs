//! Which files are pictures, sounds and films, and which of them may be shown where they stand.
//!
//! Browsers go by the ending alone, and so does what we offer them ([`Kind::of_name`]); but an SVG, which
//! may hold a script, is some file. What is shown in
//! our window comes from strangers, so there the first bytes must agree ([`inline_kind`]), and the type
//! it is shown as follows from the bytes. Only formats that a web view decodes as pictures, sound or film are
//! shown, and nothing that could hold a script or call other addresses: no SVG, no HTML, no PDF. A few
//! bytes can be a picture that takes gigabytes once it is decoded, so only pictures whose size is
//! written where it can be read are shown ([`pixels`]).

mod size;

pub use size::pixels;

/// What a file is to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Any file.
    #[default]
    File,
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// A film.
    Video,
}

/// How a file may be shown where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inline {
    /// A picture, sound or a film.
    pub kind: Kind,
    /// The only type it may be given to a web view as.
    pub mime: &'static str,
}

/// So many bytes from the front of a file are enough to know it.
pub const HEAD_BYTES: usize = 64;

const IMAGES: [&str; 16] = [
    "apng", "avif", "bmp", "gif", "heic", "heif", "ico", "jfif", "jpeg", "jpg", "pjp", "pjpeg",
    "png", "tif", "tiff", "webp",
];
const AUDIO: [&str; 13] = [
    "aac", "aif", "aiff", "flac", "m4a", "mid", "midi", "mp3", "oga", "ogg", "opus", "wav", "weba",
];
const VIDEO: [&str; 14] = [
    "3gp", "avi", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "ogm", "ogv", "ts", "webm", "wmv",
    "flv",
];

impl Kind {
    /// What browsers take a file of this name for.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let ending = match name.rsplit_once('.') {
            Some((_, ending)) => ending.to_ascii_lowercase(),
            None => return Self::File,
        };
        let ending = ending.as_str();
        if IMAGES.contains(&ending) {
            Self::Image
        } else if AUDIO.contains(&ending) {
            Self::Audio
        } else if VIDEO.contains(&ending) {
            Self::Video
        } else {
            Self::File
        }
    }

    /// What a file of this name that begins like this is: what it can be shown as, or else any file.
    #[must_use]
    pub fn of(name: &str, head: &[u8]) -> Self {
        inline_kind(name, head).map_or(Self::File, |inline| inline.kind)
    }
}

/// How a file of this name that begins like this may be shown; `None` if it may not.
#[must_use]
pub fn inline_kind(name: &str, head: &[u8]) -> Option<Inline> {
    let kind = Kind::of_name(name);
    let mime = match kind {
        Kind::File => return None,
        Kind::Image => image(head)?,
        Kind::Audio => audio(head)?,
        Kind::Video => video(head)?,
    };
    Some(Inline { kind, mime })
}

fn image(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("image/bmp"),
        _ if is_riff(head, b"WEBP") => Some("image/webp"),
        _ => None,
    }
}

fn audio(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'I', b'D', b'3', 2..=4, ..] => Some("audio/mpeg"),
        [b'f', b'L', b'a', b'C', ..] => Some("audio/flac"),
        [b'O', b'g', b'g', b'S', 0, ..] => Some("audio/ogg"),
        // Eleven bits that begin a frame; then version and layer: no layer is ADTS, the third is MP3.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some("audio/aac"),
        [0xff, second, ..] if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 => Some("audio/mpeg"),
        _ if is_riff(head, b"WAVE") => Some("audio/wav"),
        _ if is_webm(head) => Some("audio/webm"),
        _ if is_mp4(head) => Some("audio/mp4"),
        _ => None,
    }
}

fn video(head: &[u8]) -> Option<&'static str> {
    match head {
        _ if is_webm(head) => Some("video/webm"),
        _ if is_mp4(head) => Some("video/mp4"),
        [b'O', b'g', b'g', b'S', 0, ..] => Some("video/ogg"),
        _ => None,
    }
}

fn is_riff(head: &[u8], form: &[u8; 4]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(form)
}

/// What an ISO media file says it is.
fn brand(head: &[u8]) -> Option<&[u8; 4]> {
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    head.get(8..)?.first_chunk()
}

fn is_mp4(head: &[u8]) -> bool {
    brand(head).is_some_and(|brand| {
        matches!(
            brand,
            b"isom"
                | b"iso2"
                | b"iso4"
                | b"iso5"
                | b"iso6"
                | b"mp41"
                | b"mp42"
                | b"avc1"
                | b"dash"
                | b"M4A "
                | b"M4B "
                | b"M4V "
                | b"MSNV"
                | b"f4v "
                | b"3gp4"
                | b"3gp5"
        )
    })
}

/// Matroska that keeps to what the web takes says so near its front.
fn is_webm(head: &[u8]) -> bool {
    head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3])
        && head
            .get(..HEAD_BYTES.min(head.len()))
            .is_some_and(|head| head.windows(7).any(|it| it == b"\x42\x82\x84webm"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm";

    #[test]
    fn browsers_go_by_the_ending_whatever_its_case() {
        for (name, kind) in [
            ("a.PNG", Kind::Image),
            ("a.b.svg", Kind::File),
            ("a.mp3", Kind::Audio),
            ("film.mkv", Kind::Video),
            ("png", Kind::File),
            ("a.png.exe", Kind::File),
            ("", Kind::File),
        ] {
            assert_eq!(Kind::of_name(name), kind, "{name}");
        }
    }

    #[test]
    fn what_is_shown_says_what_it_is_by_its_bytes() {
        let cases: [(&str, &[u8], &str); 15] = [
            ("a.png", b"\x89PNG\r\n\x1a\n....", "image/png"),
            ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
            // Many pictures are saved under another picture's ending.
            ("a.png", b"\xff\xd8\xff\xe1", "image/jpeg"),
            ("a.gif", b"GIF89a..", "image/gif"),
            ("a.bmp", b"BM\x10\x20\0\0\0\0\0\0\x36", "image/bmp"),
            ("a.webp", b"RIFF....WEBPVP8 ", "image/webp"),
            ("a.mp3", b"ID3\x04..", "audio/mpeg"),
            ("a.mp3", b"\xff\xfb\x90\x00", "audio/mpeg"),
            ("a.aac", b"\xff\xf1\x50\x80", "audio/aac"),
            ("a.wav", b"RIFF....WAVEfmt ", "audio/wav"),
            ("a.flac", b"fLaC\0\0\0\x22", "audio/flac"),
            ("a.opus", b"OggS\0\x02..", "audio/ogg"),
            ("a.m4a", b"\0\0\0\x20ftypM4A ", "audio/mp4"),
            ("a.mp4", b"\0\0\0\x20ftypisom", "video/mp4"),
            ("a.webm", WEBM, "video/webm"),
        ];
        for (name, head, mime) in cases {
            let shown = inline_kind(name, head).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(shown.mime, mime, "{name}");
            assert_eq!(Kind::of(name, head), Kind::of_name(name));
        }
    }

    #[test]
    fn what_could_hold_a_script_or_is_not_what_it_is_called_is_not_shown() {
        let cases: [(&str, &[u8]); 10] = [
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>"),
            ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'>"),
            ("a.jpg", b"<!DOCTYPE html><script>"),
            ("a.html", b"\x89PNG\r\n\x1a\n"),
            ("a.mp4", b"\x89PNG\r\n\x1a\n"),
            ("a.png", b"\0\0\0\x20ftypisom"),
            ("a.heic", b"\0\0\0\x20ftypheic"),
            // How large it is stands deep inside, and more than once.
            ("a.avif", b"\0\0\0\x20ftypavif"),
            ("a.mkv", b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska"),
            ("a.png", b""),
        ];
        for (name, head) in cases {
            assert_eq!(inline_kind(name, head), None, "{name}");
            assert_eq!(Kind::of(name, head), Kind::File, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_kind_that_agrees_with_the_name(name in ".{0,8}\\.(png|mp3|mp4|svg|txt)", head: Vec<u8>) {
            if let Some(shown) = inline_kind(&name, &head) {
                prop_assert_eq!(shown.kind, Kind::of_name(&name));
                prop_assert!(!shown.mime.contains("svg") && !shown.mime.contains("html"));
            }
        }
    }
}
