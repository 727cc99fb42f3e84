//! `cargo xtask dist`: a Debian package of the app and the terminal peer.
//!
//! Made with `dpkg-deb` and `dpkg-shlibdeps`, which every machine that compiles C on Debian has:
//! nothing more needs to be installed, and what is in the package can be read here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artefacts::Built;
use crate::manual::Manual;
use crate::packages::{self, Needs};
use crate::shell::{answer, cargo, root, succeed, target, which};

/// The package's name, and that of the app in it.
pub(crate) const PACKAGE: &str = "chitchatter";

/// Who made it, as Debian writes it.
const MAINTAINER: &str =
    "The Chitchatter native contributors <chitchatter-native@users.noreply.github.com>";

/// The terminal peer.
const PEER: &str = "chitchatter-cli";

/// As in `tauri.conf.json`.
const IDENTIFIER: &str = "io.github.chitchatter-native";

/// What the app uses when it is there: the opener of links, what makes links find the app, and what
/// plays sounds and films.
const RECOMMENDS: &str =
    "desktop-file-utils, gstreamer1.0-libav, gstreamer1.0-plugins-good, xdg-utils";

/// Where the drawing and what is made from it lie, and the folders of the theme they go to.
const ICONS: [(&str, &str); 5] = [
    ("icon.svg", "scalable"),
    ("32x32.png", "32x32"),
    ("128x128.png", "128x128"),
    ("128x128@2x.png", "256x256"),
    ("icon.png", "512x512"),
];

/// Builds the package and says where it is.
pub(crate) fn dist(words: &[String]) -> Result<(), String> {
    let (mut is_debug, mut install) = (false, true);
    for word in words {
        match word.as_str() {
            "--debug" => is_debug = true,
            "--no-install" => install = false,
            other => return Err(format!("dist does not know `{other}`")),
        }
    }
    if which("dpkg-deb").is_none() {
        return Err("there is no dpkg-deb: packages are made on Debian and its relatives".into());
    }
    let needs = Needs {
        compiler: true,
        window: true,
        ..Needs::default()
    };
    packages::ensure(needs, install)?;
    let mut command = cargo();
    // With the features the whole workspace chooses, as everywhere.
    command.args(["build", "--workspace", "--bin", PACKAGE, "--bin", PEER]);
    if !is_debug {
        command.arg("--release");
        // What tauri's own tool sets: commands that no capability allows are not even compiled in.
        command.env("REMOVE_UNUSED_COMMANDS", root().join("src-tauri"));
    }
    let package = package(&Built::of(&mut command)?, is_debug)?;
    println!("{}", package.display());
    println!("Install it with: sudo apt install {}", package.display());
    Ok(())
}

/// Makes the package of what was built.
pub(crate) fn package(built: &Built, is_debug: bool) -> Result<PathBuf, String> {
    let folder = target().join("dist");
    let tree = folder.join("tree");
    // What an earlier run has left must not get into the package.
    if tree.exists() {
        std::fs::remove_dir_all(&tree).map_err(|error| told(&tree, &error))?;
    }
    lay_out(&tree, built)?;
    if !is_debug {
        let (app, peer) = (program(&tree, PACKAGE), program(&tree, PEER));
        succeed(
            Command::new("strip")
                .arg("--strip-unneeded")
                .args([app, peer]),
        )?;
    }

    let architecture = answer("dpkg", &["--print-architecture"])
        .ok_or("dpkg does not say what this machine is")?;
    let version = env!("CARGO_PKG_VERSION");
    let control = control(
        version,
        &architecture,
        size(&tree)?.div_ceil(1024),
        &libraries(&folder, &tree)?,
    );
    write(&tree.join("DEBIAN/control"), &control)?;
    write(&tree.join("DEBIAN/md5sums"), &sums(&tree)?)?;

    let package = folder.join(format!("{PACKAGE}_{version}_{architecture}.deb"));
    // What only a test installs need not be small.
    let pressed = if is_debug { "-Znone" } else { "-Zxz" };
    succeed(
        Command::new("dpkg-deb")
            .args(["--root-owner-group", pressed, "--build"])
            .args([&tree, &package]),
    )?;
    Ok(package)
}

