//! A person's hand, for what is no part of the page: it types into the dialogs of the system, and
//! drags files from another program over the window. What it does goes through the screen, as with
//! anybody's.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, MapState,
    PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window,
    WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::stage::{GLANCE, PATIENCE};

/// What a key press and what a release is to the server.
const PRESS: u8 = 2;
const RELEASE: u8 = 3;
const MOTION: u8 = 6;

/// Keys that are no letters.
const SHIFT: u32 = 0xffe1;
const ALT: u32 = 0xffe9;
const CONTROL: u32 = 0xffe3;
const RETURN: u32 = 0xff0d;

/// How long a dialog may take to do what was typed.
const LISTENING: Duration = Duration::from_secs(5);

/// The version of dragging between programs that is spoken.
const XDND_VERSION: u32 = 5;

/// Inside of every window that matters here.
const SOMEWHERE: (i16, i16) = (560, 400);

/// A hand at one screen.
pub(crate) struct Hand {
    connection: RustConnection,
    root: Window,
    /// Which key, and whether with Shift, writes a letter.
    keys: HashMap<u32, (u8, bool)>,
}

impl Hand {
    /// One at this screen.
    pub(crate) fn at(display: &str) -> Self {
        let (connection, screen) = x11rb::connect(Some(display)).expect("a screen");
        let setup = connection.setup();
        let root = setup.roots[screen].root;
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = connection.get_keyboard_mapping(first, last - first + 1);
        let mapping = mapping.expect("asked").reply().expect("the keys");
        let per_key = usize::from(mapping.keysyms_per_keycode);
        let mut keys = HashMap::new();
        for (at, symbols) in mapping.keysyms.chunks(per_key).enumerate() {
            let code = first + u8::try_from(at).expect("a key");
            for (symbol, with_shift) in symbols.iter().take(2).zip([false, true]) {
                keys.entry(*symbol).or_insert((code, with_shift));
            }
        }
        Self {
            connection,
            root,
            keys,
        }
    }

    /// Waits for a dialog beside the window of the app, types a path into it and takes it.
    pub(crate) async fn choose(&self, path: &Path) {
        self.until("a dialog", || self.wide_windows().len() > 1)
            .await;
        // Without anybody who manages windows, keys go to the one under the pointer.
        self.point(SOMEWHERE);
        let path = path.to_str().expect("a path that can be typed");
        let deadline = Instant::now() + PATIENCE;
        while self.wide_windows().len() > 1 {
            assert!(Instant::now() < deadline, "the dialog does not close");
            // A dialog that was just opened may not listen yet: then it is done once more.
            self.press_with(CONTROL, u32::from('l'));
            self.press_with(CONTROL, u32::from('a'));
            for letter in path.chars() {
                self.press(u32::from(letter));
            }
            self.press(RETURN);
            let patience = Instant::now() + LISTENING;
            while self.wide_windows().len() > 1 && Instant::now() < patience {
                sleep(GLANCE).await;
            }
        }
    }

    /// Waits for a dialog beside the window of the app, and takes what it proposes.
    pub(crate) async fn accept(&self) {
        self.until("a dialog", || self.wide_windows().len() > 1)
            .await;
        self.point(SOMEWHERE);
        let deadline = Instant::now() + PATIENCE;
        while self.wide_windows().len() > 1 {
            assert!(Instant::now() < deadline, "the dialog does not close");
            // The letter of its button.
            self.press_with(ALT, u32::from('o'));
            sleep(GLANCE * 10).await;
        }
    }

