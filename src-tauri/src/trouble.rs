//! When the app cannot start or go on: what the window says instead, and what the person can do.

use node::{ConfigError, ProfileError, StartError};
use tauri::AppHandle;
use tokio::sync::Mutex;
use view::{Trouble, TroubleKind};

use crate::arguments::Arguments;
use crate::start::{self, Failure, Without};
use crate::window::{self, Page};

/// What is wrong at the moment, if anything is. A second press of a button waits for the first.
#[derive(Default)]
pub(crate) struct Troubles(Mutex<Option<Case>>);

enum Case {
    /// There is no node.
    CannotStart(Box<Start>),
    /// There is one, but the page does not stay.
    PageEnds,
}

/// A start that failed.
struct Start {
    arguments: Arguments,
    without: Without,
    trouble: Trouble,
}

impl Troubles {
    /// Notes that there is no node, and why.
    pub(crate) async fn cannot_start(&self, arguments: Arguments, trouble: Trouble) {
        *self.0.lock().await = Some(Case::CannotStart(Box::new(Start {
            arguments,
            without: Without::default(),
            trouble,
        })));
    }

    /// Notes that the page does not stay.
    pub(crate) async fn page_ends(&self) {
        *self.0.lock().await = Some(Case::PageEnds);
    }

    /// What is wrong.
    pub(crate) async fn told(&self) -> Option<Trouble> {
        match &*self.0.lock().await {
            Some(Case::CannotStart(start)) => Some(start.trouble.clone()),
            Some(Case::PageEnds) => Some(Trouble {
                what: TroubleKind::PageEnds,
                file: None,
                detail: String::new(),
            }),
            None => None,
        }
    }

    /// Tries once more; gives what is still wrong.
    pub(crate) async fn try_again(&self, app: &AppHandle) -> Option<Trouble> {
        self.go_on(app, |_, _| {}).await
    }

    /// Goes on without what is broken; gives what else is wrong.
    pub(crate) async fn do_without(&self, app: &AppHandle) -> Option<Trouble> {
        self.go_on(app, |without, what| match what {
            TroubleKind::BadList | TroubleKind::UnreadableList => without.lists = true,
            TroubleKind::BadProfile
            | TroubleKind::UnreadableProfile
            | TroubleKind::UnwritableProfile
            | TroubleKind::ProfileInUse
            | TroubleKind::NoFolder => without.profile = true,
            TroubleKind::NoKey | TroubleKind::PageEnds => {}
        })
        .await
    }

    async fn go_on(
        &self,
        app: &AppHandle,
        leave_out: impl FnOnce(&mut Without, TroubleKind),
    ) -> Option<Trouble> {
        let mut case = self.0.lock().await;
        match &mut *case {
            None => return None,
            Some(Case::PageEnds) => {}
            Some(Case::CannotStart(start)) => {
                let Start {
                    arguments,
                    without,
                    trouble,
                } = &mut **start;
                leave_out(without, trouble.what);
                match start::node(arguments, *without).await {
                    Ok(started) => start::begin(app, started),
                    Err(failure) => {
                        *trouble = of(&failure).unwrap_or_else(|| Trouble {
                            detail: failure.to_string(),
                            ..trouble.clone()
                        });
                        return Some(trouble.clone());
                    }
                }
            }
        }
        *case = None;
        // Where the window refuses, its page is still there and the buttons with it.
        let _ = window::turn_to(app, Page::Rooms);
        None
    }
}

/// What to tell a person who only clicked an icon; nothing when the fault is in what was typed.
pub(crate) fn of(failure: &Failure) -> Option<Trouble> {
    let (what, file, detail) = match failure {
        Failure::Config(error) => of_list(error),
        Failure::Start(StartError::Profile(error)) => of_profile(error),
        Failure::Homeless => (TroubleKind::NoFolder, None, String::new()),
        Failure::Start(StartError::Name(_))
        | Failure::Name(_)
        | Failure::NoScreen
        | Failure::Tracker { .. }
        | Failure::IceServer(_)
        | Failure::NoneAndOthers
        | Failure::Origin(_)
        | Failure::Join(_)
        | Failure::Refused(_)
        | Failure::PasswordFile(_)
        | Failure::TwoSecrets => return None,
    };
    Some(Trouble {
        what,
        file: file.map(|file| file.display().to_string()),
        detail,
    })
}

type Told<'a> = (TroubleKind, Option<&'a std::path::Path>, String);

fn of_list(error: &ConfigError) -> Told<'_> {
    match error {
        ConfigError::Unreadable { path, reason } => (
            TroubleKind::UnreadableList,
            Some(path),
            node::file_fault(*reason),
        ),
        ConfigError::TooLarge { path, limit } => (
            TroubleKind::BadList,
            Some(path),
            format!("larger than {limit} bytes"),
        ),
        ConfigError::Malformed { path, reason } => {
            (TroubleKind::BadList, Some(path), reason.clone())
        }
        ConfigError::BadEntry { path, entry, why } => {
            (TroubleKind::BadList, Some(path), format!("{entry:?} {why}"))
        }
    }
}

fn of_profile(error: &ProfileError) -> Told<'_> {
    match error {
        ProfileError::Unreadable { path, reason } => (
            TroubleKind::UnreadableProfile,
            Some(path),
            node::file_fault(*reason),
        ),
        ProfileError::Malformed { path, reason } => {
            (TroubleKind::BadProfile, Some(path), reason.clone())
        }
        ProfileError::Unwritable { path, reason } => (
            TroubleKind::UnwritableProfile,
            Some(path),
            node::file_fault(*reason),
        ),
        ProfileError::InUse { path } => (TroubleKind::ProfileInUse, Some(path), String::new()),
        ProfileError::NoKey => (TroubleKind::NoKey, None, String::new()),
    }
}
