/** What people do with the page, by keyboard wherever a keyboard can do it. */
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

test("by keyboard alone: enter a room, talk, read up, change the name, leave", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("tea");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "tea" }).waitFor();
  assert.deepEqual(await asked(page, "join"), [{ request: { text: "tea", access: "public" } }]);

  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await page.getByText("onetwo").or(page.locator(".body", { hasText: "two" })).first().waitFor();
  assert.deepEqual(await asked(page, "say"), [{ room: "tea", with: null, text: "one\ntwo", replyTo: null }]);

  await tabTo(page, /Change your name/);
  await page.keyboard.press("Enter");
  await page.keyboard.type("Zoe");
  await page.keyboard.press("Enter");
  await page.locator("#rooms-pane own-name .name", { hasText: "Zoe" }).waitFor();
  assert.deepEqual(await asked(page, "rename"), [{ name: "Zoe" }]);

  await tabTo(page, /^Messages/);
  await page.keyboard.press("PageUp");
  await tabTo(page, /^Leave$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Leave tea?" }).waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(await asked(page, "leave"), []);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /Talk/ }).waitFor();
  assert.deepEqual(await asked(page, "leave"), [{ room: "tea" }]);
  assert.deepEqual(faults, []);
  await close();
});

test("a private room asks for its password, and a pasted link for no more than it lacks", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.getByLabel("Room name or link");
  const password = page.locator("room-door").getByLabel("Password", { exact: true });

  await field.fill("den");
  await page.getByRole("radio", { name: "Private" }).check();
  await page.getByRole("button", { name: "Enter room" }).click();
  await page.getByText("A private room needs a password.").waitFor();
  await password.fill("sesame");
  await page.getByRole("button", { name: "Show password" }).click();
  assert.equal(await password.getAttribute("type"), "text");
  await page.getByRole("button", { name: "Hide password" }).click();

  await field.fill("https://chitchatter.im/private/den#secret=x");
  await page.getByText("The password is inside.").waitFor();
  assert.equal(await password.isVisible(), false);
  assert.equal(await page.getByRole("radio", { name: "Public" }).isVisible(), false);

  await field.fill("http://localhost:3000/private/den");
  await page.getByText("in the world of http://localhost:3000").waitFor();
  assert.equal(await password.isVisible(), true);
  await page.getByRole("button", { name: "Enter room" }).click();
  await page.getByRole("heading", { level: 1, name: "den" }).waitFor();
  const joins = await asked(page, "join");
  assert.deepEqual(joins.at(-1), {
    request: { text: "http://localhost:3000/private/den", access: "private", password: "sesame" },
  });
  assert.deepEqual(faults, []);
  await close();
});

test("where a password is missing the keys go there, never on into the room's name", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.getByLabel("Room name or link");
  const password = page.locator("room-door").getByLabel("Password", { exact: true });
  const refusal = page.getByText("A private room needs a password.");

  // As quickly as hands are: before anybody could have read what the link is.
  await field.fill("https://chitchatter.im/private/win-priv-1");
  await field.press("Enter");
  await refusal.waitFor();
  assert.match(await focused(page), /^Password/);
  assert.equal(await password.getAttribute("aria-invalid"), "true");
  await page.keyboard.type("s");
  await refusal.waitFor({ state: "hidden" });
  assert.equal(await password.inputValue(), "s");
  assert.equal(await field.inputValue(), "https://chitchatter.im/private/win-priv-1");
  await page.getByText("A link to a private room. You need its password.").waitFor();

  // A name that stands where the link stood asks for a password as well.
  await field.fill("win-priv-1");
  await page.getByText("A link to a private room").waitFor({ state: "hidden" });
  assert.equal(await page.getByRole("radio", { name: "Private" }).isChecked(), true);
  assert.equal(await password.isVisible(), true);
  await password.fill("");
  await field.press("Enter");
  await refusal.waitFor();
  assert.match(await focused(page), /^Password/);
  await page.getByRole("radio", { name: "Public" }).check();
  await refusal.waitFor({ state: "hidden" });
  assert.deepEqual(faults, []);
  await close();
});

