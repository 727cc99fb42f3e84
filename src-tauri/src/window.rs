//! The window: what it may show, and the one stream that tells it what happens, in order.

use std::sync::Arc;

use node::{Node, Subscription, Told};
use tauri::async_runtime::spawn;
use tauri::ipc::Channel;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent, Wry,
};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::deep_link::Arrivals;
use crate::ending::{self, Ending};
use crate::notice::Notices;
use crate::place::Place;
use crate::revival;
use crate::sharing;
use crate::tray::Tray;

/// The label of the only window, as in `tauri.conf.json`.
const LABEL: &str = "main";

/// How many events go to the page in one message. With more of them it would not draw in between.
const MAX_BATCH: usize = 256;
/// How much text they hold, in bytes, before no further one joins them. Showing a text made to be
/// slow takes a millisecond or two a kilobyte, and what other rooms say waits behind it.
const MAX_BATCH_TEXT: usize = 64 * 1024;

/// How much that did not happen to a room waits for a page to be ready; a person clicks no more.
const MAX_ASIDES: usize = 8;

/// The pages the window can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The rooms.
    Rooms,
    /// What is wrong, and what to do about it.
    Trouble,
}

impl Page {
    fn file(self) -> &'static str {
        match self {
            Self::Rooms => "index.html",
            Self::Trouble => "trouble.html",
        }
    }

    fn url(self) -> tauri::Result<Url> {
        let base = if cfg!(any(windows, target_os = "android")) {
            "http://tauri.localhost"
        } else {
            "tauri://localhost"
        };
        Url::parse(&format!("{base}/{}", self.file())).map_err(tauri::Error::InvalidUrl)
    }

    /// Whether an address is that of the page.
    pub(crate) fn is_at(self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| url.path().trim_start_matches('/') == self.file())
    }
}

/// Opens the window. It shows our own pages and nothing else, whatever they ask for.
///
/// The configuration gives the web view a proxy that nobody serves: it has no business on the
/// network, and neither the content policy nor `on_navigation` keep an engine from connecting to
/// the host of a link ahead of time.
pub(crate) fn open(
    app: &AppHandle,
    page: Page,
    place: Option<Place>,
    is_visible: bool,
) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        let mut config = config.clone();
        config.url = WebviewUrl::App(page.file().into());
        config.visible = is_visible;
        if let Some(place) = place {
            place.take(app, &mut config);
        }
        let window = forgetful(WebviewWindowBuilder::from_config(app, &config)?)
            .on_navigation(is_our_page)
            .on_new_window(|_, _| NewWindowResponse::Deny)
            .on_download(|_, _| false)
            // It says what is unread; a desktop that shows no titles loses nothing.
            .on_document_title_changed(|window, title| drop(window.set_title(&title)))
            .build()?;
        stay_when_closed(&window);
        sharing::take_drops(&window);
        revival::watch(&window)?;
        spare(&window)?;
    }
    Ok(())
}

type Builder<'a> = WebviewWindowBuilder<'a, Wry, AppHandle>;

