//! Any text becomes HTML that is bounded and holds no script.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let names: Vec<&str> = text.split_whitespace().take(16).collect();
    for plain in [false, true] {
        let context = render::Context {
            names: &names,
            own_names: &names[..names.len() / 2],
            plain,
        };
        let html = render::markdown(text, &context);
        assert!(html.as_str().len() <= 2 * render::MAX_HTML_BYTES);
        assert!(!html.as_str().contains("<script"));
        assert!(!plain || !html.as_str().contains("<a"));
    }
    assert!(render::emoji::find(text, 60).len() <= 60);
    let _ = render::emoji::is_one(text);
});
