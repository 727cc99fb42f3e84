//! Lists the commands of the window, so that each is refused unless a capability allows it.

/// The same names as in `src/commands.rs`; a command that is missing here cannot be called.
const COMMANDS: &[&str] = &[
    "copy",
    "dismiss_problem",
    "do_without",
    "join",
    "leave",
    "open_link",
    "quit",
    "read_link",
    "rename",
    "save_settings",
    "say",
    "set_typing",
    "settings",
    "subscribe",
    "suggest_room_name",
    "trouble",
    "try_again",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("the window could not be set up: {error:#}");
    }
}
