//! A desktop that shows nothing: its session bus, its tray and its notifications, which write down
//! what they are asked for and press what a test wants pressed.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::Command;

use tempfile::NamedTempFile;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Proxy, connection, fdo};

use crate::stage::{GLANCE, Group, PATIENCE, announced};

const TRAY: &str = "org.kde.StatusNotifierWatcher";
const TRAY_PATH: &str = "/StatusNotifierWatcher";
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const NOTIFICATIONS_PATH: &str = "/org/freedesktop/Notifications";

/// Nobody is started by being asked for: a real desktop would show what is pretended here.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// Starts a session bus that knows nobody, and gives its address.
pub(crate) fn empty_bus() -> (Group, String) {
    let mut config = NamedTempFile::new().expect("a file");
    config.write_all(BUS.as_bytes()).expect("written");
    announced(
        Command::new("dbus-daemon")
            .arg("--config-file")
            .arg(config.path())
            .args(["--nofork", "--print-address=1"]),
    )
}

/// What a desktop was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To show a notification.
    Notify {
        /// Who, and where.
        title: String,
        /// What.
        body: String,
        /// What it is called from then on.
        id: u32,
    },
    /// To take one away.
    Close(u32),
}

/// Everything a desktop pretends to be.
pub(crate) struct Desktop {
    bus: Connection,
    asked: UnboundedReceiver<Asked>,
    icons: UnboundedReceiver<String>,
}

impl Desktop {
    /// One with notifications and, if wanted, a tray.
    pub(crate) async fn at(address: &str, with_tray: bool) -> Self {
        let (tell, asked) = unbounded_channel();
        let (register, icons) = unbounded_channel();
        let bus = connection::Builder::address(address)
            .and_then(|it| it.serve_at(NOTIFICATIONS_PATH, Notifications { tell, last: 0 }))
            .and_then(|it| it.serve_at(TRAY_PATH, Tray { register }))
            .and_then(|it| it.name(NOTIFICATIONS))
            .expect("a desktop")
            .build();
        let bus = timeout(PATIENCE, bus).await.expect("in time");
        let desktop = Self {
            bus: bus.expect("a place on the bus"),
            asked,
            icons,
        };
        if with_tray {
            desktop.bus.request_name(TRAY).await.expect("a tray");
        }
        desktop
    }

    /// What it is asked for next.
    pub(crate) async fn asked(&mut self) -> Asked {
        let asked = timeout(PATIENCE, self.asked.recv()).await;
        asked.expect("the desktop is asked").expect("it is there")
    }

    /// Waits until a notification is asked for: title, body and number.
    pub(crate) async fn notified(&mut self) -> (String, String, u32) {
        loop {
            if let Asked::Notify { title, body, id } = self.asked().await {
                return (title, body, id);
            }
        }
    }

    /// Clicks on a notification.
    pub(crate) async fn click(&self, id: u32) {
        let emitter = SignalEmitter::new(&self.bus, NOTIFICATIONS_PATH).expect("an emitter");
        let told = Notifications::action_invoked(&emitter, id, "default").await;
        told.expect("the click is told");
    }

    /// The next icon that is put into the tray.
    pub(crate) async fn icon(&mut self) -> Icon {
        let name = timeout(PATIENCE, self.icons.recv()).await;
        let name = name.expect("an icon comes").expect("the tray is there");
        Icon {
            item: self
                .proxy(&name, "/StatusNotifierItem", "org.kde.StatusNotifierItem")
                .await,
            menu: self
                .proxy(&name, "/MenuBar", "com.canonical.dbusmenu")
                .await,
        }
    }

    /// Takes the tray away.
    pub(crate) async fn lose_tray(&self) {
        self.bus.release_name(TRAY).await.expect("it was there");
    }

