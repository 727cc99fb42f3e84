import type { Load } from "../components/chat-transcript/cards.js";
import type { Emoji, IceServer, JoinRequest, Line, Peer, Pinned, Rules, Settings, Standing, SuggestedKind, Tone } from "./ipc.js";

/** A room, or a private talk with one person that goes through it. */
export type Place = { room: string; with?: string | undefined };

/** What can be in front that is no room. */
export type Page = "home" | "settings" | "doctor" | "shortcuts" | "about";

/** What is wanted at home, in the settings and on the other pages: `pages.js` does it. */
export type PageIntention =
  | { kind: "suggestRoom"; as: SuggestedKind; focus: boolean }
  | { kind: "suggestPassword" }
  | { kind: "readQr"; file: Blob }
  | { kind: "drawQr"; text: string }
  | { kind: "saveQr"; text: string }
  | { kind: "pin"; room: string; pinned: boolean }
  | { kind: "enterPinned"; pinned: Pinned }
  /** Enter after having been asked. */
  | { kind: "enter"; request: JoinRequest }
  /** Leave, and come back with another password; what was being written is kept. */
  | { kind: "enterAgain"; room: string; request: JoinRequest }
  | { kind: "saveSettings"; settings: Settings }
  | { kind: "playSound"; which: Tone }
  | { kind: "testTracker"; url: string }
  | { kind: "testIceServer"; server: IceServer }
  /** Do not wait for the next try to reach the trackers. */
  | { kind: "tryTrackers" }
  | { kind: "diagnose" }
  | { kind: "exportProfile"; password: string | null }
  | { kind: "importProfile"; text: string; password: string | null }
  /** Leave all rooms and enter them again, as who one is by now; what was being written is kept. */
  | { kind: "enterAllAgain" }
  | { kind: "deleteProfile" };

/** What is wanted in a conversation: `talks.js` does it. */
export type TalkIntention =
  | { kind: "say"; place: Place; text: string; replyTo: number | null }
  | { kind: "edit"; room: string; line: number; text: string }
  /** Take a line back, after being asked once more. */
  | { kind: "takeBack"; room: string; line: number; heard: boolean }
  | { kind: "react"; room: string; line: number; emoji: string; on: boolean }
  | { kind: "resend"; room: string; line: number }
  | { kind: "type"; place: Place; typing: boolean }
  /** Which lines of a place have this text in them. */
  | { kind: "search"; place: Place; text: string; answer: (lines: number[]) => void }
  | { kind: "findEmoji"; query: string; answer: (found: Emoji[]) => void }
  /** Choose an emoji; `note` is what one should know before one does. */
  | { kind: "pickEmoji"; anchor: HTMLElement; note?: string; chosen: (emoji: string) => void; closed?: () => void }
  /** Fetch a picture from another site, after the person has seen from where; `told` how it goes, if they want it. */
  | { kind: "load"; url: string; told: (now: Load) => void }
  /** Somebody in a room; oneself where there is no peer. */
  | { kind: "showPerson"; room: string; peer: Peer | null }
  | { kind: "judge"; room?: string; person: string; name: string; standing: Standing; was?: Standing }
  | { kind: "muteRoom"; room: string; muted: boolean }
  | { kind: "setRules"; room: string; rules: Rules };

/** What is wanted of files that are shared: `files.js` does it. */
export type FileIntention =
  /** Choose files, or a folder, and share them with everyone in a room. */
  | { kind: "pickFiles"; room: string; folder: boolean }
  | { kind: "pasteFile"; room: string; file: Blob }
  /** Save what somebody shares; where is asked once. */
  | { kind: "fetchShare"; room: string; key: string }
  /** Fetch it to be shown, without saving it. */
  | { kind: "showShare"; room: string; key: string }
  | { kind: "moveShare"; room: string; key: string; to: "pause" | "resume" | "cancel" | "retry"; own: boolean }
  /** No longer share it, after being asked once more. */
  | { kind: "unshare"; room: string; key: string }
  | { kind: "openFile"; room: string; key: string; file: number }
  /** Show a file in its folder; the folder alone where there is none. */
  | { kind: "revealFile"; room: string; key: string; file: number | null }
  /** The content of a file that is here whole, under an address; nothing where it cannot be had. */
  | { kind: "loadMedia"; room: string; key: string; file: number; loaded: (url: string | null, tooLarge?: boolean) => void }
  | { kind: "chooseDownloads" };

/** Everything a person can want. Elements say it, `main.js` does it. */
export type Intention =
  | PageIntention
  | TalkIntention
  | FileIntention
  | { kind: "showHome" }
  | { kind: "showPage"; page: Page }
  | { kind: "showRoom"; room: string; with?: string | undefined }
  | { kind: "join"; request: JoinRequest }
  | { kind: "leave"; room: string }
  /** Take the whole screen, or give it back. */
  | { kind: "fullScreen" }
  /** Leave, and come back with another password. */
  | { kind: "retypePassword"; room: string }
  | { kind: "rename"; name: string }
  | { kind: "readLink"; text: string }
  | { kind: "copy"; text: string; done: string }
  | { kind: "share"; room: string }
  /** A link in a message was chosen; it is not followed before the person has seen where it leads. */
  | { kind: "follow"; url: string; shown: string }
  | { kind: "open"; url: string }
  | { kind: "dismiss"; problem: number };

declare global {
  interface HTMLElementEventMap {
    intention: CustomEvent<Intention>;
    /** Inside of one place: a line is to be answered, or said differently. */
    answerline: CustomEvent<Line>;
    editline: CustomEvent<Line>;
    /** The person wants to go on writing. */
    write: CustomEvent<null>;
    /** The last line of one's own is to be said differently. */
    editlast: CustomEvent<null>;
  }
}
