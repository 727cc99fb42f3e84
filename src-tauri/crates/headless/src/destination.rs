//! From a name, a link and perhaps a password to a room.

use std::io::{ErrorKind, IsTerminal, Read};
use std::path::Path;

use wire::{Access, IdError, Invitation, InvitedAccess, LinkError, Origin, RoomAddress};

use crate::arguments::Place;
use crate::clean;
use crate::ending::Failure;
use crate::passphrase::Secret;

/// Where a password is looked for that is not on the command line, where everybody on the machine
/// sees it.
pub(crate) const VARIABLE: &str = "CHITCHATTER_PASSWORD";

/// Where somebody wants to go. Readable from its making on, whatever the world it starts from.
pub(crate) struct Destination {
    text: String,
    password: Option<Password>,
    /// The world that was named beside it.
    origin: Option<Origin>,
}

/// A password, and where it was given, which is named where it makes no sense.
struct Password {
    secret: Secret,
    given: &'static str,
}

impl Destination {
    /// What was asked for on the command line.
    pub(crate) fn read(place: &Place) -> Result<Self, Failure> {
        let text = match (&place.room, &place.qr) {
            (Some(room), _) => room.clone(),
            (None, Some(picture)) => {
                qr_text(picture).map_err(|why| Failure::usage(format!("--qr: {why}")))?
            }
            (None, None) => String::new(),
        };
        Self::new(text, password(place)?, origin(place)?)
    }

    /// What was typed while the program runs.
    pub(crate) fn typed(text: String, password: Option<Secret>) -> Result<Self, Failure> {
        let given = "the password after it";
        let password = password.map(|secret| Password { secret, given });
        Self::new(text, password, None)
    }

    fn new(
        text: String,
        password: Option<Password>,
        origin: Option<Origin>,
    ) -> Result<Self, Failure> {
        if password.as_ref().is_some_and(|it| it.secret.is_empty()) {
            return Err(Failure::usage("the password is empty"));
        }
        let destination = Self {
            text,
            password,
            origin,
        };
        destination.invitation(&node::default_origin())?;
        Ok(destination)
    }

    /// What it invites to, seen from a world.
    pub(crate) fn invitation(&self, home: &Origin) -> Result<Invitation, Failure> {
        let mut invitation = Invitation::parse(&self.text, home).map_err(no_room)?;
        if let (Some(wanted), Some(own)) = (&self.origin, self.own_origin())
            && *wanted != own
        {
            return Err(Failure::usage(format!(
                "the link leads to {own}, and --origin is {wanted}: give only one of the two"
            )));
        }
        let Some(Password { secret, given }) = &self.password else {
            return Ok(invitation);
        };
        let access = invitation.address_with_password(secret.reveal()).access;
        let Access::Private(secret) = access else {
            return Ok(invitation);
        };
        match &invitation.access {
            InvitedAccess::Public if self.is_link() => {
                return Err(Failure::usage(format!(
                    "the link leads to a public room, and {given} makes a private one of it: give \
                     only one of the two, or the room's name"
                )));
            }
            InvitedAccess::Private(Some(own)) if *own != secret => {
                return Err(Failure::usage(format!(
                    "the link brings a secret of its own, and {given} is another one: give only \
                     one of the two"
                )));
            }
            _ => invitation.access = InvitedAccess::Private(Some(secret)),
        }
        Ok(invitation)
    }

    /// The room it leads to, seen from a world.
    pub(crate) fn address(&self, home: &Origin) -> Result<RoomAddress, Failure> {
        self.invitation(home)?.address().ok_or_else(|| {
            Failure::usage(format!(
                "that room is private: give --password-file, {VARIABLE} or --password, or the \
                 link with its secret"
            ))
        })
    }

