//! A stage for one real window: its own screen, home folder, session bus and driver, so that
//! two windows know nothing of each other but what goes through their rooms.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

/// How long anything may take before a test gives up: machines that test are often busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// How often something awaited is looked at again.
pub(crate) const GLANCE: Duration = Duration::from_millis(50);

/// How long the page itself looks before it says that it saw nothing.
const WATCH: Duration = Duration::from_secs(1);

/// Each window is half a dozen processes; more tests at once only wait for each other.
const TESTS_AT_ONCE: usize = 2;

/// A screen has room for one window and nothing else.
pub(crate) const SCREEN: &str = "1280x900x24";

/// How the desktop looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// The theme every GTK comes with.
    Light,
    /// The same, dark.
    Dark,
}

/// What a window is started with.
pub(crate) struct Setup {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    files: Vec<(String, String)>,
    theme: Theme,
    link: Option<String>,
}

impl Setup {
    /// A light desktop, and others are met only through the trackers given.
    pub(crate) fn new() -> Self {
        Self::on_the_network().with(["--no-lan"])
    }

    /// A light desktop; the app serves and seeks others by itself.
    pub(crate) fn on_the_network() -> Self {
        Self {
            arguments: vec![],
            environment: Vec::new(),
            files: Vec::new(),
            theme: Theme::Light,
            link: None,
        }
    }

    /// Adds arguments of the command line.
    pub(crate) fn with<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.arguments.extend(arguments.map(String::from));
        self
    }

    /// Adds a variable to the app's environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Puts a file into the home folder before the app starts.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// Chooses how the desktop looks.
    pub(crate) fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// Lets the desktop's own opener find and start the installed app, by a link.
    pub(crate) fn by_link(mut self, link: &str) -> Self {
        self.link = Some(link.into());
        self
    }

    /// Opens the window.
    pub(crate) async fn open(self) -> Stage {
        Stage::open(self).await
    }
}

/// One running app and the driver that holds it. Everything ends with it.
pub(crate) struct Stage {
    client: Client,
    home: TempDir,
    display: String,
    bus: String,
    groups: Vec<Group>,
}

impl Stage {
    async fn open(setup: Setup) -> Self {
        let home = TempDir::new().expect("a home folder");
        std::fs::create_dir_all(home.path().join("tmp")).expect("a folder");
        for (path, text) in &setup.files {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let (screen, display) = announced(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
        ]));
        let display = format!(":{display}");
        let (bus_group, bus) = announced(
            at_home(&mut Command::new("dbus-daemon"), home.path()).args([
                "--session",
                "--nofork",
                "--print-address=1",
            ]),
        );

        let port = free_port();
        let ear = format!("127.0.0.1:{}", free_port());
        let mut groups = vec![bus_group, screen];
        if let Some(link) = &setup.link {
            let mut opener = Command::new("gio");
            at_home(&mut opener, home.path())
                .args(["open", link])
                .env("TAURI_WEBVIEW_AUTOMATION", "true")
                .env("WEBKIT_INSPECTOR_SERVER", &ear)
                .env("DISPLAY", &display)
                .env("DBUS_SESSION_BUS_ADDRESS", &bus);
            groups.insert(0, Group::start(&mut opener));
            let deadline = Instant::now() + PATIENCE;
            while pages_at(home.path()).is_empty() {
                assert!(Instant::now() < deadline, "the link starts nothing");
                sleep(GLANCE).await;
            }
        }
        let mut driver = Command::new("WebKitWebDriver");
        at_home(&mut driver, home.path())
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("DISPLAY", &display)
            .env("DBUS_SESSION_BUS_ADDRESS", &bus)
            .envs(setup.environment)
            .stdout(Stdio::null());
        if setup.theme == Theme::Dark {
            driver.env("GTK_THEME", "Adwaita:dark");
        }
        let mut capabilities = Capabilities::new();
        if setup.link.is_some() {
            driver.arg(format!("--target={ear}"));
        } else {
            capabilities.insert(
                "webkitgtk:browserOptions".to_owned(),
                json!({ "binary": env!("CARGO_BIN_EXE_chitchatter"), "args": setup.arguments }),
            );
        }
        // What the app says goes where the driver's own words go.
        let log = std::fs::File::create(home.path().join("log.txt")).expect("a log");
        groups.insert(0, Group::start_with(&mut driver, errors_to(log)));
        let client = connected(port, capabilities).await;

