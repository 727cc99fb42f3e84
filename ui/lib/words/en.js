/**
 * English.
 *
 * @import {FetchFault, LinkFault, Offence, Refusal, Tracker, TroubleKind} from "../../types/ipc.js"
 */
import { unreachable } from "../unreachable.js";
import { counted, inSeconds } from "./en/count.js";
import { files } from "./en/files.js";
import { network, profileFault, trackerFailure } from "./en/network.js";
import { places } from "./en/places.js";
import { talk } from "./en/talk.js";

export const en = {
  ...places,
  ...talk,
  ...files,
  ...network,

  /** As `<html lang>` wants it. */
  language: "en",
  app: "Chitchatter",
  outside: "This page is the inside of the Chitchatter app and does nothing in a browser.",
  notStarted: "Chitchatter could not start. Close the window and open it again.",
  close: "Close",
  cancel: "Cancel",
  copy: "Copy",
  copied: "Copied.",

  rooms: {
    title: "Rooms",
    new: "Enter a room",
    none: "You are in no room yet.",
    show: "Rooms",
    /** @param {number} count */
    unread: (count) => counted(count, "new message", "new messages"),
    /** @param {number} count */
    mentions: (count) => counted(count, "mention of you", "mentions of you"),
    /** @param {number} count for the person alone, or naming them */
    forYou: (count) => `Rooms: ${counted(count, "message", "messages")} for you`,
    news: "Rooms: new messages",
    muted: "muted",
    private: "private",
    /** @param {number} count besides oneself */
    people: (count) => (count === 0 ? "nobody else" : counted(count, "other", "others")),
    /** @param {string} room */
    leave: (room) => `Leave ${room}`,
  },

  me: {
    title: "You",
    label: "Your name",
    edit: "Change your name",
    /** @param {string} animal */
    hint: (animal) => `Others see it next to “${animal}”, which comes from your key and cannot be chosen. Leave it empty to be just that.`,
    save: "Save name",
    saved: "Your name is changed.",
  },

  trackers: {
    title: "Meeting points",
    lead: "They introduce people to one another. No message passes through them.",
    /** @param {number} open @param {number} all */
    summary: (open, all) => (all === 0 ? "No meeting points are set up." : `${open} of ${all} reached`),
    tryNow: "Try now",
    trying: "The meeting points are being tried.",
    local: "this network",
    /** @param {number} seconds */
    again: (seconds) => (seconds <= 0 ? "trying again now" : `again in ${inSeconds(seconds)}`),
  },

  /** @param {Tracker} tracker @returns {string} */
  trackerState(tracker) {
    switch (tracker.state) {
      case "open":
        return "Reached";
      case "connecting":
        return "Connecting…";
      case "closed":
        return "Not in use";
      case "failed":
        return tracker.reason ? trackerFailure(tracker.reason, tracker.status) : "Not reached";
      default:
        return unreachable(tracker.state);
    }
  },

  welcome: {
    title: "You are the first one here",
    lead: "Share this link with whoever you want to talk to. The room is there as long as somebody is in it.",
    leadPrivate: "Share this link and, separately, the password. The room is there as long as somebody is in it.",
    link: "Link to this room",
    share: "More ways to share",
    connecting: "Reaching the meeting points…",
    /** @param {number} open @param {number} all */
    listening: (open, all) => `Waiting for others at ${open === all ? "" : `${open} of `}${counted(all, "meeting point", "meeting points")}.`,
    failed: "None of the meeting points can be reached. We keep trying.",
  },

  leave: {
    /** @param {string} room */
    title: (room) => `Leave ${room}?`,
    lead: "Its messages are kept nowhere on this machine. They will be gone.",
    leave: "Leave",
    stay: "Stay",
  },

  link: {
    title: "Open this link?",
    leads: "It leads to",
    mail: "It starts a mail to",
    full: "Whole address",
    different: "The text of the link named another place.",
    disguised: "This address is written so that it can be mistaken for another. Look closely.",
    unencrypted: "The connection to it is not encrypted.",
    open: "Open in browser",
    openMail: "Open in mail program",
  },

  problems: {
    title: "Needs attention",
    dismiss: "Dismiss",
    /** @type {[string, string]} */
    noTracker: [
      "No meeting point can be reached",
      "Check that this machine is online. People already connected, and those on the local network, are not affected; we keep trying.",
    ],
    /** @type {[string, string]} */
    nowhereToMeet: [
      "Nobody can be met",
      "There is no meeting point to use, and nobody is looked for on the local network. Add a meeting point (tracker) in the settings, or look on the local network too.",
    ],
    /** @type {[string, string]} */
    notKept: [
      "Your change is not kept",
      "It holds until the app is closed. The file of your profile cannot be written: see whether the disk is full or can only be read.",
    ],
    /** @type {[string, string, string]} the room stands between the first two */
    otherPassword: [
      "Someone in ",
      " uses another password",
      "You and they will not see each other. Compare the passwords, letter by letter, and type yours again.",
    ],
    /** Where somebody was met under one's own. @type {[string, string, string]} */
    othersPassword: [
      "Somebody with another password is trying to come into ",
      "",
      "Yours is right: you have met others there. There is nothing you need to do.",
    ],
    retype: "Type it again",
    /** @type {[string, string, string]} */
    unconnectable: [
      "No connection to someone in ",
      " could be made",
      "Their network or yours lets nothing through. A relay (TURN server) in the settings of either side helps; so may another network.",
    ],
    /** @param {Offence} offence @returns {[string, string, string]} the name stands between the first two */
    cutOff(offence) {
      switch (offence) {
        case "oversized":
          return ["", " was disconnected", "Its program sent more than any message may be. There is nothing you need to do."];
        case "nonsense":
          return ["", " was disconnected", "Its program sent data that makes no sense. There is nothing you need to do."];
        case "stalled":
          return ["", " was disconnected", "It took nothing of what was said. If it is a person, they may come in again."];
        default:
          return unreachable(offence);
      }
    },
  },

  /** @param {Refusal} refusal @returns {string} */
  refusal(refusal) {
    switch (refusal.kind) {
      case "emptyMessage":
        return "There is nothing to send.";
      case "messageTooLong":
        return `The message has ${refusal.units} characters; ${refusal.limit} can be sent.`;
      case "notJoined":
        return "You are no longer in this room.";
      case "keyTaken":
        return "You are already in a room of that name with another password. Leave it first.";
      case "nameTooLong":
        return `A name may have ${refusal.limit} characters.`;
      case "tooManyRooms":
        return `You can be in ${refusal.limit} rooms at once. Leave one first.`;
      case "busy":
        return "Too much is waiting to be sent. Wait a moment and try again.";
      case "noSuchLine":
        return "That message is no longer here, or is not yours.";
      case "notAnEmoji":
        return "That is not one emoji.";
      case "nobodyThere":
        return "They are not here now. Wait until they come back.";
      case "notVerified":
        return "Their identity is not verified: anybody could come as them.";
      case "tooManyJudged":
        return `You can mark ${refusal.limit} people as known, muted or blocked. Let one go first.`;
      case "stopped":
        return "The app is closing.";
      case "badRoom":
        return linkFault(refusal.fault);
      case "passwordNeeded":
        return "A private room needs a password.";
      case "badSettings":
        return refusal.faults.map((it) => network.settingsFault(it)).join(" ");
      case "badProfile":
        return profileFault(refusal.fault, refusal.field);
      case "tooLongForQr":
        return "That is too long for a QR code.";
      case "badImage":
        return "That picture cannot be read. A PNG, JPEG or WebP file of moderate size will do.";
      case "noQrCode":
        return "There is no QR code in that picture, or it is too small or blurred.";
      case "notFetched":
        return fetchFault(refusal.fault);
      case "notPinned":
        return "The room could not be remembered. The system’s keyring, or the file it is kept in, cannot be used.";
      case "tooManyPins":
        return `You can pin ${refusal.limit} rooms. Unpin one first.`;
      case "badOrigin":
        return "That is not the address of a world. It looks like https://chitchatter.im";
      case "nothingToShare":
        return "There is nothing in it that can be shared, or it cannot be read.";
      case "cannotShare":
        return refusal.gone ? `“${refusal.name}” is not there any more. It may have been moved or deleted.` : `“${refusal.name}” cannot be read. Its owner may not allow it.`;
      case "tooMuchToShare":
        return "That is more than can be shared at once. Share a part of it.";
      case "noSuchShare":
        return "That is no longer shared here.";
      case "tooLargeToShow":
        return "That is too large to be shown here. Save it instead.";
      case "mayRun":
        return "That kind of file is not among those that are safe to open from here: it might start a program.";
      case "notSaved":
        return "The settings could not be saved; the disk may be full. They count until the app is closed.";
      case "notOpened":
        return "The system did not open the address.";
      case "notCopied":
        return "The clipboard could not be used. Select the text and copy it by hand.";
      default:
        return unreachable(refusal);
    }
  },
  failed: "That did not work. Try again.",
  broken: "Something went wrong in this window. Ctrl and R draws it anew; nothing that was said is lost.",

  trouble: {
    file: "Where",
    detail: "What exactly",
    again: "Try again",
    quit: "Quit",
    /** @param {TroubleKind} what */
    about: (what) => troubleText(what),
  },
};

