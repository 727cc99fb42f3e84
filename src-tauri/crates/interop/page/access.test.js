/** The page serves everyone: axe finds nothing serious in any state, theme or width. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

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

/** As many as a small machine has cores. */
const SIDE_BY_SIDE = { concurrency: 2 };
const WINDOWS = /** @type {const} */ ([
  [1280, 800],
  [390, 844],
]);
const STILL = { reducedMotion: /** @type {const} */ ("reduce") };

/** @param {string} step */
const stateOf = (step) => step.split(",")[0] ?? "";

/** What a person does to see more than the first sight of a state. */
const STEPS = {
  home: async () => {},
  "home, no password": async (page) => {
    await page.getByLabel("Room name or link").fill("https://chitchatter.im/private/den");
    await page.keyboard.press("Enter");
    await page.getByText("A private room needs a password.").waitFor();
  },
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
  "busy, a link with a warning": async (page) => {
    await page.evaluate(() => document.querySelector("chat-room:not([hidden])")?.dispatchEvent(
      new CustomEvent("intention", { bubbles: true, detail: { kind: "follow", url: "http://evil.example/", shown: "https://bank.example/" } }),
    ));
    await page.getByText("The text of the link named another place.").waitFor();
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
  lookalike: async () => {},
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
  "cards, all tried": async (page) => {
    for (const picture of ["pier", "missing", "slow"]) {
      await page.locator(`a[href*=${picture}]`).press("Enter");
      await page.getByRole("button", { name: "Load picture" }).click();
    }
    await page.getByText("Loading from").waitFor();
  },
  shares: async (page) => {
    await page.getByText("Going to 2 people now").waitFor();
  },
  sharesEnded: async (page) => {
    await page.getByText("The files cannot be read.").waitFor();
  },
  "sharesEnded, from its beginning": async (page) => {
    await page.getByRole("button", { name: "Show its picture" }).first().scrollIntoViewIfNeeded();
  },
  "shares, what came": async (page) => {
    await page.locator("share-card summary").first().click();
    await page.locator("share-card").getByRole("button", { name: "Play" }).click();
    await page.locator("share-card audio").waitFor();
  },
  "shares, to be shared": async (page) => {
    await page.locator("chat-room:not([hidden]) > .conversation").getByRole("button", { name: "Share files" }).click();
    await page.getByRole("dialog", { name: "Share with everyone in this room" }).waitFor();
  },
  "shares, held above": async (page) => {
    await page.evaluate(() => /** @type {any} */ (window).pretended.tell({ kind: "filesHovering", over: true }));
    await page.getByText("Drop to share with everyone in harbour").waitFor();
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

describe("nothing serious stands in anyone's way", SIDE_BY_SIDE, () => {
  for (const [step, take] of Object.entries(STEPS)) {
    for (const [width, height] of WINDOWS) {
      test(`${step}, ${width} px`, async () => {
        const colorScheme = width === 1280 ? "light" : "dark";
        const { page, faults, close } = await open(browser, server.origin, stateOf(step), { ...STILL, colorScheme, viewport: { width, height } });
        await take(page);
        assert.deepEqual(serious(await audit(page)), [], colorScheme);
        assert.deepEqual(faults, []);
        await close();
      });
    }
  }
});

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

describe("nothing serious stands in anyone's way, in either language", SIDE_BY_SIDE, () => {
  for (const [step, take] of Object.entries(PAGES)) {
    for (const locale of ["en-GB", "es-ES"]) {
      test(`${step}, ${locale}`, async () => {
        const { page, faults, close } = await open(browser, server.origin, stateOf(step), { ...STILL, locale });
        await take(page);
        assert.equal(await page.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 800 });
          const colorScheme = (locale === "en-GB") === (width === 1280) ? "light" : "dark";
          await page.emulateMedia({ colorScheme });
          assert.deepEqual(serious(await audit(page)), [], `${colorScheme}, ${width} px`);
        }
        assert.deepEqual(faults, []);
        await close();
      });
    }
  }
});

test("the audit would notice", async () => {
  const { page, close } = await open(browser, server.origin, "home");
  await page.evaluate(() => document.querySelector("label[for=door-room]")?.remove());
  const { violations } = await audit(page);
  assert.ok(violations.some(({ id, impact }) => id === "label" && impact === "critical"));
  await page.evaluate(() => document.querySelectorAll("h1").forEach((it) => (it.style.color = "#ccc")));
  await page.emulateMedia({ colorScheme: "light" });
  const { violations: colours } = await audit(page);
  assert.ok(colours.some(({ id, impact }) => id === "color-contrast" && impact === "serious"));
  const silent = await page.evaluate(() => /** @type {any} */ (window).axe._audit.rules.filter((/** @type {any} */ it) => !it.impact).length);
  assert.equal(silent, 0, "each rule says how grave its faults are");
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

/** @param {import("playwright-core").Page} page */
async function openRooms(page) {
  const rooms = page.getByRole("button", { name: /^Rooms/ });
  if (await rooms.isVisible()) await rooms.click();
}

/**
 * axe comes in as the test's own script; the page's policy forbids it to the page itself.
 *
 * Nearly all of its time goes into contrast. So each sight is asked in either theme and at either
 * width, but not in each theme at each width: colours do not change with the width. Of what lies
 * under a dialog nothing can be reached, and it is asked about without the dialog.
 *
 * Rules whose faults are never more than moderate are not asked, for nobody looks at their answers;
 * no rule that is asked needs the text of the style sheets.
 *
 * @param {import("playwright-core").Page} page
 */
async function audit(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(() => {
    const { axe } = /** @type {any} */ (window);
    const isGrave = (/** @type {any} */ { enabled, impact, tags }) =>
      enabled && /serious|critical/.test(impact) && !tags.includes("experimental") && !tags.includes("deprecated");
    const runOnly = axe._audit.rules.filter(isGrave).map((/** @type {any} */ { id }) => id);
    const inFront = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
    return axe.run(inFront, { runOnly, resultTypes: ["violations"], preload: false });
  });
}

/** @param {Awaited<ReturnType<typeof audit>>} results @returns {string[]} */
const serious = ({ violations }) =>
  violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n  ${node.failureSummary}`));
