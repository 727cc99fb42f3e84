//! Who the person is: kept, taken from a file, or begun anew.

use rand::rngs::OsRng;
use room::{Command, Identity, Input, Refusal};
use view::Imported;
use wire::PeerId;

use super::Run;
use crate::profile::{Profile, ProfileError};
use crate::settings;
use crate::vault::Person;

impl Run {
    /// Becomes the person of a file, at once where no room is joined, else when all are left.
    pub(super) async fn become_person(
        &mut self,
        person: Person,
    ) -> Result<Imported, view::Refusal> {
        let checked = settings::check(&person.settings, &self.usual_ice())
            .map_err(|faults| view::Refusal::BadSettings { faults })?;
        let mut profile = self.profile.clone();
        // Who comes back to where they are stays there; only what they chose may be another.
        let is_same = self.next_me.is_none()
            && profile.user_id == person.user_id
            && profile.keys.public_key() == person.keys.public_key();
        profile.user_id = person.user_id;
        profile.custom_name = person.custom_name;
        profile.keys = person.keys;
        profile.settings = Some(person.settings);
        if !saved(&profile).await {
            return Err(view::Refusal::NotSaved);
        }
        let me = identity(&profile, profile.custom_name.clone());
        self.profile = profile;
        self.settings = self
            .overruled
            .in_force(self.profile.settings.as_ref(), &self.config);
        self.apply(checked);
        if is_same {
            self.keep_name = true;
            // It was checked when the file was read.
            let _ = self.commanded(Command::Rename(self.profile.custom_name.clone()));
        } else {
            self.next_me = Some(me);
            self.become_next();
        }
        Ok(Imported {
            rooms_keep_the_old: self.next_me.is_some(),
        })
    }

    /// Leaves all rooms and begins as somebody new.
    pub(super) async fn forget(&mut self) -> Result<(), view::Refusal> {
        let old = self.profile.clone();
        let anew = tokio::task::spawn_blocking(move || old.begin_anew()).await;
        let profile = anew
            .unwrap_or(Err(ProfileError::NoKey))
            .map_err(|_| view::Refusal::NotSaved)?;
        self.leave_all();
        self.next_me = Some(identity(&profile, String::new()));
        self.profile = profile;
        self.settings = self.overruled.in_force(None, &self.config);
        self.apply_kept();
        self.become_next();
        self.rooms.set_judged(self.now(), Vec::new());
        self.carry_out();
        Ok(())
    }

    pub(super) fn become_next(&mut self) {
        let Some(me) = self.next_me.take() else {
            return;
        };
        let again = Identity {
            peer_id: me.peer_id,
            user_id: me.user_id.clone(),
            custom_name: me.custom_name.clone(),
            keys: me.keys.clone(),
        };
        if self.rooms.become_another(self.now(), me) {
            self.keep_name = true;
            self.carry_out();
        } else {
            self.next_me = Some(again);
        }
    }

    pub(super) async fn keep_profile(&mut self) -> bool {
        if self.keep_name && self.next_me.is_none() {
            self.profile.custom_name = self.rooms.me().custom_name;
        }
        saved(&self.profile).await
    }

    /// Keeps the profile; where that cannot be, what changed holds, and the person is told.
    pub(super) async fn keep_or_tell(&mut self) {
        let kept = self.keep_profile().await;
        self.happened(Input::Kept(kept));
    }

    pub(super) fn leave_all(&mut self) {
        let rooms = self.rooms.snapshot().rooms;
        for room in rooms {
            // It was in the snapshot a moment ago.
            let _ = self.commanded(Command::Leave(room.room));
        }
    }
}

pub(super) fn identity(profile: &Profile, custom_name: String) -> Identity {
    Identity {
        peer_id: PeerId::random_low(&mut OsRng),
        user_id: profile.user_id.clone(),
        custom_name,
        keys: profile.keys.clone(),
    }
}

async fn saved(profile: &Profile) -> bool {
    let profile = profile.clone();
    let kept = tokio::task::spawn_blocking(move || profile.save()).await;
    let is_kept = matches!(kept, Ok(Ok(())));
    if !is_kept {
        tracing::warn!("the profile could not be kept");
    }
    is_kept
}

/// A name given at the start, by the rules of [`Node::rename`](crate::Node::rename).
///
/// # Errors
/// [`Refusal::NameTooLong`].
pub fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = wire::chat::clean_name(name);
    if wire::chat::text_units(&name) > wire::MAX_CUSTOM_NAME {
        return Err(Refusal::NameTooLong {
            limit: wire::MAX_CUSTOM_NAME,
        });
    }
    Ok(name)
}