/**
 * @param {TroubleKind} what
 * @returns {{ title: string, text: string, without: string | null }} `without` is what going on without it is called
 */
function troubleText(what) {
  const withoutLists = "Open with the built-in lists, this time only";
  const withoutProfile = "Open with a fresh profile, this time only";
  switch (what) {
    case "badList":
      return {
        title: "There is a mistake in one of your lists",
        text: "Chitchatter reads a few lists that you may edit, and cannot make sense of this one. Mend or delete the file, then try again. Or open the app with the lists it came with; your file stays as it is.",
        without: withoutLists,
      };
    case "unreadableList":
      return {
        title: "One of your lists cannot be read",
        text: "The file is there, but the system does not let Chitchatter read it. See to it that you may read it, then try again. Or open the app with the lists it came with.",
        without: withoutLists,
      };
    case "badProfile":
      return {
        title: "Your profile is damaged",
        text: "The file that says who you are is not what Chitchatter wrote. It is left as it is, in case it can be saved. If you have a copy, put it there and try again. With a fresh profile others see you as somebody new, and nothing of it is kept.",
        without: withoutProfile,
      };
    case "unreadableProfile":
      return {
        title: "Your profile cannot be read",
        text: "The file that says who you are is there, but the system does not let Chitchatter read it. See to it that you may read it, then try again. With a fresh profile others see you as somebody new, and nothing of it is kept.",
        without: withoutProfile,
      };
    case "unwritableProfile":
      return {
        title: "Your profile cannot be kept",
        text: "Chitchatter wants to keep who you are in this file, and the system does not let it. See to it that there is space and that you may write there, then try again. With a fresh profile others see you as somebody new, and nothing of it is kept.",
        without: withoutProfile,
      };
    case "profileInUse":
      return {
        title: "Your profile is in use",
        text: "Another Chitchatter on this machine, perhaps in a terminal, uses the file that says who you are. Two would undo what the other one keeps. End that one, then try again. With a fresh profile others see you as somebody new, and nothing of it is kept.",
        without: withoutProfile,
      };
    case "noFolder":
      return {
        title: "There is no folder for your profile",
        text: "The system does not say where your home folder is, so Chitchatter cannot keep who you are. Without it you are somebody new each time.",
        without: withoutProfile,
      };
    case "noKey":
      return {
        title: "No identity could be made for you",
        text: "Your profile holds a key that nobody else has, and the system could not make one. Try again; if it stays so, start the machine anew.",
        without: null,
      };
    case "pageEnds":
      return {
        title: "The window stopped working several times",
        text: "You are still in your rooms, and nothing that was said is lost. The system’s web view, which draws this window, ended by itself again and again. Try again; if it stays so, an update of the system may help.",
        without: null,
      };
    default:
      return unreachable(what);
  }
}

