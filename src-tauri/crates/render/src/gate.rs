//! The last gate: whatever was made before, only this passes.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// Drops every element, attribute and address scheme that is not on the list.
pub(crate) fn pass(html: &str) -> String {
    GATE.clean(html).to_string()
}

static GATE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut gate = Builder::empty();
    gate.tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "target"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .allowed_classes(HashMap::from([
            ("a", HashSet::from(["link", "picture"])),
            ("div", HashSet::from(["table"])),
            ("span", HashSet::from(["task"])),
            ("td", HashSet::from(["center", "right"])),
            ("th", HashSet::from(["center", "right"])),
        ]))
        .tag_attribute_values(HashMap::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean_content_tags(HashSet::from(["script", "style"]));
    gate
});

const TAGS: [&str; 25] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
