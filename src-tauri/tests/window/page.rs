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
        self.is_ready().await;
        let field = self.find("#door-room").await;
        field.clear().await.expect("the field is cleared");
        field.send_keys(room).await.expect("a name is typed");
        self.press("room-door button[type=submit]").await;
        self.is_in(room).await;
    }

    /// Enters a private room by its name and password, from the first screen.
    pub(crate) async fn enter_private(&self, room: &str, password: &str) {
        self.is_ready().await;
        let field = self.find("#door-room").await;
        field.clear().await.expect("the field is cleared");
        field.send_keys(room).await.expect("a name is typed");
        self.press("room-door label.choice:has(input[value=private])")
            .await;
        let field = self.find("#door-password").await;
        field.send_keys(password).await.expect("it is typed");
        self.press("room-door button[type=submit]").await;
        self.is_in(room).await;
    }

    /// Chooses a file where one is asked for. The dialog of the desktop is not part of the page.
    pub(crate) async fn give_file(&self, selector: &str, file: &std::path::Path) {
        let field = self.client().find(Locator::Css(selector)).await;
        let field = field.expect("a place for a file");
        let path = file.to_str().expect("its path");
        field.send_keys(path).await.expect("the file is chosen");
    }

    /// Waits until the page listens. The name that is suggested comes last; what is typed must not
    /// mix with it.
    pub(crate) async fn is_ready(&self) {
        self.until(
            "a suggested name",
            "return document.querySelector('#door-room')?.value.length > 0",
            vec![],
        )
        .await;
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

/// The languages there is a catalogue for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// The one the system has where the tests run.
    English,
    /// Chosen in the settings.
    Spanish,
}

impl Language {
    /// As `<html lang>` has it, and the names of pictures.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }
}

