import type { JoinRequest, Settings } from "./ipc.js";

/** Everything a person can want. Elements say it, `main.js` does it. */
export type Intention =
  | { kind: "showHome" }
  | { kind: "showRoom"; room: string }
  | { kind: "join"; request: JoinRequest }
  | { kind: "leave"; room: string }
  /** Leave, and come back with another password. */
  | { kind: "retypePassword"; room: string }
  | { kind: "say"; room: string; text: string }
  | { kind: "type"; room: string; typing: boolean }
  | { kind: "rename"; name: string }
  | { kind: "readLink"; text: string }
  | { kind: "suggestName" }
  | { kind: "saveSettings"; settings: Settings }
  | { kind: "copy"; text: string; done: string }
  | { kind: "share"; room: string }
  /** A link in a message was chosen; it is not followed before the person has seen where it leads. */
  | { kind: "follow"; url: string; shown: string }
  | { kind: "open"; url: string }
  | { kind: "dismiss"; problem: number };

declare global {
  interface HTMLElementEventMap {
    intention: CustomEvent<Intention>;
  }
}