    async fn proxy(&self, name: &str, path: &str, interface: &str) -> Proxy<'static> {
        let proxy = zbus::proxy::Builder::<Proxy<'static>>::new(&self.bus)
            .destination(name.to_owned())
            .and_then(|it| it.path(path.to_owned()))
            .and_then(|it| it.interface(interface.to_owned()))
            .expect("names")
            .cache_properties(CacheProperties::No)
            .build();
        proxy.await.expect("an icon")
    }
}

/// An icon in the tray.
pub(crate) struct Icon {
    item: Proxy<'static>,
    menu: Proxy<'static>,
}

type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Icon {
    /// Waits until it is called this.
    pub(crate) async fn is_called(&self, title: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now: String = self.item.get_property("Title").await.expect("a title");
            if now == title {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "it is called {now:?}, not {title:?}"
            );
            sleep(GLANCE).await;
        }
    }

    /// What it looks like, at all sizes: width, height and bytes.
    pub(crate) async fn pictures(&self) -> Vec<(i32, i32, Vec<u8>)> {
        self.item
            .get_property("IconPixmap")
            .await
            .expect("pictures")
    }

    /// Clicks on it.
    pub(crate) async fn press(&self) {
        let pressed = self.item.call::<_, _, ()>("Activate", &(0, 0)).await;
        pressed.expect("it takes a click");
    }

    /// The lines of its menu: the number to press them by, what they say, whether they are ticked.
    pub(crate) async fn menu(&self) -> Vec<(i32, String, bool)> {
        let whole = (0, -1, Vec::<String>::new());
        let layout: (u32, Layout) = self.menu.call("GetLayout", &whole).await.expect("a menu");
        let lines = layout.1.2.into_iter().map(|line| {
            let (id, mut properties, _) = Layout::try_from(line).expect("a line");
            let label = properties.remove("label").and_then(|it| it.try_into().ok());
            let ticked = properties.remove("toggle-state");
            let ticked: Option<i32> = ticked.and_then(|it| it.try_into().ok());
            (id, label.unwrap_or_default(), ticked == Some(1))
        });
        lines.collect()
    }

    /// Chooses a line of its menu.
    pub(crate) async fn choose(&self, label: &str) {
        let lines = self.menu().await;
        let (id, ..) = lines
            .iter()
            .find(|(_, it, _)| it == label)
            .unwrap_or_else(|| panic!("no {label:?} in {lines:?}"));
        let event = (*id, "clicked", Value::from(0), 0_u32);
        // A program that ends at once may not answer.
        let _ = self.menu.call::<_, _, ()>("Event", &event).await;
    }

    /// Waits until a line of its menu is ticked, or not.
    pub(crate) async fn is_ticked(&self, label: &str, wanted: bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let lines = self.menu().await;
            if lines.iter().any(|(_, it, on)| it == label && *on == wanted) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{label:?} stays as it is: {lines:?}"
            );
            sleep(GLANCE).await;
        }
    }
}

struct Tray {
    register: UnboundedSender<String>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Tray {
    fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
    ) -> fdo::Result<()> {
        // Either a name on the bus, or a path at whoever asks.
        let name = match (service.starts_with('/'), header.sender()) {
            (true, Some(sender)) => sender.to_string(),
            _ => service.to_owned(),
        };
        let _ = self.register.send(name);
        Ok(())
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

struct Notifications {
    tell: UnboundedSender<Asked>,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    fn get_capabilities(&self) -> Vec<&str> {
        vec!["actions", "body", "body-markup"]
    }

    #[expect(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &mut self,
        _app: &str,
        replaced: u32,
        _icon: &str,
        title: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, Value<'_>>,
        _timeout: i32,
    ) -> u32 {
        let id = if replaced == 0 {
            self.last += 1;
            self.last
        } else {
            replaced
        };
        let _ = self.tell.send(Asked::Notify { title, body, id });
        id
    }

    fn close_notification(&self, id: u32) {
        let _ = self.tell.send(Asked::Close(id));
    }

    #[zbus(signal)]
    async fn action_invoked(to: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
}
