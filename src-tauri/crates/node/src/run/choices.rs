//! What the person chose, put in force.

use mesh::IceServer;
use room::{Command, Input};
use view::Settings;

use super::Run;
use crate::config::Config;
use crate::settings::{self, Checked};
use crate::transfers::Order;

/// What this start was told otherwise than the profile says. It is in force until the person
/// changes it, and not kept.
#[derive(Debug, Default)]
pub(super) struct Overruled {
    pub(super) origin: Option<String>,
    pub(super) lan: Option<bool>,
    pub(super) trackers: Option<Vec<String>>,
    pub(super) ice_servers: Option<Vec<IceServer>>,
    pub(super) relay_only: Option<bool>,
    pub(super) proxy: Option<String>,
}

impl Overruled {
    /// The settings kept, but for what this start was told otherwise.
    pub(super) fn in_force(&self, kept: Option<&Settings>, config: &Config) -> Settings {
        let mut settings = kept.cloned().unwrap_or_else(|| Settings {
            origin: config.origin.as_str().to_owned(),
            ..Settings::default()
        });
        if let Some(origin) = &self.origin {
            settings.origin.clone_from(origin);
        }
        settings.lan = self.lan.unwrap_or(settings.lan);
        settings.relay_only = self.relay_only.unwrap_or(settings.relay_only);
        if let Some(proxy) = &self.proxy {
            settings.proxy = Some(proxy.clone());
        }
        settings
    }
}

impl Run {
    /// Takes the settings that are in force at the start. What no longer fits, such as a list with
    /// an address that a new version does not take, is left out.
    pub(super) fn apply_kept(&mut self) {
        let checked = match settings::check(&self.settings, &self.usual_ice()) {
            Ok(checked) => checked,
            Err(faults) => {
                tracing::warn!(count = faults.len(), "some kept settings cannot be used");
                let usable = self.usable_settings();
                Checked {
                    home: self.rooms.home().clone(),
                    trackers: usable.trackers,
                    ice_servers: usable.ice_servers,
                    proxy: usable.proxy,
                }
            }
        };
        self.apply(checked);
    }

    pub(super) async fn save_settings(&mut self, settings: Settings) -> Result<(), view::Refusal> {
        let checked = settings::check(&settings, &self.usual_ice())
            .map_err(|faults| view::Refusal::BadSettings { faults })?;
        if let Some(folder) = &settings.downloads
            && settings.downloads != self.settings.downloads
            && let Some(fault) = settings::fault_of_folder(folder)
        {
            let faults = vec![fault];
            return Err(view::Refusal::BadSettings { faults });
        }
        let mut kept = settings.clone();
        let before = self.profile.settings.clone();
        // What this start alone was told stays out of the profile until the person changes it.
        if self.overruled.origin.as_ref() == Some(&settings.origin) {
            kept.origin = before
                .as_ref()
                .map_or(self.config.origin.as_str().to_owned(), |it| {
                    it.origin.clone()
                });
        } else {
            self.overruled.origin = None;
        }
        if self.overruled.lan == Some(settings.lan) {
            kept.lan = before.as_ref().is_none_or(|it| it.lan);
        } else {
            self.overruled.lan = None;
        }
        if self.overruled.relay_only == Some(settings.relay_only) {
            kept.relay_only = before.as_ref().is_some_and(|it| it.relay_only);
        } else {
            self.overruled.relay_only = None;
        }
        if self.overruled.proxy.is_some() && self.overruled.proxy == settings.proxy {
            kept.proxy = before.as_ref().and_then(|it| it.proxy.clone());
        } else {
            self.overruled.proxy = None;
        }
        if settings.trackers != self.settings.trackers {
            self.overruled.trackers = None;
        }
        if settings.ice_servers != self.settings.ice_servers {
            self.overruled.ice_servers = None;
        }
        self.settings = settings;
        self.apply(checked);
        self.profile.settings = Some(kept);
        if self.keep_profile().await {
            // With it went what could not be kept before.
            self.happened(Input::Kept(true));
            Ok(())
        } else {
            Err(view::Refusal::NotSaved)
        }
    }

    /// The servers in use where the settings name none.
    pub(super) fn usual_ice(&self) -> Vec<IceServer> {
        let overruled = self.overruled.ice_servers.as_ref();
        overruled.unwrap_or(&self.config.ice_servers).clone()
    }

    pub(super) fn apply(&mut self, checked: Checked) {
        self.clean_downloads();
        self.rooms
            .set_home(self.settings.home().unwrap_or(checked.home));
        // While trackers are exchanged, nobody is told that there are none.
        self.happened(Input::LookingNear(true));
        self.set_lan(self.settings.lan);
        let typing = Command::ShowTyping(self.settings.typing);
        // It is never refused.
        let _ = self.commanded(typing);

        let usual = self.usual_ice();
        self.ice_servers = match (&self.overruled.ice_servers, checked.ice_servers) {
            (None, Some(chosen)) => chosen,
            _ => usual,
        };
        self.mesh
            .set_servers(&self.ice_servers, self.settings.relay_only);
        self.order(Order::Servers {
            servers: self.ice_servers.clone(),
            relay_only: self.settings.relay_only,
        });

        let wanted = match (&self.overruled.trackers, checked.trackers) {
            (Some(told), _) => told.clone(),
            (None, Some(chosen)) => chosen,
            (None, None) => self.config.trackers.clone(),
        };
        let by_another_way = self.proxy != checked.proxy;
        self.proxy = checked.proxy;
        self.trackers.set_proxy(self.proxy.clone());
        self.order(Order::Proxy(self.proxy.clone()));
        // All that is reached by another way now is closed first, those that links brought too.
        let gone: Vec<String> = self
            .rooms
            .snapshot()
            .trackers
            .into_iter()
            .filter(|it| !it.local)
            .map(|it| it.url)
            .filter(|url| by_another_way || (self.far.contains(url) && !wanted.contains(url)))
            .collect();
        let brought: Vec<String> = gone
            .iter()
            .filter(|url| by_another_way && !self.far.contains(*url))
            .cloned()
            .collect();
        for url in gone {
            self.happened(Input::TrackerRemoved { url });
        }
        for url in wanted.iter().cloned().chain(brought) {
            // One that is there already stays as it is.
            self.happened(Input::TrackerAdded { url, local: false });
        }
        self.far = wanted;
        self.happened(Input::LookingNear(self.settings.lan));
    }

    /// Those of the kept settings that are good each by itself.
    fn usable_settings(&self) -> Checked {
        let alone = |change: fn(&mut Settings, &Settings)| {
            let mut settings = Settings::default();
            change(&mut settings, &self.settings);
            settings::check(&settings, &[]).ok()
        };
        Checked {
            home: self.rooms.home().clone(),
            trackers: alone(|to, from| to.trackers.clone_from(&from.trackers))
                .and_then(|it| it.trackers),
            ice_servers: alone(|to, from| to.ice_servers.clone_from(&from.ice_servers))
                .and_then(|it| it.ice_servers),
            proxy: alone(|to, from| to.proxy.clone_from(&from.proxy)).and_then(|it| it.proxy),
        }
    }
}
