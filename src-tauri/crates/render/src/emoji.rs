//! Emoji: their short names in a text, and those a person may pick from.

use std::ops::Range;

/// One emoji, as it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// The emoji itself.
    pub emoji: &'static str,
    /// What it shows, in English.
    pub name: &'static str,
    /// What can be typed for it between two colons; empty where it has no such name.
    pub shortcode: &'static str,
}

/// The emoji that fit `query` best, at most `limit`; the usual ones where nothing is asked for.
#[must_use]
pub fn find(query: &str, limit: usize) -> Vec<Emoji> {
    let query: String = query
        .trim()
        .trim_matches(':')
        .chars()
        .take(MAX_QUERY_CHARS)
        .flat_map(char::to_lowercase)
        .map(|it| if it == '_' { ' ' } else { it })
        .collect();
    if query.is_empty() {
        return USUAL
            .split(' ')
            .filter_map(emojis::get)
            .map(offered)
            .take(limit)
            .collect();
    }
    if let Some(emoji) = emojis::get(&query) {
        return [offered(emoji)].into_iter().take(limit).collect();
    }
    let mut found: Vec<(u8, Emoji)> = emojis::iter()
        .filter_map(|emoji| fit(emoji, &query))
        .collect();
    // Among those that fit as well the order of the standard stays.
    found.sort_by_key(|(rank, _)| *rank);
    found
        .into_iter()
        .map(|(_, emoji)| emoji)
        .take(limit)
        .collect()
}

/// Whether a text is one emoji and nothing else.
#[must_use]
pub fn is_one(text: &str) -> bool {
    text.len() <= MAX_EMOJI_BYTES && emojis::get(text).is_some()
}

/// The emoji whose short name starts with the colon at `start`, and where it stands.
pub(crate) fn shortcode_at(text: &str, start: usize) -> Option<(Range<usize>, &'static str)> {
    let before = text[..start].chars().next_back();
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let rest = text[start..].strip_prefix(':')?;
    let length = rest
        .bytes()
        .take(MAX_SHORTCODE_BYTES + 1)
        .position(|it| !(it.is_ascii_alphanumeric() || b"_+-".contains(&it)))?;
    if !rest[length..].starts_with(':') {
        return None;
    }
    let emoji = emojis::get_by_shortcode(&rest[..length])?;
    Some((start..start + length + 2, emoji.as_str()))
}

fn offered(emoji: &'static emojis::Emoji) -> Emoji {
    Emoji {
        emoji: emoji.as_str(),
        name: emoji.name(),
        shortcode: emoji.shortcode().unwrap_or_default(),
    }
}

/// How well an emoji fits, less being better, with the name it fits by.
fn fit(emoji: &'static emojis::Emoji, query: &str) -> Option<(u8, Emoji)> {
    let mut best = by_name(emoji.name(), query).map(|rank| (rank, offered(emoji)));
    for shortcode in emoji.shortcodes() {
        if let Some(rank) = by_shortcode(shortcode, query)
            && best.is_none_or(|(best, _)| rank < best)
        {
            best = Some((
                rank,
                Emoji {
                    shortcode,
                    ..offered(emoji)
                },
            ));
        }
    }
    best
}

fn by_shortcode(shortcode: &str, query: &str) -> Option<u8> {
    let spaced = shortcode.replace('_', " ");
    if spaced == query {
        Some(0)
    } else if spaced.starts_with(query) {
        Some(1)
    } else {
        spaced.contains(query).then_some(3)
    }
}

fn by_name(name: &str, query: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if name.split(' ').any(|word| word.starts_with(query)) || name.starts_with(query) {
        Some(2)
    } else {
        name.contains(query).then_some(4)
    }
}

/// The longest query that is looked at; no name is longer.
const MAX_QUERY_CHARS: usize = 64;
/// The longest emoji is a family of four, joined.
const MAX_EMOJI_BYTES: usize = 64;
/// The longest short name has 37 letters.
const MAX_SHORTCODE_BYTES: usize = 48;

const USUAL: &str = "👍 ❤️ 😂 🎉 😊 🙏 👀 🔥 ✅ 🤔 😍 😢 😅 🙌 👏 💯 \
    😀 😃 😄 😁 😆 🤣 🙂 😉 😇 🥰 😘 😋 😎 🤓 🥳 😏 😴 🤗 🤨 😐 🙄 😬 😮 😱 \
    😭 😤 😡 🤯 🥺 👋 👌 ✌️ 🤞 💪 👎 🤷 🤦 💔 ✨ ⭐ 🚀 ☕ 🍻 ❌";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ones_are_offered_where_nothing_is_asked_for() {
        let usual = find("  ", 100);

        assert_eq!(usual.len(), USUAL.split(' ').count());
        assert_eq!(usual.first().map(|it| it.shortcode), Some("+1"));
        assert!(usual.iter().all(|it| is_one(it.emoji)));
        assert_eq!(find("", 5).len(), 5);
    }

    #[test]
    fn what_fits_best_comes_first() {
        let first = |query: &str| find(query, 60).first().map(|it| it.emoji);

        assert_eq!(first("smile"), Some("😄"));
        assert_eq!(first(":heart:"), Some("❤️"));
        assert_eq!(first("thumbs_up"), Some("👍"));
        assert_eq!(first("Rocket"), Some("🚀"));
        assert_eq!(first("🚀"), Some("🚀"));
        assert_eq!(first("no such thing"), None);
        assert!(find("a", 60).len() == 60);
        assert!(find(&"a".repeat(1_000_000), 60).is_empty());
    }

    #[test]
    fn one_emoji_is_one_whatever_it_is_made_of() {
        for one in ["👍", "👍🏽", "❤️", "❤", "🇪🇺", "👨‍👩‍👧‍👦", "1️⃣"]
        {
            assert!(is_one(one), "{one}");
        }
        for other in ["", "a", "1", "👍👍", " 👍", "👍 ", ":+1:", "\u{200D}"] {
            assert!(!is_one(other), "{other:?}");
        }
        assert!(!is_one(&"👍".repeat(100_000)));
    }

    #[test]
    fn the_bounds_hold_all_there_is() {
        for emoji in emojis::iter().flat_map(|it| {
            let toned = it.skin_tones().into_iter().flatten();
            std::iter::once(it).chain(toned)
        }) {
            assert!(emoji.as_str().len() <= MAX_EMOJI_BYTES, "{emoji}");
            assert!(
                emoji.name().chars().count() <= 2 * MAX_QUERY_CHARS,
                "{emoji}"
            );
            for shortcode in emoji.shortcodes() {
                assert!(shortcode.len() <= MAX_SHORTCODE_BYTES, "{shortcode}");
            }
        }
    }
}