    /// Drags a file over the window, holds it there, and then drops it.
    pub(crate) async fn drag(&self, file: &Path) -> Drag<'_> {
        let window = *self.wide_windows().first().expect("a window");
        Drag::begin(self, window, file).await
    }

    /// Asks the window of the app to close, as the desktop does.
    pub(crate) fn close_window(&self) {
        let window = self.wide_windows().into_iter().next().expect("a window");
        let delete = [self.atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, self.atom("WM_PROTOCOLS"), delete);
        self.connection
            .send_event(false, window, EventMask::NO_EVENT, event)
            .expect("a message")
            .check()
            .expect("it is delivered");
    }

    /// The windows that can be seen and are no trifles of a toolkit.
    fn wide_windows(&self) -> Vec<Window> {
        let tree = self.connection.query_tree(self.root).expect("asked");
        let all = tree.reply().expect("the windows").children;
        all.into_iter()
            .filter(|&window| {
                let shape = self.connection.get_geometry(window).expect("asked").reply();
                let about = self
                    .connection
                    .get_window_attributes(window)
                    .expect("asked");
                shape.is_ok_and(|it| it.width >= 200)
                    && about
                        .reply()
                        .is_ok_and(|it| it.map_state == MapState::VIEWABLE)
            })
            .collect()
    }

    async fn until(&self, what: &str, is_it: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_it() {
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            sleep(GLANCE).await;
        }
    }

    fn point(&self, (x, y): (i16, i16)) {
        self.fake(MOTION, 0, x, y);
    }

    fn press(&self, symbol: u32) {
        let &(key, with_shift) = self.keys.get(&symbol).expect("there is a key for it");
        let shift = self.keys.get(&SHIFT).expect("there is Shift").0;
        if with_shift {
            self.fake(PRESS, shift, 0, 0);
        }
        self.fake(PRESS, key, 0, 0);
        self.fake(RELEASE, key, 0, 0);
        if with_shift {
            self.fake(RELEASE, shift, 0, 0);
        }
    }

    fn press_with(&self, held: u32, symbol: u32) {
        let held = self.keys.get(&held).expect("there is a key for it").0;
        self.fake(PRESS, held, 0, 0);
        self.press(symbol);
        self.fake(RELEASE, held, 0, 0);
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) {
        let faked = self
            .connection
            .xtest_fake_input(kind, detail, 0, self.root, x, y, 0);
        faked.expect("asked").check().expect("it is done");
    }

    /// A window nobody sees, for what is ours to give.
    fn window(&self) -> Window {
        let window = self.connection.generate_id().expect("a name for a window");
        let aux = CreateWindowAux::new();
        let kind = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(0, window, self.root, 0, 0, 1, 1, 0, kind, 0, &aux)
            .expect("asked")
            .check()
            .expect("a window");
        window
    }

    fn own(&self, owner: Window, selection: Atom) {
        self.connection
            .set_selection_owner(owner, selection, x11rb::CURRENT_TIME)
            .expect("asked")
            .check()
            .expect("it is ours to give");
    }

    /// Gives somebody what they asked for; `bits` is how long its items are.
    fn give(&self, asked: &SelectionRequestEvent, kind: Atom, bits: u8, content: &[u8]) {
        let items = u32::try_from(content.len()).expect("little") / u32::from(bits / 8);
        self.connection
            .change_property(
                PropMode::REPLACE,
                asked.requestor,
                asked.property,
                kind,
                bits,
                items,
                content,
            )
            .expect("asked")
            .check()
            .expect("it is given");
        self.answer(asked, asked.property);
    }

    fn refuse(&self, asked: &SelectionRequestEvent) {
        self.answer(asked, AtomEnum::NONE.into());
    }

    fn answer(&self, asked: &SelectionRequestEvent, property: Atom) {
        let given = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property,
        };
        let to = asked.requestor;
        let sent = self
            .connection
            .send_event(false, to, EventMask::NO_EVENT, given);
        sent.expect("asked").check().expect("it is told");
    }

    fn atom(&self, name: &str) -> Atom {
        let atom = self.connection.intern_atom(false, name.as_bytes());
        atom.expect("asked").reply().expect("an atom").atom
    }
}

/// Something that was copied in another program, until it is dropped.
pub(crate) struct Copied {
    done: Arc<AtomicBool>,
    giving: Option<JoinHandle<()>>,
}

impl Copied {
    /// A picture, at this screen.
    pub(crate) fn picture(display: &str, png: &[u8]) -> Self {
        Self::of(display, "image/png", png)
    }

    /// A file, as file managers copy it.
    pub(crate) fn file(display: &str, path: &Path) -> Self {
        let uri = tauri::Url::from_file_path(path).expect("a whole path");
        Self::of(display, "text/uri-list", format!("{uri}\r\n").as_bytes())
    }

