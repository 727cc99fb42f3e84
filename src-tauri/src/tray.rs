//! The icon in the tray: what is unread, the way back to a window that was closed, and the way
//! out.
//!
//! With it there, closing the window hides it, and the rooms go on. No app is ever left without a
//! way to reach it: where there is no tray the window closes for good, and a window that is hidden
//! comes back when the tray does not.

#[cfg(not(any(windows, target_os = "macos")))]
mod bus;
mod picture;
#[cfg(any(windows, target_os = "macos"))]
mod plain;
mod tally;

#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) use bus::is_available;
#[cfg(any(windows, target_os = "macos"))]
pub(crate) use plain::is_available;

#[cfg(not(any(windows, target_os = "macos")))]
use bus::Item;
#[cfg(any(windows, target_os = "macos"))]
use plain::Item;

use std::time::Duration;

use node::{Node, Subscription, Told as Happening};
use tauri::async_runtime::spawn;
use tauri::{AppHandle, Manager};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use view::{Language, Settings};

use crate::ending::Ending;
use crate::tray::tally::Tally;
use crate::window::{self, Audience};
use crate::{ending, language, start};

/// How long a window that is hidden waits for the tray: a desktop starts both at about the same
/// time, and a tray that is started again is away for a moment.
const PATIENCE: Duration = Duration::from_secs(10);

/// Presses that wait; nobody presses faster.
const MAX_TOLD: usize = 16;

/// More is not counted: the icon would change with every line somebody floods a room with.
const MAX_COUNTED: u32 = 99;

/// The tray, as far as the rest of the app must know.
#[derive(Default)]
pub(crate) struct Tray {
    is_there: watch::Sender<bool>,
    /// The settings were changed.
    changed: Notify,
}

impl Tray {
    /// Whether our icon is in it, so that a window that is hidden can be found again.
    pub(crate) fn is_there(&self) -> bool {
        *self.is_there.borrow()
    }

    /// The settings may want it otherwise now.
    pub(crate) fn settings_changed(&self) {
        self.changed.notify_one();
    }
}

/// Shows in the tray what a node's person has not read, if they want it, until the node stops.
pub(crate) fn begin(app: &AppHandle, node: &Node) {
    let (app, node) = (app.clone(), node.clone());
    let reachable = keep_reachable(app.clone(), app.state::<Tray>().is_there.subscribe());
    spawn(reachable);
    spawn(async move {
        let Ok((present, happening)) = node.subscribe().await else {
            return;
        };
        let tally = Tally::new(&present.rooms);
        let (count, unread) = watch::channel(tally.sum());
        let ending = app.state::<Ending>();
        tokio::join!(
            listen(happening, tally, count, &ending),
            serve(&app, &node, unread)
        );
    });
}

/// Counts, and waits for nothing else: a node whose listener is slow takes no more from its peers.
/// Nothing is on its way yet when it begins.
async fn listen(
    mut happening: Subscription,
    mut tally: Tally,
    count: watch::Sender<u32>,
    ending: &Ending,
) {
    while let Some(told) = happening.next().await {
        match told {
            Happening::Room(event) => tally.hear(event),
            Happening::Files(event) => {
                ending.hear(&event);
                continue;
            }
        }
        let sum = tally.sum().min(MAX_COUNTED + 1);
        count.send_if_modified(|it| std::mem::replace(it, sum) != sum);
    }
}

/// What is told of the icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// The person wants the window.
    Open,
    /// They want to be disturbed, or not.
    Quiet,
    /// They want to end the app.
    Quit,
    /// The desktop's tray came or went.
    TrayChanged,
}

