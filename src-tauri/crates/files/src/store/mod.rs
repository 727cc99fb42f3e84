//! The disk: what is being fetched, kept apart until it is whole; what is being given.
//!
//! The only part of the crate that touches the disk. Its calls block; [`Disk`] runs them beside
//! everything else, a few at a time. Nothing is ever written outside the folder a person chose: a
//! stranger's names are used only for what is finished, after [`crate::names`] mended them, and
//! always for something new — no file that is there is written over, no link is followed.
#![expect(
    clippy::disallowed_types,
    reason = "this is the one place that touches the disk"
)]

mod begun;
mod finish;
mod handles;
mod kept;
mod mark;
mod memory;
mod partial;
mod place;
mod prepare;
mod share;
mod source;
mod tree;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

pub use begun::{can_keep_in, clean};
pub use finish::Finished;
pub use kept::{Kept, Whole};
pub use memory::{Memory, Opened};
pub use partial::{Begun, Partial, plain_sizes};
pub use prepare::{Found, Prepared};
pub use share::Share;
pub use source::Source;
pub use tree::Tree;

use crate::limits::MAX_DISK_JOBS;
use crate::names::NameError;
use crate::sealed::OpenError;
use crate::torrent::metainfo::MetainfoError;

/// Why the disk did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system says no.
    #[error("the disk refuses: {0}")]
    Io(#[from] io::Error),
    /// There is no room for it.
    #[error("{needed} bytes are needed beside {spare} that stay free, and {free} are free")]
    NoRoom {
        /// How much is still to come.
        needed: u64,
        /// How much must be free besides: for opening what is locked, and for other programs.
        spare: u64,
        /// How much there is.
        free: u64,
    },
    /// It is more than the person allows.
    #[error("it is larger than what is allowed")]
    OverQuota,
    /// What lies where it should lie is not what we left there.
    #[error("something else lies where the unfinished file should be")]
    Foreign,
    /// Somebody else is fetching the same into the same folder.
    #[error("the same is being fetched into this folder already")]
    InUse,
    /// Bytes were asked for that do not exist.
    #[error("there are no such bytes")]
    OutOfRange,
    /// Not all of it is here.
    #[error("the file is not whole yet")]
    Unfinished,
    /// A file cannot be opened with the room's key.
    #[error("file {file} cannot be opened: {why}")]
    Sealed {
        /// Which file.
        file: usize,
        /// Why.
        why: OpenError,
    },
    /// The files are sealed, and no key was given.
    #[error("a room's key is needed")]
    NoKey,
    /// A file that is offered is not what it was when it was offered.
    #[error("a file was changed after it was offered")]
    Changed,
    /// Something that is no file was offered.
    #[error("only files and folders can be offered")]
    NotAFile,
    /// A file's name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// What is offered cannot be described.
    #[error(transparent)]
    Metainfo(#[from] MetainfoError),
    /// The person does not want it any more.
    #[error("it was called off")]
    CalledOff,
    /// The job was lost; the program is ending.
    #[error("the job was lost")]
    Lost,
}

/// Runs what blocks beside everything else, a few jobs at a time.
#[derive(Clone, Debug)]
pub struct Disk {
    permits: Arc<Semaphore>,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(MAX_DISK_JOBS)),
        }
    }
}

impl Disk {
    /// Does a job when it is its turn.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Lost)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop(permit);
            done
        });
        done.await.map_err(|_| StoreError::Lost)?
    }
}

/// Opens a file of ours; a link in its place is an error.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
        // What is unfinished is nobody else's business.
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    if std::fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_symlink()) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    options.open(path)
}

/// Whether a real folder, and no link to one, is there.
fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|it| it.is_dir())
}

/// How many bytes can still be written; `None` where the system does not say.
fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(folder).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}
