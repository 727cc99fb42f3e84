/** The page serves everyone: axe finds nothing serious in any state, theme or width. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { launch, open, serve } from "./browser.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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

/** What a person does to see more than the first sight of a state. */
const STEPS = {
  home: async () => {},
  "home, private": async (page) => {
    await page.getByRole("radio", { name: "Private" }).check();
    await page.getByText("Which Chitchatter world").click();
  },
  "home, a link": async (page) => {
    await page.getByLabel("Room name or link").fill("http://localhost:3000/private/den");
    await page.getByText("A link to a private room").waitFor();
  },
  "home, a bad link": async (page) => {
    await page.getByLabel("Room name or link").fill("https://example.com/nothing");
    await page.getByText("does not lead to a room").waitFor();
  },
  problems: async () => {},
  empty: async () => {},
  offline: async () => {},
  busy: async () => {},
  markdown: async () => {},
  alone: async () => {},
  long: async () => {},
  "busy, a link": async (page) => {
    await page.getByRole("link", { name: "the harbour’s page" }).click();
    await page.getByRole("dialog", { name: "Open this link?" }).waitFor();
  },
  "busy, leaving": async (page) => {
    await page.getByRole("button", { name: "Leave", exact: true }).click();
    await page.getByRole("dialog", { name: "Leave harbour?" }).waitFor();
  },
  "busy, one's name": async (page) => {
    await openRooms(page);
    await page.getByRole("button", { name: "Change your name" }).click();
    await page.getByRole("dialog").waitFor();
  },
  "busy, too long": async (page) => {
    await page.getByRole("textbox", { name: "Message" }).fill("a".repeat(10_001));
    await page.getByText("characters too many").waitFor();
  },
  "busy, people": async (page) => {
    const people = page.getByRole("button", { name: /People and connection/ });
    if (await people.isVisible()) await people.click();
    await page.locator("chat-room:not([hidden])").getByText("tracker.webtorrent.dev").waitFor();
  },
  "private, inviting": async (page) => {
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await page.getByRole("dialog", { name: "Invite to den" }).waitFor();
    await page.getByLabel("as good as the password").check();
  },
};

for (const [step, take] of Object.entries(STEPS)) {
  test(`nothing serious stands in anyone's way: ${step}`, async () => {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      for (const [width = 0, height = 0] of [
        [1280, 800],
        [390, 844],
      ]) {
        const state = step.split(",")[0] ?? "";
        const options = { colorScheme, viewport: { width, height }, reducedMotion: /** @type {const} */ ("reduce") };
        const { page, faults, close } = await open(browser, server.origin, state, options);
        await take(page);
        const { violations } = await audit(page);

        const where = `${step}, ${colorScheme}, ${width} px`;
        const serious = violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n  ${node.failureSummary}`));
        assert.deepEqual(serious, [], where);
        assert.deepEqual(faults, [], where);
        await close();
      }
    }
  });
}

test("the audit would notice", async () => {
  const { page, close } = await open(browser, server.origin, "home");
  await page.evaluate(() => document.querySelector("label[for=door-room]")?.remove());
  const { violations } = await audit(page);
  assert.ok(violations.some(({ id, impact }) => id === "label" && impact === "critical"));
  await close();
});

/** @param {import("playwright-core").Page} page */
async function openRooms(page) {
  const rooms = page.getByRole("button", { name: "Rooms", exact: true });
  if (await rooms.isVisible()) await rooms.click();
}

/**
 * axe comes in as the test's own script; the page's policy forbids it to the page itself.
 *
 * @param {import("playwright-core").Page} page
 */
async function audit(page) {
  await page.evaluate(axe);
  return page.evaluate(() => /** @type {any} */ (window).axe.run({ resultTypes: ["violations"] }));
}
