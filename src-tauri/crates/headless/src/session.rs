//! Being in rooms, from joining the first to leaving the last.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use directories::ProjectDirs;
use node::{Config, MAX_TRACKERS, Node, Options, Present, ProfileAt, Subscription, Told};
use room::{Delivery, Entry, Event, Refusal, RoomKey};
use time::UtcOffset;
use view::{FilesEvent, Transfer, TransferState};

use crate::alert::{Alerts, BELL};
use crate::arguments::Join;
use crate::clean;
use crate::commands::{Answer, At, Commands, Manners, Outcome, Question};
use crate::destination::{self, Destination};
use crate::ending::{Ending, Failure, complain};
use crate::ice;
use crate::input::{self, Entered, MAX_LINE_BYTES};
use crate::paper::{Closed, Paper, Written};
use crate::passphrase::{Passphrase, Secret, Unseen};
use crate::screen;
use crate::stop::Stop;
use crate::story::{self, Plain, Story};

/// How long leaving and writing the last of it may take when somebody waits for our end.
const FAREWELL: Duration = Duration::from_secs(3);
/// A page is handed over when it has so many bytes, or when nothing more has happened yet.
const PAGE_BYTES: usize = 64 * 1024;
/// The name of our folder among those the system keeps for programs.
const FOLDER: &str = "chitchatter";

/// Enters a room, talks, leaves.
pub(crate) async fn run(wish: Join, offset: UtcOffset, verbose: bool) -> Result<Ending, Failure> {
    let mut destination = Destination::read(&wish.place)?;
    let options = options(&wish)?;
    let invited = match &wish.tracker[..] {
        [] => destination.invitation(&options.config.origin)?.trackers,
        // Who names trackers means those alone.
        _ => Vec::new(),
    };
    destination.complete()?;
    let downloads = wish.downloads.as_deref().map(downloads).transpose()?;
    let mut stop = Stop::listen().map_err(|reason| Failure::start(reason.to_string()))?;
    let node = Node::start(options).await.map_err(|reason| match reason {
        node::StartError::Name(_) => Failure::usage(format!("--name: {reason}")),
        node::StartError::Profile(_) => Failure::start(reason.to_string()),
    })?;
    let home = node.home().await.map_err(stopped)?;
    node.use_trackers(invited).await.map_err(stopped)?;
    let room = node
        .join(destination.address(&home)?)
        .await
        .map_err(stopped)?;
    let (present, mut events) = node.subscribe().await.map_err(stopped)?;

    warn_without_relay(&node).await.map_err(stopped)?;
    let takes_the_terminal = takes_the_terminal(&wish, verbose);
    let manners = Manners {
        offset,
        passphrase: Passphrase::new(wish.passphrase_file.clone()),
        can_ask: takes_the_terminal || cfg!(unix) && !wish.json && std::io::stdin().is_terminal(),
        own_trackers: !wish.tracker.is_empty(),
        is_kept: wish.profile.is_some(),
        downloads,
    };
    let commands = Commands::new(node.clone(), room.clone(), manners);
    if takes_the_terminal {
        let ending = tokio::select! {
            ending = screen::run(&node, room, commands, offset, present, &mut events) => ending.map_err(stopped),
            () = stop.told() => Ok(Ending::Fine),
        };
        let farewell = async {
            node.stop().await;
            // What it still has to tell ends with the node, and with it the last word to others.
            while events.next().await.is_some() {}
        };
        tokio::select! {
            _ = tokio::time::timeout(FAREWELL, farewell) => {}
            () = stop.told_again() => {}
        }
        return ending;
    }
    let (paper, written) = Paper::standard();
    let rings = !wish.json && std::io::stdout().is_terminal();
    let bell = rings.then(|| (Alerts::default(), node.clone()));
    let telling = tell(story(&wish, offset), present, events, paper.clone(), bell);
    let telling = tokio::spawn(telling);
    let mut session = Session {
        commands,
        node,
        paper: paper.clone(),
        json: wish.json,
    };
    let ending = tokio::select! {
        ending = session.talk() => ending,
        () = stop.told() => Ok(Ending::Fine),
        () = paper.closed() => Ok(Ending::OutputClosed),
    };
    drop(paper);
    let is_written = session.end(&ending, &mut stop, telling, written).await;
    match ending {
        // Words that nobody has read are not said.
        Ok(Ending::Fine) if !is_written => Ok(Ending::OutputClosed),
        ending => ending,
    }
}

