/**
 * <settings-form> — everything a person may change, each with one sentence about who sees what.
 * A change counts at once; one that is refused stays in its field, with the reason beside it.
 *
 * @import {Refusal, Servers, Settings, SettingsFault, SettingsField} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { TONES } from "../../lib/sounds.js";
import { words } from "../../lib/words.js";

export class SettingsForm extends HTMLElement {
  /** @type {Settings | null} as they are kept */
  #settings = null;
  /** @type {((settings: Settings) => void)[]} what shows each of them */
  #shown = [];
  /** @type {HTMLElement | null} where the answer to the last change belongs */
  #changed = null;
  /** @type {Settings | null} as they were to be after it */
  #wanted = null;
  #outcome = el("p", { className: "visually-hidden", role: "status" });
  #trackers = el("server-list");
  #iceServers = el("server-list");

  #tray = el("section");
  #hasTray = true;

  connectedCallback() {
    if (this.firstChild) return;
    const say = words.settings;
    this.#tray = this.#trayed();
    this.append(
      section(
        say.look,
        this.#select("language", say.language, [["system", say.languageSystem], ["en", "English"], ["es", "Español"]],
          (it) => it.language, (language) => ({ language })),
        this.#choice("theme", say.theme, [["system", say.themeSystem], ["light", say.themeLight], ["dark", say.themeDark]],
          (it) => it.theme, (theme) => ({ theme })),
        this.#choice("text-size", say.textSize, [["small", say.textSmall], ["normal", say.textNormal], ["large", say.textLarge]],
          (it) => it.textSize, (textSize) => ({ textSize })),
        this.#choice("density", say.density, [["cozy", say.cozy], ["compact", say.compact]],
          (it) => it.density, (density) => ({ density })),
      ),
      section(
        say.notice,
        this.#switch("disturb", say.doNotDisturb, say.doNotDisturbHint, (it) => it.doNotDisturb, (doNotDisturb) => ({ doNotDisturb })),
        this.#switch("sound", say.soundOn, say.soundHint, (it) => it.sound.on, (on, { sound }) => ({ sound: { ...sound, on } })),
        this.#sound(),
        this.#switch("notify", say.notificationsOn, say.notificationsHint,
          (it) => it.notifications.on, (on, { notifications }) => ({ notifications: { ...notifications, on } })),
        this.#switch("notify-text", say.notificationsText, say.notificationsTextHint,
          (it) => it.notifications.text, (text, { notifications }) => ({ notifications: { ...notifications, text } })),
      ),
      this.#tray,
      section(
        say.typing,
        this.#switch("typing", say.typingOn, say.typingHint, (it) => it.typing, (typing) => ({ typing })),
      ),
      section(words.files.section, this.#folder()),
      section(
        say.network,
        this.#text("origin", say.origin, say.originHint, "https://chitchatter.im", (it) => it.origin, (origin) => ({ origin })),
        this.#switch("lan", say.lan, say.lanHint, (it) => it.lan, (lan) => ({ lan })),
        this.#servers(),
        this.#switch("relay", say.relayOnly, say.relayOnlyHint, (it) => it.relayOnly, (relayOnly) => ({ relayOnly })),
        this.#text("proxy", say.proxy, say.proxyHint, "socks5://127.0.0.1:9050", (it) => it.proxy ?? "",
          (proxy) => ({ proxy: proxy === "" ? null : proxy })),
      ),
      section(say.profile, el("profile-vault")),
      this.#outcome,
    );
  }

  /** @param {Settings} settings as they are kept */
  show(settings) {
    this.#settings = settings;
    for (const show of this.#shown) show(settings);
    this.#trackers.show(settings.trackers?.map((url) => ({ urls: [url] })) ?? null);
    this.#iceServers.show(settings.iceServers);
  }

  /** @param {Servers} usual what is in use while none are chosen */
  setUsual({ trackers, iceServers }) {
    this.#trackers.setUsual(trackers.map((url) => ({ urls: [url] })));
    this.#iceServers.setUsual(iceServers);
  }

  /** @param {boolean} isThere whether this desktop has a tray */
  setTray(isThere) {
    this.#hasTray = isThere;
    if (this.#settings) this.show(this.#settings);
  }

  /**
   * @param {Refusal | null} refusal nothing when the settings were kept
   */
  answer(refusal) {
    this.#outcome.textContent = refusal === null ? words.settings.saved : "";
    for (const fault of this.querySelectorAll(".error")) fault.textContent = "";
    for (const field of this.querySelectorAll("[aria-invalid=true]")) field.setAttribute("aria-invalid", "false");
    if (refusal === null) return;
    if (refusal.kind === "badSettings" && refusal.faults.length > 0) {
      for (const fault of refusal.faults) this.#showFault(FIELDS[fault.field], words.settingsFault(fault, itemOf(this.#wanted, fault)));
    } else if (refusal.kind === "badOrigin") {
      this.#showFault(FIELDS.origin, words.refusal(refusal));
    } else {
      this.#showFault(this.#changed, words.refusal(refusal));
    }
    // What was typed stays to be mended; a switch that did not turn shows it.
    if (this.#settings) this.show(this.#settings);
  }

  /** @param {HTMLElement | string | null} at @param {string} fault in words */
  #showFault(at, fault) {
    const field = typeof at === "string" ? this.querySelector(at) : at;
    if (field instanceof HTMLInputElement && field.type === "text") field.ariaInvalid = "true";
    const told = field?.closest(".setting")?.querySelector(".setting > .error");
    if (told) told.textContent = fault;
  }

  /** @param {"tracker" | "ice"} kind @param {string} url @param {string} outcome in words @param {boolean} good */
  showTest(kind, url, outcome, good) {
    (kind === "tracker" ? this.#trackers : this.#iceServers).showTest(url, outcome, good);
  }

  /** @param {HTMLElement} at @param {Partial<Settings>} change */
  #change(at, change) {
    if (!this.#settings) return;
    this.#changed = at;
    this.#wanted = { ...this.#settings, ...change };
    intend(this, { kind: "saveSettings", settings: this.#wanted });
  }

  /**
   * @param {string} id @param {string} label @param {string} hint
   * @param {(settings: Settings) => boolean} get @param {(on: boolean, settings: Settings) => Partial<Settings>} set
   */
  #switch(id, label, hint, get, set) {
    const input = el("input", { type: "checkbox", id: `settings-${id}`, role: "switch" });
    input.addEventListener("change", () => {
      if (this.#settings) this.#change(input, set(input.checked, this.#settings));
    });
    this.#shown.push((settings) => {
      input.checked = get(settings);
    });
    return setting(
      el("label", { className: "switch", htmlFor: input.id }, el("span", {}, label), input),
      input,
      hint,
    );
  }

  /**
   * @param {string} id @param {string} label @param {string} hint @param {string} placeholder
   * @param {(settings: Settings) => string} get @param {(text: string) => Partial<Settings>} set
   */
  #text(id, label, hint, placeholder, get, set) {
    const input = el("input", { type: "text", id: `settings-${id}`, autocomplete: "off", spellcheck: false, dir: "ltr", placeholder });
    input.addEventListener("change", () => this.#change(input, set(input.value.trim())));
    this.#shown.push((settings) => {
      if (input.ariaInvalid !== "true") input.value = get(settings);
    });
    return setting(el("div", { className: "field" }, el("label", { htmlFor: input.id }, label), input), input, hint);
  }

  /**
   * @template {string} T
   * @param {string} id @param {string} label @param {[T, string][]} options
   * @param {(settings: Settings) => T} get @param {(value: T) => Partial<Settings>} set
   */
  #select(id, label, options, get, set) {
    const select = el(
      "select",
      { id: `settings-${id}` },
      ...options.map(([value, text]) => el("option", { value, lang: value.length === 2 ? value : "" }, text)),
    );
    select.addEventListener("change", () => this.#change(select, set(/** @type {T} */ (select.value))));
    this.#shown.push((settings) => {
      select.value = get(settings);
    });
    return setting(
      el("div", { className: "beside" }, el("label", { htmlFor: select.id }, label), select),
      select,
      "",
    );
  }

  /**
   * @template {string} T
   * @param {string} name @param {string} legend @param {[T, string][]} options
   * @param {(settings: Settings) => T} get @param {(value: T) => Partial<Settings>} set
   */
  #choice(name, legend, options, get, set) {
    const radios = options.map(([value]) => el("input", { type: "radio", name: `settings-${name}`, value }));
    for (const radio of radios) {
      radio.addEventListener("change", () => this.#change(radio, set(/** @type {T} */ (radio.value))));
    }
    this.#shown.push((settings) => {
      for (const radio of radios) radio.checked = radio.value === get(settings);
    });
    const label = el("span", { id: `settings-${name}-legend`, className: "legend" }, legend);
    // No fieldset: in some web views its legend never stands beside anything.
    return el(
      "div",
      { className: "setting beside", role: "radiogroup", attributes: { "aria-labelledby": label.id } },
      label,
      el(
        "div",
        { className: "segments" },
        ...radios.map((radio, index) => el("label", {}, radio, el("span", {}, options[index]?.[1] ?? ""))),
      ),
    );
  }

  /** Where files are saved: chosen in the system's own dialog, since the page knows no folders. */
  #folder() {
    const shown = el("p", { id: "settings-downloads", className: "folder", tabIndex: -1, dir: "auto" });
    const choose = button("folder", words.files.changeFolder);
    const forget = button("again", words.files.forgetFolder, { quiet: true });
    choose.addEventListener("click", () => intend(this, { kind: "chooseDownloads" }));
    forget.addEventListener("click", () => {
      choose.focus();
      this.#change(shown, { downloads: null });
    });
    this.#shown.push(({ downloads }) => {
      shown.replaceChildren(downloads === null ? words.files.folderUnset : name(downloads));
      forget.hidden = downloads === null;
    });
    const label = el("span", { id: "settings-downloads-label", className: "legend" }, words.files.folder);
    const group = el("div", { className: "field", role: "group", attributes: { "aria-labelledby": label.id } }, label, shown, el("div", { className: "row" }, choose, forget));
    return setting(group, choose, words.files.folderHint);
  }

  #sound() {
    const test = button("sound", words.settings.soundTest, { quiet: true });
    const row = this.#select(
      "which-sound",
      words.settings.sound,
      TONES.map((it) => [it, words.settings.tones[it]]),
      (it) => it.sound.which,
      (which) => ({ sound: { on: this.#settings?.sound.on ?? true, which } }),
    );
    row.classList.add("under");
    const select = row.querySelector("select");
    // The choice is heard at once; the button is for hearing it again.
    const play = () => intend(this, { kind: "playSound", which: TONES.find((it) => it === select?.value) ?? "message" });
    select?.addEventListener("change", play);
    test.addEventListener("click", play);
    select?.after(test);
    return row;
  }

  /** What cannot be had is shown all the same, with the reason: another desktop has it. */
  #trayed() {
    const say = words.settings;
    const tray = this.#switch("tray", say.tray, say.trayHint, (it) => it.tray && this.#hasTray,
      (tray, { startHidden }) => ({ tray, startHidden: tray && startHidden }));
    const hidden = this.#switch("hidden", say.startHidden, say.startHiddenHint, (it) => it.startHidden && it.tray && this.#hasTray,
      (startHidden) => ({ startHidden }));
    const none = el("p", { className: "hint none", hidden: true }, icon("about"), say.noTray);
    this.#shown.push((settings) => {
      none.hidden = this.#hasTray;
      for (const [row, isFree] of /** @type {const} */ ([[tray, this.#hasTray], [hidden, this.#hasTray && settings.tray]])) {
        const input = row.querySelector("input");
        if (input) input.disabled = !isFree;
      }
    });
    return section(say.window, none, tray, hidden);
  }

  #servers() {
    this.#trackers.kind = this.#trackers.className = "tracker";
    this.#trackers.change = (list) => this.#change(this.#trackers, { trackers: list?.flatMap(({ urls }) => urls) ?? null });
    this.#iceServers.kind = this.#iceServers.className = "ice";
    this.#iceServers.change = (list) => this.#change(this.#iceServers, { iceServers: list });
    const fault = () => el("p", { className: "error", role: "alert" });
    return el(
      "div",
      { className: "servers" },
      el("div", { className: "setting" }, this.#trackers, fault()),
      el("div", { className: "setting" }, this.#iceServers, fault()),
    );
  }
}