async fn serve(app: &AppHandle, node: &Node, mut unread: watch::Receiver<u32>) {
    let tray = app.state::<Tray>();
    let system = language::of_the_system();
    let (tell, mut told) = mpsc::channel(MAX_TOLD);
    let mut item: Option<Item> = None;
    while let Ok(settings) = node.settings().await {
        let face = Face::new(&settings, system, *unread.borrow_and_update());
        match item.take() {
            None if settings.tray => {
                item = Item::place(app, face, tell.clone()).await;
                let is_there = item.is_some() && is_available().await;
                tray.is_there.send_replace(is_there);
            }
            Some(placed) if settings.tray => {
                placed.wear(face).await;
                item = Some(placed);
            }
            Some(placed) => {
                tray.is_there.send_replace(false);
                placed.remove().await;
            }
            None => {}
        }
        let wish = tokio::select! {
            changed = unread.changed() => match changed {
                Ok(()) => continue,
                Err(_) => break,
            },
            () = tray.changed.notified() => continue,
            Some(wish) = told.recv() => wish,
        };
        match wish {
            Told::Open => window::show(app),
            Told::Quiet => disturb_or_not(app, node).await,
            Told::Quit if app.state::<Ending>().needs_asking() => ending::ask(app),
            Told::Quit => start::quit(app),
            Told::TrayChanged => {
                let is_there = item.is_some() && is_available().await;
                tray.is_there.send_replace(is_there);
            }
        }
    }
    if let Some(item) = item {
        item.remove().await;
    }
}

/// Switches do-not-disturb, and tells the page.
async fn disturb_or_not(app: &AppHandle, node: &Node) {
    let Ok(mut settings) = node.settings().await else {
        return;
    };
    settings.do_not_disturb = !settings.do_not_disturb;
    // Settings that cannot be kept are said to be as they were.
    if node.save_settings(settings.clone()).await.is_ok() {
        // Nobody waits for it: the page is told before anything else happens to it.
        drop(app.state::<Audience>().tell(view::Event::SettingsChanged {
            settings: Box::new(settings),
        }));
    }
}

/// Brings a hidden window back whenever there is no tray to do it.
async fn keep_reachable(app: AppHandle, mut there: watch::Receiver<bool>) {
    loop {
        let came = timeout(PATIENCE, async { there.wait_for(|it| *it).await.is_ok() });
        if !matches!(came.await, Ok(true)) {
            window::show_if_hidden(&app);
            if there.wait_for(|it| *it).await.is_err() {
                return;
            }
        }
        if there.wait_for(|it| !*it).await.is_err() {
            return;
        }
    }
}

/// What the icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Face {
    unread: u32,
    quiet: bool,
    language: Language,
}

impl Face {
    fn new(settings: &Settings, system: Language, unread: u32) -> Self {
        Self {
            unread,
            quiet: settings.do_not_disturb,
            language: language::chosen(settings, system),
        }
    }

    fn has_news(self) -> bool {
        self.unread > 0
    }

    fn title(self) -> String {
        let unread = self.words().unread;
        match self.unread {
            0 => "Chitchatter".to_owned(),
            count if count > MAX_COUNTED => format!("Chitchatter · {MAX_COUNTED}+ {unread}"),
            count => format!("Chitchatter · {count} {unread}"),
        }
    }

    fn words(self) -> Words {
        match self.language {
            Language::Es => Words {
                open: "Abrir Chitchatter",
                quiet: "No molestar",
                quit: "Salir",
                unread: "sin leer",
            },
            Language::En | Language::System => Words {
                open: "Open Chitchatter",
                quiet: "Do not disturb",
                quit: "Quit",
                unread: "unread",
            },
        }
    }
}

struct Words {
    open: &'static str,
    quiet: &'static str,
    quit: &'static str,
    unread: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_says_how_much_is_unread_in_the_persons_language() {
        let mut settings = Settings::default();
        let title = |settings: &Settings, unread| Face::new(settings, Language::Es, unread).title();
        assert_eq!(title(&settings, 0), "Chitchatter");
        assert_eq!(title(&settings, 2), "Chitchatter · 2 sin leer");
        settings.language = Language::En;
        assert_eq!(title(&settings, 99), "Chitchatter · 99 unread");
        assert_eq!(title(&settings, 100), "Chitchatter · 99+ unread");
    }
}
