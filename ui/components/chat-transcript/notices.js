/**
 * What happened around the lines: who came, went, is called differently.
 *
 * @import {Likeness, Notice} from "../../types/ipc.js"
 */
import { el, icon, name } from "../../lib/dom.js";
import { isCalledLikeOneself } from "../../lib/people.js";
import { words } from "../../lib/words.js";
import { Comings, showInRun } from "./comings.js";
import { time } from "./line.js";

export class Notices {
  /** Where it was last said what somebody is called, by their session. @type {Map<string, { called: string, said: HTMLElement }>} */
  #arrivals = new Map();
  #comings = new Comings();

  /**
   * @param {HTMLElement} log at the end of which it is told
   * @param {Notice} notice
   * @param {(called: string) => string | null} animalOf the name that nobody chooses, of who can be mistaken
   * @param {boolean} isNew whether it happens now
   */
  append(log, notice, animalOf, isNew) {
    this.#comings.append(log, this.#draw(notice, animalOf), notice, isNew);
  }

  /** @param {Element} toggle */
  toggle(toggle) {
    this.#comings.toggle(toggle);
  }

  /** @param {Notice} notice @param {(called: string) => string | null} animalOf @returns {HTMLElement} */
  #draw({ what, time: moment }, animalOf) {
    const parts = words.notice(what);
    const said = el(
      "p",
      { className: `notice ${what.kind}` },
      el("span", {}, ...parts.map((part, index) => (index % 2 === 1 ? name(part) : part))),
      " ",
      time(moment),
    );
    const animal = "name" in what && (what.kind === "slowed" || isCalledLikeOneself(what.name)) ? animalOf(what.name) : null;
    if (animal !== null) said.querySelector("bdi")?.after(" (", name(animal), ")");
    if (what.kind !== "joined" && what.kind !== "renamed") return said;
    if (what.imitates !== undefined) warn(said, what.imitates, what.animalName);
    this.#noteArrival(what.peerId, what.kind === "joined" ? what.name : what.to, said);
    return said;
  }

  /** @param {(peerId: string, called: string) => Likeness | null} imitatedBy whom somebody who is here under this name may be taken for */
  flag(imitatedBy) {
    for (const [peerId, { called, said }] of this.#arrivals) {
      const other = imitatedBy(peerId, called);
      if (other !== null && !said.querySelector(".caution")) {
        warn(said, other);
        showInRun(said);
      }
    }
  }

  /** @param {string} peerId @param {string} called @param {HTMLElement} said */
  #noteArrival(peerId, called, said) {
    this.#arrivals.delete(peerId);
    this.#arrivals.set(peerId, { called, said });
    const [first] = this.#arrivals.keys();
    if (this.#arrivals.size > MOST_ARRIVALS && first !== undefined) this.#arrivals.delete(first);
  }
}

/** @param {HTMLElement} said @param {Likeness} other whom they look like @param {string} [animal] the name they could not choose */
function warn(said, other, animal) {
  if (animal !== undefined) said.querySelector("bdi:last-of-type")?.after(" (", name(animal), ")");
  said.append(el("span", { className: "caution" }, icon("caution"), words.people.imitatesWhy(other)));
}

/** Whoever is found to look like somebody else is so within a moment of coming. */
const MOST_ARRIVALS = 100;
