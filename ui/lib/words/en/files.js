/**
 * English: what is said around files that are shared.
 *
 * @import {ShareKind, TransferFault} from "../../../types/ipc.js"
 */
import { unreachable } from "../../unreachable.js";
import { counted, inSeconds, listed } from "./count.js";

/** @param {TransferFault["kind"]} kind */
const plainFault = (kind) => FAULTS[/** @type {keyof typeof FAULTS} */ (kind)];

const FAULTS = {
  tooLarge: "It is larger, or has more files, than can be shared.",
  tooLargeToShow: "It is too large to be shown or played here. Save it, then open it with another program.",
  badName: "A name in it is one that no file here may have.",
  wrongHash: "What came is not what was promised. Nothing of it was kept.",
  notAsOffered: "It has other names, another size or another number of files than was told. Nothing of it was kept.",
  cannotWrite: "The folder cannot be written to. Is its disk still there?",
  cannotRead: "The files cannot be read.",
  changed: "The files on your disk changed after you shared them. Share them anew.",
  noLongerThere: "The files are no longer on your disk.",
  refused: "Nobody who has it gives it away.",
  nobodyAnswers: "Nobody who has it answers.",
  cannotOpen: "It was locked with another key than this room’s, so it cannot be opened.",
  calledOff: "It was called off.",
};

