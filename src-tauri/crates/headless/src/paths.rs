//! Paths as people type them: several in a line, in quotes, from the home folder, and completed.

use std::path::{Path, PathBuf};

use directories::BaseDirs;

use crate::clean;

/// Entries of a folder that are looked at to complete a path; nobody goes through more by key.
const MAX_ENTRIES: usize = 10_000;
/// Paths that one word is completed to, at most.
const MAX_COMPLETED: usize = 200;

/// Where a file is, from what was typed.
pub(crate) fn place(typed: &str) -> PathBuf {
    let home = || Some(BaseDirs::new()?.home_dir().to_owned());
    let at = match typed {
        "~" => home(),
        _ => typed
            .strip_prefix("~/")
            .and_then(|rest| Some(home()?.join(rest))),
    };
    at.unwrap_or_else(|| PathBuf::from(typed))
}

/// All paths of a line. One that is there as it stands needs no quotes, whatever spaces it has;
/// else they are told apart as in a shell.
pub(crate) fn several(typed: &str) -> Vec<PathBuf> {
    let whole = place(typed);
    if std::fs::symlink_metadata(&whole).is_ok() {
        return vec![whole];
    }
    words(typed).iter().map(|it| place(&it.text)).collect()
}

/// One path, with its quotes taken off.
pub(crate) fn one(typed: &str) -> PathBuf {
    match &words(typed)[..] {
        [word] => place(&word.text),
        _ => place(typed),
    }
}

/// How a path is written for somebody to read. Clean.
pub(crate) fn shown(path: &Path) -> String {
    clean::line(&path.to_string_lossy())
}

/// Where the last path of a line begins, and how it may go on: each with what follows it. Folders
/// are left open, for what lies in them.
pub(crate) fn complete(typed: &str, folders_only: bool) -> (usize, Vec<String>) {
    let last = match words(typed).pop() {
        Some(word) if !word.is_over || !typed.ends_with(char::is_whitespace) => word,
        _ => Word {
            start: typed.len(),
            text: String::new(),
            is_over: false,
        },
    };
    let (folder, begun) = match last.text.rfind(is_separator) {
        Some(at) => last.text.split_at(at + 1),
        None => ("", last.text.as_str()),
    };
    let at = match folder {
        "" => PathBuf::from("."),
        folder => place(folder),
    };
    let entries = std::fs::read_dir(at).into_iter().flatten();
    let mut fitting: Vec<(String, bool)> = entries
        .take(MAX_ENTRIES)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_hidden = name.starts_with('.') && !begun.starts_with('.');
            // What a terminal would show as something else is not put into its line.
            let is_clean = clean::line(&name) == name;
            let fits = name.starts_with(begun) && is_clean && !is_hidden;
            // A link to a folder is one too.
            let is_folder = fits && entry.path().is_dir();
            (fits && (is_folder || !folders_only)).then_some((name, is_folder))
        })
        .collect();
    fitting.sort();
    fitting.truncate(MAX_COMPLETED);
    let paths = fitting.into_iter().map(|(name, is_folder)| {
        let path = format!("{folder}{name}");
        let quote = if needs_quotes(&path) { "\"" } else { "" };
        match is_folder {
            true => format!("{quote}{}/", escaped(&path, quote)),
            false => format!("{quote}{}{quote} ", escaped(&path, quote)),
        }
    });
    (last.start, paths.collect())
}

/// One word of a line, as a shell would read it.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    /// The byte it begins at, with its quotes.
    start: usize,
    text: String,
    /// Whether its quotes are closed.
    is_over: bool,
}

