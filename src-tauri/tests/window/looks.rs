//! How it looks: nothing hangs over an edge, and the desktop's theme is followed.

use serde_json::json;

use crate::company::{Guest, tracker};
use crate::stage::{Setup, Stage, Theme, turn};

const CONVERSATION: &[&str] = &[
    "Morning! Did the **seedlings** make it through the night?",
    "They did. Here is what I wrote down:\n\n| bed | sown | up |\n|---|---|---|\n| 1 | beans | 14 of 16 |\n| 2 | kale | ~~none~~ 9 of 12 |\n\n- [x] water\n- [ ] nets against the pigeons",
    "> nets against the pigeons\n\nI have some left, will bring them. See <https://example.org/nets> for how to tie them.",
    "Measured with\n\n```python\nfor bed in beds:\n    print(bed.name, bed.moisture())\n```\n\nand `bed 3` is too dry.",
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_fits_in_a_narrow_window() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.resize(360, 640).await;
    stage.find("#door-room").await;
    fits(&stage, "home").await;
    stage.picture("home-narrow").await;

    let room = "a-room-with-a-very-long-name-".repeat(8);
    stage.enter(&room).await;
    let guest = Guest::enter(&room, &tracker, &"W".repeat(30)).await;
    stage.sees(&[&"W".repeat(30)]).await;
    for line in CONVERSATION {
        guest.say(line).await;
    }
    guest
        .say(&"Donaudampfschifffahrtsgesellschaft".repeat(20))
        .await;
    guest
        .say(&format!("https://example.org/{}", "path/".repeat(60)))
        .await;
    guest
        .say(&format!(
            "| {}\n|{}",
            "wide | ".repeat(30),
            "---|".repeat(30)
        ))
        .await;
    guest
        .say(&format!("```\n{}\n```", "long line of code ".repeat(30)))
        .await;
    guest.say(&"👩‍👩‍👧‍👦".repeat(100)).await;
    guest.say("the end").await;
    stage.line("the end").await;
    fits(&stage, "a room").await;
    stage.picture("room-narrow-hostile").await;

    stage.resize(320, 480).await;
    fits(&stage, "a room in the smallest window").await;
    stage.press("chat-room:not([hidden]) .people-button").await;
    stage
        .find("chat-room:not([hidden]) .people-pane:popover-open")
        .await;
    fits(&stage, "the people").await;
    stage.picture("people-narrow").await;
    stage.close().await;
    guest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn light_and_dark_follow_the_desktop() {
    let _turn = turn().await;
    let tracker = tracker().await;
    for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let stage = Setup::new()
            .with(["--tracker", &tracker, "--name", "Ada"])
            .theme(theme)
            .open()
            .await;
        stage.find("#door-room").await;
        let dark = stage
            .js(
                "return matchMedia('(prefers-color-scheme: dark)').matches",
                vec![],
            )
            .await;
        assert_eq!(dark, json!(theme == Theme::Dark));
        let brightness = stage
            .js(
                "const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
                 return (r + g + b) / 3;",
                vec![],
            )
            .await;
        let brightness = brightness.as_f64().expect("a number");
        assert_eq!(brightness < 128.0, theme == Theme::Dark, "{brightness}");
        stage.picture(&format!("home-{name}")).await;

        stage.enter("allotment").await;
        let guest = Guest::enter("allotment", &tracker, "Ben").await;
        stage.sees(&["Ben"]).await;
        for (number, line) in CONVERSATION.iter().enumerate() {
            if number % 2 == 0 {
                guest.say(line).await;
            } else {
                stage.put(line).await;
            }
            stage
                .until(
                    "the line",
                    "return document.querySelectorAll('article.line').length > arguments[0]",
                    vec![json!(number)],
                )
                .await;
        }
        fits(&stage, "a room").await;
        stage.picture(&format!("room-{name}")).await;
        stage.resize(360, 640).await;
        stage.picture(&format!("room-narrow-{name}")).await;
        stage.close().await;
        guest.stop().await;
    }
}

/// Nothing on the page is wider than the page.
async fn fits(stage: &Stage, what: &str) {
    let wide = stage
        .js(
            "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
             const page = document.documentElement;
             const beyond = [...document.querySelectorAll('body *')].filter((it) => {
               if (!it.checkVisibility() || it.closest('svg, .visually-hidden')) return false;
               // What scrolls by itself may be as wide as it likes.
               for (let up = it.parentElement; up; up = up.parentElement) {
                 if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX) && up !== document.body && up !== page) return false;
               }
               return it.getBoundingClientRect().right > page.clientWidth + 1;
             }).map((it) => `${it.localName}.${it.className}`);
             return { excess: Math.max(0, page.scrollWidth - page.clientWidth, document.body.scrollWidth - page.clientWidth), beyond,
                      log: [...document.querySelectorAll('.log')].filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth).length };",
            vec![],
        )
        .await;
    assert_eq!(
        wide,
        json!({ "excess": 0, "beyond": [], "log": 0 }),
        "{what}"
    );
}
