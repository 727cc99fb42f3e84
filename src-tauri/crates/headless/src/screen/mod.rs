//! The conversation on a whole terminal.
//!
//! | module | what it does |
//! |---|---|
//! | `model` | what is shown, and what keys do to it |
//! | `talk` | one tab of it |
//! | `draft` | the line that is being typed |
//! | `question` | what the person is asked |
//! | `rows` | entries as rows of a given width |
//! | `draw` | everything on one screen |
//! | `terminal` | the terminal, taken and given back |

mod draft;
mod draw;
mod model;
mod question;
mod rows;
mod talk;
mod terminal;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::time::Duration;

use crossterm::event::{Event as Pressed, EventStream};
use futures_util::StreamExt;
use node::{Node, Present, Subscription};
use room::{PersonId, Refusal, RoomKey};
use time::UtcOffset;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::alert::{Alert, Ring};
use crate::commands::{Answer, At, Commands, Outcome, Then};
use crate::ending::Ending;
use crate::passphrase::Secret;
use crate::story;
use model::{Model, Wish};
use rows::Look;
use terminal::Terminal;

/// What was typed and waits to be carried out.
const MAX_WAITING: usize = 64;
/// Events taken in before the screen is drawn again.
const MAX_AT_ONCE: usize = 256;
/// Whoever types on is said to type again so often.
const TYPING_AGAIN: Duration = Duration::from_secs(3);
/// Whoever pressed no key for so long does not type.
const TYPING_ENDS: Duration = Duration::from_secs(5);

/// What is to be carried out, in order.
enum Work {
    Take(String, At),
    Answer(Then, Option<Secret>),
    Look(Place),
    Typing(Place, bool),
    Call(Alert),
}

/// What came of it.
enum Done {
    Outcome(Outcome),
    Ring(Ring),
}

/// A room, or somebody in it.
type Place = (RoomKey, Option<PersonId>);

/// Shows rooms until the person leaves the last. The terminal is as before when it returns.
pub(crate) async fn run(
    node: &Node,
    room: RoomKey,
    commands: Commands,
    offset: UtcOffset,
    present: Present,
    events: &mut Subscription,
) -> Result<Ending, Refusal> {
    let mut model = Model::new();
    for event in story::so_far(present) {
        model.apply(event);
    }
    // What was said before the person came calls nobody.
    model.calls = None;
    let look = Look {
        // As https://no-color.org asks for: set and not empty.
        colours: std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()),
        offset,
    };
    let Ok(mut terminal) = Terminal::take() else {
        return Ok(Ending::OutputClosed);
    };
    let (work, waiting) = mpsc::channel(MAX_WAITING);
    let (done, mut outcomes) = mpsc::channel(1);
    tokio::spawn(carry_out(node.clone(), commands, waiting, done));
    let mut keys = EventStream::new();
    let mut typing = Typing::default();
    let _ = work.try_send(Work::Look((room, None)));
    loop {
        if terminal
            .draw(|frame| draw::draw(frame, &mut model, look))
            .is_err()
        {
            return Ok(Ending::OutputClosed);
        }
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else { return Err(Refusal::Stopped) };
                model.apply(event.into());
                for _ in 0..MAX_AT_ONCE {
                    let Some(event) = events.try_next() else { break };
                    model.apply(event.into());
                }
            }
            pressed = keys.next() => {
                let wish = match pressed {
                    Some(Ok(Pressed::Key(key))) => model.press(key),
                    Some(Ok(Pressed::Paste(text))) => {
                        model.paste(&text);
                        Wish::Nothing
                    }
                    Some(Ok(_)) => Wish::Nothing,
                    Some(Err(_)) | None => return Ok(Ending::Fine),
                };
                match wish {
                    Wish::Nothing => {}
                    Wish::Take(line, at) => {
                        if work.try_send(Work::Take(line, at)).is_err() {
                            let busy = "not sent: too much is waiting to be sent";
                            model.tell(vec![busy.to_owned()], true);
                        }
                    }
                    Wish::Answer(then, answer) => {
                        if work.try_send(Work::Answer(then, answer)).is_err() {
                            model.tell(vec!["not done: too much is waiting".to_owned()], true);
                        }
                    }
                    Wish::Look => {
                        let _ = work.try_send(Work::Look(place(&mut model)));
                    }
                    Wish::Redraw => {
                        if terminal.clear().is_err() {
                            return Ok(Ending::OutputClosed);
                        }
                    }
                    Wish::Leave => return Ok(Ending::Fine),
                }
                typing.note(&mut model, &work);
            }
            outcome = outcomes.recv() => match outcome {
                None => return Err(Refusal::Stopped),
                Some(Done::Ring(ring)) => {
                    if terminal.ring(&ring).is_err() {
                        return Ok(Ending::OutputClosed);
                    }
                }
                Some(Done::Outcome(Outcome::Done)) => {}
                Some(Done::Outcome(Outcome::Leave)) => return Ok(Ending::Fine),
                Some(Done::Outcome(Outcome::Answer(answer))) => {
                    if show(&mut model, answer) {
                        let _ = work.try_send(Work::Look(place(&mut model)));
                    }
                }
                Some(Done::Outcome(Outcome::Over(answer))) => {
                    // Said where it is still to be read.
                    drop(terminal);
                    let words = format!("{}\n", answer.rows.join("\n"));
                    let written = std::io::stdout().write_all(words.as_bytes());
                    return Ok(written.map_or(Ending::OutputClosed, |()| Ending::Fine));
                }
                Some(Done::Outcome(Outcome::Ask(question))) => model.ask(question),
                Some(Done::Outcome(Outcome::Refused(why))) => model.tell(vec![why], true),
            },
            () = typing.over() => typing.end(&work),
        }
        if let Some(alert) = model.calls.take() {
            let _ = work.try_send(Work::Call(alert));
        }
    }
}

