//! The house's invariants, as far as manifests can show them. Those of the page are asked for by
//! `ui/tests/house.test.js`.

use std::path::{Path, PathBuf};

use crate::shell::root;

/// Reads the manifests, and names everything that breaks an invariant.
pub(crate) fn check() -> Result<(), String> {
    let root = root();
    let mut faults = Vec::new();
    for folder in packages(&root)? {
        faults.extend(faults_of_package(&Package::read(&folder)?));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}

/// Each foreign thing has one door.
const DOORS: [(&str, &[&str]); 6] = [
    ("tokio-tungstenite", &["signalling", "tracker"]),
    ("webrtc", &["mesh"]),
    ("rtc", &["mesh"]),
    ("tauri", &["chitchatter"]),
    ("ammonia", &["render"]),
    ("pulldown-cmark", &["render"]),
];

/// Who may build on whom. Tests (`dev-dependencies`) may reach further.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("wire", &[]),
    ("files", &[]),
    ("render", &[]),
    ("room", &["wire"]),
    ("view", &["render", "room", "wire"]),
    ("signalling", &["wire"]),
    ("tracker", &["wire"]),
    ("mesh", &["wire"]),
    (
        "node",
        &[
            "files",
            "mesh",
            "room",
            "signalling",
            "tracker",
            "view",
            "wire",
        ],
    ),
    ("headless", &["node", "room", "tracker", "view", "wire"]),
    ("chitchatter", &["node", "room", "view", "wire"]),
    ("sim", &["room", "wire"]),
    ("interop", &[]),
    ("xtask", &[]),
];

/// These do no input or output, read no clock and roll no dice.
const PURE: [&str; 4] = ["wire", "room", "render", "view"];

/// What a pure crate cannot be with.
const IMPURE: [&str; 14] = [
    "async-std",
    "directories",
    "getrandom",
    "hyper",
    "if-addrs",
    "mdns-sd",
    "mio",
    "reqwest",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "tokio-util",
    "ureq",
];

#[derive(Debug, Default)]
struct Package {
    name: String,
    dependencies: Vec<String>,
    test_dependencies: Vec<String>,
    has_clippy_rules: bool,
}

impl Package {
    fn read(folder: &Path) -> Result<Self, String> {
        let mut package = Self::parse(&read(&folder.join("Cargo.toml"))?);
        package.has_clippy_rules = folder.join("clippy.toml").is_file();
        Ok(package)
    }

    /// Reads what we write in manifests: one dependency a line, or a table of its own.
    fn parse(manifest: &str) -> Self {
        let mut package = Self::default();
        let mut section = "";
        for line in manifest.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end_matches(']');
                if let Some((table, name)) = section.rsplit_once("dependencies.") {
                    package.add(table, name);
                }
            } else if let Some((key, value)) = line.split_once('=') {
                let key = key.trim();
                if section == "package" && key == "name" {
                    package.name = value.trim().trim_matches('"').to_owned();
                } else if let Some(table) = section.strip_suffix("dependencies") {
                    let name = key.split('.').next().unwrap_or(key);
                    package.add(table, name.trim_matches('"'));
                }
            }
        }
        package
    }

    fn add(&mut self, table: &str, name: &str) {
        let list = if table.ends_with("dev-") {
            &mut self.test_dependencies
        } else {
            &mut self.dependencies
        };
        list.push(name.to_owned());
    }
}

fn faults_of_package(package: &Package) -> Vec<String> {
    let name = package.name.as_str();
    let mut faults = Vec::new();
    let all = package
        .dependencies
        .iter()
        .chain(&package.test_dependencies);
    for dependency in all {
        for (foreign, doors) in DOORS {
            let is_it = dependency == foreign || dependency.starts_with(&format!("{foreign}-"));
            if is_it && !doors.contains(&name) {
                faults.push(format!(
                    "{name} names {dependency}; only {} may",
                    doors.join(" and ")
                ));
            }
        }
    }
    match MAY_USE.iter().find(|(crate_name, _)| *crate_name == name) {
        None => faults.push(format!(
            "{name} has no place in the list of who may build on whom"
        )),
        Some((_, allowed)) => {
            for dependency in &package.dependencies {
                let is_ours = MAY_USE.iter().any(|(ours, _)| ours == dependency);
                if is_ours && !allowed.contains(&dependency.as_str()) {
                    faults.push(format!(
                        "{name} builds on {dependency}, against the house's order"
                    ));
                }
            }
        }
    }
    if PURE.contains(&name) {
        if !package.has_clippy_rules {
            faults.push(format!("{name} is pure but has no clippy.toml"));
        }
        for dependency in &package.dependencies {
            if IMPURE.contains(&dependency.as_str()) {
                faults.push(format!("{name} is pure but depends on {dependency}"));
            }
        }
    }
    faults
}

fn packages(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = vec![root.join("src-tauri"), root.join("src-tauri/xtask")];
    let crates = root.join("src-tauri/crates");
    let entries =
        std::fs::read_dir(&crates).map_err(|error| format!("{}: {error}", crates.display()))?;
    for entry in entries.flatten() {
        if entry.path().join("Cargo.toml").is_file() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(manifest: &str) -> Vec<String> {
        let mut package = Package::parse(manifest);
        package.has_clippy_rules = true;
        faults_of_package(&package)
    }

    #[test]
    fn a_second_door_is_a_fault() {
        let found = faults("[package]\nname = \"node\"\n[dependencies]\nwebrtc.workspace = true\n");

        assert_eq!(found, ["node names webrtc; only mesh may"]);
    }

    #[test]
    fn a_door_in_a_table_of_its_own_or_for_one_system_is_seen_too() {
        let table = "[package]\nname = \"node\"\n[dependencies.ammonia]\nversion = \"4\"\n";
        let system =
            "[package]\nname = \"node\"\n[target.'cfg(unix)'.dependencies]\ntauri = \"2\"\n";

        assert_eq!(faults(table).len(), 1);
        assert_eq!(faults(system).len(), 1);
    }

    #[test]
    fn a_pure_crate_with_a_runtime_is_a_fault_but_not_in_its_tests() {
        let wrong = "[package]\nname = \"wire\"\n[dependencies]\ntokio = \"1\"\n";
        let right = "[package]\nname = \"wire\"\n[dev-dependencies]\ntempfile = \"3\"\n";

        assert_eq!(faults(wrong), ["wire is pure but depends on tokio"]);
        assert_eq!(faults(right), Vec::<String>::new());
    }

    #[test]
    fn building_upwards_is_a_fault() {
        let found = faults("[package]\nname = \"wire\"\n[dependencies]\nroom.workspace = true\n");

        assert_eq!(found, ["wire builds on room, against the house's order"]);
    }
}
