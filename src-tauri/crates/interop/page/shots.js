/**
 * Pictures of every state, to be looked at: `node shots.js FOLDER [STATE…]`.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { launch, open, serve } from "./browser.js";

const STATES = ["home", "problems", "empty", "offline", "private", "busy", "markdown", "alone", "long", "crowd"];
const SIZES = [
  [1280, 800],
  [390, 844],
  [320, 640],
];

const [folder = "shots", ...chosen] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const server = await serve();
const browser = await launch();
for (const state of chosen.length > 0 ? chosen : STATES) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page, faults, close } = await open(browser, server.origin, state, { colorScheme });
    for (const [width = 0, height = 0] of SIZES) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      await page.screenshot({ path: join(folder, `${state}-${colorScheme}-${width}.png`) });
    }
    if (faults.length > 0) console.log(state, faults);
    await close();
  }
}
await browser.close();
server.close();
