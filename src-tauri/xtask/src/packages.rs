//! The system packages a command needs: finds which are missing, says so, and installs them.
//!
//! The lists for Debian and Ubuntu are measured on a fresh machine; those for other systems name
//! the same things.

use std::path::Path;
use std::process::Command;

use crate::shell::{answer, say, succeed, which};

/// What a command is about to do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Needs {
    /// Compile Rust with C in it.
    pub(crate) compiler: bool,
    /// Compile the window.
    pub(crate) window: bool,
    /// Drive the window on a pretend screen.
    pub(crate) screen: bool,
    /// Open links as a desktop does.
    pub(crate) desktop: bool,
    /// Run Node and a Chromium.
    pub(crate) browser: bool,
    /// Run a TURN server.
    pub(crate) relay: bool,
    /// Play what people share, in the window.
    pub(crate) media: bool,
}

impl Needs {
    /// What two commands need together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            compiler: self.compiler || other.compiler,
            window: self.window || other.window,
            screen: self.screen || other.screen,
            desktop: self.desktop || other.desktop,
            browser: self.browser || other.browser,
            relay: self.relay || other.relay,
            media: self.media || other.media,
        }
    }
}

/// Sees to it that what is needed is there. With `install` false it only says what is missing.
pub(crate) fn ensure(needs: Needs, install: bool) -> Result<(), String> {
    let Some(system) = System::here() else {
        for advice in advice(needs) {
            println!("{advice}");
        }
        return Ok(());
    };
    let missing: Vec<&str> = system
        .wanted(needs)
        .into_iter()
        .filter(|package| !system.has(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing system packages: {}", missing.join(" "));
    if !install {
        return Ok(());
    }
    system.install(&missing)?;
    if needs.browser && chromium().is_none() {
        return Err("no Chromium was found after installing; name one with CHROMIUM=PATH".into());
    }
    Ok(())
}

/// A Chromium, by name or by the variable `CHROMIUM`.
pub(crate) fn chromium() -> Option<std::path::PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    CHROMIUM_NAMES
        .iter()
        .find_map(|name| which(name))
        .or_else(|| {
            CHROMIUM_PLACES
                .iter()
                .map(std::path::PathBuf::from)
                .find(|path| path.is_file())
        })
}

const CHROMIUM_NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const CHROMIUM_PLACES: [&str; 3] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/// The oldest Node that runs the browser driver.
const OLDEST_NODE: u32 = 18;

fn node_is_new_enough() -> bool {
    which("npm").is_some()
        && answer("node", &["--version"])
            .and_then(|version| {
                let major = version.trim_start_matches('v').split('.').next()?;
                major.parse::<u32>().ok()
            })
            .is_some_and(|major| major >= OLDEST_NODE)
}

/// A system whose packages we can look up and install.
#[derive(Clone, Copy, Debug, PartialEq)]
enum System {
    Debian,
    Ubuntu,
    Fedora,
    Arch,
}

impl System {
    fn here() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            None
        } else if which("apt-get").is_some() && which("dpkg-query").is_some() {
            let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
            let is_ubuntu = release
                .lines()
                .any(|line| line.starts_with("ID") && line.contains("ubuntu"));
            Some(if is_ubuntu {
                Self::Ubuntu
            } else {
                Self::Debian
            })
        } else if which("dnf").is_some() {
            Some(Self::Fedora)
        } else if which("pacman").is_some() {
            Some(Self::Arch)
        } else {
            None
        }
    }

    fn wanted(self, needs: Needs) -> Vec<&'static str> {
        let mut wanted = Vec::new();
        let mut want = |needed: bool, packages: &[&'static str]| {
            if needed {
                wanted.extend_from_slice(packages);
            }
        };
        let browser = needs.browser && chromium().is_none();
        let node = needs.browser && !node_is_new_enough();
        match self {
            Self::Debian | Self::Ubuntu => {
                want(needs.compiler, &["build-essential", "pkg-config"]);
                want(needs.window, &["libwebkit2gtk-4.1-dev"]);
                want(needs.media, &PLAYERS);
                want(
                    needs.screen,
                    &["xvfb", "xauth", "dbus", "dbus-x11", "webkit2gtk-driver"],
                );
                want(
                    needs.desktop,
                    &["libglib2.0-bin", "desktop-file-utils", "xdg-utils"],
                );
                let chromium = if self == Self::Ubuntu {
                    "chromium-browser"
                } else {
                    "chromium"
                };
                want(browser, &[chromium]);
                want(node, &["nodejs", "npm"]);
                want(needs.relay, &[RELAY]);
            }
            Self::Fedora => {
                want(
                    needs.compiler,
                    &["gcc", "gcc-c++", "make", "pkgconf-pkg-config"],
                );
                want(needs.window, &["webkit2gtk4.1-devel"]);
                want(
                    needs.screen,
                    &[
                        "xorg-x11-server-Xvfb",
                        "xorg-x11-xauth",
                        "dbus-daemon",
                        "webkitgtk6.0",
                    ],
                );
                want(browser, &["chromium"]);
                want(node, &["nodejs", "nodejs-npm"]);
                want(needs.relay, &[RELAY]);
            }
            Self::Arch => {
                want(needs.compiler, &["base-devel", "pkgconf"]);
                want(needs.window, &["webkit2gtk-4.1"]);
                want(needs.screen, &["xorg-server-xvfb", "xorg-xauth", "dbus"]);
                want(browser, &["chromium"]);
                want(node, &["nodejs", "npm"]);
                want(needs.relay, &[RELAY]);
            }
        }
        wanted
    }

    fn has(self, package: &str) -> bool {
        match self {
            Self::Debian | Self::Ubuntu => {
                answer("dpkg-query", &["-W", "-f=${db:Status-Status}", package])
                    .is_some_and(|status| status == "installed")
            }
            Self::Fedora => answer("rpm", &["-q", "--whatprovides", package]).is_some(),
            Self::Arch => {
                answer("pacman", &["-Q", package]).is_some()
                    || answer("pacman", &["-Qg", package]).is_some()
            }
        }
    }

    fn install(self, packages: &[&str]) -> Result<(), String> {
        match self {
            Self::Debian | Self::Ubuntu => {
                if !apt_lists_are_there() {
                    succeed(&mut as_root("apt-get", &["update"])?)?;
                }
                // Debian starts what it installs. Nobody asked for a server, only for its program.
                let hold = packages.contains(&RELAY).then(Hold::begin).transpose()?;
                let mut arguments = vec!["install", "-y", "--no-install-recommends"];
                arguments.extend_from_slice(packages);
                if succeed(&mut as_root("apt-get", &arguments)?).is_err() {
                    // Lists that have grown old name packages which are no longer there.
                    succeed(&mut as_root("apt-get", &["update"])?)?;
                    succeed(&mut as_root("apt-get", &arguments)?)?;
                }
                hold.map_or(Ok(()), Hold::end)
            }
            Self::Fedora => {
                let mut arguments = vec!["install", "-y"];
                arguments.extend_from_slice(packages);
                succeed(&mut as_root("dnf", &arguments)?)
            }
            Self::Arch => {
                let mut arguments = vec!["-S", "--needed", "--noconfirm"];
                arguments.extend_from_slice(packages);
                succeed(&mut as_root("pacman", &arguments)?)
            }
        }
    }
}

