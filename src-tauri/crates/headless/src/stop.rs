//! Being told to end by the system.

use tokio::sync::watch;

/// Listens for the signals that ask a program to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<u32>);

impl Stop {
    /// From now on the signals are ours to answer.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mut signals = Signals::new()?;
        let (told, heard) = watch::channel(0);
        tokio::spawn(async move {
            while !told.is_closed() {
                signals.next().await;
                told.send_modify(|times| *times += 1);
            }
        });
        Ok(Self(heard))
    }

    /// Resolves when told to end.
    pub(crate) async fn told(&mut self) {
        self.told_times(1).await;
    }

    /// Resolves when told to end once more after the first time.
    pub(crate) async fn told_again(&mut self) {
        self.told_times(2).await;
    }

    async fn told_times(&mut self, times: u32) {
        if self.0.wait_for(|heard| *heard >= times).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
