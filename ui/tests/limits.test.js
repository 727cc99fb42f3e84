import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_MESSAGE_UNITS, measure } from "../lib/limits.js";

test("a message of blanks is not sent", () => {
  assert.equal(measure("").sendable, false);
  assert.equal(measure(" \n\t ").sendable, false);
  assert.equal(measure(" a ").sendable, true);
});

test("the longest message is sent and one more character is not", () => {
  assert.equal(measure("a".repeat(MAX_MESSAGE_UNITS)).sendable, true);
  assert.equal(measure("a".repeat(MAX_MESSAGE_UNITS + 1)).sendable, false);
  assert.equal(measure("a".repeat(MAX_MESSAGE_UNITS + 1)).left, -1);
});

test("the length counts as the protocol counts it, in UTF-16 units", () => {
  assert.equal(measure("🦚".repeat(4_999)).left, 1);
  assert.equal(measure("🦚".repeat(5_000)).sendable, false);
});

test("the counter speaks up only near the end", () => {
  assert.equal(measure("a").counted, false);
  assert.equal(measure("a".repeat(9_498)).counted, false);
  assert.equal(measure("a".repeat(9_499)).counted, true);
});
