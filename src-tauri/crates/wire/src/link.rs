//! Invitations: what people paste to get into a room.
//!
//! | form | meaning |
//! |---|---|
//! | `demo` | a public room of the default origin |
//! | `https://origin/public/room` | a public room |
//! | `https://origin/private/room` | a private room, to be asked for its password |
//! | `https://origin/private/room#secret=…` | a private room and what opens it |
//! | `https://origin/private/room#pwd=…` | a private room and its password |
//! | `https://origin/#/public/room` | the same in a build that routes by fragment |
//! | `https://origin/?/public/room` | the same as a static host rewrites it |
//! | `chitchatter://public/room?origin=…&tracker=…` | ours: also says where to meet |
//! | `chitchatter://private/room?origin=…#secret=…` | ours, private |

use url::Url;
use url::form_urlencoded;

use crate::address::{Access, RoomAddress};
use crate::ids::{IdError, Origin, RoomName, Secret};
use crate::percent;

/// The longest invitation we read, in bytes.
pub const MAX_LINK_BYTES: usize = 4 * 1024;
/// How many trackers one of our links may name.
pub const MAX_LINK_TRACKERS: usize = 8;
/// The longest tracker address in a link, in bytes.
pub const MAX_TRACKER_URL_BYTES: usize = 256;

const SCHEME: &str = "chitchatter://";
/// What a system's opener goes by.
const OUR_SCHEME: &str = "chitchatter:";

/// What an invitation says about coming in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitedAccess {
    /// Anyone may.
    Public,
    /// It takes a secret, which the invitation may hold.
    Private(Option<Secret>),
}

/// An invitation to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Which Chitchatter world.
    pub origin: Origin,
    /// The room's name.
    pub name: RoomName,
    /// Who may come in.
    pub access: InvitedAccess,
    /// Where to meet, beside the usual trackers. Only our own links say this.
    pub trackers: Vec<String>,
}

/// Why some text is no invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// There is nothing.
    #[error("type a room name or paste a link")]
    Empty,
    /// It is longer than we take.
    #[error("the link is too long")]
    TooLong,
    /// It holds control characters.
    #[error("the link holds control characters")]
    ControlCharacters,
    /// It is a link of some other kind.
    #[error("the link must begin with https://, http:// or chitchatter://")]
    Scheme,
    /// It is no link that can be read.
    #[error("the link is malformed")]
    Malformed,
    /// It leads to no Chitchatter world.
    #[error("the link does not name a valid origin")]
    Origin,
    /// It leads somewhere, but to no room.
    #[error("the link does not lead to a room")]
    NoRoom,
    /// An escape in it cannot be read.
    #[error("the link holds a broken %-escape")]
    Escape,
    /// Its room name is none.
    #[error("the room name {0}")]
    Name(IdError),
    /// Its secret is none.
    #[error("the secret in the link is not valid")]
    Secret,
    /// One of its trackers is none.
    #[error("a tracker in the link is not a ws:// or wss:// address")]
    Tracker,
    /// It names too many trackers.
    #[error("the link names more than {MAX_LINK_TRACKERS} trackers")]
    TooManyTrackers,
}

/// What stands between quotation marks or brackets, if it does.
fn unquoted(word: &str) -> &str {
    const AROUND: [(char, char); 6] = [
        ('<', '>'),
        ('(', ')'),
        ('"', '"'),
        ('\'', '\''),
        ('“', '”'),
        ('«', '»'),
    ];
    let within = |(open, close)| word.strip_prefix(open)?.strip_suffix(close);
    AROUND.into_iter().find_map(within).unwrap_or(word)
}

