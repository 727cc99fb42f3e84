//! Shares files, and fetches what others share.

use std::path::PathBuf;
use std::time::Duration;

use directories::UserDirs;
use node::{Subscription, Told};
use room::{Entry, Event, Line, RoomKey, ShareKey};
use serde_json::{Value, json};
use view::{FilesEvent, Transfer, TransferState};

use super::{Answer, At, Commands, Fault, Outcome};
use crate::typed::Move;
use crate::{clean, paths, story};

/// How long it may take until something that was asked for moves.
const BEGINNING: Duration = Duration::from_secs(3);

/// A line that shares something.
struct Shared {
    room: RoomKey,
    key: ShareKey,
    line: view::Line,
    share: view::Share,
}

impl Commands {
    /// Shares what lies at these paths, as one.
    pub(super) async fn file(&self, room: &RoomKey, typed: &str, at: &At) -> Result<(), Fault> {
        if let At::Talk(_, Some(_)) = at {
            return Err(Fault::Why(
                "not done: files are shared with a whole room; /switch or Tab goes there"
                    .to_owned(),
            ));
        }
        let paths = paths::several(typed);
        for path in &paths {
            if let Err(reason) = std::fs::metadata(path) {
                let shown = paths::shown(path);
                return Err(Fault::Why(format!("not done: {shown}: {reason}")));
            }
        }
        self.node.share(room, paths).await?;
        Ok(())
    }

    /// Fetches what a line shares, or goes on with it.
    pub(super) async fn get(&self, number: u64, folder: Option<String>) -> Result<(), Fault> {
        let it = self.shared(number).await?;
        let (room, key) = (&it.room, &it.key);
        if it.line.own {
            return Err(Fault::Why("not done: it is you who shares that".to_owned()));
        }
        let (_, told) = self.node.subscribe().await?;
        match self.transfer(&it).await?.map(|it| (it.state, it)) {
            Some((TransferState::Paused, _)) => self.node.resume(room, key).await?,
            Some((TransferState::Failed, _)) if folder.is_none() => {
                self.node.retry(room, key).await?;
            }
            None | Some((TransferState::Failed | TransferState::Withdrawn, _)) => {
                let into = self.folder(folder).await?;
                self.node.fetch(room, key, Some(into)).await?;
            }
            Some((_, transfer)) => {
                let state = story::transfer_text(&transfer);
                return Err(Fault::Why(format!(
                    "not done: it was asked for already ({state}); /cancel {number} forgets that"
                )));
            }
        }
        has_begun(&it, told).await;
        Ok(())
    }

    /// Takes back, stops, goes on with or throws away.
    pub(super) async fn move_files(&self, what: Move, number: u64) -> Result<(), Fault> {
        let it = self.shared(number).await?;
        let transfer = self.transfer(&it).await?;
        if let Some(why) = why_not(what, it.line.own, transfer.as_ref()) {
            return Err(Fault::Why(format!("not done: {why}")));
        }
        match what {
            Move::Unshare => self.node.unshare(&it.room, &it.key).await?,
            Move::Pause => self.node.pause(&it.room, &it.key).await?,
            Move::Resume => self.node.resume(&it.room, &it.key).await?,
            Move::Cancel => self.node.cancel(&it.room, &it.key).await?,
        }
        Ok(())
    }

    /// All that is shared, and how far it is.
    pub(super) async fn files(&self) -> Result<Outcome, Fault> {
        let shared = self.all_shared().await?;
        let transfers = self.node.files().await?;
        let (mut rows, mut objects) = (Vec::new(), Vec::new());
        for it in &shared {
            let transfer = transfers.iter().find(|transfer| it.is(transfer));
            if it.share.withdrawn && transfer.is_none() {
                continue;
            }
            rows.push(row(it, transfer));
            objects.push(object(it, transfer));
        }
        // What is read before it is shared has no line yet.
        for transfer in &transfers {
            if !shared.iter().any(|it| it.is(transfer)) {
                let name = clean::line(&transfer.name);
                rows.push(format!("{name} — {}", story::transfer_text(transfer)));
                objects.push(json!({ "room": transfer.room, "transfer": transfer }));
            }
        }
        if rows.is_empty() {
            rows.push("Nothing is shared here. /file PATH shares something.".to_owned());
        }
        let object = json!({ "kind": "files", "files": objects });
        Ok(Outcome::Answer(Answer::of(rows, Some(object))))
    }

    /// The line of that number, if it shares something.
    async fn shared(&self, number: u64) -> Result<Shared, Fault> {
        let all = self.all_shared().await?;
        let found = all.into_iter().find(|it| it.line.key == number);
        found.ok_or_else(|| {
            Fault::Why(format!(
                "not done: line {number} shares nothing; /files tells what is shared"
            ))
        })
    }

