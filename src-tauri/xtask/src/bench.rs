//! `cargo xtask bench`: measure a release build; the figures are printed and written as JSON.

use std::process::Command;

use crate::artefacts::Built;
use crate::packages::{self, Needs};
use crate::shell::{cargo, root, succeed};
use crate::test::browser_packages;

/// Builds what is measured and what measures, and runs the latter with the given names.
pub(crate) fn bench(words: &[String]) -> Result<(), String> {
    let install = !words.iter().any(|word| word == "--no-install");
    let names = words.iter().filter(|word| *word != "--no-install");
    packages::ensure(
        Needs {
            compiler: true,
            browser: true,
            ..Needs::default()
        },
        install,
    )?;
    browser_packages()?;
    let built = Built::of(
        cargo()
            .args(["build", "--release", "--package", "headless", "--bins"])
            .args(["--package", "mesh", "--bench", "mesh-bench"]),
    )?;
    let mesh = root().join("src-tauri/crates/mesh");
    let links = built.tests_in(&mesh).next();
    let mut command = Command::new(built.program("chitchatter-bench")?);
    command.env(
        "CHITCHATTER_MESH_BENCH",
        links.ok_or("the build made no program that measures links")?,
    );
    command.args(names).current_dir(root());
    if let Some(chromium) = packages::chromium() {
        command.env("CHROMIUM", chromium);
    }
    succeed(&mut command)
}
