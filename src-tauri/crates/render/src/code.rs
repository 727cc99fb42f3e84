//! Colours for code: which parts of it are words of the language, strings, comments and so on.
//!
//! The scanners here know little of each language, and that is on purpose. Grammars made of
//! regular expressions, as editors use them, take seconds for a few kilobytes that were written to
//! be slow, and strangers write here. These scanners read a text once from its beginning to its
//! end and never go back, so what they cost grows with its length and with nothing else.

mod languages;
mod markup;
mod rows;
mod style;
mod words;

use std::ops::Range;

pub(crate) use languages::{LABELS, Language, named};

/// What a part of the code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Comment,
    Text,
    Number,
    Keyword,
    Type,
    Literal,
    Function,
    Property,
    Tag,
    Meta,
    Variable,
    Heading,
    Inserted,
    Deleted,
}

impl Class {
    /// What the page and the gate call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Comment => "hl-comment",
            Self::Text => "hl-string",
            Self::Number => "hl-number",
            Self::Keyword => "hl-keyword",
            Self::Type => "hl-type",
            Self::Literal => "hl-literal",
            Self::Function => "hl-function",
            Self::Property => "hl-property",
            Self::Tag => "hl-tag",
            Self::Meta => "hl-meta",
            Self::Variable => "hl-variable",
            Self::Heading => "hl-heading",
            Self::Inserted => "hl-inserted",
            Self::Deleted => "hl-deleted",
        }
    }

    /// All of them.
    pub(crate) const ALL: [Self; 14] = [
        Self::Comment,
        Self::Text,
        Self::Number,
        Self::Keyword,
        Self::Type,
        Self::Literal,
        Self::Function,
        Self::Property,
        Self::Tag,
        Self::Meta,
        Self::Variable,
        Self::Heading,
        Self::Inserted,
        Self::Deleted,
    ];
}

/// The parts of `code` that are something, in order; what lies between them is nothing special.
pub(crate) fn parts(language: &Language, code: &str) -> Vec<(Class, Range<usize>)> {
    let mut reader = Reader::new(code);
    language.scan(&mut reader);
    reader.parts
}

/// How many parts of one message are coloured; what comes after them is shown plain.
pub(crate) const MAX_PARTS: usize = 3_000;

/// A text being read, and what was found in it.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    parts: Vec<(Class, Range<usize>)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            parts: Vec::new(),
        }
    }

    /// Whether nothing is left, or nothing more is coloured.
    fn is_done(&self) -> bool {
        self.at >= self.text.len() || self.parts.len() >= MAX_PARTS
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn before(&self) -> Option<char> {
        self.text.get(..self.at)?.chars().next_back()
    }

    /// Whether the line so far is blank.
    fn is_line_start(&self) -> bool {
        let line = self.text.get(..self.at).unwrap_or_default();
        line.chars()
            .rev()
            .take(MAX_INDENT)
            .find(|it| *it == '\n' || !it.is_whitespace())
            .is_none_or(|it| it == '\n')
    }

    fn starts(&self, with: &str) -> bool {
        self.rest().starts_with(with)
    }

    /// Passes over `bytes` bytes.
    fn pass(&mut self, bytes: usize) {
        self.at = self.text.ceil_char_boundary(self.at + bytes);
    }

    /// Passes over one character.
    fn step(&mut self) {
        self.pass(self.peek().map_or(1, char::len_utf8));
    }

    /// Passes over `bytes` bytes and says what they are.
    fn take(&mut self, class: Class, bytes: usize) {
        let start = self.at;
        self.pass(bytes);
        self.mark(class, start);
    }

    /// Says what everything since `start` is.
    fn mark(&mut self, class: Class, start: usize) {
        if start >= self.at {
            return;
        }
        if let Some((last, range)) = self.parts.last_mut()
            && *last == class
            && range.end == start
        {
            range.end = self.at;
        } else {
            self.parts.push((class, start..self.at));
        }
    }

    /// How many bytes as long as `goes_on` holds.
    fn length(&self, goes_on: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        rest.find(|it| !goes_on(it)).unwrap_or(rest.len())
    }

    /// How many bytes to the end of the line.
    fn line(&self) -> usize {
        self.length(|it| it != '\n')
    }

    /// How many bytes to the end of `close`, or all there are.
    fn through(&self, close: &str) -> usize {
        let rest = self.rest();
        rest.find(close).map_or(rest.len(), |it| it + close.len())
    }
}