/// Makes two tests of a journey, one in each language. What is read on the way is taken from the
/// catalogue, so a journey is written once.
macro_rules! in_each_language {
    ($($journey:ident),+ $(,)?) => {$(
        mod $journey {
            use crate::page::Language;

            #[tokio::test(flavor = "multi_thread")]
            async fn in_english() {
                super::$journey(Language::English).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn in_spanish() {
                super::$journey(Language::Spanish).await;
            }
        }
    )+};
}
pub(crate) use in_each_language;

/// What is said in words, and what is pressed by its words.
impl Stage {
    /// Turns the window to a language, as a person does: in the settings.
    pub(crate) async fn speak(&self, language: Language) {
        self.is_ready().await;
        if language != Language::English {
            self.go_to("settings").await;
            self.choose("#settings-language", language.code()).await;
        }
        self.until(
            &format!("a page in {language:?}"),
            "return document.documentElement.lang === arguments[0]",
            vec![json!(language.code())],
        )
        .await;
        if language != Language::English {
            self.press("#new-room").await;
        }
    }

    /// Waits until the page speaks the language that was chosen before the app was started.
    pub(crate) async fn speak_as_kept(&self, language: Language) {
        self.is_ready().await;
        self.until(
            &format!("a page in {language:?} again"),
            "return document.documentElement.lang === arguments[0]",
            vec![json!(language.code())],
        )
        .await;
    }

    /// What the page says somewhere, from the catalogue in use: `direct.away`, or what a function
    /// of it makes of these arguments. Parts between which names stand are joined.
    pub(crate) async fn word(&self, path: &str, arguments: &[serde_json::Value]) -> String {
        self.words(path, arguments).await.concat()
    }

    /// The same in its parts, such as what is said in short and in full.
    pub(crate) async fn words(&self, path: &str, arguments: &[serde_json::Value]) -> Vec<String> {
        let found = self
            .js(
                "const { words } = await import(new URL('/lib/words.js', location.href).href);
                 const [path, given] = arguments;
                 let [it, of] = [words, null];
                 for (const key of path.split('.')) [it, of] = [it[key], it];
                 if (typeof it === 'function') it = it.apply(of, given);
                 return [it].flat();",
                vec![json!(path), json!(arguments)],
            )
            .await;
        let found: Vec<String> = serde_json::from_value(found).expect("words");
        assert!(found.concat() != "", "no such word: {path}");
        found
    }

    /// Waits until the page shows what the catalogue has for this.
    pub(crate) async fn reads_word(&self, path: &str, arguments: &[serde_json::Value]) {
        let word = self.word(path, arguments).await;
        self.reads(&word).await;
    }

    /// Waits until the page shows this nowhere.
    pub(crate) async fn reads_no_more(&self, text: &str) {
        self.until(
            &format!("{text:?} to go"),
            "return !document.body.innerText.includes(arguments[0])",
            vec![json!(text)],
        )
        .await;
    }

    /// Brings another page to the front.
    pub(crate) async fn go_to(&self, page: &str) {
        self.press(&format!("#rooms-pane button[data-page={page}]"))
            .await;
        self.find(&format!("#{page}-title")).await;
    }

    /// Takes one of a list.
    pub(crate) async fn choose(&self, selector: &str, value: &str) {
        let select = self.find(selector).await;
        select.select_by_value(value).await.expect("it is offered");
    }

    /// Presses the button that is called so, of the dialog or menu in front if there is one.
    pub(crate) async fn press_called(&self, label: &str) {
        self.until(
            &format!("a button {label:?}"),
            "for (const old of document.querySelectorAll('[data-called]')) old.removeAttribute('data-called');
             const front = document.querySelector('dialog[open]') ?? document.querySelector(':popover-open') ?? document;
             const called = (it) => [it.innerText.trim(), it.ariaLabel, it.title].includes(arguments[0]);
             const button = [...front.querySelectorAll('button')].find((it) => called(it) && it.checkVisibility() && !it.disabled);
             button?.setAttribute('data-called', '');
             return button !== undefined;",
            vec![json!(label)],
        )
        .await;
        self.press("[data-called]").await;
    }

    /// The same, by what the catalogue calls it.
    pub(crate) async fn press_word(&self, path: &str, arguments: &[serde_json::Value]) {
        let label = self.word(path, arguments).await;
        self.press_called(&label).await;
    }

    /// Turns a switch, and waits until it shows it.
    pub(crate) async fn turn_switch(&self, selector: &str, on: bool) {
        self.press(selector).await;
        self.until(
            &format!("{selector} to be {on}"),
            "return document.querySelector(arguments[0]).checked === arguments[1]",
            vec![json!(selector), json!(on)],
        )
        .await;
    }

    /// Presses keys where the focus is; the first ones are held.
    pub(crate) async fn keys(&self, held: &[Key], then: impl Into<char>) {
        let mut keys: String = held.iter().map(|&key| char::from(key)).collect();
        keys.push(then.into());
        // Pressed again, what is held is let go.
        keys.extend(held.iter().map(|&key| char::from(key)));
        let focused = self.client().active_element().await.expect("the focus");
        focused.send_keys(&keys).await.expect("keys");
    }

    /// The message with this text, as something that takes keys.
    pub(crate) async fn article(&self, text: &str) -> Element {
        self.until(
            &format!("the message {text:?}"),
            "for (const old of document.querySelectorAll('[data-wanted]')) old.removeAttribute('data-wanted');
             const article = [...document.querySelectorAll('chat-room:not([hidden]) article')]
               .find((it) => it.checkVisibility() && it.querySelector('.body')?.innerText.trim() === arguments[0]);
             article?.setAttribute('data-wanted', '');
             return article !== undefined;",
            vec![json!(text)],
        )
        .await;
        self.find("article[data-wanted]").await
    }

    /// Waits until something in the message with this text matches a selector.
    pub(crate) async fn article_has(&self, text: &str, selector: &str) {
        self.until(
            &format!("{selector} at {text:?}"),
            "return [...document.querySelectorAll('chat-room:not([hidden]) article')]
               .some((it) => it.querySelector('.body')?.innerText.trim() === arguments[0]
                 && (it.matches(arguments[1]) || it.querySelector(arguments[1]) !== null))",
            vec![json!(text), json!(selector)],
        )
        .await;
    }

    /// What stands in the box of the place in front.
    pub(crate) async fn draft(&self) -> String {
        let value = self.composer().await.prop("value").await;
        value.expect("a value").unwrap_or_default()
    }

    /// What is new in a room or private talk, as its row in the list shows it: mentions, lines.
    pub(crate) async fn unread(&self, name: &str, lines: &str, mentions: &str) {
        self.until(
            &format!("{lines:?} new and {mentions:?} mentions in {name}"),
            "const row = [...document.querySelectorAll('room-list button.room')].find((it) => it.querySelector('.name').textContent === arguments[0]);
             const shown = (kind) => row?.querySelector(`.${kind} > [aria-hidden]`)?.textContent ?? '';
             return shown('unread') === arguments[1] && shown('mentions') === arguments[2];",
            vec![json!(name), json!(lines), json!(mentions)],
        )
        .await;
    }

    /// Goes to a room or private talk by its row in the list.
    pub(crate) async fn go_to_room(&self, name: &str) {
        self.until(
            &format!("{name} in the list"),
            "for (const old of document.querySelectorAll('[data-row]')) old.removeAttribute('data-row');
             const row = [...document.querySelectorAll('room-list button.room')].find((it) => it.querySelector('.name').textContent === arguments[0]);
             row?.setAttribute('data-row', '');
             return row !== undefined;",
            vec![json!(name)],
        )
        .await;
        self.press("room-list [data-row]").await;
    }

    /// Presses by the keyboard what only shows itself to who points at it or comes by Tab.
    pub(crate) async fn press_by_key(&self, path: &str, arguments: &[serde_json::Value]) {
        let label = self.word(path, arguments).await;
        let selector = format!("button[aria-label={}]", json!(label));
        let button = self.client().find(Locator::Css(&selector)).await;
        let button = button.expect("a button");
        let enter = char::from(Key::Enter).to_string();
        button.send_keys(&enter).await.expect("Enter");
    }

    /// Opens what is known of somebody.
    pub(crate) async fn open_person(&self, name: &str) {
        self.press_word("people.about", &[json!(name)]).await;
        self.find("person-dialog dialog[open]").await;
    }
}
