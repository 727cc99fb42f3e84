//! What is asked: a room to join, a link to read.

use std::fmt;

use serde::{Deserialize, Serialize};
use wire::{Invitation, InvitedAccess, LinkError, Origin, RoomAddress};

use crate::refusal::{LinkFault, Refusal};

/// A wish to enter a room.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JoinRequest {
    /// The room's name, or any link to it.
    pub text: String,
    /// Who may come in, where `text` is a bare name; a link says so itself.
    pub access: Access,
    /// The password, where it takes one and the link brings none.
    #[cfg_attr(test, ts(optional))]
    pub password: Option<String>,
}

impl fmt::Debug for JoinRequest {
    /// Leaves out all that a secret may be in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinRequest")
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Whoever knows the name.
    Public,
    /// Whoever knows the password as well.
    Private,
}

impl JoinRequest {
    /// The room this asks for, seen from a program whose own origin is `home`.
    pub fn address(&self, home: &Origin) -> Result<RoomAddress, Refusal> {
        let invitation = invitation(&self.text, home)?;
        if let Some(address) = invitation.address()
            && (is_link(&self.text, &invitation) || self.access == Access::Public)
        {
            return Ok(address);
        }
        match self.password.as_deref() {
            Some(password) if !password.is_empty() => {
                Ok(invitation.address_with_password(password))
            }
            _ => Err(Refusal::PasswordNeeded),
        }
    }

    /// The trackers a link of ours names beside the usual ones.
    #[must_use]
    pub fn trackers(&self, home: &Origin) -> Vec<String> {
        invitation(&self.text, home).map_or_else(|_| Vec::new(), |it| it.trackers)
    }
}

/// What a text the person typed or pasted leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ParsedLink {
    /// Whether it is a link; otherwise it is the bare name of a room.
    pub link: bool,
    /// The room's name.
    pub name: String,
    /// Which Chitchatter world it is in.
    pub origin: String,
    /// Whether that is another world than the person's own.
    pub elsewhere: bool,
    /// Who may come in. A bare name says nothing of it and counts as public.
    pub access: Access,
    /// Whether the link brings what it takes to come in.
    pub has_secret: bool,
    /// Trackers the link asks to use beside the person's own.
    pub trackers: Vec<String>,
}

impl ParsedLink {
    /// Reads a name or a link, seen from a program whose own origin is `home`.
    pub fn read(text: &str, home: &Origin) -> Result<Self, Refusal> {
        let invitation = invitation(text, home)?;
        Ok(Self {
            link: is_link(text, &invitation),
            name: invitation.name.as_str().to_owned(),
            origin: invitation.origin.as_str().to_owned(),
            elsewhere: invitation.origin != *home,
            access: match invitation.access {
                InvitedAccess::Public => Access::Public,
                InvitedAccess::Private(_) => Access::Private,
            },
            has_secret: matches!(invitation.access, InvitedAccess::Private(Some(_))),
            trackers: invitation.trackers,
        })
    }
}

/// What kind of room name to invent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum SuggestedKind {
    /// A UUID, as Chitchatter's own.
    Uuid,
    /// Words of a published list.
    Passphrase,
}

fn invitation(text: &str, home: &Origin) -> Result<Invitation, Refusal> {
    Invitation::parse(text, home).map_err(|error| Refusal::BadRoom {
        fault: fault(error),
    })
}

/// A bare name reads as itself; everything else that leads to a room is a link.
fn is_link(text: &str, invitation: &Invitation) -> bool {
    text.trim() != invitation.name.as_str().trim()
}

fn fault(error: LinkError) -> LinkFault {
    match error {
        LinkError::Empty => LinkFault::Empty,
        LinkError::TooLong => LinkFault::TooLong,
        LinkError::Scheme | LinkError::Malformed | LinkError::NoRoom | LinkError::Escape => {
            LinkFault::NotARoom
        }
        LinkError::ControlCharacters | LinkError::Name(_) => LinkFault::BadName,
        LinkError::Origin => LinkFault::BadOrigin,
        LinkError::Secret => LinkFault::BadSecret,
        LinkError::Tracker | LinkError::TooManyTrackers => LinkFault::BadTracker,
    }
}
