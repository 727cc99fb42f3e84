//! The terminal peer.

fn main() -> std::process::ExitCode {
    headless::run()
}
