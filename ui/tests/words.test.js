import assert from "node:assert/strict";
import { test } from "node:test";

import { locale, speak, words, wordsFor } from "../lib/words.js";
import { en } from "../lib/words/en.js";
import { es } from "../lib/words/es.js";

/** Every way into a catalogue, with what stands at its end. @param {unknown} words @param {string} [path] @returns {[string, unknown][]} */
const keys = (words, path = "") =>
  typeof words === "object" && words !== null
    ? Object.entries(words).flatMap(([key, value]) => keys(value, `${path}.${key}`))
    : [[path, words]];

test("both catalogues have the same keys, with words of the same kind behind them", () => {
  const [english, spanish] = [en, es].map((it) => keys(it).map(([path, value]) => `${path}: ${typeof value}`));
  assert.deepEqual(spanish, english);
});

test("no word is left in English, and none is empty that has one there", () => {
  const same = new Set([
    "Chitchatter", "Tab", "Ctrl", "Alt", "Esc", "↑", "↓", "Normal", "Emoji", "App", "IPv4",
  ]);
  const spanish = new Map(keys(es));
  for (const [path, value] of keys(en)) {
    if (typeof value !== "string" || path === ".language") continue;
    const other = spanish.get(path);
    // Between names, the words may stand on the other side of one.
    if (/problems\.(unconnectable|othersPassword|otherPassword)/.test(path)) continue;
    assert.ok(other, path);
    if (!same.has(value)) assert.notEqual(other, value, path);
  }
});

test("Spanish counts as Spanish does", () => {
  assert.equal(es.rooms.unread(1), "1 mensaje nuevo");
  assert.equal(es.rooms.unread(0), "0 mensajes nuevos");
  assert.equal(es.composer.left(1), "Queda 1 carácter");
  assert.equal(es.composer.left(2), "Quedan 2 caracteres");
  assert.equal(es.trackers.again(1), "otra vez en 1 segundo");
  assert.equal(es.doctor.lanState({ on: true, forThisStart: false, serving: false, found: 2 }), "Se encontraron 2 puntos de encuentro más en tu red.");
});

test("the language can be chosen, and given back to the system", () => {
  speak("system");
  const system = words;
  assert.equal(speak("es"), system !== es);
  assert.equal(words, es);
  assert.equal(locale().split("-")[0], "es");
  assert.equal(speak("es"), false);
  speak("system");
  assert.equal(words, system);
});

test("a language there is no catalogue for falls back to the next, then to English", () => {
  assert.equal(wordsFor(["xx", "en-GB"]), en);
  assert.equal(wordsFor(["xx", "es-AR", "en"]), es);
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

test("several who come and go are told in one sentence, with names at odd places", () => {
  /** @type {import("../components/chat-transcript/comings.js").ComingGroup[]} */
  const who = [{ outcome: "joined", names: ["Ana", "Ben", "Cyd", "Dee"] }, { outcome: "left", names: ["Eve"] }];
  assert.equal(en.comings(who).join(""), "Ana, Ben, and 2 others came in; Eve left");
  assert.deepEqual(en.comings(who).filter((_, index) => index % 2 === 1), ["Ana", "Ben", "Eve"]);
  assert.equal(en.comings([{ outcome: "joined", names: ["Ana", "Ben", "Cyd"] }]).join(""), "Ana, Ben, and Cyd came in");
  assert.equal(en.comings([{ outcome: "lost", names: ["Ana"] }]).join(""), "The connection to Ana was lost");
  assert.equal(es.comings(who).join(""), "Han entrado Ana, Ben y 2 más; ha salido Eve");
  assert.equal(es.comings([{ outcome: "joined", names: ["Ana", "Iris"] }]).join(""), "Han entrado Ana e Iris");
  assert.equal(en.comings([{ outcome: "found", names: ["Ada"] }]).join(""), "The connection to Ada was lost, and they came back");
  assert.equal(es.comings([{ outcome: "found", names: ["Ada", "Ben"] }]).join(""), "Se perdió la conexión con Ada y Ben, y han vuelto");
  assert.deepEqual(es.comings(who).filter((_, index) => index % 2 === 1), ["Ana", "Ben", "Eve"]);
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