/// How far the beginning of a line is looked for.
const MAX_INDENT: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(language: &str, code: &str) -> Vec<(&'static str, String)> {
        let language = named(language).expect("a language we know");
        parts(language, code)
            .into_iter()
            .map(|(class, range)| (&class.name()[3..], code[range].to_owned()))
            .collect()
    }

    fn found(language: &str, code: &str) -> String {
        read(language, code)
            .into_iter()
            .map(|(class, text)| format!("{class} {text}"))
            .collect::<Vec<_>>()
            .join(" | ")
    }

    #[test]
    fn parts_of_code_are_told_apart() {
        for (language, code, expected) in [
            (
                "rust",
                "#[test]\nfn a(b: &'x Vec<u8>) { r#\"a\"b\"#; 'c'; 1_0u8 } // d",
                "meta #[test] | keyword fn | function a | variable 'x | type Vec | type u8 | \
                 string r#\"a\"b\"# | string 'c' | number 1_0u8 | comment // d",
            ),
            (
                "js",
                "const a = /b\\/c/g, d = `e\nf` / 2; g('h') /* i */",
                "keyword const | string /b\\/c/g | string `e\nf` | number 2 | function g | \
                 string 'h' | comment /* i */",
            ),
            (
                "python",
                "@a\ndef b(c): # d\n  return \"\"\"e\n\"\"\" if None else 1.5",
                "meta @a | keyword def | function b | comment # d | keyword return | \
                 string \"\"\"e\n\"\"\" | keyword if | literal None | keyword else | number 1.5",
            ),
            (
                "sh",
                "for i in $(ls \"$a\"); do echo ${i} $# a#b; done # c",
                "keyword for | keyword in | string \"$a\" | keyword do | keyword echo | \
                 variable ${i} | variable $# | keyword done | comment # c",
            ),
            (
                "json",
                "{\"a\": \"b\", \"c\": [1, true]}",
                "property \"a\" | string \"b\" | property \"c\" | number 1 | literal true",
            ),
            (
                "yaml",
                "a: b # c\nd:\n  - \"e\"",
                "property a | comment # c | property d | string \"e\"",
            ),
            (
                "toml",
                "[a]\nb = 'c' # d",
                "meta [a] | property b | string 'c' | comment # d",
            ),
            (
                "html",
                "<!-- a --><b c=\"d\">e &amp;</b><script>let f</script>",
                "comment <!-- a --> | tag <b | property c | string \"d\" | tag > | literal &amp; | \
                 tag </b><script> | keyword let | tag </script>",
            ),
            (
                "css",
                ".a > b { color: #fff; --c: 1px } @media x {}",
                "type .a | tag b | property color | number #fff | variable --c | number 1px | \
                 keyword @media | tag x",
            ),
            (
                "sql",
                "select 'it''s' from A -- b",
                "keyword select | string 'it''s' | keyword from | comment -- b",
            ),
            (
                "diff",
                "@@ -1 +1 @@\n-a\n+b\n c",
                "meta @@ -1 +1 @@ | deleted -a | inserted +b",
            ),
            (
                "md",
                "# a\n\nb `c`\n> d",
                "heading # a | string `c` | comment > d",
            ),
            (
                "c",
                "#include <a>\nint b = 0x1F;",
                "meta #include | string <a> | type int | number 0x1F",
            ),
            (
                "go",
                "func (a *B) c() error { return nil }",
                "keyword func | type B | function c | type error | keyword return | literal nil",
            ),
        ] {
            assert_eq!(found(language, code), expected, "{language}");
        }
    }

    #[test]
    fn what_is_not_closed_ends_with_the_code() {
        for (language, code) in [
            ("rust", "/* a"),
            ("rust", "r##\"a\"#"),
            ("python", "'''a"),
            ("html", "<!-- a"),
            ("html", "<a b=\"c"),
            ("css", "/* a"),
        ] {
            let last = read(language, code).pop();
            assert!(
                last.is_some_and(|(_, text)| code.ends_with(&text)),
                "{code}"
            );
        }
    }

    #[test]
    fn every_language_has_one_label_and_names_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for language in languages::all() {
            assert!(LABELS.contains(&language.label));
            for name in language.names {
                assert!(seen.insert(*name), "{name} twice");
                assert_eq!(named(name).map(|it| it.label), Some(language.label));
            }
        }
        assert_eq!(LABELS.len(), languages::all().count());
        assert!(named("no such language").is_none());
        assert_eq!(named("RUST,ignore").map(|it| it.label), Some("Rust"));
        assert_eq!(named("{.python}").map(|it| it.label), Some("Python"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn parts_lie_in_order_and_whole_whatever_the_code(
            pieces in prop::collection::vec(prop_oneof![
                prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
                any::<char>().prop_map(String::from),
                "[a-zA-Z0-9_$]{1,4}",
            ], 0..80)
        ) {
            let code = pieces.concat();
            for language in languages::all() {
                let mut end = 0;
                for (_, range) in parts(language, &code) {
                    prop_assert!(range.start >= end && range.end > range.start);
                    prop_assert!(code.get(range.clone()).is_some(), "{} {code:?}", language.label);
                    end = range.end;
                }
            }
        }
    }

    const PIECES: [&str; 40] = [
        "\n", " ", "\t", "/*", "*/", "//", "\"", "'", "`", "\"\"\"", "'''", "r#\"", "\"#", "#",
        "#[", "]", "{", "}", "(", ")", "<", ">", "</", "<!--", "-->", "<script>", "</script", "=",
        ":", ";", "@", "$", "${", "\\", "/", "--", "[[", "&", "é", "…",
    ];
}
