/**
 * <problem-list> — what went wrong lately, in plain words, with what to do next.
 *
 * @import {Problem, ProblemKind} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { unreachable } from "../../lib/unreachable.js";
import { words } from "../../lib/words.js";

export class ProblemList extends HTMLElement {
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  #list = el("ul", { role: "list" });

  connectedCallback() {
    if (this.firstChild) return;
    this.role = "region";
    this.ariaLabel = words.problems.title;
    this.ariaLive = "polite";
    this.append(this.#list);
    this.hidden = this.#rows.size === 0;
  }

  /** @param {Problem} problem */
  add(problem) {
    this.delete(problem.id);
    const { title, advice, retype } = told(problem.what);
    const isAboutConnection = ["noTracker", "nowhereToMeet", "unconnectable"].includes(problem.what.kind);
    const dismiss = button("close", words.problems.dismiss, { quiet: true, iconOnly: true });
    dismiss.addEventListener("click", () => intend(this, { kind: "dismiss", problem: problem.id }));
    const again = retype === null ? null : button("lock", words.problems.retype);
    again?.addEventListener("click", () => {
      if (retype !== null) intend(this, { kind: "retypePassword", room: retype });
    });
    const ask = isAboutConnection ? button("pulse", words.doctor.ask) : null;
    ask?.addEventListener("click", () => intend(this, { kind: "showPage", page: "doctor" }));
    const now = problem.what.kind === "noTracker" ? button("again", words.trackers.tryNow) : null;
    now?.addEventListener("click", () => intend(this, { kind: "tryTrackers" }));
    const row = el(
      "li",
      {},
      icon("caution"),
      el("div", {}, el("p", { className: "title" }, ...title), el("p", {}, advice), again, now, ask),
      dismiss,
    );
    this.#rows.set(problem.id, row);
    this.#list.prepend(row);
    this.hidden = false;
  }

  /** @param {number} id */
  delete(id) {
    this.#rows.get(id)?.remove();
    this.#rows.delete(id);
    this.hidden = this.#rows.size === 0;
  }
}

/**
 * @param {ProblemKind} what
 * @returns {{ title: (Node | string)[], advice: string, retype: string | null }}
 */
function told(what) {
  switch (what.kind) {
    case "noTracker":
    case "nowhereToMeet":
    case "notKept": {
      const [title, advice] = words.problems[what.kind];
      return { title: [title], advice, retype: null };
    }
    case "otherPassword": {
      const [before, after, advice] = what.met ? words.problems.othersPassword : words.problems.otherPassword;
      return { title: [before, name(what.room), after], advice, retype: what.met ? null : what.room };
    }
    case "unconnectable": {
      const [before, after, advice] = words.problems.unconnectable;
      return { title: [before, name(what.room), after], advice, retype: null };
    }
    case "cutOff": {
      const [before, after, advice] = words.problems.cutOff(what.offence);
      return { title: [before, name(what.name), after], advice, retype: null };
    }
    default:
      return unreachable(what);
  }
}

customElements.define("problem-list", ProblemList);