/// What the web view plays films and sounds with, which it does without where they are missing; the
/// package depends on them too.
pub(crate) const PLAYERS: [&str; 2] = ["gstreamer1.0-libav", "gstreamer1.0-plugins-good"];

/// The TURN server of the tests, under the same name everywhere.
const RELAY: &str = "coturn";

/// What Debian asks whether a service may be started, as long as packages are installed.
struct Hold {
    /// Whether the answer was ours to give.
    is_ours: bool,
}

impl Hold {
    const PATH: &str = "/usr/sbin/policy-rc.d";

    fn begin() -> Result<Self, String> {
        let is_ours = !Path::new(Self::PATH).exists();
        if is_ours {
            let answer = format!(
                "printf '#!/bin/sh\\nexit 101\\n' >{0} && chmod 755 {0}",
                Self::PATH
            );
            succeed(&mut as_root("sh", &["-c", &answer])?)?;
        }
        Ok(Self { is_ours })
    }

    /// Lets services start again, but not the relay's, not even with the machine.
    fn end(mut self) -> Result<(), String> {
        if which("systemctl").is_some() {
            // Where systemd is installed but does not run there is nothing to switch off.
            let _ = succeed(&mut as_root("systemctl", &["disable", RELAY])?);
        }
        self.lift()
    }