/// Puts everything at its place.
fn lay_out(tree: &Path, built: &Built) -> Result<(), String> {
    let here = root().join("src-tauri");
    let share = tree.join("usr/share");
    for name in [PACKAGE, PEER] {
        put(&built.program(name)?, &program(tree, name), "755")?;
    }
    put(
        &here.join("app.desktop"),
        &share
            .join("applications")
            .join(format!("{PACKAGE}.desktop")),
        "644",
    )?;
    put(
        &here.join("app.metainfo.xml"),
        &share
            .join("metainfo")
            .join(format!("{IDENTIFIER}.metainfo.xml")),
        "644",
    )?;
    for (file, size) in ICONS {
        let from = here.join("icons").join(file);
        let name = Path::new(PACKAGE).with_extension(from.extension().unwrap_or(OsStr::new("png")));
        let to = share
            .join("icons/hicolor")
            .join(size)
            .join("apps")
            .join(name);
        put(&from, &to, "644")?;
    }
    let papers = share.join("doc").join(PACKAGE);
    write(&papers.join("copyright"), COPYRIGHT)?;
    write_pressed(&papers.join("changelog"), &changelog())?;
    for (name, other) in [(PACKAGE, PEER), (PEER, PACKAGE)] {
        let manual = Manual {
            name,
            version: env!("CARGO_PKG_VERSION"),
            date: &committed("%as").unwrap_or_default(),
            see_also: &[other],
        };
        let page = share.join("man/man1").join(format!("{name}.1"));
        write_pressed(&page, &manual.of(&built.program(name)?)?)?;
    }
    Ok(())
}

/// Writes a file that Debian keeps compressed.
fn write_pressed(path: &Path, text: &str) -> Result<(), String> {
    write(path, text)?;
    // Without its name and time, which would make each build another file.
    succeed(
        Command::new("gzip")
            .args(["-9", "-n", "-f", "--"])
            .arg(path),
    )
}

/// When the last commit was made, so that one source makes one package.
fn committed(format: &str) -> Option<String> {
    let root = root();
    let format = format!("--format={format}");
    answer(
        "git",
        &["-C", &root.to_string_lossy(), "log", "-1", &format],
    )
}

/// What Debian wants to know of a version: which, and when. What changed is told by the source.
fn changelog() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let date = committed("%aD")
        .or_else(|| answer("date", &["-R"]))
        .unwrap_or_default();
    format!(
        "{PACKAGE} ({version}) unstable; urgency=medium\n\n  * Version {version}.\n\n \
         -- {MAINTAINER}  {date}\n"
    )
}

fn program(tree: &Path, name: &str) -> PathBuf {
    tree.join("usr/bin").join(name)
}

/// Copies a file, with the folders it needs. Not as it is: whose umask it was made under is nobody's
/// business.
fn put(from: &Path, to: &Path, mode: &str) -> Result<(), String> {
    succeed(
        Command::new("install")
            .args(["-D", "-m", mode, "--"])
            .args([from, to]),
    )
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| told(path, &error))?;
    succeed(Command::new("chmod").arg("644").arg(path))
}

fn control(version: &str, architecture: &str, kilobytes: u64, libraries: &str) -> String {
    format!(
        "Package: {PACKAGE}
Version: {version}
Architecture: {architecture}
Maintainer: {MAINTAINER}
Installed-Size: {kilobytes}
Depends: {libraries}
Recommends: {RECOMMENDS}
Section: net
Priority: optional
Description: private group chat, peer to peer
 Make up a room name and share its link: everyone in the room talks directly,
 from machine to machine and encrypted, with people in browsers too. There is
 no account and no server that reads along.
 .
 The package holds the app and {PEER}, the same peer for the terminal.
"
    )
}

/// The packages whose libraries the programs are linked with, in the versions they need.
fn libraries(folder: &Path, tree: &Path) -> Result<String, String> {
    // It wants to stand in the source of a package.
    let source = folder.join("source");
    write(
        &source.join("debian/control"),
        &format!("Source: {PACKAGE}\n\nPackage: {PACKAGE}\nArchitecture: any\n"),
    )?;
    let told = Command::new("dpkg-shlibdeps")
        .current_dir(&source)
        .args(["-O", "-e"])
        .arg(program(tree, PACKAGE))
        .arg("-e")
        .arg(program(tree, PEER))
        .output()
        .map_err(|error| format!("cannot start dpkg-shlibdeps: {error}"))?;
    let text = String::from_utf8_lossy(&told.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("shlibs:Depends="))
        .map(str::to_owned)
        .ok_or_else(|| {
            let why = String::from_utf8_lossy(&told.stderr);
            format!("dpkg-shlibdeps does not know what is needed: {why}")
        })
}

/// What `dpkg --verify` compares files with.
fn sums(tree: &Path) -> Result<String, String> {
    let mut files: Vec<PathBuf> = files(&tree.join("usr"))?
        .into_iter()
        .filter_map(|path| path.strip_prefix(tree).ok().map(Path::to_path_buf))
        .collect();
    files.sort();
    let sums = Command::new("md5sum")
        .current_dir(tree)
        .args(files)
        .output();
    let sums = sums.map_err(|error| format!("cannot start md5sum: {error}"))?;
    if !sums.status.success() {
        return Err("md5sum failed".into());
    }
    Ok(String::from_utf8_lossy(&sums.stdout).into_owned())
}

fn size(tree: &Path) -> Result<u64, String> {
    let sizes = files(tree)?.into_iter().map(|path| {
        let file = std::fs::metadata(&path).map_err(|error| told(&path, &error))?;
        Ok(file.len())
    });
    sizes.sum()
}