test("what is pasted is read at once", async () => {
  const { page, faults, close } = await open(browser, server.origin, "home");
  const field = page.getByLabel("Room name or link");
  await field.evaluate((it) => {
    /** @type {HTMLInputElement} */ (it).value = "https://chitchatter.im/private/den";
    // Nothing passes in this page but what follows from the paste itself.
    const later = window.setTimeout;
    window.setTimeout = /** @type {any} */ ((/** @type {() => void} */ done, pause = 0) => later(done, pause > 0 ? 60_000 : 0));
    it.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
  });
  await page.getByText("A link to a private room. You need its password.").waitFor();
  assert.equal(await page.locator("room-door").getByLabel("Password", { exact: true }).isVisible(), true);
  assert.deepEqual(faults, []);
  await close();
});

test("Enter that ends the composing of a word sends nothing", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("日本");
  await box.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
  await box.dispatchEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true });
  assert.deepEqual(await asked(page, "say"), []);
  assert.equal(await box.inputValue(), "日本");

  await box.press("Enter");
  assert.deepEqual(await asked(page, "say"), [{ room: "harbour", with: null, text: "日本", replyTo: null }]);
  assert.deepEqual(faults, []);
  await close();
});

test("a message at the limit says how much is left, and one over it why it cannot be sent", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("a".repeat(9_999));
  await page.getByText("0 characters left").waitFor();
  await box.fill("a".repeat(10_000));
  await page.getByText("1 character too many").waitFor();
  await box.press("Enter");
  assert.deepEqual(await asked(page, "say"), []);
  assert.equal((await box.inputValue()).length, 10_000);
  assert.deepEqual(faults, []);
  await close();
});

test("what could not be said comes back into the box, with the reason", async () => {
  const { page, close } = await open(browser, server.origin, "busy");
  const box = page.getByRole("textbox", { name: "Message" });
  await page.evaluate(() => {
    const core = /** @type {any} */ (window).__TAURI__.core;
    const invoke = core.invoke.bind(core);
    core.invoke = async (command, args) => {
      if (command === "say") throw { kind: "busy" };
      return invoke(command, args);
    };
  });
  await box.fill("important");
  await box.press("Enter");
  await page.getByRole("alert").getByText("Too much is waiting to be sent").waitFor();
  assert.equal(await box.inputValue(), "important");
  await close();
});

test("messages are asked for one after the other, in the order they were typed", async () => {
  const { page, close } = await open(browser, server.origin, "busy");
  await page.evaluate(() => {
    const core = /** @type {any} */ (window).__TAURI__.core;
    const invoke = core.invoke.bind(core);
    let slow = true;
    core.invoke = async (command, args) => {
      if (command === "say" && slow) {
        slow = false;
        await new Promise((done) => setTimeout(done, 300));
      }
      return invoke(command, args);
    };
  });
  const box = page.getByRole("textbox", { name: "Message" });
  for (const text of ["first", "second", "third"]) {
    await box.fill(text);
    await box.press("Enter");
  }
  await page.locator(".own .body", { hasText: "third" }).waitFor();
  assert.deepEqual((await asked(page, "say")).map(({ text }) => text), ["first", "second", "third"]);
  await close();
});

test("a draft waits in its room while one looks at another", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("half a thought");
  await page.getByRole("button", { name: /^den/ }).click();
  await page.getByRole("heading", { level: 1, name: "den" }).waitFor();
  assert.equal(await box.inputValue(), "");
  await page.getByRole("button", { name: /^harbour/ }).click();
  assert.equal(await box.inputValue(), "half a thought");
  assert.deepEqual(faults, []);
  await close();
});

