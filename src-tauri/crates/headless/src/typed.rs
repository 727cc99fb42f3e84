//! What a typed line means.

#[cfg(test)]
mod tests;

use room::Standing;

/// What a person wants by a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Nothing: the line is blank.
    Nothing,
    /// Say this.
    Say(String),
    /// Say something to one person alone: whose name it begins with, then the words.
    SayTo(String),
    /// Answer a line.
    Reply(u64, String),
    /// Say a line of ours differently; the last one where none is named.
    Edit(Option<u64>, String),
    /// Take a line of ours back; the last one where none is named.
    Delete(Option<u64>),
    /// Send a line of ours again; the last one where none is named.
    Resend(Option<u64>),
    /// Put an emoji on a line, or take it away again.
    React(u64, String),
    /// Which lines hold these words?
    Search(String),
    /// The last lines with their numbers.
    Lines(usize),
    /// A whole line, folded away or not.
    Show(u64),
    /// Decide about the person of that name.
    Judge(Standing, String),
    /// Take the person of that name for a stranger again.
    Unknow(String),
    /// Try the trackers that cannot be reached now.
    Retry,
    /// How this room treats people one does not know; nothing to be told.
    Rules(Option<(Rule, bool)>),
    /// Who is here?
    Peers,
    /// Who is here, and all that is known of them?
    Who,
    /// How do others come here? With the secret where that is asked for.
    Link {
        /// Whether the links are to let whoever has them in.
        secret: bool,
    },
    /// Why is someone reachable or not?
    Doctor,
    /// Does this tracker, or STUN or TURN server, work?
    Test(String),
    /// How do others come here, as a code for a telephone?
    Qr {
        /// Whether whoever reads it is to be let in.
        secret: bool,
    },
    /// Enter another room: its name or link, and its password where there is one. Nothing asks
    /// where one could go.
    Join(String, Option<String>),
    /// Enter the room that the code in a picture leads to.
    OpenQr(String),
    /// Which rooms is one in?
    Rooms,
    /// Turn to a room: its number or name.
    Switch(String),
    /// Remember this room.
    Pin,
    /// Forget this room, or the one of that number among the pinned ones.
    Unpin(Option<usize>),
    /// Which rooms are pinned? With a number, enter that one.
    Pinned(Option<usize>),
    /// Whether this room rings; nothing to be told.
    Quiet(Option<bool>),
    /// Write the person to a file.
    Export {
        /// The file.
        path: String,
        /// Whether it is locked with a passphrase.
        locked: bool,
    },
    /// Become the person of a file.
    Import(String),
    /// Leave all rooms and enter them anew.
    Rejoin,
    /// Share these files and folders: paths, as they were typed.
    File(String),
    /// What is shared, fetched and given?
    Files,
    /// Fetch what a line shares, into that folder where one is named.
    Get(u64, Option<String>),
    /// Do something about what a line shares.
    Move(Move, u64),
    /// Forget the person, what they chose, and what they pinned.
    Forget {
        /// Whether they mean it.
        confirmed: bool,
    },
    /// What did the person choose? With words, choose otherwise.
    Settings(Option<String>),
    /// What is one called?
    Name,
    /// Be called so from now on; nothing for the animal name alone.
    Rename(String),
    /// Leave.
    Leave,
    /// What can be typed?
    Help,
    /// It is a command, but lacks something: how it is to be written.
    Incomplete(&'static str),
    /// It looks like a command, but is none.
    Unknown(String),
}

/// A rule of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Whoever is not verified says little at a time.
    Slow,
    /// Links and media of such people are bare text.
    Plain,
}

/// What can be done about what is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Take what we share back.
    Unshare,
    /// Stop fetching for now.
    Pause,
    /// Go on.
    Resume,
    /// Fetch it no longer, and throw away what came of it.
    Cancel,
}

