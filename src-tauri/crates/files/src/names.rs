//! What a stranger calls a file, and what we call it.
//!
//! A name from outside is either refused, because nobody honest sends it, or mended, because honest
//! people's systems allow what others do not: a colon, a trailing dot, the name `CON`. What comes out
//! is safe as one component of a path on every system we run on, is not hidden, and reads as it is:
//! nothing in it turns the reading direction or hides the ending.

use std::fmt;

use crate::limits::{MAX_DEPTH, MAX_NAME_BYTES, MAX_NAME_TRIES, MAX_PATH_BYTES};

/// One component of a path: a name that is safe on every system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeName(String);

/// Where a file of an offer belongs below the chosen folder: at least one name, no `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafePath(Vec<SafeName>);

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is no name.
    #[error("the name is empty")]
    Empty,
    /// It is `.` or `..`.
    #[error("the name means a folder")]
    Dots,
    /// It has a separator in it.
    #[error("the name has a separator in it")]
    Separator,
    /// It is too long for file systems.
    #[error("the name is too long")]
    TooLong,
    /// It lies too deep.
    #[error("the file lies in too many folders")]
    TooDeep,
    /// It is no text.
    #[error("the name is not text")]
    NotText,
    /// Too many files are called like this.
    #[error("too many files have this name")]
    Taken,
}

impl SafeName {
    /// Makes a stranger's name safe, or refuses it.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(NameError::TooLong);
        }
        if name.contains(['/', '\\', '\0']) {
            return Err(NameError::Separator);
        }
        if name == "." || name == ".." {
            return Err(NameError::Dots);
        }

        let mut safe = String::with_capacity(name.len());
        let mut marks = 0;
        for char in name.chars() {
            marks = if is_mark(char) { marks + 1 } else { 0 };
            if char.is_whitespace() {
                // A run of spaces pushes the true ending out of sight.
                if !safe.ends_with(' ') {
                    safe.push(' ');
                }
            } else if is_joining(char) && !joins(safe.chars().next_back(), char) {
                // Where nothing is joined it only makes another name of what looks the same.
            } else if marks > MAX_MARKS {
                // So many upon one letter cover its neighbours.
            } else if is_unseen(char) || matches!(char, '<' | '>' | ':' | '"' | '|' | '?' | '*') {
                safe.push('_');
            } else {
                safe.push(char);
            }
        }
        // Windows drops dots and spaces at the end, which would make two names one.
        let ends_nothing = |char: char| matches!(char, '.' | ' ') || is_joining(char);
        let mut safe = safe.trim().trim_end_matches(ends_nothing).to_owned();
        if safe.is_empty() {
            safe.push('_');
        }
        // What begins so is an option, or somebody's home, to programs that are given the name.
        if safe.starts_with(['.', '-', '~']) || is_device(&safe) {
            safe.insert(0, '_');
        }
        if safe.len() > MAX_NAME_BYTES {
            return Err(NameError::TooLong);
        }
        Ok(Self(safe))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name before its ending, and the ending with its dot.
    #[must_use]
    pub fn split(&self) -> (&str, &str) {
        match self.0.rfind('.') {
            Some(at) if at > 0 => self.0.split_at(at),
            _ => (&self.0, ""),
        }
    }

    /// The `count`th name like this one: `film (2).mkv`.
    #[must_use]
    pub fn numbered(&self, count: u32) -> Self {
        let suffix = format!(" ({count})");
        let (mut stem, mut ending) = self.split();
        if ending.len() + suffix.len() >= MAX_NAME_BYTES {
            (stem, ending) = (&self.0, "");
        }
        let room = MAX_NAME_BYTES - ending.len() - suffix.len();
        let mut cut = stem.len().min(room);
        while !stem.is_char_boundary(cut) {
            cut -= 1;
        }
        Self(format!(
            "{}{suffix}{ending}",
            stem.get(..cut).unwrap_or_default()
        ))
    }

    /// The first of this name, `name (2)`, `name (3)`… that is not taken.
    pub fn first_free(&self, mut is_taken: impl FnMut(&Self) -> bool) -> Result<Self, NameError> {
        if !is_taken(self) {
            return Ok(self.clone());
        }
        (2..MAX_NAME_TRIES)
            .map(|count| self.numbered(count))
            .find(|name| !is_taken(name))
            .ok_or(NameError::Taken)
    }

    /// What two names that some system takes for one have in common.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// Whether opening such a file may run what is in it, as far as is known. Such a file is never
    /// opened for a person, only shown in its folder.
    #[must_use]
    pub fn may_run(&self) -> bool {
        let ending = self.split().1.to_ascii_lowercase();
        !HARMLESS.contains(&ending.trim_start_matches('.'))
    }
}

