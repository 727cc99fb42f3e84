/**
 * The window's page in Debian's Chromium, served as the app serves it: from `ui/`, under the same
 * content security policy, with a pretend app behind it.
 *
 * `CHROMIUM` names another browser; nothing is fetched from anywhere.
 */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const UI = fileURLToPath(new URL("../../../../ui/", import.meta.url));

/** Serves `ui/` on a free port of this machine, as it was when each file was first asked for. */
export async function serve() {
  const policy = await contentSecurityPolicy();
  /** @type {Map<string, Promise<Buffer>>} */
  const files = new Map();
  const fileAt = (/** @type {string} */ path) => {
    const file = files.get(path) ?? readFile(join(UI, path));
    files.set(path, file);
    return file;
  };
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    try {
      const body = await fileAt(path);
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        "content-security-policy": policy,
        // The page itself is never kept, also not to be gone back to; its parts do not change while
        // the tests run.
        "cache-control": extname(path) === ".html" ? "no-store" : "max-age=3600, immutable",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** The app's own policy. Only `connect-src` differs: the pretend app's page is fetched from here. */
async function contentSecurityPolicy() {
  const file = new URL("../../../tauri.conf.json", import.meta.url);
  const policy = JSON.parse(await readFile(file, "utf8")).app.security.csp;
  return Object.entries({ ...policy, "connect-src": "'self'" })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ");
}

/** Starts the browser. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      // A machine that tests need not have a sound card.
      "--disable-audio-output",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    ],
  });

/**
 * Opens the page in one of the states of `ui/tests/pretend/states.js`.
 *
 * A page that was closed before is used again where nothing but its sight differs: to load it anew
 * takes a fifth of the time of a new one. One whose test failed is never closed, so never used again.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin
 * @param {string} state
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function open(browser, origin, state, options = {}) {
  const { viewport = { width: 1280, height: 800 }, colorScheme = "light", reducedMotion = "no-preference", ...rest } = options;
  const idle = idleOf(browser, JSON.stringify(rest));
  const page = idle.pop() ?? (await (await browser.newContext(rest)).newPage());
  if (viewport) await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, reducedMotion });
  await page.mouse.move(0, 0);
  /** @type {string[]} what went wrong in the page */
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  await page.goto(`${origin}/tests/fake.html?${state}&load=${++loads}`);
  await page.locator("room-door #door-room").waitFor({ state: "attached" });
  await page.waitForFunction(() => {
    const field = document.querySelector("#door-room");
    return field instanceof HTMLInputElement && field.value !== "";
  });
  const close = async () => {
    page.removeAllListeners();
    idle.push(page);
  };
  return { page, faults, close };
}

/** @type {WeakMap<import("playwright-core").Browser, Map<string, import("playwright-core").Page[]>>} */
const idlePages = new WeakMap();
/** Makes each address another, so that loading is never mistaken for moving within a page. */
let loads = 0;

/** @param {import("playwright-core").Browser} browser @param {string} kind */
function idleOf(browser, kind) {
  const kinds = idlePages.get(browser) ?? new Map();
  idlePages.set(browser, kinds);
  const idle = kinds.get(kind) ?? [];
  kinds.set(kind, idle);
  return idle;
}

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};