struct Session {
    commands: Commands,
    node: Node,
    paper: Paper,
    json: bool,
}

impl Session {
    /// Takes lines until there are none, or one says to leave.
    async fn talk(&mut self) -> Result<Ending, Failure> {
        let mut lines = input::listen();
        while let Some(entered) = lines.recv().await {
            match entered {
                Entered::Line(line) => {
                    if !self.take(&line, &mut lines).await? {
                        return Ok(Ending::Fine);
                    }
                }
                Entered::TooLong { number } => complain(&format!(
                    "line {number} is not sent: it is longer than {MAX_LINE_BYTES} bytes"
                )),
                Entered::NotText { number } => {
                    complain(&format!("line {number} is not sent: it is not UTF-8 text"));
                }
                Entered::Broken(reason) => {
                    complain(&format!("the input cannot be read any further: {reason}"));
                    break;
                }
            }
        }
        self.receive().await?;
        self.finish().await?;
        Ok(Ending::Fine)
    }

    /// Waits for what is on its way to us, unless nobody gives it.
    async fn receive(&self) -> Result<(), Failure> {
        let (present, mut told) = self.node.subscribe().await.map_err(stopped)?;
        let comes = present.transfers.into_iter().filter(is_coming);
        let mut coming: BTreeSet<_> = comes.map(|it| (it.room, it.key)).collect();
        if !coming.is_empty() {
            complain(&format!(
                "{} on the way here; what is interrupted goes on another time",
                coming.len()
            ));
        }
        while !coming.is_empty() {
            match told.next().await {
                None => break,
                Some(Told::Files(FilesEvent::TransferGone { room, key })) => {
                    coming.remove(&(room, key));
                }
                Some(Told::Files(FilesEvent::TransferChanged { transfer })) => {
                    if !is_coming(&transfer) {
                        coming.remove(&(transfer.room, transfer.key));
                    }
                }
                Some(Told::Room(_)) => {}
            }
        }
        Ok(())
    }

    /// Leaves all rooms once everything is handed over, and says what nobody came to hear.
    async fn finish(&self) -> Result<(), Failure> {
        let (present, mut told) = self.node.subscribe().await.map_err(stopped)?;
        let snapshot = present.rooms;
        let rooms: Vec<RoomKey> = snapshot.rooms.iter().map(|it| it.room.clone()).collect();
        let mut said: BTreeMap<_, _> = snapshot
            .rooms
            .into_iter()
            .flat_map(|room| room.entries)
            .filter_map(|entry| match entry {
                Entry::Line(line) if line.own => Some((line.id, line.delivery)),
                Entry::Line(_) | Entry::Notice(_) => None,
            })
            .collect();
        let heard = async {
            while let Some(event) = told.next_of_rooms().await {
                if let Event::LineChanged { id, delivery, .. } = event {
                    said.insert(id, delivery);
                }
            }
        };
        // At once, or whoever waits in one would wait for what waits in another.
        let mut finishing = tokio::task::JoinSet::new();
        for room in rooms {
            let node = self.node.clone();
            finishing.spawn(async move { node.finish(&room).await });
        }
        let finished = async {
            while let Some(finished) = finishing.join_next().await {
                if let Ok(Err(refusal)) = finished {
                    return Err(stopped(refusal));
                }
            }
            Ok(())
        };
        tokio::select! {
            finished = finished => finished?,
            () = heard => {}
        }
        while let Some(event) = told.try_next_of_rooms() {
            if let Event::LineChanged { id, delivery, .. } = event {
                said.insert(id, delivery);
            }
        }
        let count = |is_so: fn(&Delivery) -> bool| said.values().filter(|it| is_so(it)).count();
        let unheard = count(|it| it.reached == 0);
        if unheard > 0 {
            complain(&format!(
                "nobody was there to hear the last {unheard} of what was said"
            ));
        }
        let missed = count(|it| it.reached > 0 && it.failed);
        if missed > 0 {
            complain(&format!(
                "somebody whose connection was lost has not heard the last {missed} of what was said"
            ));
        }
        Ok(())
    }