/// Lets the web view keep nothing on the disk: it knows nothing that the node does not tell it anew.
fn forgetful(window: Builder<'_>) -> Builder<'_> {
    if cfg!(target_os = "linux") {
        // Its folder is where none can be made. WebKit's own way to forget cannot be driven, so
        // the tests would try another app than people use.
        window.data_directory("/dev/null".into())
    } else {
        window.incognito(true)
    }
}

/// Leaves out what browsers keep at hand and a single page, which nobody goes back from, never uses.
#[cfg(target_os = "linux")]
fn spare(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{CacheModel, SettingsExt, WebContextExt, WebViewExt};
    window.with_webview(|view| {
        let view = view.inner();
        if let Some(context) = view.context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
        if let Some(settings) = WebViewExt::settings(&view) {
            settings.set_enable_page_cache(false);
            settings.set_enable_webgl(false);
        }
    })
}

/// Other systems are asked in other ways.
#[cfg(not(target_os = "linux"))]
fn spare(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Lets closing the window only hide it while the tray leads back to it, and asks first where files
/// are on their way.
fn stay_when_closed(window: &WebviewWindow) {
    let kept = window.clone();
    window.on_window_event(move |event| {
        let WindowEvent::CloseRequested { api, .. } = event else {
            return;
        };
        if kept.state::<Tray>().is_there() {
            api.prevent_close();
            spawn(put_away(kept.clone()));
        } else if kept.state::<Ending>().needs_asking() {
            api.prevent_close();
            ending::ask(kept.app_handle());
        }
    });
}

/// Hides the window. Nobody looks at it any more: the page would say so a moment too late.
async fn put_away(window: WebviewWindow) {
    window.state::<Notices>().look(None);
    if let Some(node) = window.try_state::<Node>() {
        // One that has stopped tells nothing anyway.
        let _ = node.look(None).await;
    }
    // A desktop that refuses shows it on.
    let _ = window.hide();
}

/// Shows another of our pages.
pub(crate) fn turn_to(app: &AppHandle, page: Page) -> tauri::Result<()> {
    match app.get_webview_window(LABEL) {
        // Not from the window's own address: a page that ended has none.
        Some(window) => window.navigate(page.url()?),
        None => open(app, page, None, true),
    }
}

/// The window, while there is one.
pub(crate) fn of(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // A desktop may refuse any of these; then the window stays where it was.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Brings the window back if it cannot be seen anywhere.
pub(crate) fn show_if_hidden(app: &AppHandle) {
    let is_visible = app
        .get_webview_window(LABEL)
        .is_none_or(|window| window.is_visible().unwrap_or(false));
    if !is_visible {
        show(app);
    }
}

/// The page that listens: at most one, the one that was loaded last.
pub(crate) struct Audience {
    waiting: Arc<Mutex<Waiting>>,
    asides: mpsc::Sender<Aside>,
    forwarder: Mutex<Option<JoinHandle<()>>>,
}

/// What the page is told beside what happens in the rooms.
struct Waiting {
    links: Arrivals,
    asides: mpsc::Receiver<Aside>,
}

/// Something to tell the page, and who waits until it is told.
type Aside = (view::Event, oneshot::Sender<()>);

impl Audience {
    /// Nobody listens yet; links that `arrivals` brings wait.
    pub(crate) fn new(arrivals: Arrivals) -> Self {
        let (asides, told) = mpsc::channel(MAX_ASIDES);
        let waiting = Waiting {
            links: arrivals,
            asides: told,
        };
        Self {
            waiting: Arc::new(Mutex::new(waiting)),
            asides,
            forwarder: Mutex::new(None),
        }
    }

    /// Tells the page something of our own, as soon as one listens; then the answer comes. It
    /// fails where too much waits for a page already.
    pub(crate) fn tell(&self, event: view::Event) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        let _ = self.asides.try_send((event, done));
        told
    }

    /// Gives the present, and tells `events` all that happens after it. A page that is loaded
    /// again subscribes again; what was told to the page before it ends.
    pub(crate) async fn subscribe(
        &self,
        node: &Node,
        events: Channel<Vec<view::Event>>,
    ) -> Result<view::Snapshot, view::Refusal> {
        let mut forwarder = self.forwarder.lock().await;
        let (present, happening) = node.subscribe().await?;
        let next = tokio::spawn(forward(happening, self.waiting.clone(), events));
        if let Some(last) = forwarder.replace(next) {
            last.abort();
        }
        // A long transcript takes a while to render, and connections must not wait for it.
        let shown = spawn_blocking(move || present.into()).await;
        shown.map_err(|_| view::Refusal::Stopped)
    }
}

/// Carries events to the page until the node stops, the window closes or another page listens.
async fn forward(
    mut happening: Subscription,
    waiting: Arc<Mutex<Waiting>>,
    events: Channel<Vec<view::Event>>,
) {
    // The forwarder of the page before this one holds it until it has ended.
    let mut waiting = waiting.lock().await;
    let Waiting { links, asides } = &mut *waiting;
    loop {
        let (batch, done) = tokio::select! {
            event = happening.next() => match event {
                Some(event) => (projected(event, &mut happening).await, None),
                None => return,
            },
            Some(link) = links.recv() => (vec![view::Event::LinkOpened { link }], None),
            Some((event, done)) = asides.recv() => (vec![event], Some(done)),
        };
        if events.send(batch).is_err() {
            return;
        }
        if let Some(done) = done {
            // Whoever waited may have given up.
            let _ = done.send(());
        }
    }
}

/// The event and those that are ready behind it, as the page is shown them.
async fn projected(event: Told, happening: &mut Subscription) -> Vec<view::Event> {
    let mut text = text_of(&event);
    let mut batch = vec![event];
    while batch.len() < MAX_BATCH
        && text < MAX_BATCH_TEXT
        && let Some(event) = happening.try_next()
    {
        text += text_of(&event);
        batch.push(event);
    }
    // Rendering a batch of long messages takes a while, and connections must not wait for it.
    let projecting = spawn_blocking(move || batch.into_iter().map(Into::into).collect());
    projecting.await.unwrap_or_default()
}

/// How much text of an event is rendered, in bytes.
fn text_of(told: &Told) -> usize {
    match told {
        Told::Room(
            room::Event::LineAdded { line, .. } | room::Event::LineReplaced { line, .. },
        ) => line.text.len(),
        _ => 0,
    }
}

fn is_our_page(url: &Url) -> bool {
    // Windows and Android serve the page under a name of its own.
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => {
            cfg!(any(windows, target_os = "android")) && url.host_str() == Some("tauri.localhost")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pages_are_ours() {
        for page in [Page::Rooms, Page::Trouble] {
            let url = page.url().expect("a URL");
            assert!(is_our_page(&url), "{url}");
            assert!(page.is_at(url.as_str()), "{url}");
        }
        assert!(!Page::Trouble.is_at("tauri://localhost#trouble.html"));
    }

    #[test]
    fn the_window_goes_nowhere_but_to_our_own_page() {
        let goes = |url: &str| is_our_page(&Url::parse(url).expect("a URL"));
        assert!(goes("tauri://localhost/"));
        assert!(goes("tauri://localhost/index.html#room"));
        for elsewhere in [
            "https://example.org/",
            "http://localhost/",
            "tauri://example.org/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "about:blank",
            "javascript:alert(1)",
            "blob:tauri://localhost/0",
        ] {
            assert!(!goes(elsewhere), "{elsewhere}");
        }
    }
}