export const files = {
  files: {
    attach: "Share files",
    attachTitle: "Share with everyone in this room",
    pickFiles: "Files…",
    pickFolder: "A folder…",
    attachHint: "Or drop them on the room, or paste files or a picture. Nothing is uploaded: it goes from your machine to theirs while you are here.",
    pasted: "picture",

    /** @param {string} room */
    drop: (room) => `Drop to share with everyone in ${room}`,
    dropDirect: "Files cannot be shared in a private talk, only with a whole room.",
    dropHome: "Drop a picture with a QR code to see where it leads.",
    dropNowhere: "Go to a room to share files there.",
    dropRefused: "What you dropped cannot be shared. Only files and folders on this machine can.",

    sureTitle: "Share all of this?",
    /** @param {number} count @param {string} size @param {string} room */
    sure: (count, size, room) => `${counted(count, "file", "files")}, ${size} together, with everyone in ${room}.`,
    sureWhy: "They are read through once before they are offered, which can take a while.",
    sureYes: "Share",

    /** @param {ShareKind} kind @param {number | null} count @returns {string} */
    kind(kind, count) {
      if (kind !== "folder" && count !== null && count > 1) return MANY[kind](count);
      switch (kind) {
        case "file":
          return "File";
        case "folder":
          return count === null ? "Folder" : `Folder with ${counted(count, "file", "files")}`;
        case "image":
          return "Picture";
        case "audio":
          return "Sound";
        case "video":
          return "Film";
        default:
          return unreachable(kind);
      }
    },
    unknownSize: "size not known yet",
    unknownSet: "What and how many is known once it is fetched",
    /** Several files that are no folder. @param {number} count @param {string} first */
    several: (count, first) => `${counted(count, "file", "files")}: ${first}, …`,
    /** @param {string} size */
    together: (size) => `${size} together`,

    /** @param {string[]} names @param {number} more who have all of it */
    holders: (names, more) => `${listed(more > 0 ? [...names, counted(more, "other", "others")] : names)} ${names.length + more === 1 ? "has" : "have"} it`,
    /** @param {number} of */
    offeredTo: (of) => (of === 1 ? "Offered" : `Offered to all ${of} people`),
    fetchedByNobody: "Nobody has fetched it yet",
    holdersUnknown: "Who has it is not known: it may be nobody any more",
    /** @param {string[]} names @param {number} more */
    fetchedBy: (names, more) => `Fetched by ${listed(more > 0 ? [...names, counted(more, "other", "others")] : names)}`,
    /** @param {number} count of people it goes to at the moment */
    givingTo: (count) => `Going to ${counted(count, "person", "people")} now`,

    own: "You share this",
    offered: "Not fetched",
    waiting: "Waiting to begin…",
    preparing: "Being made ready…",
    fetching: "Coming…",
    paused: "Paused",
    stalled: "Waiting for someone who has it…",
    saving: "Being put in its folder…",
    done: "Saved",
    /** @param {string} folder */
    savedIn: (folder) => `Saved in ${folder}`,
    shown: "Shown here, not saved",
    fetched: "Fetched, not saved",
    failed: "It did not come",
    failedOwn: "It could not be shared",
    gone: "No longer available: nobody who has it is here.",
    withdrawn: "No longer available: it was taken back.",
    withdrawnOwn: "You share this no longer.",

    /** @param {string} have @param {string} total */
    amount: (have, total) => `${have} of ${total}`,
    /** @param {string} speed */
    speed: (speed) => `${speed} a second`,
    /** @param {number} ms @returns {string} */
    left(ms) {
      const seconds = Math.ceil(ms / 1000);
      return seconds < 5400 ? `${inSeconds(seconds)} left` : `about ${counted(Math.round(seconds / 3600), "hour", "hours")} left`;
    },
    /** @param {number} percent */
    percent: (percent) => `${percent} percent`,
    /** @param {string} name */
    progress: (name) => `How much of ${name} is here`,

    download: "Save",
    again: "Save again",
    show: "Show here",
    hide: "Hide",
    play: "Play",
    showWhy: "Fetched and shown here without being saved.",
    pause: "Pause",
    resume: "Go on",
    cancel: "Cancel",
    dismiss: "Dismiss",
    throwAway: "Throw away",
    /** @param {string} size */
    partHere: (size) => `${size} of it came. That is thrown away when you leave the room or close the app.`,
    retry: "Try again",
    open: "Open",
    reveal: "Show in folder",
    unshare: "Stop sharing",
    runs: "This kind of file might start a program, so it is not opened from here. Open it yourself only if you trust who sent it.",
    plain: "From someone you do not know. Its picture is not shown until you ask.",
    showThumbnail: "Show its picture",
    /** @param {number} count */
    list: (count) => counted(count, "file", "files"),
    /** @param {number} count */
    moreFiles: (count) => counted(count, "more file", "more files"),
    /** @param {string} name */
    savedAs: (name) => `saved as ${name}`,
    /** @param {string} name */
    alt: (name) => `Picture: ${name}`,
    /** @param {string} name */
    thumbnailAlt: (name) => `Small picture of ${name}`,
    notShown: "It cannot be shown here. Save it and open it with another program.",
    notPlayed: "This system cannot play it here. What most sounds and films need comes with the packages gstreamer1.0-libav and gstreamer1.0-plugins-good (as Debian and Ubuntu call them). Or save it and open it with another program.",
    tooLarge: "Too large to be shown or played here. Save it, then open it with another program.",
    tooLargeSaved: "Too large to be shown or played here. Open it with another program.",
    notOpened: "The system has nothing that opens this file. Show it in its folder and choose there.",
    notRevealed: "The folder could not be shown. It may have been moved or deleted.",

    /** What would stop. @type {{ gives: (count: number, name: string) => string, comes: (name: string) => string, more: (count: number) => string }} */
    moving: {
      gives: (count, name) => `${counted(count, "person is", "people are")} fetching ${name} from you.`,
      comes: (name) => `You are fetching ${name}.`,
      more: (count) => `${count} more on their way.`,
    },
    stopsLeaving: "If you leave, that stops.",
    endsLeaving: "What you share there can then no longer be fetched from you.",
    endTitle: "Close Chitchatter now?",
    stopsEnding: "If you close it, that stops, and what you share can no longer be fetched from you.",
    end: "Close",
    stay: "Stay",

    pasteTitle: "Share what you copied?",
    /** @param {string} name @param {number} count @param {string} size @param {string} room */
    pasteLead: (name, count, size, room) => `${name}${count > 1 ? ` (${counted(count, "file", "files")})` : ""}, ${size}, with everyone in ${room}.`,

    unshareTitle: "Stop sharing this?",
    unshareLead: "Nobody can fetch it from you any more, and what is on its way stops. Whoever has it keeps it.",
    keepSharing: "Go on sharing",
    cancelTitle: "Throw away what came?",
    cancelLead: "What came so far is removed from your disk. It would have to come again from the beginning.",
    keepFetching: "Keep it",

    /** What is read out, once each. @type {Record<"preparing" | "fetching" | "paused" | "stalled" | "done" | "shown" | "failed" | "gone" | "withdrawn" | "giving", (name: string) => string>} */
    told: {
      preparing: (name) => `${name} is being made ready.`,
      giving: (name) => `${name} can be fetched now.`,
      fetching: (name) => `${name} is coming.`,
      paused: (name) => `${name} is paused.`,
      stalled: (name) => `${name} waits for someone who has it.`,
      done: (name) => `${name} is saved.`,
      shown: (name) => `${name} is shown here.`,
      failed: (name) => `${name} did not come.`,
      gone: (name) => `${name} is no longer available.`,
      withdrawn: (name) => `${name} was taken back.`,
    },

    /** @param {TransferFault} fault @param {(bytes: number) => string} size @returns {string} */
    fault: (fault, size) =>
      fault.kind === "noRoom" ? `There is not enough room on the disk: it takes ${size(fault.needed)}, ${size(fault.spare)} must stay free besides, and ${size(fault.free)} are free.` : plainFault(fault.kind),

    transfers: "Files on their way",
    /** @param {string} room */
    inRoom: (room) => `in ${room}`,
    /** @param {string} name */
    pauseWhat: (name) => `Pause ${name}`,
    /** @param {string} name */
    resumeWhat: (name) => `Go on with ${name}`,
    /** @param {string} name */
    cancelWhat: (name) => `Cancel ${name}`,
    /** @param {string} name */
    retryWhat: (name) => `Try again with ${name}`,
    /** @param {string} name */
    dropWhat: (name) => `Take ${name} off the list`,

    section: "Files",
    folder: "Where files are saved",
    folderUnset: "You are asked the first time.",
    folderHint: "What you fetch is put there under its own name, beside what has the name already. What is only shown here is kept in memory and gone with the room.",
    changeFolder: "Choose a folder…",
    forgetFolder: "Ask me again",

    auto: "Show pictures and sounds by themselves",
    autoWhy: "Only of people you marked as known, answered or wrote to alone, and only up to 8 MB. Others are shown when you ask.",
  },
};

/** @type {Record<Exclude<ShareKind, "folder">, (count: number) => string>} */
const MANY = {
  file: (count) => counted(count, "file", "files"),
  image: (count) => counted(count, "picture", "pictures"),
  audio: (count) => counted(count, "sound", "sounds"),
  video: (count) => counted(count, "film", "films"),
};