/// What can be typed.
pub(crate) const HELP: &str = "\
Each line is said to the room. Lines that begin with / are for the program:
  /me ACTION        say what you do: /me waves
  /msg NAME TEXT    say something to one person alone
  /reply N TEXT     answer line N; /lines and the full screen show the numbers
  /edit [N] TEXT    say a line of yours differently, without N the last one of this talk
  /delete [N]       take a line of yours back
  /resend [N]       send a line of yours again to those it did not reach
  /react N EMOJI    put an emoji on a line, or take it away: /react 12 :tada:
  /file PATH…       share files and folders; quotes around a path that has spaces
  /get N [FOLDER]   fetch what line N shares; again goes on with what failed
  /files            what is shared here, and how far it is
  /pause N          stop fetching it for now; /resume N goes on, /cancel N throws it away
  /unshare N        take back what you share
  /search WORDS     which lines hold these words
  /lines [COUNT]    the last lines, with their numbers
  /show N           a whole line, folded away or not
  /peers            who is here
  /who              who is here, what is known of them, and whom you know, muted or blocked
  /know NAME        somebody you know: no stranger here or elsewhere; /unknow NAME ends it
  /mute NAME        fold away what they say; /unmute NAME ends it
  /block NAME       neither hear them nor be heard; /unblock NAME ends it
  /rules [slow|plain on|off]   how people one does not know are treated here
  /quiet [on|off]   nothing said in this room rings
  /name [NAME]      what you are called; with a name, be called so; /name - as at the beginning
  /link [secret]    how others come here; with the secret only when you say so
  /qr [secret]      the same as a code that a telephone reads
  /join ROOM|LINK [PASSWORD]   enter another room; \"A ROOM\" where its name has spaces
  /open-qr FILE     enter the room that the QR code in a picture leads to
  /rooms            the rooms you are in; /switch N turns to one
  /pin              remember this room; /unpin [N] forgets it
  /pinned [N]       the rooms remembered; with N, enter one
  /export FILE [encrypted]   write who you are to a file, for another machine
  /import FILE      become who is in a file, Chitchatter's too; /rejoin in the rooms you are in
  /settings [NAME VALUE]   what you chose; with words, choose otherwise
  /forget everything   forget who you are, what you chose and pinned; asks you to repeat it
  /doctor           why someone is reachable or not
  /retry            try the trackers now instead of after their pause
  /test URL         whether a tracker, or a STUN or TURN server, works
  /leave            leave this room at once; with the last one, the program ends
  /help             this
  //…               say a line that begins with /
On the full screen Tab completes a command, an @name, a path and the number of what is shared, and
else shows the next talk.";

/// Every command, without its slash.
pub(crate) const COMMANDS: [&str; 47] = [
    "block", "cancel", "delete", "doctor", "edit", "export", "file", "files", "forget", "get",
    "help", "import", "join", "know", "leave", "lines", "link", "me", "msg", "mute", "name",
    "open-qr", "pause", "peers", "pin", "pinned", "qr", "quiet", "react", "rejoin", "reply",
    "resend", "resume", "retry", "rooms", "rules", "search", "settings", "show", "switch", "test",
    "unblock", "unknow", "unmute", "unpin", "unshare", "who",
];

