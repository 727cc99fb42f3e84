//! `org.freedesktop.Notifications` on the session bus.

use std::collections::HashMap;
use std::future::pending;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, timeout};
use zbus::proxy::{CacheProperties, SignalStream};
use zbus::zvariant::Value;
use zbus::{Connection, Proxy, connection};

use super::{Place, Shown};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// The action a click on the notification itself means, in the specification's words.
const CLICK: &str = "default";

/// How long an answer is waited for. A desktop that is slower shows nothing of ours.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long no bus is looked for after none was found.
const PAUSE: Duration = Duration::from_secs(60);

/// How many notifications are kept in mind; beyond it the oldest is taken away.
const MAX_SHOWN: usize = 32;

/// The desktop, as far as it can be reached.
pub(crate) struct Desktop {
    /// Another bus than that of the session.
    address: Option<String>,
    bus: Option<Bus>,
    /// Not to be tried again before.
    resting: Option<Instant>,
    /// What is shown, oldest first.
    shown: Vec<(Place, u32)>,
}

struct Bus {
    service: Proxy<'static>,
    /// Clicks and closings as one stream: a click comes with a closing behind it.
    signals: SignalStream<'static>,
    /// Whether texts are read as markup there.
    reads_markup: bool,
}

impl Desktop {
    /// That of the session; nothing is opened before there is something to show.
    pub(crate) fn new() -> Self {
        Self {
            address: None,
            bus: None,
            resting: None,
            shown: Vec::new(),
        }
    }

    /// Shows a notification instead of the one about the same place.
    pub(crate) async fn show(&mut self, shown: Shown) {
        let last = self.forget(&shown.place);
        let id = match self.bus().await {
            Some(bus) => bus.notify(&shown, last.unwrap_or(0)).await,
            None => return,
        };
        let Some(id) = id else {
            self.lost();
            return;
        };
        if self.shown.len() >= MAX_SHOWN {
            let (_, oldest) = self.shown.remove(0);
            self.close(oldest).await;
        }
        self.shown.push((shown.place, id));
    }

    /// Takes away what is shown about some places.
    pub(crate) async fn take_away(&mut self, which: impl Fn(&Place) -> bool) {
        let (gone, kept) = std::mem::take(&mut self.shown)
            .into_iter()
            .partition(|(place, _)| which(place));
        self.shown = kept;
        for (_, id) in gone {
            self.close(id).await;
        }
    }

    /// The next place whose notification is clicked.
    pub(crate) async fn clicked(&mut self) -> Place {
        loop {
            let Some(bus) = &mut self.bus else {
                return pending().await;
            };
            match bus.signals.next().await {
                Some(signal) => {
                    if let Some(place) = self.hear(&signal) {
                        return place;
                    }
                }
                None => self.lost(),
            }
        }
    }

    /// What a signal means: a place to go to, or that a notification is gone, or nothing.
    fn hear(&mut self, signal: &zbus::Message) -> Option<Place> {
        let header = signal.header();
        match header.member()?.as_str() {
            "ActionInvoked" => {
                let (id, action): (u32, String) = signal.body().deserialize().ok()?;
                // Others' notifications are told of as well.
                let (place, _) = self.shown.iter().find(|(_, it)| *it == id)?;
                (action == CLICK).then(|| place.clone())
            }
            "NotificationClosed" => {
                let (id, _): (u32, u32) = signal.body().deserialize().ok()?;
                self.shown.retain(|(_, it)| *it != id);
                None
            }
            _ => None,
        }
    }

    fn forget(&mut self, place: &Place) -> Option<u32> {
        let at = self.shown.iter().position(|(it, _)| it == place)?;
        Some(self.shown.remove(at).1)
    }

    async fn close(&mut self, id: u32) {
        if let Some(bus) = &self.bus {
            // It may be gone already, which the service calls an error.
            let which = (id,);
            let closing = bus.service.call::<_, _, ()>("CloseNotification", &which);
            drop(timeout(PATIENCE, closing).await);
        }
    }

    async fn bus(&mut self) -> Option<&Bus> {
        if self.bus.is_none() && self.resting.is_none_or(|until| Instant::now() >= until) {
            let opening = timeout(PATIENCE, Bus::open(self.address.as_deref()));
            match opening.await {
                Ok(Ok(bus)) => self.bus = Some(bus),
                Ok(Err(_)) | Err(_) => self.lost(),
            }
        }
        self.bus.as_ref()
    }

