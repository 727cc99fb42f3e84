//! The tray of macOS and Windows, which is always there.

use tauri::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};
use tokio::sync::mpsc;

use super::{Face, Told, picture};

const OPEN: &str = "open";
const QUIET: &str = "quiet";
const QUIT: &str = "quit";

/// Whether there is a tray.
pub(crate) async fn is_available() -> bool {
    true
}

/// Our icon in the tray, until it is taken away.
pub(crate) struct Item {
    app: AppHandle,
    icon: TrayIcon,
}

impl Item {
    /// Puts it there. Nothing where the system refuses.
    pub(crate) async fn place(
        app: &AppHandle,
        face: Face,
        tell: mpsc::Sender<Told>,
    ) -> Option<Self> {
        let pressed = tell.clone();
        let icon = TrayIconBuilder::with_id("tray")
            .show_menu_on_left_click(cfg!(target_os = "macos"))
            .on_menu_event(move |_, event| {
                let told = match event.id().as_ref() {
                    OPEN => Told::Open,
                    QUIET => Told::Quiet,
                    QUIT => Told::Quit,
                    _ => return,
                };
                let _ = tell.try_send(told);
            })
            .on_tray_icon_event(move |_, event| {
                if let TrayIconEvent::Click {
                    button: MouseButton::Left,
                    button_state: MouseButtonState::Up,
                    ..
                } = event
                    && cfg!(windows)
                {
                    let _ = pressed.try_send(Told::Open);
                }
            })
            .build(app)
            .ok()?;
        let item = Self {
            app: app.clone(),
            icon,
        };
        item.wear(face).await;
        Some(item)
    }

    /// Changes what it shows.
    pub(crate) async fn wear(&self, face: Face) {
        // A system may refuse any of these; then the icon stays as it was.
        let _ = self.icon.set_icon(picture::icons(face.has_news()).pop());
        let _ = self.icon.set_tooltip(Some(face.title()));
        let _ = self.icon.set_menu(menu(&self.app, &face).ok());
    }

    /// Takes it away.
    pub(crate) async fn remove(self) {
        drop(self.app.remove_tray_by_id(self.icon.id()));
    }
}

fn menu(app: &AppHandle, face: &Face) -> tauri::Result<Menu<Wry>> {
    let words = face.words();
    let no_key = None::<&str>;
    Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, OPEN, words.open, true, no_key)?,
            &CheckMenuItem::with_id(app, QUIET, words.quiet, true, face.quiet, no_key)?,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, QUIT, words.quit, true, no_key)?,
        ],
    )
}
