//! Files between the person's disk and the rooms, as far as the desktop has a part in it: its dialogs
//! for choosing, its way to open a file, and what is dropped on the window.

use std::path::PathBuf;

use node::{HEAD_BYTES, MAX_MEMORY_BYTES, Node, Source, inline_kind};
use room::{RoomKey, ShareKey};
use tauri::async_runtime::spawn;
use tauri::{AppHandle, DragDropEvent, Manager, WebviewWindow, WindowEvent, Wry};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;
use view::{Chosen, Event, Refusal, Settings};

use crate::choice::Choices;
#[cfg(target_os = "linux")]
use crate::recent;
use crate::window::{self, Audience};

/// How much of a file is read at once to show it.
const PART_BYTES: u32 = 1024 * 1024;

/// Asks for files, or for a folder; nothing when the person chose nothing.
pub(crate) async fn pick(app: &AppHandle, folder: bool) -> Result<Option<Chosen>, Refusal> {
    let paths = if folder {
        ask_for_folder(app, None).await.into_iter().collect()
    } else {
        ask_for_files(app).await
    };
    if paths.is_empty() {
        return Ok(None);
    }
    app.state::<Choices>().paths(paths).await.map(Some)
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
    let first = node.open_media(room, key, file, 0, PART_BYTES).await?;
    if first.total > MAX_MEMORY_BYTES {
        return Err(Refusal::TooLargeToShow);
    }
    let head = first.bytes.get(..HEAD_BYTES).unwrap_or(&first.bytes);
    let mime = inline_kind(&first.name, head)
        .ok_or(Refusal::BadImage)?
        .mime;
    let len = u8::try_from(mime.len()).map_err(|_| Refusal::BadImage)?;
    let mut shown = vec![len];
    shown.extend_from_slice(mime.as_bytes());
    shown.extend_from_slice(&first.bytes);
    let mut have = first.bytes.len() as u64;
    while have < first.total {
        let part = node.open_media(room, key, file, have, PART_BYTES).await?;
        if part.bytes.is_empty() || part.total != first.total {
            return Err(Refusal::NoSuchShare);
        }
        have += part.bytes.len() as u64;
        shown.extend_from_slice(&part.bytes);
    }
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
    // What the person uses for downloads already is one key press away.
    let paths = app.path();
    let usual = paths.download_dir().or_else(|_| paths.home_dir()).ok();
    let Some(folder) = ask_for_folder(app, usual).await else {
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

async fn ask_for_files(app: &AppHandle) -> Vec<PathBuf> {
    let (answer, answered) = oneshot::channel();
    let pick = |dialog: Dialog| dialog.pick_files(move |files| drop(answer.send(files)));
    ask(app, pick, async {
        let files = answered.await.ok().flatten().unwrap_or_default();
        files.into_iter().filter_map(on_disk).collect()
    })
    .await
}

async fn ask_for_folder(app: &AppHandle, first: Option<PathBuf>) -> Option<PathBuf> {
    let (answer, answered) = oneshot::channel();
    let pick = |dialog: Dialog| {
        let dialog = match first {
            Some(first) => dialog.set_directory(first),
            None => dialog,
        };
        dialog.pick_folder(move |folder| drop(answer.send(folder)));
    };
    let chosen = ask(app, pick, async {
        let folder = answered.await.ok().flatten();
        folder.and_then(on_disk).into_iter().collect()
    });
    chosen.await.into_iter().next()
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
        Err(_) => Event::DropRefused,
    };
    drop(app.state::<Audience>().tell(event));
}
