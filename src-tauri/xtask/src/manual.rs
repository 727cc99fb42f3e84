//! A program's manual page, made of what it says to `--help`: so they never tell two things.

use std::path::Path;

use crate::shell::answer;

/// How far a line is set in at most where it begins an entry; what is said of it stands deeper.
const ENTRY_INDENT: usize = 6;

/// A page of section 1.
pub(crate) struct Manual<'a> {
    /// The program's name.
    pub(crate) name: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
    /// When this was written, as `2026-01-31`.
    pub(crate) date: &'a str,
    /// The manual pages beside it.
    pub(crate) see_also: &'a [&'a str],
}

impl Manual<'_> {
    /// Asks the program, and each of its commands, and writes down what they say.
    pub(crate) fn of(&self, program: &Path) -> Result<String, String> {
        let ask = |words: &[&str]| {
            answer(&program.to_string_lossy(), words)
                .ok_or_else(|| format!("{} does not answer {words:?}", self.name))
        };
        let whole = Help::read(&ask(&["--help"])?);
        let commands = whole.section(COMMANDS).unwrap_or_default();
        let commands: Vec<(&str, Help)> = commands
            .iter()
            .map(|entry| entry.term.as_str())
            .filter(|&command| command != "help")
            .map(|command| Ok((command, Help::read(&ask(&[command, "--help"])?))))
            .collect::<Result<_, String>>()?;
        Ok(self.page(&whole, &commands))
    }

    fn page(&self, whole: &Help, commands: &[(&str, Help)]) -> String {
        let mut page = Page::default();
        let name = escaped(self.name);
        page.line(&format!(
            r#".TH {} 1 "{}" "{name} {}" "User Commands""#,
            name.to_uppercase(),
            self.date,
            self.version
        ));
        page.line(".SH NAME");
        page.line(&format!(
            r"{name} \- {}",
            escaped(&uncapitalised(&whole.about))
        ));
        page.line(".SH SYNOPSIS");
        page.text(&whole.usage);
        for section in &whole.sections {
            page.line(&format!(".SH {}", heading(&section.name)));
            page.entries(&section.entries);
        }
        for (command, help) in commands {
            let whole_name = format!("{} {command}", self.name);
            page.line(&format!(r#".SH "{}""#, heading(&whole_name)));
            page.text(&help.about);
            page.line(".PP");
            page.text(&help.usage);
            for section in &help.sections {
                // Told once is enough.
                if whole.section(&section.name).is_some() && section.name != OPTIONS {
                    continue;
                }
                page.entries(&section.entries);
            }
        }
        let others: Vec<String> = self.see_also.iter().map(|it| escaped(it)).collect();
        if !others.is_empty() {
            page.line(".SH SEE ALSO");
            for other in others {
                page.line(&format!(".BR {other} (1)"));
            }
        }
        page.0
    }
}

const COMMANDS: &str = "Commands";
const OPTIONS: &str = "Options";

/// What a program says to `--help`.
#[derive(Debug, Default)]
struct Help {
    about: String,
    usage: String,
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    name: String,
    entries: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    term: String,
    text: String,
}

impl Help {
    fn read(text: &str) -> Self {
        let mut help = Self::default();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let rest = line.trim_start();
            let indent = line.len() - rest.len();
            if let Some(usage) = line.strip_prefix("Usage: ") {
                usage.clone_into(&mut help.usage);
            } else if indent == 0
                && let Some(name) = rest.strip_suffix(':')
                && !help.usage.is_empty()
            {
                help.sections.push(Section {
                    name: name.to_owned(),
                    entries: Vec::new(),
                });
            } else if let Some(section) = help.sections.last_mut() {
                section.read(indent, rest);
            } else {
                joined(&mut help.about, rest);
            }
        }
        help
    }

    fn section(&self, name: &str) -> Option<&[Entry]> {
        let found = self.sections.iter().find(|section| section.name == name)?;
        Some(&found.entries)
    }
}

impl Section {
    fn read(&mut self, indent: usize, line: &str) {
        match self.entries.last_mut() {
            Some(last) if indent > ENTRY_INDENT => joined(&mut last.text, line),
            _ => {
                let (term, text) = line.split_once("  ").unwrap_or((line, ""));
                self.entries.push(Entry {
                    term: term.to_owned(),
                    text: text.trim().to_owned(),
                });
            }
        }
    }
}

fn joined(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(more);
}

/// What `man` reads.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn text(&mut self, text: &str) {
        self.line(&escaped(text));
    }

    fn entries(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.line(".TP");
            // Quoted: a term may hold spaces, and begin with anything.
            self.line(&format!(r#".B "{}""#, escaped(&entry.term)));
            self.text(&entry.text);
        }
    }
}

/// Text that means nothing to `man` but itself.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', r"\e")
        .replace('-', r"\-")
        .replace('"', r"\(dq");
    if text.starts_with(['.', '\'']) {
        format!(r"\&{text}")
    } else {
        text
    }
}

/// As the headings of manual pages are written.
fn heading(name: &str) -> String {
    match name {
        "Exit codes" => "EXIT STATUS".to_owned(),
        name => escaped(&name.to_uppercase()),
    }
}

/// A sentence as it stands after a name and a dash.
fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANUAL: Manual<'_> = Manual {
        name: "talk-cli",
        version: "1.2",
        date: "2026-01-31",
        see_also: &["talk"],
    };

    const WHOLE: &str = "\
Talk in a terminal

Usage: talk-cli [OPTIONS] <COMMAND>

Commands:
  join  Enter a room: say \"hello\"
  help  Print this message

Options:
      --verbose  .profile is read \\ then
  -h, --help
          Print help

          (see more)

Exit codes:
  0  all is well
";

    const JOIN: &str = "\
Enter a room: lines are said

Usage: talk-cli join <ROOM>

Options:
  -h, --help  Print help

Exit codes:
  0  all is well
";

    #[test]
    fn a_page_tells_what_help_tells_and_each_thing_once() {
        let page = MANUAL.page(&Help::read(WHOLE), &[("join", Help::read(JOIN))]);

        let expected = r#".TH TALK\-CLI 1 "2026-01-31" "talk\-cli 1.2" "User Commands"
.SH NAME
talk\-cli \- talk in a terminal
.SH SYNOPSIS
talk\-cli [OPTIONS] <COMMAND>
.SH COMMANDS
.TP
.B "join"
Enter a room: say \(dqhello\(dq
.TP
.B "help"
Print this message
.SH OPTIONS
.TP
.B "\-\-verbose"
\&.profile is read \e then
.TP
.B "\-h, \-\-help"
Print help (see more)
.SH EXIT STATUS
.TP
.B "0"
all is well
.SH "TALK\-CLI JOIN"
Enter a room: lines are said
.PP
talk\-cli join <ROOM>
.TP
.B "\-h, \-\-help"
Print help
.SH SEE ALSO
.BR talk (1)
"#;
        assert_eq!(page, expected);
    }

    #[test]
    fn a_program_that_does_not_answer_is_named() {
        let refused = MANUAL.of(Path::new("/nowhere/talk-cli"));
        assert!(refused.is_err_and(|why| why.contains("talk-cli")));
    }
}
