//! What is said where the person does not look, as a notification of the desktop.
//!
//! It tells who spoke and in which room, and what they said only if the person asked for it:
//! we write nothing to the disk, but a desktop may keep a list of all it showed. That is why the
//! setting is off unless it is chosen.
//!
//! A room that is muted tells only of lines that name the person; a private talk is about its
//! person, who can be muted themselves, and tells of every line, as the sound does.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use node::{Node, Subscription, Told};
use room::{Event, Line, PersonId, RoomKey, Snapshot};
use tauri::async_runtime::{self, JoinHandle};
use tauri::{AppHandle, Manager};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::timeout;
use view::{FilesEvent, Language, Settings, Transfer, TransferState};

use crate::desktop::{self, Desktop, Order, Place, Shown};
use crate::language;
use crate::window::{self, Audience};

/// How much of a message a notification shows, in characters.
const MAX_BODY_CHARS: usize = 200;

/// How long a place that was just told of is not told of again: the notification is still there.
const PAUSE: Duration = Duration::from_secs(5);

/// How many places can be told of in one go, and how soon one more can.
const BURST: u32 = 6;
const REFILL: Duration = Duration::from_secs(1);

/// How long the window waits for the page to know where to go.
const PROMPTLY: Duration = Duration::from_secs(3);

/// What is being fetched and remembered, to tell of its end; no node fetches more at once.
const MAX_FETCHING: usize = 1_024;

/// Orders that wait for the desktop; they come at the pace of [`REFILL`] and of a person.
const MAX_WAITING: usize = 64;

/// What the person looks at, and the task that tells them of the rest.
#[derive(Default)]
pub(crate) struct Notices {
    seen: watch::Sender<Option<Place>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Notices {
    /// Notes what the person has before their eyes; nothing while the window is not in front.
    pub(crate) fn look(&self, place: Option<Place>) {
        self.seen.send_replace(place);
    }

    /// Waits until what was shown is taken away, once the node has stopped.
    pub(crate) async fn ended(&self) {
        if let Some(task) = self.task.lock().await.take() {
            drop(task.await);
        }
    }
}

/// Tells of what is said in a node's rooms until it stops.
pub(crate) fn begin(app: &AppHandle, node: &Node) {
    let notices = app.state::<Notices>();
    let seen = notices.seen.subscribe();
    let (app, node) = (app.clone(), node.clone());
    let task = async_runtime::spawn(async move {
        let Ok((present, happening)) = node.subscribe().await else {
            return;
        };
        let (orders, ordered) = mpsc::channel(MAX_WAITING);
        let showing = desktop::serve(Desktop::new(), ordered, move |place| go(&app, place));
        tokio::join!(
            showing,
            listen(&node, Ear::new(present.rooms), happening, seen, orders)
        );
    });
    if let Ok(mut place) = notices.task.try_lock() {
        *place = Some(task);
    }
}

/// Brings the window to the front, and a place in it.
fn go(app: &AppHandle, (room, with): Place) {
    let told = app.state::<Audience>().tell(view::Event::PlaceOpened {
        room: room.to_string(),
        with: with.map(|it| it.to_string()),
    });
    let app = app.clone();
    async_runtime::spawn(async move {
        // What the window showed last is not to count as looked at.
        let _ = timeout(PROMPTLY, told).await;
        window::show(&app);
    });
}

/// Carries from the node to the desktop. It waits for neither: a node whose listener is slow takes
/// no more from its peers.
async fn listen(
    node: &Node,
    mut ear: Ear,
    mut happening: Subscription,
    mut seen: watch::Receiver<Option<Place>>,
    orders: mpsc::Sender<Order>,
) {
    let system = language::of_the_system();
    loop {
        let order = tokio::select! {
            told = happening.next() => {
                let Some(told) = told else { return };
                let looked = seen.borrow().clone();
                let heard = match told {
                    Told::Room(event) => ear.hear(event, looked.as_ref(), Instant::now()),
                    Told::Files(event) => ear.files(event, looked.as_ref(), Instant::now()),
                };
                match heard {
                    Some(Heard::News(news)) => match node.settings().await {
                        Ok(settings) => news.worded(&settings, system).map(Order::Show),
                        Err(_) => return,
                    },
                    Some(Heard::Left(room)) => Some(Order::Left(room)),
                    None => None,
                }
            }
            Ok(()) = seen.changed() => seen.borrow_and_update().clone().map(Order::Looked),
        };
        if let Some(order) = order {
            // In excess only where the desktop does not answer; then it shows nothing anyway.
            let _ = orders.try_send(order);
        }
    }
}

/// What is known of the rooms, to tell what is worth a notification.
struct Ear {
    rooms: HashMap<RoomKey, Known>,
    /// What is being fetched into a folder, by room and key.
    fetching: HashSet<(String, String)>,
    /// When a place was told of last; those it was long ago for are forgotten.
    told: HashMap<Place, Instant>,
    /// How many notifications there may be now, and since when.
    left: u32,
    filled: Option<Instant>,
}

struct Known {
    name: String,
    muted: bool,
}

/// Something to pass on.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    News(News),
    Left(RoomKey),
}

