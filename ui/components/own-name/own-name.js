/**
 * <own-name> — who one is to others, and the way to change it.
 *
 * @import {Me} from "../../types/ipc.js"
 */
import { button, el, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { MAX_NAME } from "../../lib/limits.js";
import { initial, tint } from "../../lib/people.js";
import { words } from "../../lib/words.js";

export class OwnName extends HTMLElement {
  #badge = el("span", { className: "badge", ariaHidden: "true" });
  #called = el("p", { className: "called" });
  #edit = button("pencil", words.me.edit, { quiet: true, iconOnly: true });
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });
  #field = el("input", { type: "text", maxLength: MAX_NAME, autocomplete: "off", dir: "auto" });
  #hint = el("p", { className: "hint" });

  connectedCallback() {
    if (this.firstChild) return;
    const id = `own-name-${++names}`;
    this.#field.id = id;
    this.#hint.id = `${id}-hint`;
    this.#field.setAttribute("aria-describedby", this.#hint.id);
    const title = el("h2", { id: `${id}-title` }, words.me.edit);
    this.#dialog.setAttribute("aria-labelledby", title.id);
    const cancel = button("close", words.cancel, { quiet: true });
    cancel.addEventListener("click", () => this.#dialog.close());
    const save = button("check", words.me.save, { type: "submit" });
    save.classList.add("primary");
    const form = el(
      "form",
      {},
      title,
      el("label", { htmlFor: id }, words.me.label),
      this.#field,
      this.#hint,
      el("div", { className: "buttons" }, cancel, save),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#dialog.close();
      intend(this, { kind: "rename", name: this.#field.value.trim() });
    });
    this.#dialog.append(form);
    this.#edit.addEventListener("click", () => {
      this.#dialog.showModal();
      this.#field.select();
    });
    this.append(this.#badge, el("div", {}, el("p", { className: "tag" }, words.me.title), this.#called), this.#edit, this.#dialog);
  }

  /** @param {Me} me */
  setMe(me) {
    this.#badge.textContent = initial(me.name);
    this.#badge.dataset.tint = tint(`profile:${me.userId}`);
    this.#called.replaceChildren(
      name(me.name, "name"),
      ...(me.customName === "" ? [] : [el("span", { className: "animal" }, " (", name(me.animalName), ")")]),
    );
    this.#field.value = me.customName;
    this.#field.placeholder = me.animalName;
    this.#hint.textContent = words.me.hint(me.animalName);
  }
}

let names = 0;

customElements.define("own-name", OwnName);
