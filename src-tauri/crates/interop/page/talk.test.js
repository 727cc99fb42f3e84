/** What people do in a conversation: by keyboard wherever a keyboard can do it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, serve } from "./browser.js";
import { asked, delivery, focused, lineFrom, tabTo, tell } from "./steps.js";

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** What is in front of the person. */
const HERE = "chat-room:not([hidden]) .conversation:not([hidden])";

/** @param {import("playwright-core").Page} page */
const composer = (page) => page.locator("chat-room:not([hidden])").getByRole("textbox", { name: "Message" });

const dee = {
  peerId: "dee-again", userId: "user-Dee", name: "Dee", customName: "Dee", animalName: "Wise Heron", verified: true,
  verification: "verified", native: true, path: "direct", typing: false, person: "profile:user-Dee", standing: "normal",
  known: true, slowed: false, imitates: null, keyChanged: false, talks: true, proof: "proven", publicKey: null, fingerprint: null,
};

/** @param {import("playwright-core").Page} page @param {RegExp} name */
const untilFocused = (page, name) =>
  page.waitForFunction((source) => {
    const at = document.activeElement;
    return new RegExp(source).test(`${at?.getAttribute("aria-label") ?? ""} ${at?.textContent ?? ""}`);
  }, name.source);

test("by keyboard alone: go to a line, answer it, change the answer, take it back", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await tell(page, lineFrom("shall we meet at nine?"));
  await page.locator(".line", { hasText: "shall we meet" }).waitFor();
  await page.keyboard.press("Shift+Tab");
  for (let presses = 0; presses < 12 && !/^Messages/.test(await focused(page)); presses++) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await untilFocused(page, /shall we meet at nine/);
  await page.keyboard.press("r");
  await page.getByText("Replying to Bo").waitFor();
  await page.keyboard.type("nine it is");
  await page.keyboard.press("Enter");
  const answer = page.locator(".line.own", { hasText: "nine it is" });
  await answer.getByText("In reply to Bo").waitFor();
  await answer.getByText("Received by all 2 people").waitFor();

  await page.keyboard.press("ArrowUp");
  await page.getByText("Changing your message").waitFor();
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await page.keyboard.press("Enter");
  await page.locator(".line.own", { hasText: "nine it is!" }).getByText("edited").waitFor();

  await page.keyboard.press("Shift+Tab");
  for (let presses = 0; presses < 12 && !/^Messages/.test(await focused(page)); presses++) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await untilFocused(page, /nine it is!/);
  await page.keyboard.press("Delete");
  await page.getByRole("dialog", { name: "Take this message back?" }).getByText("browser keep it").waitFor();
  assert.match(await focused(page), /Keep it/, "a stray Enter takes nothing back");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".line.own", { hasText: "This message was taken back." }).waitFor();

  const [said] = await asked(page, "say");
  assert.equal(said.text, "nine it is");
  assert.equal(typeof said.replyTo, "number");
  assert.deepEqual((await asked(page, "edit")).map(({ text }) => text), ["nine it is!"]);
  assert.equal((await asked(page, "delete_line")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("a change that is given up leaves the line, and the draft, as they were", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const box = composer(page);
  await box.press("ArrowUp");
  assert.equal(await box.inputValue(), "Who brings the dog?");
  await box.press("Escape");
  assert.equal(await box.inputValue(), "");
  await box.fill("half a thought");
  await page.locator(".line.own", { hasText: "And a towel" }).focus();
  await page.keyboard.press("e");
  assert.equal(await box.inputValue(), "And a towel, the captain says.");
  await box.press("Escape");
  assert.equal(await box.inputValue(), "half a thought");
  assert.deepEqual(await asked(page, "edit"), []);
  assert.deepEqual(faults, []);
  await close();
});

test("a line of somebody else can be answered, marked and copied, and not changed", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const line = page.locator(`${HERE} .line`, { hasText: "She never leaves" });
  await line.focus();
  await page.keyboard.press("e");
  await page.keyboard.press("Delete");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.keyboard.press("Enter");
  await untilFocused(page, /^React/);
  const bar = page.getByRole("toolbar", { name: "The message of Bo" });
  assert.deepEqual(
    await bar.getByRole("button").evaluateAll((all) => all.map((it) => it.ariaLabel)),
    ["React", "Reply", "Copy text"],
  );
  await page.keyboard.press("ArrowLeft");
  await untilFocused(page, /^Copy text/);
  await page.keyboard.press("Enter");
  assert.deepEqual(await asked(page, "copy"), [{ text: "She never leaves the dog." }]);
  await untilFocused(page, /She never leaves/);
  await page.keyboard.press("Escape");
  await untilFocused(page, /^Message /);
  assert.deepEqual(faults, []);
  await close();
});

test("an emoji is found by its name, put on a line, and taken away where it stands", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const line = page.locator(`${HERE} .line`, { hasText: "She never leaves" });
  await line.focus();
  await page.keyboard.press("a");
  await page.getByRole("combobox", { name: "Search emoji" }).waitFor();
  await page.getByText("People with a browser do not see it.").waitFor();
  await page.keyboard.type("otter");
  await page.getByRole("option", { name: "otter", selected: true }).waitFor();
  await page.keyboard.press("Enter");
  const reaction = line.getByRole("button", { name: /🦦 1 Ann/, pressed: true });
  await reaction.waitFor();
  await untilFocused(page, /She never leaves/);
  await reaction.press("Enter");
  await reaction.waitFor({ state: "detached" });
  const { key } = await line.evaluate((it) => ({ key: Number(it.dataset["key"]) }));
  assert.deepEqual(await asked(page, "react"), [
    { room: "harbour", line: key, emoji: "🦦", on: true },
    { room: "harbour", line: key, emoji: "🦦", on: false },
  ]);

  const shared = page.getByRole("button", { name: /👍 2 Ann and Sly Fox/ });
  await shared.hover();
  assert.equal(await shared.evaluate((it) => getComputedStyle(it, "::after").content), '"Ann and Sly Fox"');
  assert.deepEqual(faults, []);
  await close();
});