impl fmt::Display for SafeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SafeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl SafePath {
    /// Makes the components of a stranger's path safe, or refuses them.
    pub fn parse<'a>(components: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NameError> {
        let mut names = Vec::new();
        for component in components {
            if names.len() >= MAX_DEPTH {
                return Err(NameError::TooDeep);
            }
            let name = str::from_utf8(component).map_err(|_| NameError::NotText)?;
            names.push(SafeName::parse(name)?);
        }
        Self::new(names)
    }

    /// A path of safe names, outermost first.
    pub fn new(names: Vec<SafeName>) -> Result<Self, NameError> {
        if names.len() > MAX_DEPTH {
            return Err(NameError::TooDeep);
        }
        if names.iter().map(|name| name.0.len() + 1).sum::<usize>() > MAX_PATH_BYTES {
            return Err(NameError::TooLong);
        }
        if names.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(Self(names))
    }

    /// The folders and the file's own name, outermost first.
    #[must_use]
    pub fn names(&self) -> &[SafeName] {
        &self.0
    }

    /// The file's own name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.last().map_or("", SafeName::as_str)
    }

    /// The file's own name, as a name.
    #[must_use]
    pub fn own_name(&self) -> SafeName {
        // A path has a name at least.
        let own = self.0.last().cloned();
        own.unwrap_or_else(|| SafeName("_".to_owned()))
    }
}

impl fmt::Display for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(name.as_str())?;
        }
        Ok(())
    }
}

/// Whether a file is one that systems leave lying about and nobody means to share, as browsers
/// judge it: such files are left out of an offer.
#[must_use]
pub fn is_junk(name: &str) -> bool {
    name.starts_with('.')
        && (matches!(
            name,
            ".DS_Store" | ".AppleDouble" | ".LSOverride" | ".Spotlight-V100"
        ) || name.starts_with("._")
            || name.contains(".Trashes")
            || name.ends_with(".swp")
            || name.ends_with('~'))
}

/// Marks upon one letter; Vietnamese has two, and systems that take letters apart write them so.
const MAX_MARKS: usize = 3;

/// What makes one sign of its neighbours, or another form of the one before it. Emoji and several
/// scripts need these, each once and between what is joined.
fn is_joining(char: char) -> bool {
    matches!(char, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether a joining character does something after this one that an honest name needs. Keycaps begin
/// with a digit.
fn joins(before: Option<char>, joining: char) -> bool {
    let is_form = |char: char| matches!(char, '\u{fe00}'..='\u{fe0f}');
    match before {
        None | Some('\u{200c}' | '\u{200d}') => false,
        Some(before) if is_form(before) => joining == '\u{200d}',
        Some('0'..='9' | '#') => is_form(joining),
        Some(before) => !before.is_ascii(),
    }
}

/// Marks that stand upon, below or through the letter before them.
fn is_mark(char: char) -> bool {
    matches!(char,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that cannot be seen, that change how their neighbours are seen, or that pass for a dot.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2024}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether Windows takes the name for a device, whatever its ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_uppercase();
    if matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    ["COM", "LPT"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|rest| {
            let mut chars = rest.chars();
            matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
        })
    })
}

/// Endings of files that are only looked at, heard or read when opened: pictures, sound, films, texts,
/// documents without programs in them, and archives. New kinds of programs are thought of every year,
/// so that whatever is not here counts as one.
const HARMLESS: &[&str] = &[
    "3gp", "7z", "aac", "aif", "aiff", "apng", "avi", "avif", "bmp", "bz2", "csv", "djvu", "docx",
    "epub", "flac", "flv", "gif", "gz", "heic", "heif", "ico", "ics", "jfif", "jpeg", "jpg",
    "json", "log", "m4a", "m4v", "md", "mid", "midi", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg",
    "odg", "odp", "ods", "odt", "oga", "ogg", "ogm", "ogv", "opus", "pdf", "pjp", "pjpeg", "png",
    "pptx", "rar", "rtf", "srt", "tar", "tex", "tif", "tiff", "ts", "tsv", "txt", "vcf", "vtt",
    "wav", "weba", "webm", "webp", "wmv", "xlsx", "xz", "yaml", "yml", "zip", "zst",
];

#[cfg(test)]
mod tests;
