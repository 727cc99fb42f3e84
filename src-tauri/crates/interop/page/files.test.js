/** What people do with files: share them, fetch them, look at them, and keep away from bad ones. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, serve } from "./browser.js";
import { asked, focused, tell } from "./steps.js";

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

const HERE = "chat-room:not([hidden]) > .conversation:not([hidden])";

/** @param {import("playwright-core").Page} page @param {string} name a part of it */
const card = (page, name) => page.locator(`${HERE} share-card`, { has: page.locator(`.name[title*="${name}"]`) });

test("by keyboard: files are chosen, made ready, offered, and taken back after being asked", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.keyboard.press("Control+u");
  const offered = card(page, "timetable.pdf");
  await offered.getByText("You share this").waitFor();
  await offered.getByText("Nobody has fetched it yet").waitFor();
  assert.deepEqual(await asked(page, "pick_files"), [{ folder: false }]);
  assert.deepEqual(await asked(page, "share_chosen"), [{ room: "harbour", chosen: 1 }]);

  await offered.getByRole("button", { name: "Stop sharing" }).press("Enter");
  const question = page.getByRole("dialog", { name: "Stop sharing this?" });
  await question.getByRole("button", { name: "Go on sharing" }).click();
  assert.deepEqual(await asked(page, "unshare"), []);
  await offered.getByRole("button", { name: "Stop sharing" }).click();
  await question.getByRole("button", { name: "Stop sharing" }).press("Enter");
  await offered.getByText("You share this no longer.").waitFor();
  assert.equal(await offered.getByRole("button").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("a folder with many files is shared once one is sure, and one is told while it is made ready", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const attach = page.locator(HERE).getByRole("button", { name: "Share files" });
  await attach.click();
  await page.getByRole("dialog", { name: "Share with everyone in this room" }).getByRole("button", { name: "A folder…" }).click();
  const question = page.getByRole("dialog", { name: "Share all of this?" });
  await question.getByText("214 files, 900 MB together, with everyone in harbour.").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await asked(page, "share_chosen"), []);
  await attach.click();
  await page.getByRole("button", { name: "A folder…" }).click();
  await question.getByRole("button", { name: "Share" }).click();
  const above = page.locator(`${HERE} .above transfer-list`);
  await above.getByText("Being made ready…").waitFor();
  await above.waitFor({ state: "hidden" });
  await card(page, "Photos of the harbour").getByText("Folder with 214 files · 900 MB").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("what is offered is saved with one press, shows how far it is, and can then be opened", async () => {
  const { page, faults, close } = await open(browser, server.origin, "shares");
  const offered = card(page, "timetable.pdf");
  await offered.getByRole("button", { name: "Save" }).press("Enter");
  await offered.getByRole("progressbar", { name: "How much of timetable.pdf is here" }).waitFor();
  await offered.getByText("Saved in /home/ann/Downloads", { exact: true }).waitFor();
  assert.match(await offered.getByRole("status").textContent() ?? "", /timetable\.pdf is saved\./);
  await offered.getByRole("button", { name: "Open" }).click();
  await offered.getByRole("button", { name: "Show in folder" }).click();
  const [{ key }] = await asked(page, "fetch_share");
  assert.deepEqual(await asked(page, "open_file"), [{ room: "harbour", key, file: 0 }]);
  assert.deepEqual(await asked(page, "reveal_file"), [{ room: "harbour", key, file: 0 }]);
  assert.deepEqual(faults, []);
  await close();
});

test("what comes is paused, goes on and is called off, on its card and in the list of all rooms", async () => {
  const { page, faults, close } = await open(browser, server.origin, "shares");
  const film = card(page, "The crossing");
  const bar = film.getByRole("progressbar");
  assert.equal(await bar.getAttribute("aria-valuenow"), "42");
  await film.getByText("604 MB of 1.4 GB · 11 MB a second · 72 seconds left").waitFor();
  await film.getByRole("button", { name: "Pause" }).press("Enter");
  await film.getByText("Paused").first().waitFor();
  // Whoever pressed one goes on from there.
  assert.match(await focused(page), /Go on/);
  const list = page.locator("#rooms-pane transfer-list");
  await list.getByRole("button", { name: /^Go on with The crossing/ }).click();
  await film.getByRole("button", { name: "Pause" }).waitFor();
  await list.getByRole("button", { name: "Cancel minutes.odt" }).click();
  await list.getByText("minutes.odt").waitFor({ state: "detached" });
  await film.getByRole("button", { name: "Cancel" }).click();
  const question = page.getByRole("dialog", { name: "Throw away what came?" });
  await question.getByRole("button", { name: "Throw away" }).press("Enter");
  await film.getByRole("button", { name: "Save" }).waitFor();
  assert.equal((await asked(page, "cancel_share")).length, 2);
  assert.deepEqual(faults, []);
  await close();
});

test("progress is not read out, and what is played goes on while it is told of", async () => {
  const { page, faults, close } = await open(browser, server.origin, "shares");
  const horn = card(page, "horn.ogg");
  await horn.getByRole("button", { name: "Play" }).click();
  const audio = horn.locator("audio");
  await audio.waitFor();
  const isSame = await audio.evaluate((it) => {
    /** @type {any} */ (window).played = it;
    return it.closest("article")?.dataset["key"];
  });
  const [line] = await page.evaluate(() => /** @type {any} */ (window).pretended.calls.filter((/** @type {any} */ it) => it.command === "show_share"));
  assert.ok(isSame && line);
  await tell(page, { kind: "roomChanged", room: "harbour", muted: false, rules: { slow: false, plainStrangers: false, autoMedia: true } });
  assert.equal(await audio.evaluate((it) => it === /** @type {any} */ (window).played && it.isConnected), true);
  assert.equal(await audio.evaluate((it) => new URL(it.getAttribute("src") ?? "").protocol), "blob:");
  for (const changing of await page.locator(`${HERE} share-card .changing`).all()) assert.equal(await changing.getAttribute("aria-live"), "off");
  assert.deepEqual(faults, []);
  await close();
});

test("what is shown is shown again after the page was drawn anew, and after another language was chosen", async () => {
  const { page, faults, close } = await open(browser, server.origin, "sharesAnew");
  await card(page, "pier.png").getByRole("img", { name: "Picture: pier.png" }).waitFor();
  await page.locator("button[data-page=settings]").click();
  await page.locator("#settings-language").selectOption("es");
  await page.getByText("harbour", { exact: true }).first().click();
  await card(page, "pier.png").getByRole("img", { name: "Imagen: pier.png" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("what is played begins with one press, and can be put away and taken out again", async () => {
  const { page, faults, close } = await open(browser, server.origin, "shares");
  const horn = card(page, "horn.ogg");
  await page.evaluate(() => {
    /** @type {any} */ (window).begun = 0;
    HTMLMediaElement.prototype.play = async () => void (/** @type {any} */ (window).begun++);
  });
  await horn.getByRole("button", { name: "Play" }).press("Enter");
  await horn.locator("audio").waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).begun), 1);
  assert.match(await horn.getByRole("status").textContent() ?? "", /horn\.ogg is shown here\./);
  await horn.getByRole("button", { name: "Hide" }).press("Enter");
  await horn.locator("audio").waitFor({ state: "detached" });
  assert.equal(await horn.locator(".media").isVisible(), false);
  await horn.getByRole("button", { name: "Play" }).press("Enter");
  await horn.locator("audio").waitFor();
  assert.equal((await asked(page, "show_share")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("several files are called by their number, and listed with their sizes; what is too large to play says so", async () => {
  const { page, faults, close } = await open(browser, server.origin, "sharesSets");
  const set = card(page, "3 files: pier.png");
  await set.getByText("1.1 MB together").waitFor();
  assert.deepEqual(await set.locator(".files li").allTextContents(), ["pier.png 500 kB", "boat.png 400 kB", "gull.png 200 kB"]);
  const folder = card(page, "Harbour songs");
  assert.equal(await folder.locator(".files > ul > li").count(), 4);
  await folder.getByText("19 more files").click();
  await folder.getByText("23 The ferryman.mp3").waitFor();
  // What a browser offers promises nothing: neither one film nor its size is made up.
  const unknown = card(page, "film.mp4");
  await unknown.getByText("What and how many is known once it is fetched").waitFor();
  assert.doesNotMatch(await unknown.locator(".facts").textContent() ?? "", /film/i);
  const large = card(page, "whole crossing.mkv");
  await large.getByText("Too large to be shown or played here. Save it").waitFor();
  assert.equal(await large.getByRole("button", { name: "Play" }).count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("leaving a room says what stops with it, and closing the app asks only while something moves", async () => {
  const { page, faults, close } = await open(browser, server.origin, "shares");
  await page.getByRole("button", { name: "Leave", exact: true }).first().click();
  const leaving = page.getByRole("dialog", { name: "Leave harbour?" });
  await leaving.getByText("2 people are fetching pictures from you.").waitFor();
  await leaving.getByText("You are fetching The crossing").waitFor();
  await leaving.getByText("What you share there can then no longer be fetched from you.").waitFor();
  await leaving.getByText("Its messages are kept nowhere").waitFor();
  await leaving.getByRole("button", { name: "Stay" }).press("Enter");

  await tell(page, { kind: "endAsked" });
  const ending = page.getByRole("dialog", { name: "Close Chitchatter now?" });
  await ending.getByText("2 people are fetching pictures from you.").waitFor();
  assert.equal((await asked(page, "hold_end")).length, 1);
  // Pressed again, it is one question still.
  await tell(page, { kind: "endAsked" });
  assert.match(await focused(page), /Stay/);
  await page.keyboard.press("Enter");
  await ending.waitFor({ state: "hidden" });
  assert.deepEqual(await asked(page, "quit"), []);
  await tell(page, { kind: "endAsked" });
  await ending.getByRole("button", { name: "Close" }).click();
  await page.waitForFunction(() => /** @type {any} */ (window).pretended.calls.some((/** @type {any} */ it) => it.command === "quit"));
  assert.deepEqual(faults, []);
  await close();

  const still = await open(browser, server.origin, "busy");
  await tell(still.page, { kind: "endAsked" });
  await still.page.waitForFunction(() => /** @type {any} */ (window).pretended.calls.some((/** @type {any} */ it) => it.command === "quit"));
  assert.deepEqual(still.faults, []);
  await still.close();
});

test("files that were copied are shared once one is sure, and words that look like paths are words", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.locator(HERE).getByRole("textbox", { name: "Message" });
  const paste = (/** @type {string} */ text) =>
    box.evaluate((it, text) => {
      /** @type {HTMLTextAreaElement} */ (it).focus();
      const data = new DataTransfer();
      data.setData("text/plain", text);
      it.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  await page.evaluate(() => /** @type {any} */ (window).pretended.copied("report.pdf"));
  await paste("/home/ann/report.pdf");
  const question = page.getByRole("dialog", { name: "Share what you copied?" });
  await question.getByText("report.pdf, 2.3 MB, with everyone in harbour.").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await asked(page, "share_chosen"), []);
  await paste("/home/ann/report.pdf");
  await question.getByRole("button", { name: "Share" }).press("Enter");
  await card(page, "report.pdf").getByText("You share this").waitFor();
  assert.equal(await box.inputValue(), "");
  await page.evaluate(() => /** @type {any} */ (window).pretended.copied(null));
  await paste("/etc/hosts");
  await page.waitForFunction(() => [...document.querySelectorAll("textarea")].some((it) => it.value === "/etc/hosts"));
  assert.deepEqual(faults, []);
  await close();
});

test("pictures show themselves only where that was chosen, only small ones, and only of people who are verified", async () => {
  const { page, faults, close } = await open(browser, server.origin, "sharesShown");
  await card(page, "pier.png").getByRole("img", { name: "Picture: pier.png" }).waitFor();
  for (const name of ["stranger.png", "large.png"]) {
    await card(page, name).getByText("Not fetched").waitFor();
    assert.equal(await card(page, name).locator(".media img").count(), 0);
  }
  assert.equal((await asked(page, "show_share")).length, 1);
  await card(page, "stranger.png").getByRole("button", { name: "Show" }).click();
  const shown = card(page, "stranger.png").getByRole("img", { name: "Picture: stranger.png" });
  await shown.waitFor();
  assert.ok(await shown.evaluate((it) => it instanceof HTMLImageElement && it.naturalWidth > 0));

  const other = await open(browser, server.origin, "shares");
  assert.deepEqual(await asked(other.page, "show_share"), []);
  assert.deepEqual([...faults, ...other.faults], []);
  await other.close();
  await close();
});

test("a hostile name turns nothing around, keeps its ending in sight, and is not opened", async () => {
  const { page, faults, close } = await open(browser, server.origin, "sharesEnded", { viewport: { width: 760, height: 640 } });
  const disguised = card(page, "photo_gnp.exe");
  assert.equal(await disguised.locator(".name").textContent(), "photo_gnp.exe");
  const long = card(page, "Donaudampf");
  const { head, tail } = await long.locator(".name").evaluate((it) => {
    const [head, tail] = [...it.children].map((part) => ({ text: part.textContent ?? "", cut: part.scrollWidth > part.clientWidth }));
    return { head, tail };
  });
  assert.equal(head?.cut, true);
  assert.deepEqual(tail, { text: "kapitän.jpeg", cut: false });
  // Where there is no pointer to ask for the rest of it with, all of it is there.
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await long.locator(".name").evaluate((it) => it.scrollWidth > it.clientWidth || [...it.children].some((part) => part.scrollWidth > part.clientWidth)), false);
  // Of somebody one does not know, in a room that is plain for them.
  assert.equal(await long.getByRole("img").count(), 0);
  await long.getByRole("button", { name: "Show its picture" }).click();
  await long.getByRole("img", { name: /^Small picture of Donaudampf/ }).waitFor();

  const program = card(page, "setup.exe");
  await program.getByText("This kind of file might start a program").waitFor();
  assert.deepEqual(await program.getByRole("button").allTextContents(), ["Show in folder"]);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.deepEqual(faults, []);
  await close();
});

test("what failed says why in words, and what is gone says so instead of turning for ever", async () => {
  const { page, faults, close } = await open(browser, server.origin, "sharesEnded");
  await card(page, "big film.mkv").getByText("There is not enough room on the disk: it takes 9 GB, 268 MB must stay free besides, and 1.2 GB are free.").waitFor();
  await card(page, "damaged.iso").getByText("What came is not what was promised.").waitFor();
  await card(page, "old notes.txt").getByText("No longer available: nobody who has it is here.").waitFor();
  await card(page, "taken back.txt").getByText("No longer available: it was taken back.").waitFor();
  for (const name of ["old notes.txt", "taken back.txt", "no more.txt"]) assert.equal(await card(page, name).getByRole("button").count(), 0, name);
  const part = card(page, "taken back.iso");
  await part.getByText("3 MB of it came.").waitFor();
  await part.getByRole("button", { name: "Throw away" }).press("Enter");
  await part.getByText("3 MB of it came.").waitFor({ state: "detached" });
  assert.equal((await asked(page, "cancel_share")).length, 1);
  assert.equal(await card(page, "mystery").getByRole("progressbar").getAttribute("aria-valuenow"), null);
  await page.locator(`${HERE} .above`).getByText("The files cannot be read.").waitFor();
  await card(page, "damaged.iso").getByRole("button", { name: "Try again" }).click();
  await card(page, "damaged.iso").getByRole("button", { name: "Pause" }).waitFor();
  await page.locator(`${HERE} .above`).getByRole("button", { name: "Take broken disk.bin off the list" }).click();
  await page.locator(`${HERE} .above transfer-list`).waitFor({ state: "hidden" });
  assert.deepEqual(faults, []);
  await close();
});

test("what is held above the window is told where it would go, and goes there when it is dropped", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  const veil = page.locator("drop-veil");
  await tell(page, { kind: "filesHovering", over: true });
  await veil.getByText("Drop to share with everyone in harbour").waitFor();
  await tell(page, { kind: "filesHovering", over: false });
  await veil.waitFor({ state: "hidden" });
  await page.evaluate(() => /** @type {any} */ (window).__TAURI__.core.invoke("pick_files", { folder: false }));
  await tell(page, { kind: "filesDropped", chosen: { id: 1, name: "timetable.pdf", files: 1, size: 2_300_000 } });
  await card(page, "timetable.pdf").getByText("You share this").waitFor();

  // A private talk is with one person, and files are for a whole room.
  await page.getByRole("button", { name: /^Bo.*3 new private messages/s }).click();
  assert.equal(await page.locator("direct-talk:not([hidden])").getByRole("button", { name: "Share files" }).count(), 0);
  await tell(page, { kind: "filesHovering", over: true });
  await veil.getByText("Files cannot be shared in a private talk").waitFor();
  await tell(page, { kind: "filesDropped", chosen: { id: 1, name: "timetable.pdf", files: 1, size: 2_300_000 } });
  await page.getByRole("alert").getByText("Files cannot be shared in a private talk").waitFor();
  await page.keyboard.press("Control+u");
  assert.equal((await asked(page, "share_chosen")).length, 1);
  assert.equal((await asked(page, "pick_files")).length, 1);

  // At home a picture may show where to go.
  await page.getByRole("button", { name: "Enter a room" }).click();
  await tell(page, { kind: "filesDropped", chosen: { id: 1, name: "code.png", files: 1, size: 2_300 } });
  await page.getByText("A link to a private room. The password is inside.").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("a picture that is pasted is shared, under a name that says when", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.locator(HERE).getByRole("textbox", { name: "Message" }).evaluate((box) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array([1, 2, 3])], "image.png", { type: "image/png" }));
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  const shared = page.locator(`${HERE} share-card`, { hasText: "Picture · 3 bytes" });
  await shared.getByText("You share this").waitFor();
  const [{ name }] = await asked(page, "hold_file");
  assert.match(decodeURIComponent(name), /^picture \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/);
  assert.deepEqual(faults, []);
  await close();
});

test("where the web view tells nothing of a picture on the clipboard, Rust looks, and of words it does not", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.locator(HERE).getByRole("textbox", { name: "Message" });
  // The keys, and no word of them from the web view.
  await box.evaluate((it) => it.dispatchEvent(new KeyboardEvent("keydown", { key: "v", ctrlKey: true, bubbles: true })));
  await page.locator(`${HERE} share-card`, { hasText: "48 kB" }).getByText("You share this").waitFor();
  await box.evaluate((it) => {
    it.dispatchEvent(new KeyboardEvent("keydown", { key: "v", ctrlKey: true, bubbles: true }));
    const data = new DataTransfer();
    data.setData("text/plain", "words");
    it.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await page.waitForTimeout(400);
  assert.equal((await asked(page, "hold_clipboard")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("a picture on the clipboard is read for a room's address on the first page, where the web view tells nothing of it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.locator("#door-room");
  await field.evaluate((it) => it.dispatchEvent(new KeyboardEvent("keydown", { key: "v", ctrlKey: true, bubbles: true })));
  await page.getByText("A link to a private room").waitFor();
  assert.equal((await asked(page, "hold_clipboard")).length, 1);
  assert.equal((await asked(page, "read_chosen_qr")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("a file is answered and marked like a message, and is neither edited nor found by its key", async () => {
  const { page, faults, close } = await open(browser, server.origin, "shares");
  const line = page.locator(`${HERE} article.own`, { hasText: "list of what to bring.txt" });
  await line.focus();
  await page.keyboard.press("e");
  await page.keyboard.press("Delete");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(await page.getByText("Changing your message").count(), 0);
  await page.keyboard.press("c");
  assert.deepEqual(await asked(page, "copy"), [{ text: "list of what to bring.txt" }]);
  await page.keyboard.press("r");
  await page.getByText("Replying to You").waitFor();
  await page.locator(`${HERE} .over`).getByText("list of what to bring.txt").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("where files are saved is chosen in the settings, and can be forgotten", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const group = page.getByRole("group", { name: "Where files are saved" });
  await group.getByText("You are asked the first time.").waitFor();
  await group.getByRole("button", { name: "Choose a folder…" }).click();
  await group.getByText("/home/ann/Shared things").waitFor();
  await group.getByRole("button", { name: "Ask me again" }).click();
  await group.getByText("You are asked the first time.").waitFor();
  const [settings] = await asked(page, "save_settings");
  assert.equal(settings.settings.downloads, null);
  assert.deepEqual(faults, []);
  await close();
});
