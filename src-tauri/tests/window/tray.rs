//! The icon in the tray, and a window that comes and goes while the rooms go on.

use view::Settings;

use crate::company::{Guest, tracker};
use crate::desk::Desk;
use crate::stage::turn;

fn with_tray() -> Settings {
    Settings {
        tray: true,
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_into_the_tray_the_app_goes_on_and_comes_back_and_quits_from_there() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let mut desk = Desk::new(with_tray(), true).await;
    let mut app = desk.start(&["--tracker", &tracker, "--name", "Ada", "--join", "hall"]);
    let icon = desk.desktop.icon().await;
    icon.is_called("Chitchatter").await;
    let pictures = icon.pictures().await;
    assert!(pictures.len() > 1, "small and large ones");
    desk.titled("hall · Chitchatter").await;
    let mut gus = Guest::enter("hall", &tracker, "Gus").await;
    let ada = gus.recognises("Ada").await;

    desk.close_window();
    desk.window_is(false).await;
    gus.say("one").await;
    icon.is_called("Chitchatter · 1 unread").await;
    gus.whisper(&ada, "two").await;
    icon.is_called("Chitchatter · 2 unread").await;
    assert_ne!(icon.pictures().await, pictures, "the icon shows it too");
    assert!(app.is_running() && !desk.is_visible());

    icon.press().await;
    desk.window_is(true).await;
    // The room was in front, so it is read now.
    icon.is_called("Chitchatter · 1 unread").await;

    desk.close_window();
    desk.window_is(false).await;
    icon.choose("Open Chitchatter").await;
    desk.window_is(true).await;

    icon.choose("Quit").await;
    desk.eventually("the app to end", || !app.is_running())
        .await;
    gus.misses_somebody().await;
    gus.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_to_be_disturbed_is_chosen_in_the_tray_and_obeyed() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let mut desk = Desk::new(with_tray(), true).await;
    let mut app = desk.start(&["--tracker", &tracker, "--name", "Ada", "--join", "hall"]);
    let icon = desk.desktop.icon().await;
    let mut gus = Guest::enter("hall", &tracker, "Gus").await;
    let ada = gus.recognises("Ada").await;
    desk.titled("hall · Chitchatter").await;
    desk.close_window();
    desk.window_is(false).await;

    icon.choose("Do not disturb").await;
    icon.is_ticked("Do not disturb", true).await;
    gus.say("psst").await;
    icon.is_called("Chitchatter · 1 unread").await;
    icon.choose("Do not disturb").await;
    icon.is_ticked("Do not disturb", false).await;
    gus.whisper(&ada, "psst").await;
    // Of the first nothing was told: this is the first thing the desktop hears.
    let (title, body, id) = desk.desktop.notified().await;
    assert_eq!((title.as_str(), id), ("Gus · hall", 1));
    assert_eq!(body, "New private message");
    assert!(app.is_running());
    gus.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn started_hidden_it_waits_in_the_tray_and_a_second_start_or_a_lost_tray_shows_it() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let settings = Settings {
        start_hidden: true,
        ..with_tray()
    };
    let mut desk = Desk::new(settings, true).await;
    let mut app = desk.start(&["--tracker", &tracker, "--name", "Ada", "--join", "hall"]);
    let icon = desk.desktop.icon().await;
    let mut gus = Guest::enter("hall", &tracker, "Gus").await;
    gus.meets("Ada").await;
    gus.say("hello").await;
    icon.is_called("Chitchatter · 1 unread").await;
    assert!(!desk.is_visible(), "nothing was shown");

    let mut again = desk.start(&[]);
    desk.eventually("the second start to end", || !again.is_running())
        .await;
    desk.window_is(true).await;

    desk.close_window();
    desk.window_is(false).await;
    desk.desktop.lose_tray().await;
    desk.window_is(true).await;
    // Without a tray, closing it is the end.
    desk.close_window();
    desk.eventually("the app to end", || !app.is_running())
        .await;
    gus.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_desktop_without_a_tray_it_is_seen_all_the_same_and_ends_when_closed() {
    let _turn = turn().await;
    let settings = Settings {
        start_hidden: true,
        ..with_tray()
    };
    let desk = Desk::new(settings, false).await;
    let mut app = desk.start(&["--hidden"]);
    desk.window_is(true).await;
    desk.close_window();
    desk.eventually("the app to end", || !app.is_running())
        .await;
}
