//! What people have tried elsewhere, and what a program can think of.

#![expect(
    clippy::disallowed_methods,
    reason = "a clock tells whether something took long"
)]

mod harmless;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use harmless::assert_harmless;
use proptest::prelude::*;
use render::{Context, MAX_HTML_BYTES, MAX_SOURCE_UNITS, SafeHtml};

/// Generous, since tests may share a slow machine; what takes hours takes longer.
const SOON: Duration = Duration::from_secs(10);

fn markdown(text: &str) -> SafeHtml {
    let context = Context {
        names: &["Ann", "<b>", "\"x=y", "</span>", "a", ""],
        own_names: &["<b>"],
        plain: false,
    };
    render::markdown(text, &context)
}

fn fenced(language: &str, code: &str) -> String {
    format!("```{language}\n{code}\n```")
}

#[test]
fn nothing_in_the_hostile_corpus_comes_through() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder of hostile texts") {
        let corpus = fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        // One by one, then all together: some only work after others.
        for text in corpus.split("\n%%\n") {
            assert_harmless(markdown(text).as_str());
            assert_harmless(markdown(&format!("> - {text}\n\n[x]: {text}\n[x]")).as_str());
            assert_harmless(markdown(&format!("| {text} |\n|--|\n| {text} |")).as_str());
            seen += 1;
        }
        assert_harmless(markdown(&corpus).as_str());
    }
    assert!(seen > 100, "the corpus is missing");
}

#[test]
fn nothing_a_stranger_writes_is_a_link_where_it_is_to_be_plain() {
    let corpus = include_str!("hostile/markdown.txt");
    for text in corpus.split("\n%%\n").chain([
        "https://a.example www.a.example a@b.example <https://a.example>",
        "[a](https://a.example) ![b](https://a.example/b.png) [c]\n\n[c]: https://a.example",
    ]) {
        let context = Context {
            plain: true,
            ..Context::default()
        };
        let html = render::markdown(text, &context);
        assert!(!html.as_str().contains("<a"), "{}", html.as_str());
        assert_harmless(html.as_str());
    }
}

#[test]
fn a_message_offers_a_few_things_to_load_and_no_more() {
    let html = markdown(&"![a](https://a.example/b) https://youtu.be/dQw4w9WgXcQ ".repeat(100));

    assert_eq!(html.as_str().matches("data-card").count(), 8);
    assert_eq!(html.as_str().matches("<a ").count(), 200);
}

#[test]
fn names_and_colours_are_bounded_and_the_words_stay() {
    let html = markdown(&"@Ann ".repeat(1_999));
    assert_eq!(html.as_str().matches("class=\"mention\"").count(), 100);
    assert_eq!(html.as_str().matches("@Ann").count(), 1_999);

    let html = markdown(&"```js\na(1)\n```\n".repeat(500));
    assert_eq!(html.as_str().matches("<span").count(), 1_000);
    let html = markdown(&fenced("js", &"a(".repeat(4_900)));
    assert_eq!(html.as_str().matches("<span").count(), 3_000);
    assert_eq!(html.as_str().matches('(').count(), 4_900);
}

#[test]
fn an_address_that_runs_code_is_not_a_link() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "java&#10;script:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x1;javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "ms-msdt:/id",
        "chitchatter://public/elsewhere",
        "//evil.example/x",
        "\\\\evil.example\\share",
        "https:evil.example",
        "/relative",
    ] {
        let html = markdown(&format!("[x]({address}) <{address}> ![x]({address})"));

        assert!(
            !html.as_str().contains("href"),
            "{address} became {html:?}: {}",
            html.as_str()
        );
    }
}

