//! Where on the screen a window begins: two of them side by side are seen at once.

use clap::ValueEnum;
use tauri::utils::config::WindowConfig;
use tauri::{AppHandle, LogicalPosition, LogicalSize};

/// What a desktop puts above a window, in pixels; no more is known of it before it is there.
const TITLE_BAR: f64 = 48.0;

/// Half of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

impl Place {
    /// Lets a window begin there. A desktop that places windows itself gives it the size alone, and
    /// one that names no screen nothing.
    pub(crate) fn take(self, app: &AppHandle, window: &mut WindowConfig) {
        let first = || app.available_monitors().ok()?.into_iter().next();
        let Some(screen) = app.primary_monitor().ok().flatten().or_else(first) else {
            return;
        };
        let (area, scale) = (screen.work_area(), screen.scale_factor());
        let area = Area {
            position: area.position.to_logical(scale),
            size: area.size.to_logical(scale),
        };
        let least = LogicalSize::new(
            window.min_width.unwrap_or_default(),
            window.min_height.unwrap_or_default(),
        );
        let half = self.half(area, least);
        (window.x, window.y) = (Some(half.position.x), Some(half.position.y));
        (window.width, window.height) = (half.size.width, half.size.height);
    }

    /// The half of an area. Windows that are wider than it overlap, but both can be seen.
    fn half(self, area: Area, least: LogicalSize<f64>) -> Area {
        let size = LogicalSize::new(
            (area.size.width / 2.0).max(least.width),
            (area.size.height - TITLE_BAR).max(least.height),
        );
        let x = match self {
            Self::Left => area.position.x,
            Self::Right => (area.position.x + area.size.width - size.width).max(area.position.x),
        };
        Area {
            position: LogicalPosition::new(x, area.position.y),
            size,
        }
    }
}

/// A part of the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    position: LogicalPosition<f64>,
    size: LogicalSize<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
        Area {
            position: LogicalPosition::new(x, y),
            size: LogicalSize::new(width, height),
        }
    }

    #[test]
    fn two_windows_share_the_screen_beside_the_panel() {
        let screen = area(70.0, 30.0, 1530.0, 970.0);
        let least = LogicalSize::new(320.0, 480.0);

        assert_eq!(
            Place::Left.half(screen, least),
            area(70.0, 30.0, 765.0, 922.0)
        );
        assert_eq!(
            Place::Right.half(screen, least),
            area(835.0, 30.0, 765.0, 922.0)
        );
    }

    #[test]
    fn on_a_small_screen_windows_keep_their_least_size_and_stay_on_it() {
        let least = LogicalSize::new(320.0, 480.0);

        let right = Place::Right.half(area(0.0, 0.0, 500.0, 400.0), least);
        assert_eq!(right, area(180.0, 0.0, 320.0, 480.0));
        let right = Place::Right.half(area(0.0, 0.0, 300.0, 400.0), least);
        assert_eq!(right.position.x, 0.0);
    }
}
