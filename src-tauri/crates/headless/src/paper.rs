//! Standard output, written by a thread of its own: a reader may be slow, or gone.

use std::io::Write;

use tokio::sync::{mpsc, oneshot};

/// Batches waiting to be written. Who writes more waits.
const MAX_WAITING: usize = 4;

/// Standard output.
#[derive(Clone)]
pub(crate) struct Paper {
    batches: mpsc::Sender<Vec<u8>>,
}

/// Standard output is closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// Resolves when all has been written, or nothing more can be.
pub(crate) struct Written(oneshot::Receiver<bool>);

impl Paper {
    /// Standard output, and the end of it.
    pub(crate) fn standard() -> (Self, Written) {
        Self::new(std::io::stdout())
    }

    fn new(mut output: impl Write + Send + 'static) -> (Self, Written) {
        let (batches, mut waiting) = mpsc::channel::<Vec<u8>>(MAX_WAITING);
        let (done, written) = oneshot::channel();
        std::thread::spawn(move || {
            let mut is_written = true;
            while let Some(batch) = waiting.blocking_recv() {
                let write = output.write_all(&batch);
                if write.and_then(|()| output.flush()).is_err() {
                    is_written = false;
                    break;
                }
            }
            drop(waiting);
            let _ = done.send(is_written);
        });
        (Self { batches }, Written(written))
    }

    /// Writes a batch, and waits while too many are waiting.
    pub(crate) async fn write(&self, batch: Vec<u8>) -> Result<(), Closed> {
        self.batches.send(batch).await.map_err(|_| Closed)
    }

    /// Resolves when nobody reads any more.
    pub(crate) async fn closed(&self) {
        self.batches.closed().await;
    }
}

impl Written {
    /// Whether all of it was written. To be called when every [`Paper`] is dropped.
    pub(crate) async fn wait(self) -> bool {
        self.0.await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("no writer panics")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Torn;

    impl Write for Torn {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn all_is_written_in_order_before_the_end() {
        let kept = Kept::default();
        let (paper, written) = Paper::new(kept.clone());

        for number in 0..100 {
            paper
                .write(format!("{number}\n").into_bytes())
                .await
                .expect("open");
        }
        drop(paper);
        assert!(written.wait().await);

        let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(
            *kept.0.lock().expect("no writer panics"),
            expected.as_bytes()
        );
    }

    #[tokio::test]
    async fn a_reader_that_is_gone_is_noticed() {
        let (paper, written) = Paper::new(Torn);

        paper.write(b"lost".to_vec()).await.expect("not known yet");
        paper.closed().await;

        assert_eq!(paper.write(b"lost".to_vec()).await, Err(Closed));
        drop(paper);
        assert!(!written.wait().await);
    }

    #[tokio::test]
    async fn a_last_word_that_is_lost_is_known_to_be() {
        let (paper, written) = Paper::new(Torn);

        paper.write(b"lost".to_vec()).await.expect("not known yet");
        drop(paper);

        assert!(!written.wait().await);
    }
}