#[test]
fn deep_nesting_costs_neither_time_nor_depth() {
    for (name, text) in [
        ("quotes", ">".repeat(9_999)),
        ("quotes with spaces", "> ".repeat(4_999) + "x"),
        ("lists", "- ".repeat(4_999) + "x"),
        ("ordered lists", "1. ".repeat(3_333) + "x"),
        (
            "stepped lists",
            (0..130).map(|it| " ".repeat(it) + "- x\n").collect(),
        ),
        ("quoted lists", "> - ".repeat(2_499) + "x"),
        ("emphasis", "*a **b ".repeat(1_400)),
        ("closed emphasis", "*a _b ".repeat(800) + &"_*".repeat(800)),
        ("stars", "*".repeat(9_999)),
        ("alternating", "*_".repeat(4_999)),
        ("brackets", "[".repeat(9_999)),
        ("bracket pairs", "[".repeat(4_999) + &"]".repeat(4_999)),
        ("links", "[a](".repeat(2_499)),
        ("pictures", "![".repeat(3_333) + &"](a)".repeat(300)),
        (
            "backticks",
            (1..140).map(|it| "`".repeat(it) + " ").collect(),
        ),
        ("angles", "<".repeat(9_999)),
        ("tags", "<a ".repeat(3_333)),
        ("comments", "<!--".repeat(2_499)),
        ("processing", "<?".repeat(4_999)),
        ("entities", "&".repeat(9_999)),
        ("tildes", "~~a ".repeat(2_499)),
        (
            "definitions",
            (0..800).map(|it| format!("[{it}]: x\n")).collect(),
        ),
        ("tables in quotes", "> ".repeat(40) + "|a|\n|-|"),
        ("addresses", "http://a.b/(".repeat(830)),
        ("mails", "a@b.c".repeat(1_999)),
        ("at signs", "a@".repeat(4_999)),
        ("backslashes", "\\".repeat(9_999)),
        ("carriage returns", "\r>".repeat(4_999)),
        ("one letter as code", fenced("ts", &"a".repeat(9_900))),
        ("spaces as code", fenced("scss", &"\t".repeat(9_900))),
        ("calls as code", fenced("rust", &"a(".repeat(4_950))),
        (
            "comments never closed",
            fenced("java", &"/*\"'".repeat(2_400)),
        ),
        (
            "strings never closed",
            fenced("py", &"\"\"\"'''".repeat(1_600)),
        ),
        ("raw strings", fenced("rust", &"r#\"".repeat(3_300))),
        ("patterns", fenced("js", &"=/[".repeat(3_300))),
        ("elements", fenced("html", &"<a b=".repeat(1_900))),
        ("scripts", fenced("html", &"<script>".repeat(1_200))),
        ("variables", fenced("sh", &"${".repeat(4_900))),
        ("keys", fenced("yaml", &"a ".repeat(4_900))),
        ("blocks of code", "```js\na(\n```\n".repeat(760)),
        ("colons", ":".repeat(9_999)),
        ("short names", ":fr:".repeat(2_499)),
        ("names never closed", ":a".repeat(4_999)),
        ("names of people", "@Ann".repeat(2_499)),
        ("people", "@Ann ".repeat(1_999)),
        ("cards", "![a](http://b.c) http://b.cd/a.png ".repeat(280)),
        ("footnotes", "[^a]: ".repeat(1_600)),
        ("notes of notes", "[^a][^a]: x\n".repeat(800)),
    ] {
        let start = Instant::now();
        let html = markdown(&text);

        assert!(start.elapsed() < SOON, "{name} took {:?}", start.elapsed());
        assert!(html.as_str().len() <= 2 * MAX_HTML_BYTES, "{name}");
        assert_harmless(html.as_str());
    }
}

#[test]
fn a_short_text_cannot_become_endless_html() {
    let long = "a".repeat(1_900);
    for (name, text) in [
        (
            "references",
            format!("[a]: http://{long}\n\n{}", "[a]".repeat(2_600)),
        ),
        (
            "empty cells",
            format!(
                "{}\n{}\n{}",
                "|a".repeat(1_600),
                "|-".repeat(1_600),
                "|\n".repeat(1_600)
            ),
        ),
        ("quotation marks", "\"".repeat(9_999)),
        ("tiny emphasis", "*a* ".repeat(2_499)),
        ("tiny links", "<a:b>".repeat(1_999)),
        (
            "tiny pictures",
            "[a]: http://b\n\n".to_owned() + &"![a]".repeat(2_400),
        ),
    ] {
        let start = Instant::now();
        let html = markdown(&text);

        assert!(start.elapsed() < SOON, "{name} took {:?}", start.elapsed());
        assert!(
            html.as_str().len() <= 2 * MAX_HTML_BYTES,
            "{name}: {}",
            html.as_str().len()
        );
        assert_harmless(html.as_str());
    }
}

