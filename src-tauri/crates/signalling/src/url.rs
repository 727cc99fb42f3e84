//! Which addresses may be trackers.

use url::Url;

/// Longer than any tracker's address, short enough to show to a person.
pub const MAX_URL_BYTES: usize = 512;

/// Why an address cannot be a tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It has more than [`MAX_URL_BYTES`] bytes.
    #[error("the address is too long")]
    TooLong,
    /// It is not an address, or names no host.
    #[error("this is not an address")]
    Malformed,
    /// It begins with neither `ws://` nor `wss://`.
    #[error("a tracker's address begins with ws:// or wss://")]
    Scheme,
    /// It holds a user name or a password, which trackers do not ask for.
    #[error("a tracker's address holds no user name or password")]
    Credentials,
    /// As many trackers as allowed are open already.
    #[error("too many trackers")]
    TooMany,
}

/// Whether this can be a tracker's address.
pub fn check_url(text: &str) -> Result<(), UrlError> {
    parse(text).map(drop)
}

/// Reads a tracker's address.
pub(crate) fn parse(text: &str) -> Result<Url, UrlError> {
    if text.len() > MAX_URL_BYTES {
        return Err(UrlError::TooLong);
    }
    let mut url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
    if !matches!(url.scheme(), "ws" | "wss") {
        return Err(UrlError::Scheme);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(UrlError::Malformed);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    // It is never sent.
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trackers_people_use_are_accepted() {
        for url in [
            "wss://tracker.files.fm:7073/announce",
            "wss://open.ftorrent.com",
            "ws://127.0.0.1:8000",
            "ws://[::1]:8000/",
            "ws://localhost:1/announce?key=1",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (url, why) in [
            ("", UrlError::Malformed),
            ("tracker.example", UrlError::Malformed),
            ("ws://", UrlError::Malformed),
            ("ws://:80", UrlError::Malformed),
            ("ws://[::1", UrlError::Malformed),
            ("ws://host:99999", UrlError::Malformed),
            ("https://tracker.example", UrlError::Scheme),
            ("udp://tracker.example:80", UrlError::Scheme),
            ("javascript:alert(1)", UrlError::Scheme),
            ("wss://me:secret@tracker.example", UrlError::Credentials),
        ] {
            assert_eq!(check_url(url), Err(why), "{url}");
        }
        let long = format!("ws://{}", "a".repeat(MAX_URL_BYTES));
        assert_eq!(check_url(&long), Err(UrlError::TooLong));
    }
}
