import assert from "node:assert/strict";
import { test } from "node:test";

import { wordsFor } from "../lib/words.js";
import { en } from "../lib/words/en.js";

test("a language there is no catalogue for falls back to the next, then to English", () => {
  assert.equal(wordsFor(["xx", "en-GB"]), en);
  assert.equal(wordsFor(["xx"]), en);
  assert.equal(wordsFor([]), en);
});

test("one is not many", () => {
  assert.equal(en.rooms.unread(1), "1 new message");
  assert.equal(en.rooms.unread(2), "2 new messages");
  assert.equal(en.composer.left(0), "0 characters left");
});

test("names stand at odd places, so that they can be kept apart from the words around them", () => {
  assert.deepEqual(en.notice({ kind: "renamed", from: "A", to: "B" }), ["", "A", " is now ", "B", ""]);
  assert.deepEqual(en.notice({ kind: "lost", name: "A" }).filter((_, index) => index % 2 === 1), ["A"]);
  assert.deepEqual(en.typing(["A", "B"]).filter((_, index) => index % 2 === 1), ["A", "B"]);
  assert.deepEqual(en.typing([]), []);
  assert.equal(en.typing(["A", "B", "C"]).length, 1);
});

test("a wait is told in the unit people would use", () => {
  assert.equal(en.trackers.again(0), "trying again now");
  assert.equal(en.trackers.again(1), "again in 1 second");
  assert.equal(en.trackers.again(120), "again in 2 minutes");
});

test("every refusal has words", () => {
  for (const refusal of /** @type {const} */ ([
    { kind: "emptyMessage" },
    { kind: "messageTooLong", units: 10_000, limit: 9_999 },
    { kind: "passwordNeeded" },
    { kind: "badRoom", fault: "badSecret" },
  ])) {
    assert.ok(en.refusal(refusal).length > 10);
  }
});
