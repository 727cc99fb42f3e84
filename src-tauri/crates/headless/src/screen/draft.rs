//! The line that is being typed, and those typed before.

use std::collections::{BTreeSet, VecDeque};

use ratatui::text::Span;

use view::TransferState;

use crate::input::MAX_LINE_BYTES;
use crate::paths;
use crate::typed::COMMANDS;

/// Lines typed before that can be had back.
const MAX_HISTORY: usize = 100;
/// What stands for a line break in the one line of the input.
const BREAK: char = '⏎';

/// A line being typed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    text: String,
    /// Where the cursor is: a byte between two characters.
    at: usize,
    history: VecDeque<String>,
    /// Which line of the history is shown, counted from the latest, and what was typed before.
    back: Option<(usize, String)>,
    completion: Option<Completion>,
}

/// Words one of which was put into the line, and may be changed for the next.
#[derive(Debug)]
struct Completion {
    start: usize,
    words: Vec<String>,
    at: usize,
}

/// Something shared, for commands about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) number: u64,
    pub(super) own: bool,
    /// What moves of it, if anything does.
    pub(super) state: Option<TransferState>,
}

impl Draft {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Types something. A terminal's orders are not text. False where there is no place for it; then
    /// nothing is typed, because half of it is nothing one wants to send.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let as_typed = |char| match char {
            '\r' => '\n',
            '\t' => ' ',
            char => char,
        };
        let text = text.replace("\r\n", "\n");
        let typed = text.chars().map(as_typed);
        let typed: String = typed.filter(|it| *it == '\n' || !it.is_control()).collect();
        if self.text.len() + typed.len() > MAX_LINE_BYTES {
            return false;
        }
        self.text.insert_str(self.at, &typed);
        self.at += typed.len();
        true
    }

    /// Completes the command, path, number or `@name` before the cursor with the first that begins
    /// so. False where no such word is being typed.
    pub(super) fn complete(&mut self, names: &BTreeSet<String>, shared: &[Shared]) -> bool {
        let before = &self.text[..self.at];
        let (start, words) = if is_command(before) {
            let fits = |it: &&str| format!("/{it}").starts_with(before);
            let words = COMMANDS.iter().copied().filter(fits);
            (0, words.map(|it| format!("/{it} ")).collect::<Vec<_>>())
        } else if let Some(found) = argument(before, shared) {
            found
        } else if let Some(at) = name_start(before) {
            let begun = before[at + 1..].to_lowercase();
            let fits = |it: &&String| it.to_lowercase().starts_with(&begun);
            let words: Vec<String> = names
                .iter()
                .filter(fits)
                .map(|it| format!("@{it} "))
                .collect();
            if words.is_empty() && begun.contains(char::is_whitespace) {
                // A name that was written before, and words after it.
                return false;
            }
            (at, words)
        } else {
            return false;
        };
        if !words.is_empty() {
            let begun = start..self.at;
            let completion = Completion {
                start,
                words,
                at: 0,
            };
            self.put(completion, begun);
        }
        true
    }

    /// Puts the next word that fits in the place of the one before. False where none was put.
    pub(super) fn complete_again(&mut self) -> bool {
        let Some(mut it) = self.completion.take() else {
            return false;
        };
        let put = it.words.get(it.at).map_or(0, String::len);
        let is_there = self.text.get(it.start..self.at) == it.words.get(it.at).map(String::as_str);
        if !is_there || it.words.len() < 2 {
            return false;
        }
        it.at = (it.at + 1) % it.words.len();
        let before = it.start..it.start + put;
        self.put(it, before);
        true
    }

    fn put(&mut self, it: Completion, over: std::ops::Range<usize>) {
        let word = it.words.get(it.at).cloned().unwrap_or_default();
        if self.text.len() + word.len() > MAX_LINE_BYTES {
            return;
        }
        self.text.replace_range(over, &word);
        self.at = it.start + word.len();
        self.completion = Some(it);
    }

    /// Takes the line away, to be sent.
    pub(super) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.at = 0;
        self.back = None;
        if !text.trim().is_empty() && self.history.back() != Some(&text) {
            self.history.push_back(text.clone());
            if self.history.len() > MAX_HISTORY {
                self.history.pop_front();
            }
        }
        text
    }

    pub(super) fn left(&mut self) {
        self.at = self.before(self.at);
    }

    pub(super) fn right(&mut self) {
        self.at = self.after(self.at);
    }

    pub(super) fn home(&mut self) {
        self.at = 0;
    }

    pub(super) fn end(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn word_left(&mut self) {
        self.at = self.word_before();
    }

    pub(super) fn word_right(&mut self) {
        let rest = &self.text[self.at..];
        let word = rest.len() - rest.trim_start().len();
        let end = rest[word..].find(char::is_whitespace);
        self.at = end.map_or(self.text.len(), |end| self.at + word + end);
    }

    pub(super) fn backspace(&mut self) {
        let start = self.before(self.at);
        self.cut(start, self.at);
    }

    pub(super) fn delete(&mut self) {
        let end = self.after(self.at);
        self.cut(self.at, end);
    }

    pub(super) fn delete_word(&mut self) {
        let start = self.word_before();
        self.cut(start, self.at);
    }

    pub(super) fn delete_to_start(&mut self) {
        self.cut(0, self.at);
    }

    pub(super) fn delete_to_end(&mut self) {
        self.cut(self.at, self.text.len());
    }

    /// The line typed before this one.
    pub(super) fn earlier(&mut self) {
        let back = self.back.as_ref().map_or(0, |(back, _)| back + 1);
        let Some(line) = self.typed_before(back) else {
            return;
        };
        let typed = std::mem::replace(&mut self.text, line);
        match &mut self.back {
            Some((at, _)) => *at = back,
            None => self.back = Some((back, typed)),
        }
        self.end();
    }

    /// The line typed after this one, and at last what was being typed.
    pub(super) fn later(&mut self) {
        match self.back.take() {
            None => return,
            Some((0, typed)) => self.text = typed,
            Some((back, typed)) => {
                self.text = self.typed_before(back - 1).unwrap_or_default();
                self.back = Some((back - 1, typed));
            }
        }
        self.end();
    }

    /// The part of the line to be shown in so many columns, and the column of the cursor in it.
    pub(super) fn view(&self, width: usize) -> (String, usize) {
        let room = width.saturating_sub(1);
        let mut start = self.at;
        let mut used = 0;
        while start > 0 {
            let before = self.before(start);
            let columns = columns(&self.text[before..start]);
            if used + columns > room {
                break;
            }
            used += columns;
            start = before;
        }
        let shown = self.text[start..].replace('\n', &BREAK.to_string());
        (shown, used)
    }

    fn typed_before(&self, back: usize) -> Option<String> {
        let at = self.history.len().checked_sub(back + 1)?;
        self.history.get(at).cloned()
    }

    fn cut(&mut self, start: usize, end: usize) {
        self.text.replace_range(start..end, "");
        self.at = start;
    }

    fn before(&self, at: usize) -> usize {
        let char = self.text[..at].chars().next_back();
        at - char.map_or(0, char::len_utf8)
    }

    fn after(&self, at: usize) -> usize {
        let char = self.text[at..].chars().next();
        at + char.map_or(0, char::len_utf8)
    }

    fn word_before(&self) -> usize {
        let before = self.text[..self.at].trim_end();
        let space = before.char_indices().rfind(|(_, it)| it.is_whitespace());
        space.map_or(0, |(at, it)| at + it.len_utf8())
    }
}

