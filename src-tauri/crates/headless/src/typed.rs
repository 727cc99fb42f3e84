//! What a typed line means.

/// What a person wants by a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Nothing: the line is blank.
    Nothing,
    /// Say this.
    Say(String),
    /// Who is here?
    Peers,
    /// Be called so from now on; nothing for the animal name alone.
    Rename(String),
    /// Leave.
    Leave,
    /// What can be typed?
    Help,
    /// It looks like a command, but is none.
    Unknown(String),
}

/// What can be typed.
pub(crate) const HELP: &str = "\
Each line is said to the room. Lines that begin with / are for the program:
  /me ACTION    say what you do: /me waves
  /peers        who is here
  /name NAME    be called so from now on; without a name, as at the beginning
  /leave        leave at once
  /help         this
  //…           say a line that begins with /";

impl Typed {
    pub(crate) fn read(line: &str) -> Self {
        if line.trim().is_empty() {
            return Self::Nothing;
        }
        let Some(command) = line.strip_prefix('/') else {
            return Self::Say(line.to_owned());
        };
        if command.starts_with('/') {
            return Self::Say(command.to_owned());
        }
        let (word, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        let rest = rest.trim();
        match (word, rest) {
            ("me", "") => Self::Nothing,
            ("me", action) => Self::Say(format!("*{action}*")),
            ("name", name) => Self::Rename(name.to_owned()),
            ("peers", "") => Self::Peers,
            ("leave", "") => Self::Leave,
            ("help", "") => Self::Help,
            _ => Self::Unknown(word.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> Typed {
        Typed::Say(text.to_owned())
    }

    #[test]
    fn a_line_is_said_as_it_stands() {
        assert_eq!(Typed::read(" two  spaces "), say(" two  spaces "));
        assert_eq!(Typed::read("1/2"), say("1/2"));
    }

    #[test]
    fn a_slash_makes_a_command_and_two_make_a_line() {
        assert_eq!(Typed::read("/me waves  "), say("*waves*"));
        assert_eq!(Typed::read("//me waves"), say("/me waves"));
        assert_eq!(
            Typed::read("/name Ada L"),
            Typed::Rename("Ada L".to_owned())
        );
        assert_eq!(Typed::read("/name"), Typed::Rename(String::new()));
        assert_eq!(Typed::read("/leave"), Typed::Leave);
        assert_eq!(Typed::read("/peers"), Typed::Peers);
    }

    #[test]
    fn a_command_nobody_knows_is_not_said() {
        for line in ["/nick Ada", "/leave now", "/", "/ me", "/Leave"] {
            assert!(matches!(Typed::read(line), Typed::Unknown(_)), "{line}");
        }
    }

    #[test]
    fn a_blank_line_is_nothing() {
        assert_eq!(Typed::read(" \t"), Typed::Nothing);
        assert_eq!(Typed::read("/me "), Typed::Nothing);
    }
}
