//! Where things are, and how other programs are started.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The top folder of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .to_path_buf()
}

/// Where cargo puts what it makes.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Cargo, the one that started us, at the top folder.
pub(crate) fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    // What `cargo run` told us about this script would make every build script that looks at it
    // run again.
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command
}

thread_local! {
    /// Where what this thread's commands say is kept, if not shown at once.
    static KEPT: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Keeps in a file what is said until the end of the work, so that work done side by side is not
/// told in one breath.
pub(crate) fn keeping<T>(file: File, work: impl FnOnce() -> T) -> T {
    KEPT.replace(Some(file));
    let done = work();
    KEPT.replace(None);
    done
}

/// Says a line, where everything else of this thread is said.
pub(crate) fn say(line: &str) {
    KEPT.with_borrow_mut(|kept| match kept {
        // What cannot be kept is no reason to stop testing.
        Some(file) => drop(writeln!(file, "{line}")),
        None => println!("{line}"),
    });
}

/// Runs a command to its end and shows what it says.
pub(crate) fn succeed(command: &mut Command) -> Result<(), String> {
    let status = start(command)?.wait().map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", name_of(command)))
    }
}

/// The same, and ends a command that hangs.
pub(crate) fn succeed_within(limit: Duration, command: &mut Command) -> Result<(), String> {
    let mut child = start(command)?;
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return if status.success() {
                Ok(())
            } else {
                Err(format!("{} ended with {status}", name_of(command)))
            };
        }
        if begin.elapsed() > limit {
            end(&mut child);
            let minutes = limit.as_secs() / 60;
            return Err(format!(
                "{} was ended after {minutes} minutes",
                name_of(command)
            ));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn start(command: &mut Command) -> Result<Child, String> {
    KEPT.with_borrow(|kept| {
        if let Some(file) = kept {
            let ear = || file.try_clone().map_err(|error| error.to_string());
            command.stdout(ear()?).stderr(ear()?);
        }
        command
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", name_of(command)))
    })
}

fn end(child: &mut Child) {
    // It may have ended by itself in the meantime.
    let _ = child.kill();
    let _ = child.wait();
}

/// What a command prints, if it can be started and succeeds.
pub(crate) fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program is, by the folders in `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .flat_map(|folder| {
            [
                folder.join(program),
                folder.join(format!("{program}.exe")),
                folder.join(format!("{program}.cmd")),
            ]
        })
        .find(|path| path.is_file())
}

/// The `npm` of this machine in a folder of the repository.
pub(crate) fn npm(folder: &Path) -> Command {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(npm);
    command.current_dir(folder);
    command
}

fn name_of(command: &Command) -> String {
    let mut name = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args().take(4) {
        name.push(' ');
        name.push_str(&argument.to_string_lossy());
    }
    name
}
