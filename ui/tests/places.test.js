import assert from "node:assert/strict";
import { test } from "node:test";

import { spansOf } from "../lib/find.js";
import { hashOf, isSamePlace, placeOf } from "../lib/places.js";
import { moveFor } from "../lib/shortcuts.js";

test("a place survives the address of the page, whatever its name", () => {
  for (const place of [{ room: "a" }, { room: "http://x/y z#?/ü" }, { room: "a/b", with: "profile:ü/#" }]) {
    assert.ok(isSamePlace(placeOf(hashOf(place)), place), JSON.stringify(place));
  }
  assert.equal(placeOf("#"), null);
  assert.equal(placeOf("#%E0%A4%A"), null);
  assert.equal(isSamePlace(null, null), true);
  assert.equal(isSamePlace({ room: "a" }, { room: "a", with: "b" }), false);
});

test("a text is found whatever its case, and not where that would move its place", () => {
  assert.deepEqual(spansOf("Boat and boat", "BOAT"), [[0, 4], [9, 13]]);
  assert.deepEqual(spansOf("aaa", "aa"), [[0, 2]]);
  assert.deepEqual(spansOf("anything", "  "), []);
  assert.deepEqual(spansOf("İstanbul boat", "boat"), []);
});

test("the keys between rooms are their own and take nothing from writing", () => {
  const key = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  assert.deepEqual(moveFor({ ...key, key: "ArrowDown", altKey: true }), { kind: "step", by: 1, unread: false });
  assert.deepEqual(moveFor({ ...key, key: "ArrowUp", altKey: true, shiftKey: true }), { kind: "step", by: -1, unread: true });
  assert.deepEqual(moveFor({ ...key, key: "9", ctrlKey: true }), { kind: "room", at: 8 });
  assert.deepEqual(moveFor({ ...key, key: "f", ctrlKey: true }), { kind: "find" });
  assert.deepEqual(moveFor({ ...key, key: "F11" }), { kind: "fullScreen" });
  assert.deepEqual(moveFor({ ...key, key: "r", ctrlKey: true }), { kind: "anew" });
  for (const other of [{ key: "f" }, { key: "r" }, { key: "F11", altKey: true }, { key: "0", ctrlKey: true }, { key: "ArrowDown" }, { key: "f", ctrlKey: true, altKey: true }]) {
    assert.equal(moveFor({ ...key, ...other }), null, JSON.stringify(other));
  }
});
