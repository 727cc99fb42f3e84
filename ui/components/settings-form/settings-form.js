/**
 * <settings-form> — the few things a person may change: which world, and whether the local network
 * counts.
 *
 * @import {Settings} from "../../types/ipc.js"
 */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class SettingsForm extends HTMLElement {
  #origin = el("input", { type: "url", required: true, autocomplete: "off", spellcheck: false, dir: "ltr", id: "settings-origin" });
  #lan = el("input", { type: "checkbox", id: "settings-lan" });
  #outcome = el("p", { className: "outcome", role: "status", id: "settings-outcome" });

  connectedCallback() {
    if (this.firstChild) return;
    const form = el(
      "form",
      { noValidate: true },
      el("p", { className: "hint" }, words.settings.lead),
      el("label", { htmlFor: this.#origin.id }, words.settings.origin),
      this.#origin,
      el("label", { className: "check" }, this.#lan, el("span", {}, words.settings.lan)),
      el("div", { className: "buttons" }, button("check", words.settings.save, { type: "submit" })),
      this.#outcome,
    );
    this.#origin.setAttribute("aria-describedby", this.#outcome.id);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const settings = { origin: this.#origin.value.trim(), lan: this.#lan.checked };
      intend(this, { kind: "saveSettings", settings });
    });
    this.append(form);
  }

  /** @param {Settings} settings */
  show(settings) {
    this.#origin.value = settings.origin;
    this.#lan.checked = settings.lan;
  }

  /** @param {string | null} failure in words; nothing when the settings were kept */
  answer(failure) {
    this.#outcome.textContent = failure ?? words.settings.saved;
    this.#outcome.classList.toggle("error", failure !== null);
    this.#origin.ariaInvalid = String(failure !== null);
  }
}

customElements.define("settings-form", SettingsForm);
