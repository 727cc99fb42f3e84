//! The desktop's notifications: one a place, until the person looks there.
//!
//! On Linux and its kin they are asked for over D-Bus, and a click comes back with the place. A
//! desktop that has no session bus, or nobody on it who shows notifications, shows none; nothing
//! waits for it. On macOS and Windows they are shown, but tell nothing of a click and cannot be
//! taken away again: what those systems need for it is an installed, signed package.

#[cfg(not(any(windows, target_os = "macos")))]
mod bus;
#[cfg(any(windows, target_os = "macos"))]
mod plain;

#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) use bus::Desktop;
#[cfg(any(windows, target_os = "macos"))]
pub(crate) use plain::Desktop;

use room::{PersonId, RoomKey};
use tokio::sync::mpsc;

/// A room, or a private talk of it.
pub(crate) type Place = (RoomKey, Option<PersonId>);

/// One notification, ready to be shown. Everything in it is plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What it is about.
    pub(crate) place: Place,
    /// Who, and where.
    pub(crate) title: String,
    /// What.
    pub(crate) body: String,
    /// What a click does, in the person's language.
    pub(crate) open: &'static str,
}

/// What is wanted of the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Show this, instead of what was shown about the same place.
    Show(Shown),
    /// The person looks at the place: take away what is shown about it.
    Looked(Place),
    /// The room is left: take away what is shown about it and its private talks.
    Left(RoomKey),
}

/// Carries out what is ordered, and tells `clicked` where the person wants to go, until nothing
/// more can be ordered. Then everything that is still shown is taken away.
pub(crate) async fn serve(
    mut desktop: Desktop,
    mut orders: mpsc::Receiver<Order>,
    clicked: impl Fn(Place),
) {
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Show(shown)) => desktop.show(shown).await,
                Some(Order::Looked(place)) => desktop.take_away(|it| *it == place).await,
                Some(Order::Left(room)) => desktop.take_away(|it| it.0 == room).await,
                None => break,
            },
            place = desktop.clicked() => clicked(place),
        }
    }
    desktop.take_away(|_| true).await;
}