        Self {
            client,
            home,
            display,
            bus,
            groups,
        }
    }

    /// The driver's client, for what no method here does.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The screen it is on.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// The app's home folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The processes that draw the page, of this app alone.
    pub(crate) fn web_processes(&self) -> Vec<u32> {
        pages_at(self.home.path())
    }

    /// Opens a link as the desktop does.
    pub(crate) async fn open_link(&self, link: &str) {
        let mut opener = tokio::process::Command::new("gio");
        at_home(opener.as_std_mut(), self.home.path())
            .args(["open", link])
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        let opened = timeout(PATIENCE, opener.kill_on_drop(true).status()).await;
        let opened = opened.expect("the opener ends").expect("it starts");
        assert!(opened.success(), "{link}: nothing opens it");
    }

    /// Takes the running app in hand again: a driver lets go of a page that ended.
    pub(crate) async fn driven_again(mut self) -> Self {
        let [page] = self.web_processes()[..] else {
            panic!("there is not one page");
        };
        let environment = std::fs::read(format!("/proc/{page}/environ")).expect("a page");
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let ear = environment
            .split('\0')
            .find_map(|it| it.strip_prefix("WEBKIT_INSPECTOR_SERVER="))
            .expect("the driver told the app where to listen");
        let port = free_port();
        let mut driver = Command::new("WebKitWebDriver");
        at_home(&mut driver, self.home.path())
            .arg(format!("--port={port}"))
            .arg(format!("--target={ear}"))
            .stdout(Stdio::null());
        self.groups.insert(0, Group::start(&mut driver));
        self.client = connected(port, Capabilities::new()).await;
        self
    }

    /// Starts the app a second time on the same desk, and waits until it has ended.
    pub(crate) async fn start_again(&self, arguments: &[&str]) -> ExitStatus {
        self.start_again_with(arguments, &[]).await
    }

    /// The same with variables of its own.
    pub(crate) async fn start_again_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> ExitStatus {
        let program = env!("CARGO_BIN_EXE_chitchatter");
        self.start(program, arguments, variables).await
    }

    /// The same with the installed app.
    pub(crate) async fn start_installed(&self, arguments: &[&str]) -> ExitStatus {
        self.start("/usr/bin/chitchatter", arguments, &[]).await
    }

    async fn start(
        &self,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> ExitStatus {
        let mut again = tokio::process::Command::new(program);
        at_home(again.as_std_mut(), self.home.path())
            .args(arguments)
            .envs(variables.iter().copied())
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        let ended = again.kill_on_drop(true).status();
        timeout(PATIENCE, ended)
            .await
            .expect("the second start did not end")
            .expect("it started")
    }

    /// Starts the app a second time on the same desk, to stay.
    pub(crate) fn start_beside(&self, arguments: &[&str]) -> Group {
        let mut beside = Command::new(env!("CARGO_BIN_EXE_chitchatter"));
        at_home(&mut beside, self.home.path())
            .args(arguments)
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        Group::start(&mut beside)
    }

    /// Gives the window another size, and waits until the page has it.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client
            .set_window_size(width, height)
            .await
            .expect("another size");
        self.until(
            &format!("a page {width} wide"),
            "return innerWidth === arguments[0]",
            vec![json!(width)],
        )
        .await;
    }

    /// Waits until something outside of the page is so.
    pub(crate) async fn eventually(&self, what: &str, is_it: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_it() {
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            sleep(GLANCE).await;
        }
    }

    /// Runs JavaScript as the page's own and gives back what it returns; promises are awaited.
    pub(crate) async fn js(&self, body: &str, arguments: Vec<Value>) -> Value {
        let answer = self.run(body, arguments).await;
        let answer =
            answer.unwrap_or_else(|error| panic!("the page does not answer `{body}`: {error}"));
        if let Some(error) = answer.get("error") {
            panic!("the page failed at `{body}`: {error}");
        }
        answer.get("value").cloned().unwrap_or(Value::Null)
    }

    async fn run(&self, body: &str, arguments: Vec<Value>) -> Result<Value, CmdError> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async function () {{ {body} }}).apply(null, [...arguments].slice(0, -1))
               .then((value) => done({{ value }}), (error) => done({{ error: String(error?.message ?? error) }}));"
        );
        self.client.execute_async(&script, arguments).await
    }

    /// Waits until JavaScript returns something truthy, and gives it back.
    ///
    /// The page itself looks again and again: to be asked each time costs the driver, the page and
    /// this test far more than the look.
    pub(crate) async fn until(&self, what: &str, body: &str, arguments: Vec<Value>) -> Value {
        let watch = format!(
            "const look = async function () {{ {body} }};
             for (const end = Date.now() + {}; ; await new Promise((over) => setTimeout(over, {}))) {{
               const value = await look.apply(null, arguments);
               if ((value ?? false) !== false || Date.now() > end) return value;
             }}",
            WATCH.as_millis(),
            GLANCE.as_millis(),
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.run(&watch, arguments.clone()).await {
                Ok(answer) if answer.get("error").is_some() => {
                    panic!("the page failed at `{body}`: {answer}");
                }
                Ok(answer) => match answer.get("value") {
                    None | Some(Value::Null | Value::Bool(false)) => {}
                    Some(value) => return value.clone(),
                },
                // A page that is loaded anew takes its watch along.
                Err(_) if Instant::now() < deadline => sleep(GLANCE).await,
                Err(error) => panic!("the page does not answer `{body}`: {error}"),
            }
            if Instant::now() > deadline {
                let seen = self.js("return document.body.innerText", vec![]).await;
                panic!("waited in vain for {what}; the page shows: {seen}");
            }
        }
    }

    /// A picture of the page once what it shows now has been drawn.
    ///
    /// The driver waits for the next frame, which a page where nothing changes may never draw: one
    /// dot that nobody sees changes meanwhile.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        self.js(
            "await document.fonts.ready;
             for (let frame = 0; frame < 3; frame += 1) {
               await new Promise((drawn) => requestAnimationFrame(drawn));
             }
             const dot = document.body.appendChild(document.createElement('i'));
             dot.className = 'picture';
             Object.assign(dot.style, { position: 'fixed', inset: 'auto 0 0 auto', width: '1px', height: '1px', opacity: '.01' });
             const change = (dark) => {
               dot.style.background = dark ? '#000' : '#fff';
               if (dot.isConnected) setTimeout(change, arguments[0], !dark);
             };
             change(true);",
            vec![json!(GLANCE.as_millis())],
        )
        .await;
        let png = timeout(PATIENCE, self.client.screenshot()).await;
        let png = png.expect("the page is drawn").expect("a screenshot");
        self.js("document.querySelector('i.picture')?.remove()", vec![])
            .await;
        let folder = shots_folder();
        std::fs::create_dir_all(&folder).expect("a folder for screenshots");
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, png).expect("the screenshot is kept");
        // Past the test's own capture, so that it can be looked at when all went well.
        let _ = writeln!(std::io::stdout(), "screenshot: {}", path.display());
        path
    }

    /// Closes the window and waits until the app is gone.
    pub(crate) async fn close(self) {
        drop(self.close_but_keep_home().await);
    }

    /// The same, and leaves what it has written to be looked at.
    pub(crate) async fn close_but_keep_home(self) -> TempDir {
        // A driver that cannot close the session is ended with its group anyway.
        let _ = timeout(PATIENCE, self.client.clone().close()).await;
        let Self { home, groups, .. } = self;
        drop(groups);
        // A process that was ended is not gone at once, and has the profile for so long.
        let deadline = Instant::now() + PATIENCE;
        while !processes_at(home.path(), b"/chitchatter").is_empty() {
            assert!(Instant::now() < deadline, "the app does not end");
            sleep(GLANCE).await;
        }
        home
    }
}