    /// Does what a line asks for. False when that is to leave.
    async fn take(&mut self, line: &str, lines: &mut Lines) -> Result<bool, Failure> {
        let mut outcome = self.commands.take(line, &At::Everywhere).await;
        loop {
            match outcome.map_err(stopped)? {
                Outcome::Done => {}
                Outcome::Leave => return Ok(false),
                Outcome::Answer(answer) => self.answer(answer).await,
                Outcome::Over(answer) => {
                    self.answer(answer).await;
                    return Ok(false);
                }
                Outcome::Refused(why) => complain(&why),
                Outcome::Ask(Question { words, then }) => {
                    let secret = ask(&words, lines).await;
                    outcome = self.commands.answered(then, secret).await;
                    continue;
                }
            }
            return Ok(true);
        }
    }

    /// Answers the person, or the program. What is only for people does not stand among events.
    async fn answer(&self, Answer { rows, object, .. }: Answer) {
        let text = rows.join("\n");
        let page = match object {
            _ if !self.json => format!("{text}\n"),
            Some(object) => format!("{}\n", clean::json(object.to_string())),
            None => return complain(&format!("\n{text}")),
        };
        // If it is closed, that is noticed where it matters.
        let _ = self.paper.write(page.into_bytes()).await;
    }

    /// Leaves politely, and waits until all that happened is written. Bounded, unless all is well
    /// and only a slow reader has to be waited for. False where it could not be written.
    async fn end(
        self,
        ending: &Result<Ending, Failure>,
        stop: &mut Stop,
        telling: tokio::task::JoinHandle<Result<(), Closed>>,
        written: Written,
    ) -> bool {
        let Self {
            node,
            paper,
            commands,
            ..
        } = self;
        drop(commands);
        let told_to_end = async {
            stop.told().await;
            tokio::time::timeout(FAREWELL, stop.told_again()).await.ok();
        };
        let last_words = async {
            let _ = tokio::time::timeout(FAREWELL, node.stop()).await;
            drop(node);
            // What it still had to tell ends with the node.
            let _ = telling.await;
            drop(paper);
            written.wait().await
        };
        if matches!(ending, Ok(Ending::OutputClosed)) {
            let _ = tokio::time::timeout(FAREWELL, last_words).await;
            return false;
        }
        tokio::select! {
            is_written = last_words => is_written,
            // Whoever cannot wait does not hear whether it was.
            () = told_to_end => true,
        }
    }
}

fn is_coming(it: &Transfer) -> bool {
    let moves = matches!(
        it.state,
        TransferState::Waiting | TransferState::Fetching | TransferState::Saving
    );
    moves && !it.own && !it.stalled
}

/// What comes from standard input.
type Lines = tokio::sync::mpsc::Receiver<Entered>;

/// Asks for something that is not shown while it is typed.
async fn ask(words: &str, lines: &mut Lines) -> Option<Secret> {
    let _unseen = Unseen::begin()?;
    let mut error = std::io::stderr();
    // If nobody listens there, nobody answers.
    let _ = write!(error, "{words}").and_then(|()| error.flush());
    let entered = lines.recv().await;
    let _ = writeln!(error);
    match entered? {
        Entered::Line(line) => Some(Secret::from(line)),
        Entered::TooLong { .. } | Entered::NotText { .. } | Entered::Broken(_) => None,
    }
}

