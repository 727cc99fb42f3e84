//! The app, as a list of its parts: a window around a node. Nothing else names tauri.

mod arguments;
mod commands;
mod deep_link;
mod outside;
mod start;
mod suggestion;
mod window;

use std::process::ExitCode;

use clap::Parser;
use tauri::Manager;
use tauri::async_runtime::block_on;

use crate::arguments::Arguments;
use crate::window::Audience;

/// Runs the app until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let (links, arrivals) = deep_link::links();
    if let Some(link) = &arguments.link {
        links.arrive(link);
    }

    let mut parts = tauri::Builder::default();
    if arguments.profile.is_none() {
        // First of all plugins, so that a second start does nothing but hand over its link.
        parts = parts.plugin(deep_link::one_instance(links.clone()));
    }
    let app = parts
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .manage(Audience::new(arrivals))
        .setup(move |app| {
            deep_link::listen(app.handle(), links);
            Ok(window::open(app.handle())?)
        })
        .invoke_handler(tauri::generate_handler![
            commands::copy,
            commands::dismiss_problem,
            commands::join,
            commands::leave,
            commands::open_link,
            commands::read_link,
            commands::rename,
            commands::save_settings,
            commands::say,
            commands::set_typing,
            commands::settings,
            commands::subscribe,
            commands::suggest_room_name,
        ])
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => return start::failed(&error),
    };
    match block_on(start::node(arguments)) {
        Ok(node) => app.manage(node),
        Err(error) => return start::failed(&error),
    };
    start::stop_when_asked(app.handle());
    app.run(|app, event| start::stop_at_exit(app, &event));
    ExitCode::SUCCESS
}