/// A turn to run: hold it for as long as a test has windows open.
pub(crate) async fn turn() -> OwnedSemaphorePermit {
    static TURNS: OnceLock<Arc<Semaphore>> = OnceLock::new();
    let turns = TURNS.get_or_init(|| Arc::new(Semaphore::new(TESTS_AT_ONCE)));
    turns
        .clone()
        .acquire_owned()
        .await
        .expect("turns never close")
}

/// The processes that draw the page of the app that lives in this home folder.
fn pages_at(home: &Path) -> Vec<u32> {
    processes_at(home, b"/WebKitWebProcess")
}

/// The processes of a program that live in this home folder.
fn processes_at(home: &Path, ending: &[u8]) -> Vec<u32> {
    let home = format!("HOME={}", home.display());
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    processes
        .filter(|process| {
            let read = |file| std::fs::read(process.path().join(file)).unwrap_or_default();
            let program = read("cmdline");
            let program = program.split(|&byte| byte == 0).next().unwrap_or_default();
            program.ends_with(ending)
                && read("environ")
                    .split(|&byte| byte == 0)
                    .any(|it| it == home.as_bytes())
        })
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .collect()
}

fn shots_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("CHITCHATTER_SHOTS") {
        return folder.into();
    }
    // The folder of the binary is <target>/<profile>.
    Path::new(env!("CARGO_BIN_EXE_chitchatter"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .join("shots")
}

/// Keeps a process away from the real home folder, settings and desktop.
pub(crate) fn at_home<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_RUNTIME_DIR", home)
        .env("TMPDIR", home.join("tmp"))
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env_remove("GTK_THEME")
        .env_remove("WAYLAND_DISPLAY")
}

