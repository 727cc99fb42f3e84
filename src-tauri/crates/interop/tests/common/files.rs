//! Whoever shares files in the stories, and what becomes of the files.

use std::path::{Path, PathBuf};

use interop::{FetchedFile, Meeting, Native};
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Somebody at our terminal peer, and the folder their files are in.
pub(crate) struct Person {
    pub(crate) peer: Native,
    pub(crate) at: Folder,
}

impl Person {
    pub(crate) async fn join(name: &str, meeting: &Meeting) -> Self {
        let at = Folder::new();
        let folder = at.0.path().to_str().expect("its path");
        let peer = Native::join_with(name, meeting, &["--downloads", folder]).await;
        Self { peer, at }
    }

    pub(crate) async fn shares(&mut self, paths: &[&Path]) {
        let paths: Vec<_> = paths
            .iter()
            .map(|it| format!("'{}'", it.display()))
            .collect();
        self.peer
            .type_lines(&[format!("/file {}", paths.join(" "))])
            .await;
    }

    /// What is to be fetched under that name.
    pub(crate) async fn is_offered(&self, name: &str) -> Value {
        self.peer
            .log()
            .until("an offer", |event| {
                event["kind"] == "fileOffered" && event["share"]["name"] == name
            })
            .await
    }

    /// Fetches it, and says where it is.
    pub(crate) async fn fetches(&mut self, offer: &Value) -> Vec<PathBuf> {
        let number = &offer["n"];
        self.peer.type_lines(&[format!("/get {number}")]).await;
        let done = self
            .peer
            .log()
            .until("that it is there", |event| {
                event["kind"] == "fileDone" && event["n"] == *number
            })
            .await;
        let paths = done["paths"].as_array().into_iter().flatten();
        paths
            .filter_map(|it| it.as_str())
            .map(PathBuf::from)
            .collect()
    }
}

/// A folder that ends with its test.
pub(crate) struct Folder(pub(crate) TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file of bytes that nothing makes smaller, and no two parts of which are the same.
    pub(crate) fn file(&self, name: &str, size: usize) -> PathBuf {
        let mut bytes = vec![0; size];
        StdRng::seed_from_u64(size as u64).fill_bytes(&mut bytes);
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }
}

pub(crate) fn as_it_is(path: &Path) -> FetchedFile {
    let name = path.file_name().and_then(|it| it.to_str());
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(path).expect("it is there");
    let size = std::io::copy(&mut file, &mut hash).expect("it can be read");
    FetchedFile {
        name: name.unwrap_or_default().to_owned(),
        size,
        sha256: format!("{:x}", hash.finalize()),
    }
}
