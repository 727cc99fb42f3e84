//! What could be loaded from elsewhere, and is not before the reader asks for it.

use url::Url;

/// How many cards one message may have; further ones are plain links.
pub(crate) const MAX_CARDS: usize = 8;

/// What a card would show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Picture,
    Youtube,
}

/// Something that could be loaded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) what: What,
    /// Who would be asked for it: the host, in the letters names are looked up in.
    pub(crate) host: String,
}

impl What {
    /// What the page and the gate call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Youtube => "youtube",
        }
    }

    /// Its class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Youtube => "video",
        }
    }
}

/// The card of a picture that is written as one.
pub(crate) fn picture(address: &str) -> Option<Card> {
    let (_, host) = parse(address)?;
    Some(Card {
        what: What::Picture,
        host,
    })
}

/// The card of an address that stands in the text as it is, if it is one of a video or a picture.
pub(crate) fn bare(address: &str) -> Option<Card> {
    let (url, host) = parse(address)?;
    let what = if is_youtube(&url) {
        What::Youtube
    } else if is_picture(&url) {
        What::Picture
    } else {
        return None;
    };
    Some(Card { what, host })
}

/// Whether a text can be a host: what the gate lets through.
pub(crate) fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_HOST_BYTES
        && text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-._:[]".contains(&it))
}

fn parse(address: &str) -> Option<(Url, String)> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?;
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    is_host(&host).then_some((url, host))
}

fn is_youtube(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let mut path = url.path_segments().into_iter().flatten();
    let first = path.next().unwrap_or_default();
    let video = if host == "youtu.be" {
        Some(first.to_owned())
    } else if YOUTUBE_HOSTS.contains(&host) {
        match first {
            "watch" => url
                .query_pairs()
                .find(|(key, _)| key == "v")
                .map(|(_, value)| value.into_owned()),
            "shorts" | "live" | "embed" => path.next().map(str::to_owned),
            _ => None,
        }
    } else {
        None
    };
    video.is_some_and(|it| {
        it.len() == VIDEO_ID_LENGTH
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
    })
}

fn is_picture(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(before, kind)| {
        !before.is_empty() && PICTURES.iter().any(|it| kind.eq_ignore_ascii_case(it))
    })
}

/// A name of 253 letters and a port.
const MAX_HOST_BYTES: usize = 260;
const VIDEO_ID_LENGTH: usize = 11;
const YOUTUBE_HOSTS: [&str; 6] = [
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
];
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "avif"];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(address: &str) -> Option<(What, String)> {
        bare(address).map(|it| (it.what, it.host))
    }

    #[test]
    fn videos_are_known_by_host_and_id() {
        for address in [
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "https://m.youtube.com/watch?list=x&v=dQw4w9WgXcQ&t=3",
            "https://youtu.be/dQw4w9WgXcQ?si=abc",
            "HTTPS://YouTube.com/shorts/dQw4w9WgXcQ",
        ] {
            assert_eq!(
                shown(address).map(|it| it.0),
                Some(What::Youtube),
                "{address}"
            );
        }
        for address in [
            "https://www.youtube.com/",
            "https://www.youtube.com/@someone",
            "https://www.youtube.com/watch?v=short",
            "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
            "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
            "mailto:dQw4w9WgXcQ@youtu.be",
        ] {
            assert_eq!(shown(address), None, "{address}");
        }
    }

    #[test]
    fn a_card_names_the_host_that_would_be_asked() {
        let host = |address: &str| shown(address).map(|it| it.1);

        assert_eq!(
            host("https://a.example/x.PNG?y").as_deref(),
            Some("a.example")
        );
        assert_eq!(
            host("https://a.example@b.example/x.gif").as_deref(),
            Some("b.example")
        );
        assert_eq!(host("http://[::1]:81/x.webp").as_deref(), Some("[::1]:81"));
        assert_eq!(
            host("https://аpple.example/x.jpg").as_deref(),
            Some("xn--pple-43d.example")
        );
        assert_eq!(host("https://a.example/x.png/y"), None);
        assert_eq!(host("https://a.example/.png"), None);
        assert_eq!(
            host("https:///x.png"),
            Some("x.png".to_owned()).filter(|_| false)
        );
    }
}