/// How to enter another room.
const JOIN: &str = "/join \"A ROOM\" [\"A PASSWORD\"], with quotes around what has spaces";

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
        let (word, rest) = first_word(command);
        let words = rest.trim();
        match (word, words) {
            ("me", "") => Self::Nothing,
            ("me", action) => Self::Say(format!("*{action}*")),
            ("name", "") => Self::Name,
            ("name", "-" | "\"\"") => Self::Rename(String::new()),
            ("name", name) => Self::Rename(name.to_owned()),
            ("msg", "") => Self::Incomplete("/msg NAME TEXT"),
            ("msg", _) => Self::SayTo(words.to_owned()),
            ("reply", _) => Self::reply(words),
            ("edit", _) => Self::edit(words),
            ("delete", _) => Self::own(words, Self::Delete, "/delete [N]"),
            ("resend", _) => Self::own(words, Self::Resend, "/resend [N]"),
            ("react", _) => Self::react(words),
            ("search", "") => Self::Incomplete("/search WORDS"),
            ("search", _) => Self::Search(words.to_owned()),
            ("lines", "") => Self::Lines(LINES),
            ("lines", _) => words
                .parse()
                .map_or(Self::Incomplete("/lines [COUNT]"), Self::Lines),
            ("show", _) => number(words).map_or(Self::Incomplete("/show N"), Self::Show),
            ("mute", _) => Self::judge(Standing::Muted, words, "/mute NAME"),
            ("unmute", _) => Self::judge(Standing::Normal, words, "/unmute NAME"),
            ("block", _) => Self::judge(Standing::Blocked, words, "/block NAME"),
            ("unblock", _) => Self::judge(Standing::Normal, words, "/unblock NAME"),
            ("know", _) => Self::judge(Standing::Known, words, "/know NAME"),
            ("retry", "") => Self::Retry,
            ("retry", _) => Self::Incomplete("/retry"),
            ("unknow", "") => Self::Incomplete("/unknow NAME"),
            ("unknow", _) => Self::Unknow(words.to_owned()),
            ("rules", _) => Self::rules(words),
            ("peers", "") => Self::Peers,
            ("who", "") => Self::Who,
            ("link", "") => Self::Link { secret: false },
            ("link", "secret") => Self::Link { secret: true },
            ("link", _) => Self::Incomplete("/link, or /link secret"),
            ("qr", "") => Self::Qr { secret: false },
            ("qr", "secret") => Self::Qr { secret: true },
            ("qr", _) => Self::Incomplete("/qr, or /qr secret"),
            ("join", _) => Self::join(words),
            ("rooms", "") => Self::Rooms,
            ("rooms", _) => Self::Incomplete("/rooms"),
            ("switch", "") => Self::Incomplete("/switch N"),
            ("switch", _) => Self::Switch(words.to_owned()),
            ("pin", "") => Self::Pin,
            ("pin", _) => Self::Incomplete("/pin"),
            ("unpin", _) => Self::numbered(words, Self::Unpin, "/unpin [N]"),
            ("pinned", _) => Self::numbered(words, Self::Pinned, "/pinned [N]"),
            ("quiet", "") => Self::Quiet(None),
            ("quiet", "on") => Self::Quiet(Some(true)),
            ("quiet", "off") => Self::Quiet(Some(false)),
            ("quiet", _) => Self::Incomplete("/quiet [on|off]"),
            ("export", _) => Self::export(words),
            ("import", "") => Self::Incomplete("/import FILE"),
            ("import", path) => Self::Import(unquoted(path).to_owned()),
            ("rejoin", "") => Self::Rejoin,
            ("rejoin", _) => Self::Incomplete("/rejoin"),
            ("settings", "") => Self::Settings(None),
            ("settings", change) => Self::Settings(Some(change.to_owned())),
            ("file", "") => Self::Incomplete("/file PATH…"),
            ("file", paths) => Self::File(paths.to_owned()),
            ("files", "") => Self::Files,
            ("files", _) => Self::Incomplete("/files"),
            ("get", _) => Self::get(words),
            ("unshare", _) => Self::about_files(words, Move::Unshare, "/unshare N"),
            ("pause", _) => Self::about_files(words, Move::Pause, "/pause N"),
            ("resume", _) => Self::about_files(words, Move::Resume, "/resume N"),
            ("cancel", _) => Self::about_files(words, Move::Cancel, "/cancel N"),
            ("doctor", "") => Self::Doctor,
            ("test", "") => Self::Incomplete("/test URL"),
            ("test", url) => Self::Test(url.to_owned()),
            ("open-qr", "") => Self::Incomplete("/open-qr FILE"),
            ("open-qr", path) => Self::OpenQr(unquoted(path).to_owned()),
            ("forget", "everything") => Self::Forget { confirmed: false },
            ("forget", FORGET) => Self::Forget { confirmed: true },
            ("forget", _) => Self::Incomplete("/forget everything"),
            ("leave", "") => Self::Leave,
            ("help", "") => Self::Help,
            ("peers", _) => Self::Incomplete("/peers"),
            ("who", _) => Self::Incomplete("/who"),
            ("doctor", _) => Self::Incomplete("/doctor"),
            ("leave", _) => Self::Incomplete("/leave"),
            ("help", _) => Self::Incomplete("/help"),
            _ => Self::Unknown(word.to_owned()),
        }
    }

    fn reply(words: &str) -> Self {
        let (first, text) = first_word(words);
        match (number(first), text.trim()) {
            (None, _) | (_, "") => Self::Incomplete("/reply N TEXT"),
            (Some(line), text) => Self::Reply(line, text.to_owned()),
        }
    }

    fn get(words: &str) -> Self {
        let (first, folder) = first_word(words);
        let folder = folder.trim();
        let folder = (!folder.is_empty()).then(|| folder.to_owned());
        number(first).map_or(Self::Incomplete("/get N [FOLDER]"), |line| {
            Self::Get(line, folder)
        })
    }

    fn about_files(words: &str, what: Move, usage: &'static str) -> Self {
        number(words).map_or(Self::Incomplete(usage), |line| Self::Move(what, line))
    }

    fn edit(words: &str) -> Self {
        let (first, text) = first_word(words);
        match (number(first), text.trim()) {
            _ if words.is_empty() => Self::Incomplete("/edit [N] TEXT"),
            // The new words may be a number alone.
            (_, "") => Self::Edit(None, words.to_owned()),
            // It was meant as a line, and would become its text.
            (None, _) if is_like_a_number(first) => {
                Self::Incomplete("/edit N TEXT, where N is the number of a line")
            }
            (None, _) => Self::Edit(None, words.to_owned()),
            (Some(line), text) => Self::Edit(Some(line), text.to_owned()),
        }
    }

    fn own(words: &str, make: fn(Option<u64>) -> Self, usage: &'static str) -> Self {
        match number(words) {
            None if words.is_empty() => make(None),
            None => Self::Incomplete(usage),
            line => make(line),
        }
    }

    fn react(words: &str) -> Self {
        let (first, emoji) = first_word(words);
        match (number(first), emoji.trim()) {
            (None, _) | (_, "") => Self::Incomplete("/react N EMOJI"),
            (Some(line), emoji) => Self::React(line, emoji.to_owned()),
        }
    }

    /// The first word is the room and the second its password, unless quotes hold more together.
    fn join(words: &str) -> Self {
        let quoted = words
            .strip_prefix('"')
            .and_then(|rest| rest.split_once('"'));
        let (place, password) = quoted.unwrap_or_else(|| first_word(words));
        let password = match password.trim() {
            "" => None,
            one if !one.contains(char::is_whitespace) => Some(one),
            // Whoever forgot the quotes around a room's name must not enter another room.
            several => match several
                .strip_prefix('"')
                .and_then(|it| it.strip_suffix('"'))
            {
                Some(password) => Some(password),
                None => return Self::Incomplete(JOIN),
            },
        };
        Self::Join(place.to_owned(), password.map(str::to_owned))
    }

    fn export(words: &str) -> Self {
        let (path, locked) = match words.rsplit_once(char::is_whitespace) {
            Some((path, "encrypted")) => (path.trim(), true),
            _ => (words, false),
        };
        match unquoted(path) {
            "" | "encrypted" => Self::Incomplete("/export FILE [encrypted]"),
            path => Self::Export {
                path: path.to_owned(),
                locked,
            },
        }
    }

    fn numbered(words: &str, make: fn(Option<usize>) -> Self, usage: &'static str) -> Self {
        match words.parse() {
            _ if words.is_empty() => make(None),
            Ok(number) => make(Some(number)),
            Err(_) => Self::Incomplete(usage),
        }
    }

    fn judge(standing: Standing, name: &str, usage: &'static str) -> Self {
        if name.is_empty() {
            return Self::Incomplete(usage);
        }
        Self::Judge(standing, name.to_owned())
    }

    fn rules(words: &str) -> Self {
        let mut words = words.split_whitespace();
        let rule = match words.next() {
            None => return Self::Rules(None),
            Some("slow") => Some(Rule::Slow),
            Some("plain") => Some(Rule::Plain),
            Some(_) => None,
        };
        let on = match words.next() {
            Some("on") => Some(true),
            Some("off") => Some(false),
            _ => None,
        };
        match (rule, on, words.next()) {
            (Some(rule), Some(on), None) => Self::Rules(Some((rule, on))),
            _ => Self::Incomplete("/rules, or /rules slow on, /rules plain off and the like"),
        }
    }
}

/// How many lines `/lines` shows when not told.
const LINES: usize = 20;

/// The first word and what follows it.
pub(crate) fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// A path, which may stand in quotes as in a shell.
fn unquoted(path: &str) -> &str {
    path.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(path)
}

/// What confirms that everything is to be forgotten, after the command.
pub(crate) const FORGET: &str = "everything for ever";

/// Whether a word was meant as the number of a line, such as -1 or #1a.
fn is_like_a_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['#', '-', '+']);
    let is_marked = word.starts_with('#');
    digits.starts_with(|it: char| it.is_ascii_digit())
        && (is_marked || digits.chars().all(|it| it.is_ascii_digit()))
}

/// The number of a line, written 12 or #12.
fn number(word: &str) -> Option<u64> {
    let digits = word.strip_prefix('#').unwrap_or(word);
    let is_plain = digits.chars().all(|it| it.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain)
}
