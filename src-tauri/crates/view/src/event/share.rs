//! What somebody offers: files, or a folder of them.

use serde::Serialize;

/// Files or a folder that somebody offers, as its line shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// What commands about it call it.
    pub key: String,
    /// The name of the file or folder, or of the first of several files.
    pub name: String,
    /// How many files it has; null while it is not known.
    pub files: Option<u32>,
    /// All of them together in bytes; null while it is not known.
    pub size: Option<u64>,
    /// What it is.
    pub kind: ShareKind,
    /// A small picture of it, as a `data:` address of a JPEG made by its sender.
    pub thumbnail: Option<String>,
    /// The names of some who have all of it, besides us.
    pub holders: Vec<String>,
    /// How many have all of it whose names are not told.
    pub more_holders: u32,
    /// Whether nobody who has it is there any more.
    pub gone: bool,
    /// Whether whoever offered it took it back.
    pub withdrawn: bool,
    /// Whether it was sent to be shown among what is said, as browsers do with media.
    pub inline: bool,
    /// Whether nothing of it is shown until it is asked for: it is of somebody one does not know,
    /// and the room is plain for them.
    pub plain: bool,
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum ShareKind {
    /// Some file, or several.
    File,
    /// A folder.
    Folder,
    /// A picture.
    Image,
    /// Something to listen to.
    Audio,
    /// A film.
    Video,
}
