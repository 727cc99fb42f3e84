/** What the journeys through the page have in common. */
import assert from "node:assert/strict";

/**
 * With what a command was asked for, each time.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} command
 */
export const asked = async (page, command) => {
  const calls = await page.evaluate(() => /** @type {any} */ (window).pretended.calls);
  return calls.filter((call) => call.command === command).map((call) => call.args);
};

/** @param {import("playwright-core").Page} page @param {unknown[]} events */
export const tell = (page, ...events) =>
  page.evaluate((events) => /** @type {any} */ (window).pretended.tell(...events), events);

let keys = 100_000;

/**
 * A line of Bo's in the harbour.
 *
 * @param {string} id also what it says
 * @param {Record<string, unknown>} [rest]
 */
export const lineFrom = (id, rest = {}) => ({
  kind: "lineAdded",
  room: "harbour",
  line: {
    id, key: ++keys, peerId: "peer-Boxxxxxxxxxxxxx", author: "Bo", authorId: "user-Bo", text: id, html: `<p>${id}</p>`,
    timeSent: Date.now(), timeReceived: Date.now(), own: false, backfilled: false, misattributed: false,
    delivery: delivery(0, 0), reply: null, edited: false, deleted: false, reactions: [], mentionsMe: false, folded: null, share: null,
    animalName: "Precious Egret", imitates: null, ...rest,
  },
});

/** @param {number} received @param {number} of @param {Record<string, unknown>} [rest] */
export const delivery = (received, of, rest = {}) => ({ reached: received, of, received, failed: false, ...rest });

/**
 * Presses Tab until what has the focus is called so.
 *
 * @param {import("playwright-core").Page} page
 * @param {RegExp} name
 */
export async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (name.test(await focused(page))) return;
  }
  assert.fail(`no way to ${name} by Tab`);
}

/** What has the focus, in words. @param {import("playwright-core").Page} page */
export const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (at === document.body) return "";
    const labels = at instanceof HTMLInputElement ? [...(at.labels ?? [])].map((it) => it.textContent) : [];
    return [at?.getAttribute("aria-label"), ...labels, at?.textContent].filter(Boolean).join(" ");
  });
