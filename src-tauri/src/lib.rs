//! The app, as a list of its parts: a window around a node. Nothing else names tauri.

mod again;
mod arguments;
mod choice;
mod commands;
mod deep_link;
mod desktop;
mod destination;
#[cfg(target_os = "linux")]
mod drawing;
mod ending;
#[cfg(target_os = "linux")]
mod handler;
mod ice;
mod instance;
mod language;
mod notice;
mod outside;
mod place;
#[cfg(target_os = "linux")]
mod recent;
mod revival;
mod sharing;
mod start;
mod tray;
mod trouble;
mod window;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::choice::Choices;
use crate::ending::Ending;
use crate::notice::Notices;
use crate::start::Failure;
use crate::tray::Tray;
use crate::trouble::Troubles;
use crate::window::Audience;

/// Runs the app until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    #[cfg(target_os = "linux")]
    drawing::prepare();
    let ready = destination::given(&arguments).and_then(|password| {
        start::check(&arguments, password.as_ref())?;
        #[cfg(target_os = "linux")]
        destination::hand_over(password)?;
        Ok(())
    });
    if let Err(failure) = ready {
        return start::failed(&failure);
    }
    if !start::has_screen() {
        return start::failed(&Failure::NoScreen);
    }
    let (links, arrivals) = deep_link::links();
    if let Some(link) = &arguments.link {
        links.arrive(link);
    }

    let mut parts = tauri::Builder::default();
    // Elsewhere all starts find the same app, whatever their profile.
    if cfg!(target_os = "linux") || arguments.profile.is_none() {
        // First of all plugins, so that a second start does nothing but hand over its link.
        let name = start::instance(&arguments);
        parts = parts.plugin(deep_link::one_instance(name, links.clone()));
    }
    let app = parts
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_dialog::init())
        .manage(Audience::new(arrivals))
        .manage(links.clone())
        .manage(Choices::default())
        .manage(Ending::default())
        .manage(Notices::default())
        .manage(Tray::default())
        .manage(Troubles::default())
        .setup(move |app| {
            deep_link::listen(app.handle(), links);
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![
            commands::cancel_share,
            commands::choose_downloads,
            commands::community_rooms,
            commands::copy,
            commands::delete_line,
            commands::delete_profile,
            commands::diagnose,
            commands::dismiss_problem,
            commands::do_without,
            commands::edit,
            commands::emojis,
            commands::enter_all_again,
            commands::export_profile,
            commands::fetch_share,
            commands::hold_clipboard,
            commands::hold_end,
            commands::hold_file,
            commands::import_profile,
            commands::join,
            commands::judge,
            commands::leave,
            commands::load_remote,
            commands::look,
            commands::media,
            commands::mute_room,
            commands::open_file,
            commands::open_link,
            commands::pause_share,
            commands::pick_files,
            commands::pin,
            commands::pinned,
            commands::qr,
            commands::quit,
            commands::react,
            commands::read_chosen_qr,
            commands::read_link,
            commands::read_qr,
            commands::rename,
            commands::resend,
            commands::resume_share,
            commands::retry_share,
            commands::reveal_file,
            commands::save_settings,
            commands::save_qr,
            commands::save_text,
            commands::say,
            commands::search,
            commands::set_rules,
            commands::set_typing,
            commands::settings,
            commands::share_chosen,
            commands::show_share,
            commands::subscribe,
            commands::suggest_password,
            commands::suggest_room,
            commands::test_ice_server,
            commands::test_tracker,
            commands::tray_available,
            commands::trouble,
            commands::try_again,
            commands::try_trackers,
            commands::unshare,
            commands::usual_servers,
        ])
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => return start::failed(&error),
    };
    #[cfg(target_os = "linux")]
    if arguments.profile.is_none() {
        // What others install elsewhere is no reason to wait.
        tauri::async_runtime::spawn_blocking(handler::offer);
    }
    if let Err(error) = start::open(app.handle(), arguments) {
        return start::failed(&*error);
    }
    start::stop_when_asked(app.handle());
    app.run(start::stop_at_exit);
    ExitCode::SUCCESS
}
