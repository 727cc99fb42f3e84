//! What it costs to show what is said: `cargo bench -p render`.
//!
//! Prints a line for each kind of message: the median of several rounds. The last ones are what a
//! stranger would send to make it slow.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench looks at a clock and says what it saw"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use render::{Context, MAX_SOURCE_UNITS, markdown};

/// Rounds each figure is the median of.
const ROUNDS: usize = 21;

fn main() {
    println!("{:<44} {:>9} {:>9} {:>9}", "message", "bytes", "html", "µs");
    let start = Instant::now();
    black_box(shown("first"));
    row(
        "the very first, which makes the gate",
        "first",
        start.elapsed(),
    );

    for (name, text) in usual().into_iter().chain(hostile()) {
        let mut rounds: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                black_box(shown(&text));
                start.elapsed()
            })
            .collect();
        rounds.sort_unstable();
        row(name, &text, rounds[ROUNDS / 2]);
    }

    let start = Instant::now();
    for number in 0..10_000 {
        black_box(shown(&format!("short message number {number} :+1:")));
    }
    let all = start.elapsed();
    println!("10 000 short messages: {} ms", all.as_millis());
    let start = Instant::now();
    for _ in 0..100 {
        black_box(render::emoji::find("heart", 60));
    }
    println!(
        "a search for emoji: {} µs",
        start.elapsed().as_micros() / 100
    );
}

fn shown(text: &str) -> usize {
    let context = Context {
        names: &["Ann", "Ann Lee", "Box"],
        own_names: &["Box"],
        plain: false,
    };
    markdown(text, &context).as_str().len()
}

fn row(name: &str, text: &str, took: Duration) {
    let (bytes, html) = (text.len(), shown(text));
    println!("{name:<44} {bytes:>9} {html:>9} {:>9}", took.as_micros());
}

fn usual() -> Vec<(&'static str, String)> {
    vec![
        ("a short message", "see you **later** :smile:".to_owned()),
        ("10 KB of prose", PROSE.repeat(10_000 / PROSE.len())),
        ("50 lines of Rust", fenced("rust", RUST, 1_500)),
        ("10 KB of Rust", fenced("rust", RUST, 9_900)),
        (
            "10 KB of HTML",
            fenced("html", "<p class=\"a\">b &amp; <b>c</b></p>\n", 9_900),
        ),
    ]
}

fn hostile() -> Vec<(&'static str, String)> {
    let whole = |part: &str| part.repeat(MAX_SOURCE_UNITS / part.encode_utf16().count());
    vec![
        ("one letter as code", fenced("ts", "a", 9_900)),
        ("calls as code", fenced("rust", "a(", 9_900)),
        ("quotes never closed", fenced("js", "/", 9_900)),
        ("short names of emoji", whole(":fr:")),
        ("names", whole("@Box")),
        ("names with spaces", whole("@Ann Lee ")),
        ("colons", whole(":")),
        ("pictures", whole("![a](http://b.c)")),
        ("addresses", whole("http://b.cd/a.png ")),
        ("quotes", whole("> ")),
        ("footnotes", whole("[^a]: b\n")),
        ("emphasis", whole("*a* ")),
        (
            "references",
            format!(
                "[a]: http://{}\n\n{}",
                "a".repeat(1_900),
                "[a]".repeat(2_600)
            ),
        ),
    ]
}

fn fenced(language: &str, line: &str, bytes: usize) -> String {
    format!("```{language}\n{}\n```", line.repeat(bytes / line.len()))
}

const PROSE: &str = "Some *words* and a [link](https://example.com/) with `code`, then @Ann asks \
    https://example.com/x and gets an answer :+1:.\n\n";
const RUST: &str = "    let name = names.get(&key).map_or(\"none\", |it| it.as_str()); // why\n";