/// All files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| told(folder, &error))? {
        let path = entry.map_err(|error| told(folder, &error))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Why the package cannot be tried here; nothing if it can.
pub(crate) fn uninstallable() -> Option<String> {
    if which("dpkg-deb").is_none() || which("dpkg-shlibdeps").is_none() {
        Some("there is no dpkg here".into())
    } else if !packages::may_install() {
        Some("installing a package needs root, or sudo without a password".into())
    } else if state().is_some() {
        // It is somebody's, and would be gone afterwards.
        Some(format!("{PACKAGE} is installed on this machine already"))
    } else {
        None
    }
}

/// The package on this machine, and what belongs to it.
pub(crate) struct Installed {
    files: Vec<PathBuf>,
}

impl Installed {
    /// Installs it.
    pub(crate) fn install(package: &Path) -> Result<Self, String> {
        let name = package.to_string_lossy();
        let installed = succeed(&mut packages::as_root("dpkg", &["--install", &name])?);
        let files = answer("dpkg-query", &["--listfiles", PACKAGE]).unwrap_or_default();
        let files = files.lines().map(PathBuf::from);
        let it = Self {
            files: files.filter(|path| path.is_file()).collect(),
        };
        match installed {
            Ok(()) if it.files.len() > 8 => Ok(it),
            Ok(()) => it.remove().and(Err("the package is empty".into())),
            // A package that lacks something is unpacked all the same.
            Err(why) => it.remove().and(Err(why)),
        }
    }

    /// Removes it, and looks whether anything is left.
    pub(crate) fn remove(self) -> Result<(), String> {
        succeed(&mut packages::as_root("dpkg", &["--purge", PACKAGE])?)?;
        let mut left: Vec<String> = self
            .files
            .iter()
            .filter(|path| path.exists())
            .map(|path| path.display().to_string())
            .collect();
        left.extend(state());
        let cache = std::fs::read_to_string("/usr/share/applications/mimeinfo.cache");
        if cache.is_ok_and(|cache| cache.contains(PACKAGE)) {
            left.push("the desktop still knows its links".into());
        }
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("left behind: {}", left.join(", ")))
        }
    }
}

/// What dpkg knows of the package, if it knows it.
fn state() -> Option<String> {
    answer("dpkg-query", &["-W", "-f=${db:Status-Status}", PACKAGE])
        .filter(|state| !state.is_empty() && state != "not-installed")
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

const COPYRIGHT: &str = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Chitchatter, native

Files: *
Copyright: 2026 The Chitchatter native contributors
License: GPL-2+

Files: usr/share/metainfo/*
Copyright: 2026 The Chitchatter native contributors
License: CC0-1.0

License: GPL-2+
 This program is free software; you can redistribute it and/or modify it under
 the terms of the GNU General Public License as published by the Free Software
 Foundation; either version 2 of the License, or (at your option) any later
 version.
 .
 It is distributed in the hope that it will be useful, but without any warranty;
 without even the implied warranty of merchantability or fitness for a particular
 purpose. See the GNU General Public License for more details.
 .
 On Debian systems, the full text of the GNU General Public License version 2
 can be found in the file /usr/share/common-licenses/GPL-2.
Comment:
 The programs are linked with libraries written in Rust, each under a licence
 that may be combined with this one; the file Cargo.lock of the source names
 them and .github/deny.toml the licences.

License: CC0-1.0
 On Debian systems, the full text of the CC0 1.0 Universal licence can be found
 in the file /usr/share/common-licenses/CC0-1.0.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktop_hands_links_to_the_program_in_the_package() {
        let entry = std::fs::read_to_string(root().join("src-tauri/app.desktop")).expect("there");

        // Without %u a desktop starts the program and loses the link.
        assert!(entry.lines().any(|it| it == format!("Exec={PACKAGE} %u")));
        assert!(entry.lines().any(|it| it == format!("Icon={PACKAGE}")));
        assert!(entry.contains("MimeType=x-scheme-handler/chitchatter;"));
    }

    #[test]
    fn whoever_builds_the_app_gets_what_plays_films_as_with_the_package() {
        for player in packages::PLAYERS {
            assert!(RECOMMENDS.contains(player), "{player}");
        }
    }

    #[test]
    fn the_drawing_and_its_sizes_are_there() {
        for (file, _) in ICONS {
            assert!(
                root().join("src-tauri/icons").join(file).is_file(),
                "{file}"
            );
        }
    }

    #[test]
    fn the_package_is_called_what_the_app_is_called() {
        let app = std::fs::read_to_string(root().join("src-tauri/tauri.conf.json")).expect("there");

        assert!(app.contains(&format!(r#""identifier": "{IDENTIFIER}""#)));
        assert!(app.contains(&format!(r#""mainBinaryName": "{PACKAGE}""#)));
        assert!(app.contains(&format!(r#""version": "{}""#, env!("CARGO_PKG_VERSION"))));
    }
}
