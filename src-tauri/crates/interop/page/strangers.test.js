/** What strangers write can be read in the page, and does nothing else there. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, open, serve } from "./browser.js";
import { lineFrom } from "./steps.js";

/** @type {{ text: string, html: string }[]} what the crate `render` makes of hostile texts */
const rendered = JSON.parse(await readFile(new URL("rendered.json", import.meta.url), "utf8"));

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

test("hostile messages leave the document harmless", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("dialog", (dialog) => {
    asked.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });

  const lines = rendered.map(({ text, html }) => lineFrom(text, { author: text.slice(0, 64), authorId: text.slice(0, 64), html }));
  await page.evaluate((lines) => /** @type {any} */ (window).pretended.tell(...lines), lines);
  const shown = page.locator("chat-transcript .line");
  await assert.doesNotReject(shown.nth(rendered.length).waitFor());

  const found = await page.evaluate(() => {
    const allowed = new Set([
      "A", "BLOCKQUOTE", "BR", "CODE", "DEL", "DIV", "EM", "H3", "H4", "H5", "H6", "HR", "LI", "OL", "P", "PRE",
      "SPAN", "STRONG", "SUP", "TABLE", "TBODY", "TD", "TH", "THEAD", "TR", "UL",
    ]);
    const ours = "button, button *, .card > svg, .card > svg *, .card > .from";
    const odd = [];
    for (const body of document.querySelectorAll("chat-room:not([hidden]) .line .body")) {
      for (const element of body.querySelectorAll("*")) {
        if (element.matches(ours)) continue;
        if (!allowed.has(element.tagName)) odd.push(element.outerHTML);
        for (const { name, value } of element.attributes) {
          const fine =
            ["class", "rel", "target", "start", "tabindex", "role", "aria-label"].includes(name) ||
            (name === "data-card" && /^(picture|youtube)$/.test(value)) ||
            (name === "data-host" && /^[a-z0-9._:[\]-]+$/.test(value)) ||
            (name === "data-empty" && element.textContent?.trim() === "") ||
            (name === "data-language" && /^[A-Za-z+#]+$/.test(value)) ||
            (name === "href" && /^(https?:\/\/|mailto:)/i.test(value));
          if (!fine) odd.push(element.outerHTML);
        }
      }
    }
    let deepest = 0;
    for (const element of document.querySelectorAll("chat-room:not([hidden]) .body *")) {
      let depth = 0;
      for (let at = element; !at.classList.contains("body") && at.parentElement; at = at.parentElement) depth += 1;
      deepest = Math.max(deepest, depth);
    }
    return { odd, deepest, marked: document.querySelectorAll("img, iframe, object, embed, video, audio, form[action]").length };
  });

  assert.deepEqual(found.odd, []);
  assert.equal(found.marked, 0);
  assert.ok(found.deepest <= 20, `nested ${found.deepest} deep`);
  assert.deepEqual(asked, []);
  assert.deepEqual(faults, []);
  await close();
});

test("no link of a stranger is followed without asking", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const start = page.url();
  const link = page.getByRole("link", { name: "the harbour’s page" });
  for (const button of /** @type {const} */ (["left", "middle"])) {
    await link.click({ button });
    const dialog = page.getByRole("dialog", { name: "Open this link?" });
    await dialog.getByText("harbour.example", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "hidden" });
  }
  await link.click();
  await page.getByRole("button", { name: "Open in browser" }).click();

  const calls = await page.evaluate(() => /** @type {any} */ (window).pretended.calls);
  const opened = calls.filter(({ command }) => command === "open_link");
  assert.deepEqual(opened.map(({ args }) => args.url), ["https://harbour.example/timetable"]);
  assert.equal(page.url(), start);
  assert.equal(page.context().pages().length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("names are text, whatever is in them", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const name = `<img src=x onerror=alert(1)>"'&amp;<b>`;
  await page.evaluate((name) => {
    const { tell } = /** @type {any} */ (window).pretended;
    const peer = {
      peerId: "hostile", userId: name, name, customName: name, animalName: name, verified: false,
      verification: "unverified", native: true, path: "direct", typing: true, person: "session:hostile",
      standing: "muted", slowed: true, imitates: { kind: "person", name }, keyChanged: true, talks: true,
    };
    tell(
      { kind: "peerJoined", room: "harbour", peer },
      { kind: "noticeAdded", room: "harbour", notice: { id: 1, time: Date.now(), what: { kind: "renamed", from: name, to: name } } },
      { kind: "judgedChanged", judged: [{ person: name, name, animalName: name, standing: "blocked" }] },
      { kind: "directChanged", room: "harbour", direct: { with: name, name, peerId: "hostile", animalName: name, imitates: { kind: "person", name } } },
      { kind: "problemAdded", problem: { id: 1, time: Date.now(), what: { kind: "cutOff", room: name, name, offence: "stalled" } } },
      { kind: "trackerChanged", url: name, state: "failed", reason: "rejected", message: name, local: false },
      { kind: "joined", room: name, name, origin: name, private: false, links: { web: name, app: name },
        self: { peerId: "me", userId: "me", name, customName: name, animalName: name } },
    );
  }, name);
  await page.locator("room-list .name", { hasText: name }).last().waitFor();

  assert.equal(await page.locator("img, b").count(), 0);
  assert.ok((await page.locator("peer-list").first().textContent())?.includes(name));
  assert.deepEqual(faults, []);
  await close();
});

test("ten thousand lines at once leave the page quick and the newest in sight", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const like = lineFrom("burst");
  await page.evaluate((like) => {
    const { tell } = /** @type {any} */ (window).pretended;
    for (let batch = 0; batch < 40; batch++) {
      tell(
        ...Array.from({ length: 250 }, (_, index) => {
          const number = batch * 250 + index;
          return { ...like, line: { ...like.line, id: `burst-${number}`, key: 1_000_000 + number, html: `<p>burst ${number}</p>` } };
        }),
      );
    }
  }, like);
  const newest = page.getByText("burst 9999", { exact: true });
  await newest.waitFor();

  await page.waitForFunction(() => {
    const log = document.querySelector("chat-room:not([hidden]) .log");
    return log && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  });
  assert.ok((await page.locator("chat-room:not([hidden]) .log > *").count()) <= 1_000);
  assert.deepEqual(faults, []);
  await close();
});
