//! What a typed line does: the same for lines that come through a pipe and for the full screen.
//!
//! | module | what it does |
//! |---|---|
//! | `lines` | says, answers, changes and finds lines |
//! | `files` | shares files, and fetches what others share |
//! | `people` | who is meant by a name; muting and blocking |
//! | `rooms` | enters, leaves, pins and shares rooms |
//! | `profile` | takes the person to a file and back |
//! | `settings` | shows and changes what the person chose |
//! | `doctor` | why someone is or is not reachable |
//! | `trial` | whether a tracker or server works |
//! | `code` | a QR code, drawn with characters |

mod code;
mod doctor;
mod files;
mod lines;
mod people;
mod profile;
mod rooms;
mod settings;
mod trial;

use std::collections::BTreeSet;
use std::path::PathBuf;

use node::Node;
use room::{PersonId, Refusal, RoomKey, RoomSnapshot, Snapshot};
use serde_json::Value;
use time::UtcOffset;

use crate::clean;
use crate::passphrase::{Passphrase, Secret};
use crate::story;
use crate::typed::{HELP, Typed};

/// Where a line was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Where all talks are one stream; what is said goes to the room the person is in.
    Everywhere,
    /// In a room, or in a private talk with someone there.
    Talk(RoomKey, Option<PersonId>),
}

/// What came of a line.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// The person wants to go.
    Leave,
    /// The same, with words that are left to be said. Clean.
    Over(Answer),
    /// The person asked something.
    Answer(Answer),
    /// The person has to be asked something first, which nobody is to see.
    Ask(Question),
    /// Nothing was done, and why.
    Refused(String),
}

/// What a question is answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people. Clean.
    pub(crate) rows: Vec<String>,
    /// Whether the rows are a picture: neither broken nor moved.
    pub(crate) is_picture: bool,
    /// For programs, where there is something for them.
    pub(crate) object: Option<Value>,
    /// The room the person is in from now on, where it is another one.
    pub(crate) goes_to: Option<RoomKey>,
}

/// What the person is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// The question. Clean.
    pub(crate) words: String,
    /// What is done with the answer.
    pub(crate) then: Then,
}

/// What waits for a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Enter the private room that is meant by these words.
    Join(String),
    /// Write the person down, locked; first it is asked for again.
    Export(std::path::PathBuf),
    /// The same, once both are the same.
    ExportAgain(std::path::PathBuf, Secret),
    /// Become the person of a file.
    Import(Secret),
}

/// What the command line said that goes for later commands too.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    /// The hour here.
    pub(crate) offset: UtcOffset,
    /// Where a passphrase comes from, where nobody is asked.
    pub(crate) passphrase: Passphrase,
    /// Whether there is somebody to be asked.
    pub(crate) can_ask: bool,
    /// Whether the trackers were named once and for all.
    pub(crate) own_trackers: bool,
    /// Whether the person is kept in a file.
    pub(crate) is_kept: bool,
    /// The folder that fetched files go to.
    pub(crate) downloads: Option<PathBuf>,
}

/// Carries out what is typed.
pub(crate) struct Commands {
    node: Node,
    /// The room that lines go to which were typed nowhere else.
    current: RoomKey,
    /// Where somebody was waited for in vain.
    searched: BTreeSet<RoomKey>,
    manners: Manners,
}

impl Commands {
    pub(crate) fn new(node: Node, room: RoomKey, manners: Manners) -> Self {
        Self {
            node,
            current: room,
            searched: BTreeSet::new(),
            manners,
        }
    }

    /// Does what a line asks for.
    ///
    /// # Errors
    /// Only [`Refusal::Stopped`]: any other refusal concerns one line, and the next may be better.
    pub(crate) async fn take(&mut self, line: &str, at: &At) -> Result<Outcome, Refusal> {
        let done = self.carry_out(Typed::read(line), at).await;
        told(done)
    }

    /// Goes on with what was asked for. Without an answer nothing is done.
    ///
    /// # Errors
    /// Only [`Refusal::Stopped`].
    pub(crate) async fn answered(
        &mut self,
        then: Then,
        answer: Option<Secret>,
    ) -> Result<Outcome, Refusal> {
        let done = match answer.filter(|it| !it.is_empty()) {
            None => Err(Fault::Why("not done".to_owned())),
            Some(secret) => match then {
                Then::Join(place) => self.join(&place, Some(secret)).await,
                Then::Export(path) => Ok(Self::ask_again(path, secret)),
                Then::ExportAgain(path, first) if first == secret => {
                    self.export(&path, Some(secret)).await
                }
                Then::ExportAgain(..) => Err(Fault::Why(
                    "not done: the two passphrases are not the same".to_owned(),
                )),
                Then::Import(text) => self.import(&text, Some(secret)).await,
            },
        };
        told(done)
    }