    fn lift(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.is_ours) {
            succeed(&mut as_root("rm", &["-f", Self::PATH])?)?;
        }
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Also when installing failed.
        let _ = self.lift();
    }
}

fn apt_lists_are_there() -> bool {
    let Ok(lists) = std::fs::read_dir(Path::new("/var/lib/apt/lists")) else {
        return false;
    };
    lists.flatten().any(|list| {
        let name = list.file_name();
        name.to_string_lossy().contains("_Packages")
    })
}

/// The command as root, by sudo if we are not; says what it will run.
pub(crate) fn as_root(program: &str, arguments: &[&str]) -> Result<Command, String> {
    let is_root = answer("id", &["-u"]).is_some_and(|id| id == "0");
    let mut line = vec!["env", "DEBIAN_FRONTEND=noninteractive", program];
    line.extend_from_slice(arguments);
    if !is_root {
        if which("sudo").is_none() {
            return Err(format!(
                "this needs root and there is no sudo; as root, run: {program} {}",
                arguments.join(" ")
            ));
        }
        line.insert(0, "sudo");
    }
    say(&format!("$ {}", line.join(" ")));
    let (first, rest) = line.split_first().ok_or("nothing to run")?;
    let mut command = Command::new(first);
    command.args(rest);
    Ok(command)
}

/// Whether packages can be installed without asking anybody.
pub(crate) fn may_install() -> bool {
    answer("id", &["-u"]).is_some_and(|id| id == "0")
        || (which("sudo").is_some() && answer("sudo", &["-n", "true"]).is_some())
}

/// What to install by hand, where we do not do it.
fn advice(needs: Needs) -> Vec<String> {
    let mut advice = Vec::new();
    if cfg!(target_os = "macos") {
        if needs.compiler && answer("xcode-select", &["-p"]).is_none() {
            advice.push("Please install Apple's command line tools: xcode-select --install".into());
        }
        if needs.browser && !node_is_new_enough() {
            advice.push("Please install Node: brew install node".into());
        }
        if needs.browser && chromium().is_none() {
            advice.push("Please install Chromium: brew install --cask chromium".into());
        }
    } else if cfg!(windows) {
        if needs.window {
            advice.push(
                "If the window does not open, install WebView2 (part of Windows 11): \
                 winget install Microsoft.EdgeWebView2Runtime"
                    .into(),
            );
        }
        if needs.compiler {
            advice.push(
                "If linking fails, install the C++ build tools: \
                 winget install Microsoft.VisualStudio.2022.BuildTools"
                    .into(),
            );
        }
        if needs.browser && !node_is_new_enough() {
            advice.push("Please install Node: winget install OpenJS.NodeJS.LTS".into());
        }
        if needs.browser && chromium().is_none() {
            advice.push("Please install Chrome: winget install Google.Chrome".into());
        }
    } else {
        advice.push(
            "This system's package manager is not known here. Needed: a C compiler, pkg-config, \
             WebKitGTK 4.1 with headers; for tests also Xvfb, dbus-daemon, WebKitWebDriver, gio, \
             update-desktop-database, coturn, Chromium and Node 18 or later."
                .into(),
        );
    }
    advice
}
