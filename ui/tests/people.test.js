import assert from "node:assert/strict";
import { test } from "node:test";

import { initial, tint } from "../lib/people.js";

test("a badge shows the first letter one can see", () => {
  assert.equal(initial("ann"), "A");
  assert.equal(initial("  élan"), "É");
  assert.equal(initial("‮evil"), "E");
  assert.equal(initial("…7"), "7");
  assert.equal(initial("👩‍👩‍👧 family"), "👩‍👩‍👧");
  assert.equal(initial(""), "?");
  assert.equal(initial("\u200b"), "?");
});

test("a person always has the same tint", () => {
  assert.equal(tint("user-1"), tint("user-1"));
  const tints = new Set(Array.from({ length: 200 }, (_, index) => tint(`user-${index}`)));
  assert.equal(tints.size, 8);
});