    async fn carry_out(&mut self, typed: Typed, at: &At) -> Result<Outcome, Fault> {
        let room = match at {
            At::Everywhere => self.current.clone(),
            At::Talk(room, _) => room.clone(),
        };
        match typed {
            Typed::Nothing => {}
            Typed::Say(text) => {
                let with = match at {
                    At::Everywhere => None,
                    At::Talk(_, with) => with.clone(),
                };
                self.say(&room, with, text, None).await?;
            }
            Typed::SayTo(words) => self.say_to(&room, &words).await?,
            Typed::Reply(key, text) => self.reply(key, text).await?,
            Typed::Edit(key, text) => {
                let (room, key) = self.own_line(key, &room, at).await?;
                self.node.edit(&room, key, text).await?;
            }
            Typed::Delete(key) => {
                let (room, key) = self.own_line(key, &room, at).await?;
                self.node.delete(&room, key).await?;
            }
            Typed::Resend(key) => {
                let (room, key) = self.own_line(key, &room, at).await?;
                self.node.resend(&room, key).await?;
            }
            Typed::React(key, emoji) => self.react(key, &emoji).await?,
            Typed::Search(words) => return self.search(&room, words).await,
            Typed::Lines(count) => return self.lines(&room, count, at).await,
            Typed::Show(key) => return self.show(key).await,
            Typed::Judge(standing, name) => return self.judge(&room, standing, &name).await,
            Typed::Retry => return self.retry().await,
            Typed::Unknow(name) => return self.unknow(&room, &name).await,
            Typed::Rules(change) => return self.rules(&room, change).await,
            Typed::Quiet(change) => return self.quiet(&room, change).await,
            Typed::Peers => {
                let room = self.look(&room).await?;
                return Ok(answer(story::who_is_here(&room.peers)));
            }
            Typed::Who => return self.who(&room).await,
            Typed::Link { secret } => return self.link(&room, secret).await,
            Typed::Qr { secret } => return self.qr(&room, secret).await,
            Typed::Doctor => return self.doctor().await,
            Typed::Test(url) => return self.test(&url).await,
            Typed::OpenQr(path) => return self.open_qr(&path).await,
            Typed::Forget { confirmed } => return self.forget(confirmed).await,
            Typed::Name => return self.name().await,
            Typed::Rename(name) => self.node.rename(name).await?,
            Typed::Join(place, password) => {
                return self.join(&place, password.map(Secret::from)).await;
            }
            Typed::Rooms => return self.rooms(&room).await,
            Typed::Switch(which) => return self.switch(&which).await,
            Typed::Pin => return self.pin(&room).await,
            Typed::Unpin(number) => return self.unpin(&room, number).await,
            Typed::Pinned(number) => return self.pinned(number).await,
            Typed::Export { path, locked } => return self.begin_export(&path, locked).await,
            Typed::Import(path) => return self.begin_import(&path).await,
            Typed::Rejoin => return self.rejoin(&room).await,
            Typed::Settings(change) => return self.settings(change).await,
            Typed::File(paths) => self.file(&room, &paths, at).await?,
            Typed::Files => return self.files().await,
            Typed::Get(line, folder) => self.get(line, folder).await?,
            Typed::Move(what, line) => self.move_files(what, line).await?,
            Typed::Leave => return self.leave(&room).await,
            Typed::Help => return Ok(answer(HELP.lines().map(str::to_owned).collect())),
            Typed::Incomplete(usage) => {
                return Err(Fault::Why(format!("not done: write {usage} (see /help)")));
            }
            Typed::Unknown(word) => {
                return Err(Fault::Why(format!(
                    "not sent: there is no /{}; a line that begins with / is said with // ; see \
                     /help",
                    clean::line(&word)
                )));
            }
        }
        Ok(Outcome::Done)
    }

    async fn look(&self, room: &RoomKey) -> Result<RoomSnapshot, Fault> {
        let snapshot = self.snapshot().await?;
        Ok(room_of(&snapshot, room)?.clone())
    }

    async fn snapshot(&self) -> Result<Snapshot, Refusal> {
        self.node
            .subscribe()
            .await
            .map(|(present, _)| present.rooms)
    }
}

fn told(done: Result<Outcome, Fault>) -> Result<Outcome, Refusal> {
    match done {
        Err(Fault::Why(why)) => Ok(Outcome::Refused(why)),
        Err(Fault::Refusal(Refusal::Stopped)) => Err(Refusal::Stopped),
        Err(Fault::Refusal(refusal)) => Ok(Outcome::Refused(format!("not sent: {refusal}"))),
        Ok(outcome) => Ok(outcome),
    }
}

fn answer(rows: Vec<String>) -> Outcome {
    Outcome::Answer(Answer::of(rows, None))
}

impl Answer {
    fn of(rows: Vec<String>, object: Option<Value>) -> Self {
        Self {
            rows,
            is_picture: false,
            object,
            goes_to: None,
        }
    }
}

/// Why nothing was done.
#[derive(Debug)]
enum Fault {
    Refusal(Refusal),
    Why(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<view::Refusal> for Fault {
    fn from(refusal: view::Refusal) -> Self {
        match refusal {
            view::Refusal::Stopped => Self::Refusal(Refusal::Stopped),
            refusal => Self::Why(format!("not done: {refusal}")),
        }
    }
}

fn room_of<'a>(snapshot: &'a Snapshot, room: &RoomKey) -> Result<&'a RoomSnapshot, Refusal> {
    let mut rooms = snapshot.rooms.iter();
    rooms.find(|it| it.room == *room).ok_or(Refusal::NotJoined)
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