/** @param {FetchFault} fault @returns {string} */
function fetchFault(fault) {
  switch (fault) {
    case "badAddress":
      return "That address cannot be fetched.";
    case "privateAddress":
      return "That address is inside a private network, so it is not fetched.";
    case "unreachable":
      return "The site cannot be reached.";
    case "tls":
      return "The site’s encryption cannot be trusted.";
    case "refused":
      return "The site does not give it.";
    case "tooManyRedirects":
      return "The site sends from one address to the next.";
    case "tooLarge":
      return "It is too large to be shown here.";
    case "tooSlow":
      return "The site takes too long.";
    case "proxy":
      return "The proxy cannot be used, and it is not fetched without it.";
    case "notAnImage":
      return "It is not a picture that can be shown here.";
    default:
      return unreachable(fault);
  }
}

/** @param {LinkFault} fault @returns {string} */
function linkFault(fault) {
  switch (fault) {
    case "empty":
      return "Type the name of a room, or paste a link to one.";
    case "tooLong":
      return "That is longer than any room’s name or link.";
    case "notARoom":
      return "That link does not lead to a room.";
    case "badName":
      return "No room can be called that.";
    case "badOrigin":
      return "The world this link names is not a web address.";
    case "badSecret":
      return "The password inside this link is damaged. Ask for the link again.";
    case "badTracker":
      return "The meeting points this link names are not usable. Ask for the link again.";
    default:
      return unreachable(fault);
  }
}
