//! What strangers write is read, and does nothing.

use serde_json::json;

use crate::company::{Guest, tracker};
use crate::stage::{Setup, turn};

/// Each of these would set `window.pwned`, load something, or go somewhere, if it could.
const HOSTILE: &[&str] = &[
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "<svg onload='window.pwned = 1'><script>window.pwned = 1</script></svg>",
    "<svg><animate onbegin='window.pwned = 1' attributeName=x dur=1s></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror='window.pwned = 1'></style></mglyph></table></mtext></math>",
    "<iframe srcdoc='<script>parent.pwned = 1</script>'></iframe>",
    "<iframe src='https://example.org/'></iframe>",
    "<object data='data:text/html,<script>parent.pwned = 1</script>'></object>",
    "<embed src='https://example.org/'>",
    "<style>* { display: none !important }</style>",
    "<link rel=stylesheet href='https://example.org/a.css'>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<base href='https://example.org/'>",
    "<form action='https://example.org/'><input autofocus onfocus='window.pwned = 1'></form>",
    "<details open ontoggle='window.pwned = 1'><summary>x</summary></details>",
    "<video autoplay src=x onerror='window.pwned = 1'></video>",
    "<div style='position:fixed;inset:0;background:red' onclick='window.pwned = 1'>x</div>",
    "<div id=home class=pane popover=auto>x</div>",
    "<template><script>window.pwned = 1</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror='window.pwned = 1'>\"></noscript>",
    "[a](javascript:window.pwned=1)",
    "[a](  JaVaScRiPt:window.pwned=1)",
    "[a](java\u{9}script:window.pwned=1)",
    "[a](&#106;avascript:window.pwned=1)",
    "[a](data:text/html,<script>parent.pwned=1</script>)",
    "[a](vbscript:msgbox)",
    "[a](file:///etc/passwd)",
    "[a](tauri://localhost/)",
    "[a](ipc://localhost/say)",
    "[a](https://example.org/ \"x' onmouseover='window.pwned=1\")",
    "<javascript:window.pwned=1>",
    "![x](https://example.org/tracker.png)",
    "![x](javascript:window.pwned=1)",
    "![x](\"onerror=\"window.pwned=1)",
    "```html\"onmouseover=\"window.pwned=1\n<script>window.pwned = 1</script>\n```",
    "| <script>window.pwned=1</script> |\n|---|\n| <img src=x onerror=window.pwned=1> |",
    "`<script>window.pwned = 1</script>`",
    "&lt;script&gt;window.pwned = 1&lt;/script&gt;",
    "[x]: javascript:window.pwned=1\n\n[x]",
    "\u{202e}gpj.exe [txt](https://example.org/)",
];

/// All that a message is allowed to be made of.
const ALLOWED: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "button",
    "svg",
    "use",
];

/// What may stand in a message's elements.
const ATTRIBUTES: &[&str] = &[
    "class",
    "href",
    "rel",
    "target",
    "title",
    "dir",
    "type",
    "checked",
    "disabled",
    "start",
    "tabindex",
    "role",
    "aria-label",
    "aria-hidden",
    "focusable",
    "aria-busy",
    "data-card",
    "data-host",
    "data-language",
    "align",
    "alt",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_message_leaves_the_page_harmless() {
    let _turn = turn().await;
    let tracker = tracker().await;
    let stage = Setup::new().with(["--tracker", &tracker]).open().await;
    stage.enter("street").await;
    let mut guest = Guest::enter("street", &tracker, "<b onclick=x>Mallory</b>").await;
    guest.meets(&own_name(&stage).await).await;
    watch(&stage).await;
    let before = stage.client().current_url().await.expect("a URL");

    for hostile in HOSTILE {
        guest.say(hostile).await;
    }
    guest.say(&"> ".repeat(4_990)).await;
    guest.say(&format!("{}deep", ">".repeat(9_990))).await;
    guest.say(&format!("{}deep", "- ".repeat(4_990))).await;
    guest.say(&"[".repeat(9_990)).await;
    guest.say(&format!("{}x", "*a ".repeat(3_300))).await;
    guest.say("Good day").await;
    stage.line("Good day").await;

    assert_harmless(&stage).await;
    let lines = stage.lines().await;
    assert_eq!(lines.len(), HOSTILE.len() + 6, "each message is shown");
    assert!(
        lines
            .iter()
            .any(|line| line.text == "<script>window.pwned = 1</script>"),
        "markup is text"
    );
    assert!(
        lines
            .iter()
            .all(|line| line.author == "<b onclick=x>Mallory</b>"),
        "so are names"
    );

    // Whoever looks closer, and touches all there is to touch, is no worse off.
    stage
        .js(
            "for (const it of document.querySelectorAll('article.line .body *')) {
               for (const kind of ['mouseover', 'focus', 'pointerdown', 'toggle', 'error', 'load']) {
                 it.dispatchEvent(new Event(kind, { bubbles: true }));
               }
             }
             for (const link of document.querySelectorAll('article.line .body a')) {
               link.click();
               for (const asked of document.querySelectorAll('dialog[open]')) asked.close();
             }",
            vec![],
        )
        .await;
    assert_harmless(&stage).await;
    assert_eq!(
        stage.client().current_url().await.expect("a URL"),
        before,
        "the page stays where it is"
    );
    stage.say("Still here").await;
    guest.hears("Still here").await;
    stage.picture("hostile").await;
    stage.close().await;
    guest.stop().await;
}

/// Notes whatever the page is kept from doing, from now on.
async fn watch(stage: &crate::stage::Stage) {
    stage
        .js(
            "window.blocked = [];
             document.addEventListener('securitypolicyviolation', (it) => window.blocked.push(`${it.violatedDirective} ${it.blockedURI}`));",
            vec![],
        )
        .await;
}

async fn assert_harmless(stage: &crate::stage::Stage) {
    let strays = stage
        .js(
            "const [elements, attributes] = arguments;
             const strays = [];
             for (const body of document.querySelectorAll('article.line .body')) {
               for (const it of body.querySelectorAll('*')) {
                 if (!elements.includes(it.localName)) strays.push(`<${it.localName}>`);
                 for (const { name, value } of it.attributes) {
                   if (it.closest('svg') || it.localName === 'button') continue;
                   if (!attributes.includes(name)) strays.push(`${name}=${value}`);
                   if (name === 'href' && !/^(https?|mailto):/.test(value)) strays.push(value);
                 }
               }
             }
             for (const it of document.querySelectorAll('svg *, button')) {
               for (const { name } of it.attributes) if (name.startsWith('on')) strays.push(name);
             }
             return strays;",
            vec![json!(ALLOWED), json!(ATTRIBUTES)],
        )
        .await;
    assert_eq!(
        strays,
        json!([]),
        "only what is allowed stands in a message"
    );
    let done = stage
        .js(
            "return { pwned: window.pwned ?? null, blocked: window.blocked }",
            vec![],
        )
        .await;
    assert_eq!(
        done,
        json!({ "pwned": null, "blocked": [] }),
        "nothing ran, and nothing had to be blocked"
    );
}

async fn own_name(stage: &crate::stage::Stage) -> String {
    let name = stage
        .until(
            "one's own name",
            "return document.querySelector('own-name .name')?.textContent ?? null",
            vec![],
        )
        .await;
    name.as_str().unwrap_or_default().to_owned()
}
