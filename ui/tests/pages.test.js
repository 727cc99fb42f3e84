import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { pageFor } from "../lib/shortcuts.js";
import { bytes } from "../lib/sizes.js";
import { TONES } from "../lib/sounds.js";
import { VERSION } from "../lib/version.js";
import { en } from "../lib/words/en.js";

const press = (/** @type {string} */ key, rest = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...rest });

test("the page of shortcuts opens by a question mark, but not while one writes it", () => {
  assert.equal(pageFor(press("?"), false), "shortcuts");
  assert.equal(pageFor(press("?"), true), null);
  assert.equal(pageFor(press("/", { ctrlKey: true }), true), "shortcuts");
  assert.equal(pageFor(press("?", { ctrlKey: true }), true), "shortcuts");
});

test("other keys lead nowhere by themselves", () => {
  for (const key of ["a", "n", ",", "Enter", "Escape"]) assert.equal(pageFor(press(key), false), null, key);
  assert.equal(pageFor(press("n", { ctrlKey: true, altKey: true }), false), null);
});

test("amounts of data are told in units people know", () => {
  assert.equal(bytes(0, "en"), "0 bytes");
  assert.equal(bytes(999, "en"), "999 bytes");
  assert.equal(bytes(1_500, "en"), "1.5 kB");
  assert.equal(bytes(18_240, "en"), "18 kB");
  assert.equal(bytes(1_204_800, "es"), "1,2 MB");
  assert.equal(bytes(-1, "en"), "0 bytes");
});

test("every sound has a name", () => {
  assert.deepEqual([...TONES].sort(), Object.keys(en.settings.tones).sort());
});

test("the version told is the app's", async () => {
  const file = new URL("../../src-tauri/tauri.conf.json", import.meta.url);
  assert.equal(VERSION, JSON.parse(await readFile(file, "utf8")).version);
});

test("the strength of a name is told in words, the stronger the better", () => {
  const told = [20, 50, 78, 122].map((bits) => en.door.strength(bits).split(":")[0]);
  assert.deepEqual(told, ["Weak", "Fair", "Strong", "Very strong"]);
});
