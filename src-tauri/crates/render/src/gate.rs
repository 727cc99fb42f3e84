//! The last gate: whatever was made before, only this passes.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::cards::is_host;
use crate::code::{Class, LABELS};

/// Drops every element, attribute and address scheme that is not on the list.
pub(crate) fn pass(html: &str) -> String {
    GATE.clean(html).to_string()
}

static GATE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut spans = HashSet::from(["task", "mention", "mention-me"]);
    spans.extend(Class::ALL.map(Class::name));
    let mut gate = Builder::empty();
    gate.tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "target", "data-host"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .allowed_classes(HashMap::from([
            ("a", HashSet::from(["link", "card", "picture", "video"])),
            ("div", HashSet::from(["table", "code", "footnote"])),
            ("span", spans),
            ("sup", HashSet::from(["footnote"])),
            ("td", HashSet::from(["center", "right"])),
            ("th", HashSet::from(["center", "right"])),
        ]))
        .tag_attribute_values(HashMap::from([
            (
                "a",
                HashMap::from([("data-card", HashSet::from(["picture", "youtube"]))]),
            ),
            (
                "div",
                HashMap::from([("data-language", HashSet::from(LABELS))]),
            ),
        ]))
        .attribute_filter(|_, name, value| {
            (name != "data-host" || is_host(value)).then_some(value.into())
        })
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean_content_tags(HashSet::from(["script", "style"]));
    gate
});

const TAGS: [&str; 26] = [
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
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