/// Something the person should hear of.
#[derive(Debug, PartialEq, Eq)]
struct News {
    place: Place,
    room_name: String,
    what: What,
    /// What was said, or what the files are called.
    text: String,
}

/// What happened.
#[derive(Debug, PartialEq, Eq)]
enum What {
    /// Somebody said something.
    Said { author: String },
    /// Somebody offers files.
    Offered { author: String },
    /// What was fetched is here.
    Fetched,
    /// It did not come.
    Failed,
}

impl Ear {
    fn new(present: Snapshot) -> Self {
        let rooms = present.rooms.into_iter().map(|it| {
            let known = Known {
                name: it.address.name.as_str().to_owned(),
                muted: it.muted,
            };
            (it.room, known)
        });
        Self {
            rooms: rooms.collect(),
            fetching: HashSet::new(),
            told: HashMap::new(),
            left: BURST,
            filled: None,
        }
    }

    /// What was fetched is told of once it is here, or will not come. The person asked for it, so
    /// a muted room makes no difference.
    fn files(&mut self, event: FilesEvent, seen: Option<&Place>, now: Instant) -> Option<Heard> {
        let transfer = match event {
            FilesEvent::TransferChanged { transfer } => transfer,
            FilesEvent::TransferGone { room, key } => {
                self.fetching.remove(&(room, key));
                return None;
            }
        };
        let Transfer {
            room, key, name, ..
        } = transfer;
        // What is only shown is seen when it is here.
        if transfer.own || transfer.folder.is_none() {
            return None;
        }
        let what = match transfer.state {
            TransferState::Done => What::Fetched,
            TransferState::Failed => What::Failed,
            _ => {
                if self.fetching.len() < MAX_FETCHING {
                    self.fetching.insert((room, key));
                }
                return None;
            }
        };
        let place = (RoomKey::from_text(&room), None);
        let room_name = self.rooms.get(&place.0)?.name.clone();
        let was_coming = self.fetching.remove(&(room, key));
        if !was_coming || seen == Some(&place) || !self.may_tell(None, now) {
            return None;
        }
        Some(Heard::News(News {
            place,
            room_name,
            what,
            text: name,
        }))
    }

    fn hear(&mut self, event: Event, seen: Option<&Place>, now: Instant) -> Option<Heard> {
        match event {
            Event::Joined { room, address, .. } => {
                let known = Known {
                    name: address.name.as_str().to_owned(),
                    muted: false,
                };
                self.rooms.insert(room, known);
                None
            }
            Event::RoomChanged { room, muted, .. } => {
                self.rooms.get_mut(&room)?.muted = muted;
                None
            }
            Event::Left { room } => {
                self.rooms.remove(&room);
                Some(Heard::Left(room))
            }
            Event::LineAdded { room, with, line } => {
                self.line(room, with, line, seen, now).map(Heard::News)
            }
            _ => None,
        }
    }

