//! What can be done with a line, and while one writes it.

use fantoccini::key::Key;
use serde_json::json;

use crate::company::{Guest, tracker};
use crate::page::{Language, in_each_language};
use crate::stage::{Setup, Stage, turn};

in_each_language! {
    lines_are_answered_changed_marked_and_taken_back,
    names_and_emoji_are_completed_and_words_are_found,
}

async fn lines_are_answered_changed_marked_and_taken_back(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (stage, mut gus) = together(language, &tracker).await;
    gus.say("The meeting is at **noon**").await;

    // Answered by the keyboard.
    let noon = stage.article("The meeting is at noon").await;
    noon.send_keys("r").await.expect("R");
    stage.reads_word("composer.replying", &[json!("Gus")]).await;
    stage.say("I will be there").await;
    let answer = gus
        .sees_line("an answer", |line| line.text == "I will be there")
        .await;
    let reply = answer.reply.expect("it says what it answers");
    assert!(reply.excerpt.contains("noon"), "{}", reply.excerpt);
    stage.article_has("I will be there", "button.quote").await;

    // Changed by the up arrow, then by its button.
    stage.keys(&[], Key::Up).await;
    stage.reads_word("composer.editing", &[]).await;
    assert_eq!(stage.draft().await, "I will be there");
    stage.say(", early").await;
    gus.sees_line("a change", |line| {
        line.edited && line.text == "I will be there, early"
    })
    .await;
    stage.article_has("I will be there, early", ".edited").await;
    let line = stage.article("I will be there, early").await;
    line.send_keys(&char::from(Key::Enter).to_string())
        .await
        .expect("Enter");
    stage
        .picture(&format!("line-actions-{}", language.code()))
        .await;
    stage.press_word("lineActions.edit", &[]).await;
    stage.composer().await.clear().await.expect("cleared");
    stage.say("I will be there at `eleven`").await;
    gus.sees_line("another change", |line| line.text.ends_with("`eleven`"))
        .await;

    // Marked, by both.
    gus.react(answer.key, "🎉", true).await;
    stage
        .article_has(
            "I will be there at eleven",
            "[data-emoji='🎉'][aria-pressed=false]",
        )
        .await;
    stage.press("article [data-emoji='🎉']").await;
    gus.sees_line("both marks", |line| {
        line.reactions
            .iter()
            .any(|it| it.emoji == "🎉" && it.names.len() == 2)
    })
    .await;
    let noon = stage.article("The meeting is at noon").await;
    noon.send_keys("a").await.expect("A");
    let search = stage.find("emoji-picker :popover-open input").await;
    search.send_keys("heart").await.expect("typed");
    stage
        .until(
            "emoji that are hearts",
            "return document.querySelectorAll('emoji-picker [role=option]').length > 3 && document.querySelector('emoji-picker [aria-selected=true]') !== null",
            vec![],
        )
        .await;
    stage.picture(&format!("emoji-{}", language.code())).await;
    search
        .send_keys(&char::from(Key::Enter).to_string())
        .await
        .expect("Enter");
    let marked = gus
        .sees_line("a mark", |line| {
            line.text.contains("noon") && !line.reactions.is_empty()
        })
        .await;
    assert_eq!(marked.reactions[0].names.len(), 1);
    stage
        .article_has("The meeting is at noon", ".reaction[aria-pressed=true]")
        .await;

    // Taken back, once one is sure.
    let line = stage.article("I will be there at eleven").await;
    line.send_keys(&char::from(Key::Delete).to_string())
        .await
        .expect("Delete");
    stage.reads_word("lineActions.deleteLead", &[]).await;
    stage.press_word("lineActions.keep", &[]).await;
    stage.line("I will be there at eleven").await;
    let line = stage.article("I will be there at eleven").await;
    line.send_keys(&char::from(Key::Delete).to_string())
        .await
        .expect("Delete");
    stage.press_word("lineActions.delete", &[]).await;
    let gone = gus
        .sees_line("a line taken back", |line| line.deleted)
        .await;
    assert_eq!(gone.text, "");
    stage.reads_word("line.deleted", &[]).await;
    stage.reads_no_more("at eleven").await;
    stage.picture(&format!("lines-{}", language.code())).await;
    stage.close().await;
    gus.stop().await;
}

async fn names_and_emoji_are_completed_and_words_are_found(language: Language) {
    let _turn = turn().await;
    let tracker = tracker().await;
    let (stage, mut gus) = together(language, &tracker).await;

    // A name, completed with the keyboard, calls its owner.
    let composer = stage.composer().await;
    composer.send_keys("Morning @Gu").await.expect("typed");
    stage
        .find("message-composer [role=option][aria-selected=true]")
        .await;
    stage.picture(&format!("mention-{}", language.code())).await;
    stage.keys(&[], Key::Enter).await;
    assert_eq!(stage.draft().await, "Morning @Gus ");
    stage.say("and welcome").await;
    let line = gus
        .sees_line("a mention", |line| line.text == "Morning @Gus and welcome")
        .await;
    assert!(line.mentions_me);
    gus.say("Thank you @Ada").await;
    stage.article_has("Thank you @Ada", ".mentioned").await;

    // An emoji by its short name, another out of the picker.
    let composer = stage.composer().await;
    composer.send_keys("Bread :crois").await.expect("typed");
    stage
        .find("message-composer [role=option][aria-selected=true]")
        .await;
    stage.keys(&[], Key::Enter).await;
    assert_eq!(stage.draft().await, "Bread 🥐 ");
    stage.press_word("composer.emoji", &[]).await;
    let search = stage.find("emoji-picker :popover-open input").await;
    search.send_keys("coffee").await.expect("typed");
    stage
        .press("emoji-picker [role=option][data-emoji='☕']")
        .await;
    stage.say(" for all").await;
    gus.hears("Bread 🥐 ☕ for all").await;
    // Written out in full it is an emoji too.
    stage.say("Done :tada: at last").await;
    stage.line("Done 🎉 at last").await;

    // Words are found again, newest first.
    for text in ["noon is fine", "or one", "not noon again"] {
        gus.say(text).await;
        stage.line(text).await;
    }
    stage.keys(&[Key::Control], 'f').await;
    let field = stage.find("search-bar:not([hidden]) input").await;
    field.send_keys("noon").await.expect("typed");
    stage.reads_word("search.at", &[json!(1), json!(2)]).await;
    stage.article_has("not noon again", ".found-here").await;
    field
        .send_keys(&char::from(Key::Enter).to_string())
        .await
        .expect("Enter");
    stage.reads_word("search.at", &[json!(2), json!(2)]).await;
    stage.article_has("noon is fine", ".found-here").await;
    stage.picture(&format!("search-{}", language.code())).await;
    field.send_keys(" tea").await.expect("typed");
    stage.reads_word("search.none", &[]).await;
    field
        .send_keys(&char::from(Key::Escape).to_string())
        .await
        .expect("Escape");
    stage
        .until(
            "the box to have the focus again",
            "return document.activeElement?.closest('message-composer') !== null && document.querySelector('article.found') === null",
            vec![],
        )
        .await;
    stage.close().await;
    gus.stop().await;
}

/// Ada at the window and Gus, who met.
async fn together(language: Language, tracker: &str) -> (Stage, Guest) {
    let stage = Setup::new()
        .with(["--tracker", tracker, "--name", "Ada"])
        .open()
        .await;
    stage.speak(language).await;
    stage.enter("office").await;
    let mut gus = Guest::enter("office", tracker, "Gus").await;
    stage.sees(&["Gus"]).await;
    gus.recognises("Ada").await;
    (stage, gus)
}
