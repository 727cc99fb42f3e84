/**
 * <message-composer> — the box a message is written in. Keeps its draft as long as it lives, also
 * while one changes an older line in it.
 *
 * Wants `say`, `edit`, `type`, `findEmoji`, `pickEmoji` and `pickFiles`; `main.js` gives back what could not be
 * said. The place it is in hears `editlast`.
 *
 * @import {Line} from "../../types/ipc.js"
 * @import {Place} from "../../types/intention.js"
 */
import { placeBeside } from "../../lib/beside.js";
import { begun, completed, namesLike } from "../../lib/complete.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { measure } from "../../lib/limits.js";
import { bringIntoSight } from "../../lib/sight.js";
import { words } from "../../lib/words.js";

/** @typedef {{ shown: string, hint: string, whole: string }} Suggestion */

export class MessageComposer extends HTMLElement {
  /** @type {Place} */
  #place = { room: "" };
  /** @type {() => string[]} who can be named here */
  names = () => [];
  /** @type {() => boolean} whether everyone who is here understands edits */
  allTalk = () => true;
  #id = `composer-${++composers}`;
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #stillTyping = 0;
  /** @type {Line | null} what one answers */
  #answers = null;
  /** @type {Line | null} what one says differently */
  #edits = null;
  /** What was in the box before an older line came into it. */
  #draft = "";
  /** @type {Suggestion[]} */
  #suggestions = [];
  #chosen = -1;
  #asked = 0;
  #box = el("textarea", {
    rows: 1,
    placeholder: words.composer.placeholder,
    ariaLabel: words.composer.label,
    dir: "auto",
    enterKeyHint: "send",
    attributes: { "aria-autocomplete": "list", "aria-controls": `${this.#id}-list` },
  });
  #count = el("p", { id: `${this.#id}-count`, className: "count", role: "status" });
  #send = button("send", words.composer.send, { type: "submit", iconOnly: true, disabled: true });
  #emoji = button("smile", words.composer.emoji, { quiet: true, iconOnly: true });
  #attach = button("clip", words.files.attach, { quiet: true, iconOnly: true });
  #offers = el("div", { id: `${this.#id}-attach`, className: "attach", popover: "auto", role: "dialog", ariaLabel: words.files.attachTitle });
  #over = el("div", { className: "over", hidden: true });
  #list = el("ul", { id: `${this.#id}-list`, className: "suggestions", role: "listbox", ariaLabel: words.composer.suggestions, hidden: true });
  #told = el("p", { className: "visually-hidden", role: "status" });

  connectedCallback() {
    if (this.firstChild) return;
    const help = el("p", { id: `${this.#id}-help`, className: "help" }, words.composer.help);
    this.#box.setAttribute("aria-describedby", `${help.id} ${this.#count.id}`);
    const form = el(
      "form",
      {},
      this.#list,
      this.#over,
      el("div", { className: "box" }, this.#attach, this.#emoji, this.#box, this.#send),
      el("div", { className: "under" }, this.#count, help),
      this.#told,
    );
    this.append(form, this.#offers);
    this.#offerFiles();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("keydown", (event) => this.#press(event));
    this.#box.addEventListener("input", () => {
      this.#measured();
      this.#suggest();
      if (!this.#edits) this.#type(this.#box.value.trim() !== "");
    });
    this.#box.addEventListener("blur", () => this.#offer([]));
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("[role=option]") : null;
      if (option) this.#take(Number(option.getAttribute("data-index")));
    });
    this.#emoji.addEventListener("click", () =>
      intend(this, { kind: "pickEmoji", anchor: this.#emoji, chosen: (emoji) => this.#insert(emoji), closed: () => this.focus() }),
    );
  }

  focus() {
    this.#box.focus();
  }

  get place() {
    return this.#place;
  }

  set place(place) {
    this.#place = place;
    // What is shared is for everyone in a room.
    this.#attach.hidden = place.with !== undefined;
  }

  #offerFiles() {
    this.#attach.setAttribute("popovertarget", this.#offers.id);
    this.#attach.setAttribute("aria-keyshortcuts", ATTACH_KEY);
    this.#attach.title = `${words.files.attach} (${ATTACH_KEY})`;
    const pick = (/** @type {boolean} */ folder) => {
      this.#offers.hidePopover();
      intend(this, { kind: "pickFiles", room: this.#place.room, folder });
    };
    const some = button("file", words.files.pickFiles, { quiet: true, autofocus: true });
    const whole = button("folder", words.files.pickFolder, { quiet: true });
    some.addEventListener("click", () => pick(false));
    whole.addEventListener("click", () => pick(true));
    this.#offers.append(el("h2", {}, words.files.attachTitle), some, whole, el("p", { className: "hint" }, words.files.attachHint));
    this.#offers.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "open") placeBeside(this.#offers, this.#attach);
    });
  }

  /** @param {string} person the name of whom one writes to alone */
  set to(person) {
    this.#box.placeholder = words.composer.placeholderTo(person);
  }

  /** @param {Line} line */
  answer(line) {
    this.#endEdit();
    this.#answers = line;
    this.#showOver();
    this.focus();
  }

  /** @param {Line} line one's own */
  edit(line) {
    if (!this.#edits) this.#draft = this.#box.value;
    this.#edits = line;
    this.#box.value = line.text;
    this.#showOver();
    this.#measured();
    this.focus();
    this.#box.setSelectionRange(line.text.length, line.text.length);
  }

  /**
   * A line is shown differently, or not any more: what was begun about it may be pointless.
   *
   * @param {Line} line
   */
  lineReplaced(line) {
    if (!line.deleted) return;
    if (this.#edits?.key === line.key) this.#endEdit();
    if (this.#answers?.key === line.key) this.#answers = null;
    this.#showOver();
  }

  /**
   * Puts back what could not be said, before whatever was written since.
   *
   * @param {string} text
   */
  giveBack(text) {
    this.#box.value = this.#box.value === "" ? text : `${text}\n${this.#box.value}`;
    this.#measured();
  }

  /** What waits to be said; not what an older line is changed to. */
  get draft() {
    return this.#edits ? this.#draft : this.#box.value;
  }

  set draft(draft) {
    this.#box.value = draft;
    this.#measured();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    // While a word is being composed, its keys are not ours. Safari's engine reports the Enter that
    // accepts the word as code 229 and as no longer composing.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#suggestions.length > 0 && this.#pressInList(event.key)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && this.#box.value === "" && !this.#edits && !event.altKey && !event.ctrlKey) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("editlast", { bubbles: true, detail: null }));
    } else if (event.key === "Escape" && (this.#edits || this.#answers)) {
      event.preventDefault();
      this.#drop();
    }
  }

  /** @param {string} key @returns {boolean} whether it meant something */
  #pressInList(key) {
    const { length } = this.#suggestions;
    switch (key) {
      case "ArrowDown":
        this.#choose((this.#chosen + 1) % length);
        return true;
      case "ArrowUp":
        this.#choose((this.#chosen - 1 + length) % length);
        return true;
      case "Enter":
      case "Tab":
        this.#take(this.#chosen);
        return true;
      case "Escape":
        this.#offer([]);
        return true;
      default:
        return false;
    }
  }

  #submit() {
    const text = this.#box.value;
    if (!measure(text).sendable) return;
    const [edits, answers] = [this.#edits, this.#answers];
    if (edits) {
      this.#endEdit();
      if (text !== edits.text) intend(this, { kind: "edit", room: this.#place.room, line: edits.key, text });
    } else {
      this.#box.value = "";
      this.#answers = null;
      this.#type(false);
      intend(this, { kind: "say", place: this.#place, text, replyTo: answers?.key ?? null });
    }
    this.#offer([]);
    this.#showOver();
    this.#measured();
  }

  /** Neither answers nor changes anything. */
  #drop() {
    this.#answers = null;
    this.#endEdit();
    this.#showOver();
    this.focus();
  }

  #endEdit() {
    if (!this.#edits) return;
    this.#edits = null;
    this.#box.value = this.#draft;
    this.#draft = "";
    this.#measured();
  }

  #showOver() {
    const line = this.#edits ?? this.#answers;
    this.#over.hidden = !line;
    this.#send.ariaLabel = this.#edits ? words.composer.save : words.composer.send;
    this.#send.title = this.#send.ariaLabel;
    if (!line) return;
    const drop = button("close", this.#edits ? words.composer.dropEdit : words.composer.dropReply, { quiet: true, iconOnly: true });
    drop.addEventListener("click", () => this.#drop());
    const author = line.own ? words.line.you : line.author;
    const title = this.#edits ? words.composer.editing : words.composer.replying(author);
    const detail = this.#edits && !this.allTalk() ? words.composer.editingBrowsers : excerpt(line.share?.name ?? line.text);
    this.#over.replaceChildren(
      icon(this.#edits ? "pencil" : "reply"),
      el("p", { role: "status" }, el("strong", {}, title), " ", el("span", { className: "excerpt", dir: "auto" }, detail)),
      drop,
    );
  }

  #measured() {
    const { sendable, left, counted } = measure(this.#box.value);
    this.#send.disabled = !sendable;
    this.#count.textContent = !counted
      ? ""
      : left < 0
        ? words.composer.over(-left)
        : words.composer.left(left);
    this.#count.classList.toggle("too-many", left < 0);
    this.#box.ariaInvalid = String(left < 0);
    // The box grows with its text, up to what the style allows.
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight + BORDERS_PX}px`;
    // Where all of it is seen there is nothing to scroll, whatever fractions of a pixel add up to.
    this.#box.style.overflowY = this.#box.scrollHeight > this.#box.clientHeight + BORDERS_PX ? "auto" : "hidden";
  }

  /** @param {boolean} typing */
  #type(typing) {
    const was = this.#stillTyping !== 0;
    if (this.#stillTyping !== 0) clearTimeout(this.#stillTyping);
    this.#stillTyping = typing ? setTimeout(() => this.#type(false), TYPING_MS) : 0;
    if (was !== typing) intend(this, { kind: "type", place: this.#place, typing });
  }

  // --- completion of names and emoji ---

  #suggest() {
    const { value, selectionStart, selectionEnd } = this.#box;
    const asked = ++this.#asked;
    const here = selectionStart === selectionEnd ? begun(value, selectionStart) : null;
    if (here?.kind === "emoji") {
      intend(this, {
        kind: "findEmoji",
        query: here.query,
        answer: (found) => {
          if (asked !== this.#asked) return;
          this.#offer(found.slice(0, MOST_OFFERED).map(({ emoji, shortcode }) => ({ shown: emoji, hint: `:${shortcode}:`, whole: emoji })));
        },
      });
    } else if (here) {
      this.#offer(namesLike(this.names(), here.query).map((who) => ({ shown: who, hint: "", whole: `@${who}` })));
    } else {
      this.#offer([]);
    }
  }

  /** @param {Suggestion[]} suggestions */
  #offer(suggestions) {
    if (suggestions.length === 0) this.#asked += 1;
    this.#suggestions = suggestions;
    this.#list.hidden = suggestions.length === 0;
    this.#told.textContent = suggestions.length === 0 ? "" : words.composer.suggested(suggestions.length);
    this.#list.replaceChildren(
      ...suggestions.map(({ shown, hint }, index) =>
        el(
          "li",
          { id: `${this.#id}-option-${index}`, role: "option", dataset: { index: String(index) } },
          name(shown, hint === "" ? "shown" : "shown emoji"),
          hint === "" ? null : el("span", { className: "hint" }, hint),
        ),
      ),
    );
    this.#choose(suggestions.length === 0 ? -1 : 0);
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    for (const [at, option] of [...this.#list.children].entries()) option.setAttribute("aria-selected", String(at === index));
    const option = this.#list.children[index];
    if (option) bringIntoSight(this.#list, option);
    if (option) this.#box.setAttribute("aria-activedescendant", option.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  #take(index) {
    const { value, selectionStart } = this.#box;
    const here = begun(value, selectionStart);
    const suggestion = this.#suggestions[index];
    if (!here || !suggestion) return;
    const { text, caret } = completed(value, here.start, selectionStart, suggestion.whole);
    this.#box.value = text;
    this.#box.setSelectionRange(caret, caret);
    this.#offer([]);
    this.#measured();
  }

  /** @param {string} text */
  #insert(text) {
    const { selectionStart, selectionEnd } = this.#box;
    this.#box.setRangeText(text, selectionStart, selectionEnd, "end");
    this.#measured();
    this.focus();
  }
}

/** @param {string} text */
const excerpt = (text) => (text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text);

let composers = 0;
const BORDERS_PX = 2;
/** How long after the last key one counts as typing; the same as in browsers. */
const TYPING_MS = 2_000;
/** What does the same from anywhere in a room. */
const ATTACH_KEY = "Ctrl+U";
const MOST_OFFERED = 8;
const EXCERPT = 140;

customElements.define("message-composer", MessageComposer);