    fn line(
        &mut self,
        room: RoomKey,
        with: Option<PersonId>,
        line: Line,
        seen: Option<&Place>,
        now: Instant,
    ) -> Option<News> {
        let known = self.rooms.get(&room)?;
        let place = (room, with);
        if !is_news(&line, &place, known.muted, seen) {
            return None;
        }
        let room_name = known.name.clone();
        let author = line.author;
        let (what, text) = match line.share {
            Some(share) => (What::Offered { author }, share.name),
            None => (What::Said { author }, line.text),
        };
        self.may_tell(Some(&place), now).then_some(News {
            place,
            room_name,
            what,
            text,
        })
    }

    /// Whether there may be one more notification, about something said in a place or something
    /// else. It is counted.
    fn may_tell(&mut self, place: Option<&Place>, now: Instant) -> bool {
        self.told
            .retain(|_, told| now.saturating_duration_since(*told) < PAUSE);
        if place.is_some_and(|place| self.told.contains_key(place)) {
            return false;
        }
        let filled = *self.filled.get_or_insert(now);
        let periods = now.saturating_duration_since(filled).as_secs() / REFILL.as_secs();
        let periods = u32::try_from(periods).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(periods).min(BURST);
        if periods > 0 {
            self.filled = Some(now);
        }
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        if let Some(place) = place {
            self.told.insert(place.clone(), now);
        }
        true
    }
}

/// Whether a line is worth a notification, as far as the place and the line go.
fn is_news(line: &Line, place: &Place, muted: bool, seen: Option<&Place>) -> bool {
    let is_silenced = muted && place.1.is_none() && !line.mentions_me;
    !line.own && !line.backfilled && line.folded.is_none() && !is_silenced && seen != Some(place)
}

impl News {
    /// The notification, unless the person wants none.
    fn worded(self, settings: &Settings, system: Language) -> Option<Shown> {
        if !settings.notifications.on || settings.do_not_disturb {
            return None;
        }
        let words = words(language::chosen(settings, system));
        let said =
            Some(excerpt(&self.text)).filter(|it| settings.notifications.text && !it.is_empty());
        let word = match (&self.what, &self.place.1) {
            (What::Said { .. }, Some(_)) => words.private,
            (What::Said { .. }, None) => words.message,
            (What::Offered { .. }, _) => words.offered,
            (What::Fetched, _) => words.fetched,
            (What::Failed, _) => words.failed,
        };
        let room = wire::chat::clean_name(&self.room_name);
        Some(Shown {
            title: match &self.what {
                What::Said { author } | What::Offered { author } => {
                    format!("{} · {room}", wire::chat::clean_name(author))
                }
                What::Fetched | What::Failed => room,
            },
            body: match (said, &self.what) {
                (Some(said), What::Said { .. }) => said,
                (Some(name), _) => format!("{word}: {name}"),
                (None, _) => word.to_owned(),
            },
            open: words.open,
            place: self.place,
        })
    }
}

/// The beginning of a message as one line: as it was typed, without what cannot be seen or turns
/// text around.
fn excerpt(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|it| it.is_whitespace() || !is_hidden(*it))
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let mut line = words.join(" ");
    if line.chars().count() > MAX_BODY_CHARS {
        line = line.chars().take(MAX_BODY_CHARS - 1).collect();
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line
}

fn is_hidden(char: char) -> bool {
    // The rule for names decides, so that there is one list of such characters.
    wire::chat::clean_name(char.encode_utf8(&mut [0; 4])).is_empty()
}