/** @param {string} title @param {Node[]} parts */
function section(title, ...parts) {
  const heading = el("h2", {}, title);
  heading.id = `settings-section-${++sections}`;
  return el("section", { attributes: { "aria-labelledby": heading.id } }, heading, ...parts);
}

/** @param {HTMLElement} control @param {HTMLElement} input @param {string} hint */
function setting(control, input, hint) {
  const told = el("p", { id: `${input.id}-hint`, className: "hint", hidden: hint === "" }, hint);
  const fault = el("p", { id: `${input.id}-fault`, className: "error", role: "alert" });
  input.setAttribute("aria-describedby", `${told.id} ${fault.id}`);
  return el("div", { className: "setting" }, control, told, fault);
}

/** What stands in a list where something is wrong with it. @param {Settings | null} wanted @param {SettingsFault} fault */
function itemOf(wanted, { field, item }) {
  if (item === undefined) return undefined;
  if (field === "trackers") return wanted?.trackers?.[item];
  return field === "iceServers" ? wanted?.iceServers?.[item]?.urls.join(", ") : undefined;
}

let sections = 0;

/** Where each setting that can be wrong is. @type {Record<SettingsField, string>} */
const FIELDS = {
  origin: "#settings-origin",
  trackers: "server-list.tracker",
  iceServers: "server-list.ice",
  relayOnly: "#settings-relay",
  proxy: "#settings-proxy",
  downloads: "#settings-downloads",
};

customElements.define("settings-form", SettingsForm);
