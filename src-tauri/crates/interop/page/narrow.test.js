/** What one finds in a small window, and what keeps its place where much happens. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, serve } from "./browser.js";
import { asked, lineFrom, tell } from "./steps.js";

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

const HERE = "chat-room:not([hidden]) > .conversation:not([hidden])";

/** Twenty private talks with people who are away. @param {import("playwright-core").Page} page */
const manyTalks = (page) =>
  tell(page, ...Array.from({ length: 20 }, (_, index) => ({
    kind: "directChanged", room: "harbour", direct: { with: `profile:talk-${index}`, name: `Talk ${index}`, peerId: null, animalName: "Precious Egret", imitates: null },
  })));

for (const [width, height, textSize] of /** @type {const} */ ([[700, 900, "normal"], [320, 480, "normal"], [320, 480, "large"], [1280, 600, "normal"]])) {
  test(`many talks scroll above what stands at the end of the list, at ${width} × ${height} with ${textSize} text`, async () => {
    const { page, faults, close } = await open(browser, server.origin, "busy", { viewport: { width, height } });
    await manyTalks(page);
    await page.evaluate((size) => (document.documentElement.dataset.textSize = size), textSize);
    const menu = page.locator(`${HERE} [popovertarget=rooms-pane]`);
    if (width <= 720) await menu.click();
    const list = page.locator("room-list");
    const last = list.getByRole("button", { name: /^T?\s*Talk 19/ });
    await last.scrollIntoViewIfNeeded();
    assert.ok(await last.evaluate((it) => {
      const { left, top, width, height } = it.getBoundingClientRect();
      return it.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    }), "the last talk can be clicked");
    const seen = await page.evaluate(() => {
      const bottom = (/** @type {string} */ selector) => document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
      return { list: bottom("room-list").bottom, name: bottom("#rooms-pane own-name").top };
    });
    assert.ok(seen.list <= seen.name, `the list ends at ${seen.list}, what stands under it begins at ${seen.name}`);
    for (const name of ["Settings", "About"]) {
      const button = page.locator("#rooms-pane").getByRole("button", { name, exact: true });
      await button.scrollIntoViewIfNeeded();
      await button.click({ trial: true });
    }
    assert.deepEqual(faults, []);
    await close();
  });
}

test("where the list of rooms is put away, its button says what is new there", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy", { viewport: { width: 600, height: 800 } });
  const menu = page.locator(`${HERE} [popovertarget=rooms-pane]`);
  // Somebody wrote in another room.
  await page.locator(`${HERE} [popovertarget=rooms-pane][aria-label="Rooms: new messages"][data-news=""]`).waitFor();
  await tell(page, { ...lineFrom("psst"), with: "profile:user-Bo" }, { ...lineFrom("@Ann look", { mentionsMe: true }), room: "den" });
  await page.locator(`${HERE} [aria-label="Rooms: 2 messages for you"][data-news="2"]`).waitFor();
  assert.equal(await menu.evaluate((it) => getComputedStyle(it, "::after").content), '"2"');

  await menu.click();
  await page.locator("room-list").getByRole("button", { name: /^den/ }).click();
  await page.locator("room-list .directs").getByText("Bo").waitFor({ state: "attached" });
  await page.locator(`${HERE} [aria-label="Rooms: 1 message for you"]`).waitFor();
  await page.locator(`${HERE} [popovertarget=rooms-pane]`).click();
  await page.locator("room-list .direct", { hasText: "Bo" }).click();
  await page.locator('direct-talk:not([hidden]) [popovertarget=rooms-pane][aria-label="Rooms"]').waitFor();
  assert.equal(await page.locator("direct-talk:not([hidden]) .has-news").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("how easily a typed password is guessed is said, unless it was made up or belongs to a link", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const [password, strength] = [page.locator("#door-password"), page.locator("#door-password-strength")];
  await page.locator("#door-room").fill("garden2");
  await page.getByRole("radio", { name: /Private/ }).check();
  assert.equal(await strength.isVisible(), false);
  await password.fill("sesame");
  await strength.getByText("Easy to guess: anybody may come in.").waitFor();
  await password.fill("otter garden lantern comet velvet drift");
  await strength.getByText("Strong: nobody guesses it easily.").waitFor();
  await page.getByRole("button", { name: "Make one up" }).click();
  await strength.waitFor({ state: "hidden" });
  await password.fill("sesame");
  await strength.waitFor();
  await page.locator("#door-room").fill("https://chitchatter.im/private/garden2");
  await strength.waitFor({ state: "hidden" });
  assert.deepEqual(faults, []);
  await close();
});

test("how easily a typed name is guessed is said, where the name is all it takes", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.locator("#door-room");
  const strength = page.locator("#door-strength");
  assert.match((await strength.textContent()) ?? "", /^Strong/, "the one that was made up");
  await field.fill("garden2");
  await page.getByText("Easy to guess: anybody may come in.").waitFor();
  await field.fill("otter garden lantern comet");
  await page.getByText("Somewhat hard to guess.").waitFor();
  await field.fill("otter garden lantern comet velvet drift");
  await page.getByText("Strong: nobody guesses it easily.").waitFor();
  await field.fill("garden2");
  await page.getByRole("radio", { name: /Private/ }).check();
  await strength.waitFor({ state: "hidden" });
  await page.getByRole("radio", { name: /Public/ }).check();
  await strength.waitFor();
  await field.fill("https://chitchatter.im/public/garden2");
  await strength.waitFor({ state: "hidden" });
  assert.deepEqual(faults, []);
  await close();
});