/// What a notification says of itself.
struct Words {
    message: &'static str,
    private: &'static str,
    offered: &'static str,
    fetched: &'static str,
    failed: &'static str,
    open: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::Es => Words {
            message: "Mensaje nuevo",
            private: "Mensaje privado nuevo",
            offered: "Archivo nuevo",
            fetched: "Archivo guardado",
            failed: "Un archivo no ha llegado",
            open: "Abrir",
        },
        Language::En | Language::System => Words {
            message: "New message",
            private: "New private message",
            offered: "New file",
            fetched: "File saved",
            failed: "A file did not come",
            open: "Open",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::{Delivery, Fold, LineKey, Rules};
    use wire::{MessageId, PeerId, UserId};

    const HELLO: &str = "hello";

    fn room(name: &str) -> RoomKey {
        RoomKey::from_text(name)
    }

    fn hall() -> Place {
        (room("hall"), None)
    }

    fn ana() -> PersonId {
        PersonId::Profile(UserId::parse("ana").expect("a user id"))
    }

    fn ear(rooms: &[&str]) -> Ear {
        let known = |name: &&str| {
            let known = Known {
                name: (*name).to_owned(),
                muted: false,
            };
            (room(name), known)
        };
        Ear {
            rooms: rooms.iter().map(known).collect(),
            fetching: HashSet::new(),
            told: HashMap::new(),
            left: BURST,
            filled: None,
        }
    }

    fn line(text: &str) -> Line {
        Line {
            id: MessageId::parse("m-1").expect("an id"),
            peer_id: PeerId::parse("0123456789abcdefghij").expect("a peer id"),
            author: "Ana".to_owned(),
            author_id: None,
            text: text.to_owned(),
            time_sent: 0,
            time_received: 0,
            own: false,
            backfilled: false,
            misattributed: false,
            imitates: None,
            delivery: Delivery::default(),
            key: LineKey(1),
            reply: None,
            edited: false,
            deleted: false,
            reactions: Vec::new(),
            mentions: Vec::new(),
            mentions_me: false,
            folded: None,
            share: None,
            plain: false,
        }
    }

    fn said(place: &Place, line: Line) -> Event {
        Event::LineAdded {
            room: place.0.clone(),
            with: place.1.clone(),
            line,
        }
    }

    fn muting(muted: bool) -> Event {
        Event::RoomChanged {
            room: room("hall"),
            muted,
            rules: Rules::default(),
        }
    }

    /// Whether a line that is said in the hall, while the person looks at `seen`, is told of.
    fn is_told(line: Line, seen: Option<&Place>) -> bool {
        let heard = ear(&["hall"]).hear(said(&hall(), line), seen, Instant::now());
        matches!(heard, Some(Heard::News(_)))
    }

    fn news(place: Place, author: &str, text: &str) -> News {
        News {
            place,
            room_name: "hall".to_owned(),
            what: What::Said {
                author: author.to_owned(),
            },
            text: text.to_owned(),
        }
    }

    fn fetching(state: TransferState, folder: Option<&str>) -> FilesEvent {
        let transfer = Transfer {
            room: "hall".to_owned(),
            key: "ab".repeat(32),
            name: "film.mkv".to_owned(),
            kind: view::ShareKind::Video,
            own: false,
            state,
            have: 1,
            total: Some(2),
            speed: 0,
            left_ms: None,
            peers: 1,
            stalled: false,
            files: Vec::new(),
            folder: folder.map(str::to_owned),
            reason: None,
        };
        FilesEvent::TransferChanged { transfer }
    }

    #[test]
    fn the_end_of_what_is_fetched_is_told_once_to_whoever_looks_elsewhere() {
        let now = Instant::now();
        let home = Some("/home/ann");
        let mut ear = ear(&["hall"]);
        // What was here before one looks is not news.
        let told = |heard: Option<Heard>| match heard {
            Some(Heard::News(news)) => Some(news),
            _ => None,
        };
        assert_eq!(
            ear.files(fetching(TransferState::Done, home), None, now),
            None
        );
        for state in [TransferState::Waiting, TransferState::Fetching] {
            assert_eq!(ear.files(fetching(state, home), None, now), None);
        }
        let news = told(ear.files(fetching(TransferState::Done, home), None, now));
        let news = news.expect("it is told");
        assert_eq!(
            ear.files(fetching(TransferState::Done, home), None, now),
            None
        );
        let shown = news.worded(&Settings::default(), Language::En);
        let shown = shown.expect("a notification");
        assert_eq!(
            (shown.title.as_str(), shown.body.as_str()),
            ("hall", "File saved")
        );

        // At once after something that was said there, by name if that is wanted.
        ear.hear(said(&hall(), line(HELLO)), None, now);
        ear.files(fetching(TransferState::Fetching, home), None, now);
        let news = told(ear.files(fetching(TransferState::Failed, home), None, now));
        let shown = news.and_then(|it| it.worded(&with_text(), Language::En));
        let body = shown.expect("a notification").body;
        assert_eq!(body, "A file did not come: film.mkv");

        // Nor to whoever sees it, nor of what is only shown.
        for (folder, seen) in [(home, Some(hall())), (None, None)] {
            ear.files(fetching(TransferState::Fetching, folder), None, now);
            let done = fetching(TransferState::Done, folder);
            assert_eq!(ear.files(done, seen.as_ref(), now), None);
        }
    }

    #[test]
    fn files_that_are_offered_are_told_of_like_a_message() {
        let mut offered = line("");
        offered.share = Some(room::Share {
            key: room::ShareKey::parse(&"ab".repeat(32)).expect("a key"),
            name: "film.mkv".to_owned(),
            files: Some(1),
            size: Some(1),
            kind: room::ShareKind::Video,
            thumbnail: None,
            magnet: None,
            holders: Vec::new(),
            more_holders: 0,
            gone: false,
            withdrawn: false,
            inline: false,
        });
        let body = |settings: &Settings| {
            let heard = ear(&["hall"]).hear(said(&hall(), offered.clone()), None, Instant::now());
            let Some(Heard::News(news)) = heard else {
                panic!("not told");
            };
            let shown = news.worded(settings, Language::En).expect("shown");
            (shown.title, shown.body)
        };

        assert_eq!(
            body(&Settings::default()),
            ("Ana · hall".to_owned(), "New file".to_owned())
        );
        assert_eq!(body(&with_text()).1, "New file: film.mkv");
    }

    fn with_text() -> Settings {
        let mut settings = Settings::default();
        settings.notifications.text = true;
        settings
    }

    #[test]
    fn what_is_said_where_nobody_looks_is_told() {
        assert!(is_told(line(HELLO), None));
        assert!(is_told(line(HELLO), Some(&(room("study"), None))));
        assert!(is_told(line(HELLO), Some(&(room("hall"), Some(ana())))));
        assert!(!is_told(line(HELLO), Some(&hall())));
    }

    #[test]
    fn own_old_and_folded_lines_are_not_told() {
        let mut own = line(HELLO);
        own.own = true;
        let mut old = line(HELLO);
        old.backfilled = true;
        for silent in [own, old] {
            assert!(!is_told(silent, None));
        }
        for fold in [Fold::Flood, Fold::Slow, Fold::Muted, Fold::Blocked] {
            let mut folded = line(HELLO);
            folded.folded = Some(fold);
            folded.mentions_me = true;
            assert!(!is_told(folded, None), "{fold:?}");
        }
    }

    #[test]
    fn a_muted_room_tells_of_mentions_and_private_lines_only() {
        let mut ear = ear(&["hall"]);
        let now = Instant::now();
        assert_eq!(ear.hear(muting(true), None, now), None);
        assert_eq!(ear.hear(said(&hall(), line(HELLO)), None, now), None);
        let mut naming = line(HELLO);
        naming.mentions_me = true;
        assert!(ear.hear(said(&hall(), naming), None, now).is_some());
        let private = (room("hall"), Some(ana()));
        assert!(ear.hear(said(&private, line(HELLO)), None, now).is_some());

        assert_eq!(ear.hear(muting(false), None, now), None);
        let later = now + PAUSE;
        assert!(ear.hear(said(&hall(), line(HELLO)), None, later).is_some());
    }

    #[test]
    fn a_room_that_was_left_is_told_of_no_more() {
        let mut ear = ear(&["hall"]);
        let now = Instant::now();
        let left = Event::Left { room: room("hall") };
        assert_eq!(ear.hear(left, None, now), Some(Heard::Left(room("hall"))));
        assert_eq!(ear.hear(said(&hall(), line(HELLO)), None, now), None);
    }

    #[test]
    fn one_place_is_not_told_of_over_and_over() {
        let mut ear = ear(&["hall", "study"]);
        let now = Instant::now();
        assert!(ear.hear(said(&hall(), line("one")), None, now).is_some());
        let soon = now + PAUSE - Duration::from_millis(1);
        assert_eq!(ear.hear(said(&hall(), line("two")), None, soon), None);
        let study = (room("study"), None);
        assert!(ear.hear(said(&study, line("one")), None, soon).is_some());
        let later = now + PAUSE;
        assert!(
            ear.hear(said(&hall(), line("three")), None, later)
                .is_some()
        );
    }

    #[test]
    fn many_places_at_once_are_told_of_slowly() {
        let names: Vec<String> = (0..=BURST).map(|it| format!("room {it}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut ear = ear(&names);
        let now = Instant::now();
        let mut tell = |name: &str, at| {
            let place = (room(name), None);
            ear.hear(said(&place, line(HELLO)), None, at).is_some()
        };
        let (last, first) = names.split_last().expect("rooms");
        assert!(first.iter().all(|name| tell(name, now)));
        assert!(!tell(last, now));
        assert!(tell(last, now + REFILL));
    }

    #[test]
    fn what_was_said_is_shown_only_to_those_who_asked_for_it() {
        let plain = news(hall(), "Ana", "the secret").worded(&Settings::default(), Language::En);
        let plain = plain.expect("a notification");
        assert_eq!(plain.title, "Ana · hall");
        assert_eq!(plain.body, "New message");
        let full = news(hall(), "Ana", "the secret").worded(&with_text(), Language::En);
        assert_eq!(full.expect("a notification").body, "the secret");
        let empty = news(hall(), "Ana", " \u{200b} ").worded(&with_text(), Language::En);
        assert_eq!(empty.expect("a notification").body, "New message");
    }

    #[test]
    fn who_wants_none_gets_none() {
        let mut off = with_text();
        off.notifications.on = false;
        let mut undisturbed = with_text();
        undisturbed.do_not_disturb = true;
        for settings in [off, undisturbed] {
            assert_eq!(
                news(hall(), "Ana", HELLO).worded(&settings, Language::En),
                None
            );
        }
    }

    #[test]
    fn it_speaks_the_language_of_the_window() {
        let private = || news((room("hall"), Some(ana())), "Ana", HELLO);
        let mut settings = Settings::default();
        let system = private().worded(&settings, Language::Es).expect("one");
        assert_eq!(
            (system.body.as_str(), system.open),
            ("Mensaje privado nuevo", "Abrir")
        );
        settings.language = Language::En;
        let chosen = private().worded(&settings, Language::Es).expect("one");
        assert_eq!(
            (chosen.body.as_str(), chosen.open),
            ("New private message", "Open")
        );
    }

    #[test]
    fn nothing_in_it_is_hidden_or_turned_around() {
        let hostile = "\u{202e}evil\u{7}\u{200b}\n name";
        let shown = news(hall(), hostile, hostile).worded(&with_text(), Language::En);
        let shown = shown.expect("a notification");
        assert_eq!(shown.title, "evil name · hall");
        assert_eq!(shown.body, "evil name");
    }

    #[test]
    fn a_long_message_is_cut() {
        for long in ["word ".repeat(1_000), "é".repeat(10_000)] {
            let cut = excerpt(&long);
            assert!(cut.chars().count() <= MAX_BODY_CHARS, "{cut}");
            assert!(cut.ends_with('…'), "{cut}");
        }
        let fits = "é".repeat(MAX_BODY_CHARS);
        assert_eq!(excerpt(&fits), fits);
        assert_eq!(excerpt(" one\n\n two\t"), "one two");
    }
}
