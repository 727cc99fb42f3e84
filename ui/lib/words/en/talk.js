/**
 * English: what is said around a conversation, in rooms and in private talks.
 *
 * @import {Delivery, Fold, Likeness, NoticeKind, Path, Proof, Verification} from "../../../types/ipc.js"
 * @import {Progress} from "../../delivery.js"
 * @import {ComingGroup} from "../../../components/chat-transcript/comings.js"
 */
import { unreachable } from "../../unreachable.js";
import { around, joined, named } from "../names.js";
import { counted, listed } from "./count.js";

export const talk = {
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
    alone: "Nobody else is here now. What you write waits for whoever comes in next.",
    aloneLead: "Nobody you can talk to is here yet. You can invite others, or write something for whoever comes.",
    silent: "Nothing has been said since you came. What you write goes to everyone here.",
  },

  line: {
    you: "You",
    earlier: "earlier",
    /** @param {string} by */
    earlierWhy: (by) => `Said before you came, and passed on by ${by}. Nobody can vouch for who wrote it.`,
    someone: "someone here",
    misattributed: "This message claimed another author. It is shown under the name of who sent it.",
    /** @param {Progress} progress @param {Delivery} delivery @returns {[string, string]} how far a line of one's own got: in short, and in full */
    progress(progress, { reached, of, received }) {
      switch (progress) {
        case "nobody":
          return ["waits", "Nobody else was here yet. It goes to whoever comes in next."];
        case "waiting":
          return ["waits", "It waits until they come back."];
        case "sending":
          return [`${reached} of ${of}`, reached === 0 ? "Sending…" : `Sent to ${reached} of ${counted(of, "person", "people")}`];
        case "sent":
          return [
            received === 0 ? "" : `${received} of ${of}`,
            received === 0 ? "Sent, not yet received" : `Received by ${received} of ${counted(of, "person", "people")}`,
          ];
        case "received":
          return ["", of === 1 ? "Received" : `Received by all ${of} people`];
        case "failed":
          return of === 1
            ? ["Waits", "They went before they had it; they get it when they come back and can be recognised."]
            : ["Not with all", `Received by ${received} of ${of} people. The others went before they had it; they get it when they come back and can be recognised.`];
        default:
          return unreachable(progress);
      }
    },
    retry: "Send again",
    resent: "It goes again to everyone here who did not have it.",
    edited: "edited",
    editedWhy: "Its author said it differently before.",
    deleted: "This message was taken back.",
    deletedShort: "taken back",
    mentionsYou: "Mentions you",
    /** @param {string} author */
    replyTo: (author) => `In reply to ${author}`,
    /** @param {string} author */
    replyGone: (author) => `In reply to ${author}, whose message is no longer here`,
    more: "Show more",
    less: "Show less",
    reactions: "Reactions",
    /** @param {string[]} names */
    reacted: (names) => listed(names),
    /** @param {number} count @param {string} author @param {Fold} why @returns {string} */
    folded(count, author, why) {
      const many = counted(count, "message", "messages");
      switch (why) {
        case "flood":
          return `${many} from ${author} folded: they came too fast.`;
        case "slow":
          return `${many} from ${author} folded: this room is slow for people you do not know.`;
        case "muted":
          return `${many} from ${author}, whom you muted.`;
        case "blocked":
          return `${many} from ${author}, whom you blocked.`;
        default:
          return unreachable(why);
      }
    },
    unfold: "Show",
    fold: "Hide",
    news: "New",
    how: "Arrow keys go from message to message. Enter opens what can be done with one, R answers, E edits your own.",
    copyCode: "Copy code",
    code: "Code",
    emptyCode: "Nothing between the marks for code",
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

  /** Several who came and went, one after the other. @param {ComingGroup[]} groups @returns {string[]} the names stand at odd places */
  comings: (groups) =>
    joined(
      groups.map(({ outcome, names }) => {
        const all = named("en", names, (more) => counted(more, "other", "others"));
        switch (outcome) {
          case "joined":
            return around("", all, " came in");
          case "passed":
            return around("", all, " came in and left");
          case "left":
            return around("", all, " left");
          case "back":
            return around("", all, " left and came back");
          case "lost":
            return around("the connection to ", all, " was lost");
          case "found":
            return around("the connection to ", all, " was lost, and they came back");
          default:
            return unreachable(outcome);
        }
      }),
    ),

  /** What can be done with a line. */
  lineActions: {
    /** @param {string} author */
    title: (author) => `The message of ${author}`,
    own: "Your message",
    react: "React",
    reply: "Reply",
    copy: "Copy text",
    edit: "Edit",
    delete: "Take back",
    deleteTitle: "Take this message back?",
    deleteLead: "It disappears here and for everyone who uses this app.",
    deleteBrowsers: "Those here with a browser keep it: browsers cannot take messages back.",
    keep: "Keep it",
  },

  composer: {
    label: "Message",
    placeholder: "Write a message",
    /** @param {string} name */
    placeholderTo: (name) => `Write to ${name}`,
    send: "Send",
    save: "Save the change",
    help: "Enter sends, Shift and Enter starts a new line.",
    /** @param {number} left */
    left: (left) => `${counted(left, "character", "characters")} left`,
    /** @param {number} over */
    over: (over) => `${counted(over, "character", "characters")} too many: people in browsers could not receive it.`,
    emoji: "Emoji",
    /** @param {string} author */
    replying: (author) => `Replying to ${author}`,
    dropReply: "Do not reply",
    editing: "Changing your message",
    editingBrowsers: "People with a browser keep the old words.",
    dropEdit: "Leave it as it was",
    suggestions: "Suggestions",
    /** @param {number} count */
    suggested: (count) => `${counted(count, "suggestion", "suggestions")}. Arrow keys choose, Enter takes one.`,
  },

  emoji: {
    title: "Emoji",
    search: "Search emoji",
    none: "No emoji is called that.",
    /** @param {number} count */
    found: (count) => counted(count, "emoji", "emoji"),
    browsers: "People with a browser do not see it.",
  },

  search: {
    open: "Search",
    label: "Search in these messages",
    close: "Close search",
    earlier: "Earlier match",
    later: "Later match",
    none: "Nothing found",
    /** @param {number} at @param {number} of */
    at: (at, of) => `${at} of ${of}`,
  },

  roomMenu: {
    open: "More",
    title: "This room",
    fullScreen: "Full screen",
    window: "Leave full screen",
    mute: "Mute this room",
    muteWhy: "No sound and no notification, unless somebody mentions you.",
    slow: "Slow mode for people you do not know",
    slowWhy: "Of people you have not marked as known or spoken with, only one message every few seconds is shown. The rest is folded.",
    plain: "No links or media from people you do not know",
    plainWhy: "Links are shown as text that cannot be clicked, and no pictures, sounds or films. Bold and the like stay.",
    onlyHere: "These count on this machine alone.",
    muteRoom: (/** @type {string} */ room) => `Mute ${room}`,
    unmuteRoom: (/** @type {string} */ room) => `Hear ${room} again`,
  },

  direct: {
    /** @param {string} name */
    title: (name) => `Private talk with ${name}`,
    /** @param {string} room */
    through: (room) => `Just you two, through ${room}`,
    here: "here now",
    away: "away",
    awayWhy: "They are not here now. What you write waits until they come back.",
    back: "Back to the room",
    about: "About this person",
    empty: "Nothing said yet",
    emptyLead: "What you write here goes to this person alone.",
    /** @param {number} count */
    unread: (count) => counted(count, "new private message", "new private messages"),
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
    /** @param {string} name */
    about: (name) => `About ${name}`,
    aboutYou: "About you",
    slowed: "Slowed down",
    slowedWhy: "Says more than can be read; the rest is folded.",
    muted: "Muted",
    mutedWhy: "You muted this person. What they say is folded.",
    keyChanged: "New key",
    keyChangedWhy: "The same profile came with another key before. Ask them another way whether it is really them.",
    /** @param {Likeness} whom @returns {string} */
    imitates(whom) {
      switch (whom.kind) {
        case "person":
          return `Looks like ${whom.name}`;
        case "ours":
          return "Looks like your name";
        case "oneself":
          return "Reads as “you”";
        default:
          return unreachable(whom);
      }
    },
    /** @param {Likeness} whom @returns {string} */
    imitatesWhy(whom) {
      switch (whom.kind) {
        case "person":
          return `This name looks like that of ${whom.name}, who had it first. It may be somebody else.`;
        case "ours":
          return "This name looks like yours. It is somebody else.";
        case "oneself":
          return "This name reads as if it were you. It is somebody else.";
        default:
          return unreachable(whom);
      }
    },
    judged: "Known, muted, blocked",
    known: "Known",
    unknow: "Forget",
    /** @param {string} name */
    unknowWho: (name) => `Do not know ${name} any more`,
    unmute: "Unmute",
    unblock: "Unblock",
    /** @param {string} name */
    unmuteWho: (name) => `Unmute ${name}`,
    /** @param {string} name */
    unblockWho: (name) => `Unblock ${name}`,
    blocked: "Blocked",
  },

  person: {
    verification: "Who it is",
    connection: "Connection",
    profile: "Profile",
    key: "Key",
    keyHint: "Compare these digits with what they see under “About you”, over the telephone for instance. If they are the same, it is really them.",
    keyHintBrowser: "Their browser shows no digits but the whole public key: copy it, and compare it with what they see there.",
    yourKey: "Read these digits to others: they see the same ones about you if nobody stands in between.",
    copyFingerprint: "Copy digits",
    fingerprintCopied: "Digits copied.",
    copyKey: "Copy public key",
    keyCopied: "Public key copied.",
    copyProfile: "Copy profile id",
    profileHint: "Stays the same as long as they keep their profile.",
    session: "Session",
    sessionHint: "Another one each time they start the app or open the page.",
    yourSession: "Another one each time you start the app.",
    copySession: "Copy session id",
    sessionCopied: "Session id copied.",
    profileCopied: "Profile id copied.",
    unknown: "not told",
    know: "I know this person",
    knowWhy: "Then they are no stranger: slow mode is not for them, their links work, and their small pictures and sounds may show themselves where you allow it. Kept on this machine, for whoever is verified as them.",
    knowSpoken: "You have spoken with them, so until you close the app they are no stranger. Marked as known, they stay so.",
    knowNot: "Only somebody whose identity is verified can be marked: anybody else could come as them.",
    /** @param {string} name */
    known: (name) => `You know ${name}.`,
    /** @param {string} name */
    stranger: (name) => `${name} is no longer marked as known.`,
    message: "Message",
    mute: "Mute",
    unmute: "Unmute",
    block: "Block",
    /** @param {string} name */
    blockTitle: (name) => `Block ${name}?`,
    blockLead: "You will not hear from this person again, in any room, and your app does not connect to theirs. You find them under People, Known, muted, blocked, to undo it.",
    blockSession: "This person has not proved who they are: with a new session they can come back as somebody else.",
    keep: "Do not block",
    /** @param {string} name */
    muted: (name) => `${name} is muted.`,
    /** @param {string} name */
    blocked: (name) => `${name} is blocked.`,
    /** @param {string} name */
    normal: (name) => `${name} is heard again.`,
    you: "This is you",
    yourProfile: "Others recognise you by this id and by a key that never leaves this machine.",
  },

  load: {
    title: "Load this picture?",
    lead: "It comes from",
    why: "That site will see your address and when you looked. Nothing of it is kept.",
    yes: "Load picture",
    again: "Click to try again.",
    /** @param {string} host */
    loading: (host) => `Loading from ${host}…`,
    /** @param {string} host */
    from: (host) => `From ${host}`,
    shown: "Picture",
    /** @param {string} host */
    picture: (host) => `Picture at ${host}, not loaded yet`,
    /** @param {string} host */
    video: (host) => `Video at ${host}, opens in your browser`,
  },

  /** @param {Verification} verification @returns {[string, string]} in short, and why */
  verification(verification) {
    switch (verification) {
      case "verified":
        return ["Verified", "Its signature fits this profile."];
      case "unverified":
        return ["Not verified", "Uses a profile it has not shown to be its own. Be careful with what you tell."];
      case "unidentified":
        return ["Unidentified", "Has not said who it is."];
      default:
        return unreachable(verification);
    }
  },

  /** Of whom that is all one knows. @type {[string, string]} in short, and why */
  signed: ["Signed", "Its signature fits this profile."],

  /**
   * What is known beyond a signature.
   *
   * @param {Proof} proof @param {boolean} isApp @returns {[string, string]} in short, and why
   */
  proof(proof, isApp) {
    switch (proof) {
      case "proven":
        return ["Proved", "Has shown on this connection that it holds the key of this profile."];
      case "awaited":
        return ["Being asked", "It was asked to show that it holds the key of this profile."];
      case "missing":
        return ["Cannot prove it", "It was asked to show that it holds the key of this profile, and could not. It is probably somebody else."];
      case "none":
        return isApp
          ? ["Claimed only", "An older app cannot show that it holds the key. Its signature may have been copied by somebody who met the real one."]
          : ["Claimed only", "A browser cannot show that it holds the key. Its signature may have been copied by somebody who met the real one."];
      default:
        return unreachable(proof);
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
};