test("the arrow keys move in the grid of emoji, and Escape leaves things as they were", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = composer(page);
  await box.fill("tea");
  await page.keyboard.press("Shift+Tab");
  await untilFocused(page, /^Emoji/);
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: "thumbs up" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("option", { name: "thumbs up", selected: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  const chosen = page.getByRole("option", { selected: true });
  const emoji = await chosen.textContent();
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Search emoji" }).waitFor({ state: "hidden" });
  assert.equal(await box.inputValue(), `tea${emoji}`);
  await untilFocused(page, /^Message /);

  await page.getByRole("button", { name: "Emoji", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "Search emoji" }).waitFor({ state: "hidden" });
  assert.equal(await box.inputValue(), `tea${emoji}`);
  assert.deepEqual(faults, []);
  await close();
});

test("names and emoji are offered while one writes", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = composer(page);
  await box.pressSequentially("ask @s");
  await page.getByRole("option", { name: "Sly Fox", selected: true }).waitFor();
  await box.press("Enter");
  assert.equal(await box.inputValue(), "ask @Sly Fox ");
  await box.pressSequentially("about the :ferr");
  await page.getByRole("option", { name: ":ferry:" }).waitFor();
  await box.press("Tab");
  assert.equal(await box.inputValue(), "ask @Sly Fox about the ⛴️ ");
  await box.pressSequentially("and @bo");
  await page.getByRole("option", { name: "Bo" }).waitFor();
  await box.press("Escape");
  assert.equal(await page.getByRole("option").count(), 0);
  await box.press("Enter");
  assert.deepEqual((await asked(page, "say")).map(({ text }) => text), ["ask @Sly Fox about the ⛴️ and @bo"]);
  assert.deepEqual(faults, []);
  await close();
});

test("a quote leads to the line it answers", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await page.getByRole("button", { name: /In reply to Bo/ }).press("Enter");
  await untilFocused(page, /Shall we take the nine o’clock boat/);
  const question = page.locator(`${HERE} .line`, { hasText: "Shall we take" }).first();
  const inSight = await question.evaluate((it) => it.getBoundingClientRect().top >= (it.parentElement?.getBoundingClientRect().top ?? 0));
  assert.equal(inSight, true);
  assert.deepEqual(faults, []);
  await close();
});

test("what came too fast is folded under one sentence, and shown when asked for", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const fold = page.locator(`${HERE} .fold`);
  await fold.getByText("12 messages from Mallory folded: they came too fast.").waitFor();
  assert.equal(await page.getByText("BUY SHELLS 3", { exact: true }).isVisible(), false);
  await tell(page, lineFrom("and more", { author: "Gus", authorId: "user-Gus", folded: "muted" }));
  await page.getByText("1 message from Gus, whom you muted.").waitFor();
  await fold.first().getByRole("button", { name: "Show" }).press("Enter");
  await page.getByText("BUY SHELLS 3", { exact: true }).waitFor();
  await fold.first().getByRole("button", { name: "Hide", expanded: true }).press("Enter");
  await page.getByText("BUY SHELLS 3", { exact: true }).waitFor({ state: "hidden" });
  assert.deepEqual(faults, []);
  await close();
});

test("what somebody blocked said is folded as theirs, and whoever is known, muted or blocked is listed by what they cannot choose too", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await tell(page, lineFrom("nasty", { author: "Mal", authorId: "user-Mal", folded: "blocked" }),
    { kind: "judgedChanged", judged: [{ person: "profile:user-Mal", name: "Mal", animalName: "Sly Newt", standing: "blocked" }] });
  await page.locator(HERE).getByText("1 message from Mal, whom you blocked.").waitFor();
  assert.equal(await page.locator("chat-room:not([hidden]) judged-list .called").textContent(), "Mal (Sly Newt)");
  assert.deepEqual(faults, []);
  await close();
});

test("whoever is muted is folded away with what they said before, and comes back whole", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const said = ["gulls one", "gulls two", "gulls three"].map((it) => lineFrom(it, { author: "Gus", authorId: "user-Gus", peerId: "peer-Gusxxxxxxxxxxxx" }));
  await tell(page, said[0], lineFrom("in between"), ...said.slice(1));
  /** @param {string | null} folded @param {typeof said} of */
  const judged = (folded, of = said) => tell(page, ...of.map(({ room, line }) => ({ kind: "lineReplaced", room, line: { ...line, folded } })));
  const folds = page.locator(`${HERE} .fold`);
  const [before, that, after] = ["gulls one", "gulls two", "gulls three"].map((it) => page.locator(`${HERE} article`, { hasText: it }));
  assert.ok(before && that && after);
  // In whatever order they are told of: each lies where it was said, those in a row under one sentence.
  await judged("muted", said.toReversed());
  await folds.getByText("2 messages from Gus, whom you muted.").waitFor();
  await folds.getByText("1 message from Gus, whom you muted.").waitFor();
  assert.equal(await folds.count(), 2);
  for (const it of [before, that, after]) assert.equal(await it.isVisible(), false);
  await page.locator(`${HERE} article`, { hasText: "in between" }).waitFor();
  await tell(page, lineFrom("once more", { author: "Gus", authorId: "user-Gus", peerId: "peer-Gusxxxxxxxxxxxx", folded: "muted" }));
  await folds.getByText("3 messages from Gus, whom you muted.").waitFor();
  await folds.nth(1).getByRole("button", { name: "Show" }).click();
  await that.waitFor();
  await judged(null);
  for (const it of [before, that, after]) await it.waitFor();
  await folds.getByText("1 message from Gus, whom you muted.").waitFor();
  assert.equal(await folds.count(), 1);
  assert.deepEqual(faults, []);
  await close();
});