#[test]
fn a_text_longer_than_anyone_may_send_is_shown_plainly_and_cut() {
    let longest = "*a*".repeat(MAX_SOURCE_UNITS / 3);
    assert!(markdown(&longest).as_str().contains("<em>"));

    let html = markdown(&"*é*\n".repeat(3_000_000));

    assert!(!html.as_str().contains("<em>"));
    assert!(html.as_str().ends_with("…</p>"));
    assert!(html.as_str().len() < MAX_HTML_BYTES);
    assert_harmless(html.as_str());
}

#[test]
fn what_is_nested_too_deeply_is_still_shown() {
    let text = "> ".repeat(40) + "the end\n\n- a\n    - b\n        - c";

    let html = markdown(&text);

    for word in ["the end", ">a<", ">b<", ">c<"] {
        assert!(
            html.as_str().contains(word),
            "{word} is missing in {}",
            html.as_str()
        );
    }
    let html =
        markdown(&("> ".repeat(20) + "one\n" + &"> ".repeat(20) + "\n" + &"> ".repeat(20) + "two"));
    assert!(html.as_str().contains("one<br>two"), "{}", html.as_str());
}

#[test]
fn the_debug_form_does_not_tell_what_was_said() {
    assert_eq!(format!("{:?}", markdown("secret")), "SafeHtml(13)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_harmless(text in any::<String>()) {
        assert_harmless(markdown(&text).as_str());
    }

    #[test]
    fn any_heap_of_markup_is_harmless(parts in prop::collection::vec(part(), 0..120)) {
        assert_harmless(markdown(&parts.concat()).as_str());
    }

    #[test]
    fn words_are_never_lost(words in prop::collection::vec("[a-z]{3,8}", 1..30), marks in prop::collection::vec(mark(), 30)) {
        let text: String = words.iter().zip(&marks).map(|(word, mark)| format!("{word}{mark}")).collect();
        let html = markdown(&text);
        for word in &words {
            prop_assert!(html.as_str().contains(word.as_str()), "{word} of {text:?} is not in {}", html.as_str());
        }
    }
}

/// Pieces that mean something to a Markdown parser, a browser, or both.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(PARTS.to_vec()).prop_map(str::to_owned),
        "[ -~]{0,6}",
        any::<char>().prop_map(String::from),
    ]
}

const PARTS: [&str; 62] = [
    "```html\n",
    "```rs\n",
    "```diff\n",
    "~~~php\n",
    ":smile:",
    "@Ann",
    "@<b>",
    "[^a]",
    "[^a]: ",
    "https://youtu.be/dQw4w9WgXcQ",
    "\n",
    "\n\n",
    " ",
    "    ",
    "\t",
    "> ",
    "- ",
    "1. ",
    "- [x] ",
    "# ",
    "***",
    "---",
    "`",
    "```",
    "~~",
    "*",
    "_",
    "**",
    "[",
    "]",
    "(",
    ")",
    "](",
    "![",
    "<",
    ">",
    "\"",
    "'",
    "&",
    "&lt;",
    "&#x3c;",
    "\\",
    "|",
    "|-|",
    "<a href=",
    "<img src=x onerror=",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<svg/onload=",
    "</p>",
    "</div>",
    "javascript:",
    "data:",
    "http://a.b/",
    "https://",
    "www.c.d",
    "e@f.g",
    "[x]: ",
    "\0",
    "\u{202E}",
];

fn mark() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        " ", "\n", "\n\n", " * ", " _ ", "\n> ", "\n- ", " ` ", " <b> ", " ~~ ", " ** ", "\n    ",
        " & ",
    ])
}
