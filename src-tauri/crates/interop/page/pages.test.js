/** What people do at home, in the settings and on the other pages that are no room. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, serve } from "./browser.js";
import { asked, lineFrom, tell } from "./steps.js";

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

const link = { kind: "linkOpened", link: "http://localhost:3000/private/den2" };

test("a name is made up of words or as a code, and its strength is told until it is changed", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.getByLabel("Room name or link");
  await page.getByText("Strong: nobody guesses it in a lifetime.").waitFor();
  await page.getByRole("radio", { name: "Codes" }).check();
  await page.getByText("Very strong").waitFor();
  assert.match(await field.inputValue(), /^[0-9a-f-]{36}$/);
  await field.fill("tea");
  await page.getByText("Very strong").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Suggest another name" }).click();
  await page.getByText("Very strong").waitFor();
  assert.deepEqual((await asked(page, "suggest_room")).map(({ kind }) => kind), ["passphrase", "uuid", "uuid"]);
  assert.deepEqual(faults, []);
  await close();
});

test("a password is made up, shown and copied, and goes with the wish to enter", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  await page.getByLabel("Room name or link").fill("den");
  await page.getByRole("radio", { name: "Private" }).check();
  await page.getByRole("button", { name: "Make one up" }).click();
  const password = page.locator("#door-password");
  await page.getByText("Copy it before you enter").waitFor();
  assert.equal(await password.getAttribute("type"), "text");
  const made = await password.inputValue();
  await page.getByRole("button", { name: "Copy password" }).click();
  await page.getByRole("button", { name: "Enter room" }).click();
  await page.getByRole("heading", { level: 1, name: "den" }).waitFor();

  assert.deepEqual(await asked(page, "copy"), [{ text: made }]);
  assert.deepEqual((await asked(page, "join")).at(-1).request.password, made);
  assert.equal(await password.inputValue(), "");
  assert.deepEqual(faults, []);
  await close();
});

test("a QR code is read from a picture that is chosen, and shown before anything is entered", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const picture = page.locator("room-door input[type=file]");
  await picture.setInputFiles({ name: "code.png", mimeType: "image/png", buffer: Buffer.from("not really one") });
  await page.getByText("A link to a private room. The password is inside.").waitFor();
  assert.deepEqual(await asked(page, "join"), []);

  await picture.setInputFiles({ name: "big.png", mimeType: "image/png", buffer: Buffer.alloc(10 * 1024 * 1024 + 1) });
  await page.getByText("That picture is too large").waitFor();
  assert.equal((await asked(page, "read_qr")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("a picture without a QR code is said to be one", async () => {
  const { page, close } = await open(browser, server.origin, "noQrCode");
  const code = { name: "cat.png", mimeType: "image/png", buffer: Buffer.from("cat") };
  await page.locator("room-door input[type=file]").setInputFiles(code);
  await page.getByRole("alert").getByText("There is no QR code in that picture").waitFor();
  await close();
});

test("pinned rooms say where they are kept, open by a click, and can be let go", async () => {
  const { page, faults, close } = await open(browser, server.origin, "pinned");
  await page.getByText("Kept in your system’s keyring").waitFor();
  await page.getByRole("button", { name: /^den/ }).click();
  await page.getByRole("heading", { level: 1, name: "den" }).waitFor();
  assert.deepEqual((await asked(page, "join")).at(-1).request.text, "https://chitchatter.im/private/den#secret=x");

  await page.getByRole("button", { name: "Enter a room" }).click();
  await page.getByRole("button", { name: "Unpin harbour" }).click();
  await page.getByRole("button", { name: "Unpin harbour" }).waitFor({ state: "detached" });
  assert.deepEqual(await asked(page, "pin"), [{ room: "harbour", pinned: false }]);

  await page.getByRole("button", { name: /^cellar/ }).click();
  await page.getByRole("dialog", { name: "Enter a pinned room" }).getByLabel("Password", { exact: true }).fill("sesame");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "cellar" }).waitFor();
  assert.equal((await asked(page, "join")).at(-1).request.password, "sesame");
  assert.deepEqual(faults, []);
  await close();
});

test("a room is pinned from inside of it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "private");
  const pin = page.locator("chat-room:not([hidden])").getByRole("switch", { name: "Pin this room" });
  await page.getByRole("button", { name: "More", exact: true }).click();
  await pin.check();
  await page.getByText("Pinned. It is remembered until you unpin it.").waitFor();
  await pin.uncheck();
  await page.getByText("Unpinned.").waitFor();
  assert.deepEqual(await asked(page, "pin"), [{ room: "den", pinned: true }, { room: "den", pinned: false }]);
  assert.deepEqual(faults, []);
  await close();
});

test("community rooms are found by part of their name, with or without its accents", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  await page.getByText("Community rooms").click();
  await page.getByLabel("Search rooms").fill("mia");
  await page.getByText("1 room", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Astronomía" }).click();
  await page.getByRole("heading", { level: 1, name: "Astronomía" }).waitFor();
  assert.deepEqual(await asked(page, "join"), [{ request: { text: "Astronomía", access: "public" } }]);
  assert.deepEqual(faults, []);
  await close();
});

test("a link opened elsewhere shows what would be joined, and joins only when told to", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const dialog = page.getByRole("dialog", { name: "Enter this room?" });
  await page.getByRole("textbox", { name: "Message" }).fill("half a thought");
  await tell(page, link);
  await dialog.getByText("den2").waitFor();
  await dialog.getByText("Private: whoever knows the password").waitFor();
  await dialog.getByText("http://localhost:3000 (another than yours)").waitFor();
  await dialog.getByText("Your usual ones").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await asked(page, "join"), []);
  assert.equal(await page.getByRole("textbox", { name: "Message" }).inputValue(), "half a thought");

  await tell(page, link);
  await dialog.getByRole("button", { name: "Enter room" }).click();
  await dialog.getByText("A private room needs a password.").waitFor();
  await dialog.getByLabel("Password", { exact: true }).fill("sesame");
  await dialog.getByRole("button", { name: "Show password" }).click();
  await dialog.getByRole("button", { name: "Enter room" }).click();
  await page.getByRole("heading", { level: 1, name: "den2" }).waitFor();
  assert.deepEqual(await asked(page, "join"), [{ request: { text: link.link, access: "private", password: "sesame" } }]);
  assert.deepEqual(faults, []);
  await close();
});

test("where a link opened elsewhere needs nothing more, a stray Enter does not follow it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await tell(page, { kind: "linkOpened", link: "https://chitchatter.im/public/tea" });
  await page.getByRole("dialog", { name: "Enter this room?" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.deepEqual(await asked(page, "join"), []);
  assert.deepEqual(faults, []);
  await close();
});

test("a question is not replaced under the hand: what comes meanwhile waits, and what is too much is dropped with a word", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const to = (/** @type {string} */ name) => ({ kind: "linkOpened", link: `https://chitchatter.im/public/${name}` });
  const question = page.getByRole("dialog", { name: "Enter this room?" });
  const asksFor = (/** @type {string} */ name) => question.locator(".room-name").getByText(name, { exact: true }).waitFor();
  await tell(page, to("good-room"));
  await asksFor("good-room");
  for (const name of ["bad-room", "second", "third", "fourth", "fifth"]) await tell(page, to(name));
  await page.getByText("those beyond a few were dropped").first().waitFor();
  await asksFor("good-room");
  await question.getByRole("button", { name: "Enter room" }).click();
  await asksFor("bad-room");
  assert.deepEqual((await asked(page, "join")).map(({ request }) => request.text), [to("good-room").link]);
  await question.getByRole("button", { name: "Cancel" }).click();
  await asksFor("second");
  await page.keyboard.press("Escape");
  await asksFor("third");
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "hidden" });
  assert.equal((await asked(page, "join")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("whoever is in a room of that name by another password, or by none, is offered to leave that one for this", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const link = "https://chitchatter.im/private/nook#secret=c2VzYW1l";
  const question = page.getByRole("dialog", { name: "Enter this room?" });
  const instead = page.getByRole("dialog", { name: "You are already in a room of this name" });
  await tell(page, { kind: "linkOpened", link: "https://chitchatter.im/public/nook" });
  await question.getByRole("button", { name: "Enter room" }).click();
  await page.getByRole("heading", { level: 1, name: "nook" }).waitFor();
  for (const answer of ["Cancel", "Leave that one and enter"]) {
    await tell(page, { kind: "linkOpened", link });
    await question.getByRole("button", { name: "Enter room" }).click();
    await instead.getByText("the password is in the link").waitFor();
    assert.equal((await asked(page, "leave")).length, 0);
    await instead.getByRole("button", { name: answer }).click();
    await instead.waitFor({ state: "hidden" });
  }
  await page.getByRole("heading", { level: 1, name: "nook" }).waitFor();
  assert.equal((await asked(page, "leave")).length, 1);
  const wanted = (await asked(page, "join")).map(({ request }) => request.text);
  assert.deepEqual(wanted.slice(1), [link, link, link]);
  assert.deepEqual(faults, []);
  await close();
});

test("a question that nobody asked for takes no click before it can have been read", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  // Watched from within, so that no slow machine misses the moment.
  await page.evaluate(() => {
    const watched = new MutationObserver(() => {
      const button = document.querySelector("enter-dialog [type=submit]");
      if (!(button instanceof HTMLButtonElement)) return;
      watched.disconnect();
      button.click();
      document.body.dataset["held"] = String(button.disabled);
    });
    watched.observe(document.querySelector("enter-dialog") ?? document.body, { childList: true, subtree: true });
  });
  await tell(page, { kind: "linkOpened", link: "https://chitchatter.im/public/tea" });
  await page.getByRole("dialog", { name: "Enter this room?" }).waitFor();
  await page.locator("body[data-held=true]").waitFor();
  assert.deepEqual(await asked(page, "join"), []);
  await page.getByRole("dialog").getByRole("button", { name: "Enter room" }).click();
  await page.getByRole("heading", { level: 1, name: "tea" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("a refused link is shown without what may be its secret", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const dialog = page.getByRole("dialog", { name: "This link was refused" });
  for (const [link, shown] of [
    ["https://evil.example/den#secret=sesame", "https://evil.example/den#•••"],
    ["https://evil.example/den%23secret=sesame", "https://evil.example/den%23•••"],
    ["https://evil.example/den?pwd=sesame&b=2", "https://evil.example/den?pwd=•••&b=2"],
  ]) {
    await tell(page, { kind: "linkOpened", link });
    await dialog.waitFor();
    assert.equal(await dialog.locator(".address").textContent(), shown);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  }
  assert.deepEqual(faults, []);
  await close();
});

test("a malformed link is refused, with the reason, and changes nothing", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const before = page.url();
  await tell(page, { kind: "linkOpened", link: `https://evil.example/<b>${"x".repeat(1000)}` });
  const dialog = page.getByRole("dialog", { name: "This link was refused" });
  await dialog.getByText("That link does not lead to a room.").waitFor();
  await dialog.getByText("Nothing was changed and nobody was contacted.").waitFor();
  assert.equal(await dialog.locator("b").count(), 0);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(page.url(), before);
  assert.deepEqual(await asked(page, "join"), []);
  assert.deepEqual(faults, []);
  await close();
});

test("where somebody has another password, it is typed again and what was being written is kept", async () => {
  const { page, faults, close } = await open(browser, server.origin, "otherPassword");
  await page.getByRole("textbox", { name: "Message" }).fill("half a thought");
  await page.locator("chat-room").getByRole("button", { name: "Type it again" }).click();
  const dialog = page.getByRole("dialog", { name: "Someone is here with another password" });
  await dialog.getByLabel("Password", { exact: true }).fill("Sesame");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("heading", { level: 1, name: "den" }).waitFor();
  assert.deepEqual(await asked(page, "leave"), [{ room: "den" }]);
  assert.deepEqual((await asked(page, "join")).map(({ request }) => request.password), ["Sesame"]);
  await page.waitForFunction(() => {
    const box = document.querySelector("chat-room:not([hidden]) message-composer textarea");
    return box instanceof HTMLTextAreaElement && box.value === "half a thought";
  });
  assert.deepEqual(faults, []);
  await close();
});

test("somebody else's wrong password is told in the room alone, and asks for nothing where one's own is right", async () => {
  const { page, faults, close } = await open(browser, server.origin, "private");
  await tell(page, { kind: "problemAdded", problem: { id: 77, time: 1, what: { kind: "otherPassword", room: "den", met: true } } });
  const told = page.locator("problem-list li", { hasText: "Somebody with another password is trying to come into den" });
  await told.first().waitFor({ state: "attached" });
  assert.equal(await told.count(), 1);
  await page.locator("chat-room problem-list").getByText("Yours is right").waitFor({ state: "attached" });
  assert.equal(await told.getByRole("button", { name: "Type it again" }).count(), 0);
  await tell(page, { kind: "problemGone", id: 77 });
  await told.waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await close();
});

test("the password leaves a private room only after consent, by link, QR code and invitation alike", async () => {
  const { page, faults, close } = await open(browser, server.origin, "private");
  const invite = page.getByRole("button", { name: "Invite", exact: true });
  const dialog = page.getByRole("dialog", { name: "Invite to den" });
  await invite.click();
  await dialog.getByRole("img", { name: "QR code of this link: https://chitchatter.im/private/den" }).waitFor();
  const shown = () => dialog.evaluate((it) => [...it.querySelectorAll("input, textarea")].map((field) => /** @type {HTMLInputElement} */ (field).value).join());
  assert.equal((await shown()).includes("#secret="), false);
  await dialog.getByRole("button", { name: "Copy link", exact: true }).click();

  await invite.click();
  await dialog.getByLabel(/as good as the password/).check();
  await dialog.getByRole("img", { name: "QR code of a link with the password inside" }).waitFor();
  await dialog.getByRole("button", { name: "Copy link with password" }).click();
  await invite.click();
  assert.equal((await shown()).includes("#secret="), false, "consent counts for one time");
  await dialog.getByRole("radio", { name: "For people with the app" }).check();
  await dialog.getByRole("button", { name: "Copy invitation" }).click();

  const [plain, secret, invitation] = await asked(page, "copy");
  assert.equal(plain.text, "https://chitchatter.im/private/den");
  assert.match(secret.text, /^https:\/\/chitchatter\.im\/private\/den#secret=/);
  assert.match(invitation.text, /private room “den”.*\nchitchatter:\/\/private\/den\S*\nI will tell you the password/s);
  const drawn = (await asked(page, "qr")).map(({ text }) => text.includes("#secret="));
  assert.deepEqual(drawn, [false, false, true, false, false]);
  assert.deepEqual(faults, []);
  await close();
});

test("a QR code is saved as a picture, and where it lies is said", async () => {
  const { page, faults, close } = await open(browser, server.origin, "private");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Invite to den" });
  await dialog.getByRole("button", { name: "Save the code as a picture" }).click();
  await dialog.getByRole("status").getByText("Saved in your downloads as chitchatter-invitation.png.").waitFor();
  assert.deepEqual(await asked(page, "save_qr"), [{ name: "chitchatter-invitation.png", text: "https://chitchatter.im/private/den" }]);
  assert.deepEqual(faults, []);
  await close();
});

test("a QR code is black on white with a quiet edge, in the dark too", async () => {
  const { page, close } = await open(browser, server.origin, "private", { colorScheme: "dark" });
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const code = page.locator("share-dialog qr-view svg");
  await code.waitFor();
  const drawn = await code.evaluate((svg) => ({
    box: svg.getAttribute("viewBox"),
    colours: [...svg.children].map((it) => getComputedStyle(it).fill),
    first: svg.querySelector("path")?.getAttribute("d")?.slice(0, 12),
  }));
  assert.deepEqual(drawn, { box: "0 0 37 37", colours: ["rgb(255, 255, 255)", "rgb(0, 0, 0)"], first: "M4 4h7v1h-7z" });
  await close();
});

test("a setting counts at once, and one that is wrong says so where it was typed", async () => {
  const { page, faults, close } = await open(browser, server.origin, "settings");
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(background, "rgb(21, 25, 28)");
  await page.getByRole("radio", { name: "Large" }).check();
  await page.waitForFunction(() => parseFloat(getComputedStyle(document.documentElement).fontSize) > 19);

  const origin = page.getByLabel("Which Chitchatter world");
  await origin.fill("nonsense");
  await origin.press("Enter");
  await origin.blur();
  await page.getByRole("alert").getByText("That is not an address.").waitFor();
  assert.equal(await origin.getAttribute("aria-invalid"), "true");
  assert.equal(await origin.inputValue(), "nonsense");
  await origin.fill("http://localhost:3000");
  await origin.blur();
  await page.getByText("That is not an address.").waitFor({ state: "hidden" });
  const { settings } = (await asked(page, "save_settings")).at(-1);
  assert.deepEqual([settings.theme, settings.textSize, settings.origin], ["dark", "large", "http://localhost:3000"]);
  assert.deepEqual(faults, []);
  await close();
});

test("what cannot be switched on goes back, with the reason beside it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const relay = page.getByRole("switch", { name: /Connect only through relays/ });
  await relay.click();
  await page.getByRole("alert").getByText("Add a TURN server first").waitFor();
  assert.equal(await relay.isChecked(), false);
  assert.deepEqual(faults, []);
  await close();
});

test("trackers and helpers are tried, added, taken out, and given back to the usual ones", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const trackers = page.locator("server-list.tracker");
  await trackers.getByRole("button", { name: "Back to the usual ones" }).waitFor({ state: "hidden" });
  await trackers.getByRole("button", { name: "Test wss://tracker.btorrent.xyz" }).click();
  await trackers.getByText("Answers with an error (503).").waitFor();
  await trackers.getByRole("button", { name: "Test wss://tracker.openwebtorrent.com" }).click();
  await trackers.getByText("Works: reached in 48 ms, answered in 95 ms.").waitFor();

  await trackers.getByLabel("Address of another meeting point").fill("wss://mine.example");
  await page.keyboard.press("Enter");
  await trackers.getByRole("button", { name: "Remove wss://mine.example" }).waitFor();
  assert.equal((await asked(page, "save_settings")).at(-1).settings.trackers.length, 5);
  await trackers.getByLabel("Address of another meeting point").fill("wss://mine.example");
  await page.keyboard.press("Enter");
  await trackers.getByText("That one is in the list already.").waitFor();
  await trackers.getByRole("button", { name: "Back to the usual ones" }).click();
  await trackers.getByRole("button", { name: "Remove wss://mine.example" }).waitFor({ state: "detached" });
  assert.equal((await asked(page, "save_settings")).at(-1).settings.trackers, null);

  const helpers = page.locator("server-list.ice");
  await helpers.getByRole("button", { name: "Back to the usual ones" }).waitFor({ state: "hidden" });
  await helpers.getByRole("button", { name: "Test stun:stun.example.net:19302" }).waitFor();
  await helpers.getByLabel("Address of another server").fill("turn:turn.example.org:3478");
  await helpers.getByText("User name and password, for TURN").click();
  await helpers.getByLabel("User name", { exact: true }).fill("ann");
  await helpers.getByLabel("Password", { exact: true }).fill("secret");
  await page.keyboard.press("Enter");
  await helpers.getByRole("button", { name: "Test turn:turn.example.org:3478" }).click();
  await helpers.getByText("Works: it relays after 37 milliseconds.").waitFor();
  assert.deepEqual((await asked(page, "save_settings")).at(-1).settings.iceServers, [
    { urls: ["stun:stun.example.org:3478"] },
    { urls: ["stun:stun.example.net:19302"] },
    { urls: ["turn:turn.example.org:3478"], username: "ann", credential: "secret" },
  ]);
  assert.deepEqual(faults, []);
  await close();
});

test("the tray keeps the app, and what it offers waits for it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const tray = page.getByRole("switch", { name: "Show an icon in the tray" });
  const hidden = page.getByRole("switch", { name: "Start in the tray, without a window" });
  assert.equal(await hidden.isDisabled(), true);
  await tray.check();
  await hidden.check();
  const { tray: isOn, startHidden } = (await asked(page, "save_settings")).at(-1).settings;
  assert.deepEqual([isOn, startHidden], [true, true]);
  await tray.uncheck();
  assert.equal(await hidden.isChecked(), false);
  assert.equal((await asked(page, "save_settings")).at(-1).settings.startHidden, false);
  assert.deepEqual(faults, []);
  await close();
});

