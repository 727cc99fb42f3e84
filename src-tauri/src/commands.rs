//! Everything the window can ask for. A command forwards; what it means is decided elsewhere.
//!
//! Each is also named in `build.rs` and allowed in `capabilities/main.json`.

use node::Node;
use room::RoomKey;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use view::{JoinRequest, ParsedLink, Refusal, Settings, Snapshot, Trouble};
use wire::Origin;

use crate::trouble::Troubles;
use crate::window::Audience;
use crate::{outside, start, suggestion};

/// What a command gives back to the page.
type Answer<T> = Result<T, Refusal>;

/// Gives the present, and tells `events` all that happens after it.
#[tauri::command]
pub(crate) async fn subscribe(
    node: State<'_, Node>,
    audience: State<'_, Audience>,
    events: Channel<Vec<view::Event>>,
) -> Answer<Snapshot> {
    audience.subscribe(&node, events).await
}

/// Enters a room, and gives the key it goes by from then on.
#[tauri::command]
pub(crate) async fn join(node: State<'_, Node>, request: JoinRequest) -> Answer<String> {
    let home = node.settings().await?.origin;
    let address = request.address(&home)?;
    node.use_trackers(request.trackers(&home)).await?;
    Ok(node.join(address).await?.to_string())
}

/// Leaves a room.
#[tauri::command]
pub(crate) async fn leave(node: State<'_, Node>, room: String) -> Answer<()> {
    Ok(node.leave(&RoomKey::from_text(&room)).await?)
}

/// Says one message in a room, and gives its id.
#[tauri::command]
pub(crate) async fn say(node: State<'_, Node>, room: String, text: String) -> Answer<String> {
    let id = node.say(&RoomKey::from_text(&room), text).await?;
    Ok(id.to_string())
}

/// Tells a room whether something is being written.
#[tauri::command]
pub(crate) async fn set_typing(node: State<'_, Node>, room: String, typing: bool) -> Answer<()> {
    Ok(node.set_typing(&RoomKey::from_text(&room), typing).await?)
}

/// Takes another name, in all rooms.
#[tauri::command]
pub(crate) async fn rename(node: State<'_, Node>, name: String) -> Answer<()> {
    Ok(node.rename(name).await?)
}

/// Says where a text that was typed, pasted or opened leads.
#[tauri::command]
pub(crate) async fn read_link(node: State<'_, Node>, text: String) -> Answer<ParsedLink> {
    ParsedLink::read(&text, &node.settings().await?.origin)
}

/// Opens a link from a message in the system's browser.
#[tauri::command]
pub(crate) fn open_link(url: String) -> Answer<()> {
    outside::open(&url)
}

/// Puts a text on the clipboard.
#[tauri::command]
pub(crate) fn copy(app: AppHandle, text: String) -> Answer<()> {
    outside::copy(&app, text)
}

/// Invents the name of a room nobody is in.
#[tauri::command]
pub(crate) fn suggest_room_name() -> String {
    suggestion::room_name()
}

/// Gives the settings as they are.
#[tauri::command]
pub(crate) async fn settings(node: State<'_, Node>) -> Answer<Settings> {
    let node::Settings { origin, lan } = node.settings().await?;
    Ok(Settings {
        origin: origin.to_string(),
        lan,
        ..Settings::default()
    })
}

/// Keeps the settings.
#[tauri::command]
pub(crate) async fn save_settings(node: State<'_, Node>, settings: Settings) -> Answer<()> {
    let origin = Origin::parse(&settings.origin).map_err(|_| Refusal::BadOrigin)?;
    Ok(node
        .save_settings(node::Settings {
            origin,
            lan: settings.lan,
        })
        .await?)
}

/// Takes a problem off the list of recent ones.
#[tauri::command]
pub(crate) async fn dismiss_problem(node: State<'_, Node>, id: u64) -> Answer<()> {
    Ok(node.dismiss_problem(id).await?)
}

/// Gives what keeps the app from starting or going on, if anything does.
#[tauri::command]
pub(crate) async fn trouble(troubles: State<'_, Troubles>) -> Answer<Option<Trouble>> {
    Ok(troubles.told().await)
}

/// Tries once more, after the person mended something; gives what is still wrong.
#[tauri::command]
pub(crate) async fn try_again(
    app: AppHandle,
    troubles: State<'_, Troubles>,
) -> Answer<Option<Trouble>> {
    Ok(troubles.try_again(&app).await)
}

/// Goes on without what is broken, for this time only; gives what else is wrong.
#[tauri::command]
pub(crate) async fn do_without(
    app: AppHandle,
    troubles: State<'_, Troubles>,
) -> Answer<Option<Trouble>> {
    Ok(troubles.do_without(&app).await)
}

/// Ends the app.
#[tauri::command]
pub(crate) fn quit(app: AppHandle) {
    start::quit(&app);
}