    async fn all_shared(&self) -> Result<Vec<Shared>, Fault> {
        let rooms = self.snapshot().await?.rooms;
        let lines = rooms.into_iter().flat_map(|it| {
            let room = it.room;
            it.entries.into_iter().filter_map(move |entry| match entry {
                Entry::Line(line) => Shared::of(&room, line),
                Entry::Notice(_) => None,
            })
        });
        Ok(lines.collect())
    }

    async fn transfer(&self, of: &Shared) -> Result<Option<Transfer>, Fault> {
        let all = self.node.files().await?;
        Ok(all.into_iter().find(|it| of.is(it)))
    }

    /// Where files go: where it was said, or where they always do.
    async fn folder(&self, typed: Option<String>) -> Result<PathBuf, Fault> {
        let folder = match typed {
            Some(typed) => paths::one(&typed),
            None => match &self.manners.downloads {
                Some(folder) => folder.clone(),
                None => self.usual_folder().await?,
            },
        };
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        if !folder.is_dir() {
            let shown = paths::shown(&folder);
            return Err(Fault::Why(format!("not done: there is no folder {shown}")));
        }
        Ok(folder)
    }

    async fn usual_folder(&self) -> Result<PathBuf, Fault> {
        if let Some(folder) = self.node.settings().await?.downloads {
            return Ok(PathBuf::from(folder));
        }
        let systems = UserDirs::new().and_then(|it| Some(it.download_dir()?.to_owned()));
        let systems = systems.filter(|folder| folder.is_dir());
        Ok(systems.unwrap_or_else(|| PathBuf::from(".")))
    }
}

impl Shared {
    fn of(room: &RoomKey, line: Line) -> Option<Self> {
        let key = line.share.as_ref()?.key;
        let event = view::project(Event::LineAdded {
            room: room.clone(),
            with: None,
            line,
        });
        let view::Event::LineAdded { line, .. } = event else {
            return None;
        };
        let share = line.share.clone()?;
        Some(Self {
            room: room.clone(),
            key,
            line,
            share,
        })
    }

    fn is(&self, transfer: &Transfer) -> bool {
        transfer.room == self.room.as_str() && transfer.key == self.share.key
    }
}

/// Waits until it is told that something moves, so that nobody leaves before that by mistake.
async fn has_begun(it: &Shared, mut told: Subscription) {
    let begun = async {
        while let Some(event) = told.next().await {
            if matches!(event, Told::Files(FilesEvent::TransferChanged { transfer }) if it.is(&transfer))
            {
                return;
            }
        }
    };
    // What is refused only later is told later.
    let _ = tokio::time::timeout(BEGINNING, begun).await;
}

/// Why it cannot be moved like this, if it cannot.
fn why_not(what: Move, own: bool, transfer: Option<&Transfer>) -> Option<String> {
    let why = match (what, own) {
        (Move::Unshare, false) => "it is not you who shares that",
        (Move::Cancel, true) => "it is you who shares that; /unshare takes it back",
        (Move::Pause | Move::Resume, true) => "it is you who shares that",
        (Move::Unshare, true) | (Move::Cancel, false) => return None,
        (Move::Pause | Move::Resume, false) => {
            let Some(transfer) = transfer else {
                return Some("it is not being fetched".to_owned());
            };
            let state = story::transfer_text(transfer);
            let can = match transfer.state {
                TransferState::Waiting | TransferState::Fetching => what == Move::Pause,
                TransferState::Paused => what == Move::Resume,
                _ => false,
            };
            let word = match what {
                Move::Pause => "paused",
                _ => "gone on with",
            };
            return (!can).then(|| format!("that cannot be {word} now ({state})"));
        }
    };
    Some(why.to_owned())
}

fn row(it: &Shared, transfer: Option<&Transfer>) -> String {
    let (line, share) = (&it.line, &it.share);
    let whose = match line.own {
        true => "shared by you".to_owned(),
        false => format!("from {}", clean::line(&line.author)),
    };
    let state = match transfer {
        Some(transfer) => story::transfer_text(transfer),
        None => story::share_hint(share, line.own, line.key),
    };
    let what = match transfer {
        Some(transfer) => story::fetched_text(share, transfer),
        None => story::share_text(share),
    };
    format!("[{}] {what} · {whose} — {state}", line.key)
}

fn object(it: &Shared, transfer: Option<&Transfer>) -> Value {
    json!({
        "n": it.line.key,
        "room": it.room.as_str(),
        "own": it.line.own,
        "author": it.line.author,
        "share": story::share_object(&it.share),
        "transfer": transfer,
    })
}