/// Shows an answer. True when the person is elsewhere then.
fn show(model: &mut Model, answer: Answer) -> bool {
    if let Some(room) = &answer.goes_to {
        model.go(room);
    }
    if answer.is_picture {
        model.show_picture(answer.rows);
    } else {
        model.tell(answer.rows, false);
    }
    answer.goes_to.is_some()
}

async fn carry_out(
    node: Node,
    mut commands: Commands,
    mut waiting: mpsc::Receiver<Work>,
    done: mpsc::Sender<Done>,
) {
    while let Some(work) = waiting.recv().await {
        let outcome = match work {
            Work::Take(line, at) => commands.take(&line, &at).await,
            Work::Answer(then, answer) => commands.answered(then, answer).await,
            // That somebody looks or types is lost where it is too late for it.
            Work::Look(place) => node.look(Some(place)).await.map(|()| Outcome::Done),
            Work::Typing((room, with), typing) => {
                let _ = node.set_typing(&room, with, typing).await;
                Ok(Outcome::Done)
            }
            Work::Call(alert) => {
                if let Some(ring) = alert.wanted(&node).await
                    && done.send(Done::Ring(ring)).await.is_err()
                {
                    return;
                }
                Ok(Outcome::Done)
            }
        };
        match outcome {
            Err(Refusal::Stopped) => return,
            Err(_) => {}
            Ok(outcome) => {
                if done.send(Done::Outcome(outcome)).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn place(model: &mut Model) -> Place {
    let talk = model.talk();
    let with = talk.with.as_deref().and_then(PersonId::parse);
    (RoomKey::from_text(&talk.room), with)
}

/// What others are told of our typing.
#[derive(Default)]
struct Typing(Option<Told>);

struct Told {
    place: Place,
    told: Instant,
    pressed: Instant,
}

impl Typing {
    /// A key was pressed.
    fn note(&mut self, model: &mut Model, work: &mpsc::Sender<Work>) {
        let text = model.talk().draft.text();
        // Commands are nobody's business.
        let types = !text.trim().is_empty() && (!text.starts_with('/') || text.starts_with("//"));
        let place = place(model);
        let now = Instant::now();
        if self
            .0
            .as_ref()
            .is_some_and(|it| !types || it.place != place)
        {
            self.end(work);
        }
        if !types {
            return;
        }
        let is_news = self
            .0
            .as_ref()
            .is_none_or(|it| now.duration_since(it.told) >= TYPING_AGAIN);
        if is_news {
            let _ = work.try_send(Work::Typing(place.clone(), true));
        }
        let told = match &self.0 {
            Some(it) if !is_news => it.told,
            _ => now,
        };
        self.0 = Some(Told {
            place,
            told,
            pressed: now,
        });
    }

    /// Resolves when no key was pressed for a while.
    async fn over(&self) {
        match &self.0 {
            Some(it) => tokio::time::sleep_until(it.pressed + TYPING_ENDS).await,
            None => std::future::pending().await,
        }
    }

    fn end(&mut self, work: &mpsc::Sender<Work>) {
        if let Some(it) = self.0.take() {
            let _ = work.try_send(Work::Typing(it.place, false));
        }
    }
}