fn words(typed: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut quote = None;
    let mut is_inside = false;
    let mut chars = typed.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        if quote.is_none() && char.is_whitespace() {
            is_inside = false;
            continue;
        }
        if !is_inside {
            is_inside = true;
            words.push(Word {
                start: at,
                text: String::new(),
                is_over: true,
            });
        }
        let Some(word) = words.last_mut() else {
            continue;
        };
        match (quote, char) {
            (None, '"' | '\'') => {
                quote = Some(char);
                word.is_over = false;
            }
            (Some(open), char) if open == char => {
                quote = None;
                word.is_over = true;
            }
            // On Windows it parts folders.
            (None | Some('"'), '\\') if !cfg!(windows) => {
                let escaped = chars.next_if(|(_, it)| quote.is_none() || matches!(it, '"' | '\\'));
                word.text.push(escaped.map_or('\\', |(_, it)| it));
            }
            (_, char) => word.text.push(char),
        }
    }
    words
}

fn is_separator(char: char) -> bool {
    std::path::is_separator(char)
}

fn needs_quotes(path: &str) -> bool {
    path.chars()
        .any(|it| it.is_whitespace() || matches!(it, '"' | '\''))
        || !cfg!(windows) && path.contains('\\')
}

fn escaped(path: &str, quote: &str) -> String {
    if quote.is_empty() || cfg!(windows) {
        return path.to_owned();
    }
    path.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<String> {
        words(typed).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn paths_are_told_apart_as_in_a_shell() {
        for (typed, read) in [
            ("a b", vec!["a", "b"]),
            ("  'my film.mkv'  b ", vec!["my film.mkv", "b"]),
            ("\"it's \\\"so\\\"\" c", vec!["it's \"so\"", "c"]),
            ("a\\ b '\\'", vec!["a b", "\\"]),
            ("\"not closed", vec!["not closed"]),
            ("pre\"fix ed\"", vec!["prefix ed"]),
            ("''", vec![""]),
            ("", vec![]),
        ] {
            assert_eq!(texts(typed), read, "{typed}");
        }
    }

    #[test]
    fn one_that_is_there_needs_no_quotes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("my own film.mkv");
        std::fs::write(&path, b"x").expect("written");
        let typed = path.to_str().expect("its path");

        assert_eq!(several(typed), std::slice::from_ref(&path));
        assert_eq!(several(&format!("'{typed}'")), std::slice::from_ref(&path));
        assert_eq!(several(&format!("{typed}2")).len(), 3, "it is not there");
        assert_eq!(one(&format!("\"{typed}\"")), path);
        assert_eq!(one("two words"), PathBuf::from("two words"));
    }

    #[test]
    fn the_home_folder_has_a_short_name() {
        let home = BaseDirs::new().expect("a home").home_dir().to_owned();

        assert_eq!(place("~"), home);
        assert_eq!(place("~/film.mkv"), home.join("film.mkv"));
        assert_eq!(place("~film.mkv"), PathBuf::from("~film.mkv"));
    }

    #[test]
    fn a_path_is_completed_with_the_quotes_it_needs() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["film.mkv", "film two.mkv", ".hidden", "fi\u{202e}vkm"] {
            std::fs::write(at(name), b"x").expect("written");
        }
        std::fs::create_dir(at("films")).expect("made");
        std::fs::create_dir(at("my films")).expect("made");
        let here = folder.path().to_str().expect("its path");
        let completed = |typed: &str, folders_only| complete(typed, folders_only);

        let begun = format!("/a {here}/fi");
        let (start, paths) = completed(&begun, false);
        assert_eq!(start, 3);
        assert_eq!(
            paths,
            [
                format!("\"{here}/film two.mkv\" "),
                format!("{here}/film.mkv "),
                format!("{here}/films/"),
            ]
        );
        let (start, paths) = completed(&format!("\"{here}/my f"), true);
        assert_eq!(
            (start, &paths[..]),
            (0, &[format!("\"{here}/my films/")][..])
        );
        let (_, paths) = completed(&format!("{here}/"), true);
        assert_eq!(paths.len(), 2, "{paths:?}");
        let (_, paths) = completed(&format!("{here}/.h"), false);
        assert_eq!(paths, [format!("{here}/.hidden ")]);
        let (_, paths) = completed(&format!("{here}/nothing/"), false);
        assert!(paths.is_empty());
        let (start, _) = completed("one ", false);
        assert_eq!(start, 4, "another path begins");
    }
}
