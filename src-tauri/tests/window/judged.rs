//! Whom one does not want to hear, and who is called what.

use fantoccini::key::Key;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, turn};

in_each_language! {
    somebody_is_muted_another_blocked_and_both_are_forgiven,
    a_name_is_changed_on_either_side_and_seen_by_the_other,
}

async fn somebody_is_muted_another_blocked_and_both_are_forgiven(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("street").await;
    let mut gus = Guest::enter("street", &tracker, "Gus").await;
    let mut mia = Guest::enter("street", &tracker, "Mia").await;
    stage.sees(&["Gus", "Mia"]).await;
    gus.recognises("Ada").await;
    mia.recognises("Ada").await;

    // Who is muted is folded away, until one looks.
    stage.open_person("Gus").await;
    stage.reads_word("person.verification", &[]).await;
    stage.picture(&format!("person-{}", language.code())).await;
    stage.press("person-dialog [data-act=mute]").await;
    stage.reads_word("person.muted", &[json!("Gus")]).await;
    stage.press("person-dialog [data-act=close]").await;
    gus.say("Buy my bicycle").await;
    let folded = [json!(1), json!("Gus"), json!("muted")];
    stage.reads_word("line.folded", &folded).await;
    stage.reads_no_more("Buy my bicycle").await;
    stage.picture(&format!("muted-{}", language.code())).await;
    stage.press_word("line.unfold", &[]).await;
    stage.reads("Buy my bicycle").await;

    // Who is blocked is gone, on both sides, and stays so.
    stage.open_person("Mia").await;
    stage.press("person-dialog [data-act=block]").await;
    stage.reads_word("person.blockLead", &[]).await;
    stage.picture(&format!("block-{}", language.code())).await;
    stage.press_word("person.block", &[]).await;
    stage.sees(&["Gus"]).await;
    mia.misses_somebody().await;
    mia.say("Can you hear me?").await;
    stage.say("Only Gus is here now").await;
    gus.hears("Only Gus is here now").await;
    gus.say("so it is").await;
    stage
        .until(
            "a second fold",
            "return document.querySelectorAll('.log .fold').length === 2",
            vec![],
        )
        .await;
    stage.reads_no_more("Can you hear me?").await;
    let heard = mia.heard_meanwhile();
    assert!(
        !heard.iter().any(|it| it.contains("Only Gus")),
        "the blocked hear nothing: {heard:?}"
    );

    // Both are found again, and forgiven.
    stage.picture(&format!("judged-{}", language.code())).await;
    stage.press_word("people.unmuteWho", &[json!("Gus")]).await;
    stage.reads_word("person.normal", &[json!("Gus")]).await;
    stage.press_word("people.unblockWho", &[json!("Mia")]).await;
    stage.sees(&["Gus", "Mia"]).await;
    mia.recognises("Ada").await;
    gus.say("Sorry about the bicycle").await;
    stage.line("Sorry about the bicycle").await;
    mia.say("Hello again").await;
    stage.line("Hello again").await;
    stage.say("Welcome, all").await;
    mia.hears("Welcome, all").await;
    stage.close().await;
    gus.stop().await;
    mia.stop().await;
}

async fn a_name_is_changed_on_either_side_and_seen_by_the_other(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new()
        .with(["--tracker", &tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("porch").await;
    let mut gus = Guest::enter("porch", &tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    gus.recognises("Ada").await;

    stage.press_word("me.edit", &[]).await;
    let field = stage.find("own-name dialog[open] input").await;
    field.clear().await.expect("cleared");
    field.send_keys("Ada of Lovelace").await.expect("typed");
    stage.picture(&format!("rename-{}", language.code())).await;
    let enter = char::from(Key::Enter).to_string();
    field.send_keys(&enter).await.expect("Enter");
    stage.reads_word("me.saved", &[]).await;
    gus.meets("Ada of Lovelace").await;

    gus.rename("Gustav").await;
    stage.sees(&["Gustav"]).await;
    let renamed = json!({ "kind": "renamed", "from": "Gus", "to": "Gustav" });
    stage.reads_word("notice", &[renamed]).await;
    stage.close().await;
    gus.stop().await;
}