test("short news covers neither what was said last nor a warning, and what floats stays off the list of rooms", async () => {
  for (const viewport of [{ width: 1180, height: 760 }, { width: 900, height: 700 }, { width: 360, height: 700 }]) {
    const { page, faults, close } = await open(browser, server.origin, "busy", { viewport });
    await page.evaluate(() => /** @type {any} */ (document.querySelector("status-toasts")).warn("That did not work. Try again."));
    const toast = await page.locator("status-toasts .toast").boundingBox();
    const box = page.locator(`${HERE} message-composer .box`);
    const log = await page.locator(`${HERE} .log`).boundingBox();
    const above = page.locator(`${HERE} .above`);
    assert.ok(toast && log);
    const top = ((await above.isVisible()) ? (await above.boundingBox())?.y : undefined) ?? log.y;
    assert.ok(toast.y + toast.height <= top + 1, `${viewport.width}: ${toast.y + toast.height} > ${top}`);
    const attach = page.locator(HERE).getByRole("button", { name: "Share files" });
    await attach.click();
    const offers = await page.getByRole("dialog", { name: "Share with everyone in this room" }).boundingBox();
    const edge = await box.boundingBox();
    assert.ok(offers && edge);
    assert.ok(offers.x >= edge.x - 8, `${viewport.width}: ${offers.x} < ${edge.x}`);
    assert.deepEqual(faults, []);
    await close();
  }
});

test("in the list the room one is in has its name whole, also with news and a mention", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await tell(page, { kind: "unreadChanged", room: "harbour", unread: { lines: 128, mentions: 3 } });
  const name = page.locator("room-list .row:has([aria-current]) .name");
  assert.equal(await name.evaluate((it) => it.scrollWidth > it.clientWidth), false);
  assert.deepEqual(faults, []);
  await close();
});

test("a private talk says of a key that is only claimed that it is, at every size of text", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk", { viewport: { width: 900, height: 760 } });
  await page.getByRole("button", { name: /^Bo.*3 new private messages/s }).click();
  const where = page.locator("direct-talk:not([hidden]) .where");
  await where.getByText("here now").waitFor();
  await where.locator(".fact.claimed").waitFor();
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "24px"));
  for (const part of await where.locator("> *").all()) {
    assert.equal(await part.evaluate((it) => {
      const [inner, outer] = [it.getBoundingClientRect(), /** @type {Element} */ (it.parentElement).getBoundingClientRect()];
      return inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1;
    }), false);
  }
  assert.deepEqual(faults, []);
  await close();
});

test("a long message shows its beginning, and the rest when asked for", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const line = page.locator(`${HERE} .line`, { hasText: "1. Bring what is on the list" });
  const height = () => line.locator(".body").evaluate((it) => it.clientHeight);
  const folded = await height();
  await line.getByRole("button", { name: "Show more", expanded: false }).click();
  assert.ok((await height()) > folded * 2);
  await line.getByRole("button", { name: "Show less", expanded: true }).click();
  assert.equal(await height(), folded);
  assert.deepEqual(faults, []);
  await close();
});

test("the search finds from the newest to the oldest, says how many, and is left with Escape", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await composer(page).press("ControlOrMeta+f");
  await untilFocused(page, /^Search in these messages/);
  await page.keyboard.type("nine");
  const status = page.locator(`${HERE} search-bar`).getByRole("status");
  await status.getByText("1 of 2").waitFor();
  await page.locator(".found-here", { hasText: "Then nine it is" }).waitFor();
  await page.keyboard.press("Enter");
  await status.getByText("2 of 2").waitFor();
  await page.locator(".found-here", { hasText: "Shall we take the nine" }).waitFor();
  await page.keyboard.press("Shift+Enter");
  await status.getByText("1 of 2").waitFor();
  assert.equal(await page.evaluate(() => CSS.highlights.get("found")?.size), 2);
  await page.getByLabel("Search in these messages").first().fill("nowhere said");
  await status.getByText("Nothing found").waitFor();
  await page.keyboard.press("Escape");
  await untilFocused(page, /^Message /);
  assert.equal(await page.locator(".line.found").count(), 0);
  assert.deepEqual(await asked(page, "search").then((all) => all[0]), { room: "harbour", with: null, text: "n" });
  assert.deepEqual(faults, []);
  await close();
});

test("Alt and the arrows go through rooms and private talks; Ctrl and a digit to a room", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const inFront = (name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.keyboard.press("Alt+ArrowDown");
  await inFront("Bo");
  await page.keyboard.press("Alt+ArrowDown");
  await inFront("Dee");
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await inFront("den");
  await page.keyboard.press("ControlOrMeta+3");
  await inFront("lounge");
  await page.keyboard.press("Alt+ArrowDown");
  await inFront("harbour");
  const looks = await asked(page, "look");
  assert.deepEqual(looks.map(({ room, with: person }) => [room, person]), [
    ["harbour", null], ["harbour", "profile:user-Bo"], ["harbour", "profile:user-Dee"], ["den", null], ["lounge", null], ["harbour", null],
  ]);
  assert.deepEqual(faults, []);
  await close();
});

test("what is new is counted per place, mentions apart, and a muted room keeps quiet", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const list = page.locator("room-list");
  await list.getByRole("button", { name: /^den.*2 mentions of you.*12 new messages/s }).waitFor();
  await list.getByRole("button", { name: /^D Dee away|^Dee away/ }).waitFor();
  await list.getByRole("button", { name: /^Bo.*3 new private messages/s }).waitFor();
  // 12 in the den and 3 from Bo; the harbour is in front, the lounge is muted.
  await page.waitForFunction(() => document.title === "(15) harbour · Chitchatter");
  await page.getByRole("button", { name: "Mute harbour" }).click();
  await page.getByRole("button", { name: "Mute harbour", pressed: true }).waitFor();
  assert.deepEqual(await asked(page, "mute_room"), [{ room: "harbour", muted: true }]);
  await list.getByRole("button", { name: /^Bo.*3 new/s }).click();
  await page.waitForFunction(() => document.title === "(12) Bo · harbour · Chitchatter");
  assert.deepEqual(faults, []);
  await close();
});

