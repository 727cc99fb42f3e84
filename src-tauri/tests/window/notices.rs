//! From a message to the notification of the desktop, and back by a click.

use view::{Notifications, Settings};

use crate::company::{Guest, tracker};
use crate::desk::Desk;
use crate::pretend::Asked;
use crate::stage::turn;

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_a_notification_leads_to_the_talk_it_is_about() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let settings = Settings {
        tray: true,
        notifications: Notifications {
            on: true,
            text: true,
        },
        ..Settings::default()
    };
    let mut desk = Desk::new(settings, true).await;
    let mut app = desk.start(&["--tracker", &tracker, "--name", "Ada", "--join", "hall"]);
    let _icon = desk.desktop.icon().await;
    let mut gus = Guest::enter("hall", &tracker, "Gus").await;
    let ada = gus.recognises("Ada").await;
    desk.titled("hall · Chitchatter").await;
    desk.close_window();
    desk.window_is(false).await;

    // What is said is shown as it was typed, and nothing in it means anything to the desktop.
    gus.say("<b>bold</b> & \u{202e}drawkcab\nand more").await;
    let (title, body, first) = desk.desktop.notified().await;
    assert_eq!(title, "Gus · hall");
    assert_eq!(body, "&lt;b&gt;bold&lt;/b&gt; &amp; drawkcab and more");
    gus.whisper(&ada, "only for you").await;
    let (title, body, second) = desk.desktop.notified().await;
    assert_eq!(
        (title.as_str(), body.as_str()),
        ("Gus · hall", "only for you")
    );
    assert_ne!(first, second, "each place has its own");
    assert!(!desk.is_visible());

    desk.desktop.click(second).await;
    desk.window_is(true).await;
    desk.titled("(1) Gus · hall · Chitchatter").await;
    // It is looked at, so there is nothing left to tell.
    assert_eq!(desk.desktop.asked().await, Asked::Close(second));

    desk.desktop.click(first).await;
    desk.titled("hall · Chitchatter").await;
    assert_eq!(desk.desktop.asked().await, Asked::Close(first));
    assert!(app.is_running());
    gus.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unless_it_was_asked_for_a_notification_says_who_and_where_but_not_what() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let settings = Settings {
        tray: true,
        ..Settings::default()
    };
    let mut desk = Desk::new(settings, true).await;
    let _app = desk.start(&["--tracker", &tracker, "--name", "Ada", "--join", "hall"]);
    let icon = desk.desktop.icon().await;
    let mut gus = Guest::enter("hall", &tracker, "Gus").await;
    gus.recognises("Ada").await;
    desk.titled("hall · Chitchatter").await;
    desk.close_window();
    desk.window_is(false).await;
    gus.say("the secret").await;
    let (title, body, _) = desk.desktop.notified().await;
    assert_eq!(
        (title.as_str(), body.as_str()),
        ("Gus · hall", "New message")
    );
    icon.is_called("Chitchatter · 1 unread").await;
    gus.stop().await;
}
