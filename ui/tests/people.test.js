import assert from "node:assert/strict";
import { test } from "node:test";

import { initial, tint, TINTS, Tints } from "../lib/people.js";

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
  assert.equal(tints.size, TINTS);
});

test("nobody who comes gets the tint of somebody who is there, as long as there are others", () => {
  const tints = new Tints();
  const people = Array.from({ length: TINTS }, (_, index) => `profile:user-${index}`);
  for (let count = 1; count <= TINTS; count++) tints.seat(people.slice(0, count));
  assert.equal(new Set(people.map((person) => tints.of(person))).size, TINTS);
  assert.equal(tints.of(people[0] ?? ""), tint(people[0] ?? ""), "who is first has the one they have everywhere");

  const crowd = Array.from({ length: TINTS }, (_, index) => `profile:more-${index}`);
  tints.seat([...people, ...crowd]);
  const uses = [...people, ...crowd].map((person) => tints.of(person));
  for (let it = 0; it < TINTS; it++) assert.equal(uses.filter((other) => other === String(it)).length, 2);
});

test("a tint stays with a person, whoever else comes and goes", () => {
  const tints = new Tints();
  tints.seat(["me", "ann", "bo"]);
  const before = ["me", "ann", "bo"].map((person) => tints.of(person));
  tints.seat(["me", "bo", ...Array.from({ length: 40 }, (_, index) => `other-${index}`)]);
  tints.seat(["me", "bo"]);
  assert.deepEqual([tints.of("me"), tints.of("bo")], [before[0], before[2]]);
  assert.equal(tints.of("ann"), before[1], "and is there again for who comes back");
  for (let round = 0; round < 40; round++) tints.seat(["me", ...Array.from({ length: 40 }, (_, index) => `${round}-${index}`)]);
  tints.seat(["me", "ann"]);
  assert.notEqual(tints.of("ann"), tints.of("me"));
});

test("whom one talks with alone looks the same while away and when back", () => {
  const tints = new Tints();
  tints.seat(["me"], ["profile:bo"]);
  const before = tints.of("profile:bo");
  tints.seat(["me", ...Array.from({ length: TINTS * 3 }, (_, index) => `guest-${index}`)], ["profile:bo"]);
  assert.equal(tints.of("profile:bo"), before);
  tints.seat(["me", "profile:bo"], ["profile:bo"]);
  assert.equal(tints.of("profile:bo"), before, "although somebody had it meanwhile");
  assert.notEqual(tints.of("me"), before);
});
