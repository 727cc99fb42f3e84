//! `cargo xtask test`: everything that is checked, as a list of named steps.
//!
//! A step that fails does not stop the others; at the end there is a table and a closing line.

mod checks;
mod crates;
mod lanes;
mod page;
mod report;
mod steps;

use std::time::{Duration, Instant};

pub(crate) use page::browser_packages;

use self::crates::Bench;
use self::report::{Outcome, conclude};
use self::steps::{BUILD, STEPS, Step, When, names};
use crate::packages::{self, Needs};

/// No program of a step takes this long unless it hangs.
const STEP_LIMIT: Duration = Duration::from_secs(25 * 60);

/// Runs the named steps, or all.
pub(crate) fn test(words: &[String]) -> Result<(), String> {
    let wish = Wish::parse(words)?;
    if wish.list {
        println!("{}", names());
        return Ok(());
    }
    let start = Instant::now();
    let steps: Vec<&Step> = STEPS
        .iter()
        .filter(|step| wish.names.is_empty() || wish.names.iter().any(|name| name == step.name))
        .collect();
    let needs = steps
        .iter()
        .fold(Needs::default(), |all, step| all.and(step.work.needs()));
    packages::ensure(needs, wish.install)?;

    let mut bench = Bench::new(&steps, wish.names.is_empty());
    let (first, rest): (Vec<&Step>, Vec<&Step>) =
        steps.iter().partition(|step| step.when == When::First);
    let mut reports = Vec::new();
    for step in first {
        reports.push(lanes::one(step, || bench.run(step)));
    }
    if steps.iter().any(|step| step.work.folder().is_some()) {
        reports.push(lanes::one(&BUILD, || bench.build().into()));
    }
    let failed = reports
        .iter()
        .any(|it| matches!(it.outcome, Outcome::Failed(_)));
    if !(failed && wish.fail_fast) {
        reports.extend(lanes::run(&bench, &rest, wish.fail_fast));
    }
    conclude(&reports, start.elapsed())
}

#[derive(Debug, Default)]
struct Wish {
    names: Vec<String>,
    fail_fast: bool,
    list: bool,
    install: bool,
}

impl Wish {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut wish = Self {
            install: true,
            ..Self::default()
        };
        for word in words {
            match word.as_str() {
                "--fail-fast" => wish.fail_fast = true,
                "--list" => wish.list = true,
                "--no-install" => wish.install = false,
                name if STEPS.iter().any(|step| step.name == name) => {
                    wish.names.push(name.to_owned());
                }
                other => {
                    return Err(format!(
                        "there is no test called `{other}`. There are:\n{}",
                        names()
                    ));
                }
            }
        }
        Ok(wish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::root;

    fn parse(words: &[&str]) -> Result<Wish, String> {
        Wish::parse(
            &words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_names_there_are() {
        let answer = parse(&["wier"]).expect_err("there is no such test");

        assert!(answer.contains("`wier`"));
        assert!(STEPS.iter().all(|step| answer.contains(step.name)));
    }

    #[test]
    fn every_crate_of_the_house_is_tested() {
        let crates = root().join("src-tauri/crates");

        for entry in std::fs::read_dir(crates)
            .expect("the crates are there")
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                STEPS.iter().any(|step| step.name == name),
                "nothing tests {name}"
            );
        }
    }

    #[test]
    fn names_choose_steps_and_flags_do_not() {
        let wish = parse(&["wire", "--fail-fast", "room"]).expect("both exist");

        assert_eq!(wish.names, ["wire", "room"]);
        assert!(wish.fail_fast);
    }
}
