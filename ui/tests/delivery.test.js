import assert from "node:assert/strict";
import { test } from "node:test";

import { progressOf } from "../lib/delivery.js";

test("a line is received when everybody has it for certain, whatever went wrong before", () => {
  assert.equal(progressOf({ reached: 2, of: 2, received: 2, failed: false }), "received");
  assert.equal(progressOf({ reached: 1, of: 2, received: 2, failed: true }), "received");
});

test("on the way there it is sending, then sent", () => {
  assert.equal(progressOf({ reached: 0, of: 2, received: 0, failed: false }), "sending");
  assert.equal(progressOf({ reached: 2, of: 2, received: 1, failed: false }), "sent");
});

test("somebody who went before they had it is told of, and so is an empty room", () => {
  assert.equal(progressOf({ reached: 1, of: 2, received: 1, failed: true }), "failed");
  assert.equal(progressOf({ reached: 0, of: 0, received: 0, failed: false }), "nobody");
  assert.equal(progressOf({ reached: 0, of: 0, received: 0, failed: true }), "failed");
});

test("what is said to somebody who is away waits, and is not being sent", () => {
  assert.equal(progressOf({ reached: 0, of: 1, received: 0, failed: false }, false), "waiting");
  assert.equal(progressOf({ reached: 0, of: 0, received: 0, failed: false }, false), "nobody");
  assert.equal(progressOf({ reached: 1, of: 1, received: 1, failed: false }, false), "received");
});
