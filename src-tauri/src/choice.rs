//! What the person chose, dropped or pasted to share it: held here until it is shared, so that the
//! page names a choice and never a path.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use node::{Measure, SafeName, Source, measure};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use view::{Chosen, Refusal};

/// Choices that wait to be shared. A person thinks about one at a time.
const MAX_WAITING: usize = 8;

/// How much may be pasted. It is held in memory for as long as it is shared.
const MAX_PASTED_BYTES: usize = 32 * 1024 * 1024;

/// The longest name of what is pasted, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// What waits to be shared, or is not wanted any more.
#[derive(Default)]
pub(crate) struct Choices(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    last: u64,
    held: VecDeque<(u64, Vec<Source>)>,
}

impl Choices {
    /// Holds files and folders on the disk, and says what they are.
    pub(crate) async fn paths(&self, paths: Vec<PathBuf>) -> Result<Chosen, Refusal> {
        self.hold(paths.into_iter().map(Source::from).collect())
            .await
    }

    /// Holds a file that is on no disk, and says what it is.
    pub(crate) async fn pasted(&self, name: &str, content: &[u8]) -> Result<Chosen, Refusal> {
        if content.is_empty() {
            return Err(Refusal::NothingToShare);
        }
        if content.len() > MAX_PASTED_BYTES || name.len() > MAX_NAME_BYTES {
            return Err(Refusal::TooMuchToShare);
        }
        let name = SafeName::parse(name).map_err(|_| Refusal::NothingToShare)?;
        let source = Source::Bytes {
            name: name.as_str().to_owned(),
            bytes: Arc::from(content),
        };
        self.hold(vec![source]).await
    }

    /// Gives what is held under this number; it is held no longer.
    pub(crate) async fn take(&self, id: u64) -> Result<Vec<Source>, Refusal> {
        let mut waiting = self.0.lock().await;
        let at = waiting.held.iter().position(|(held, _)| *held == id);
        at.and_then(|at| waiting.held.remove(at))
            .map(|(_, sources)| sources)
            .ok_or(Refusal::NothingToShare)
    }

    async fn hold(&self, sources: Vec<Source>) -> Result<Chosen, Refusal> {
        let name = sources.first().map(name_of).unwrap_or_default();
        let looked = spawn_blocking(move || (measure(&sources), sources));
        let (measured, sources) = looked.await.map_err(|_| Refusal::Stopped)?;
        let Measure { files, size } = measured?;
        let mut waiting = self.0.lock().await;
        waiting.last += 1;
        let id = waiting.last;
        waiting.held.push_back((id, sources));
        if waiting.held.len() > MAX_WAITING {
            waiting.held.pop_front();
        }
        Ok(Chosen {
            id,
            name,
            files,
            size,
        })
    }
}

/// Reads a picture that was chosen; of several nothing.
pub(crate) async fn picture(sources: Vec<Source>) -> Result<Vec<u8>, Refusal> {
    match <[Source; 1]>::try_from(sources) {
        Ok([Source::Bytes { bytes, .. }]) => Ok(bytes.to_vec()),
        Ok([Source::Path(path)]) => spawn_blocking(move || read(&path))
            .await
            .unwrap_or(None)
            .ok_or(Refusal::BadImage),
        Err(_) => Err(Refusal::BadImage),
    }
}

/// What waits for somebody to write to it is no picture either.
fn read(path: &Path) -> Option<Vec<u8>> {
    let about = std::fs::metadata(path).ok()?;
    let len = usize::try_from(about.len()).ok()?;
    if !about.is_file() || len > node::MAX_IMAGE_BYTES {
        return None;
    }
    std::fs::read(path).ok()
}

fn name_of(source: &Source) -> String {
    let name = match source {
        Source::Path(path) => path.file_name().map(|name| name.to_string_lossy()),
        Source::Bytes { name, .. } => Some(name.as_str().into()),
    };
    name.unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_chosen_is_counted_and_can_be_taken_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let album = folder.path().join("album");
        std::fs::create_dir(&album).expect("made");
        std::fs::write(album.join("a.txt"), "four").expect("written");
        std::fs::write(album.join("b.txt"), "five!").expect("written");
        let choices = Choices::default();

        let chosen = choices.paths(vec![album]).await.expect("held");

        assert_eq!((chosen.name.as_str(), chosen.files), ("album", 2));
        assert_eq!(chosen.size, 9);
        assert_eq!(choices.take(chosen.id).await.map(|it| it.len()), Ok(1));
        let again = choices.take(chosen.id).await.map(|it| it.len());
        assert_eq!(again, Err(Refusal::NothingToShare));
    }

    #[tokio::test]
    async fn what_cannot_be_shared_is_refused_before_it_is_held() {
        let folder = tempfile::tempdir().expect("a folder");
        let choices = Choices::default();
        let refused = |it: Result<Chosen, Refusal>| it.expect_err("nothing to share");

        let nothing = choices.paths(Vec::new()).await;
        let empty = choices.paths(vec![folder.path().to_owned()]).await;
        let device = choices.paths(vec!["/dev/zero".into()]).await;
        for it in [nothing, empty, device] {
            assert_eq!(refused(it), Refusal::NothingToShare);
        }
        let there = folder.path().join("there.txt");
        std::fs::write(&there, "four").expect("written");
        let gone = choices.paths(vec![there, folder.path().join("gone.txt")]);
        let named = Refusal::CannotShare {
            name: "gone.txt".to_owned(),
            gone: true,
        };
        assert_eq!(refused(gone.await), named);
        let blank = choices.pasted("a.png", b"").await;
        let elsewhere = choices.pasted("../a.png", b"x").await;
        for it in [blank, elsewhere] {
            assert_eq!(refused(it), Refusal::NothingToShare);
        }
        let large = choices
            .pasted("a.png", &vec![0; MAX_PASTED_BYTES + 1])
            .await;
        assert_eq!(refused(large), Refusal::TooMuchToShare);
    }

    #[tokio::test]
    async fn choices_nobody_takes_are_forgotten() {
        let choices = Choices::default();
        let mut ids = Vec::new();
        for _ in 0..=MAX_WAITING {
            let chosen = choices.pasted("a.png", b"x").await.expect("held");
            ids.push(chosen.id);
        }

        let oldest = choices.take(ids[0]).await.map(|it| it.len());
        assert_eq!(oldest, Err(Refusal::NothingToShare));
        assert_eq!(choices.take(ids[1]).await.map(|it| it.len()), Ok(1));
    }

    #[tokio::test]
    async fn a_picture_is_one_file_of_some_size_that_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.png");
        std::fs::write(&file, "picture").expect("written");

        assert_eq!(
            picture(vec![file.clone().into()]).await,
            Ok(b"picture".to_vec())
        );
        for other in [
            vec![],
            vec![file.clone().into(), file.into()],
            vec![PathBuf::from("/dev/zero").into()],
            vec![folder.path().to_owned().into()],
        ] {
            assert_eq!(picture(other).await, Err(Refusal::BadImage));
        }
    }
}