test("where the desktop has no tray, it is said why there is nothing to switch", async () => {
  const { page, faults, close } = await open(browser, server.origin, "noTray");
  await page.getByText("This desktop has no tray").waitFor();
  for (const name of ["Show an icon in the tray", "Start in the tray, without a window"]) {
    assert.equal(await page.getByRole("switch", { name }).isDisabled(), true);
  }
  assert.deepEqual(faults, []);
  await close();
});

test("a profile is saved with or without protection, and what that means is said first", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const dialog = page.getByRole("dialog", { name: "Save a copy of the profile" });
  await page.getByRole("button", { name: "Save a copy of the profile" }).click();
  await dialog.getByLabel("Passphrase", { exact: true }).fill("short");
  await page.keyboard.press("Enter");
  await dialog.getByText("At least eight characters").waitFor();
  await dialog.getByLabel("Passphrase", { exact: true }).fill("correct horse");
  await page.keyboard.press("Enter");
  await page.getByText("Saved in your downloads as chitchatter-profile.json.").waitFor();

  await page.getByRole("button", { name: "Save a copy of the profile" }).click();
  await dialog.getByRole("radio", { name: "Not protected" }).check();
  await dialog.getByText("Whoever has it can speak as you").waitFor();
  await dialog.getByRole("button", { name: "Save it to your downloads" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(await asked(page, "export_profile"), [{ password: "correct horse" }, { password: null }]);
  assert.deepEqual((await asked(page, "save_text")).map(({ text }) => text), ["sealed", "{}"]);
  assert.deepEqual(faults, []);
  await close();
});

test("a profile is taken over from a file; a wrong passphrase can be typed again", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const file = page.locator("profile-vault input[type=file]");
  const dialog = page.getByRole("dialog", { name: "Become the profile in this file?" });
  await file.setInputFiles({ name: "p.json", mimeType: "application/json", buffer: Buffer.from('{"sealed":1}') });
  await dialog.getByLabel("The passphrase it was protected with").fill("wrong");
  await page.keyboard.press("Enter");
  await dialog.getByText("That is not the file’s passphrase").waitFor();
  await dialog.getByLabel("The passphrase it was protected with").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.getByText("You are now who the file says.").waitFor();

  await file.setInputFiles({ name: "p.json", mimeType: "application/json", buffer: Buffer.from("nonsense") });
  const fault = page.getByRole("alert").getByText("That file is not a profile.");
  await fault.waitFor();
  assert.equal(await dialog.isVisible(), false, "no passphrase is asked for");
  assert.ok(await fault.evaluate((it) => it.getBoundingClientRect().bottom <= innerHeight), "it is in sight");
  assert.deepEqual(faults, []);
  await close();
});

