//! Files that are read and written again and again, kept open: a few at a time.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreError;
use crate::limits::MAX_OPEN_FILES;

/// The files that were used last, by their number.
#[derive(Debug, Default)]
pub(super) struct Handles {
    open: Mutex<VecDeque<(usize, Arc<File>)>>,
}

impl Handles {
    /// A file that is open already, or else is opened so.
    pub(super) fn get(
        &self,
        number: usize,
        open: impl FnOnce() -> Result<File, StoreError>,
    ) -> Result<Arc<File>, StoreError> {
        let known = self
            .lock()
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, file)| Arc::clone(file));
        if let Some(file) = known {
            return Ok(file);
        }
        let file = Arc::new(open()?);
        let mut kept = self.lock();
        if kept.len() >= MAX_OPEN_FILES {
            kept.pop_front();
        }
        kept.push_back((number, Arc::clone(&file)));
        Ok(file)
    }

    /// Closes them: some systems do not move what is open.
    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(usize, Arc<File>)>> {
        // The list is whole after every change, so a panic elsewhere leaves nothing half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads exactly these bytes, wherever the file stands.
pub(super) fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let read = std::os::windows::fs::FileExt::seek_read(file, rest, at)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            at += read as u64;
            rest = rest.split_at_mut(read).1;
        }
        Ok(())
    }
}

/// Writes all of these bytes, wherever the file stands.
pub(super) fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, rest, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            at += written as u64;
            rest = rest.split_at(written).1;
        }
        Ok(())
    }
}
