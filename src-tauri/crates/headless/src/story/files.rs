//! What is shared, and what moves: as words, and as objects for programs.

#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use view::{Event, Line, Share, ShareKind, Transfer, TransferFault, TransferState};

use crate::{clean, paths};

/// Lines whose shares are remembered; those before them have no number any more.
const MAX_NUMBERS: usize = 10_000;
/// How often people read how far a transfer is.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);
/// What is smaller is read before anybody asks what goes on.
const LONG_TO_READ: u64 = 100_000_000;
/// Names of those who have something, at most.
const MAX_HOLDERS: usize = 3;

/// What was told so far of what is shared and of what moves.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// The lines that share something, by room and key.
    numbers: BTreeMap<Place, u64>,
    moving: BTreeMap<Place, Moving>,
    /// The rooms that were left. What ends there is nobody's news.
    left: BTreeSet<String>,
}

/// A room, and what something shared in it is called.
type Place = (String, String);

/// What was last told of a transfer.
#[derive(Clone, Debug)]
struct Moving {
    name: String,
    own: bool,
    state: TransferState,
    is_stalled: bool,
    told: Instant,
}

/// Something worth a line. Clean.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) text: String,
    pub(crate) is_trouble: bool,
}

impl Shelf {
    /// Remembers which line shares what, and forgets what is over.
    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::LineAdded { room, line, .. } | Event::LineReplaced { room, line, .. } => {
                if let Some(share) = &line.share {
                    let place = (room.clone(), share.key.clone());
                    self.numbers.insert(place, line.key);
                    self.forget_the_first();
                }
            }
            Event::Joined { room, .. } => {
                self.left.remove(room);
            }
            Event::Left { room } => {
                self.left.insert(room.clone());
                self.numbers.retain(|(at, _), _| at != room);
                self.moving.retain(|(at, _), _| at != room);
            }
            _ => {}
        }
    }

    /// The number of the line that shares it.
    pub(crate) fn number(&self, room: &str, key: &str) -> Option<u64> {
        let place = (room.to_owned(), key.to_owned());
        self.numbers.get(&place).copied()
    }

    /// What people are told of a change, and now and then how far it is.
    pub(crate) fn news(&mut self, it: &Transfer, now: Instant) -> Option<News> {
        if self.left.contains(&it.room) {
            return None;
        }
        let place = (it.room.clone(), it.key.clone());
        let before = self.moving.get(&place);
        let is_new = before.is_none_or(|before| {
            before.state != it.state || is_coming(it.state) && it.stalled != before.is_stalled
        });
        let is_due = before.is_none_or(|before| now >= before.told + PROGRESS_EVERY);
        let words = match is_new {
            true => self.change(it, before.map(|before| before.state)),
            false if is_due && it.state == TransferState::Fetching && !it.stalled => {
                Some(format!("{}: {}.", name(&it.name), progress(it)))
            }
            false => None,
        };
        let told = match before {
            Some(before) if words.is_none() => before.told,
            _ => now,
        };
        self.moving.insert(place, Moving::of(it, told));
        words.map(|text| News {
            text,
            is_trouble: it.state == TransferState::Failed,
        })
    }

    /// What people are told of something that moves no more and of which nothing is left.
    pub(crate) fn gone(&mut self, room: &str, key: &str) -> Option<News> {
        let it = self.moving.remove(&(room.to_owned(), key.to_owned()))?;
        let was_unfinished = matches!(
            it.state,
            TransferState::Waiting
                | TransferState::Fetching
                | TransferState::Paused
                | TransferState::Saving
                | TransferState::Failed
        );
        (was_unfinished && !it.own).then(|| News {
            text: format!("{} is not fetched any more.", name(&it.name)),
            is_trouble: false,
        })
    }

    fn change(&self, it: &Transfer, before: Option<TransferState>) -> Option<String> {
        let name = name(&it.name);
        let command = |word: &str| match self.number(&it.room, &it.key) {
            Some(number) => format!("; /{word} {number}"),
            None => String::new(),
        };
        match it.state {
            TransferState::Fetching | TransferState::Waiting if before.is_none() => {
                let into = it.folder.as_ref().map(|folder| {
                    let folder = paths::shown(Path::new(folder));
                    format!(" into {folder}")
                });
                let into = into.unwrap_or_default();
                Some(format!("Fetching {name}{}{into}.", in_all(it.total)))
            }
            TransferState::Fetching | TransferState::Waiting if it.stalled => {
                Some(format!("{name} waits for somebody who has it."))
            }
            TransferState::Fetching if before != Some(TransferState::Waiting) => {
                Some(format!("{name} goes on: {}.", progress(it)))
            }
            TransferState::Paused => Some(format!(
                "{name} is paused at {}{}.",
                progress(it),
                command("resume")
            )),
            TransferState::Done if !it.own => Some(match arrived(it) {
                Some(path) => format!("{name} is here: {path}"),
                None => format!("{name} is here."),
            }),
            TransferState::Failed => {
                let why = fault_text(it.reason.as_ref());
                Some(match it.own {
                    true => format!("{name} cannot be shared: {why}."),
                    false => format!("{name} did not come: {why}{}.", command("get")),
                })
            }
            TransferState::Preparing if it.total >= Some(LONG_TO_READ) => {
                Some(format!("Reading {name}{}.", in_all(it.total)))
            }
            TransferState::Withdrawn => came_in_vain(it).map(|came| {
                let now = command("cancel");
                format!("{name} was taken back; {came}{now}{}.", at_once(&now))
            }),
            TransferState::Preparing
            | TransferState::Waiting
            | TransferState::Fetching
            | TransferState::Saving
            | TransferState::Done
            | TransferState::Giving => None,
        }
    }

    /// What programs are told beside an event.
    pub(crate) fn objects(&mut self, event: &Event) -> Vec<Value> {
        let is_other = matches!(event, Event::LineReplaced { room, line, .. }
            if line.share.as_ref().is_some_and(|it| self.number(room, &it.key).is_none()));
        self.note(event);
        match event {
            Event::LineAdded { room, line, .. } if !line.own => {
                offered(room, line).into_iter().collect()
            }
            // It was told as browsers pass it on; now whoever shares it says what it is.
            Event::LineReplaced { room, line, .. } if is_other && !line.own => {
                offered(room, line).into_iter().collect()
            }
            Event::TransferChanged { transfer } => self.moved(transfer).into_iter().collect(),
            Event::TransferGone { room, key } => {
                self.gone(room, key);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn moved(&mut self, it: &Transfer) -> Option<Value> {
        if self.left.contains(&it.room) {
            return None;
        }
        let place = (it.room.clone(), it.key.clone());
        let number = self.number(&it.room, &it.key);
        let moving = Moving::of(it, Instant::now());
        let before = self.moving.insert(place, moving).map(|it| it.state);
        let mut object = match it.state {
            TransferState::Fetching => json!({
                "kind": "fileProgress",
                "have": it.have,
                "total": it.total,
                "speed": it.speed,
                "peers": it.peers,
            }),
            TransferState::Done if before != Some(it.state) && !it.own => json!({
                "kind": "fileDone",
                "paths": kept(it),
            }),
            TransferState::Failed if before != Some(it.state) => json!({
                "kind": "fileFailed",
                "own": it.own,
                "reason": it.reason,
            }),
            _ => return None,
        };
        object["n"] = json!(number);
        object["room"] = json!(it.room);
        object["key"] = json!(it.key);
        Some(object)
    }

    fn forget_the_first(&mut self) {
        if self.numbers.len() <= MAX_NUMBERS {
            return;
        }
        let first = self.numbers.iter().min_by_key(|(_, number)| **number);
        if let Some(place) = first.map(|(place, _)| place.clone()) {
            self.numbers.remove(&place);
        }
    }
}

impl Moving {
    fn of(it: &Transfer, told: Instant) -> Self {
        Self {
            name: it.name.clone(),
            own: it.own,
            state: it.state,
            is_stalled: it.stalled,
            told,
        }
    }
}

fn is_coming(state: TransferState) -> bool {
    matches!(state, TransferState::Waiting | TransferState::Fetching)
}

fn offered(room: &str, line: &Line) -> Option<Value> {
    let share = line.share.as_ref()?;
    Some(json!({
        "kind": "fileOffered",
        "n": line.key,
        "room": room,
        "line": line.key,
        "author": line.author,
        "share": share_object(share),
    }))
}

/// What is shared, for programs. Its picture stands in its line, and is long.
pub(crate) fn share_object(share: &Share) -> Value {
    let mut object = json!(share);
    if let Some(object) = object.as_object_mut() {
        object.remove("thumbnail");
    }
    object
}

/// What is shared: its name and size. Clean.
pub(crate) fn share_text(share: &Share) -> String {
    known_text(share, share.files, share.size)
}

/// The same, with what is known since it is fetched.
pub(crate) fn fetched_text(share: &Share, transfer: &Transfer) -> String {
    let files = u32::try_from(transfer.files.len()).ok();
    let files = share.files.or(files.filter(|files| *files > 0));
    known_text(share, files, share.size.or(transfer.total))
}

fn known_text(share: &Share, files: Option<u32>, bytes: Option<u64>) -> String {
    let name = name(&share.name);
    let what = match (share.kind, files) {
        (ShareKind::Folder, Some(1)) => format!("{name}/ (1 file)"),
        (ShareKind::Folder, Some(files)) => format!("{name}/ ({files} files)"),
        (ShareKind::Folder, None) => format!("{name}/"),
        (_, Some(files)) if files > 1 => format!("{files} files: {name}, …"),
        _ => name,
    };
    let bytes = match (files, bytes) {
        (_, Some(bytes)) => Some(size(bytes)),
        // What a browser shares may be several files, of which it tells the first name.
        (None, None) => Some("how much it is shows once it is fetched".to_owned()),
        (Some(_), None) => None,
    };
    let parts: Vec<String> = [what].into_iter().chain(bytes).collect();
    parts.join(" · ")
}

/// What can be done about it, or why nothing can.
pub(crate) fn share_hint(share: &Share, own: bool, number: u64) -> String {
    if share.withdrawn {
        "taken back".to_owned()
    } else if own {
        format!("/unshare {number}")
    } else if share.gone {
        "nobody who has it is here".to_owned()
    } else {
        format!("/get {number}")
    }
}

/// Who has all of it beside whoever shares it, or in their stead. Clean.
pub(crate) fn holders_text(share: &Share, author: &str) -> Option<String> {
    let others = share.holders.iter().filter(|it| *it != author);
    let mut names: Vec<String> = others.map(|it| clean::line(it)).collect();
    let at = match names.len() == share.holders.len() && !names.is_empty() {
        true => "at",
        false => "also at",
    };
    let hidden = names.len().saturating_sub(MAX_HOLDERS);
    names.truncate(MAX_HOLDERS);
    let more = u64::from(share.more_holders) + hidden as u64;
    let names = names.join(", ");
    match (names.is_empty(), more) {
        (true, 0) => None,
        (true, more) => Some(format!("{at} {more} others")),
        (false, 0) => Some(format!("{at} {names}")),
        (false, more) => Some(format!("{at} {names} and {more} more")),
    }
}

/// How far a transfer is, for a list of them. Clean.
pub(crate) fn transfer_text(it: &Transfer) -> String {
    match it.state {
        TransferState::Preparing => format!("being read: {}", progress(it)),
        TransferState::Waiting if it.stalled => "waiting for somebody who has it".to_owned(),
        TransferState::Waiting => "waiting to begin".to_owned(),
        TransferState::Fetching if it.stalled => {
            format!("{}, waiting for somebody who has it", progress(it))
        }
        TransferState::Fetching => progress(it),
        TransferState::Paused => format!("paused at {}", progress(it)),
        TransferState::Saving => "being saved".to_owned(),
        TransferState::Done => match arrived(it) {
            Some(path) => format!("here: {path}"),
            None => "here".to_owned(),
        },
        TransferState::Failed => format!("failed: {}", fault_text(it.reason.as_ref())),
        TransferState::Giving => match (it.peers, it.speed) {
            (0, _) => "given to whoever wants it".to_owned(),
            (peers, speed) => format!("given to {peers}, {}", rate(speed)),
        },
        TransferState::Withdrawn => match came_in_vain(it) {
            Some(came) => format!("taken back; {came}"),
            None => "taken back".to_owned(),
        },
    }
}

fn at_once(command: &str) -> &'static str {
    if command.is_empty() {
        ""
    } else {
        " does it at once"
    }
}

/// What becomes of what came of something before it was taken back.
fn came_in_vain(it: &Transfer) -> Option<String> {
    (!it.own && it.have > 0 && it.folder.is_some()).then(|| {
        format!(
            "the {} that came are thrown away when you leave the room or end the program",
            size(it.have)
        )
    })
}

/// What moves right now, for one row. Clean.
pub(crate) fn moving_text<'a>(transfers: impl Iterator<Item = &'a Transfer>) -> Option<String> {
    let mut coming: Vec<&Transfer> = Vec::new();
    let (mut given, mut takers) = (0_u64, 0_u32);
    for it in transfers {
        match it.state {
            TransferState::Fetching | TransferState::Saving => coming.push(it),
            TransferState::Giving if it.peers > 0 => {
                given = given.saturating_add(it.speed);
                takers = takers.saturating_add(it.peers);
            }
            _ => {}
        }
    }
    let mut parts = Vec::new();
    match &coming[..] {
        [] => {}
        [one] => parts.push(format!("↓ {} {}", short(&one.name), progress(one))),
        several => {
            let speed = several
                .iter()
                .map(|it| it.speed)
                .fold(0, u64::saturating_add);
            parts.push(format!("↓ {} at {}", several.len(), rate(speed)));
        }
    }
    if takers > 0 {
        parts.push(format!("↑ to {takers} at {}", rate(given)));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Why it failed.
pub(crate) fn fault_text(fault: Option<&TransferFault>) -> String {
    match fault {
        Some(TransferFault::NoRoom {
            needed,
            spare,
            free,
        }) => format!(
            "it takes {}, {} must stay free besides, and {} are free there",
            size(*needed),
            size(*spare),
            size(*free)
        ),
        Some(TransferFault::TooLarge) => "it is more than can be shared".to_owned(),
        Some(TransferFault::TooLargeToShow) => "it is too large to be shown unsaved".to_owned(),
        Some(TransferFault::BadName) => "it has a name that nothing may have".to_owned(),
        Some(TransferFault::WrongHash) => "what came is not what was promised".to_owned(),
        Some(TransferFault::NotAsOffered) => {
            "it has other names, another size or another number of files than was told".to_owned()
        }
        Some(TransferFault::CannotWrite) => "the folder cannot be written to".to_owned(),
        Some(TransferFault::CannotRead) => "it cannot be read".to_owned(),
        Some(TransferFault::Changed) => "it is not what it was when it was shared".to_owned(),
        Some(TransferFault::NoLongerThere) => "it is not there any more".to_owned(),
        Some(TransferFault::Refused) => "nobody who has it gives it".to_owned(),
        Some(TransferFault::NobodyAnswers) => "nobody who has it answers".to_owned(),
        Some(TransferFault::CannotOpen) => {
            "it is locked with another key than this room's".to_owned()
        }
        Some(TransferFault::CalledOff) => "it was called off".to_owned(),
        None => "nobody can tell why".to_owned(),
    }
}

/// How many bytes, as people say it, and as the window does: rounded, in steps of a thousand.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return match bytes {
            1 => "1 byte".to_owned(),
            bytes => format!("{bytes} bytes"),
        };
    }
    let mut of_unit = 1000_u128;
    let mut unit = 0;
    // What rounds to a thousand is one of the next.
    while u128::from(bytes) + of_unit / 2 >= 1000 * of_unit && unit + 1 < UNITS.len() {
        of_unit *= 1000;
        unit += 1;
    }
    let rounded = |parts: u128| (2 * parts * u128::from(bytes) + of_unit) / (2 * of_unit);
    let unit = UNITS.get(unit).copied().unwrap_or_default();
    match rounded(10) {
        tenths @ 0..100 if tenths % 10 > 0 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", rounded(1)),
    }
}

