import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const UI = fileURLToPath(new URL("../", import.meta.url));

/** The page's own files, without its tests. */
async function files() {
  const names = await readdir(UI, { recursive: true });
  const own = names.filter((name) => /\.(js|html|css)$/.test(name) && !name.startsWith("tests/"));
  return Promise.all(own.map(async (name) => ({ name, text: await readFile(`${UI}${name}`, "utf8") })));
}

test("text becomes markup in one place only", async () => {
  const makers = /innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|document\.write|createContextualFragment|DOMParser|srcdoc/;
  const found = (await files()).filter(({ text }) => makers.test(text)).map(({ name }) => name);
  assert.deepEqual(found, ["lib/dom.js"]);
  const { text = "" } = (await files()).find(({ name }) => name === "lib/dom.js") ?? {};
  assert.equal(text.match(new RegExp(makers, "g"))?.length, 1);
});

test("one file talks to Rust", async () => {
  const found = (await files()).filter(({ text }) => text.includes("__TAURI__")).map(({ name }) => name);
  assert.deepEqual(found, ["ipc.js"]);
});

test("only what stands behind a page calls ipc.js", async () => {
  const found = (await files()).filter(({ text }) => /from "[./]*ipc\.js"/.test(text)).map(({ name }) => name);
  assert.deepEqual(found.sort(), ["files.js", "main.js", "pages.js", "talks.js", "trouble.js"]);
});

test("nothing is loaded from elsewhere, and nothing needs inline script or style", async () => {
  for (const { name, text } of await files()) {
    if (name.endsWith(".css")) assert.doesNotMatch(text, /@import|url\((?!#)/, name);
    if (name.endsWith(".html")) {
      assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//, name);
      assert.doesNotMatch(text, /<style|<script>|\sstyle="|\son\w+="/, name);
    }
  }
});

test("every sheet, icon and element is there", async () => {
  const all = await files();
  const index = all.find(({ name }) => name === "index.html")?.text ?? "";
  for (const { name } of all) {
    if (!name.endsWith(".css")) continue;
    const pages = all.filter((it) => it.name.endsWith(".html") && it.text.includes(`href="${name}"`));
    assert.ok(pages.length > 0, `${name} is in no page`);
  }
  const icons = new Set([...index.matchAll(/id="icon-([\w-]+)"/g)].map((match) => match[1]));
  for (const { name, text } of all) {
    for (const match of text.matchAll(/(?:icon|button)\("([\w-]+)"/g)) {
      assert.ok(icons.has(match[1]), `${name} wants the icon ${match[1]}`);
    }
  }
});
