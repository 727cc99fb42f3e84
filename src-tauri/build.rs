//! Lists the commands of the window, so that each is refused unless a capability allows it.

/// The same names as in `src/commands.rs`; a command that is missing here cannot be called.
const COMMANDS: &[&str] = &[
    "community_rooms",
    "copy",
    "delete_line",
    "delete_profile",
    "diagnose",
    "dismiss_problem",
    "do_without",
    "edit",
    "emojis",
    "export_profile",
    "import_profile",
    "join",
    "judge",
    "leave",
    "load_remote",
    "look",
    "mute_room",
    "open_link",
    "pin",
    "pinned",
    "qr",
    "quit",
    "react",
    "read_link",
    "read_qr",
    "rename",
    "resend",
    "save_settings",
    "save_text",
    "say",
    "search",
    "set_rules",
    "set_typing",
    "settings",
    "subscribe",
    "suggest_password",
    "suggest_room",
    "test_ice_server",
    "test_tracker",
    "tray_available",
    "trouble",
    "try_again",
    "usual_servers",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("the window could not be set up: {error:#}");
    }
}