test("what came while nobody looked stands under a mark until one has been there", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const mark = page.locator("chat-room:not([hidden]) chat-transcript:visible .news");
  await mark.waitFor();
  assert.match((await mark.evaluate((it) => it.nextElementSibling?.textContent)) ?? "", /@Ann the dog comes/);
  await page.keyboard.press("ControlOrMeta+2");
  await tell(page, lineFrom("first of it"), lineFrom("second of it"));
  await page.keyboard.press("ControlOrMeta+1");
  await mark.waitFor();
  assert.match((await mark.evaluate((it) => it.nextElementSibling?.textContent)) ?? "", /first of it/);
  await composer(page).fill("seen");
  await composer(page).press("Enter");
  await page.locator(".line.own", { hasText: "seen" }).waitFor();
  assert.equal(await mark.count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("somebody is known in words, and a private talk with them begins from there", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await tabTo(page, /^About you|Ann.*you$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Ann" }).getByText("never leaves this machine").waitFor();
  await page.keyboard.press("Escape");
  await tabTo(page, /Sly Fox/);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Sly Fox" });
  await dialog.getByText("Its signature fits this profile.").waitFor();
  await dialog.getByText("Has shown on this connection that it holds the key of this profile.").waitFor();
  const digits = await dialog.getByRole("group", { name: "Key" }).textContent();
  assert.match(digits ?? "", /^(\d{5} ){5}\d{5}$/);
  for (const name of ["Copy digits", "Copy public key", "Copy profile id"]) await dialog.getByRole("button", { name }).click();
  const [first, key, profile] = (await asked(page, "copy")).map(({ text }) => text);
  assert.deepEqual([first, profile], [digits, "user-fox"]);
  assert.match(key, /^MII/);
  await dialog.getByRole("button", { name: "Message" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Sly Fox" }).waitFor();
  await page.getByText("What you write here goes to this person alone.").locator("visible=true").waitFor();
  await untilFocused(page, /^Message /);
  await page.keyboard.type("just us");
  await page.keyboard.press("Enter");
  await page.locator(".line.own", { hasText: "just us" }).getByText("Received").waitFor();
  assert.deepEqual(await asked(page, "say"), [{ room: "harbour", with: "profile:user-Sly Fox", text: "just us", replyTo: null }]);
  await tell(page, { ...lineFrom("only for you"), with: "profile:user-Sly Fox" });
  await page.locator(".line", { hasText: "only for you" }).waitFor();
  await page.getByRole("button", { name: "Back to the room" }).click();
  await page.getByRole("heading", { level: 1, name: "harbour" }).waitFor();
  assert.equal(await page.getByText("only for you").isVisible(), false);
  assert.deepEqual(faults, []);
  await close();
});

test("whether somebody holds their key is said apart from whether their signature fits", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  for (const [who, proof] of /** @type {const} */ ([
    [/^About Bo$/, "A browser cannot show that it holds the key."],
    [/^About Dot$/, "It was asked to show that it holds the key of this profile, and could not."],
  ])) {
    await page.locator("peer-list").getByTitle(who).first().click();
    const dialog = page.locator("person-dialog dialog");
    await dialog.getByText(proof).waitFor();
    await dialog.getByRole("button", { name: "Copy session id" }).click();
    // What was done is said in front of the dialog, and inside of it, where alone it is read out.
    await page.locator("status-toasts:popover-open").getByText("Session id copied.").waitFor();
    await dialog.getByRole("status").getByText("Session id copied.").waitFor({ state: "attached" });
    await page.keyboard.press("Escape");
  }
  assert.deepEqual(await asked(page, "copy"), [{ text: "peer-Boxxxxxxxxxxxxx" }, { text: "peer-Dotxxxxxxxxxxxx" }]);
  assert.deepEqual(faults, []);
  await close();
});

test("a private talk outlives the session: who comes back goes on in it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "direct");
  await page.getByText("here now").first().waitFor();
  await page.locator("direct-talk:not([hidden]) typing-line").getByText("is writing").waitFor();
  await tell(page, { kind: "peerLeft", room: "harbour", peerId: "peer-Boxxxxxxxxxxxxx" });
  await page.getByText("What you write waits until they come back.").waitFor();
  await tell(page, { kind: "directChanged", room: "harbour", direct: { with: "profile:user-Bo", name: "Bo", peerId: "bo-again", animalName: "Precious Egret", imitates: null } });
  await tell(page, {
    kind: "peerJoined", room: "harbour",
    peer: {
      peerId: "bo-again", userId: "user-Bo", name: "Bo", customName: "Bo", animalName: "Precious Egret", verified: true,
      verification: "verified", native: true, path: "direct", typing: false, person: "profile:user-Bo", standing: "normal",
      slowed: false, imitates: null, keyChanged: false, talks: true,
    },
  });
  await page.getByText("What you write waits until they come back.").waitFor({ state: "hidden" });
  await page.locator(".line", { hasText: "is the late boat really full" }).waitFor();
  assert.equal(await page.locator("room-list .direct").count(), 1);
  assert.deepEqual(faults, []);
  await close();
});

test("a talk goes on with whoever it turns out to be with, and what was being written goes along", async () => {
  const { page, faults, close } = await open(browser, server.origin, "direct");
  await page.keyboard.type("half a thought");
  const { line } = lineFrom("said before");
  await tell(page, {
    kind: "directMoved",
    room: "harbour",
    from: "profile:user-Bo",
    talk: {
      direct: { with: "profile:user-Bob", name: "Bob", peerId: null, animalName: "Precious Egret", imitates: null },
      entries: [{ kind: "line", line }],
      unread: { lines: 0, mentions: 0 },
      typing: false,
    },
  });
  await page.getByRole("heading", { level: 1, name: "Bob" }).waitFor();
  await page.locator("direct-talk .line", { hasText: "said before" }).waitFor();
  assert.equal(await page.locator("room-list .direct").count(), 1);
  assert.equal(await page.locator("direct-talk").count(), 1);
  assert.equal(await page.locator("direct-talk").getByRole("textbox", { name: "Message" }).inputValue(), "half a thought");
  assert.deepEqual((await asked(page, "look")).at(-1), { room: "harbour", with: "profile:user-Bob" });
  assert.deepEqual(faults, []);
  await close();
});

test("a person is muted at once, blocked after a question, and both can be undone", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await page.locator("peer-list").getByRole("button", { name: /Mallory/ }).click();
  const dialog = page.getByRole("dialog", { name: "Mallory" });
  await dialog.getByRole("button", { name: "Mute" }).click();
  await dialog.getByText("You muted this person.").waitFor();
  await dialog.getByRole("button", { name: "Unmute" }).waitFor();
  await page.keyboard.press("Escape");
  assert.match(await focused(page), /Mallory/, "the row that changed meanwhile has the focus again");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Block" }).click();
  const question = page.getByRole("dialog", { name: "Block Mallory?" });
  await question.getByText("has not proved who they are").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await asked(page, "judge")).length, 1);

  await page.locator("peer-list").getByRole("button", { name: /Mallory/ }).click();
  await dialog.getByRole("button", { name: "Block" }).click();
  await question.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("You blocked Mallory").waitFor();
  await page.locator("peer-list").getByRole("button", { name: /Mallory/ }).waitFor({ state: "detached" });
  await untilFocused(page, /Ann/);
  await page.getByRole("button", { name: "Unblock Mallory" }).press("Enter");
  await page.getByRole("button", { name: "Unblock Mallory" }).waitFor({ state: "detached" });
  assert.match(await focused(page), /Ann|Unmute|Unblock/);
  assert.deepEqual((await asked(page, "judge")).map(({ standing }) => standing), ["muted", "blocked", "normal"]);
  assert.deepEqual(faults, []);
  await close();
});

