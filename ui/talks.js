/**
 * What stands behind conversations: like `main.js` it turns intentions into `ipc`, and answers into
 * elements.
 *
 * @import {FetchFault, Me} from "./types/ipc.js"
 * @import {TalkIntention} from "./types/intention.js"
 * @import {Load} from "./components/chat-transcript/cards.js"
 * @import {ChatRoom} from "./components/chat-room/chat-room.js"
 */
import "./components/chat-room/chat-room.js";
import "./components/chat-transcript/chat-transcript.js";
import "./components/confirm-dialog/confirm-dialog.js";
import "./components/direct-talk/direct-talk.js";
import "./components/emoji-picker/emoji-picker.js";
import "./components/judged-list/judged-list.js";
import "./components/line-actions/line-actions.js";
import "./components/message-composer/message-composer.js";
import "./components/peer-list/peer-list.js";
import "./components/person-dialog/person-dialog.js";
import "./components/room-menu/room-menu.js";
import "./components/search-bar/search-bar.js";
import "./components/talk-view/talk-view.js";
import "./components/typing-line/typing-line.js";

import * as ipc from "./ipc.js";
import { destination } from "./lib/address.js";
import { el, icon, name } from "./lib/dom.js";
import { tint } from "./lib/people.js";
import { unreachable } from "./lib/unreachable.js";
import { words } from "./lib/words.js";
import { tried } from "./pages.js";

/**
 * What conversations need from whoever shows them.
 *
 * @typedef {object} Host
 * @property {(room: string) => ChatRoom | undefined} viewOf
 * @property {() => Me | null} me
 */

/** @type {Host} */
let host = { viewOf: () => undefined, me: () => null };
/** By the room, when everything said there so far was asked for. @type {Map<string, Promise<unknown>>} */
const said = new Map();

/** @param {Host} whom */
export function begin(whom) {
  host = whom;
}

/** @param {TalkIntention} wish */
export async function act(wish) {
  switch (wish.kind) {
    case "say": {
      // One after the other: two requests on their way at once could arrive the other way round.
      const { room, with: person } = wish.place;
      const before = said.get(room) ?? Promise.resolve();
      said.set(
        room,
        before.then(() =>
          tried(ipc.say(room, wish.text, person ?? null, wish.replyTo), undefined, (why) => {
            host.viewOf(room)?.giveBack(person, wish.text);
            part("status-toasts").warn(why);
          }),
        ),
      );
      break;
    }
    case "edit":
      await tried(ipc.edit(wish.room, wish.line, wish.text));
      break;
    case "takeBack":
      if (await isSureToTakeBack(wish.room)) await tried(ipc.deleteLine(wish.room, wish.line));
      break;
    case "react":
      await tried(ipc.react(wish.room, wish.line, wish.emoji, wish.on));
      break;
    case "resend":
      await tried(ipc.resend(wish.room, wish.line), () => part("status-toasts").say(words.line.resent));
      break;
    case "type":
      // Nothing to say if it fails: nobody waits for it.
      await ipc.setTyping(wish.place.room, wish.typing, wish.place.with ?? null).catch(() => {});
      break;
    case "search":
      await tried(ipc.search(wish.place.room, wish.text, wish.place.with ?? null), wish.answer);
      break;
    case "findEmoji":
      await tried(ipc.emojis(wish.query), wish.answer);
      break;
    case "pickEmoji":
      part("emoji-picker").open(wish);
      break;
    case "load":
      await load(wish.url, wish.told);
      break;
    case "showPerson": {
      const me = host.me();
      if (wish.peer) part("person-dialog").show(wish.room, wish.peer, host.viewOf(wish.room)?.tintOf(wish.peer.person) ?? tint(wish.peer.person));
      else if (me) part("person-dialog").showMe(me);
      break;
    }
    case "judge":
      await judge(wish);
      break;
    case "muteRoom":
      await tried(ipc.muteRoom(wish.room, wish.muted));
      break;
    case "setRules":
      await tried(ipc.setRules(wish.room, wish.rules));
      break;
    default:
      unreachable(wish);
  }
}

/** @param {string} room */
function isSureToTakeBack(room) {
  return part("confirm-dialog").ask({
    title: words.lineActions.deleteTitle,
    lead: [words.lineActions.deleteLead, ...(host.viewOf(room)?.someKeep ? [words.lineActions.deleteBrowsers] : [])],
    yes: words.lineActions.delete,
    no: words.lineActions.keep,
    picture: "bin",
  });
}

/** @param {Extract<TalkIntention, { kind: "judge" }>} wish */
async function judge({ room, person, name: chosen, standing, was }) {
  // Where the name can be mistaken for another's, the one that nobody chooses stands beside it.
  const animal = room === undefined ? null : (host.viewOf(room)?.animalOf(person) ?? null);
  const called = animal === null ? chosen : `${chosen} (${animal})`;
  if (standing === "blocked") {
    const sure = await part("confirm-dialog").ask({
      title: words.person.blockTitle(called),
      lead: [words.person.blockLead, ...(person.startsWith("session:") ? [words.person.blockSession] : [])],
      yes: words.person.block,
      no: words.person.keep,
      picture: "block",
    });
    if (!sure) return;
  }
  await tried(
    ipc.judge(person, standing),
    () => part("status-toasts").say(was === "known" && standing === "normal" ? words.person.stranger(called) : words.person[standing](called)),
    (why) => {
      part("status-toasts").warn(why);
      part("person-dialog").turnBack();
    },
  );
}

/** @param {string} url @param {(now: Load) => void} told */
async function load(url, told) {
  const to = destination(url, "");
  const sure =
    to !== null &&
    (await part("confirm-dialog").ask({
      title: words.load.title,
      lead: [
        words.load.lead,
        el("p", { className: "host", dir: "ltr" }, name(to.host)),
        ...(to.disguised ? [el("p", { className: "caution" }, icon("caution"), words.link.disguised)] : []),
        el("p", { className: "tag" }, words.link.full),
        el("p", { className: "address", dir: "ltr", tabIndex: 0 }, url),
        words.load.why,
      ],
      yes: words.load.yes,
      no: words.cancel,
      picture: "picture",
      isWarned: to.disguised,
    }));
  if (!sure) return;
  told({ is: "loading" });
  await tried(
    ipc.loadRemote(url),
    ({ dataUrl }) => told({ is: "loaded", picture: dataUrl }),
    (why, refusal) => told({ is: "failed", why, isFinal: refusal?.kind === "notFetched" && NEVER_FETCHED.has(refusal.fault) }),
  );
}

/** Why an address leads to no picture, today or tomorrow. @type {Set<FetchFault>} */
const NEVER_FETCHED = new Set(["badAddress", "privateAddress", "notAnImage"]);

/**
 * An element of the page that is always there.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 */
function part(tag) {
  const found = document.querySelector(tag);
  if (!found) throw new Error(`${tag} is missing`);
  return found;
}