    /// Asks for the password if it takes one and there is a person to ask.
    pub(crate) fn complete(&mut self) -> Result<(), Failure> {
        let home = node::default_origin();
        let invitation = self.invitation(&home)?;
        if invitation.address().is_some() || !std::io::stdin().is_terminal() {
            return self.address(&home).map(drop);
        }
        let room = clean::visible(invitation.name.as_str());
        match rpassword::prompt_password(format!("Password of the private room {room}: ")) {
            Ok(password) if password.is_empty() => Err(Failure::usage("no password was given")),
            Ok(password) => {
                self.password = Some(Password {
                    secret: Secret::from(password),
                    given: "the password",
                });
                Ok(())
            }
            Err(reason) if reason.kind() == ErrorKind::UnexpectedEof => {
                Err(Failure::usage("no password was given"))
            }
            Err(_) => Err(Failure::usage(format!(
                "the password cannot be asked for, as there is no terminal to ask at: give \
                 --password-file or {VARIABLE}"
            ))),
        }
    }

    /// The world that the text itself names: the same wherever it is read.
    fn own_origin(&self) -> Option<Origin> {
        let seen_from = |home: &str| {
            let home = Origin::parse(home).ok()?;
            Some(Invitation::parse(&self.text, &home).ok()?.origin)
        };
        let own = seen_from("https://here.invalid")?;
        (seen_from("https://there.invalid")? == own).then_some(own)
    }

    /// Whether it is a link: a name alone says neither which world nor whether a room is private.
    fn is_link(&self) -> bool {
        let text = self.text.trim();
        self.own_origin().is_some() || text.contains("://")
    }
}

/// The world named on the command line, if one is.
pub(crate) fn origin(place: &Place) -> Result<Option<Origin>, Failure> {
    let parsed = place.origin.as_deref().map(Origin::parse).transpose();
    parsed.map_err(|reason| Failure::usage(format!("--origin {reason}")))
}

/// The password given on the command line, or beside it.
fn password(place: &Place) -> Result<Option<Password>, Failure> {
    if let Some(password) = &place.password {
        return Ok(Some(Password {
            secret: Secret::from(password.clone()),
            given: "--password",
        }));
    }
    if let Some(path) = &place.password_file {
        let secret = node::secret_in(path)
            .map(Secret::from)
            .map_err(|why| Failure::usage(format!("--password-file: it {why}")))?;
        let given = "--password-file";
        return Ok(Some(Password { secret, given }));
    }
    let given = std::env::var(VARIABLE).ok().filter(|it| !it.is_empty());
    Ok(given.map(|it| Password {
        secret: Secret::from(it),
        given: VARIABLE,
    }))
}

/// What the code in a picture says.
pub(crate) fn qr_text(picture: &Path) -> Result<String, String> {
    let shown = clean::line(&picture.to_string_lossy());
    let mut bytes = Vec::new();
    let limit = node::MAX_IMAGE_BYTES as u64 + 1;
    std::fs::File::open(picture)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|reason| format!("{shown} cannot be read: {reason}"))?;
    if bytes.len() > node::MAX_IMAGE_BYTES {
        return Err(format!("{shown} is larger than any such picture"));
    }
    node::read_qr(&bytes).map_err(|refusal| format!("{shown}: {refusal}"))
}

