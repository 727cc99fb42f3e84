//! Any text becomes HTML that is bounded and holds no script.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let html = render::markdown(text);
    assert!(html.as_str().len() <= 2 * render::MAX_HTML_BYTES);
    assert!(!html.as_str().contains("<script"));
});
