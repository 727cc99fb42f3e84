/**
 * English.
 *
 * @import {LinkFault, NoticeKind, Offence, Path, Refusal, Tracker, TrackerFailure, TroubleKind, Verification} from "../../types/ipc.js"
 */
import { unreachable } from "../unreachable.js";

/** @param {number} count @param {string} one @param {string} many */
const counted = (count, one, many) => `${count} ${count === 1 ? one : many}`;

/** @param {number} seconds */
const inSeconds = (seconds) =>
  seconds < 90 ? counted(seconds, "second", "seconds") : counted(Math.round(seconds / 60), "minute", "minutes");

export const en = {
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
    private: "private",
    /** @param {number} count besides oneself */
    people: (count) => (count === 0 ? "nobody else" : counted(count, "other", "others")),
    /** @param {string} room */
    leave: (room) => `Leave ${room}`,
  },

  door: {
    title: "Talk with nobody in between",
    lead: "No account, and no server that reads along. Agree on a room name: whoever enters it can talk with you, in this app or in a browser.",
    room: "Room name or link",
    suggest: "Suggest another name",
    access: "Who may come in",
    public: "Public",
    publicHint: "Whoever knows the name",
    private: "Private",
    privateHint: "Whoever knows the password",
    password: "Password",
    passwordHint: "Everyone in the room types the same password. A different one leads to a different, empty room.",
    showPassword: "Show password",
    hidePassword: "Hide password",
    enter: "Enter room",
    entering: "Entering…",
    linkPublic: "A link to a public room",
    linkPrivate: "A link to a private room. You need its password.",
    linkSecret: "A link to a private room. The password is inside.",
    nameIn: "Room",
    /** @param {string} origin */
    world: (origin) => `in the world of ${origin}`,
    /** @param {string} hosts */
    ownTrackers: (hosts) => `The link also brings its own meeting points: ${hosts}`,
    opened: "This link was opened from outside the app. Enter if you expected it.",
  },

  settings: {
    title: "Which Chitchatter world",
    lead: "Rooms of the same name in different worlds are different rooms. A world is named by the address its members open in the browser.",
    origin: "Address of the world",
    lan: "Find people on the local network, without the internet",
    save: "Save",
    saved: "Saved. It counts for rooms you enter from now on.",
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

  room: {
    public: "Public room",
    private: "Private room",
    invite: "Invite",
    linkCopied: "Link copied.",
    secretCopied: "Link with the password copied. Whoever gets it can come in.",
    people: "People and connection",
    /** @param {number} count */
    peopleCount: (count) => `${counted(count, "person", "people")} here, with you`,
    leave: "Leave",
    log: "Messages",
    /** @param {number} count */
    below: (count) => counted(count, "new message", "new messages"),
    toBottom: "Go to the newest message",
    today: "Today",
    yesterday: "Yesterday",
    alone: "Nobody else is here now. What you write reaches nobody.",
  },

  line: {
    you: "You",
    earlier: "earlier",
    /** @param {string} by */
    earlierWhy: (by) => `Said before you came, and passed on by ${by}. Nobody can vouch for who wrote it.`,
    someone: "someone here",
    misattributed: "This message claimed another author. It is shown under the name of who sent it.",
    /** How far a line of one's own got: in short, and in full. */
    /** @type {[string, string]} */
    reachedNobody: ["nobody", "Nobody was here to receive it"],
    /** @param {number} reached @param {number} of @returns {[string, string]} */
    reachedSome: (reached, of) => [`${reached} of ${of}`, `Sent to ${reached} of ${of} people`],
    /** @param {number} of @returns {[string, string]} */
    reachedAll: (of) => ["", of === 1 ? "Sent" : `Sent to all ${of} people`],
    copyCode: "Copy code",
    code: "Code",
    table: "Table",
  },

  /** @param {NoticeKind} what @returns {string[]} the names stand at odd places */
  notice(what) {
    switch (what.kind) {
      case "joined":
        return ["", what.name, " came in"];
      case "left":
        return ["", what.name, " left"];
      case "lost":
        return ["The connection to ", what.name, " was lost"];
      case "renamed":
        return ["", what.from, " is now ", what.to, ""];
      case "slowed":
        return ["", what.name, " says much at once and is slowed down"];
      case "blocked":
        return ["You blocked ", what.name, ""];
      default:
        return unreachable(what);
    }
  },

  composer: {
    label: "Message",
    placeholder: "Write a message",
    send: "Send",
    help: "Enter sends, Shift and Enter starts a new line.",
    /** @param {number} left */
    left: (left) => `${counted(left, "character", "characters")} left`,
    /** @param {number} over */
    over: (over) => `${counted(over, "character", "characters")} too many: people in browsers could not receive it.`,
  },

  /** @param {string[]} names @returns {string[]} the names stand at odd places */
  typing(names) {
    const [first = "", second = ""] = names;
    if (names.length === 0) return [];
    if (names.length === 1) return ["", first, " is writing…"];
    if (names.length === 2) return ["", first, " and ", second, " are writing…"];
    return ["Several people are writing…"];
  },

  people: {
    title: "People",
    you: "you",
    native: "App",
    nativeWhy: "Uses this app.",
    browser: "Browser",
    browserWhy: "Uses a browser.",
  },

  /** @param {Verification} verification @returns {[string, string]} in short, and why */
  verification(verification) {
    switch (verification) {
      case "verified":
        return ["Verified", "Has the key that belongs to this name."];
      case "unverified":
        return ["Not verified", "Uses a name whose key it does not have. Be careful with what you tell."];
      case "unidentified":
        return ["Unidentified", "Has not said who it is."];
      default:
        return unreachable(verification);
    }
  },

  /** @param {Path} path @returns {[string, string]} in short, and why */
  path(path) {
    switch (path) {
      case "direct":
        return ["Direct", "Connected straight to you."];
      case "relayed":
        return ["Relayed", "Connected through a relay, which sees only encrypted data."];
      case "unknown":
        return ["Connected", "Whether directly or through a relay is not known yet."];
      default:
        return unreachable(path);
    }
  },

  trackers: {
    title: "Meeting points",
    lead: "Trackers introduce people to one another. No message passes through them.",
    /** @param {number} open @param {number} all */
    summary: (open, all) => (all === 0 ? "No meeting points are set up." : `${open} of ${all} reached`),
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

  share: {
    /** @param {string} room */
    title: (room) => `Invite to ${room}`,
    web: "Link for everyone",
    webHint: "Opens in a browser; can also be pasted in the app.",
    webHintPrivate: "The password is not in it. Tell it to them in another way.",
    copy: "Copy link",
    app: "Link for people with the app",
    secretTitle: "Link with the password inside",
    secretWarning: "Whoever gets this link can enter and read along, now and later. Send it only over a channel you trust; browsers may keep it in their history.",
    secretConsent: "I understand that this link is as good as the password",
    secretCopy: "Copy link with password",
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
    /** @type {[string, string, string]} the room stands between the first two */
    otherPassword: [
      "Someone in ",
      " uses another password",
      "You and they will not see each other. Compare the passwords, letter by letter, and enter again.",
    ],
    retype: "Enter with another password",
    /** @type {[string, string, string]} */
    unconnectable: [
      "No connection to someone in ",
      " could be made",
      "Their network or yours lets nothing through. A relay (TURN server) in the settings file of either side helps; so may another network.",
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
      case "tooManyJudged":
        return `You can mute or block ${refusal.limit} people. Let one go first.`;
      case "stopped":
        return "The app is closing.";
      case "badRoom":
        return linkFault(refusal.fault);
      case "passwordNeeded":
        return "A private room needs a password.";
      case "badOrigin":
        return "That is not the address of a world. It looks like https://chitchatter.im";
      case "notSaved":
        return "The settings could not be saved. They count until the app is closed.";
      case "notOpened":
        return "The system did not open the address.";
      case "notCopied":
        return "The clipboard could not be used. Select the text and copy it by hand.";
      default:
        return unreachable(refusal);
    }
  },
  failed: "That did not work. Try again.",

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

/** @param {TrackerFailure} reason @param {number} [status] @returns {string} */
function trackerFailure(reason, status) {
  switch (reason) {
    case "unreachable":
      return "Cannot be reached";
    case "refused":
      return status ? `Answers with an error (${status})` : "Refuses the connection";
    case "tls":
      return "Its encryption cannot be trusted";
    case "rejected":
      return "Turns us away";
    case "silent":
      return "Does not answer";
    case "garbage":
      return "Answers with nonsense";
    case "flooded":
      return "Sends too much";
    case "closed":
      return "Closed the connection";
    case "badAddress":
      return "Its address is wrong";
    case "proxy":
      return "The proxy to it does not work";
    default:
      return unreachable(reason);
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
