//! A desk without a driver: the app as a desktop starts it, seen from outside by its window, its
//! tray and its notifications. A driver would keep the window and the focus for itself.

use std::path::Path;
use std::process::Command;

use node::{Config, Node, Options, ProfileAt, default_origin};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use view::Settings;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask, MapState};
use x11rb::rust_connection::RustConnection;

use crate::pretend::{Desktop, empty_bus};
use crate::stage::{GLANCE, Group, PATIENCE, SCREEN, announced, at_home};

/// The narrowest thing that is a window of ours; toolkits have invisible ones.
const NARROWEST: u16 = 200;

/// A screen, a home folder and a session bus with a desktop on it.
pub(crate) struct Desk {
    /// Its tray and notifications.
    pub(crate) desktop: Desktop,
    screen: Screen,
    home: TempDir,
    display: String,
    bus: String,
    _groups: [Group; 2],
}

impl Desk {
    /// One whose person has these settings.
    pub(crate) async fn new(settings: Settings, with_tray: bool) -> Self {
        let home = TempDir::new().expect("a home folder");
        keep(home.path(), settings).await;
        let screen = [
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
        ];
        let (screen, display) = announced(Command::new("Xvfb").args(screen));
        let display = format!(":{display}");
        let (daemon, bus) = empty_bus();
        Self {
            desktop: Desktop::at(&bus, with_tray).await,
            screen: Screen::open(&display),
            home,
            display,
            bus,
            _groups: [daemon, screen],
        }
    }

    /// Starts the app; it ends with what is given back.
    pub(crate) fn start(&self, arguments: &[&str]) -> Group {
        let mut app = Command::new(env!("CARGO_BIN_EXE_chitchatter"));
        at_home(&mut app, self.home.path())
            .arg("--no-lan")
            .args(arguments)
            .env("LANG", "C")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        Group::start(&mut app)
    }

    /// Waits until the window can be seen, or not.
    pub(crate) async fn window_is(&self, visible: bool) {
        self.eventually(&format!("the window to be visible: {visible}"), || {
            self.is_visible() == visible
        })
        .await;
    }

    /// Whether the window can be seen now.
    pub(crate) fn is_visible(&self) -> bool {
        self.screen
            .window()
            .is_some_and(|it| self.screen.is_mapped(it))
    }

    /// The home folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the windows are that can be seen, and how large: from the left, from the top, width
    /// and height.
    pub(crate) fn places(&self) -> Vec<(i16, i16, u16, u16)> {
        let windows = self.screen.windows().into_iter();
        windows
            .filter(|&it| self.screen.is_mapped(it))
            .filter_map(|it| self.screen.place(it))
            .collect()
    }

    /// Waits until this is the window's title.
    pub(crate) async fn titled(&self, title: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = self.screen.window().map(|it| self.screen.title(it));
            if now.as_deref() == Some(title) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "the title is {now:?}, not {title:?}"
            );
            sleep(GLANCE).await;
        }
    }

    /// Closes the window as its frame does.
    pub(crate) fn close_window(&self) {
        let window = self.screen.window().expect("a window");
        self.screen.close(window);
    }

    /// Waits until something is so.
    pub(crate) async fn eventually(&self, what: &str, mut is_it: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_it() {
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            sleep(GLANCE).await;
        }
    }
}

/// Writes a profile with these settings to where the app looks for it.
async fn keep(home: &Path, settings: Settings) {
    let node = Node::start(Options {
        config: Config {
            origin: default_origin(),
            trackers: vec![],
            ice_servers: vec![],
            rooms: vec![],
        },
        profile: ProfileAt::File(home.join("data/chitchatter/profile.json")),
        name: None,
        origin: None,
        trackers: None,
        ice_servers: None,
        relay_only: None,
        proxy: None,
        lan: Some(false),
        lan_port: None,
    })
    .await
    .expect("a node");
    node.save_settings(settings).await.expect("settings");
    node.stop().await;
}

/// What is on a screen without a window manager: windows are directly on it.
struct Screen {
    server: RustConnection,
    root: u32,
}

impl Screen {
    fn open(display: &str) -> Self {
        let (server, number) = x11rb::connect(Some(display)).expect("a screen");
        let root = server.setup().roots[number].root;
        Self { server, root }
    }

    /// The app's window, visible or not.
    fn window(&self) -> Option<u32> {
        self.windows().into_iter().next()
    }

    /// All windows of the app.
    fn windows(&self) -> Vec<u32> {
        let tree = self.server.query_tree(self.root).expect("a question");
        let mut windows = tree.reply().expect("an answer").children;
        windows.retain(|&it| {
            let is_wide = self
                .place(it)
                .is_some_and(|(.., width, _)| width >= NARROWEST);
            is_wide && self.title(it).ends_with("Chitchatter")
        });
        windows
    }

    /// Where a window is and how large, unless it is gone by now.
    fn place(&self, window: u32) -> Option<(i16, i16, u16, u16)> {
        let place = self.server.get_geometry(window).expect("a question");
        let place = place.reply().ok()?;
        Some((place.x, place.y, place.width, place.height))
    }

    fn title(&self, window: u32) -> String {
        let name = self.atom("_NET_WM_NAME");
        let property = self
            .server
            .get_property(false, window, name, self.atom("UTF8_STRING"), 0, 1024)
            .expect("a question")
            .reply();
        property.map_or_else(
            |_| String::new(),
            |it| String::from_utf8_lossy(&it.value).into_owned(),
        )
    }

    fn is_mapped(&self, window: u32) -> bool {
        let attributes = self.server.get_window_attributes(window);
        let attributes = attributes.expect("a question").reply();
        attributes.is_ok_and(|it| it.map_state == MapState::VIEWABLE)
    }

    fn close(&self, window: u32) {
        let delete = [self.atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, self.atom("WM_PROTOCOLS"), delete);
        self.server
            .send_event(false, window, EventMask::NO_EVENT, event)
            .expect("a message")
            .check()
            .expect("it is delivered");
    }

    fn atom(&self, name: &str) -> u32 {
        let atom = self.server.intern_atom(false, name.as_bytes());
        atom.expect("a question").reply().expect("an answer").atom
    }
}
