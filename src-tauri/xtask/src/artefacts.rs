//! What a build made: test programs by package, and ordinary programs by name.
//!
//! Cargo is asked to build everything in one go, and the test programs are then run from here. That
//! way each dependency is compiled once: `cargo test -p a` and `cargo test -p b` would each choose
//! their own features for what they share, and compile it twice.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a build made.
#[derive(Debug, Default)]
pub(crate) struct Built {
    tests: Vec<(PathBuf, PathBuf)>,
    programs: Vec<PathBuf>,
}

impl Built {
    /// Runs a cargo build to its end, which must be good.
    pub(crate) fn of(command: &mut Command) -> Result<Self, String> {
        let mut built = Self::default();
        built.add(command)?;
        Ok(built)
    }

    /// Runs a cargo build to its end; what it made until it failed counts too.
    pub(crate) fn add(&mut self, command: &mut Command) -> Result<(), String> {
        let mut child = command
            .arg("--message-format=json-render-diagnostics")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).lines() {
                self.note(&line.map_err(|error| error.to_string())?);
            }
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err("not everything could be built".into())
        }
    }

    /// The program of that name.
    pub(crate) fn program(&self, name: &str) -> Result<PathBuf, String> {
        self.programs
            .iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == name))
            .cloned()
            .ok_or_else(|| format!("the build made no program called {name}"))
    }

    /// The test programs of the package in that folder.
    pub(crate) fn tests_in<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.tests
            .iter()
            .filter(move |(package, _)| package == folder)
            .map(|(_, program)| program.as_path())
    }

    fn note(&mut self, line: &str) {
        if text_after(line, "\"reason\":").as_deref() != Some("compiler-artifact") {
            return;
        }
        let Some(program) = text_after(line, "\"executable\":").map(PathBuf::from) else {
            return;
        };
        let is_test = line
            .split_once("\"profile\":{")
            .and_then(|(_, rest)| rest.split_once('}'))
            .is_some_and(|(profile, _)| profile.contains("\"test\":true"));
        if !is_test {
            self.programs.push(program);
        } else if let Some(manifest) = text_after(line, "\"manifest_path\":").map(PathBuf::from) {
            let folder = manifest.parent().unwrap_or(Path::new("")).to_path_buf();
            self.tests.push((folder, program));
        }
    }
}

/// The JSON text that follows a key; nothing if it is not a text. Paths need no more of JSON than
/// the escapes of `\` and `"`.
fn text_after(line: &str, key: &str) -> Option<String> {
    let (_, rest) = line.split_once(key)?;
    let mut characters = rest.strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_program_is_known_by_the_folder_of_its_package() {
        let mut built = Built::default();

        built.note(concat!(
            r#"{"reason":"compiler-artifact","package_id":"x","manifest_path":"/h/wire/Cargo.toml","#,
            r#""target":{"kind":["lib"],"test":true},"profile":{"opt_level":"0","test":true},"#,
            r#""executable":"/t/wire-1"}"#,
        ));

        let tests: Vec<_> = built.tests_in(Path::new("/h/wire")).collect();
        assert_eq!(tests, [Path::new("/t/wire-1")]);
        assert!(built.program("wire-1").is_err());
    }

    #[test]
    fn a_library_is_no_program() {
        let mut built = Built::default();

        built.note(r#"{"reason":"compiler-artifact","profile":{"test":false},"executable":null}"#);

        assert!(built.programs.is_empty());
    }

    #[test]
    fn a_path_may_hold_backslashes_and_quotes() {
        assert_eq!(
            text_after(r#""k":"C:\\a\"b""#, "\"k\":").as_deref(),
            Some(r#"C:\a"b"#)
        );
    }
}