impl Invitation {
    /// Reads whatever a person typed or pasted. White space around it is not part of it, and among
    /// other words only the link counts.
    pub fn parse(text: &str, default_origin: &Origin) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LinkError::Empty);
        }
        if text.len() > MAX_LINK_BYTES {
            return Err(LinkError::TooLong);
        }
        // Whoever pastes all of an invitation means the link in it, and no room called all that.
        if scheme(text).is_none() && text.contains("://") {
            return Self::parse_within(text, default_origin);
        }
        if text.chars().any(char::is_control) {
            return Err(LinkError::ControlCharacters);
        }

        match scheme(text) {
            Some("http" | "https") => Self::parse_web(text),
            Some("chitchatter") => Self::parse_ours(text, default_origin),
            Some(_) => Err(LinkError::Scheme),
            // A link of ours that lost its slashes is no name: systems hand over whatever begins so.
            None if text
                .get(..OUR_SCHEME.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(OUR_SCHEME)) =>
            {
                Err(LinkError::Malformed)
            }
            None => match bare_host(text) {
                Some(scheme) => Self::parse_web(&format!("{scheme}://{text}")),
                None => Self::new(default_origin.clone(), text, InvitedAccess::Public),
            },
        }
    }

    /// The one invitation among other words.
    fn parse_within(text: &str, default_origin: &Origin) -> Result<Self, LinkError> {
        let words = text.split_whitespace().filter(|word| word.contains("://"));
        let mut read = words.map(|word| {
            let link = unquoted(word);
            // What is still none is no link among words.
            scheme(link).ok_or(LinkError::Malformed)?;
            Self::parse(link, default_origin)
        });
        let first = read.next().unwrap_or(Err(LinkError::Malformed));
        // Several links to the same room are one invitation; other links are none.
        read.fold(first, |found, next| match (found, next) {
            (Ok(one), Ok(other)) if one != other => Err(LinkError::Malformed),
            (Err(_), Ok(room)) => Ok(room),
            (found, _) => found,
        })
    }

    fn new(origin: Origin, name: &str, access: InvitedAccess) -> Result<Self, LinkError> {
        Ok(Self {
            origin,
            name: RoomName::parse(name).map_err(LinkError::Name)?,
            access,
            trackers: Vec::new(),
        })
    }

    fn parse_web(text: &str) -> Result<Self, LinkError> {
        let url = Url::parse(text).map_err(|_| LinkError::Malformed)?;
        let origin = Origin::of(&url).map_err(|_| LinkError::Origin)?;
        let fragment = url.fragment().unwrap_or_default();

        if let Some(route) = fragment.strip_prefix('/') {
            // Such a site makes no links with a secret; one that a person put together is understood.
            let (route, parameters) = route.split_once('#').unwrap_or((route, ""));
            let path = route.split('?').next().unwrap_or_default();
            let (kind, name) = room_of(path)?;
            let name = RoomName::parse(&name).map_err(LinkError::Name)?;
            let secret = match kind {
                Kind::Public => None,
                Kind::Private => secret_in(parameters, &name)?,
            };
            return Ok(Self {
                origin,
                name,
                access: kind.access(secret),
                trackers: Vec::new(),
            });
        }
        let rewritten = url
            .query()
            .and_then(|query| query.strip_prefix('/'))
            .map(|route| {
                route
                    .split('&')
                    .next()
                    .unwrap_or_default()
                    .replace("~and~", "&")
            });
        let path = match &rewritten {
            Some(path) => path.as_str(),
            None => url.path().strip_prefix('/').unwrap_or_default(),
        };
        let (kind, name) = room_of(path)?;
        let name = RoomName::parse(&name).map_err(LinkError::Name)?;
        let secret = match kind {
            Kind::Public => None,
            Kind::Private => secret_in(fragment, &name)?,
        };
        Ok(Self {
            origin,
            name,
            access: kind.access(secret),
            trackers: Vec::new(),
        })
    }

    /// Ours is taken apart by hand: a URL library would resolve a room called `..` away.
    fn parse_ours(text: &str, default_origin: &Origin) -> Result<Self, LinkError> {
        let rest = text.get(SCHEME.len()..).ok_or(LinkError::Malformed)?;
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, name) = room_of(path)?;
        let name = RoomName::parse(&name).map_err(LinkError::Name)?;

        let mut origin = None;
        let mut trackers = Vec::new();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "origin" if origin.is_none() => {
                    origin = Some(Origin::parse(&value).map_err(|_| LinkError::Origin)?);
                }
                "tracker" => {
                    if trackers.len() == MAX_LINK_TRACKERS {
                        return Err(LinkError::TooManyTrackers);
                    }
                    check_tracker(&value)?;
                    trackers.push(value.into_owned());
                }
                _ => {}
            }
        }
        let secret = match kind {
            Kind::Public => None,
            Kind::Private => secret_in(fragment, &name)?,
        };
        Ok(Self {
            origin: origin.unwrap_or_else(|| default_origin.clone()),
            name,
            access: kind.access(secret),
            trackers,
        })
    }

    /// The address, when the invitation is enough to come in.
    pub fn address(&self) -> Option<RoomAddress> {
        let access = match &self.access {
            InvitedAccess::Public => Access::Public,
            InvitedAccess::Private(secret) => Access::Private(secret.clone()?),
        };
        Some(RoomAddress {
            origin: self.origin.clone(),
            name: self.name.clone(),
            access,
        })
    }

    /// The address of the private room of that name with this password, whatever the invitation
    /// says.
    pub fn address_with_password(&self, password: &str) -> RoomAddress {
        RoomAddress {
            origin: self.origin.clone(),
            name: self.name.clone(),
            access: Access::Private(Secret::from_password(&self.name, password)),
        }
    }

    /// The link for a browser, without the secret.
    pub fn web_link(&self) -> String {
        format!(
            "{}/{}/{}",
            self.origin,
            self.kind(),
            percent::encode_component(self.name.as_str())
        )
    }

    /// The link for a browser that lets whoever has it into the private room.
    pub fn web_link_with_secret(&self) -> Option<String> {
        Some(format!(
            "{}#secret={}",
            self.web_link(),
            self.written_secret()?
        ))
    }

    /// Our own link, without the secret.
    pub fn app_link(&self) -> String {
        let mut link = format!(
            "{SCHEME}{}/{}?origin={}",
            self.kind(),
            percent::encode_component(self.name.as_str()),
            percent::encode_component(self.origin.as_str())
        );
        for tracker in &self.trackers {
            link.push_str("&tracker=");
            link.push_str(&percent::encode_component(tracker));
        }
        link
    }

    /// Our own link that lets whoever has it into the private room.
    pub fn app_link_with_secret(&self) -> Option<String> {
        Some(format!(
            "{}#secret={}",
            self.app_link(),
            self.written_secret()?
        ))
    }

    fn kind(&self) -> &'static str {
        match self.access {
            InvitedAccess::Public => "public",
            InvitedAccess::Private(_) => "private",
        }
    }

    fn written_secret(&self) -> Option<String> {
        match &self.access {
            InvitedAccess::Private(Some(secret)) => {
                Some(percent::encode_component(secret.as_str()))
            }
            _ => None,
        }
    }
}

