import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { TINTS } from "../lib/people.js";

const ui = new URL("../", import.meta.url);
const tokens = await readFile(new URL("styles/tokens.css", ui), "utf8");
const sheet = await readFile(new URL("styles/highlight.css", ui), "utf8");
const surfaces = await readFile(new URL("styles/surfaces.css", ui), "utf8");
const gate = await readFile(new URL("../src-tauri/crates/render/src/code.rs", ui), "utf8");

/** @param {string} text @param {string} name */
function pair(text, name) {
  const found = text.match(new RegExp(`${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`));
  assert.ok(found, name);
  return [found[1] ?? "", found[2] ?? ""];
}

/** @param {string} colour */
function luminance(colour) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test("code can be read in every colour, in light and in dark", () => {
  const paper = pair(tokens, "--code");
  const rules = [...sheet.matchAll(/\.(hl-\w+) \{([^}]*)\}/g)];
  assert.equal(rules.length, 14);
  for (const [, name = "", rule = ""] of rules) {
    const ink = pair(rule, "color");
    for (const theme of [0, 1]) {
      const measured = contrast(ink[theme] ?? "", paper[theme] ?? "");
      assert.ok(measured >= 4.5, `${name}: ${measured.toFixed(2)} in ${theme === 0 ? "light" : "dark"}`);
    }
  }
});

test("people's names can be read in every tint, and so can the letter on each badge", () => {
  const inks = pair(tokens, "--on-tint");
  for (let tint = 0; tint < TINTS; tint++) {
    const name = `--tint-${tint}`;
    assert.ok(surfaces.includes(`[data-tint="${tint}"] {\n  --tint: var(${name});`), name);
    const shades = pair(tokens, name);
    for (const theme of [0, 1]) {
      const papers = ["--paper", "--raised", "--sunken"].map((paper) => pair(tokens, paper)[theme] ?? "");
      for (const other of [...papers, inks[theme] ?? ""]) {
        const measured = contrast(shades[theme] ?? "", other);
        assert.ok(measured >= 4.5, `${name} and ${other}: ${measured.toFixed(2)}`);
      }
    }
  }
  assert.equal(surfaces.includes(`[data-tint="${TINTS}"]`), false);
});

test("what Rust calls the parts of code, the sheet colours", () => {
  const written = new Set([...gate.matchAll(/"(hl-\w+)"/g)].map((match) => match[1]));
  const coloured = new Set([...sheet.matchAll(/\.(hl-\w+) \{/g)].map((match) => match[1]));
  assert.deepEqual([...written].sort(), [...coloured].sort());
});