test("a profile taken over in rooms counts later, or at once by entering them again; its settings are seen at once", async () => {
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await page.getByRole("textbox", { name: "Message" }).first().fill("half a thought");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.locator("profile-vault input[type=file]").setInputFiles({ name: "p.json", mimeType: "application/json", buffer: Buffer.from('{"publicKey":"","theme":"dark"}') });
  await page.getByRole("button", { name: "Take it over" }).click();
  await page.getByText("It counts once you have left all rooms.").waitFor();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  assert.equal(await page.getByRole("radio", { name: "Dark" }).isChecked(), true);
  await page.getByText("You are still who you were").waitFor();
  await page.getByRole("button", { name: "Enter them again now" }).click();
  await page.getByText("in all your rooms.").waitFor();
  await page.getByText("You are still who you were").waitFor({ state: "hidden" });
  assert.equal((await asked(page, "enter_all_again")).length, 1);
  await page.getByRole("button", { name: /^harbour/ }).first().click();
  assert.equal(await page.locator("chat-room:not([hidden])").getByRole("textbox", { name: "Message" }).inputValue(), "half a thought");
  assert.deepEqual(faults, []);
  await close();
});

test("the door stays where it is, forgets what a link made it, and says where an address leads elsewhere", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.getByLabel("Room name or link");
  const isPrivate = page.getByRole("radio", { name: "Private" });
  const top = async () => (await field.boundingBox())?.y;
  const before = await top();
  await isPrivate.check();
  assert.equal(await top(), before);
  const kinds = page.getByRole("radiogroup", { name: "Suggest" });
  const above = (await page.locator("room-door .access").boundingBox())?.y;
  await page.getByRole("radio", { name: "Public" }).check();
  await field.fill("tea");
  await kinds.waitFor();
  assert.equal((await page.locator("room-door .access").boundingBox())?.y, above);

  await field.fill("https://chitchatter.im/private/den");
  await page.getByText("A link to a private room. You need its password.").waitFor();
  await field.fill("tea");
  await page.getByText("A link to a private room").waitFor({ state: "hidden" });
  assert.equal(await isPrivate.isChecked(), false);

  await field.fill("");
  await page.getByRole("button", { name: "Enter room" }).click();
  await page.getByRole("alert").getByText("Type the name of a room").waitFor();
  await field.pressSequentially("t");
  await page.getByText("Type the name of a room").waitFor({ state: "hidden" });

  await field.fill("http://chitchatter.im/public/tea");
  await page.getByText("nobody who comes by https://chitchatter.im is there").waitFor();
  await field.fill("http://localhost:3000/public/tea");
  await page.getByText("in the world of http://localhost:3000").waitFor();
  assert.equal(await page.locator("#door-found .caution").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("what is wrong in a list of servers is named, not counted", async () => {
  const { page, faults, close } = await open(browser, server.origin, "usual");
  const ice = page.locator("server-list.ice");
  await ice.getByLabel("Address of another server").fill("nonsense");
  await ice.getByRole("button", { name: "Add" }).click();
  await page.getByRole("alert").getByText("“nonsense”: ").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("deleting everything is asked about, and Enter alone does not do it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "settings");
  const dialog = page.getByRole("dialog", { name: "Delete all data?" });
  await page.getByRole("button", { name: "Delete all data" }).click();
  await dialog.waitFor();
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(await asked(page, "delete_profile"), []);
  await page.getByRole("button", { name: "Delete all data" }).click();
  await dialog.getByRole("button", { name: "Delete everything" }).click();
  await page.getByText("Everything is deleted.").waitFor();
  assert.equal((await asked(page, "delete_profile")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("where nothing can be written, it is said what that means for what was wanted", async () => {
  const { page, faults, close } = await open(browser, server.origin, "fullDisk");
  await page.getByRole("button", { name: "Change your name" }).first().click();
  await page.getByLabel("Your name", { exact: true }).first().fill("Zoe");
  await page.keyboard.press("Enter");
  await tell(page, { kind: "problemAdded", problem: { id: 71, time: Date.now(), what: { kind: "notKept" } } });
  await page.locator("status-toasts").getByText("Your change is not kept. It holds until the app is closed.").waitFor();
  await page.getByRole("button", { name: "Save a copy of the profile" }).click();
  const dialog = page.getByRole("dialog", { name: "Save a copy of the profile" });
  await dialog.getByRole("radio", { name: "Not protected" }).check();
  await dialog.getByRole("button", { name: "Save it to your downloads" }).click();
  await page.getByText("The copy could not be saved; the disk may be full.").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("the language turns at once, all over, and drafts stay", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.locator("chat-room:not([hidden]) message-composer textarea");
  await box.fill("half a thought");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("Language", { exact: true }).selectOption("es");
  await page.getByRole("heading", { level: 1, name: "Ajustes" }).waitFor();
  await page.getByText("Guardado.").first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "es");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "settings-language");
  await page.getByRole("button", { name: /^harbour/ }).click();
  await page.getByRole("textbox", { name: "Mensaje" }).waitFor();
  assert.equal(await box.inputValue(), "half a thought");
  await page.getByRole("button", { name: "Salir", exact: true }).waitFor();

  await tell(page, lineFrom("hola"));
  await page.getByText("hola", { exact: true }).waitFor();
  assert.equal(await page.getByText("hola", { exact: true }).count(), 1);
  await page.keyboard.press("Control+,");
  await page.getByLabel("Idioma", { exact: true }).selectOption("en");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("a page chosen before loading again is in front afterwards", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  await page.getByRole("button", { name: "About" }).click();
  await page.getByRole("heading", { level: 1, name: "About Chitchatter" }).waitFor();
  assert.equal(await page.title(), "About · Chitchatter");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "About Chitchatter" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("the doctor says what to do, what was found, and gives a report to copy", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.getByRole("button", { name: "Connection", exact: true }).click();
  await page.getByRole("heading", { name: "Add a relay (TURN server)" }).waitFor();
  await page.getByText("A strict router").waitFor();
  await page.getByText("The user name or the password is wrong.").waitFor();
  await page.getByText("18 kB / 1.2 MB").first().waitFor();
  await page.getByText("For 2 of them no path was found.").waitFor();
  await page.getByRole("button", { name: "Copy report" }).click();
  await page.getByRole("button", { name: "Look again" }).click();
  await page.waitForFunction(() => /** @type {any} */ (window).pretended.calls.filter((it) => it.command === "diagnose").length === 2);
  assert.match((await asked(page, "copy"))[0].text, /^Chitchatter/);
  assert.deepEqual(faults, []);
  await close();
});

test("where the connection is in trouble, the way to the doctor is at hand", async () => {
  const { page, faults, close } = await open(browser, server.origin, "offline");
  await page.locator("chat-room problem-list").getByRole("button", { name: "Find out why" }).click();
  await page.getByRole("heading", { level: 1, name: "Connection" }).waitFor();
  await page.getByRole("button", { name: /^quiet-harbour-42/ }).click();
  await page.getByRole("button", { name: "More about the connection" }).click();
  await page.getByRole("heading", { level: 1, name: "Connection" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("whoever does not want to wait has the meeting points tried at once", async () => {
  const { page, faults, close } = await open(browser, server.origin, "offline");
  const problem = page.locator("chat-room:not([hidden]) problem-list");
  await problem.getByRole("button", { name: "Try now" }).click();
  await page.getByText("The meeting points are being tried.").last().waitFor();
  await page.getByText("5 of 5 reached").waitFor();
  await page.locator("tracker-list").getByRole("button", { name: "Try now" }).waitFor({ state: "hidden" });
  assert.equal((await asked(page, "try_trackers")).length, 1);
  assert.deepEqual(faults, []);
  await close();
});

test("where all is well the doctor says so", async () => {
  const { page, faults, close } = await open(browser, server.origin, "well");
  await page.getByRole("heading", { name: "All is well" }).waitFor();
  await page.getByText("You are connected to nobody at the moment.").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("the keys that open a page do so from anywhere, and a question mark can still be written", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.press("?");
  assert.equal(await box.inputValue(), "?");
  await page.keyboard.press("Control+/");
  await page.getByRole("heading", { level: 1, name: "Keyboard" }).waitFor();
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("heading", { level: 1, name: "Keyboard" }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("a sound is made for what is said elsewhere, unless it is switched off, muted or folded", async () => {
  // A state in which nothing was said elsewhere yet: its sound could come late.
  const { page, faults, close } = await open(browser, server.origin, "talk");
  await page.evaluate(() => {
    const counted = /** @type {any} */ (window);
    counted.tones = 0;
    counted.OscillatorNode = class extends OscillatorNode {
      /** @param {BaseAudioContext} context @param {OscillatorOptions} options */
      constructor(context, options) {
        super(context, options);
        counted.tones += 1;
      }
    };
    // No sound card is needed, and each sound is far from the one before.
    AudioContext.prototype.resume = async () => {};
    let now = performance.now() + 60_000;
    performance.now = () => (now += 60_000);
  });
  const tones = () => page.evaluate(() => /** @type {any} */ (window).tones);
  const inDen = (/** @type {string} */ id, rest = {}) => ({ ...lineFrom(id, rest), room: "den" });

  await tell(page, lineFrom("before my eyes"), inDen("mine", { own: true }), inDen("old", { backfilled: true }), inDen("much", { folded: "flood" }));
  await tell(page, { kind: "roomChanged", room: "den", muted: true, rules: { slow: false, plainStrangers: false, autoMedia: false } }, inDen("muted"));
  assert.equal(await tones(), 0);
  await tell(page, inDen("to me", { mentionsMe: true }));
  await page.waitForFunction(() => /** @type {any} */ (window).tones === 2);
  await tell(page, { kind: "roomChanged", room: "den", muted: false, rules: { slow: false, plainStrangers: false, autoMedia: false } }, inDen("heard"));
  await page.waitForFunction(() => /** @type {any} */ (window).tones === 4);

  await page.keyboard.press("Control+,");
  await page.getByRole("switch", { name: "Do not disturb" }).check();
  await tell(page, inDen("undisturbed"));
  assert.equal(await tones(), 4);
  await page.getByRole("button", { name: "Play it" }).click();
  await page.waitForFunction(() => /** @type {any} */ (window).tones === 6);
  assert.deepEqual(faults, []);
  await close();
});

test("no page is cut off sideways, in either language, however narrow the window", async () => {
  for (const locale of ["en-GB", "es-ES"]) {
    for (const state of ["pinned", "settings", "doctor", "shortcuts", "about"]) {
      const { page, faults, close } = await open(browser, server.origin, state, { locale });
      for (const width of [320, 390, 720, 1040, 1600]) {
        await page.setViewportSize({ width, height: 640 });
        const wide = await page.evaluate(() => {
          const spread = document.documentElement.scrollWidth - innerWidth;
          const out = [...document.querySelectorAll("main *, .pane:not([popover]) *")].filter((it) => {
            const box = it.getBoundingClientRect();
            return !it.closest("input, .visually-hidden, .name, textarea") && box.width > 0 && box.right > innerWidth + 1;
          });
          return { spread, out: out.slice(0, 3).map((it) => it.outerHTML.slice(0, 120)) };
        });
        assert.deepEqual(wide, { spread: 0, out: [] }, `${state} in ${locale} at ${width} px`);
      }
      assert.deepEqual(faults, [], state);
      await close();
    }
  }
});
