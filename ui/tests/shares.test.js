import assert from "node:assert/strict";
import { test } from "node:test";

import { isPlayable, isPlayedSomewhere, isMuch, isShowable, parted, percentOf, readable, showsItself, stageOf } from "../lib/shares.js";
import { en } from "../lib/words/en.js";
import { es } from "../lib/words/es.js";
import { file, line, peer, share, transfer } from "./pretend/people.js";

const offered = { gone: false, withdrawn: false };

test("what is here stays here, and what is taken back goes", () => {
  const at = (/** @type {any} */ state, rest = {}) => transfer("a", { state, ...rest });
  assert.equal(stageOf(offered, undefined, false), "offered");
  assert.equal(stageOf({ ...offered, gone: true }, undefined, false), "gone");
  assert.equal(stageOf({ gone: true, withdrawn: true }, undefined, false), "withdrawn");
  assert.equal(stageOf(offered, undefined, true), "giving");
  assert.equal(stageOf({ ...offered, withdrawn: true }, undefined, true), "withdrawn");
  assert.equal(stageOf({ gone: true, withdrawn: true }, at("done"), false), "done");
  assert.equal(stageOf({ gone: true, withdrawn: true }, at("done", { folder: null }), false), "shown");
  assert.equal(stageOf({ ...offered, withdrawn: true }, at("fetching"), false), "withdrawn");
  assert.equal(stageOf(offered, at("fetching", { stalled: true }), false), "stalled");
  assert.equal(stageOf({ ...offered, withdrawn: true }, at("giving", { own: true }), true), "withdrawn");
});

test("all but a little is not all, and what nobody knows is not guessed", () => {
  assert.equal(percentOf({ have: 999, total: 1_000 }), 99);
  assert.equal(percentOf({ have: 0, total: 0 }), 100);
  assert.equal(percentOf({ have: 5_000, total: 1_000 }), 100);
  assert.equal(percentOf({ have: 5, total: null }), null);
});

test("nothing shows itself unless all speaks for it", () => {
  const rules = { autoMedia: true };
  const author = peer("Bo", "Precious Egret");
  const picture = share("a.png", { kind: "image", size: 8 * 1024 * 1024 });
  const said = (/** @type {object} */ rest, about = {}) => line("Bo", "", { share: { ...picture, ...about }, ...rest });
  assert.equal(showsItself(said({}), author, rules), true);
  assert.equal(showsItself(said({}), author, { autoMedia: false }), false);
  assert.equal(showsItself(said({}), undefined, rules), false);
  for (const rest of [{ known: false }, { standing: /** @type {const} */ ("muted") }]) assert.equal(showsItself(said({}), { ...author, ...rest }, rules), false);
  for (const rest of [{ own: true }, { backfilled: true }, { misattributed: true }, { folded: "flood" }, { share: null }]) assert.equal(showsItself(said(rest), author, rules), false);
  for (const about of [{ size: 8 * 1024 * 1024 + 1 }, { size: null }, { kind: "file" }, { plain: true }, { gone: true }, { withdrawn: true }]) {
    assert.equal(showsItself(said({}, about), author, rules), false, JSON.stringify(about));
  }
});

test("a folder is not shown in the talk, and neither is what memory does not hold", () => {
  assert.equal(isShowable({ kind: "video", size: 32 * 1024 * 1024 }), true);
  assert.equal(isShowable({ kind: "video", size: 32 * 1024 * 1024 + 1 }), false);
  assert.equal(isShowable({ kind: "folder", size: 5 }), false);
  assert.equal(isShowable({ kind: "image", size: null }), true);
});

test("one is asked once more before much is shared, and not before little is", () => {
  assert.equal(isMuch({ files: 100, size: 2 * 1024 ** 3 }), false);
  assert.equal(isMuch({ files: 101, size: 5 }), true);
  assert.equal(isMuch({ files: 1, size: 2 * 1024 ** 3 + 1 }), true);
});

test("what this system cannot play is known before it is fetched", () => {
  const knows = (/** @type {string} */ type) => (type.startsWith("audio/mpeg") || type.includes("vp9") ? "probably" : "");
  assert.ok(isPlayable("song.MP3", knows));
  assert.ok(isPlayable("film.webm", knows), "one of what may be in it is enough");
  assert.ok(!isPlayable("film.mp4", knows) && isPlayedSomewhere("film.mp4"));
  assert.ok(!isPlayable("film.mkv", () => "probably"), "nothing gives it to be played");
  assert.ok(!isPlayedSomewhere("film.mkv") && !isPlayedSomewhere("mp4.."));
});

test("what cannot be seen in a name, or turns it around, is seen; what scripts and emoji need stays", () => {
  assert.equal(readable("photo\u202Egnp.exe"), "photo_gnp.exe");
  assert.equal(readable("a\u0000b\nc\u2066d\uFEFF\u00ADe"), "a_b_c_d__e");
  assert.equal(readable("👩‍💻 نامه‌ها.txt"), "👩‍💻 نامه‌ها.txt");
});

test("a name is never cut in its ending, nor in the middle of a sign", () => {
  assert.deepEqual(parted("short.txt"), ["short.txt", ""]);
  const [head, tail] = parted(`${"a".repeat(40)}-2026.tar.gz`);
  assert.equal(head + tail, `${"a".repeat(40)}-2026.tar.gz`);
  assert.ok(tail.endsWith(".tar.gz"));
  const [, family] = parted(`${"b".repeat(30)}👩‍👩‍👧.jpg`);
  assert.ok(family.includes("👩‍👩‍👧"));
});

test("how long it takes, and what failed, is told as people would", () => {
  assert.equal(en.files.left(900), "1 second left");
  assert.equal(en.files.left(119_000), "2 minutes left");
  assert.equal(en.files.left(7_300_000), "about 2 hours left");
  assert.equal(es.files.left(61_000), "quedan 61 segundos");
  const size = (/** @type {number} */ it) => `${it} B`;
  assert.equal(en.files.fault({ kind: "noRoom", needed: 9, spare: 3, free: 2 }, size), "There is not enough room on the disk: it takes 9 B, 3 B must stay free besides, and 2 B are free.");
  for (const kind of /** @type {const} */ (["tooLarge", "badName", "wrongHash", "cannotWrite", "cannotRead", "changed", "noLongerThere", "refused", "nobodyAnswers", "cannotOpen", "calledOff"])) {
    assert.ok(en.files.fault({ kind }, size).length > 10, kind);
    assert.notEqual(es.files.fault({ kind }, size), en.files.fault({ kind }, size), kind);
  }
  assert.equal(en.files.holders(["Bo"], 0), "Bo has it");
  assert.equal(en.files.holders(["Bo", "Cy"], 3), "Bo, Cy, and 3 others have it");
  assert.equal(es.files.fetchedBy(["Bo"], 2), "Lo han traído Bo y 2 más");
});

test("a file of the pretend app is shaped as one of the real", () => {
  assert.deepEqual(Object.keys(file("a")).sort(), ["index", "kind", "mime", "name", "pathShown", "runs", "size"]);
});
