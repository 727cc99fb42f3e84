//! The app: a window around a node.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    chitchatter_app::run()
}
