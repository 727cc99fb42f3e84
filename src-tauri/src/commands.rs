//! Everything the window can ask for. A command forwards; what it means is decided elsewhere.
//!
//! Each is also named in `build.rs` and allowed in `capabilities/main.json`.

use node::Node;
use percent_encoding::percent_decode;
use room::{LineKey, PersonId, RoomKey, ShareKey};
use tauri::ipc::{Channel, InvokeBody, Request, Response};
use tauri::{AppHandle, State};
use view::{
    Chosen, Diagnosis, Emoji, IceServer, IceTest, Imported, JoinRequest, ParsedLink, Pins, QrCode,
    Refusal, RemoteImage, Rules, Servers, Settings, Snapshot, Standing, SuggestedKind, Suggestion,
    TrackerTest, Trouble,
};

use crate::choice::{self, Choices};
use crate::ending::Ending;
use crate::notice::Notices;
use crate::tray::Tray;
use crate::trouble::Troubles;
use crate::window::Audience;
use crate::{again, outside, sharing, start, tray};

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
    let home = node.home().await?;
    let address = request.address(&home)?;
    node.use_trackers(request.trackers(&home)).await?;
    Ok(node.join(address).await?.to_string())
}

/// Leaves a room.
#[tauri::command]
pub(crate) async fn leave(node: State<'_, Node>, room: String) -> Answer<()> {
    Ok(node.leave(&room_key(&room)).await?)
}

/// Says one message, to a room or to one person in it, and gives its id.
#[tauri::command]
pub(crate) async fn say(
    node: State<'_, Node>,
    room: String,
    with: Option<String>,
    text: String,
    reply_to: Option<u64>,
) -> Answer<String> {
    let (with, reply_to) = (person_or_all(with)?, reply_to.map(LineKey));
    let id = node.say(&room_key(&room), with, text, reply_to).await?;
    Ok(id.to_string())
}

/// Says a line of ours differently.
#[tauri::command]
pub(crate) async fn edit(
    node: State<'_, Node>,
    room: String,
    line: u64,
    text: String,
) -> Answer<()> {
    Ok(node.edit(&room_key(&room), LineKey(line), text).await?)
}

/// Takes a line of ours back.
#[tauri::command]
pub(crate) async fn delete_line(node: State<'_, Node>, room: String, line: u64) -> Answer<()> {
    Ok(node.delete(&room_key(&room), LineKey(line)).await?)
}

/// Puts an emoji on a line, or takes it away.
#[tauri::command]
pub(crate) async fn react(
    node: State<'_, Node>,
    room: String,
    line: u64,
    emoji: String,
    on: bool,
) -> Answer<()> {
    Ok(node
        .react(&room_key(&room), LineKey(line), emoji, on)
        .await?)
}

/// Sends a line of ours again to those it did not reach.
#[tauri::command]
pub(crate) async fn resend(node: State<'_, Node>, room: String, line: u64) -> Answer<()> {
    Ok(node.resend(&room_key(&room), LineKey(line)).await?)
}

/// Tells what the person has before their eyes.
#[tauri::command]
pub(crate) async fn look(
    node: State<'_, Node>,
    notices: State<'_, Notices>,
    room: Option<String>,
    with: Option<String>,
) -> Answer<()> {
    let with = person_or_all(with)?;
    let place = room.map(|room| (room_key(&room), with));
    notices.look(place.clone());
    Ok(node.look(place).await?)
}

/// Tells nothing of a room while the person is not looking, or tells it again.
#[tauri::command]
pub(crate) async fn mute_room(node: State<'_, Node>, room: String, muted: bool) -> Answer<()> {
    Ok(node.mute_room(&room_key(&room), muted).await?)
}

/// Chooses how a room treats people one does not know.
#[tauri::command]
pub(crate) async fn set_rules(node: State<'_, Node>, room: String, rules: Rules) -> Answer<()> {
    Ok(node.set_rules(&room_key(&room), rules.into()).await?)
}

/// Decides about a person.
#[tauri::command]
pub(crate) async fn judge(node: State<'_, Node>, person: String, standing: Standing) -> Answer<()> {
    Ok(node.judge(someone(&person)?, standing.into()).await?)
}

