//! Which room a name or link leads to, and its links.

use std::io::Write;

use serde_json::json;
use wire::{Invitation, InvitedAccess};

use crate::arguments::Link;
use crate::clean;
use crate::destination::{self, Destination};
use crate::ending::{Ending, Failure};

/// Prints them.
pub(crate) fn run(wish: &Link) -> Result<Ending, Failure> {
    let home = destination::origin(&wish.place)?.unwrap_or_else(node::default_origin);
    let invitation = Destination::read(&wish.place)?.invitation(&home)?;
    let text = if wish.json {
        as_json(&invitation)
    } else {
        as_lines(&invitation)
    };
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Ok(()) => Ok(Ending::Fine),
        Err(_) => Ok(Ending::OutputClosed),
    }
}

fn access(invitation: &Invitation) -> &'static str {
    match invitation.access {
        InvitedAccess::Public => "public",
        InvitedAccess::Private(_) => "private",
    }
}

fn as_json(invitation: &Invitation) -> String {
    let mut links = json!({ "web": invitation.web_link(), "app": invitation.app_link() });
    if let Some((web, app)) = with_secret(invitation) {
        links["secret"] = json!({ "web": web, "app": app });
    }
    let room = json!({
        "name": invitation.name.as_str(),
        "origin": invitation.origin.as_str(),
        "private": access(invitation) == "private",
        "trackers": invitation.trackers,
        "links": links,
    });
    format!("{}\n", clean::json(room.to_string()))
}

fn as_lines(invitation: &Invitation) -> String {
    let mut lines = vec![
        ("room", clean::visible(invitation.name.as_str())),
        ("access", access(invitation).to_owned()),
        ("origin", invitation.origin.as_str().to_owned()),
    ];
    for tracker in &invitation.trackers {
        lines.push(("tracker", clean::visible(tracker)));
    }
    lines.push(("for a browser", invitation.web_link()));
    lines.push(("for the app", invitation.app_link()));
    if let Some((web, app)) = with_secret(invitation) {
        lines.push(("with the secret", web));
        lines.push(("with the secret", app));
    }
    lines
        .into_iter()
        .map(|(what, text)| format!("{what:<16} {text}\n"))
        .collect()
}

fn with_secret(invitation: &Invitation) -> Option<(String, String)> {
    invitation
        .web_link_with_secret()
        .zip(invitation.app_link_with_secret())
}
