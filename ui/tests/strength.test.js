import assert from "node:assert/strict";
import { test } from "node:test";

import { en } from "../lib/words/en.js";
import { typedBits } from "../lib/strength.js";

const said = (/** @type {string} */ text) => en.door.typedStrength(typedBits(text)).split(/[: ]/)[0];

test("what people think of first is easy to guess", () => {
  for (const text of ["garden2", "lounge", "test", "12345678", "qwerty123", "aaaaaaaaaaaaaaaaaaaa", "Summer2024!", "abcdefghijkl", "room room room room room room", "00000000-0000-0000-0000-000000000000", "jardín", "公園"]) {
    assert.equal(said(text), "Easy", text);
  }
});

test("several words are harder, and what nobody thinks of is strong", () => {
  assert.equal(said("otter garden lantern comet"), "Somewhat");
  assert.equal(said("otter garden lantern comet velvet drift"), "Strong");
  assert.equal(said("3f2a9c81-77be-4d10-9e5c-b1d06f8a2c47"), "Strong");
});

test("more is never easier", () => {
  const text = "otter-Garden9 lantern 77 comet";
  for (let length = 1; length < text.length; length++) {
    const less = typedBits(text.slice(0, length));
    assert.ok(typedBits(`${text.slice(0, length)} velvet`) > less, text.slice(0, length));
  }
});