test("somebody is marked as known, and as a stranger again; who is not verified cannot be", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const known = page.getByRole("dialog").getByRole("switch", { name: "I know this person" });
  await page.locator("peer-list").getByRole("button", { name: /Bo/ }).first().click();
  await known.check();
  await page.getByText(/^You know Bo( \(.*\))?\.$/).last().waitFor();
  await known.uncheck();
  await page.getByText(/^Bo.* is no longer marked as known\.$/).last().waitFor();
  assert.deepEqual((await asked(page, "judge")).map(({ standing }) => standing), ["known", "normal"]);
  await page.keyboard.press("Escape");
  await page.locator("peer-list").getByRole("button", { name: /Mallory/ }).click();
  assert.equal(await known.isDisabled(), true);
  await page.getByText("Only somebody whose identity is verified can be marked").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("who calls themselves as oneself is called is told apart everywhere", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const peer = { ...dee, peerId: "peer-youxxxxxxxxxxxx", userId: "user-you", name: "You", customName: "You", animalName: "Sly Newt", person: "profile:user-you" };
  await tell(page, { kind: "peerJoined", room: "harbour", peer });
  await tell(page, { kind: "noticeAdded", room: "harbour", notice: { id: 90_001, time: Date.now(), what: { kind: "joined", name: "You" } } });
  await page.locator(`${HERE} .notice`, { hasText: "You (Sly Newt) came in" }).waitFor();
  await tell(page, lineFrom("it is me", { author: "You", authorId: "user-you", peerId: peer.peerId, animalName: "Sly Newt" }));
  await page.locator(`${HERE} .line.other`, { hasText: "it is me" }).getByText("(Sly Newt)").waitFor();
  await tell(page, { kind: "typingChanged", room: "harbour", peerId: peer.peerId, direct: false, typing: true });
  await page.locator(`${HERE} typing-line`).getByText("You (Sly Newt)").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("two who meet in a silent room read that nothing was said, and alone one reads that words wait", async () => {
  const { page, faults, close } = await open(browser, server.origin, "empty");
  await page.getByText("You are the first one here").waitFor();
  await tell(page, { kind: "peerJoined", room: "quiet-harbour-42", peer: dee });
  await page.getByText("Nothing has been said since you came.").waitFor();
  await tell(page, { ...lineFrom("hello", { own: true, delivery: delivery(0, 0) }), room: "quiet-harbour-42" });
  await page.getByText("Nothing has been said since you came.").waitFor({ state: "hidden" });
  await tell(page, { kind: "peerLeft", room: "quiet-harbour-42", peerId: dee.peerId });
  await page.getByText("What you write waits for whoever comes in next.").waitFor();
  await page.locator(".line.own", { hasText: "hello" }).getByText("It goes to whoever comes in next.").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("the rules of a room are switches in its menu", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.getByRole("button", { name: "More", exact: true }).press("Enter");
  const menu = page.getByRole("dialog", { name: "This room" });
  await menu.getByRole("switch", { name: "Slow mode for people you do not know" }).press("Space");
  await menu.getByRole("switch", { name: "No links or media from people you do not know" }).press("Space");
  await menu.getByRole("switch", { name: "Mute this room" }).press("Space");
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "hidden" });
  assert.deepEqual(await asked(page, "set_rules"), [
    { room: "harbour", rules: { slow: true, plainStrangers: false, autoMedia: false } },
    { room: "harbour", rules: { slow: true, plainStrangers: true, autoMedia: false } },
  ]);
  assert.deepEqual(await asked(page, "mute_room"), [{ room: "harbour", muted: true }]);
  assert.deepEqual(faults, []);
  await close();
});

test("a picture comes only after it was said from where, and a video opens in the browser", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const start = page.url();
  const card = page.getByRole("link", { name: /pier\.png.*Picture at pictures\.example/ });
  await card.click();
  const question = page.getByRole("dialog", { name: "Load this picture?" });
  await question.getByText("pictures.example", { exact: true }).waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await asked(page, "load_remote"), []);
  await card.press("Enter");
  await question.getByRole("button", { name: "Load picture" }).press("Enter");
  await page.getByRole("img", { name: "https://pictures.example/pier.png" }).waitFor();
  assert.deepEqual(await asked(page, "load_remote"), [{ url: "https://pictures.example/pier.png" }]);

  // It stays, also where the message is drawn anew, and says where it came from.
  await page.locator(`${HERE} .line`, { hasText: "The pier, from the water" }).focus();
  await page.keyboard.press("a");
  await page.keyboard.type("otter");
  await page.getByRole("option", { name: "otter", selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /🦦 1 Ann/ }).waitFor();
  await page.getByRole("img", { name: "https://pictures.example/pier.png" }).waitFor();
  await page.getByRole("link", { name: "From pictures.example" }).click();
  await page.getByRole("dialog", { name: "Open this link?" }).getByText("https://pictures.example/pier.png").waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: /Video at www\.youtube\.com/ }).click();
  await page.getByRole("dialog", { name: "Open this link?" }).getByText("www.youtube.com", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Open in browser" }).click();
  assert.deepEqual(await asked(page, "open_link"), [{ url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" }]);
  assert.equal(page.url(), start);
  assert.deepEqual(faults, []);
  await close();
});

test("a picture that does not come says why on its card, where it can be tried again", async () => {
  const { page, faults, close } = await open(browser, server.origin, "cards");
  const load = page.getByRole("button", { name: "Load picture" });
  for (const [card, why] of /** @type {const} */ ([["missing", "The site cannot be reached."], ["huge", "It is too large to be shown here."]])) {
    const link = page.locator(`${HERE} a[href*=${card}]`);
    await link.press("Enter");
    await load.press("Enter");
    await link.getByText(`${why} Click to try again.`).waitFor();
    await untilFocused(page, new RegExp(card));
  }
  await page.locator(`${HERE} a[href*=missing]`).press("Enter");
  await page.keyboard.press("Escape");
  await untilFocused(page, /missing/);
  assert.equal((await asked(page, "load_remote")).length, 2);

  const slow = page.locator(`${HERE} a[href*=slow]`);
  await slow.click();
  await page.getByText("This address is written so that it can be mistaken").waitFor();
  await load.click();
  await slow.getByText("Loading from xn--").waitFor();
  await slow.press("Enter");
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal((await asked(page, "load_remote")).length, 3);
  assert.deepEqual(faults, []);
  await close();
});

test("where one touches, a tap on a line offers what can be done with it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk", {
    viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true,
  });
  await page.locator(`${HERE} .line`, { hasText: "She never leaves" }).locator(".body").tap();
  await page.getByRole("toolbar", { name: "The message of Bo" }).getByRole("button", { name: "Reply" }).tap();
  await page.getByText("Replying to Bo").waitFor();
  await page.getByRole("button", { name: "More", exact: true }).tap();
  await page.getByRole("dialog", { name: "This room" }).getByRole("button", { name: "Leave" }).tap();
  await page.getByRole("dialog", { name: "Leave harbour?" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("drafts wait in each place, also in a private talk", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await composer(page).fill("to all");
  await page.keyboard.press("Alt+ArrowDown");
  await page.getByRole("heading", { level: 1, name: "Bo" }).waitFor();
  assert.equal(await composer(page).inputValue(), "");
  await composer(page).fill("to Bo");
  await page.keyboard.press("Alt+ArrowUp");
  assert.equal(await composer(page).inputValue(), "to all");
  await page.keyboard.press("Alt+ArrowDown");
  assert.equal(await composer(page).inputValue(), "to Bo");
  assert.deepEqual(faults, []);
  await close();
});

test("what is said to us alone can be sent again when it did not arrive", async () => {
  const { page, faults, close } = await open(browser, server.origin, "away");
  await page.getByText("What you write waits until they come back.").waitFor();
  const line = page.locator(".line.own", { hasText: "Gate four" });
  await line.getByText("they get it when they come back").waitFor();
  assert.equal(await line.getByRole("button", { name: "Send again" }).count(), 0, "there is nobody to send it to");
  await tell(page, { ...lineFrom("still on the pier?", { own: true, delivery: delivery(0, 1) }), with: "profile:user-Dee" });
  const waiting = page.locator(".line.own", { hasText: "still on the pier" });
  await waiting.getByText("It waits until they come back.").waitFor();

  await tell(page, { kind: "peerJoined", room: "harbour", peer: dee });
  await waiting.getByText("Sending…").waitFor();
  await line.getByRole("button", { name: "Send again" }).press("Enter");
  await page.getByText("It goes again to everyone here who did not have it.").waitFor();
  await line.getByText("Received", { exact: true }).waitFor();
  assert.equal((await asked(page, "resend")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("a link that is not what it seems is left by a stray Enter, and one that is goes on", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const link = (/** @type {string} */ url, /** @type {string} */ shown) =>
    lineFrom(`to ${shown}`, { html: `<p><a class="link" target="_blank" href="${url}" rel="noopener noreferrer nofollow">${shown}</a></p>` });
  await tell(page, link("https://evil.example/login", "https://bank.example/"), link("https://harbour.example/boats", "the boats"));
  const dialog = page.getByRole("dialog", { name: "Open this link?" });
  await page.getByRole("link", { name: "https://bank.example/" }).press("Enter");
  await dialog.getByText("The text of the link named another place.").waitFor();
  assert.match(await focused(page), /^Cancel/);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(await asked(page, "open_link"), []);
  await page.getByRole("link", { name: "the boats" }).press("Enter");
  await dialog.waitFor();
  assert.match(await focused(page), /^Open in browser/);
  await page.keyboard.press("Enter");
  assert.deepEqual(await asked(page, "open_link"), [{ url: "https://harbour.example/boats" }]);
  assert.deepEqual(faults, []);
  await close();
});

test("who goes by one's own name, or by what one is oneself called, is flagged as that", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const says = /** @type {const} */ ([
    [{ kind: "ours" }, "Looks like your name", "This name looks like yours."],
    [{ kind: "oneself" }, "Reads as “you”", "This name reads as if it were you."],
  ]);
  for (const [imitates, short, whole] of says) {
    await page.evaluate((imitates) => {
      const { tell } = /** @type {any} */ (window).pretended;
      tell({ kind: "peerJoined", room: "harbour", wasThere: false, peer: {
        peerId: "peer-likexxxxxxxxxxx", userId: "user-like", name: "Like", customName: "Like", animalName: "Sly Newt", verified: true,
        verification: "verified", native: false, path: "direct", typing: false, person: "profile:user-like", standing: "normal",
        known: false, slowed: false, imitates, keyChanged: false, talks: false, proof: "none", publicKey: null, fingerprint: null,
      } });
    }, imitates);
    const row = page.locator("peer-list li", { hasText: "Like" });
    await row.getByText(short).waitFor();
    await row.getByText(whole).waitFor({ state: "attached" });
  }
  assert.deepEqual(faults, []);
  await close();
});

test("who goes by a name like another's is flagged in what they say and where they came, and both are told apart", async () => {
  const { page, faults, close } = await open(browser, server.origin, "lookalike");
  const line = page.locator(`${HERE} .line`, { hasText: "No, at ten" });
  const real = page.locator(`${HERE} .line`, { hasText: "The boat leaves at nine" });
  await line.locator("header").getByText("Looks like Bo").waitFor();
  assert.equal(await line.locator("header").textContent(), "Во (Sly Newt) Looks like Bo");
  assert.equal(await real.locator("header").textContent(), "Bo (Precious Egret)");
  assert.equal(await page.locator(`${HERE} .line`, { hasText: "I am there" }).locator("header").textContent(), "Sly Fox");
  await page.locator(`${HERE} .notice`, { hasText: "Sly Newt is now Во (Sly Newt)" }).getByText("looks like that of Bo, who had it first").waitFor();
  assert.equal(await page.locator(`${HERE} .notice`, { hasText: "Bo came in" }).getByText("looks like").count(), 0);

  // What was said stays flagged when they are gone, also where it is drawn anew.
  const key = Number(await line.getAttribute("data-key"));
  await tell(page, { kind: "peerLeft", room: "harbour", peerId: "peer-Воxxxxxxxxxxxxx" });
  await page.locator("peer-list").getByRole("button", { name: /Во/ }).waitFor({ state: "detached" });
  await page.evaluate((key) => /** @type {any} */ (window).__TAURI__.core.invoke("react", { room: "harbour", line: key, emoji: "🦦", on: true }), key);
  await line.getByRole("button", { name: /🦦/ }).waitFor();
  await line.locator("header").getByText("Looks like Bo").waitFor();

  // Somebody who turns out to look like another later is flagged from then on.
  await tell(page, { kind: "noticeAdded", room: "harbour", notice: { id: 9_001, time: Date.now(), what: { kind: "renamed", peerId: "yak", from: "Kind Yak", to: "Slу Fox" } } });
  const late = page.locator(`${HERE} .notice`, { hasText: "Kind Yak is now" });
  await late.waitFor();
  assert.equal(await late.getByText("looks like").count(), 0);
  await tell(page, {
    kind: "peerJoined", room: "harbour",
    peer: {
      peerId: "yak", userId: "user-yak", name: "Slу Fox", customName: "Slу Fox", animalName: "Kind Yak", verified: true,
      verification: "verified", native: false, path: "direct", typing: false, person: "profile:user-yak", standing: "normal",
      slowed: false, imitates: { kind: "person", name: "Sly Fox" }, keyChanged: false, talks: false, proof: "none", publicKey: null, fingerprint: null,
    },
  });
  await late.getByText("looks like that of Sly Fox").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("a line stays flagged, or not, as it was when it was said, whatever its author is called now", async () => {
  const { page, faults, close } = await open(browser, server.origin, "lookalike");
  const flagged = page.locator(`${HERE} .line`, { hasText: "No, at ten" });
  const copy = {
    peerId: "peer-Воxxxxxxxxxxxxx", userId: "user-Во", name: "Cleo", customName: "Cleo", animalName: "Sly Newt", verified: true,
    verification: "verified", native: false, path: "direct", typing: false, person: "profile:user-Во", standing: "normal",
    known: false, slowed: false, imitates: null, keyChanged: false, talks: false, proof: "none", publicKey: null, fingerprint: null,
  };
  const from = { peerId: copy.peerId, authorId: copy.userId, author: "Cleo", animalName: "Sly Newt" };
  await tell(page, { kind: "peerChanged", room: "harbour", peer: copy }, lineFrom("an honest line", from));
  const honest = page.locator(`${HERE} .line`, { hasText: "an honest line" });
  await honest.waitFor();
  assert.equal(await flagged.locator("header").textContent(), "Во (Sly Newt) Looks like Bo");
  assert.equal(await honest.locator("header").textContent(), "Cleo");

  await tell(page, { kind: "peerChanged", room: "harbour", peer: { ...copy, name: "Во", customName: "Во", imitates: { kind: "person", name: "Bo" } } });
  await page.locator("peer-list").getByText("Looks like Bo").waitFor();
  assert.equal(await honest.locator("header").textContent(), "Cleo");
  assert.equal(await flagged.locator("header").textContent(), "Во (Sly Newt) Looks like Bo");

  // Whoever had the name before, under which somebody else came, is not accused.
  const what = { kind: "renamed", from: "Anna", to: "Cleo", peerId: "the-real-one" };
  await tell(
    page,
    { kind: "noticeAdded", room: "harbour", notice: { id: 9_100, time: Date.now(), what } },
    { kind: "peerChanged", room: "harbour", peer: { ...copy, imitates: { kind: "person", name: "Cleo" } } },
  );
  const notice = page.locator(`${HERE} .notice`, { hasText: "Anna is now Cleo" });
  await notice.waitFor();
  await page.locator("peer-list").getByText("Looks like Cleo").waitFor();
  assert.equal(await notice.getByText("looks like").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("in the list of rooms a private talk is flagged where its name may be taken for another's, also of who is gone, and news is heard once", async () => {
  const { page, faults, close } = await open(browser, server.origin, "lookalike");
  const direct = { with: "profile:user-Во", name: "Во", peerId: "peer-Воxxxxxxxxxxxxx", animalName: "Sly Newt", imitates: { kind: "person", name: "Bo" } };
  await tell(page, { kind: "directChanged", room: "harbour", direct }, { kind: "unreadChanged", room: "harbour", with: direct.with, unread: { lines: 1, mentions: 1 } });
  const row = page.locator("room-list .direct");
  await row.getByText("Looks like Bo").waitFor();
  assert.match(await row.ariaSnapshot(), /button "[^"]*Во \(Sly Newt\) Looks like Bo here now 1 new private message"/);

  await tell(page, { kind: "peerLeft", room: "harbour", peerId: direct.peerId }, { kind: "directChanged", room: "harbour", direct: { ...direct, peerId: null } });
  await row.locator(".presence", { hasText: "away" }).waitFor();
  await row.getByText("Looks like Bo").waitFor();
  await row.click();
  const header = page.locator("direct-talk:not([hidden]) .room-header");
  await header.getByText("Looks like Bo").waitFor();
  assert.equal(await header.locator("h1").textContent(), "Во (Sly Newt)");
  assert.deepEqual(faults, []);
  await close();
});

test("the time of a short line stands beside its words, however wide the name above them", async () => {
  const { page, faults, close } = await open(browser, server.origin, "lookalike");
  await tell(page, lineFrom("ok", { author: "A name as wide as names can be", imitates: { kind: "person", name: "Bo" } }));
  const line = page.locator(`${HERE} .line`, { hasText: "ok" }).last();
  await line.waitFor();
  const [bubble, time] = await Promise.all([line.locator(".bubble").boundingBox(), line.locator("time").boundingBox()]);
  assert.ok(bubble && time && time.x - (bubble.x + bubble.width) < 20, JSON.stringify([bubble, time]));
  assert.deepEqual(faults, []);
  await close();
});

test("whoever is alone with somebody of another password reads so, and can invite others", async () => {
  const { page, faults, close } = await open(browser, server.origin, "otherPassword");
  await page.locator(HERE).getByText("Nobody you can talk to is here yet").waitFor();
  await page.locator(`${HERE} talk-view`).getByRole("button", { name: "Invite" }).click();
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("no two people in a room have one colour, as long as there are enough", async () => {
  const { page, faults, close } = await open(browser, server.origin, "crowd");
  const tints = await page.locator("peer-list .badge").evaluateAll((all) => all.map((it) => it.dataset["tint"]));
  assert.equal(new Set(tints.slice(0, 12)).size, 12);
  const said = await page.locator(`${HERE} .author`).evaluateAll((all) => all.map((it) => `${it.textContent} ${it.dataset["tint"]}`));
  assert.equal(new Set(said).size, 7, "and each keeps theirs");
  assert.equal(new Set(said.map((it) => it.split(" ").at(-1))).size, 7);
  assert.deepEqual(faults, []);
  await close();
});

test("what can be done with a line stands beside its words, and goes where the line goes", async () => {
  for (const width of [1280, 360]) {
    const { page, faults, close } = await open(browser, server.origin, "talk", { viewport: { width, height: 700 } });
    const bar = page.locator("chat-room:not([hidden]) > .conversation line-actions");
    const isOver = () =>
      bar.evaluate((it) => {
        const box = it.getBoundingClientRect();
        const over = [...document.querySelectorAll("chat-room:not([hidden]) > .conversation .body > *")].filter((other) => {
          // Of a long message, the rest is folded away.
          const shown = other.parentElement?.getBoundingClientRect().bottom ?? 0;
          const range = document.createRange();
          range.selectNodeContents(other);
          return [...range.getClientRects()].some(
            (words) => words.left < box.right - 1 && words.right > box.left + 1 && words.top < Math.min(shown, box.bottom - 1) && words.bottom > box.top + 1,
          );
        });
        return { over: over.map((other) => other.textContent), cut: box.left < 0 || box.right > innerWidth };
      });
    for (const text of ["She never leaves", "Who brings the dog", "And a towel", "Then nine it is", "I do. He owes me one", "1. Bring what is"]) {
      await page.locator("chat-room:not([hidden]) > .conversation .line", { hasText: text }).first().locator(".body").hover({ position: { x: 5, y: 5 } });
      await bar.waitFor();
      assert.deepEqual(await isOver(), { over: [], cut: false }, `${text} at ${width} px`);
    }
    const line = page.locator("chat-room:not([hidden]) > .conversation .line", { hasText: "Then nine it is" });
    await page.mouse.move(0, 0);
    await line.focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    await bar.waitFor();
    const from = () =>
      line.evaluate((it) => {
        const [box, bar] = [it.querySelector(".bubble"), document.querySelector("chat-room:not([hidden]) > .conversation line-actions")].map((part) => part?.getBoundingClientRect());
        return [Math.round((bar?.top ?? 0) - (box?.top ?? 0)), Math.round((bar?.left ?? 0) - (box?.left ?? 0))];
      });
    const before = await from();
    // Something above it grows.
    await page.evaluate(() => document.querySelector("chat-room:not([hidden]) .fold button")?.dispatchEvent(new MouseEvent("click", { bubbles: true })));
    await page.getByText("BUY SHELLS 3", { exact: true }).waitFor();
    await page.waitForFunction(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))));
    assert.deepEqual(await from(), before);
    await page.setViewportSize({ width: 340, height: 700 });
    await page.waitForFunction(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))));
    assert.equal((await isOver()).cut, false);
    assert.deepEqual(faults, []);
    await close();
  }
});

test("code without anything in it says so, and offers nothing to copy", async () => {
  const { page, faults, close } = await open(browser, server.origin, "lookalike");
  const block = page.locator(`${HERE} .code`);
  assert.equal(await block.locator("pre").evaluate((it) => getComputedStyle(it, "::before").content), '"Nothing between the marks for code"');
  assert.equal(await block.getByRole("button").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});
