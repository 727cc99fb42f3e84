//! Hands what this crate makes of hostile texts to the tests of the page, which put it into a real
//! browser's document. The file lies with them and is committed; this test keeps it true.

use std::fs;
use std::path::Path;

use render::Context;
use serde_json::{Value, json};

#[test]
fn the_page_is_tested_with_what_this_crate_makes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = here.join("../interop/page/rendered.json");
    let committed = fs::read_to_string(&file).unwrap_or_default();

    let mut rendered: Vec<Value> = Vec::new();
    for name in ["elements", "markdown"] {
        let corpus = fs::read_to_string(here.join(format!("tests/hostile/{name}.txt")));
        for text in corpus.expect("a corpus").split("\n%%\n") {
            rendered.push(shown(text));
        }
    }
    for text in [
        ">".repeat(9_999),
        "> ".repeat(4_999) + "x",
        "- ".repeat(4_999) + "x",
        "**".repeat(4_999),
        "[".repeat(4_999) + &"]".repeat(4_999),
    ] {
        rendered.push(shown(&text));
    }
    let mut current = serde_json::to_string_pretty(&rendered).expect("plain data");
    current.push('\n');

    if committed != current {
        fs::write(&file, &current).expect("a writable folder");
    }
    assert!(
        committed == current,
        "rendered.json was out of date; it is written, commit it"
    );
}

/// The text is there to be found again by a reader; of a very long one the beginning is enough.
fn shown(text: &str) -> Value {
    let beginning: String = text.chars().take(200).collect();
    json!({ "text": beginning, "html": render::markdown(text, &Context::default()).as_str() })
}