let notices = 50_000;

/** @param {string} kind @param {string} name @param {Record<string, unknown>} [rest] */
const notice = (kind, name, rest = {}) => ({ kind: "noticeAdded", room: "harbour", notice: { id: ++notices, time: Date.now(), what: { kind, name, ...rest } } });

test("who comes and goes one after the other is told in one sentence, which can be opened", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await tell(page, lineFrom("before"), notice("joined", "Ada"));
  await page.locator(`${HERE} .notice`, { hasText: "Ada came in" }).waitFor();
  assert.equal(await page.locator(`${HERE} .comings`).count(), 0, "one alone is told as ever");

  await tell(page, ...Array.from({ length: 60 }, (_, index) => notice("joined", `Guest ${index}`)), notice("left", "Cyd"));
  const run = page.locator(`${HERE} .comings`);
  await run.getByText("Ada, Guest 0, and 59 others came in; Cyd left").waitFor();
  assert.equal(await run.count(), 1);
  assert.ok(((await run.boundingBox())?.height ?? 999) < 80, "it takes a line or two");
  assert.equal(await run.getAttribute("aria-live"), "off");
  await run.locator("[aria-live=polite]", { hasText: "59 others" }).waitFor({ state: "attached" });

  await run.getByRole("button", { name: "Show" }).click();
  await run.getByText("Guest 42 came in").waitFor();
  await run.getByRole("button", { name: "Hide" }).click();
  await run.getByText("Guest 42 came in").waitFor({ state: "hidden" });

  await tell(page, lineFrom("between"), notice("left", "Ada"), notice("joined", "Во", { animalName: "Sly Newt", imitates: { kind: "person", name: "Bo" } }), notice("left", "Bea"));
  await page.locator(`${HERE} .notice`, { hasText: "Во (Sly Newt) came in" }).getByText("looks like that of Bo").waitFor();
  await page.locator(`${HERE} .notice`, { hasText: "Bea left" }).waitFor();
  assert.equal(await page.locator(`${HERE} .comings`).count(), 1, "who looks like somebody else stands alone");
  assert.deepEqual(faults, []);
  await close();
});

test("of somebody who was lost and came back it is told so, in that order and once", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await tell(page, lineFrom("before"), notice("lost", "Ada"), notice("joined", "Cyd"), notice("left", "Cyd"), notice("joined", "Ada"));
  await page.locator(`${HERE} .comings`).getByText("Cyd came in and left; the connection to Ada was lost, and they came back").waitFor();
  await tell(page, notice("lost", "Ada"));
  await page.locator(`${HERE} .comings`).getByText("Cyd came in and left; the connection to Ada was lost", { exact: false }).waitFor();
  assert.equal(await page.locator(`${HERE} .comings > p`, { hasText: "came back" }).count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("what can never be fetched offers no second try", async () => {
  const { page, faults, close } = await open(browser, server.origin, "cards");
  const card = (/** @type {string} */ name) =>
    `<p><a class="card" href="https://pictures.example/${name}.png" data-card="picture" data-host="pictures.example">Picture</a></p>`;
  await tell(page, lineFrom("from the inside", { html: card("inside") }));
  const inside = page.locator(".line", { has: page.locator('[href$="inside.png"]') }).locator("a[data-card]");
  await inside.click();
  await page.getByRole("button", { name: "Load picture" }).click();
  await inside.getByText("inside a private network, so it is not fetched.").waitFor();
  assert.equal(await inside.getByText("try again").count(), 0);
  await inside.click();
  await page.locator("link-dialog dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await asked(page, "load_remote")).length, 1);

  const missing = page.locator('a[data-card][href$="missing.png"]');
  await missing.click();
  await page.getByRole("button", { name: "Load picture" }).click();
  await missing.getByText("Click to try again.").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("rooms stay in the order in which they were entered when the language changes", async () => {
  const { page, faults, close } = await open(browser, server.origin, "settings");
  const enter = async (/** @type {string} */ name) => tell(page, {
    kind: "joined", room: name, name, origin: "https://chitchatter.im", private: false, links: { web: "https://chitchatter.im/x", app: "chitchatter://x" },
    self: { peerId: "0annannannannannanna", userId: "user-ann", name: "Ann", customName: "Ann", animalName: "Helpful Peacock", publicKey: "x", fingerprint: "1" },
  });
  for (const name of ["zebra", "apple", "mango"]) await enter(name);
  const order = () => page.locator("room-list > ul > li > .row .name").allTextContents();
  assert.deepEqual(await order(), ["zebra", "apple", "mango"]);
  const kept = await page.evaluate(async () => {
    const rooms = await import("/rooms.js");
    return rooms.inOrder(["apple", "kiwi", "mango", "zebra"].map((room) => ({ room }))).map(({ room }) => room);
  });
  assert.deepEqual(kept, ["zebra", "apple", "mango", "kiwi"], "whatever the order in which they are told");
  assert.deepEqual(faults, []);
  await close();
});