/// Starts a process that says one line about itself, and gives that line.
pub(crate) fn announced(command: &mut Command) -> (Group, String) {
    let mut group = Group::start(command.stdout(Stdio::piped()));
    let said = group.leader.stdout.take().expect("its output is piped");
    let mut line = String::new();
    BufReader::new(said)
        .read_line(&mut line)
        .expect("it says where it is");
    let line = line.trim().to_owned();
    assert!(
        !line.is_empty(),
        "{command:?} ended before it said anything"
    );
    (group, line)
}

/// Waits for the driver to listen, then for the app to show its window.
async fn connected(port: u16, capabilities: Capabilities) -> Client {
    let deadline = Instant::now() + PATIENCE;
    while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .is_err()
    {
        assert!(Instant::now() < deadline, "the driver does not listen");
        sleep(GLANCE).await;
    }
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let url = format!("http://127.0.0.1:{port}");
    let client = timeout(PATIENCE, builder.connect(&url))
        .await
        .expect("the app does not open its window")
        .expect("a session");
    let patience = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
    client.update_timeouts(patience).await.expect("patience");
    client
}

/// A port nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A process and all it starts, ended together.
pub(crate) struct Group {
    leader: Child,
}

impl Group {
    /// Whether it has not ended by itself.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.leader.try_wait(), Ok(None))
    }

    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_with(command, errors_to(Stdio::null()))
    }

    fn start_with(command: &mut Command, errors: Stdio) -> Self {
        let leader = command
            .stdin(Stdio::null())
            .stderr(errors)
            .process_group(0)
            .spawn();
        Self {
            leader: leader.unwrap_or_else(|error| panic!("{command:?}: {error}")),
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.leader.id())])
            .stderr(Stdio::null())
            .status();
        let _ = self.leader.wait();
    }
}

/// What the processes complain about is shown to whoever asks for it.
fn errors_to(else_to: impl Into<Stdio>) -> Stdio {
    if std::env::var_os("CHITCHATTER_LOUD").is_some() {
        Stdio::inherit()
    } else {
        else_to.into()
    }
}