    fn of(display: &str, kind: &str, content: &[u8]) -> Self {
        let hand = Hand::at(display);
        let clipboard = hand.atom("CLIPBOARD");
        let owner = hand.window();
        hand.own(owner, clipboard);
        let kinds = [hand.atom("TARGETS"), hand.atom(kind)];
        let content = content.to_vec();
        let done = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&done);
        let giving = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                match hand.connection.poll_for_event() {
                    Ok(Some(Event::SelectionRequest(asked))) => {
                        let [targets, kind] = kinds;
                        if asked.target == targets {
                            let list: Vec<u8> =
                                kinds.iter().flat_map(|it| it.to_ne_bytes()).collect();
                            hand.give(&asked, AtomEnum::ATOM.into(), 32, &list);
                        } else if asked.target == kind {
                            hand.give(&asked, kind, 8, &content);
                        } else {
                            hand.refuse(&asked);
                        }
                    }
                    Ok(_) => std::thread::sleep(GLANCE / 10),
                    Err(_) => return,
                }
            }
        });
        Self {
            done,
            giving: Some(giving),
        }
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(giving) = self.giving.take() {
            drop(giving.join());
        }
    }
}

/// A file that is held above a window.
pub(crate) struct Drag<'a> {
    hand: &'a Hand,
    source: Window,
    target: Window,
    uris: String,
    kind: Atom,
    selection: Atom,
}

impl<'a> Drag<'a> {
    async fn begin(hand: &'a Hand, target: Window, file: &Path) -> Self {
        let source = hand.window();
        let selection = hand.atom("XdndSelection");
        hand.own(source, selection);
        let path = file.to_str().expect("a path");
        let mut drag = Self {
            hand,
            source,
            target,
            uris: format!("file://{}\r\n", path.replace(' ', "%20")),
            kind: hand.atom("text/uri-list"),
            selection,
        };
        drag.send("XdndEnter", [source, XDND_VERSION << 24, drag.kind, 0, 0]);
        let (x, y) = SOMEWHERE;
        let at = (u32::from(x.unsigned_abs()) << 16) | u32::from(y.unsigned_abs());
        let copy = hand.atom("XdndActionCopy");
        // It is said again for as long as the pointer is there.
        drag.send("XdndPosition", [source, 0, at, x11rb::CURRENT_TIME, copy]);
        drag.until("XdndStatus").await;
        drag.send("XdndPosition", [source, 0, at, x11rb::CURRENT_TIME, copy]);
        drag.until("XdndStatus").await;
        drag
    }

    /// Lets go.
    pub(crate) async fn drop_here(mut self) {
        self.send("XdndDrop", [self.source, 0, x11rb::CURRENT_TIME, 0, 0]);
        self.until("XdndFinished").await;
    }

    /// Goes on to somewhere else.
    pub(crate) fn leave(self) {
        self.send("XdndLeave", [self.source, 0, 0, 0, 0]);
    }

    fn send(&self, kind: &str, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, self.target, self.hand.atom(kind), data);
        let sent =
            self.hand
                .connection
                .send_event(false, self.target, EventMask::NO_EVENT, message);
        sent.expect("asked").check().expect("it is sent");
    }

    /// Gives what is dragged to whoever asks, until the window says this.
    async fn until(&mut self, kind: &str) {
        let kind = (self.hand.atom(kind), kind);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.hand.connection.poll_for_event().expect("a screen") {
                Some(Event::SelectionRequest(asked))
                    if asked.selection == self.selection && asked.target == self.kind =>
                {
                    self.hand.give(&asked, self.kind, 8, self.uris.as_bytes());
                }
                Some(Event::SelectionRequest(asked)) => self.hand.refuse(&asked),
                Some(Event::ClientMessage(said)) if said.type_ == kind.0 => {
                    return;
                }
                Some(_) => {}
                None => {
                    assert!(Instant::now() < deadline, "waited in vain for {}", kind.1);
                    sleep(GLANCE).await;
                }
            }
        }
    }
}
