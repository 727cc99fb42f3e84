/**
 * <share-card> — files somebody offers: what they are, how far they are here, and what can be done
 * about it. Pictures, sounds and films are shown in it once the person wants that.
 *
 * Wants `fetchShare`, `showShare`, `moveShare`, `unshare`, `openFile`, `revealFile` and `loadMedia`.
 * What changes all the time is not read out; each turn it takes is, once.
 *
 * @import {Line, Share, Transfer, TransferFile} from "../../types/ipc.js"
 * @import {Stage} from "../../lib/shares.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { isMoving, isPlayable, isPlayedSomewhere, isShowable, isTooLargeToShow, parted, percentOf, readable, stageOf, titleOf } from "../../lib/shares.js";
import { bytes } from "../../lib/sizes.js";
import { words } from "../../lib/words.js";

export class ShareCard extends HTMLElement {
  #room = "";
  /** @type {Line | null} */
  #line = null;
  /** @type {Transfer | undefined} */
  #transfer = undefined;
  /** @type {Stage | null} as last shown */
  #stage = null;
  /** What the buttons were made for: they are made anew only when that changes. */
  #shape = "";
  /** What the list of files was made for. */
  #listed = "";
  /** Whether it shows itself; asked of whoever knows its author. */
  #auto = false;
  /** Whether the person, or their rules, asked to see it. */
  #wanted = false;
  /** Whether the first that can be played begins by itself, as somebody pressed for it. */
  #plays = false;
  /** Whether the person put away what was shown. */
  #hidden = false;
  /** @type {Map<number, string>} addresses of what is shown, by the file */
  #media = new Map();
  /** Those that could not be had: they are not tried again and again. @type {Set<number>} */
  #failed = new Set();
  /** Whether the picture a stranger sent along may be seen. */
  #unveiled = false;
  #picture = el("div", { className: "picture" });
  #name = el("p", { className: "name", dir: "auto" });
  #facts = el("p", { className: "facts" });
  #holders = el("p", { className: "holders" });
  #state = el("p", { className: "state" });
  #bar = el("div", { className: "bar" }, el("div"));
  #buttons = el("div", { className: "buttons" });
  #note = el("p", { className: "note" });
  #shown = el("div", { className: "media", hidden: true });
  #files = el("div", { className: "files", hidden: true });
  #told = el("p", { className: "visually-hidden", role: "status" });
  /** @type {IntersectionObserver | null} */
  #sight = null;
  /** Told when a picture made it taller. */
  grown = () => {};

  connectedCallback() {
    if (this.firstChild) return;
    this.#bar.role = "progressbar";
    this.#bar.ariaValueMin = "0";
    this.#bar.ariaValueMax = "100";
    const changing = el("div", { className: "changing", ariaLive: "off" }, this.#state, this.#bar, this.#holders);
    const about = el("div", { className: "about" }, this.#name, this.#facts);
    this.append(el("div", { className: "top" }, this.#picture, about), this.#shown, changing, this.#note, this.#buttons, this.#files, this.#told);
    this.#buttons.ariaLive = "off";
    // It may have been told what it shows before it stood in the page, where nobody hears what it wants.
    if (this.#line) this.#show();
  }

  disconnectedCallback() {
    // It may only have been moved.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#sight?.disconnect();
      this.#drop();
    });
  }

  /** @param {string} room @param {Line} line that offers it @param {Transfer | undefined} transfer @param {boolean} auto whether it shows itself */
  set(room, line, transfer, auto) {
    this.#room = room;
    this.#line = line;
    this.#transfer = transfer;
    this.#auto = auto;
    this.#show();
    this.#watch();
  }

  /** @param {Transfer | undefined} transfer as it is now */
  set transfer(transfer) {
    this.#transfer = transfer;
    this.#show();
  }

  get #isMine() {
    return this.#line?.own === true && !this.#line.backfilled;
  }

  /** Whether some of what was taken back lies here, unfinished. */
  get #hasPart() {
    return !this.#isMine && this.#transfer?.state === "withdrawn" && this.#transfer.have > 0 && this.#transfer.folder !== null;
  }

  /** Whether there is something that can be shown, as far as was tried. */
  get #canShow() {
    return this.#transfer?.files.some((it) => it.mime !== null && !this.#failed.has(it.index)) ?? false;
  }

  /** Whether it can be played, if it is one that is played; of several nobody knows. @param {Share} share */
  #isPlayable({ kind, name, files }) {
    if ((kind !== "audio" && kind !== "video") || (files !== null && files > 1)) return true;
    return isPlayable(name, canPlay);
  }

  #show() {
    const share = this.#line?.share;
    if (!share) return;
    const stage = stageOf(share, this.#transfer, this.#isMine);
    // A browser's offer promises nothing; what it is is known once it is described.
    const described = share.files === null && this.#transfer && this.#transfer.files.length > 0 ? this.#transfer : undefined;
    const count = described?.files.length ?? share.files;
    const kind = described?.kind ?? share.kind;
    const called = titleOf(share.name, kind, count);
    this.dataset["stage"] = stage;
    this.#showName(called);
    this.#showPicture(share, called);
    const size = this.#transfer?.total ?? share.size;
    const told = size === null ? words.files.unknownSize : bytes(size);
    this.#facts.textContent =
      count === null
        ? [words.files.unknownSet, ...(size === null ? [] : [told])].join(" · ")
        : kind !== "folder" && count > 1
          ? words.files.together(told)
          : [words.files.kind(kind, count), told].join(" · ");
    this.#showState(share, stage, called);
    this.#showButtons(share, stage);
    this.#showFiles();
    if (!this.#hidden && (stage === "shown" || (stage === "done" && this.#wanted))) this.#loadMedia();
    this.#tell(stage, called);
    this.#stage = stage;
  }

  /** @param {string} called */
  #showName(called) {
    if (this.#name.title === called) return;
    const [head, tail] = parted(called);
    this.#name.title = called;
    // No isolation inside: the two parts stand in the order of the whole.
    this.#name.replaceChildren(el("span", { className: "head" }, head), ...(tail === "" ? [] : [el("span", { className: "tail" }, tail)]));
  }

  /** @param {Share} share @param {string} called */
  #showPicture({ thumbnail, plain, kind }, called) {
    const isSeen = thumbnail !== null && (!plain || this.#unveiled);
    const wanted = isSeen ? thumbnail : kind;
    if (this.#picture.dataset["shows"] === wanted.slice(-64)) return;
    this.#picture.dataset["shows"] = wanted.slice(-64);
    this.#picture.classList.toggle("drawn", isSeen);
    this.#picture.replaceChildren(isSeen ? el("img", { src: thumbnail, alt: words.files.thumbnailAlt(called) }) : icon(ICONS[kind]));
  }

  /** @param {Share} share @param {Stage} stage @param {string} called */
  #showState(share, stage, called) {
    const transfer = this.#transfer;
    const percent = transfer ? percentOf(transfer) : null;
    const moves = isMoving(stage);
    this.#bar.hidden = !moves;
    this.#bar.ariaLabel = words.files.progress(called);
    this.#bar.classList.toggle("unknown", percent === null);
    this.#bar.classList.toggle("still", stage === "paused" || stage === "stalled");
    const [fill] = this.#bar.children;
    if (fill instanceof HTMLElement) fill.style.width = percent === null ? "" : `${percent}%`;
    if (percent === null) this.#bar.removeAttribute("aria-valuenow");
    else this.#bar.ariaValueNow = String(percent);
    this.#bar.ariaValueText = percent === null ? stateText(stage, this.#isMine) : words.files.percent(percent);

    const state = stage === "done" && transfer?.folder ? words.files.savedIn(readable(transfer.folder)) : stage === "shown" && !this.#canShow ? words.files.fetched : stateText(stage, this.#isMine);
    const parts = [state];
    if (transfer && moves && transfer.total !== null && transfer.total > 0) parts.push(words.files.amount(bytes(transfer.have), bytes(transfer.total)));
    if (transfer && (stage === "fetching" || stage === "preparing") && transfer.speed > 0) parts.push(words.files.speed(bytes(transfer.speed)));
    if (transfer && (stage === "fetching" || stage === "preparing") && transfer.leftMs !== null) parts.push(words.files.left(transfer.leftMs));
    if (transfer && stage === "giving" && transfer.peers > 0) parts.push(words.files.givingTo(transfer.peers));
    if (transfer && stage === "giving" && transfer.speed > 0) parts.push(words.files.speed(bytes(transfer.speed)));
    const why = stage === "failed" && transfer?.reason ? words.files.fault(transfer.reason, bytes) : "";
    this.#state.replaceChildren(
      ...(stage === "failed" || stage === "withdrawn" || stage === "gone" ? [icon("caution")] : stage === "done" ? [icon("check")] : []),
      el("span", {}, [parts.join(" · "), why].filter(Boolean).join(". ")),
    );
    const { holders, moreHolders } = share;
    const has = holders.length + moreHolders > 0;
    const called_ = holders.map(readable);
    this.#holders.textContent = stage === "withdrawn" || stage === "gone"
      ? ""
      : this.#isMine
        ? has ? words.files.fetchedBy(called_, moreHolders) : stage === "giving" ? words.files.fetchedByNobody : ""
        : has ? words.files.holders(called_, moreHolders) : stage === "offered" ? words.files.holdersUnknown : "";
    this.#holders.hidden = this.#holders.textContent === "";
    const notes = [];
    if (share.plain && share.thumbnail !== null && !this.#unveiled) notes.push(words.files.plain);
    if (transfer && this.#hasPart) notes.push(words.files.partHere(bytes(transfer.have)));
    if (stage === "done" && transfer?.files.some((it) => it.runs)) notes.push(words.files.runs);
    if (!this.#isMine && isTooLargeToShow(share.kind, transfer?.total ?? share.size)) {
      if (stage === "done") notes.push(words.files.tooLargeSaved);
      else if (stage === "offered") notes.push(words.files.tooLarge);
    } else if (stage === "offered" && !this.#isPlayable(share)) notes.push(isOnLinux() && isPlayedSomewhere(share.name) ? words.files.notPlayed : words.files.notShown);
    // What is of a kind that can hold a program is fetched, and then not shown.
    if (stage === "shown" && transfer && transfer.files.length > 0 && transfer.files.every((it) => it.mime === null)) notes.push(words.files.notShown);
    this.#note.textContent = notes.join(" ");
    this.#note.hidden = notes.length === 0;
  }

  /** @param {Share} share @param {Stage} stage */
  #showButtons(share, stage) {
    const single = this.#transfer?.files.length === 1 ? this.#transfer.files[0] : undefined;
    const veiled = share.plain && share.thumbnail !== null && !this.#unveiled;
    const inline = this.#canShow;
    const shape = [stage, this.#transfer?.reason?.kind, this.#isPlayable(share), isTooLargeToShow(share.kind, this.#transfer?.total ?? share.size), inline, this.#hasPart, share.gone, share.withdrawn, veiled, single?.index, single?.runs, this.#media.size > 0, this.#isMine, this.#transfer?.folder !== null].join();
    if (shape === this.#shape) return;
    this.#shape = shape;
    const held = this.#buttons.contains(document.activeElement);
    const all = this.#actions(share, stage, single, inline);
    if (veiled) all.unshift(this.#button("eye", words.files.showThumbnail, () => this.#unveil()));
    this.#buttons.replaceChildren(...all);
    this.#buttons.hidden = all.length === 0;
    // Whoever pressed one goes on from there.
    if (held) (all[0] ?? this.closest("article"))?.focus({ preventScroll: true });
  }

  /** @param {Share} share @param {Stage} stage @param {TransferFile | undefined} single @param {boolean} inline @returns {HTMLButtonElement[]} */
  #actions(share, stage, single, inline) {
    const about = { room: this.#room, key: share.key };
    const save = (/** @type {string} */ label) => this.#button("down", label, () => intend(this, { kind: "fetchShare", ...about }), stage === "offered");
    const move = (/** @type {string} */ picture, /** @type {string} */ label, /** @type {"pause" | "resume" | "cancel" | "retry"} */ to) =>
      this.#button(picture, label, () => intend(this, { kind: "moveShare", ...about, to, own: this.#isMine }));
    const plays = share.kind === "audio" || share.kind === "video";
    const shows = plays ? words.files.play : words.files.show;
    const hide = () => this.#button("fold", words.files.hide, () => this.#hide());
    const look = () => this.#button(share.kind === "image" ? "picture" : "play", shows, () => this.#press());
    const stop = () => this.#button("block", words.files.unshare, () => intend(this, { kind: "unshare", ...about }));
    switch (stage) {
      case "offered":
        return [save(words.files.download), ...(isShowable(share) && this.#isPlayable(share) ? [look()] : [])];
      case "waiting":
      case "fetching":
      case "stalled":
        return [move("pause", words.files.pause, "pause"), move("close", words.files.cancel, "cancel")];
      case "preparing":
        return [move("close", words.files.cancel, "cancel")];
      case "paused":
        return [move("play", words.files.resume, "resume"), move("close", words.files.cancel, "cancel")];
      case "saving":
        return [];
      case "failed":
        if (this.#transfer?.reason?.kind === "tooLargeToShow") return [save(words.files.download), move("close", words.files.dismiss, "cancel")];
        return [...(share.gone ? [] : [move("again", words.files.retry, "retry")]), move("close", words.files.dismiss, "cancel")];
      case "shown":
        return [
          ...(share.gone || share.withdrawn ? [] : [save(words.files.download)]),
          ...(this.#media.size > 0 ? [hide()] : inline ? [look()] : []),
        ];
      case "done":
        return [
          ...(single && !single.runs ? [this.#button("outside", words.files.open, () => intend(this, { kind: "openFile", ...about, file: single.index }))] : []),
          this.#button("folder", words.files.reveal, () => intend(this, { kind: "revealFile", ...about, file: single?.index ?? null })),
          ...(this.#media.size > 0 ? [hide()] : inline ? [look()] : []),
        ];
      case "giving":
        return [stop()];
      case "withdrawn":
        return this.#hasPart ? [move("close", words.files.throwAway, "cancel")] : [];
      default:
        return [];
    }
  }

  /** @param {string} picture @param {string} label @param {() => void} done @param {boolean} [primary] */
  #button(picture, label, done, primary = false) {
    const made = button(picture, label);
    made.classList.toggle("primary", primary);
    made.addEventListener("click", done);
    return made;
  }

  #unveil() {
    this.#unveiled = true;
    this.#show();
    this.grown();
  }

  /** It stays where it is, out of sight and silent. */
  #hide() {
    this.#hidden = true;
    this.#wanted = false;
    this.#drop();
    this.#shown.replaceChildren();
    this.#shown.hidden = true;
    this.#picture.hidden = false;
    this.#show();
    this.grown();
  }

  #drop() {
    for (const url of this.#media.values()) if (url !== "") URL.revokeObjectURL(url);
    this.#media.clear();
    this.#failed.clear();
  }

  /** The person wants to see or hear it, and does not want to be asked again. */
  #press() {
    this.#plays = true;
    this.#look();
  }

  #look() {
    const share = this.#line?.share;
    if (!share) return;
    this.#wanted = true;
    this.#unveiled = true;
    this.#hidden = false;
    if (this.#stage === "done" || this.#stage === "shown") this.#loadMedia();
    else intend(this, { kind: "showShare", room: this.#room, key: share.key });
  }

  #loadMedia() {
    if (!this.isConnected) return;
    const share = this.#line?.share;
    const files = (this.#transfer?.files ?? []).filter((it) => it.mime !== null).slice(0, MOST_SHOWN);
    for (const file of files) {
      if (!share || this.#media.has(file.index) || this.#failed.has(file.index)) continue;
      this.#media.set(file.index, "");
      intend(this, {
        kind: "loadMedia",
        room: this.#room,
        key: share.key,
        file: file.index,
        loaded: (url, tooLarge) => this.#place(file, url, tooLarge),
      });
    }
  }

  /** @param {TransferFile} file @param {string | null} url nothing where it could not be had @param {boolean} [tooLarge] */
  #place(file, url, tooLarge = false) {
    const called = readable(file.name);
    if (url === null || !this.isConnected || this.#hidden) {
      if (url !== null) URL.revokeObjectURL(url);
      this.#media.delete(file.index);
      if (url === null) {
        this.#fail(file, undefined, tooLarge);
      }
      return;
    }
    this.#media.set(file.index, url);
    const media = file.kind === "image" ? el("img", { alt: words.files.alt(called) }) : el(file.kind === "video" ? "video" : "audio", { controls: true, preload: "auto", ariaLabel: called });
    media.dataset["file"] = String(file.index);
    media.addEventListener("error", () => this.#fail(file, media), { once: true });
    for (const sized of ["load", "loadedmetadata"]) media.addEventListener(sized, () => this.grown(), { once: true });
    media.src = url;
    if (media instanceof HTMLMediaElement && this.#plays) {
      this.#plays = false;
      // Where the web view does not let it, the person presses once more.
      void media.play().catch(() => {});
    }
    const before = [...this.#shown.children].find((it) => Number(/** @type {HTMLElement} */ (it).dataset["file"]) > file.index);
    this.#shown.insertBefore(media, before ?? null);
    this.#shown.hidden = false;
    this.#picture.hidden = file.kind === "image";
    this.#show();
    this.grown();
  }

  /** @param {TransferFile} file @param {HTMLElement} [media] @param {boolean} [tooLarge] */
  #fail(file, media, tooLarge = false) {
    this.#failed.add(file.index);
    const url = this.#media.get(file.index);
    if (url) URL.revokeObjectURL(url);
    this.#media.delete(file.index);
    const isSaved = this.#stage === "done";
    const why = tooLarge ? (isSaved ? words.files.tooLargeSaved : words.files.tooLarge) : media instanceof HTMLMediaElement && isOnLinux() ? words.files.notPlayed : words.files.notShown;
    const said = el("p", { className: "state", dataset: { file: String(file.index) } }, icon("caution"), el("span", {}, name(readable(file.name)), `: ${why}`));
    if (media) media.replaceWith(said);
    else this.#shown.append(said);
    this.#shown.hidden = false;
    this.#picture.hidden = false;
    this.#show();
    this.grown();
  }

  #showFiles() {
    const files = this.#transfer?.files ?? [];
    const listed = files.length < 2 ? "" : JSON.stringify(files.map((it) => [it.name, it.pathShown]));
    if (listed === this.#listed) return;
    this.#listed = listed;
    this.#files.hidden = listed === "";
    if (listed === "") return;
    const few = files.length > MOST_IN_SIGHT ? files.slice(0, FIRST_IN_SIGHT) : files;
    const rest = files.slice(few.length, MOST_LISTED);
    const more = files.length - few.length;
    const wasOpen = this.#files.querySelector("details")?.open ?? false;
    const folded = el(
      "details",
      { open: wasOpen },
      el("summary", {}, words.files.moreFiles(more)),
      // It scrolls by itself where it is long.
      el("ul", { tabIndex: 0, ariaLabel: words.files.moreFiles(more) }, ...rest.map(listedFile), ...(files.length > MOST_LISTED ? [el("li", { className: "tag" }, `+ ${files.length - MOST_LISTED}`)] : [])),
    );
    folded.addEventListener("toggle", () => this.grown());
    this.#files.replaceChildren(el("ul", { ariaLabel: words.files.list(files.length) }, ...few.map(listedFile)), ...(rest.length > 0 ? [folded] : []));
  }

  /** Each turn is said once; what it was like when one came is not news. @param {Stage} stage @param {string} called */
  #tell(stage, called) {
    if (this.#stage === null || this.#stage === stage) return;
    if (stage === "giving" && this.#stage !== "preparing") return;
    const said = words.files.told[/** @type {keyof typeof words.files.told} */ (stage)];
    if (said) this.#told.textContent = said(called);
  }

  /** What shows itself does so when it comes in sight, once. */
  #watch() {
    if (!this.#auto || this.#wanted || this.#sight) return;
    this.#sight = new IntersectionObserver((seen) => {
      if (!seen.some((it) => it.isIntersecting)) return;
      this.#sight?.disconnect();
      this.#sight = null;
      const share = this.#line?.share;
      if (share && this.#auto && !this.#wanted && this.#stage === "offered" && this.#isPlayable(share)) this.#look();
    });
    this.#sight.observe(this);
  }
}

/** @param {TransferFile} file */
function listedFile({ name: given, pathShown, size }) {
  const called = readable(given);
  const kept = pathShown === null ? null : readable(pathShown);
  const item = el("li", {}, name(called, "file"), " ", el("span", { className: "tag" }, bytes(size)));
  if (kept !== null && kept !== called) item.append(" ", el("span", { className: "tag" }, words.files.savedAs(kept)));
  return item;
}

/** @param {Stage} stage @param {boolean} own @returns {string} */
const stateText = (stage, own) =>
  stage === "giving" ? words.files.own : own && stage === "withdrawn" ? words.files.withdrawnOwn : own && stage === "failed" ? words.files.failedOwn : words.files[stage];

/** What the web view said of a type, which it says once. @type {Map<string, string>} */
const PLAYS = new Map();

/** @param {string} type */
function canPlay(type) {
  const said = PLAYS.get(type) ?? document.createElement("video").canPlayType(type);
  PLAYS.set(type, said);
  return said;
}

/** There the web view plays what the system's packages can. */
const isOnLinux = () => navigator.platform.startsWith("Linux");

/** @type {Record<Share["kind"], string>} */
const ICONS = { file: "file", folder: "folder", image: "picture", audio: "sound", video: "video" };
/** Of one share at once. */
const MOST_SHOWN = 24;
const MOST_LISTED = 200;
/** As many files are listed at once; of more only the first. */
const MOST_IN_SIGHT = 6;
const FIRST_IN_SIGHT = 4;

customElements.define("share-card", ShareCard);