/// How far it is, how fast, and how long it takes.
fn progress(it: &Transfer) -> String {
    let mut parts = vec![match it.total {
        Some(0) => size(0),
        Some(total) => {
            let percent = u128::from(it.have.min(total)) * 100 / u128::from(total);
            format!("{percent} %")
        }
        None => size(it.have),
    }];
    if it.state == TransferState::Fetching && it.speed > 0 {
        parts.push(rate(it.speed));
        parts.extend(it.left_ms.map(left));
    }
    parts.join(", ")
}

fn rate(bytes: u64) -> String {
    format!("{}/s", size(bytes))
}

fn left(left_ms: u64) -> String {
    match left_ms.div_ceil(1000) {
        seconds @ 0..100 => format!("{seconds} s left"),
        seconds @ 100..6000 => format!("{} min left", seconds.div_ceil(60)),
        seconds => format!("{} h left", seconds.div_ceil(3600)),
    }
}

fn in_all(total: Option<u64>) -> String {
    total.map_or_else(String::new, |total| format!(" ({})", size(total)))
}

/// Where all of it is: the file, or the folder that was made of it, or the folder it lies in.
fn arrived(it: &Transfer) -> Option<String> {
    let folder = Path::new(it.folder.as_ref()?);
    let mut tops: Vec<&str> = it
        .files
        .iter()
        .filter_map(|file| file.path_shown.as_deref())
        .filter_map(|path| path.split(['/', std::path::MAIN_SEPARATOR]).next())
        .collect();
    tops.dedup();
    Some(paths::shown(&match tops[..] {
        [one] => folder.join(one),
        _ => folder.to_owned(),
    }))
}

/// Where each file of it is.
fn kept(it: &Transfer) -> Vec<String> {
    let Some(folder) = it.folder.as_ref().map(Path::new) else {
        return Vec::new();
    };
    it.files
        .iter()
        .filter_map(|file| file.path_shown.as_ref())
        .map(|path| folder.join(path).to_string_lossy().into_owned())
        .collect()
}

fn name(name: &str) -> String {
    clean::line(name)
}

/// Characters of a name where there is little place.
const MAX_SHORT: usize = 24;

fn short(name: &str) -> String {
    let name = clean::line(name);
    match name.char_indices().nth(MAX_SHORT) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name,
    }
}