/// Writes what happens, page by page, and rings where somebody is meant.
async fn tell(
    mut story: Story,
    present: Present,
    mut events: Subscription,
    paper: Paper,
    mut bell: Option<(Alerts, Node)>,
) -> Result<(), Closed> {
    let mut page = Vec::new();
    for event in story::so_far(present) {
        story.tell(event, &mut page);
    }
    paper.write(std::mem::take(&mut page)).await?;
    while let Some(event) = events.next().await {
        let mut calls = None;
        let mut next = Some(event);
        while let Some(event) = next {
            let event = event.into();
            if let Some((alerts, _)) = &mut bell {
                calls = calls.or(alerts.note(&event, Instant::now()));
            }
            story.tell(event, &mut page);
            next = (page.len() < PAGE_BYTES)
                .then(|| events.try_next())
                .flatten();
        }
        if let (Some(alert), Some((_, node))) = (calls, &bell)
            && alert.wanted(node).await.is_some()
        {
            // Alone: what is only lines stays free of any other order to the terminal.
            page.extend_from_slice(BELL.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if !page.is_empty() {
            paper.write(std::mem::take(&mut page)).await?;
        }
    }
    Ok(())
}

/// Whether the conversation is shown on the whole terminal, to a person who sits at it.
fn takes_the_terminal(wish: &Join, verbose: bool) -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|it| it.is_empty() || it == "dumb");
    // What goes on underneath would be written all over it.
    let is_disturbed = verbose && std::io::stderr().is_terminal();
    let is_asked_for = !wish.json && !wish.plain && !is_disturbed && !is_dumb;
    is_asked_for && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Says at once what would otherwise only be silence.
async fn warn_without_relay(node: &Node) -> Result<(), Refusal> {
    let settings = node.settings().await?;
    let usual = node.usual_servers().await?;
    let servers = settings.ice_servers.unwrap_or(usual.ice_servers);
    let mut urls = servers.iter().flat_map(|it| &it.urls);
    if settings.relay_only && !urls.any(|url| url.starts_with("turn:")) {
        complain("relay-only is on, but no TURN server is configured: nobody can be reached");
    }
    Ok(())
}

fn story(wish: &Join, offset: UtcOffset) -> Story {
    if wish.json {
        return Story::Json(story::Shelf::default());
    }
    let width = terminal_size::terminal_size_of(std::io::stdout())
        .map(|(terminal_size::Width(width), _)| usize::from(width));
    let is_typed = std::io::stdin().is_terminal() && width.is_some();
    Story::Plain(Plain::new(offset, width, !is_typed))
}

fn options(wish: &Join) -> Result<Options, Failure> {
    let folders = ProjectDirs::from("", "", FOLDER);
    let config = Config::load(folders.as_ref().map(ProjectDirs::config_dir))
        .map_err(|reason| Failure::start(reason.to_string()))?;
    for url in &wish.tracker {
        node::check_tracker(url)
            .map_err(|why| Failure::usage(format!("--tracker {url:?} {why}")))?;
    }
    if let Some(proxy) = &wish.proxy {
        // It is not repeated: it may hold a login.
        node::check_proxy(proxy).map_err(|why| Failure::usage(format!("--proxy: {why}")))?;
    }
    if wish.tracker.len() > MAX_TRACKERS {
        return Err(Failure::usage(format!(
            "--tracker: at most {MAX_TRACKERS} at once"
        )));
    }
    let trackers = (!wish.tracker.is_empty()).then(|| wish.tracker.clone());
    let ice_servers = if wish.ice_server.is_empty() {
        None
    } else {
        Some(ice::servers(&wish.ice_server)?)
    };
    Ok(Options {
        config,
        profile: wish
            .profile
            .clone()
            .map_or(ProfileAt::Memory, ProfileAt::named),
        name: wish.name.clone(),
        origin: destination::origin(&wish.place)?,
        trackers,
        ice_servers,
        lan: wish.no_lan.then_some(false),
        relay_only: wish.relay_only.then_some(true),
        proxy: wish.proxy.clone(),
        lan_port: wish.lan_port,
    })
}

/// The folder for downloads, wherever the program goes.
fn downloads(folder: &Path) -> Result<PathBuf, Failure> {
    let folder = std::path::absolute(folder)
        .ok()
        .filter(|folder| folder.is_dir());
    folder.ok_or_else(|| Failure::usage("--downloads: there is no such folder"))
}

fn stopped(refusal: Refusal) -> Failure {
    Failure::start(format!("cannot go on: {refusal}"))
}
