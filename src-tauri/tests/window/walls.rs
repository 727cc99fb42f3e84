//! What the page cannot do, whatever gets into it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use serde_json::{Value, json};

use crate::stage::{Setup, turn};

/// Commands of Tauri and of plugins, each of which would widen what a page can do.
const FORBIDDEN: &[(&str, &str)] = &[
    ("plugin:app|version", "{}"),
    ("plugin:app|app_hide", "{}"),
    ("plugin:clipboard-manager|read_text", "{}"),
    ("plugin:clipboard-manager|write_text", r#"{"text":"x"}"#),
    ("plugin:deep-link|get_current", "{}"),
    ("plugin:deep-link|register", r#"{"protocol":"https"}"#),
    ("plugin:dialog|message", r#"{"message":"x"}"#),
    ("plugin:event|emit", r#"{"event":"x","payload":1}"#),
    (
        "plugin:event|emit_to",
        r#"{"target":{"kind":"Any"},"event":"x","payload":1}"#,
    ),
    (
        "plugin:event|listen",
        r#"{"event":"x","target":{"kind":"Any"},"handler":1}"#,
    ),
    ("plugin:fs|read_text_file", r#"{"path":"/etc/passwd"}"#),
    ("plugin:http|fetch", r#"{"url":"https://example.org"}"#),
    ("plugin:image|from_path", r#"{"path":"/etc/passwd"}"#),
    ("plugin:menu|new", r#"{"kind":"Menu"}"#),
    ("plugin:opener|open_path", r#"{"path":"/etc/passwd"}"#),
    ("plugin:opener|open_url", r#"{"url":"https://example.org"}"#),
    (
        "plugin:opener|reveal_item_in_dir",
        r#"{"path":"/etc/passwd"}"#,
    ),
    ("plugin:path|resolve_directory", r#"{"directory":1}"#),
    ("plugin:process|exit", r#"{"code":0}"#),
    ("plugin:resources|close", r#"{"rid":0}"#),
    ("plugin:shell|execute", r#"{"program":"sh"}"#),
    ("plugin:tray|new", r#"{"options":{}}"#),
    (
        "plugin:webview|create_webview_window",
        r#"{"options":{"label":"other","url":"https://example.org"}}"#,
    ),
    ("plugin:webview|internal_toggle_devtools", "{}"),
    ("plugin:webview|print", "{}"),
    ("plugin:window|create", r#"{"options":{"label":"other"}}"#),
    ("plugin:window|destroy", "{}"),
    ("plugin:window|set_title", r#"{"value":"x"}"#),
    ("no_such_command", "{}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_call_our_commands_and_no_others() {
    let _turn = turn().await;
    let stage = Setup::new().open().await;
    for (command, arguments) in FORBIDDEN {
        let arguments: Value = serde_json::from_str(arguments).expect("JSON");
        let why = stage.invoke(command, arguments).await.expect_err(command);
        // It is refused before anything looks at the arguments.
        assert!(
            why.contains("not allowed") || why.contains("not found"),
            "{command}: {why}"
        );
    }
    let name = stage
        .invoke("suggest_room", json!({ "kind": "passphrase" }))
        .await
        .expect("ours is answered");
    assert!(
        name["text"].as_str().is_some_and(|it| it.len() > 12),
        "{name}"
    );
    let read = stage
        .invoke("read_link", json!({ "text": "x" }))
        .await
        .expect("ours is answered");
    assert_eq!(read["name"], json!("x"));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_make_no_sense_are_refused_by_kind() {
    let _turn = turn().await;
    let stage = Setup::new().open().await;
    let request = |text: &str| json!({ "request": { "text": text, "access": "public" } });
    for (command, arguments, kind) in [
        ("join", request(""), "badRoom"),
        ("join", request(&"x".repeat(10_000)), "badRoom"),
        (
            "join",
            request("https://chitchatter.im/private/x"),
            "passwordNeeded",
        ),
        (
            "read_link",
            json!({ "text": "chitchatter://elsewhere" }),
            "badRoom",
        ),
        ("leave", json!({ "room": "nowhere" }), "notJoined"),
        (
            "say",
            json!({ "room": "nowhere", "text": "x" }),
            "notJoined",
        ),
        (
            "set_typing",
            json!({ "room": "nowhere", "typing": true }),
            "notJoined",
        ),
        ("rename", json!({ "name": "x".repeat(31) }), "nameTooLong"),
        ("copy", json!({ "text": "x".repeat(100_000) }), "notCopied"),
    ] {
        let why = stage.invoke(command, arguments).await.expect_err(command);
        assert!(
            why.contains(&format!(r#""kind":"{kind}""#)),
            "{command}: {why}"
        );
    }
    stage
        .invoke("dismiss_problem", json!({ "id": 4711 }))
        .await
        .expect("one that is gone is no matter");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_loads_nothing_and_goes_nowhere() {
    let _turn = turn().await;
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    outside.set_nonblocking(true).expect("it does not block");
    let url = format!("http://{}/", outside.local_addr().expect("its address"));
    let stage = Setup::new().open().await;
    stage.find("#door-room").await;

    let failures = stage
        .js(
            "const [url] = arguments;
             const socket = url.replace('http', 'ws');
             window.marker = 'the same page';
             const settled = (make) => new Promise((done) => {
               try { make(() => done('allowed'), () => done('blocked')); } catch { done('blocked'); }
             });
             const element = (tag, set) => settled((load, error) => {
               const it = document.createElement(tag);
               it.onload = load;
               it.onerror = error;
               Object.assign(it, set);
               document.body.append(it);
             });
             return {
               fetch: await fetch(url).then(() => 'allowed', () => 'blocked'),
               request: await settled((load, error) => {
                 const it = new XMLHttpRequest();
                 it.onload = load;
                 it.onerror = error;
                 it.open('GET', url);
                 it.send();
               }),
               socket: await settled((load, error) => { const it = new WebSocket(socket); it.onopen = load; it.onerror = error; }),
               events: await settled((load, error) => { const it = new EventSource(url); it.onopen = load; it.onerror = error; }),
               image: await element('img', { src: url }),
               script: await element('script', { src: url }),
               style: await element('link', { rel: 'stylesheet', href: url }),
               module: await import(url).then(() => 'allowed', () => 'blocked'),
               worker: await settled((load, error) => { const it = new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))); it.onmessage = load; it.onerror = error; }),
               evaluated: await settled((load) => { new Function('return 1')(); load(); }),
             };",
            vec![json!(url)],
        )
        .await;
    for (way, outcome) in failures.as_object().expect("outcomes") {
        assert_eq!(outcome, "blocked", "{way}");
    }
    assert_unheard(&outside, "loading");

    let inline = stage
        .js(
            "const script = document.createElement('script');
             script.textContent = 'window.ran = 1';
             document.body.append(script);
             const styled = document.createElement('div');
             styled.innerHTML = '<p style=\"color: rgb(1, 2, 3)\" onclick=\"window.ran = 2\">x</p>';
             document.body.append(styled);
             styled.firstChild.click();
             return { ran: window.ran ?? null, color: getComputedStyle(styled.firstChild).color === 'rgb(1, 2, 3)' };",
            vec![],
        )
        .await;
    assert_eq!(inline, json!({ "ran": null, "color": false }));

    for leave in [
        "location.href = arguments[0]",
        "location.assign('data:text/html,hello')",
        "location.assign('file:///etc/passwd')",
        "location.assign('about:blank')",
        "location.assign('javascript:window.ran = 3')",
        "window.open(arguments[0])",
        "window.open('about:blank')",
        "const it = document.createElement('a'); it.href = arguments[0]; document.body.append(it); it.click()",
        "const it = document.createElement('a'); it.href = arguments[0]; it.download = 'x'; document.body.append(it); it.click()",
        "const it = document.createElement('a'); it.href = arguments[0]; it.target = '_blank'; document.body.append(it); it.click()",
        "const it = document.createElement('form'); it.action = arguments[0]; document.body.append(it); it.submit()",
        "const it = document.createElement('iframe'); it.src = arguments[0]; document.body.append(it)",
        "const it = document.createElement('iframe'); it.srcdoc = '<script>parent.ran = 4</script>'; document.body.append(it)",
        "const it = document.createElement('meta'); it.httpEquiv = 'refresh'; it.content = `0;url=${arguments[0]}`; document.head.append(it)",
        "const it = document.createElement('link'); it.rel = 'preconnect'; it.href = arguments[0]; document.head.append(it)",
        "const it = document.createElement('link'); it.rel = 'dns-prefetch'; it.href = arguments[0]; document.head.append(it)",
        "const it = document.createElement('link'); it.rel = 'prefetch'; it.href = arguments[0]; document.head.append(it)",
        "const it = document.createElement('link'); it.rel = 'icon'; it.href = arguments[0]; document.head.append(it)",
        "navigator.sendBeacon(arguments[0], 'x')",
    ] {
        // Whatever comes of it has come once the page has drawn again and answered another question.
        stage
            .js(&format!("try {{ {leave} }} catch {{}}"), vec![json!(url)])
            .await;
        stage.js("await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))", vec![]).await;
        let here = stage.js("return { marker: window.marker ?? null, ran: window.ran ?? null, at: location.origin }", vec![]).await;
        assert_eq!(
            here,
            json!({ "marker": "the same page", "ran": null, "at": "tauri://localhost" }),
            "{leave}"
        );
        assert_eq!(
            stage.client().windows().await.expect("windows").len(),
            1,
            "{leave}"
        );
        assert_unheard(&outside, leave);
    }
    // The reload makes the web view do whatever it still had in mind.
    stage
        .client()
        .refresh()
        .await
        .expect("the page is loaded again");
    stage.find("#door-room").await;
    assert_unheard(&outside, "at last");
    stage.close().await;
}

fn assert_unheard(outside: &TcpListener, what: &str) {
    let heard = outside.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(
        heard,
        Err(ErrorKind::WouldBlock),
        "the network was reached: {what}"
    );
}
