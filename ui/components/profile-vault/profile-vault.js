/**
 * <profile-vault> — who one is, as a file: saved, taken over from another machine, or deleted.
 */
import { button, el, icon } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class ProfileVault extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });
  #file = el("input", { type: "file", accept: ".json,application/json", hidden: true, tabIndex: -1 });
  #fault = el("p", { className: "error", role: "alert" });
  #again = button("again", words.settings.enterAgain);
  #stays = el("div", { className: "stays", role: "status" });

  connectedCallback() {
    if (this.firstChild) return;
    const say = words.settings;
    const save = button("down", say.export);
    save.addEventListener("click", () => this.#askExport());
    const load = button("up", say.import);
    load.addEventListener("click", () => this.#file.click());
    const forget = button("bin", say.delete);
    forget.classList.add("danger");
    forget.addEventListener("click", () => this.#askDelete());
    this.#again.addEventListener("click", () => intend(this, { kind: "enterAllAgain" }));
    this.#file.ariaLabel = say.import;
    this.#file.addEventListener("change", () => void this.#read());
    this.append(
      el("p", { className: "hint" }, say.profileLead),
      el("div", { className: "buttons" }, save, load, forget),
      this.#file,
      this.#fault,
      this.#stays,
      this.#dialog,
    );
  }

  /** @param {string} why the file in hand was refused, in words @param {boolean} retry whether another passphrase may do */
  refuse(why, retry) {
    if (this.#dialog.open && retry) {
      this.#failed(why);
    } else {
      this.#dialog.close();
      this.#refuse(why);
    }
  }

  /** @param {boolean} isOld whether one stays who one was as long as one is in a room */
  set stays(isOld) {
    if (isOld === (this.#stays.childElementCount > 0)) return;
    this.#stays.replaceChildren(...(isOld ? [el("p", { className: "caution" }, icon("caution"), el("span", {}, words.settings.stays)), this.#again] : []));
    if (isOld) this.#stays.scrollIntoView({ block: "nearest" });
  }

  /** The file needs a passphrase. @param {string} text its content */
  askPassphrase(text) {
    this.#askImport(text, true);
  }

  /** What was asked for is done. */
  done() {
    this.#fault.textContent = "";
    this.#dialog.close();
  }

  async #read() {
    const [file] = this.#file.files ?? [];
    this.#file.value = "";
    this.#fault.textContent = "";
    if (!file) return;
    if (file.size > MAX_PROFILE_BYTES) {
      this.#refuse(words.settings.importTooLarge);
      return;
    }
    const text = await file.text();
    // Only looked at to ask in time for what it takes; Rust decides what the file is.
    if (/"(publicKey|sealed)"/.test(text)) this.#askImport(text, !/"publicKey"/.test(text));
    else this.#refuse(words.refusal({ kind: "badProfile", fault: "notAProfile" }));
  }

  /** @param {string} why */
  #refuse(why) {
    this.#fault.textContent = why;
    this.#fault.scrollIntoView({ block: "nearest" });
  }

  #askExport() {
    const say = words.settings;
    const sealed = el("input", { type: "radio", name: "export-kind", checked: true });
    const plain = el("input", { type: "radio", name: "export-kind" });
    const passphrase = el("input", { type: "password", id: "export-passphrase", autocomplete: "off", maxLength: MAX_PASSPHRASE });
    const field = el("div", { className: "field" }, el("label", { htmlFor: passphrase.id }, say.passphrase), passphrase);
    const warning = el("p", { className: "caution", hidden: true }, icon("caution"), el("span", {}, say.exportWarning));
    for (const radio of [sealed, plain]) {
      radio.addEventListener("change", () => {
        field.hidden = plain.checked;
        warning.hidden = sealed.checked;
      });
    }
    this.#open(
      say.exportTitle,
      [
        el("div", { className: "options", role: "radiogroup", ariaLabel: say.exportTitle },
          option(sealed, say.exportSealed, say.exportSealedHint),
          option(plain, say.exportPlain, say.exportPlainHint)),
        field,
        warning,
      ],
      [button("down", say.exportSave, { type: "submit" }), "primary"],
      () => {
        if (sealed.checked && passphrase.value.length < MIN_PASSPHRASE) {
          this.#failed(say.exportShort);
          passphrase.focus();
          return;
        }
        intend(this, { kind: "exportProfile", password: sealed.checked ? passphrase.value : null });
      },
    );
    passphrase.focus();
  }

  /** @param {string} text @param {boolean} sealed */
  #askImport(text, sealed) {
    const say = words.settings;
    const passphrase = el("input", { type: "password", id: "import-passphrase", autocomplete: "off", maxLength: MAX_PASSPHRASE });
    this.#open(
      say.importTitle,
      [
        el("p", {}, say.importLead),
        sealed
          ? el("div", { className: "field" }, el("label", { htmlFor: passphrase.id }, say.importPassphrase), passphrase)
          : null,
      ],
      [button("check", say.importNow, { type: "submit" }), "primary"],
      () => intend(this, { kind: "importProfile", text, password: sealed && passphrase.value !== "" ? passphrase.value : null }),
    );
    if (sealed) passphrase.focus();
  }

  #askDelete() {
    const say = words.settings;
    const submit = button("bin", say.deleteNow, { type: "submit" });
    this.#open(say.deleteTitle, [el("p", {}, say.deleteLead)], [submit, "danger"], () => intend(this, { kind: "deleteProfile" }));
    // What cannot be taken back is not what Enter does.
    /** @type {HTMLElement | null} */ (this.#dialog.querySelector(".buttons .quiet"))?.focus();
  }

  /**
   * @param {string} heading @param {(Node | null)[]} parts
   * @param {[HTMLButtonElement, string]} go @param {() => void} act
   */
  #open(heading, parts, [go, look], act) {
    const title = el("h2", { id: "profile-vault-title" }, heading);
    const cancel = button("close", words.cancel, { quiet: true });
    cancel.addEventListener("click", () => this.#dialog.close());
    go.classList.add(look);
    const form = el(
      "form",
      { noValidate: true },
      title,
      ...parts,
      el("p", { className: "error", role: "alert" }),
      el("div", { className: "buttons" }, cancel, go),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#failed("");
      act();
    });
    this.#fault.textContent = "";
    this.#dialog.setAttribute("aria-labelledby", title.id);
    this.#dialog.replaceChildren(form);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {string} why */
  #failed(why) {
    this.#dialog.querySelector("form > .error")?.replaceChildren(why);
  }
}

/** @param {HTMLInputElement} radio @param {string} label @param {string} hint */
const option = (radio, label, hint) =>
  el("label", { className: "check" }, radio, el("span", {}, el("strong", {}, label), el("small", { className: "hint" }, hint)));

const MIN_PASSPHRASE = 8;
const MAX_PASSPHRASE = 256;
/** A profile is a few kilobytes; Rust says so again. */
const MAX_PROFILE_BYTES = 256 * 1024;

customElements.define("profile-vault", ProfileVault);