test("new lines are counted where they are not seen, and seeing them ends it", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.getByRole("button", { name: /^den.*1 new message/s }).waitFor();
  await page.waitForFunction(() => document.title.startsWith("(1) harbour"));
  await page.getByRole("button", { name: /^den/ }).click();
  await page.waitForFunction(() => document.title === "den · Chitchatter");

  await tell(page, lineFrom("elsewhere"), lineFrom("earlier", { backfilled: true }), lineFrom("mine", { own: true }));
  await page.waitForFunction(() => document.title.startsWith("(1) den"));
  assert.deepEqual(faults, []);
  await close();
});

test("the newest line is followed only from the bottom, and there is a way back down", async () => {
  const { page, faults, close } = await open(browser, server.origin, "crowd");
  const log = page.getByRole("log");
  const isDown = () => log.evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight < 2);
  await page.waitForFunction(() => {
    const it = document.querySelector("chat-room:not([hidden]) .log");
    return it && it.scrollHeight - it.scrollTop - it.clientHeight < 2;
  });

  await tell(page, lineFrom("followed"));
  await page.waitForFunction(() => {
    const it = document.querySelector("chat-room:not([hidden]) .log");
    return it && it.textContent?.includes("followed") && it.scrollHeight - it.scrollTop - it.clientHeight < 2;
  });

  await log.focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Go to the newest message" }).waitFor();
  await tell(page, lineFrom("unseen one"), lineFrom("unseen two"));
  const down = page.getByRole("button", { name: "2 new messages" });
  await down.waitFor();
  assert.equal(await isDown(), false);
  await down.click();
  await down.waitFor({ state: "hidden" });
  await page.waitForFunction(() => {
    const it = document.querySelector("chat-room:not([hidden]) .log");
    return it && it.scrollHeight - it.scrollTop - it.clientHeight < 2;
  });
  assert.equal(await isDown(), true);
  assert.deepEqual(faults, []);
  await close();
});

test("a line of the past is marked as such and not read out as news", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const log = page.getByRole("log");
  await page.waitForFunction(() => document.querySelector("chat-room:not([hidden]) .log")?.ariaLive === null);
  await tell(page, lineFrom("long ago", { backfilled: true }));
  assert.equal(await log.evaluate((it) => it.ariaLive), "off");
  await page.locator(".line", { hasText: "long ago" }).getByText("earlier").waitFor();
  await page.waitForFunction(() => document.querySelector("chat-room:not([hidden]) .log")?.ariaLive === null);
  assert.deepEqual(faults, []);
  await close();
});

test("how far a line of one's own got is told in words", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  const line = page.locator(".line", { hasText: "on its way" });
  const said = lineFrom("on its way", { own: true, delivery: delivery(0, 2) });
  const changed = (rest) => ({ kind: "lineChanged", room: "harbour", id: said.line.id, key: said.line.key, delivery: rest });
  await tell(page, said);
  await line.getByText("Sending…").waitFor();
  await tell(page, changed(delivery(1, 2, { reached: 2 })));
  await line.getByText("Received by 1 of 2 people").waitFor();
  await tell(page, changed(delivery(1, 2, { failed: true })));
  await line.getByText("The others went before they had it").waitFor();
  await line.getByRole("button", { name: "Send again" }).click();
  await line.getByText("Received by all 2 people").waitFor();
  assert.deepEqual(await asked(page, "resend"), [{ room: "harbour", line: said.line.key }]);
  assert.deepEqual(faults, []);
  await close();
});

test("typing is told once, and taken back when it stops", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.getByRole("textbox", { name: "Message" }).pressSequentially("abc");
  await page.waitForFunction(
    () => /** @type {any} */ (window).pretended.calls.filter((it) => it.command === "set_typing").length === 2,
    undefined,
    { timeout: 20_000 },
  );
  assert.deepEqual(await asked(page, "set_typing"), [
    { room: "harbour", with: null, typing: true },
    { room: "harbour", with: null, typing: false },
  ]);
  assert.deepEqual(faults, []);
  await close();
});

