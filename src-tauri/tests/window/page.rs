//! The page as a person uses it: what is pressed and typed, what is seen.

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::json;

use crate::stage::Stage;

/// The room in front.
const ROOM: &str = "chat-room:not([hidden])";

/// One message as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Shown {
    /// Under whose name it stands.
    pub(crate) author: String,
    /// What can be read of it.
    pub(crate) text: String,
    /// Whether it is shown as one's own.
    pub(crate) own: bool,
}

impl Stage {
    /// Enters a public room by its name, from the first screen.
    pub(crate) async fn enter(&self, room: &str) {
        let field = self.find("#door-room").await;
        // The name that is suggested comes a moment after the page; what is typed must not mix with it.
        self.until(
            "a suggested name",
            "return document.querySelector('#door-room').value !== ''",
            vec![],
        )
        .await;
        field.clear().await.expect("the field is cleared");
        field.send_keys(room).await.expect("a name is typed");
        self.press("room-door button[type=submit]").await;
        self.is_in(room).await;
    }

    /// Waits until a room is in front.
    pub(crate) async fn is_in(&self, room: &str) {
        self.until(
            &format!("the room {room}"),
            "return document.querySelector(`chat-room:not([hidden]) .conversation`)?.ariaLabel === arguments[0]",
            vec![json!(room)],
        )
        .await;
    }

    /// Types a message and sends it with Enter.
    pub(crate) async fn say(&self, text: &str) {
        let composer = self.composer().await;
        composer.send_keys(text).await.expect("a message is typed");
        composer
            .send_keys(&char::from(Key::Enter).to_string())
            .await
            .expect("Enter is pressed");
    }

    /// Puts a message of several lines into the box as pasting does, and sends it with Enter.
    pub(crate) async fn put(&self, text: &str) {
        self.fill(text).await;
        let enter = char::from(Key::Enter).to_string();
        self.composer()
            .await
            .send_keys(&enter)
            .await
            .expect("Enter is pressed");
    }

    /// Puts a text into the box as pasting does: ten thousand key presses would take minutes.
    pub(crate) async fn fill(&self, text: &str) {
        self.js(
            "const box = document.querySelector('chat-room:not([hidden]) message-composer textarea');
             box.value = arguments[0];
             box.dispatchEvent(new InputEvent('input', { bubbles: true }));",
            vec![json!(text)],
        )
        .await;
    }

    /// What is on the clipboard, pasted into the box of the room in front and taken out again.
    pub(crate) async fn clipboard(&self) -> String {
        let composer = self.composer().await;
        composer.clear().await.expect("the box is cleared");
        let paste = format!("{}v{}", char::from(Key::Control), char::from(Key::Null));
        composer.send_keys(&paste).await.expect("it is pasted");
        self.until(
            "the clipboard",
            "return document.querySelector('chat-room:not([hidden]) message-composer textarea').value || null",
            vec![],
        )
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
    }

    /// The box a message is written in.
    pub(crate) async fn composer(&self) -> Element {
        self.find(&format!("{ROOM} message-composer textarea"))
            .await
    }

    /// All messages of the room in front, oldest first.
    pub(crate) async fn lines(&self) -> Vec<Shown> {
        let lines = self
            .js(
                "return [...document.querySelectorAll('chat-room:not([hidden]) article.line')].map((line) => ({
                   author: line.querySelector('header').textContent,
                   text: line.querySelector('.body').innerText.trim(),
                   own: line.classList.contains('own'),
                 }))",
                vec![],
            )
            .await;
        serde_json::from_value(lines).expect("lines")
    }

    /// Waits until a message with this text is shown, and gives it.
    pub(crate) async fn line(&self, text: &str) -> Shown {
        self.until(
            &format!("the message {text:?}"),
            "return [...document.querySelectorAll('chat-room:not([hidden]) article.line .body')]
               .some((body) => body.innerText.trim() === arguments[0])",
            vec![json!(text)],
        )
        .await;
        self.lines()
            .await
            .into_iter()
            .find(|line| line.text == text)
            .expect("it is shown")
    }

    /// Waits until the list of people shows exactly these names besides one's own.
    pub(crate) async fn sees(&self, names: &[&str]) {
        let mut names = names.to_vec();
        names.sort_unstable();
        self.until(
            &format!("{names:?} in the list of people"),
            "const names = [...document.querySelectorAll('chat-room:not([hidden]) peer-list > ul > li:not(.me) .name')]
               .map((name) => name.textContent).sort();
             return JSON.stringify(names) === JSON.stringify(arguments[0]);",
            vec![json!(names)],
        )
        .await;
    }

    /// Waits until the page shows a text somewhere.
    pub(crate) async fn reads(&self, text: &str) {
        self.until(
            &format!("the text {text:?}"),
            "return document.body.innerText.includes(arguments[0])",
            vec![json!(text)],
        )
        .await;
    }

    /// Waits for an element that can be seen.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        self.until(
            selector,
            "return [...document.querySelectorAll(arguments[0])].some((it) => it.checkVisibility())",
            vec![json!(selector)],
        )
        .await;
        let found = self
            .client()
            .find_all(Locator::Css(selector))
            .await
            .expect("elements");
        for element in found {
            if element.is_displayed().await.unwrap_or(false) {
                return element;
            }
        }
        panic!("{selector} has disappeared");
    }

    /// Presses a button, or whatever takes a press.
    pub(crate) async fn press(&self, selector: &str) {
        self.find(selector)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Presses the button with this label in a dialog that is open.
    pub(crate) async fn press_in_dialog(&self, label: &str) {
        let found = self
            .until(
                &format!("a dialog with {label:?}"),
                "const button = [...document.querySelectorAll('dialog[open] button')]
                   .find((it) => it.innerText.trim() === arguments[0]);
                 button?.setAttribute('data-pressed', '');
                 return button !== undefined;",
                vec![json!(label)],
            )
            .await;
        assert_eq!(found, json!(true));
        self.press("dialog[open] button[data-pressed]").await;
    }

    /// Leaves the room in front, whatever was said there.
    pub(crate) async fn leave(&self) {
        self.press(&format!("{ROOM} .actions > button.go")).await;
        let asked = self
            .until(
                "to be asked, or the first screen",
                "return document.querySelector('leave-dialog dialog[open]') ? 'asked' : !document.querySelector('#home').hidden && 'left'",
                vec![],
            )
            .await;
        if asked == json!("asked") {
            self.press_in_dialog("Leave").await;
        }
        self.find("#home room-door").await;
    }

    /// Asks Rust for something as the page would: what it answers, or why it does not.
    pub(crate) async fn invoke(
        &self,
        command: &str,
        arguments: serde_json::Value,
    ) -> Result<serde_json::Value, String> {
        let answer = self
            .js(
                "return await window.__TAURI__.core.invoke(arguments[0], arguments[1])
                   .then((ok) => ({ ok: ok ?? null }), (error) => ({ error: typeof error === 'string' ? error : JSON.stringify(error) }));",
                vec![json!(command), arguments],
            )
            .await;
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
            None => Ok(answer["ok"].clone()),
        }
    }
}
