/**
 * <connection-doctor> — why people can be reached or not, in words: what is in the way, what to do
 * about it, and everything that was found out.
 *
 * @import {Advice, Diagnosis, IceTest, PeerHealth, TrackerHealth} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { bytes } from "../../lib/sizes.js";
import { clock } from "../../lib/times.js";
import { words } from "../../lib/words.js";

export class ConnectionDoctor extends HTMLElement {
  #again = button("again", words.doctor.again);
  #copy = button("copy", words.doctor.copy, { disabled: true });
  #state = el("p", { className: "hint", role: "status" });
  #found = el("div", { className: "findings" });
  #report = "";

  connectedCallback() {
    if (this.firstChild) return;
    this.#again.addEventListener("click", () => this.look());
    this.#copy.addEventListener("click", () =>
      intend(this, { kind: "copy", text: this.#report, done: words.doctor.copied }),
    );
    this.append(
      el("p", { className: "lead" }, words.doctor.lead),
      el("div", { className: "bar" }, this.#again, this.#copy, this.#state),
      this.#found,
    );
  }

  /** Finds out how things are now. */
  look() {
    if (this.#again.getAttribute("aria-disabled") === "true") return;
    this.#again.setAttribute("aria-disabled", "true");
    this.#state.textContent = words.doctor.looking;
    this.toggleAttribute("data-looking", true);
    intend(this, { kind: "diagnose" });
  }

  /** @param {Diagnosis} found */
  show(found) {
    this.#looked(words.doctor.seen(clock(found.time)));
    this.#report = found.report;
    this.#copy.disabled = false;
    const say = words.doctor;
    this.#found.replaceChildren(
      verdict(found.advice),
      card(say.trackers, list(found.trackers.map(tracker)), found.proxied ? el("p", { className: "hint" }, say.proxied) : null),
      card(say.self, ...self(found)),
      card(
        say.peers,
        found.peers.length === 0 ? el("p", {}, say.noPeers) : el("ul", { className: "peers", role: "list" }, ...found.peers.map(peer)),
      ),
      card(say.lan, el("p", {}, say.lanState(found.lan))),
      card(say.tried, ...say.triedLines(found.tried).map((it) => el("p", {}, it))),
    );
  }

  /** @param {string} why nothing could be found out, in words */
  fail(why) {
    this.#looked(why);
  }

  /** @param {string} outcome */
  #looked(outcome) {
    this.#again.removeAttribute("aria-disabled");
    this.toggleAttribute("data-looking", false);
    this.#state.textContent = outcome;
  }
}

/** @param {Advice[]} advice */
function verdict(advice) {
  const say = words.doctor;
  if (advice.length === 0) {
    return el("section", { className: "verdict well" }, icon("check"),
      el("div", {}, el("h2", {}, say.well), el("p", {}, say.wellText)));
  }
  return el(
    "section",
    { className: "verdict" },
    icon("caution"),
    el(
      "div",
      {},
      el("h2", {}, say.next),
      el("ol", { role: "list" }, ...advice.map((it) => {
        const [what, why] = say.advice(it);
        return el("li", {}, el("h3", {}, what), el("p", {}, why));
      })),
    ),
  );
}

/** @param {string} title @param {(Node | null)[]} parts */
function card(title, ...parts) {
  const heading = el("h2", { id: `doctor-${++cards}` }, title);
  return el("section", { className: "finding", attributes: { "aria-labelledby": heading.id } }, heading, ...parts);
}

/** @param {Node[]} rows */
const list = (rows) => el("ul", { role: "list" }, ...rows);

/** @param {boolean | null} good nothing while it is not known @param {Node[]} parts */
const row = (good, ...parts) =>
  el(
    "li",
    { className: good === null ? "open" : good ? "good" : "bad" },
    icon(good === null ? "clock" : good ? "check" : "caution"),
    el("div", {}, ...parts),
  );

/** @param {TrackerHealth} health */
function tracker({ now, lastFailure }) {
  const again = now.state === "failed" && now.retryAt !== undefined
    ? `, ${words.trackers.again(Math.ceil((now.retryAt - Date.now()) / 1000))}`
    : "";
  const failing = lastFailure && words.trackerState({ ...now, state: "failed", ...lastFailure });
  return row(
    now.state === "open" ? true : now.state === "failed" ? false : null,
    el("p", { className: "url" }, name(now.url), now.local ? el("span", { className: "tag" }, ` ${words.trackers.local}`) : null),
    el("p", { className: "hint" }, `${words.trackerState(now)}${again}`, now.message ? el("q", { dir: "auto" }, now.message) : null),
    ...(lastFailure && now.state !== "failed"
      ? [el("p", { className: "hint" }, words.doctor.lastFailure(clock(lastFailure.time), failing ?? ""))]
      : []),
  );
}

/** @param {Diagnosis} found */
function self({ nat, candidates, servers, relayOnly }) {
  const say = words.doctor;
  const [short, why] = say.nat(nat, servers.length);
  return [
    relayOnly ? el("p", { className: "caution" }, icon("relayed"), el("span", {}, say.relayOnly)) : null,
    el("p", {}, el("strong", {}, short), ": ", why),
    el("h3", {}, say.candidates),
    candidates.length === 0
      ? el("p", { className: "hint" }, say.noCandidates)
      : list(candidates.map(({ kind, family, prefix }) =>
          el("li", { className: "candidate" }, el("code", {}, name(prefix)), el("span", { className: "hint" }, `${say.family(family)}, ${say.candidate(kind)}`)))),
    el("h3", {}, say.servers),
    servers.length === 0 ? el("p", { className: "hint" }, say.noServers) : list(servers.map(server)),
  ];
}

/** @param {IceTest} test */
const server = (test) =>
  row(test.works, el("p", { className: "url" }, name(test.url)), el("p", { className: "hint" }, words.iceTest(test)));

/** @param {PeerHealth} health */
function peer(health) {
  const say = words.doctor;
  const [path, why] = words.path(health.path);
  const ends = health.local && health.remote
    ? (health.local === "host" && health.remote === "host" ? say.endsNear : say.ends(say.end(health.local), say.end(health.remote)))
    : "";
  const facts = [
    [say.way, [path, health.family ? say.family(health.family) : "", ends].filter((it) => it !== "").join(", ")],
    [say.delay, health.rttMs === undefined ? say.notMeasured : say.ms(health.rttMs)],
    [say.traffic, `${bytes(health.bytesSent)} / ${bytes(health.bytesReceived)}`],
    [say.since, clock(health.since)],
  ];
  return el(
    "li",
    {},
    el("h3", {}, name(health.name), el("span", { className: "tag" }, " ", name(health.rooms.join(", ")))),
    health.shaky ? el("p", { className: "caution" }, icon("caution"), el("span", {}, say.shaky)) : null,
    el("dl", { title: why }, ...facts.flatMap(([term = "", fact = ""]) => [el("div", {}, el("dt", {}, term), el("dd", {}, fact))])),
    health.restarts > 0 ? el("p", { className: "hint" }, say.restarts(health.restarts)) : null,
  );
}

let cards = 0;

customElements.define("connection-doctor", ConnectionDoctor);
