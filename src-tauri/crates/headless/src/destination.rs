//! From a name, a link and perhaps a password to a room.

use std::io::IsTerminal;

use wire::{Access, Invitation, InvitedAccess, Origin, RoomAddress};

use crate::arguments::Place;
use crate::clean;
use crate::ending::Failure;

/// Where somebody wants to go. Readable from its making on, whatever the world it starts from.
pub(crate) struct Destination {
    text: String,
    password: Option<String>,
}

impl Destination {
    /// What was asked for on the command line.
    pub(crate) fn read(place: &Place) -> Result<Self, Failure> {
        if place.password.as_deref() == Some("") {
            return Err(Failure::usage("the password is empty"));
        }
        let destination = Self {
            text: place.room.clone(),
            password: place.password.clone(),
        };
        destination.invitation(&node::default_origin())?;
        Ok(destination)
    }

    /// What it invites to, seen from a world.
    pub(crate) fn invitation(&self, home: &Origin) -> Result<Invitation, Failure> {
        let mut invitation = Invitation::parse(&self.text, home)
            .map_err(|reason| Failure::usage(format!("not a room: {reason}")))?;
        if let Some(password) = &self.password
            && let Access::Private(secret) = invitation.address_with_password(password).access
        {
            if matches!(&invitation.access, InvitedAccess::Private(Some(own)) if *own != secret) {
                return Err(Failure::usage(
                    "the link brings a secret of its own, and --password is another one: give \
                     only one of the two",
                ));
            }
            invitation.access = InvitedAccess::Private(Some(secret));
        }
        Ok(invitation)
    }

    /// The room it leads to, seen from a world.
    pub(crate) fn address(&self, home: &Origin) -> Result<RoomAddress, Failure> {
        self.invitation(home)?.address().ok_or_else(|| {
            Failure::usage("that room is private: give --password, or the link with its secret")
        })
    }

    /// Asks for the password if it takes one and there is a person to ask.
    pub(crate) fn complete(&mut self) -> Result<(), Failure> {
        let home = node::default_origin();
        let invitation = self.invitation(&home)?;
        if invitation.address().is_some() || !std::io::stdin().is_terminal() {
            return self.address(&home).map(drop);
        }
        let room = clean::line(invitation.name.as_str());
        match rpassword::prompt_password(format!("Password of the private room {room}: ")) {
            Ok(password) if password.is_empty() => Err(Failure::usage("no password was given")),
            Ok(password) => {
                self.password = Some(password);
                Ok(())
            }
            Err(reason) => {
                let why = format!("the password cannot be asked for: {reason}");
                Err(Failure::usage(why))
            }
        }
    }
}

/// The world named on the command line, if one is.
pub(crate) fn origin(place: &Place) -> Result<Option<Origin>, Failure> {
    let parsed = place.origin.as_deref().map(Origin::parse).transpose();
    parsed.map_err(|reason| Failure::usage(format!("--origin {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ending::Ending;

    fn go(room: &str, password: Option<&str>) -> Result<RoomAddress, Failure> {
        let place = Place {
            room: room.to_owned(),
            password: password.map(str::to_owned),
            origin: None,
        };
        let home = Origin::parse("http://localhost:3000").expect("an origin");
        Destination::read(&place)?.address(&home)
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
    fn a_password_that_contradicts_the_secret_of_a_link_is_no_silent_choice() {
        let link = "https://chitchatter.im/private/den#pwd=sesame";

        let same = go(link, Some("sesame")).expect("a room");
        let refused = go(link, Some("guess")).expect_err("two secrets");

        assert_eq!(same, go(link, None).expect("a room"));
        assert_eq!(refused.ending(), Ending::Usage);
        assert!(refused.to_string().contains("--password"), "{refused}");
        assert!(!refused.to_string().contains("guess"), "{refused}");
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
    }
}