impl From<&RoomAddress> for Invitation {
    fn from(address: &RoomAddress) -> Self {
        Self {
            origin: address.origin.clone(),
            name: address.name.clone(),
            access: match &address.access {
                Access::Public => InvitedAccess::Public,
                Access::Private(secret) => InvitedAccess::Private(Some(secret.clone())),
            },
            trackers: Vec::new(),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Public,
    Private,
}

impl Kind {
    fn access(self, secret: Option<Secret>) -> InvitedAccess {
        match self {
            Self::Public => InvitedAccess::Public,
            Self::Private => InvitedAccess::Private(secret),
        }
    }
}

/// The scheme of a link, lower case where we know it; `None` for what is no link.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let mut letters = scheme.bytes();
    let is_scheme = letters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter));
    if !is_scheme {
        return None;
    }
    let known = ["http", "https", "chitchatter"];
    Some(
        known
            .into_iter()
            .find(|known| scheme.eq_ignore_ascii_case(known))
            .unwrap_or(scheme),
    )
}

/// Browsers hide the scheme in what they show, so people type links without it. Such a link would
/// otherwise quietly become a public room of that long name.
fn bare_host(text: &str) -> Option<&'static str> {
    let (host, path) = text.split_once('/')?;
    if !["public/", "private/", "#/", "?/"]
        .iter()
        .any(|route| path.starts_with(route))
    {
        return None;
    }
    let name = host.split(':').next().unwrap_or_default();
    match name {
        "localhost" | "127.0.0.1" => Some("http"),
        _ if name.contains('.') && !name.contains(char::is_whitespace) => Some("https"),
        _ => None,
    }
}

/// The room a route leads to: `public/<name>` or `private/<name>`, with or without a slash at the
/// end.
fn room_of(path: &str) -> Result<(Kind, String), LinkError> {
    let (kind, name) = path.split_once('/').ok_or(LinkError::NoRoom)?;
    let kind = match kind {
        "public" => Kind::Public,
        "private" => Kind::Private,
        _ => return Err(LinkError::NoRoom),
    };
    let name = name.strip_suffix('/').unwrap_or(name);
    if name.is_empty() || name.contains('/') {
        return Err(LinkError::NoRoom);
    }
    Ok((kind, percent::decode(name).ok_or(LinkError::Escape)?))
}

