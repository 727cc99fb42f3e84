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
    await page.getByText("Community rooms").click();
    await page.getByRole("button", { name: "Make one up" }).click();
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
    await fromHeader(page, "Leave");
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
  talk: async () => {},
  direct: async () => {},
  away: async () => {},
  "talk, from its beginning": async (page) => {
    const log = page.locator("chat-room:not([hidden]) .conversation:not([hidden]) .log").first();
    await log.focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    await page.getByRole("toolbar").waitFor();
  },
  "talk, what was folded": async (page) => {
    await page.locator(".fold").getByRole("button", { name: "Show" }).click();
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("BUY SHELLS 11", { exact: true }).waitFor();
  },
  "talk, an answer": async (page) => {
    await page.locator(".line", { hasText: "She never leaves" }).focus();
    await page.keyboard.press("r");
    await page.keyboard.type("@s");
    await page.getByRole("option").first().waitFor();
  },
  "talk, a change": async (page) => {
    await message(page).press("ArrowUp");
    await page.getByText("Changing your message").waitFor();
  },
  "talk, emoji": async (page) => {
    await page.getByRole("button", { name: "Emoji", exact: true }).click();
    await page.keyboard.type("o");
    await page.getByRole("option", { selected: true }).waitFor();
  },
  "talk, a search": async (page) => {
    await message(page).press("ControlOrMeta+f");
    await page.keyboard.type("nine");
    await page.getByText("1 of 2").waitFor();
  },
  "talk, its menu": async (page) => {
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("dialog", { name: "This room" }).waitFor();
  },
  "talk, its people": async (page) => {
    const people = page.getByRole("button", { name: /People and connection/ });
    if (await people.isVisible()) await people.click();
    await page.getByText("Spam Otter").first().waitFor();
  },
  "talk, a person": async (page) => {
    const people = page.getByRole("button", { name: /People and connection/ });
    if (await people.isVisible()) await people.click();
    await page.locator("peer-list").getByRole("button", { name: /Sly Newt/ }).click();
    await page.getByRole("dialog", { name: "Во" }).waitFor();
  },
  "talk, blocking": async (page) => {
    const people = page.getByRole("button", { name: /People and connection/ });
    if (await people.isVisible()) await people.click();
    await page.locator("peer-list").getByRole("button", { name: /Eve/ }).click();
    await page.getByRole("dialog", { name: "Eve" }).getByRole("button", { name: "Block" }).click();
    await page.getByRole("dialog", { name: "Block Eve?" }).waitFor();
  },
  "talk, a picture": async (page) => {
    await page.getByRole("link", { name: /Picture at pictures/ }).click();
    await page.getByRole("dialog", { name: "Load this picture?" }).waitFor();
  },
  "talk, rooms": async (page) => {
    await openRooms(page);
    await page.getByRole("button", { name: /^Bo.*3 new private messages/s }).waitFor();
  },
  "private, inviting": async (page) => {
    await fromHeader(page, "Invite");
    await page.getByRole("dialog", { name: "Invite to den" }).waitFor();
    await page.getByLabel("as good as the password").check();
    await page.getByRole("img", { name: "QR code" }).waitFor();
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
        const where = `${step}, ${colorScheme}, ${width} px`;
        assert.deepEqual(serious(await audit(page)), [], where);
        assert.deepEqual(faults, [], where);
        await close();
      }
    }
  });
}

/** The pages that are no room, and what opens on them, whatever the language. */
const PAGES = {
  pinned: async () => {},
  settings: async () => {},
  "settings, a profile to save": async (page) => {
    await page.locator("profile-vault > .buttons button").first().click();
  },
  "settings, a profile to take over": async (page) => {
    const file = { name: "p.json", mimeType: "application/json", buffer: Buffer.from("sealed") };
    await page.locator("profile-vault input[type=file]").setInputFiles(file);
  },
  "settings, deleting": async (page) => {
    await page.locator("profile-vault > .buttons .danger").click();
  },
  "settings, what is wrong": async (page) => {
    await page.locator("#settings-proxy").fill("nonsense");
    await page.locator("#settings-proxy").blur();
    await page.locator("#settings-proxy[aria-invalid=true]").waitFor();
  },
  doctor: async () => {},
  well: async () => {},
  shortcuts: async () => {},
  about: async () => {},
  "otherPassword, typed again": async (page) => {
    await page.locator("chat-room problem-list div > .button").click();
  },
  "private, inviting": async (page) => {
    await page.locator("chat-room room-welcome .quiet").click();
    await page.locator("#share-consent").check();
  },
  "pinned, a link": async (page) => {
    await page.evaluate(() => /** @type {any} */ (window).pretended.tell({ kind: "linkOpened", link: "http://localhost:3000/private/den2" }));
    await page.locator("enter-dialog dialog[open]").waitFor();
  },
  "pinned, a bad link": async (page) => {
    await page.evaluate(() => /** @type {any} */ (window).pretended.tell({ kind: "linkOpened", link: "https://evil.example/" }));
    await page.locator("enter-dialog dialog[open]").waitFor();
  },
};

for (const [step, take] of Object.entries(PAGES)) {
  test(`nothing serious stands in anyone's way, in either language: ${step}`, async () => {
    for (const locale of ["en-GB", "es-ES"]) {
      const state = step.split(",")[0] ?? "";
      const { page, faults, close } = await open(browser, server.origin, state, { locale, reducedMotion: "reduce" });
      await take(page);
      assert.equal(await page.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
      for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 800 });
          assert.deepEqual(serious(await audit(page)), [], `${step}, ${locale}, ${colorScheme}, ${width} px`);
        }
      }
      assert.deepEqual(faults, [], step);
      await close();
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
const message = (page) => page.locator("chat-room:not([hidden])").getByRole("textbox", { name: "Message" }).first();

/**
 * Where there is no space for it in the header, it is in the menu of the room.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function fromHeader(page, name) {
  const button = page.getByRole("button", { name, exact: true }).locator("visible=true");
  if ((await button.count()) === 0) await page.getByRole("button", { name: "More", exact: true }).click();
  await button.click();
}

/**
 * In a narrow window what a room offers is in its menu.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function pressInRoom(page, name) {
  const button = page.getByRole("button", { name, exact: true });
  if ((await button.count()) === 0) await page.getByRole("button", { name: "More", exact: true }).click();
  await button.first().click();
}

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

/** @param {Awaited<ReturnType<typeof audit>>} results @returns {string[]} */
const serious = ({ violations }) =>
  violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n  ${node.failureSummary}`));
