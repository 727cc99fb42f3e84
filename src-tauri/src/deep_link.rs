//! A link somebody opened, from the desktop, from another program or on the command line: the
//! window is shown and the page asks whether to enter.

use std::path::Path;

use clap::Parser;
use node::Node;
use tauri::async_runtime::spawn;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_deep_link::DeepLinkExt;
use tokio::sync::mpsc;

use crate::arguments::Arguments;
use crate::destination::{self, Password};
use crate::start;
use crate::window::{self, Audience};

/// How many links wait for a page to be ready; nobody opens more by hand.
const MAX_WAITING: usize = 8;

/// No link of ours is longer; what is goes no further.
const MAX_LINK_BYTES: usize = 8 * 1024;

/// Where links come in.
#[derive(Clone)]
pub(crate) struct Links(mpsc::Sender<String>);

/// Where links come out, in the order they were opened.
pub(crate) type Arrivals = mpsc::Receiver<String>;

/// A queue of links that waits for the page.
pub(crate) fn links() -> (Links, Arrivals) {
    let (entrance, arrivals) = mpsc::channel(MAX_WAITING);
    (Links(entrance), arrivals)
}

impl Links {
    /// Keeps a link for the page. Links in excess are dropped: they were not opened by a person.
    pub(crate) fn arrive(&self, link: &str) {
        if !link.is_empty() && link.len() <= MAX_LINK_BYTES {
            let _ = self.0.try_send(link.to_owned());
        }
    }
}

/// Makes a second start of the app of this name hand over its link or room to the first, and end.
pub(crate) fn one_instance(name: String, links: Links) -> TauriPlugin<Wry> {
    let received = move |app: &AppHandle, arguments: Vec<String>, folder: String| {
        // They may be anyone's, so mistakes in them are no matter.
        if let Ok(Arguments {
            link,
            join,
            password_file,
            password_at,
            ..
        }) = Arguments::try_parse_from(arguments)
        {
            if let Some(link) = link {
                links.arrive(&link);
            }
            if let Some(text) = join {
                // A file is named as seen from where the second start was. It is read before that
                // goes on: what it holds for us goes with it.
                let file = password_at.or(password_file);
                let file = file.map(|file| Path::new(&folder).join(file));
                let password = file.map(|file| Password::in_file(&file).ok());
                spawn(enter(app.clone(), links.clone(), text, password));
            }
        }
        window::show(app);
    };
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(name)
        .callback(received)
        .build()
}

/// Enters a room that a second start names. Where that takes a question, or cannot be, the page asks
/// or says why; where a password was meant that cannot be used, it asks for one, and never for the
/// public room of that name.
async fn enter(app: AppHandle, links: Links, text: String, password: Option<Option<Password>>) {
    let Some(node) = app.try_state::<Node>() else {
        return links.arrive(&text);
    };
    let entered = match &password {
        Some(None) => None,
        Some(Some(password)) => start::go(&node, &text, Some(password)).await.ok(),
        None => start::go(&node, &text, None).await.ok(),
    };
    if let Some(room) = entered.flatten() {
        // Nobody waits for it: the page is told before anything else happens to it.
        drop(app.state::<Audience>().tell(view::Event::PlaceOpened {
            room: room.to_string(),
            with: None,
        }));
        return;
    }
    let locked = match (password, node.home().await) {
        (Some(_), Ok(home)) => destination::locked(&text, &home),
        _ => None,
    };
    links.arrive(locked.as_deref().unwrap_or(&text));
}

/// Listens for links that the system hands over while we run, and takes the one we were started
/// with. Linux and Windows put links on the command line instead.
pub(crate) fn listen(app: &AppHandle, links: Links) {
    if cfg!(not(any(windows, target_os = "linux"))) {
        let first = app.deep_link().get_current().ok().flatten();
        first
            .into_iter()
            .flatten()
            .for_each(|link| links.arrive(link.as_str()));
    }
    let window = app.clone();
    app.deep_link().on_open_url(move |event| {
        event
            .urls()
            .iter()
            .for_each(|link| links.arrive(link.as_str()));
        window::show(&window);
    });
}
