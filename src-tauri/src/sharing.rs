//! Files between the person's disk and the rooms, as far as the desktop has a part in it: its dialogs
//! for choosing, its way to open a file, and what is dropped on the window.

use std::path::PathBuf;

use node::{Node, Source};
use room::{RoomKey, ShareKey};
use tauri::async_runtime::spawn;
use tauri::{AppHandle, DragDropEvent, Manager, WebviewWindow, WindowEvent, Wry};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;
use view::{Chosen, Event, Language, Refusal, Settings};

use crate::choice::Choices;
use crate::language;
use crate::outside;
#[cfg(target_os = "linux")]
use crate::recent;
use crate::window::{self, Audience};

/// Asks for files, or for a folder; nothing when the person chose nothing.
pub(crate) async fn pick(app: &AppHandle, folder: bool) -> Result<Option<Chosen>, Refusal> {
    let words = words(app).await;
    let folders = app.path();
    // What people have to give lies among their documents; GTK would begin with an empty list.
    let first = [folders.document_dir(), folders.home_dir()];
    let first = first.into_iter().flatten().find(|it| it.is_dir());
    let paths = if folder {
        let chosen = ask_for_folder(app, words.share_folder, first).await;
        chosen.into_iter().collect()
    } else {
        ask_for_files(app, words.share_files, first).await
    };
    if paths.is_empty() {
        return Ok(None);
    }
    app.state::<Choices>().paths(paths).await.map(Some)
}

/// Holds what was copied in another program: files, or a picture under this name.
pub(crate) async fn hold_copied(
    app: &AppHandle,
    choices: &Choices,
    name: &str,
) -> Result<Option<Chosen>, Refusal> {
    let files = outside::copied_files(app).await;
    if !files.is_empty() {
        return choices.paths(files).await.map(Some);
    }
    match outside::copied_picture(app).await? {
        Some(png) => choices.pasted(name, &png).await.map(Some),
        None => Ok(None),
    }
}

/// Offers what was chosen in a room.
pub(crate) async fn share(
    node: &Node,
    room: &RoomKey,
    sources: Vec<Source>,
) -> Result<(), Refusal> {
    let mut paths = Vec::new();
    for source in sources {
        match source {
            Source::Path(path) => paths.push(path),
            // What is pasted is a choice of its own.
            Source::Bytes { name, bytes } => {
                return node.share_bytes(room, name, bytes.to_vec()).await;
            }
        }
    }
    node.share(room, paths).await
}

/// Fetches what somebody offers into the folder for that; not where the person chose none.
pub(crate) async fn fetch(
    app: &AppHandle,
    node: &Node,
    room: &RoomKey,
    key: &ShareKey,
) -> Result<bool, Refusal> {
    let Some(folder) = downloads(app, node).await? else {
        return Ok(false);
    };
    node.fetch(room, key, Some(folder)).await?;
    Ok(true)
}

/// All of a file that is here, for the page: a byte that says how long the media type is, the type,
/// and the content. What the file is follows from its first bytes; what may not be shown is refused.
pub(crate) async fn media(
    node: &Node,
    room: &RoomKey,
    key: &ShareKey,
    file: u32,
) -> Result<Vec<u8>, Refusal> {
    let media = node.shown_media(room, key, file).await?;
    let len = u8::try_from(media.mime.len()).map_err(|_| Refusal::BadImage)?;
    let mut shown = vec![len];
    shown.extend_from_slice(media.mime.as_bytes());
    shown.extend_from_slice(&media.bytes);
    Ok(shown)
}

/// The folder for what is fetched. The person is asked where that is when they were not yet, or when
/// it is not there any more; nothing when they chose none.
async fn downloads(app: &AppHandle, node: &Node) -> Result<Option<PathBuf>, Refusal> {
    if let Some(folder) = node.settings().await?.downloads.map(PathBuf::from) {
        let is_there = tokio::fs::metadata(&folder).await;
        if is_there.is_ok_and(|it| it.is_dir()) {
            return Ok(Some(folder));
        }
    }
    let chosen = choose_downloads(app, node).await?;
    Ok(chosen.and_then(|it| it.downloads).map(PathBuf::from))
}