fn no_room(reason: LinkError) -> Failure {
    let why = match reason {
        LinkError::Name(IdError::TooLong { limit }) => {
            format!("its name is longer than {limit} bytes")
        }
        LinkError::Name(IdError::Blank) => "its name is blank".to_owned(),
        LinkError::Name(IdError::Control) => "its name holds control characters".to_owned(),
        reason => reason.to_string(),
    };
    Failure::usage(format!("not a room: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ending::Ending;

    fn place(room: &str, password: Option<&str>, origin: Option<&str>) -> Place {
        Place {
            room: Some(room.to_owned()),
            qr: None,
            password: password.map(str::to_owned),
            password_file: None,
            origin: origin.map(str::to_owned),
        }
    }

    fn go(room: &str, password: Option<&str>) -> Result<RoomAddress, Failure> {
        let home = Origin::parse("http://localhost:3000").expect("an origin");
        Destination::read(&place(room, password, None))?.address(&home)
    }

    #[test]
    fn a_name_is_a_room_of_the_own_world_and_a_link_brings_its_own() {
        let near = go("den", None).expect("a room");
        let far = go("https://chitchatter.im/public/den", None).expect("a room");

        assert_eq!(near.origin.as_str(), "http://localhost:3000");
        assert_eq!(far.origin.as_str(), "https://chitchatter.im");
        assert_eq!(near.name, far.name);
    }

    #[test]
    fn a_password_makes_a_room_private_and_is_the_same_as_its_link() {
        let by_password = go("den", Some("sesame")).expect("a room");
        let link = Invitation::from(&by_password)
            .web_link_with_secret()
            .expect("a secret");

        assert!(by_password.is_private());
        assert_eq!(go(&link, None).expect("a room"), by_password);
    }

    #[test]
    fn a_password_in_a_file_is_its_first_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        std::fs::write(&path, "sesame\nnot this\n").expect("written");
        let home = node::default_origin();
        let wish = Place {
            password_file: Some(path),
            ..place("den", None, None)
        };

        let by_file = Destination::read(&wish).and_then(|it| it.address(&home));
        let by_password =
            Destination::read(&place("den", Some("sesame"), None)).and_then(|it| it.address(&home));

        assert_eq!(by_file.expect("a room"), by_password.expect("a room"));
    }

    #[test]
    fn a_password_that_contradicts_a_link_is_no_silent_choice() {
        let link = "https://chitchatter.im/private/den#pwd=sesame";
        let same = go(link, Some("sesame")).expect("a room");
        assert_eq!(same, go(link, None).expect("a room"));

        for link in [
            link,
            "https://chitchatter.im/public/den",
            "chitchatter.im/public/den",
            "chitchatter://public/den",
        ] {
            let refused = go(link, Some("guess")).expect_err(link);
            assert_eq!(refused.ending(), Ending::Usage);
            assert!(refused.to_string().contains("--password"), "{refused}");
            assert!(!refused.to_string().contains("guess"), "{refused}");
        }
        let without = "https://chitchatter.im/private/den";
        assert!(go(without, Some("guess")).expect("a room").is_private());
    }

    #[test]
    fn a_world_that_contradicts_a_link_is_no_silent_choice() {
        let home = node::default_origin();
        let seen = |room: &str, origin: &str| {
            Destination::read(&place(room, None, Some(origin))).and_then(|it| it.address(&home))
        };
        for link in [
            "https://chitchatter.im/public/den",
            "chitchatter://public/den?origin=https%3A%2F%2Fchitchatter.im",
        ] {
            assert!(seen(link, "https://chitchatter.im").is_ok(), "{link}");
            let refused = seen(link, "http://localhost:3000").expect_err(link);
            assert_eq!(refused.ending(), Ending::Usage);
            assert!(refused.to_string().contains("--origin"), "{refused}");
        }
        assert!(seen("den", "http://localhost:3000").is_ok());
        assert!(seen("chitchatter://public/den", "http://localhost:3000").is_ok());
    }

    #[test]
    fn what_leads_to_no_room_is_refused() {
        for (room, password) in [
            ("", None),
            ("   ", None),
            ("https://chitchatter.im/about", None),
            ("ftp://chitchatter.im/public/x", None),
            ("https://chitchatter.im/private/den", None),
            ("https://chitchatter.im/private/den#secret=short", None),
            ("den", Some("")),
        ] {
            let refused = go(room, password).expect_err(room);
            assert_eq!(refused.ending(), Ending::Usage);
        }
        let long = go(&"x".repeat(600), None).expect_err("too long");
        assert!(long.to_string().contains("512 bytes"), "{long}");
    }
}
