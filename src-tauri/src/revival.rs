//! A page whose web process has ended is dead glass: it is loaded again. The rooms live in the
//! node, so nothing is lost but a draft.
//!
//! On Linux only so far: Apple's systems and WebView2 on Windows tell it in other ways.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tauri::async_runtime::spawn;
use tauri::{AppHandle, Manager, WebviewWindow};

use crate::trouble::Troubles;
use crate::window::{self, Page};

/// How often the page is loaded again within [`A_WHILE`]; after that something is wrong with it.
const MAX_RELOADS: usize = 3;

/// How long an end of the page is remembered.
const A_WHILE: Duration = Duration::from_secs(60);

/// Sees to it that the window's page comes back.
#[cfg(target_os = "linux")]
pub(crate) fn watch(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt;
    let app = window.app_handle().clone();
    window.with_webview(move |view| {
        let ends = std::cell::RefCell::new(Ends::default());
        view.inner().connect_web_process_terminated(move |view, _| {
            let at = view.uri();
            let explains = at.as_ref().is_some_and(|it| Page::Trouble.is_at(it));
            match ends.borrow_mut().another(Instant::now(), explains) {
                // A page that ended while it was being loaded cannot be reloaded, only loaded.
                Remedy::Reload => match at {
                    Some(at) => view.load_uri(&at),
                    None => view.reload(),
                },
                Remedy::Explain => explain(&app),
                Remedy::Rest => {}
            }
        });
    })
}

/// Other systems have no such signal here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Says that the page does not stay, and lets the person choose.
fn explain(app: &AppHandle) {
    let app = app.clone();
    spawn(async move {
        app.state::<Troubles>().page_ends().await;
        // A window that cannot even show this page is left as it is; the app can still be ended.
        let _ = window::turn_to(&app, Page::Trouble);
    });
}

/// When the page ended lately.
#[derive(Debug, Default)]
struct Ends(VecDeque<Instant>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    Reload,
    Explain,
    Rest,
}

impl Ends {
    /// What to do about one more end, of the page that explains or of the other. From that one only
    /// a person leads back, so this is no endless loop.
    fn another(&mut self, now: Instant, explains: bool) -> Remedy {
        self.0.push_back(now);
        while self
            .0
            .front()
            .is_some_and(|&then| now.duration_since(then) > A_WHILE)
            // Older ones tell nothing new.
            || self.0.len() > MAX_RELOADS + 1
        {
            self.0.pop_front();
        }
        match self.0.len() {
            0..=MAX_RELOADS => Remedy::Reload,
            _ if explains => Remedy::Rest,
            _ => Remedy::Explain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_ends_again_and_again_is_explained_and_not_loaded_forever() {
        let mut ends = Ends::default();
        let now = Instant::now();
        let remedies: Vec<Remedy> = (0..4).map(|_| ends.another(now, false)).collect();
        assert_eq!(
            remedies,
            [
                Remedy::Reload,
                Remedy::Reload,
                Remedy::Reload,
                Remedy::Explain
            ]
        );
        assert_eq!(ends.another(now, true), Remedy::Rest);
        assert_eq!(ends.another(now, false), Remedy::Explain);
    }

    #[test]
    fn a_page_that_ends_now_and_then_is_always_loaded_again() {
        let mut ends = Ends::default();
        let start = Instant::now();
        for hour in 0..50 {
            let now = start + Duration::from_secs(3600 * hour);
            assert_eq!(ends.another(now, false), Remedy::Reload);
        }
    }
}