/// Gives the lines that hold a text.
#[tauri::command]
pub(crate) async fn search(
    node: State<'_, Node>,
    room: String,
    with: Option<String>,
    text: String,
) -> Answer<Vec<u64>> {
    let found = node
        .search(&room_key(&room), person_or_all(with)?, text)
        .await?;
    Ok(found.into_iter().map(|line| line.0).collect())
}

/// Tells a room, or one person in it, whether something is being written.
#[tauri::command]
pub(crate) async fn set_typing(
    node: State<'_, Node>,
    room: String,
    with: Option<String>,
    typing: bool,
) -> Answer<()> {
    let with = person_or_all(with)?;
    Ok(node.set_typing(&room_key(&room), with, typing).await?)
}

/// Takes another name, in all rooms.
#[tauri::command]
pub(crate) async fn rename(node: State<'_, Node>, name: String) -> Answer<()> {
    Ok(node.rename(name).await?)
}

/// Says where a text that was typed, pasted or opened leads.
#[tauri::command]
pub(crate) async fn read_link(node: State<'_, Node>, text: String) -> Answer<ParsedLink> {
    ParsedLink::read(&text, &node.home().await?)
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

/// Invents the name of a room nobody is in, and says how hard it is to guess.
#[tauri::command]
pub(crate) fn suggest_room(kind: SuggestedKind) -> Suggestion {
    node::suggest_room(kind)
}

/// Invents a password.
#[tauri::command]
pub(crate) fn suggest_password() -> Suggestion {
    node::suggest_password()
}

/// Gives the names of public rooms to begin with.
#[tauri::command]
pub(crate) async fn community_rooms(node: State<'_, Node>) -> Answer<Vec<String>> {
    Ok(node.community_rooms().await?)
}

/// Gives the emoji that a few letters mean, or the common ones.
#[tauri::command]
pub(crate) fn emojis(query: String) -> Vec<Emoji> {
    view::emojis(&query)
}

/// Makes a QR code.
#[tauri::command]
pub(crate) fn qr(text: String) -> Answer<QrCode> {
    node::qr(&text)
}

/// Reads the QR code in the file of an image, which comes as the body of the call.
#[tauri::command]
pub(crate) async fn read_qr(request: Request<'_>) -> Answer<String> {
    let InvokeBody::Raw(file) = request.body() else {
        return Err(Refusal::BadImage);
    };
    if file.len() > node::MAX_IMAGE_BYTES {
        return Err(Refusal::BadImage);
    }
    read_code(file.clone()).await
}

/// Reads the QR code in a picture that was dropped on the window.
#[tauri::command]
pub(crate) async fn read_chosen_qr(choices: State<'_, Choices>, chosen: u64) -> Answer<String> {
    let file = choice::picture(choices.take(chosen).await?).await?;
    read_code(file).await
}

/// Lets the person choose files, or a folder, to share them.
#[tauri::command]
pub(crate) async fn pick_files(app: AppHandle, folder: bool) -> Answer<Option<Chosen>> {
    sharing::pick(&app, folder).await
}

/// Holds a file that was pasted, which comes as the body of the call and its name in a header.
#[tauri::command]
pub(crate) async fn hold_file(choices: State<'_, Choices>, request: Request<'_>) -> Answer<Chosen> {
    let name = request.headers().get("name").map(|it| it.as_bytes());
    let name = percent_decode(name.unwrap_or_default()).decode_utf8_lossy();
    let InvokeBody::Raw(content) = request.body() else {
        return Err(Refusal::NothingToShare);
    };
    choices.pasted(&name, content).await
}

/// Holds the files on the clipboard, or the picture under this name; nothing where there is neither.
#[tauri::command]
pub(crate) async fn hold_clipboard(
    app: AppHandle,
    choices: State<'_, Choices>,
    name: String,
) -> Answer<Option<Chosen>> {
    sharing::hold_copied(&app, &choices, &name).await
}

/// Offers what the person chose, dropped or pasted to everybody in a room.
#[tauri::command]
pub(crate) async fn share_chosen(
    node: State<'_, Node>,
    choices: State<'_, Choices>,
    room: String,
    chosen: u64,
) -> Answer<()> {
    sharing::share(&node, &room_key(&room), choices.take(chosen).await?).await
}

/// No longer offers something.
#[tauri::command]
pub(crate) async fn unshare(node: State<'_, Node>, room: String, key: String) -> Answer<()> {
    node.unshare(&room_key(&room), &share(&key)?).await
}

/// Fetches what somebody offers into the folder the person chose, or chooses now; says whether.
#[tauri::command]
pub(crate) async fn fetch_share(
    app: AppHandle,
    node: State<'_, Node>,
    room: String,
    key: String,
) -> Answer<bool> {
    sharing::fetch(&app, &node, &room_key(&room), &share(&key)?).await
}

/// Fetches what somebody offers to be shown, and keeps it nowhere.
#[tauri::command]
pub(crate) async fn show_share(node: State<'_, Node>, room: String, key: String) -> Answer<()> {
    node.fetch(&room_key(&room), &share(&key)?, None).await
}

/// Lets a transfer rest.
#[tauri::command]
pub(crate) async fn pause_share(node: State<'_, Node>, room: String, key: String) -> Answer<()> {
    node.pause(&room_key(&room), &share(&key)?).await
}

/// Goes on with a transfer.
#[tauri::command]
pub(crate) async fn resume_share(node: State<'_, Node>, room: String, key: String) -> Answer<()> {
    node.resume(&room_key(&room), &share(&key)?).await
}

/// Gives a transfer up.
#[tauri::command]
pub(crate) async fn cancel_share(node: State<'_, Node>, room: String, key: String) -> Answer<()> {
    node.cancel(&room_key(&room), &share(&key)?).await
}

/// Tries again what failed.
#[tauri::command]
pub(crate) async fn retry_share(node: State<'_, Node>, room: String, key: String) -> Answer<()> {
    node.retry(&room_key(&room), &share(&key)?).await
}

/// Gives all of a file that is here, to be shown, behind its media type.
#[tauri::command]
pub(crate) async fn media(
    node: State<'_, Node>,
    room: String,
    key: String,
    file: u32,
) -> Answer<Response> {
    let media = sharing::media(&node, &room_key(&room), &share(&key)?, file).await?;
    Ok(Response::new(media))
}

/// Opens a file that was fetched with what the system has for it.
#[tauri::command]
pub(crate) async fn open_file(
    node: State<'_, Node>,
    room: String,
    key: String,
    file: u32,
) -> Answer<()> {
    outside::open_file(
        &node
            .file_path(&room_key(&room), &share(&key)?, file)
            .await?,
    )
}

/// Shows a file that was fetched in its folder; the first where none is named.
#[tauri::command]
pub(crate) async fn reveal_file(
    node: State<'_, Node>,
    room: String,
    key: String,
    file: Option<u32>,
) -> Answer<()> {
    let file = file.unwrap_or_default();
    outside::reveal(
        node.file_path(&room_key(&room), &share(&key)?, file)
            .await?,
    )
    .await
}

/// Lets the person choose where to keep what is fetched, and gives the settings with it.
#[tauri::command]
pub(crate) async fn choose_downloads(
    app: AppHandle,
    node: State<'_, Node>,
) -> Answer<Option<Settings>> {
    sharing::choose_downloads(&app, &node).await
}

/// Fetches an image of another site, because the person asked for it.
#[tauri::command]
pub(crate) async fn load_remote(node: State<'_, Node>, url: String) -> Answer<RemoteImage> {
    node.load_remote(&url).await
}

/// Gives the rooms the person wants to find again.
#[tauri::command]
pub(crate) async fn pinned(node: State<'_, Node>) -> Answer<Pins> {
    Ok(node.pinned().await?)
}

/// Remembers a room, or forgets it.
#[tauri::command]
pub(crate) async fn pin(node: State<'_, Node>, room: String, pinned: bool) -> Answer<()> {
    node.pin(&room_key(&room), pinned).await
}

/// Gives the settings as they are.
#[tauri::command]
pub(crate) async fn settings(node: State<'_, Node>) -> Answer<Settings> {
    Ok(node.settings().await?)
}

/// Gives the trackers and servers in use while the settings name none.
#[tauri::command]
pub(crate) async fn usual_servers(node: State<'_, Node>) -> Answer<Servers> {
    Ok(node.usual_servers().await?)
}

/// Keeps the settings.
#[tauri::command]
pub(crate) async fn save_settings(
    node: State<'_, Node>,
    tray: State<'_, Tray>,
    settings: Settings,
) -> Answer<()> {
    node.save_settings(settings).await?;
    tray.settings_changed();
    Ok(())
}

/// Says whether this desktop has a tray.
#[tauri::command]
pub(crate) async fn tray_available() -> bool {
    tray::is_available().await
}

/// Tries a tracker.
#[tauri::command]
pub(crate) async fn test_tracker(node: State<'_, Node>, url: String) -> Answer<TrackerTest> {
    Ok(node.test_tracker(&url).await?)
}

/// Tries a STUN or TURN server.
#[tauri::command]
pub(crate) async fn test_ice_server(
    node: State<'_, Node>,
    server: IceServer,
) -> Answer<Vec<IceTest>> {
    Ok(node.test_ice(&server).await)
}

/// Finds out why someone is or is not reachable.
#[tauri::command]
pub(crate) async fn diagnose(node: State<'_, Node>) -> Answer<Diagnosis> {
    Ok(node.diagnose().await?)
}

/// Gives the person as the text of a file.
#[tauri::command]
pub(crate) async fn export_profile(
    node: State<'_, Node>,
    password: Option<String>,
) -> Answer<String> {
    node.export_profile(password).await
}

/// Becomes the person of a file.
#[tauri::command]
pub(crate) async fn import_profile(
    node: State<'_, Node>,
    tray: State<'_, Tray>,
    text: String,
    password: Option<String>,
) -> Answer<Imported> {
    let imported = node.import_profile(text, password).await?;
    tray.settings_changed();
    Ok(imported)
}

/// Tries the trackers now, also those that were to be tried later.
#[tauri::command]
pub(crate) async fn try_trackers(node: State<'_, Node>) -> Answer<()> {
    Ok(node.try_trackers_now().await?)
}

/// Leaves all rooms and enters them again, as who the person is by now.
#[tauri::command]
pub(crate) async fn enter_all_again(node: State<'_, Node>) -> Answer<()> {
    Ok(again::enter_all(&node).await?)
}

/// Forgets the person, their settings and their rooms.
#[tauri::command]
pub(crate) async fn delete_profile(node: State<'_, Node>, tray: State<'_, Tray>) -> Answer<()> {
    node.delete_profile().await?;
    tray.settings_changed();
    Ok(())
}

/// Keeps a text in the folder for downloads, and gives the file.
#[tauri::command]
pub(crate) async fn save_text(app: AppHandle, name: String, text: String) -> Answer<String> {
    outside::save(&app, &name, text.into_bytes()).await
}

/// Keeps a QR code as a picture in the folder for downloads, and gives the file.
#[tauri::command]
pub(crate) async fn save_qr(app: AppHandle, name: String, text: String) -> Answer<String> {
    outside::save(&app, &name, node::qr_picture(&text)?).await
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

/// The person is being asked whether to end the app, so it does not end by itself.
#[tauri::command]
pub(crate) fn hold_end(ending: State<'_, Ending>) {
    ending.is_asked();
}

/// Ends the app.
#[tauri::command]
pub(crate) fn quit(app: AppHandle) {
    start::quit(&app);
}

async fn read_code(file: Vec<u8>) -> Answer<String> {
    tokio::task::spawn_blocking(move || node::read_qr(&file))
        .await
        .unwrap_or(Err(Refusal::BadImage))
}

fn room_key(room: &str) -> RoomKey {
    RoomKey::from_text(room)
}

fn share(key: &str) -> Answer<ShareKey> {
    ShareKey::parse(key).ok_or(Refusal::NoSuchShare)
}

/// One person, or everybody where nobody is named.
fn person_or_all(with: Option<String>) -> Answer<Option<PersonId>> {
    with.as_deref().map(someone).transpose()
}

fn someone(person: &str) -> Answer<PersonId> {
    PersonId::parse(person).ok_or(Refusal::NobodyThere)
}
