//! Takes the person to a file and back.

use std::path::{Path, PathBuf};

use room::RoomKey;
use serde_json::json;
use view::ProfileFault;

use super::{Answer, Commands, Fault, Outcome, Question, Then};
use crate::passphrase::{Secret, VARIABLE};
use crate::paths::{place, shown};
use crate::typed::FORGET;

/// The largest file that is read; far beyond any profile, which is checked where it is understood.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

impl Commands {
    pub(super) async fn begin_export(&self, path: &str, locked: bool) -> Result<Outcome, Fault> {
        let path = place(path);
        if tokio::fs::symlink_metadata(&path).await.is_ok() {
            return Err(Fault::Why(format!(
                "not done: there is a file {} already",
                shown(&path)
            )));
        }
        if !locked {
            return self.export(&path, None).await;
        }
        match self.manners.passphrase.given().map_err(Fault::Why)? {
            Some(secret) => self.export(&path, Some(secret)).await,
            None => self.ask(
                "Passphrase for the file: ".to_owned(),
                Then::Export(path),
                &no_passphrase(),
            ),
        }
    }

    /// A passphrase with a slip of the finger in it would lock the person out.
    pub(super) fn ask_again(path: PathBuf, secret: Secret) -> Outcome {
        Outcome::Ask(Question {
            words: "The same again: ".to_owned(),
            then: Then::ExportAgain(path, secret),
        })
    }

    pub(super) async fn export(
        &self,
        path: &Path,
        secret: Option<Secret>,
    ) -> Result<Outcome, Fault> {
        let locked = secret.is_some();
        let text = self
            .node
            .export_profile(secret.map(|it| it.reveal().to_owned()))
            .await?;
        node::write(path.to_owned(), text.into_bytes())
            .await
            .map_err(|reason| {
                Fault::Why(format!(
                    "not done: {} cannot be written: {reason}",
                    shown(path)
                ))
            })?;
        let rows = vec![match locked {
            true => format!(
                "Who you are is written to {}, locked with the passphrase.",
                shown(path)
            ),
            false => format!(
                "Who you are is written to {}, which Chitchatter reads too. Whoever has the file \
                 can be you.",
                shown(path)
            ),
        }];
        let object = json!({ "kind": "exported", "encrypted": locked });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    pub(super) async fn begin_import(&self, path: &str) -> Result<Outcome, Fault> {
        let path = place(path);
        let text = read(&path).await.map_err(|reason| {
            Fault::Why(format!(
                "not done: {} cannot be read: {reason}",
                shown(&path)
            ))
        })?;
        self.import(&Secret::from(text), None).await
    }

    /// Becomes the person of a file. One that is locked may need to be asked for its passphrase.
    pub(super) async fn import(
        &self,
        text: &Secret,
        secret: Option<Secret>,
    ) -> Result<Outcome, Fault> {
        let is_answer = secret.is_some();
        let password = |it: &Secret| it.reveal().to_owned();
        let imported = self
            .node
            .import_profile(password(text), secret.as_ref().map(password))
            .await;
        let imported = match imported {
            Err(view::Refusal::BadProfile {
                fault: ProfileFault::PasswordNeeded,
                ..
            }) if !is_answer => match self.manners.passphrase.given().map_err(Fault::Why)? {
                Some(given) => {
                    self.node
                        .import_profile(password(text), Some(password(&given)))
                        .await?
                }
                None => {
                    return self.ask(
                        "Passphrase of the file: ".to_owned(),
                        Then::Import(text.clone()),
                        &no_passphrase(),
                    );
                }
            },
            imported => imported?,
        };
        let mut rows = vec!["The profile is taken in.".to_owned()];
        if imported.rooms_keep_the_old {
            rows.push(
                "The rooms you are in keep who you were; /rejoin leaves and enters them anew, \
                 and what was said is gone then."
                    .to_owned(),
            );
        }
        if !self.manners.is_kept {
            rows.push("It is gone with this program: only a --profile is remembered.".to_owned());
        }
        let object = json!({
            "kind": "imported",
            "roomsKeepTheOld": imported.rooms_keep_the_old,
        });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    /// Forgets the person, once they have said so twice.
    pub(super) async fn forget(&self, confirmed: bool) -> Result<Outcome, Fault> {
        if !confirmed {
            let pinned = self.node.pinned().await?.rooms.len();
            let rows = vec![
                format!(
                    "All rooms are left, and who you are, what you chose, whom you muted or \
                     blocked and the rooms you pinned ({pinned}) are forgotten: nobody can bring \
                     them back."
                ),
                format!("If you mean it, write /forget {FORGET}; /export FILE keeps a copy."),
            ];
            return Ok(super::answer(rows));
        }
        self.node.delete_profile().await?;
        let rows = vec!["All is forgotten. Who comes next is somebody new.".to_owned()];
        let object = json!({ "kind": "forgotten" });
        Ok(Outcome::Over(Answer::of(rows, Some(object))))
    }

    /// Leaves all rooms and enters them anew, as whoever the person is now.
    pub(super) async fn rejoin(&mut self, current: &RoomKey) -> Result<Outcome, Fault> {
        let rooms = self.snapshot().await?.rooms;
        for room in &rooms {
            self.node.leave(&room.room).await?;
        }
        for room in &rooms {
            self.node.join(room.address.clone()).await?;
        }
        Ok(self.go(current.clone()))
    }
}

fn no_passphrase() -> String {
    format!("there is nobody to ask for the passphrase; set {VARIABLE}, or use --passphrase-file")
}

async fn read(path: &Path) -> std::io::Result<String> {
    use tokio::io::AsyncReadExt;
    let mut text = String::new();
    let file = tokio::fs::File::open(path).await?;
    // A device or a pipe may never end.
    if !file.metadata().await?.is_file() {
        return Err(std::io::Error::other("it is no ordinary file"));
    }
    file.take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .await?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(std::io::Error::other("it is too large"));
    }
    Ok(text)
}
