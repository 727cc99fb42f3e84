/**
 * <server-list> — servers one may choose oneself: trackers, or STUN and TURN. As long as none are
 * chosen the usual ones are in use; taking one of them out, or adding one, makes the list one's own.
 *
 * @import {IceServer} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class ServerList extends HTMLElement {
  /** @type {"tracker" | "ice"} */
  kind = "tracker";
  /** @type {(list: IceServer[] | null) => void} */
  change = () => {};
  /** @type {IceServer[] | null} */
  #chosen = null;
  /** @type {IceServer[]} */
  #usual = [];
  #list = el("ul", { role: "list" });
  #fault = el("p", { className: "error", role: "alert" });
  #address = el("input", { type: "text", autocomplete: "off", spellcheck: false, dir: "ltr" });
  #username = el("input", { type: "text", autocomplete: "off", spellcheck: false, dir: "ltr" });
  #credential = el("input", { type: "password", autocomplete: "off" });
  #reset = button("again", words.settings.reset, { quiet: true });

  connectedCallback() {
    if (this.firstChild) return;
    const say = words.settings;
    const isIce = this.kind === "ice";
    const id = `servers-${this.kind}`;
    this.#address.id = id;
    this.#address.placeholder = isIce ? "stun:stun.example.org:3478" : "wss://tracker.example.org";
    this.#fault.id = `${id}-fault`;
    this.#address.setAttribute("aria-describedby", this.#fault.id);
    this.#username.id = `${id}-username`;
    this.#credential.id = `${id}-credential`;
    this.#reset.addEventListener("click", () => this.change(null));
    const add = button("plus", say.add, { type: "submit" });
    const form = el(
      "form",
      { noValidate: true },
      el("label", { htmlFor: id }, isIce ? say.addIce : say.addTracker),
      el("div", { className: "field-row" }, this.#address, add),
      isIce
        ? el(
            "details",
            {},
            el("summary", {}, say.forTurn),
            el("div", { className: "login" },
              el("label", { htmlFor: this.#username.id }, say.username), this.#username,
              el("label", { htmlFor: this.#credential.id }, say.credential), this.#credential),
          )
        : null,
      this.#fault,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
    this.append(
      el("h3", { id: `${id}-title` }, isIce ? say.iceServers : say.trackers),
      el("p", { className: "hint" }, isIce ? say.iceServersHint : say.trackersHint),
      this.#list,
      this.#reset,
      form,
    );
    this.#list.setAttribute("aria-labelledby", `${id}-title`);
    this.#draw();
  }

  /** @param {IceServer[] | null} chosen nothing for the usual ones */
  show(chosen) {
    const added = chosen !== null && urlsOf(chosen).includes(this.#address.value.trim());
    if (added) for (const field of [this.#address, this.#username, this.#credential]) field.value = "";
    if (JSON.stringify(chosen) === JSON.stringify(this.#chosen)) return;
    this.#chosen = chosen;
    this.#draw();
  }

  /** @param {IceServer[]} servers */
  setUsual(servers) {
    // Drawn anew, a row would lose the focus and what its test found.
    if (JSON.stringify(servers) === JSON.stringify(this.#usual)) return;
    this.#usual = servers;
    if (this.#chosen === null) this.#draw();
  }

  /** @param {string} url @param {string} outcome in words @param {boolean} good */
  showTest(url, outcome, good) {
    for (const row of this.#list.querySelectorAll("li")) {
      if (row.dataset["url"] !== url) continue;
      const told = row.querySelector(".outcome");
      told?.replaceChildren(icon(good ? "check" : "caution"), el("span", {}, outcome));
      told?.classList.toggle("bad", !good);
      row.querySelector("button")?.removeAttribute("aria-disabled");
    }
  }

  #add() {
    const url = this.#address.value.trim();
    const now = this.#chosen ?? this.#usual;
    const twice = urlsOf(now).includes(url);
    this.#fault.textContent = twice ? words.settings.twice : "";
    if (url === "" || twice) return;
    const username = this.#username.value.trim();
    const credential = this.#credential.value;
    this.change([
      ...now,
      { urls: [url], ...(username === "" ? {} : { username }), ...(credential === "" ? {} : { credential }) },
    ]);
  }

  #draw() {
    const now = this.#chosen ?? this.#usual;
    this.#list.replaceChildren(...now.map((server) => this.#row(server, now)));
    this.#reset.hidden = this.#chosen === null;
  }

  /** @param {IceServer} server @param {IceServer[]} now */
  #row(server, now) {
    const url = server.urls.join(", ");
    const test = button("pulse", words.settings.test, { quiet: true });
    test.ariaLabel = words.settings.testOf(url);
    const outcome = el("p", { className: "outcome", role: "status" });
    test.addEventListener("click", () => {
      if (test.getAttribute("aria-disabled") === "true") return;
      test.setAttribute("aria-disabled", "true");
      outcome.classList.remove("bad");
      outcome.replaceChildren(icon("clock"), el("span", {}, words.settings.testing));
      if (this.kind === "ice") intend(this, { kind: "testIceServer", server });
      else intend(this, { kind: "testTracker", url });
    });
    const remove = button("close", words.settings.remove(url), { quiet: true, iconOnly: true });
    remove.addEventListener("click", () => {
      this.change(now.filter((it) => it !== server));
      this.#address.focus();
    });
    return el(
      "li",
      { dataset: { url } },
      el("div", { className: "server" },
        el("p", { className: "url" }, name(url), server.username ? el("span", { className: "tag" }, ` ${server.username}`) : null),
        outcome),
      test,
      remove,
    );
  }
}

/** @param {IceServer[]} servers */
const urlsOf = (servers) => servers.flatMap(({ urls }) => urls);

customElements.define("server-list", ServerList);