test("a problem that was understood is put away", async () => {
  const { page, faults, close } = await open(browser, server.origin, "problems");
  const told = page.locator("chat-room problem-list").getByText("Mallory was disconnected");
  await told.waitFor();
  await page.locator("chat-room").getByRole("button", { name: "Dismiss" }).last().click();
  await told.waitFor({ state: "detached" });
  assert.deepEqual(await asked(page, "dismiss_problem"), [{ id: 1 }]);
  assert.deepEqual(faults, []);
  await close();
});

test("nothing is cut off sideways, however narrow the window and long the words", async () => {
  for (const state of ["home", "problems", "empty", "offline", "busy", "markdown", "alone", "talk", "direct", "away", "long"]) {
    const { page, faults, close } = await open(browser, server.origin, state);
    for (const width of [320, 390, 720, 721, 1040, 1041, 1600]) {
      await page.setViewportSize({ width, height: 640 });
      const wide = await page.evaluate(() => {
        const spread = document.documentElement.scrollWidth - innerWidth;
        const out = [...document.querySelectorAll("main *, .pane:not([popover]) *")].filter((it) => {
          const scrolls = it.closest("pre, .table, input, .visually-hidden, h1, .where, .name, textarea");
          const box = it.getBoundingClientRect();
          return !scrolls && box.width > 0 && box.right > innerWidth + 1;
        });
        return { spread, out: out.slice(0, 3).map((it) => it.outerHTML.slice(0, 120)) };
      });
      assert.deepEqual(wide, { spread: 0, out: [] }, `${state} at ${width} px`);
    }
    assert.deepEqual(faults, [], state);
    await close();
  }
});

test("in a narrow window the panes are drawers that Escape puts away", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy", { viewport: { width: 390, height: 844 } });
  const tracker = page.locator("chat-room:not([hidden])").getByText("tracker.webtorrent.dev");
  assert.equal(await tracker.isVisible(), false);
  await page.getByRole("button", { name: "People and connection: 5 people here, with you" }).click();
  await tracker.waitFor();
  await page.keyboard.press("Escape");
  await tracker.waitFor({ state: "hidden" });

  await page.getByRole("button", { name: /^Rooms/ }).click();
  await page.getByRole("button", { name: /^den/ }).click();
  await page.getByRole("heading", { level: 1, name: "den" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Enter a room" }).isVisible(), false);

  await page.getByRole("button", { name: /^Rooms/ }).click();
  await page.getByRole("button", { name: "Enter a room" }).waitFor();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.waitForFunction(() => document.querySelector(":popover-open") === null);
  assert.deepEqual(faults, []);
  await close();
});

test("F11 and the room's menu take the whole screen and give it back, and what went wrong unforeseen is said", async () => {
  const { page, faults, close } = await open(browser, server.origin, "busy");
  await page.keyboard.press("F11");
  await page.waitForFunction(() => document.fullscreenElement !== null);
  await page.keyboard.press("F11");
  await page.waitForFunction(() => document.fullscreenElement === null);
  const more = page.getByRole("button", { name: "More", exact: true });
  await more.click();
  await page.getByRole("button", { name: "Full screen F11", exact: true }).click();
  await page.waitForFunction(() => document.fullscreenElement !== null);
  await more.click();
  await page.getByRole("button", { name: "Leave full screen F11", exact: true }).click();
  await page.waitForFunction(() => document.fullscreenElement === null);
  await page.evaluate(() => void setTimeout(() => Promise.reject(new Error("unforeseen"))));
  await page.getByText("Something went wrong in this window.").waitFor();
  assert.deepEqual(faults.filter((it) => !it.includes("unforeseen")), []);
  await page.keyboard.press("Control+r");
  await page.getByText("Something went wrong in this window.").waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1, name: "harbour" }).waitFor();
  await close();
});

test("outside of the app the page says that it is of no use there", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.origin}/index.html`);
  await page.getByText("does nothing in a browser").waitFor();
  await page.close();
});
