//! A `StatusNotifierItem` on the session bus: what desktops other than Apple's and Microsoft's
//! call a tray. One that has none has nobody called `org.kde.StatusNotifierWatcher` there.

use std::time::Duration;

use ksni::menu::{CheckmarkItem, StandardItem};
use ksni::{Category, Handle, Icon, MenuItem, OfflineReason, ToolTip, TrayMethods};
use tauri::AppHandle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use zbus::proxy::CacheProperties;
use zbus::{Connection, Proxy};

use super::{Face, Told, picture};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

/// How long an answer of the bus is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether there is a tray.
pub(crate) async fn is_available() -> bool {
    matches!(timeout(PATIENCE, is_watched()).await, Ok(Ok(true)))
}

async fn is_watched() -> zbus::Result<bool> {
    let watcher: Proxy<'static> = zbus::proxy::Builder::new(&Connection::session().await?)
        .destination(WATCHER)?
        .path(PATH)?
        .interface(WATCHER)?
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    watcher.get_property("IsStatusNotifierHostRegistered").await
}

/// Our icon in the tray, until it is taken away.
pub(crate) struct Item(Handle<Drawn>);

impl Item {
    /// Puts it there, or into the tray that comes later. Nothing where there is no bus.
    pub(crate) async fn place(
        _app: &AppHandle,
        face: Face,
        tell: mpsc::Sender<Told>,
    ) -> Option<Self> {
        let drawn = Drawn {
            face,
            plain: icons(false),
            marked: icons(true),
            tell,
        };
        // A desktop that starts us may start its tray a moment later.
        let placing = drawn.assume_sni_available(true).spawn();
        timeout(PATIENCE, placing).await.ok()?.ok().map(Self)
    }

    /// Changes what it shows.
    pub(crate) async fn wear(&self, face: Face) {
        let changing = self.0.update(|drawn| drawn.face = face);
        // A bus that is gone takes the icon with it.
        let _ = timeout(PATIENCE, changing).await;
    }

    /// Takes it away.
    pub(crate) async fn remove(self) {
        let _ = timeout(PATIENCE, self.0.shutdown()).await;
    }
}

struct Drawn {
    face: Face,
    plain: Vec<Icon>,
    marked: Vec<Icon>,
    tell: mpsc::Sender<Told>,
}

impl Drawn {
    fn tell(&self, told: Told) {
        // In excess only where somebody presses faster than anything can happen.
        let _ = self.tell.try_send(told);
    }
}

impl ksni::Tray for Drawn {
    fn id(&self) -> String {
        "chitchatter".to_owned()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn title(&self) -> String {
        self.face.title()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.face.title(),
            ..ToolTip::default()
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        match self.face.has_news() {
            true => self.marked.clone(),
            false => self.plain.clone(),
        }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.tell(Told::Open);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let words = self.face.words();
        vec![
            StandardItem {
                label: words.open.to_owned(),
                activate: Box::new(|drawn: &mut Self| drawn.tell(Told::Open)),
                ..StandardItem::default()
            }
            .into(),
            CheckmarkItem {
                label: words.quiet.to_owned(),
                checked: self.face.quiet,
                activate: Box::new(|drawn: &mut Self| drawn.tell(Told::Quiet)),
                ..CheckmarkItem::default()
            }
            .into(),
            MenuItem::Separator,
            StandardItem {
                label: words.quit.to_owned(),
                activate: Box::new(|drawn: &mut Self| drawn.tell(Told::Quit)),
                ..StandardItem::default()
            }
            .into(),
        ]
    }

    fn watcher_online(&self) {
        self.tell(Told::TrayChanged);
    }

    fn watcher_offline(&self, _: OfflineReason) -> bool {
        self.tell(Told::TrayChanged);
        // It may come back, and the icon with it.
        true
    }
}

/// The icons as the bus carries them: alpha comes first.
fn icons(has_news: bool) -> Vec<Icon> {
    let icons = picture::icons(has_news).into_iter();
    icons
        .filter_map(|icon| {
            let mut data = icon.rgba().to_vec();
            data.chunks_exact_mut(4).for_each(|it| it.rotate_right(1));
            Some(Icon {
                width: icon.width().try_into().ok()?,
                height: icon.height().try_into().ok()?,
                data,
            })
        })
        .collect()
}
