//! The desktop's list of files used lately: GTK's dialogs write there what was chosen in them, by
//! themselves and for all programs to read. What one shares, and where one keeps what was fetched, is
//! nobody's business, so it is taken out again. What other programs wrote there stays.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::PathBuf;

use gtk::glib;
use gtk::prelude::*;
use tauri::{AppHandle, Url};
use tokio::sync::oneshot;

/// The most entries that wait to be taken out; a person chooses no more at once.
const MAX_WAITING: usize = 4_096;

/// What stood in the list before a dialog was opened.
pub(crate) struct Before(HashSet<String>);

thread_local! {
    /// What is to be taken out as soon as it is there; GTK's own thread alone knows the list.
    static UNWANTED: RefCell<HashSet<String>> = RefCell::default();
    /// Whether somebody listens to the list already.
    static LISTENS: RefCell<bool> = const { RefCell::new(false) };
}

/// Looks at the list before a dialog is opened.
pub(crate) async fn look(app: &AppHandle) -> Before {
    let (answer, answered) = oneshot::channel();
    let looking = app.run_on_main_thread(move || {
        let list = gtk::RecentManager::default();
        let items = list.map(|it| it.items()).unwrap_or_default();
        let there = items.iter().filter_map(gtk::RecentInfo::uri);
        drop(answer.send(there.map(String::from).collect()));
    });
    let there = match looking {
        Ok(()) => answered.await.unwrap_or_default(),
        Err(_) => HashSet::new(),
    };
    Before(there)
}

/// Takes out what was chosen, now or when GTK comes to write it there.
pub(crate) fn forget(app: &AppHandle, Before(before): Before, chosen: &[PathBuf]) {
    let uris = chosen
        .iter()
        .filter_map(|path| Url::from_file_path(path).ok())
        .map(String::from);
    let unwanted: Vec<String> = uris.filter(|it| !before.contains(it)).collect();
    // An app that is ending lets GTK write nothing more either.
    let _ = app.run_on_main_thread(move || {
        let Some(list) = gtk::RecentManager::default() else {
            return;
        };
        UNWANTED.with_borrow_mut(|waiting| {
            if waiting.len() < MAX_WAITING {
                waiting.extend(unwanted);
            }
        });
        take_out(&list);
        if !LISTENS.replace(true) {
            list.connect_changed(take_out);
        }
    });
}

fn take_out(list: &gtk::RecentManager) {
    let there: Vec<String> = UNWANTED.with_borrow(|waiting| {
        let there = waiting.iter().filter(|it| list.has_item(it));
        there.cloned().collect()
    });
    for uri in there {
        UNWANTED.with_borrow_mut(|waiting| waiting.remove(&uri));
        // It tells of the change while we are told of one; that is left to end first.
        let list = list.clone();
        glib::idle_add_local_once(move || drop(list.remove_item(&uri)));
    }
}