    /// The bus or its service is gone, and with it what it showed.
    fn lost(&mut self) {
        self.bus = None;
        self.shown.clear();
        self.resting = Some(Instant::now() + PAUSE);
    }
}

impl Bus {
    async fn open(address: Option<&str>) -> zbus::Result<Self> {
        let connection: Connection = match address {
            Some(address) => connection::Builder::address(address)?.build().await?,
            None => Connection::session().await?,
        };
        let service: Proxy<'static> = zbus::proxy::Builder::new(&connection)
            .destination(NAME)?
            .path(PATH)?
            .interface(NAME)?
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        // Listened for before anything is shown, so that no click is missed.
        let signals = service.receive_all_signals().await?;
        let abilities: Vec<String> = service.call("GetCapabilities", &()).await?;
        Ok(Self {
            service,
            signals,
            reads_markup: abilities.iter().any(|it| it == "body-markup"),
        })
    }

    /// Asks for a notification; gives what the service calls it.
    async fn notify(&self, shown: &Shown, replaced: u32) -> Option<u32> {
        let body = if self.reads_markup {
            without_markup(&shown.body)
        } else {
            shown.body.clone()
        };
        let hints = HashMap::from([
            ("category", Value::from("im.received")),
            ("desktop-entry", Value::from("chitchatter")),
        ]);
        let actions = [CLICK, shown.open];
        let asked = (
            "Chitchatter",
            replaced,
            "chitchatter",
            shown.title.as_str(),
            body.as_str(),
            actions.as_slice(),
            hints,
            // As long as the desktop thinks right.
            -1_i32,
        );
        let asking = self.service.call("Notify", &asked);
        timeout(PATIENCE, asking).await.ok()?.ok()
    }
}