/// The secret in a fragment, written like a query; a secret goes before a password.
fn secret_in(fragment: &str, name: &RoomName) -> Result<Option<Secret>, LinkError> {
    let find = |wanted: &str| {
        form_urlencoded::parse(fragment.as_bytes())
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    };
    if let Some(secret) = find("secret") {
        return Secret::parse(&secret)
            .map(Some)
            .map_err(|_| LinkError::Secret);
    }
    Ok(find("pwd").map(|password| Secret::from_password(name, &password)))
}

fn check_tracker(text: &str) -> Result<(), LinkError> {
    if text.len() > MAX_TRACKER_URL_BYTES || text.chars().any(char::is_control) {
        return Err(LinkError::Tracker);
    }
    let url = Url::parse(text).map_err(|_| LinkError::Tracker)?;
    let anonymous = url.username().is_empty() && url.password().is_none();
    if matches!(url.scheme(), "ws" | "wss") && url.has_host() && anonymous {
        Ok(())
    } else {
        Err(LinkError::Tracker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "2fItgPUc8rZG11CLbYvkL8Ev8rZCFR+U4r8AXONN/cA=";

    #[test]
    fn a_bare_name_is_a_public_room_of_the_default_origin() {
        for (text, name) in [
            ("demo", "demo"),
            ("  demo \n", "demo"),
            ("Ünï room/1", "Ünï room/1"),
            ("100%", "100%"),
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("public/demo", "public/demo"),
        ] {
            assert_eq!(
                parse(text),
                Ok(public("https://default.example", name)),
                "{text}"
            );
        }
    }

    #[test]
    fn among_other_words_only_the_link_counts() {
        let room = Ok(public("https://chitchatter.im", "demo"));
        for text in [
            "Come and talk with me in “demo”:\nhttps://chitchatter.im/public/demo",
            "join us (https://chitchatter.im/public/demo) at nine",
            "see https://example.com/ and then <https://chitchatter.im/public/demo>",
            "twice: https://chitchatter.im/public/demo https://chitchatter.im/public/demo",
        ] {
            assert_eq!(parse(text), room, "{text}");
        }
        for (text, error) in [
            ("see https://example.com/ for more", LinkError::NoRoom),
            (
                "one of https://chitchatter.im/public/a https://chitchatter.im/public/b",
                LinkError::Malformed,
            ),
            ("what is :// for", LinkError::Malformed),
            ("by ftp://chitchatter.im/public/a", LinkError::Scheme),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn chitchatter_links_lead_where_a_browser_would_go() {
        for (text, origin, name) in [
            (
                "https://chitchatter.im/public/demo",
                "https://chitchatter.im",
                "demo",
            ),
            (
                "https://chitchatter.im/public/demo/",
                "https://chitchatter.im",
                "demo",
            ),
            (
                "HTTPS://ChitChatter.im:443/public/Demo",
                "https://chitchatter.im",
                "Demo",
            ),
            (
                "http://localhost:3000/public/a%20b%2Fc",
                "http://localhost:3000",
                "a b/c",
            ),
            (
                "http://localhost:3000/public/é b?embed=1#pwd=x",
                "http://localhost:3000",
                "é b",
            ),
            ("http://[::1]:3000/public/demo", "http://[::1]:3000", "demo"),
            (
                "https://a.example/#/public/demo",
                "https://a.example",
                "demo",
            ),
            (
                "https://a.example/some/base/#/public/a%2Bb?embed",
                "https://a.example",
                "a+b",
            ),
            (
                "https://a.example/#/public/demo#secret=x",
                "https://a.example",
                "demo",
            ),
            (
                "https://a.example/?/public/demo",
                "https://a.example",
                "demo",
            ),
            (
                "https://a.example/?/public/a~and~b&embed=1",
                "https://a.example",
                "a&b",
            ),
            (
                "chitchatter.im/public/demo",
                "https://chitchatter.im",
                "demo",
            ),
            (
                "localhost:3000/public/demo",
                "http://localhost:3000",
                "demo",
            ),
        ] {
            assert_eq!(parse(text), Ok(public(origin, name)), "{text}");
        }
    }

    #[test]
    fn private_links_may_hold_the_secret_or_the_password() {
        let secret = Secret::parse(SECRET).expect("a secret");
        for (fragment, expected) in [
            ("", None),
            ("#", None),
            ("#secret=", None),
            (
                "#secret=2fItgPUc8rZG11CLbYvkL8Ev8rZCFR%2BU4r8AXONN%2FcA%3D",
                Some(&secret),
            ),
            (
                "#secret=2fItgPUc8rZG11CLbYvkL8Ev8rZCFR%2BU4r8AXONN/cA=&pwd=other",
                Some(&secret),
            ),
            ("#pwd=pw", Some(&secret)),
            ("#secret=&pwd=pw", Some(&secret)),
            (
                "#pwd=pw&secret=2fItgPUc8rZG11CLbYvkL8Ev8rZCFR%2BU4r8AXONN%2FcA%3D",
                Some(&secret),
            ),
        ] {
            let text = format!("https://chitchatter.im/private/probe-vaq3bj{fragment}");
            let read = parse(&text).expect("an invitation");

            assert_eq!(
                read.access,
                InvitedAccess::Private(expected.cloned()),
                "{fragment}"
            );
        }
    }

    #[test]
    fn a_plus_in_a_password_is_a_space_as_in_a_query() {
        let name = RoomName::parse("r").expect("a name");

        assert_eq!(
            parse("https://a.example/private/r#pwd=a+b%2Bc").map(|read| read.access),
            Ok(InvitedAccess::Private(Some(Secret::from_password(
                &name, "a b+c"
            ))))
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_says_why() {
        let long = "x".repeat(MAX_LINK_BYTES + 1);
        let trackers = "&tracker=wss%3A%2F%2Ft.example".repeat(MAX_LINK_TRACKERS + 1);
        for (text, error) in [
            ("", LinkError::Empty),
            (" \t ", LinkError::Empty),
            (&*long, LinkError::TooLong),
            ("de\0mo", LinkError::ControlCharacters),
            (
                "https://chitchatter.im/pub\nlic/demo",
                LinkError::ControlCharacters,
            ),
            ("ftp://chitchatter.im/public/demo", LinkError::Scheme),
            ("file:///public/demo", LinkError::Scheme),
            ("https://", LinkError::Malformed),
            ("https://[/public/demo", LinkError::Malformed),
            ("https://user:word@a.example/public/demo", LinkError::Origin),
            ("https://chitchatter.im", LinkError::NoRoom),
            ("https://chitchatter.im/settings", LinkError::NoRoom),
            ("https://chitchatter.im/public", LinkError::NoRoom),
            ("https://chitchatter.im/public/", LinkError::NoRoom),
            ("https://chitchatter.im/public/a/b", LinkError::NoRoom),
            ("https://chitchatter.im/secret/a", LinkError::NoRoom),
            ("https://chitchatter.im/#/about", LinkError::NoRoom),
            ("https://chitchatter.im/?/about", LinkError::NoRoom),
            ("https://chitchatter.im/public/%ff", LinkError::Escape),
            ("https://chitchatter.im/public/%zz", LinkError::Escape),
            (
                "https://chitchatter.im/public/%20",
                LinkError::Name(IdError::Blank),
            ),
            (
                "https://chitchatter.im/public/%00",
                LinkError::Name(IdError::Control),
            ),
            (
                "https://chitchatter.im/private/a#secret=short",
                LinkError::Secret,
            ),
            (
                "https://chitchatter.im/private/a#secret=2fItgPUc8rZG11CLbYvkL8Ev8rZCFR+U4r8AXONN/cA=",
                LinkError::Secret,
            ),
            ("chitchatter://", LinkError::NoRoom),
            ("chitchatter:", LinkError::Malformed),
            ("chitchatter:--profile=/tmp/x", LinkError::Malformed),
            ("CHITCHATTER:public/demo", LinkError::Malformed),
            ("chitchatter://public", LinkError::NoRoom),
            ("chitchatter://other/demo", LinkError::NoRoom),
            (
                "chitchatter://public/demo?origin=ftp%3A%2F%2Fa",
                LinkError::Origin,
            ),
            (
                "chitchatter://public/demo?tracker=https%3A%2F%2Fa",
                LinkError::Tracker,
            ),
            (
                "chitchatter://public/demo?tracker=wss%3A%2F%2Fme%3Apw%40a",
                LinkError::Tracker,
            ),
            (
                "chitchatter://public/demo?tracker=ws%3A%2F%2Fa%0A",
                LinkError::Tracker,
            ),
            ("chitchatter://private/demo#secret=x", LinkError::Secret),
            (
                &*format!("chitchatter://public/demo?{trackers}"),
                LinkError::TooManyTrackers,
            ),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn our_own_links_say_where_to_meet() {
        let read = parse("ChitChatter://private/a%20b?origin=http%3A%2F%2Flocalhost%3A3000&tracker=ws%3A%2F%2F10.0.0.7%3A8000&tracker=wss%3A%2F%2Ft.example%2Fannounce&new=thing")
            .expect("an invitation");

        assert_eq!(read.origin.as_str(), "http://localhost:3000");
        assert_eq!(read.name.as_str(), "a b");
        assert_eq!(read.access, InvitedAccess::Private(None));
        assert_eq!(
            read.trackers,
            ["ws://10.0.0.7:8000", "wss://t.example/announce"]
        );
        assert_eq!(
            parse("chitchatter://public/demo/"),
            Ok(public("https://default.example", "demo"))
        );
    }

    #[test]
    fn links_hold_the_secret_only_when_asked() {
        let invitation = Invitation {
            access: InvitedAccess::Private(Some(Secret::parse(SECRET).expect("a secret"))),
            trackers: vec!["ws://127.0.0.1:8000".to_owned()],
            ..public("https://chitchatter.im", "a b/é")
        };

        assert_eq!(
            invitation.web_link(),
            "https://chitchatter.im/private/a%20b%2F%C3%A9"
        );
        assert_eq!(
            invitation.web_link_with_secret().as_deref(),
            Some(
                "https://chitchatter.im/private/a%20b%2F%C3%A9#secret=2fItgPUc8rZG11CLbYvkL8Ev8rZCFR%2BU4r8AXONN%2FcA%3D"
            )
        );
        assert_eq!(
            invitation.app_link(),
            "chitchatter://private/a%20b%2F%C3%A9?origin=https%3A%2F%2Fchitchatter.im&tracker=ws%3A%2F%2F127.0.0.1%3A8000"
        );
        assert_eq!(
            invitation.app_link_with_secret().map(|link| parse(&link)),
            Some(Ok(invitation))
        );
        let open = public("https://chitchatter.im", "demo");
        assert_eq!(
            (open.web_link_with_secret(), open.app_link_with_secret()),
            (None, None)
        );
    }

    #[test]
    fn an_invitation_becomes_an_address_when_it_says_enough() {
        let asks = Invitation {
            access: InvitedAccess::Private(None),
            ..public("https://chitchatter.im", "probe-vaq3bj")
        };
        assert_eq!(asks.address(), None);

        let address = asks.address_with_password("pw");
        assert_eq!(address.password(), SECRET);
        assert_eq!(Invitation::from(&address).address(), Some(address));
        let open = public("https://chitchatter.im", "demo");
        assert_eq!(
            open.address().map(|address| address.is_private()),
            Some(false)
        );
    }

    #[test]
    fn a_secret_after_a_hash_route_never_becomes_part_of_the_name() {
        let text = "https://a.example/#/private/foo#pwd=open";
        let there = parse(text).expect("a link");

        assert_eq!(there.name.as_str(), "foo");
        let InvitedAccess::Private(Some(secret)) = &there.access else {
            panic!("the secret is lost: {there:?}");
        };
        assert_eq!(*secret, Secret::from_password(&there.name, "open"));
        assert!(!there.web_link().contains("open"));
    }

    #[test]
    fn rooms_named_like_folders_survive_our_own_links() {
        for name in [".", "..", "a/../b", "?", "#", "%2e"] {
            let invitation = public("https://chitchatter.im", name);
            assert_eq!(parse(&invitation.app_link()), Ok(invitation));
        }
    }

    fn parse(text: &str) -> Result<Invitation, LinkError> {
        let default = Origin::parse("https://default.example").expect("an origin");
        Invitation::parse(text, &default)
    }

    fn public(origin: &str, name: &str) -> Invitation {
        Invitation {
            origin: Origin::parse(origin).expect("an origin"),
            name: RoomName::parse(name).expect("a name"),
            access: InvitedAccess::Public,
            trackers: Vec::new(),
        }
    }
}