/// Where what a command about files takes begins, and how it may go on. None where no such command
/// is being typed.
fn argument(before: &str, shared: &[Shared]) -> Option<(usize, Vec<String>)> {
    let (command, rest) = before.strip_prefix('/')?.split_once(' ')?;
    let at = before.len() - rest.len();
    let numbers = |is_meant: fn(&Shared) -> bool| {
        let meant = shared.iter().filter(|it| is_meant(it));
        let written = meant.map(|it| format!("{} ", it.number));
        (at, written.filter(|it| it.starts_with(rest)).collect())
    };
    let from = |at: usize, (start, words): (usize, Vec<String>)| (at + start, words);
    Some(match command {
        "file" => from(at, paths::complete(rest, false)),
        "get" => match rest.split_once(' ') {
            Some((_, folder)) => from(before.len() - folder.len(), paths::complete(folder, true)),
            None => numbers(|it| !it.own),
        },
        "unshare" => numbers(|it| it.own),
        "pause" => numbers(|it| it.state == Some(TransferState::Fetching)),
        "resume" => numbers(|it| it.state == Some(TransferState::Paused)),
        "cancel" => numbers(|it| !it.own && it.state.is_some()),
        _ => return None,
    })
}

/// Whether a command is being typed, and nothing after it yet.
fn is_command(before: &str) -> bool {
    before.starts_with('/') && !before.starts_with("//") && !before.contains(char::is_whitespace)
}