/// The text as markup that shows it as it is.
fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Stdio;
    use std::sync::Mutex;

    use room::RoomKey;
    use tokio::io::{AsyncBufReadExt, BufReader};
    use tokio::process::{Child, Command};
    use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
    use zbus::object_server::SignalEmitter;

    use super::super::{Order, serve};
    use super::*;

    /// Long enough for the slowest machine; nothing waits so long where all is well.
    const LIMIT: Duration = Duration::from_secs(60);

    /// What the pretend desktop was asked for.
    #[derive(Debug, PartialEq, Eq)]
    enum Asked {
        Notify {
            replaced: u32,
            title: String,
            body: String,
            actions: Vec<String>,
        },
        Close(u32),
    }

    /// A desktop that shows nothing and writes down what it should.
    struct Pretend {
        asked: UnboundedSender<Asked>,
        last: Mutex<u32>,
    }

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Pretend {
        fn get_capabilities(&self) -> Vec<&str> {
            vec!["actions", "body", "body-markup"]
        }

        #[expect(clippy::too_many_arguments, reason = "the specification has so many")]
        fn notify(
            &self,
            _app: &str,
            replaced: u32,
            _icon: &str,
            title: String,
            body: String,
            actions: Vec<String>,
            _hints: HashMap<String, Value<'_>>,
            _timeout: i32,
        ) -> u32 {
            let _ = self.asked.send(Asked::Notify {
                replaced,
                title,
                body,
                actions,
            });
            if replaced != 0 {
                return replaced;
            }
            let mut last = self.last.lock().expect("no panic elsewhere");
            *last += 1;
            *last
        }

        fn close_notification(&self, id: u32) {
            let _ = self.asked.send(Asked::Close(id));
        }

        #[zbus(signal)]
        async fn action_invoked(to: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;

        #[zbus(signal)]
        async fn notification_closed(to: &SignalEmitter<'_>, id: u32, why: u32)
        -> zbus::Result<()>;
    }

    /// Everybody may do everything, and nobody is started: a real desktop would show what is
    /// pretended here.
    const BUS: &str = r#"<busconfig>
      <type>session</type>
      <listen>unix:tmpdir=/tmp</listen>
      <policy context="default">
        <allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/>
        <allow own="*"/>
      </policy>
    </busconfig>"#;

    /// A bus of the test's own, gone with it.
    async fn bus() -> (Child, String) {
        let mut config = tempfile::NamedTempFile::new().expect("a file");
        config.write_all(BUS.as_bytes()).expect("written");
        let mut daemon = Command::new("dbus-daemon")
            .arg("--config-file")
            .arg(config.path())
            .args(["--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a bus");
        let output = daemon.stdout.take().expect("its output");
        let mut lines = BufReader::new(output).lines();
        let address = timeout(LIMIT, lines.next_line()).await.expect("in time");
        let address = address.expect("readable").expect("an address");
        (daemon, address)
    }

    fn at(address: String) -> Desktop {
        Desktop {
            address: Some(address),
            ..Desktop::new()
        }
    }

    fn place(name: &str) -> Place {
        (RoomKey::from_text(name), None)
    }

    fn shown(name: &str, body: &str) -> Order {
        Order::Show(Shown {
            place: place(name),
            title: format!("Ana · {name}"),
            body: body.to_owned(),
            open: "Open",
        })
    }

    fn notify(replaced: u32, name: &str, body: &str) -> Asked {
        Asked::Notify {
            replaced,
            title: format!("Ana · {name}"),
            body: body.to_owned(),
            actions: vec!["default".to_owned(), "Open".to_owned()],
        }
    }

    async fn next<T>(queue: &mut UnboundedReceiver<T>) -> T {
        let next = timeout(LIMIT, queue.recv()).await.expect("in time");
        next.expect("one more")
    }

    #[tokio::test]
    async fn a_click_leads_to_the_place_and_looking_there_takes_the_notification_away() {
        let (_daemon, address) = bus().await;
        let (tell, mut asked) = mpsc::unbounded_channel();
        let pretend = Pretend {
            asked: tell,
            last: Mutex::new(0),
        };
        let service = connection::Builder::address(address.as_str()).expect("an address");
        let service = service.serve_at(PATH, pretend).expect("an object");
        let service = service.name(NAME).expect("a name").build();
        let service = timeout(LIMIT, service).await.expect("in time");
        let service = service.expect("a service");
        let emitter = SignalEmitter::new(&service, PATH).expect("an emitter");

        let (orders, ordered) = mpsc::channel(8);
        let (click, mut clicked) = mpsc::unbounded_channel();
        let serving = tokio::spawn(serve(at(address), ordered, move |place| {
            let _ = click.send(place);
        }));

        let order = async |it| orders.send(it).await.expect("served");
        order(shown("hall", "a <b>bold</b> & brave word")).await;
        let escaped = "a &lt;b&gt;bold&lt;/b&gt; &amp; brave word";
        assert_eq!(next(&mut asked).await, notify(0, "hall", escaped));
        order(shown("hall", "two")).await;
        assert_eq!(next(&mut asked).await, notify(1, "hall", "two"));
        order(shown("study", "three")).await;
        assert_eq!(next(&mut asked).await, notify(0, "study", "three"));
        order(shown("attic", "four")).await;
        assert_eq!(next(&mut asked).await, notify(0, "attic", "four"));

        // Of others, of another action, then ours with its closing right behind it.
        for (id, action) in [(99, "default"), (1, "settings"), (2, "default")] {
            let told = Pretend::action_invoked(&emitter, id, action).await;
            told.expect("told");
        }
        let told = Pretend::notification_closed(&emitter, 2, 2).await;
        told.expect("told");
        let told = Pretend::action_invoked(&emitter, 3, "default").await;
        told.expect("told");
        assert_eq!(next(&mut clicked).await, place("study"));
        assert_eq!(next(&mut clicked).await, place("attic"));

        // What was closed replaces nothing; what is looked at is taken away.
        order(shown("study", "five")).await;
        assert_eq!(next(&mut asked).await, notify(0, "study", "five"));
        order(Order::Looked(place("hall"))).await;
        assert_eq!(next(&mut asked).await, Asked::Close(1));
        order(Order::Left(RoomKey::from_text("attic"))).await;
        assert_eq!(next(&mut asked).await, Asked::Close(3));

        // Nothing stays behind at the end.
        drop(orders);
        assert_eq!(next(&mut asked).await, Asked::Close(4));
        let served = timeout(LIMIT, serving).await.expect("in time");
        served.expect("served");
        assert!(clicked.recv().await.is_none());
    }

    #[tokio::test]
    async fn without_a_desktop_nothing_is_shown_and_nothing_waits() {
        let (_daemon, silent) = bus().await;
        let folder = tempfile::tempdir().expect("a folder");
        let nobody = format!("unix:path={}", folder.path().join("bus").display());
        for address in [nobody, silent] {
            let mut desktop = at(address);
            for body in ["one", "two"] {
                let Order::Show(shown) = shown("hall", body) else {
                    unreachable!("an order to show");
                };
                timeout(LIMIT, desktop.show(shown)).await.expect("in time");
            }
            // Not looked for again at once.
            assert!(desktop.resting.is_some() && desktop.bus.is_none());
            assert!(desktop.shown.is_empty());
        }
    }
}
