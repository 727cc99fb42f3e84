import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, day, daysBetween, full, machine, timeOf } from "../lib/times.js";

const NOON = Date.UTC(2026, 10, 22, 12, 0, 0);

test("a line is shown at the time its author says", () => {
  assert.equal(timeOf({ timeSent: NOON - 60_000, timeReceived: NOON }), NOON - 60_000);
});

test("a clock that is ahead, negative or nonsense gives way to the time of arrival", () => {
  for (const timeSent of [NOON + 3_600_000, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
    assert.equal(timeOf({ timeSent, timeReceived: NOON }), NOON);
  }
  assert.equal(timeOf({ timeSent: NOON + 1_000, timeReceived: NOON }), NOON + 1_000);
});

test("a moment no calendar holds is shown as nothing", () => {
  for (const moment of [Number.NaN, 9e15, Number.NEGATIVE_INFINITY]) {
    assert.equal(clock(moment), "");
    assert.equal(full(moment), "");
    assert.equal(day(moment), "");
    assert.equal(machine(moment), "");
  }
});

test("times are written as the locale writes them", () => {
  assert.match(clock(NOON, "en-GB"), /^\d\d:\d\d$/);
  assert.match(day(NOON, "en-GB"), /November/);
  assert.equal(machine(NOON), "2026-11-22T12:00:00.000Z");
});

test("days are counted by midnights, not by hours", () => {
  const lateEvening = new Date(2026, 10, 21, 23, 59).getTime();
  const earlyMorning = new Date(2026, 10, 22, 0, 1).getTime();
  assert.equal(daysBetween(lateEvening, earlyMorning), 1);
  assert.equal(daysBetween(earlyMorning, new Date(2026, 10, 22, 23, 59).getTime()), 0);
  // Also across the night a clock is put forward or back.
  assert.equal(daysBetween(new Date(2026, 2, 28, 12).getTime(), new Date(2026, 2, 29, 12).getTime()), 1);
});
