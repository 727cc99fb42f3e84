//! What the person is asked, and answers without being seen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::commands::{Question, Then};
use crate::passphrase::Secret;

/// Characters of an answer at most.
const MAX_ANSWER: usize = 1_024;

/// A question that waits for its answer.
pub(super) struct Asking {
    pub(super) words: String,
    pub(super) then: Then,
    answer: String,
}

impl Asking {
    pub(super) fn new(question: Question) -> Self {
        Self {
            words: question.words,
            then: question.then,
            answer: String::new(),
        }
    }

    /// A key was pressed. Something when it is over: with an answer, or without one.
    pub(super) fn press(&mut self, key: KeyEvent) -> Option<Option<Secret>> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Some(Some(Secret::from(std::mem::take(&mut self.answer)))),
            KeyCode::Esc => return Some(None),
            KeyCode::Char('c' | 'd') if control => return Some(None),
            KeyCode::Char('u') if control => self.answer.clear(),
            KeyCode::Backspace => {
                self.answer.pop();
            }
            KeyCode::Char(char) if !control => self.insert(char.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        None
    }

    pub(super) fn insert(&mut self, text: &str) {
        let room = MAX_ANSWER.saturating_sub(self.answer.chars().count());
        let text = text.chars().filter(|it| !it.is_control());
        self.answer.extend(text.take(room));
    }

    /// As it is shown: not what was typed, but that something was.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", self.words, "*".repeat(self.answer.chars().count()))
    }
}