/// Asks where to keep what is fetched, and remembers it; nothing when the person chose no folder.
pub(crate) async fn choose_downloads(
    app: &AppHandle,
    node: &Node,
) -> Result<Option<Settings>, Refusal> {
    // What the person uses already is one key press away.
    let paths = app.path();
    let kept = node.settings().await?.downloads.map(PathBuf::from);
    let usual = [paths.download_dir(), paths.home_dir()];
    let first = kept.into_iter().chain(usual.into_iter().flatten());
    let first = first.into_iter().find(|it| it.is_dir());
    let title = words(app).await.save;
    let Some(folder) = ask_for_folder(app, title, first).await else {
        return Ok(None);
    };
    // Settings are text; a path that is none could not be found again.
    let folder = folder.into_os_string().into_string();
    let folder = folder.map_err(|_| Refusal::NotSaved)?;
    let settings = Settings {
        downloads: Some(folder),
        ..node.settings().await?
    };
    match node.save_settings(settings.clone()).await {
        // They count until the app is closed, which is long enough for what is fetched now.
        Ok(()) | Err(Refusal::NotSaved) => Ok(Some(settings)),
        Err(why) => Err(why),
    }
}

async fn ask_for_files(app: &AppHandle, title: &str, first: Option<PathBuf>) -> Vec<PathBuf> {
    let (answer, answered) = oneshot::channel();
    let pick = |dialog: Dialog| {
        beginning(dialog, title, first).pick_files(move |files| drop(answer.send(files)));
    };
    ask(app, pick, async {
        let files = answered.await.ok().flatten().unwrap_or_default();
        files.into_iter().filter_map(on_disk).collect()
    })
    .await
}

async fn ask_for_folder(app: &AppHandle, title: &str, first: Option<PathBuf>) -> Option<PathBuf> {
    let (answer, answered) = oneshot::channel();
    let pick = |dialog: Dialog| {
        beginning(dialog, title, first).pick_folder(move |folder| drop(answer.send(folder)));
    };
    let chosen = ask(app, pick, async {
        let folder = answered.await.ok().flatten();
        folder.and_then(on_disk).into_iter().collect()
    });
    chosen.await.into_iter().next()
}

/// The dialog under a title that says what it is for, in the folder it begins with.
fn beginning(dialog: Dialog, title: &str, first: Option<PathBuf>) -> Dialog {
    let dialog = dialog.set_title(title);
    match first {
        Some(first) => dialog.set_directory(first),
        None => dialog,
    }
}

/// What dialogs are called.
#[derive(Clone, Copy)]
struct Words {
    share_files: &'static str,
    share_folder: &'static str,
    save: &'static str,
}

/// In the person's language.
async fn words(app: &AppHandle) -> Words {
    let system = language::of_the_system();
    let settings = match app.try_state::<Node>() {
        Some(node) => node.settings().await.ok(),
        None => None,
    };
    match settings.map_or(system, |it| language::chosen(&it, system)) {
        Language::Es => Words {
            share_files: "Compartir archivos con todos en la sala",
            share_folder: "Compartir una carpeta con todos en la sala",
            save: "Carpeta donde guardar lo que descargues",
        },
        Language::En | Language::System => Words {
            share_files: "Share files with everyone in the room",
            share_folder: "Share a folder with everyone in the room",
            save: "Folder to save what you fetch in",
        },
    }
}

type Dialog = FileDialogBuilder<Wry>;

/// Opens a dialog of the system, and leaves nothing in its list of what was used.
async fn ask(
    app: &AppHandle,
    open: impl FnOnce(Dialog),
    chosen: impl Future<Output = Vec<PathBuf>>,
) -> Vec<PathBuf> {
    let dialog = app.dialog().file();
    let dialog = match window::of(app) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    };
    #[cfg(target_os = "linux")]
    let before = recent::look(app).await;
    open(dialog);
    let chosen = chosen.await;
    #[cfg(target_os = "linux")]
    recent::forget(app, before, &chosen);
    chosen
}

fn on_disk(file: FilePath) -> Option<PathBuf> {
    file.into_path().ok()
}

/// Takes what is dropped on the window. The page is told that something is held above it, and what
/// was dropped; where it is on the disk it never learns.
pub(crate) fn take_drops(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(event) = event else {
            return;
        };
        match event {
            // Words that are dragged have no path, and are no business of ours.
            DragDropEvent::Enter { paths, .. } if !paths.is_empty() => hover(&app, true),
            DragDropEvent::Leave => hover(&app, false),
            DragDropEvent::Drop { paths, .. } => {
                hover(&app, false);
                if !paths.is_empty() {
                    spawn(dropped(app.clone(), paths.clone()));
                }
            }
            _ => {}
        }
    });
}

fn hover(app: &AppHandle, over: bool) {
    drop(app.state::<Audience>().tell(Event::FilesHovering { over }));
}

async fn dropped(app: AppHandle, paths: Vec<PathBuf>) {
    let event = match app.state::<Choices>().paths(paths).await {
        Ok(chosen) => Event::FilesDropped { chosen },
        Err(refusal) => Event::DropRefused { refusal },
    };
    drop(app.state::<Audience>().tell(event));
}
