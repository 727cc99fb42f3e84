import assert from "node:assert/strict";
import { test } from "node:test";

import { begun, completed, namesLike } from "../lib/complete.js";

test("a colon and two letters ask for an emoji, one letter or a time of day does not", () => {
  assert.deepEqual(begun("a :ro", 5), { kind: "emoji", query: "ro", start: 2 });
  assert.deepEqual(begun(":+1", 3), { kind: "emoji", query: "+1", start: 0 });
  assert.equal(begun(":r", 2), null);
  assert.equal(begun("at 09:30", 8), null);
  assert.equal(begun("https://x", 9), null);
});

test("an at sign asks for a name, which may have blanks in it; in an address it does not", () => {
  assert.deepEqual(begun("hi @", 4), { kind: "mention", query: "", start: 3 });
  assert.deepEqual(begun("hi @sly f", 9), { kind: "mention", query: "sly f", start: 3 });
  assert.equal(begun("ann@example.org", 15), null);
  assert.equal(begun("@ann\nand", 8), null);
});

test("only what stands before the caret counts, however long the text", () => {
  assert.deepEqual(begun("@bo and more", 3), { kind: "mention", query: "bo", start: 0 });
  const long = `${"a ".repeat(4_000)}@bo`;
  assert.deepEqual(begun(long, long.length), { kind: "mention", query: "bo", start: 8_000 });
});

test("what is completed is followed by one blank, and the caret stands after it", () => {
  assert.deepEqual(completed("hi @bo", 3, 6, "@Bo"), { text: "hi @Bo ", caret: 7 });
  assert.deepEqual(completed("hi @bo there", 3, 6, "@Bo"), { text: "hi @Bo there", caret: 7 });
});

test("names that begin like the query come before those of which a later word does, each once", () => {
  const names = ["Sly Fox", "Fox", "Bo", "Fox", ""];
  assert.deepEqual(namesLike(names, "fo"), ["Fox", "Sly Fox"]);
  assert.deepEqual(namesLike(names, ""), ["Sly Fox", "Fox", "Bo"]);
  assert.deepEqual(namesLike(names, "nobody"), []);
  assert.equal(namesLike(Array.from({ length: 40 }, (_, index) => `Bee ${index}`), "bee").length, 8);
});