/// Where the name begins that is being typed, with its `@`.
fn name_start(before: &str) -> Option<usize> {
    let at = before.rfind('@')?;
    let is_word = before[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    (!is_word && !before[at..].contains('\n')).then_some(at)
}

fn columns(text: &str) -> usize {
    match text {
        "\n" => columns(&BREAK.to_string()),
        text => Span::raw(text).width(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Draft {
        let mut draft = Draft::default();
        draft.insert(text);
        draft
    }

    #[test]
    fn a_line_is_edited_wherever_the_cursor_is() {
        let mut draft = typed("so much für dich");

        draft.word_left();
        draft.delete_to_end();
        draft.left();
        draft.backspace();
        draft.insert("ü");
        draft.home();
        draft.delete();
        draft.word_right();
        draft.insert(" very");
        assert_eq!(draft.text(), "o very much füü ");
        draft.end();
        draft.delete_word();
        assert_eq!(draft.text(), "o very much ");
        draft.left();
        draft.delete_to_start();
        assert_eq!(draft.text(), " ");
        draft.right();
        draft.right();
        draft.delete();
        assert_eq!(draft.text(), " ");
    }

    #[test]
    fn what_was_typed_comes_back_and_what_is_being_typed_is_kept() {
        let mut draft = typed("one");
        assert_eq!(draft.take(), "one");
        draft.insert("two");
        assert_eq!(draft.take(), "two");
        draft.insert("thr");

        draft.earlier();
        assert_eq!(draft.text(), "two");
        draft.earlier();
        draft.earlier();
        assert_eq!(draft.text(), "one");
        draft.later();
        draft.later();
        draft.later();
        assert_eq!(draft.text(), "thr");
    }

    #[test]
    fn commands_and_names_are_completed_where_they_are_typed() {
        let names: BTreeSet<String> = ["Ada", "Ada Lovelace", "Ben"].map(str::to_owned).into();
        let complete = |text: &str| {
            let mut draft = typed(text);
            let done = draft.complete_again() || draft.complete(&names, &[]);
            (done, draft)
        };

        assert_eq!(complete("/sea").1.text(), "/search ");
        assert_eq!(complete("hi @b").1.text(), "hi @Ben ");
        let (_, mut draft) = complete("@a");
        assert_eq!(draft.text(), "@Ada ");
        assert!(draft.complete_again());
        assert_eq!(draft.text(), "@Ada Lovelace ");
        assert!(draft.complete_again());
        assert_eq!(draft.text(), "@Ada ");
        draft.insert("hello");
        assert!(!draft.complete_again());
        assert_eq!(complete("@ada l").1.text(), "@Ada Lovelace ");

        for text in ["", "hello", "a@b", "/msg x", "//sea", "@Ben hello", "@Ben "] {
            assert!(!complete(text).0, "{text:?}");
        }
        // Whoever is in such a word does not want to be elsewhere.
        let (done, draft) = complete("@nobody");
        assert!(done);
        assert_eq!(draft.text(), "@nobody");

        let mut middle = typed("/sea and more");
        middle.home();
        for _ in 0..4 {
            middle.right();
        }
        assert!(middle.complete(&names, &[]));
        assert_eq!(middle.text(), "/search  and more");
    }

    #[test]
    fn what_a_command_about_files_takes_is_completed() {
        let shared = |number, own, state| Shared { number, own, state };
        let shared = [
            shared(12, false, None),
            shared(7, true, Some(TransferState::Giving)),
            shared(1, false, Some(TransferState::Paused)),
        ];
        let complete = |text: &str| {
            let mut draft = typed(text);
            let done = draft.complete(&BTreeSet::new(), &shared);
            (done, draft.text().to_owned())
        };

        for (text, completed) in [
            ("/get ", "/get 12 "),
            ("/get 1", "/get 12 "),
            ("/unshare ", "/unshare 7 "),
            ("/resume ", "/resume 1 "),
            ("/cancel ", "/cancel 1 "),
            ("/pause ", "/pause "),
        ] {
            assert_eq!(complete(text), (true, completed.to_owned()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().to_str().expect("its path");
        std::fs::write(folder.path().join("my film.mkv"), b"x").expect("written");
        std::fs::create_dir(folder.path().join("mine")).expect("made");
        let (_, text) = complete(&format!("/file a.txt {here}/my"));
        assert_eq!(text, format!("/file a.txt \"{here}/my film.mkv\" "));
        let (_, text) = complete(&format!("/get 12 {here}/m"));
        assert_eq!(text, format!("/get 12 {here}/mine/"));
        assert!(!complete("/msg Ada").0);
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        let draft = typed(&"日本".repeat(50));
        let (shown, column) = draft.view(20);
        assert!(column < 20);
        assert!(Span::raw(&shown).width() <= 20, "{shown}");

        let mut draft = typed("one\ntwo");
        assert_eq!(draft.view(20), ("one⏎two".to_owned(), 7));
        draft.home();
        assert_eq!(draft.view(4).1, 0);
    }

    #[test]
    fn what_is_pasted_is_text_and_all_of_it_or_nothing() {
        assert_eq!(typed("a\r\nb\u{1b}[2Jc\td").text(), "a\nb[2Jc d");
        let mut draft = typed(&"x".repeat(MAX_LINE_BYTES - 1));
        assert!(!draft.insert("yy"));
        assert!(draft.insert("y"));
        assert_eq!(draft.text().len(), MAX_LINE_BYTES);
        assert!(!draft.insert("z"));
        assert!(draft.text().ends_with("xy"));
    }
}
