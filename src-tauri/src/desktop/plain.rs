//! Notifications that are shown, and no more.

use notify_rust::Notification;

use super::{Place, Shown};

/// Whatever the system has.
pub(crate) struct Desktop;

impl Desktop {
    /// The system's.
    pub(crate) fn new() -> Self {
        Self
    }

    /// Shows a notification. The system may refuse; then there is none.
    pub(crate) async fn show(&mut self, shown: Shown) {
        let showing = tokio::task::spawn_blocking(move || {
            let mut notification = Notification::new();
            notification.summary(&shown.title).body(&shown.body);
            drop(notification.show());
        });
        drop(showing.await);
    }

    /// Nothing can be taken away.
    pub(crate) async fn take_away(&mut self, _which: impl Fn(&Place) -> bool) {}

    /// Nothing is heard of a click.
    pub(crate) async fn clicked(&mut self) -> Place {
        std::future::pending().await
    }
}
