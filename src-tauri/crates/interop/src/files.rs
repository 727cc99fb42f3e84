//! Files as browsers offer and fetch them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Meeting, Page};

/// A file that a person at a browser chooses.
#[derive(Clone, Debug)]
pub struct Chosen {
    path: PathBuf,
    name: Option<String>,
    kind: Option<String>,
}

impl Chosen {
    /// The file there, under its own name.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            name: None,
            kind: None,
        }
    }

    /// The same, under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The same, but the browser takes it for this kind, such as `image/png`.
    #[must_use]
    pub fn of_kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }
}

/// What a browser offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Where all of it is.
    pub magnet: String,
    /// Where its pictures, sounds and films are once more, if it has any.
    pub media: Option<String>,
}

/// What a browser fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its files, in their order.
    pub files: Vec<FetchedFile>,
    /// How long it took until all had come, still locked.
    pub took: Duration,
}

/// One file that a browser fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedFile {
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Page {
    /// Offers files to the room: given until it offers others, and to whoever comes.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn offer(&self, meeting: &Meeting, files: &[Chosen]) -> Offer {
        let paths: Vec<_> = files.iter().map(|file| &file.path).collect();
        let names: Vec<_> = files
            .iter()
            .map(|file| json!({"name": file.name, "type": file.kind}))
            .map(without_nulls)
            .collect();
        let wish = json!({"do": "offer", "room": meeting.room, "paths": paths, "files": names});
        let offer = self.ask_within(OFFER_LIMIT, wish).await;
        Offer {
            magnet: offer["magnetURI"].as_str().unwrap_or_default().to_owned(),
            media: offer["mediaMagnet"].as_str().map(str::to_owned),
        }
    }

    /// Takes the last offer back, and stops giving it.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn withdraw(&self, meeting: &Meeting) {
        self.ask(json!({"do": "withdraw", "room": meeting.room}))
            .await;
    }

    /// Fetches all files behind a magnet link, or gives up after a while. Where there is a folder,
    /// they are kept in it under their numbers.
    ///
    /// # Errors
    /// With the page's words, if they do not come.
    pub async fn fetch(
        &self,
        meeting: &Meeting,
        magnet: &str,
        limit: Duration,
        into: Option<&Path>,
    ) -> Result<Fetched, String> {
        let wish = json!({
            "do": "fetchFiles", "room": meeting.room, "trackers": meeting.trackers,
            "magnet": magnet, "into": into, "limit": limit.as_millis(),
        });
        let answer = self.ask_within(limit + HANDING_OVER, wish).await;
        if let Some(why) = answer["failed"].as_str() {
            return Err(why.to_owned());
        }
        let files = answer["files"].as_array().into_iter().flatten();
        Ok(Fetched {
            files: files.map(FetchedFile::told).collect(),
            took: Duration::from_secs_f64(answer["took"].as_f64().unwrap_or_default() / 1_000.0),
        })
    }

    /// Waits until it is offered files, and gives the magnet link.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn is_offered(&self, from: &str) -> String {
        self.is_pointed_to(from, "g.7").await
    }

    /// Waits until it is shown pictures, sounds or films, and gives the magnet link.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn is_shown(&self, from: &str) -> String {
        self.is_pointed_to(from, "g.1").await
    }

    async fn is_pointed_to(&self, from: &str, action: &str) -> String {
        let event = self
            .log()
            .until("a magnet link", |event| {
                event["action"] == action
                    && event["peerId"] == from
                    && event["data"]["magnetURI"].is_string()
            })
            .await;
        let magnet = event["data"]["magnetURI"].as_str();
        magnet.unwrap_or_default().to_owned()
    }
}

impl FetchedFile {
    fn told(file: &Value) -> Self {
        let text = |key: &str| file[key].as_str().unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            size: file["size"].as_u64().unwrap_or_default(),
            sha256: text("sha256"),
        }
    }
}

/// What a browser is not told, it knows by itself.
fn without_nulls(mut object: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    object
}

/// A browser locks and hashes everything before it offers it.
const OFFER_LIMIT: Duration = Duration::from_secs(300);
/// After all has come, or has not, it is unlocked and handed over.
const HANDING_OVER: Duration = Duration::from_secs(60);
