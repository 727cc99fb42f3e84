//! Ways in and ways to invite: passwords that differ, links with and without them, QR codes.

use node::ProfileAt;
use serde_json::json;

use crate::company::{Guest, private, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, turn};

in_each_language! {
    a_wrong_password_is_told_and_typed_again,
    a_private_room_is_shared_by_link_and_by_qr_code_and_entered_by_either,
}

async fn a_wrong_password_is_told_and_typed_again(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let address = private("vault", "open, sesame");
    let mut gus = Guest::come(address, &tracker, "Gus", ProfileAt::Memory).await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter_private("vault", "open sesame").await;

    // The room stands between the two halves.
    let problem = stage.words("problems.otherPassword", &[]).await;
    let problem = problem[..2].join("vault");
    stage.reads(&problem).await;
    stage
        .picture(&format!("other-password-{}", language.code()))
        .await;
    stage.press_word("problems.retype", &[]).await;
    stage.reads_word("invitation.leadRetype", &[]).await;
    // Still wrong: one is asked once more.
    stage
        .find("#enter-password")
        .await
        .send_keys("Open, sesame")
        .await
        .expect("typed");
    stage.press("enter-dialog button[type=submit]").await;
    stage
        .until(
            "the dialog to close",
            "return document.querySelector('enter-dialog dialog[open]') === null",
            vec![],
        )
        .await;
    stage.is_in("vault").await;
    stage.press_word("problems.retype", &[]).await;
    stage
        .find("#enter-password")
        .await
        .send_keys("open, sesame")
        .await
        .expect("typed");
    stage.picture(&format!("retype-{}", language.code())).await;
    stage.press("enter-dialog button[type=submit]").await;
    stage.sees(&["Gus"]).await;
    stage.reads_no_more(&problem).await;
    gus.recognises("Ada").await;
    stage.say("Now we hear each other").await;
    gus.hears("Now we hear each other").await;
    stage.close().await;
    gus.stop().await;
}

async fn a_private_room_is_shared_by_link_and_by_qr_code_and_entered_by_either(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new().with(["--tracker", &tracker]).open().await;
    stage.speak(language).await;
    stage.enter_private("vault", "open, sesame").await;
    let secret = private("vault", "open, sesame").access;
    let wire::Access::Private(secret) = secret else {
        panic!("it is private");
    };
    let encoded = secret
        .as_str()
        .trim_end_matches('=')
        .replace('+', "%2B")
        .replace('/', "%2F");

    // Without the password, which is how it is offered.
    stage.press_word("room.invite", &[]).await;
    stage.reads_word("share.secretWarning", &[]).await;
    stage.find("share-dialog qr-view svg").await;
    let plain = shared_link(&stage).await;
    let plain_code = stage.picture(&format!("share-{}", language.code())).await;
    stage.press_word("share.copy", &[]).await;
    stage.reads_word("room.linkCopied", &[]).await;
    assert_eq!(stage.clipboard().await, plain);
    assert!(!plain.contains(&encoded), "{plain}");

    // With it, once one has read what that means.
    stage.press_word("room.invite", &[]).await;
    stage.press("#share-consent").await;
    stage
        .until(
            "another link",
            "return document.querySelector('#share-link').value !== arguments[0] && document.querySelector('share-dialog qr-view svg') !== null",
            vec![json!(plain)],
        )
        .await;
    let whole = shared_link(&stage).await;
    assert!(whole.contains(&encoded), "{whole}");
    let whole_code = stage
        .picture(&format!("share-secret-{}", language.code()))
        .await;
    stage.press_word("share.secretCopy", &[]).await;
    stage.reads_word("room.secretCopied", &[]).await;
    assert_eq!(stage.clipboard().await, whole);

    // Either is read again from a picture of the window, as on another machine.
    stage.composer().await.clear().await.expect("cleared");
    stage.press_word("room.leave", &[]).await;
    for (code, link, needs_password) in [(plain_code, plain, true), (whole_code, whole, false)] {
        stage.find("#home room-door").await;
        stage.is_ready().await;
        stage.give_file("room-door input[type=file]", &code).await;
        stage
            .until(
                "the link of the code",
                "return document.querySelector('#door-room').value === arguments[0]",
                vec![json!(link)],
            )
            .await;
        let what = if needs_password {
            "door.linkPrivate"
        } else {
            "door.linkSecret"
        };
        stage.reads_word(what, &[]).await;
        if needs_password {
            stage
                .find("#door-password")
                .await
                .send_keys("open, sesame")
                .await
                .expect("typed");
            stage.picture(&format!("qr-read-{}", language.code())).await;
        }
        stage.press("room-door button[type=submit]").await;
        stage.is_in("vault").await;
        stage.press_word("room.leave", &[]).await;
    }
    stage.close().await;
}

async fn shared_link(stage: &crate::stage::Stage) -> String {
    let link = stage
        .js("return document.querySelector('#share-link').value", vec![])
        .await;
    link.as_str().expect("a link").to_owned()
}
