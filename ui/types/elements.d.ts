import type { ChatRoom } from "../components/chat-room/chat-room.js";
import type { ChatTranscript } from "../components/chat-transcript/chat-transcript.js";
import type { LeaveDialog } from "../components/leave-dialog/leave-dialog.js";
import type { LinkDialog } from "../components/link-dialog/link-dialog.js";
import type { MessageComposer } from "../components/message-composer/message-composer.js";
import type { OwnName } from "../components/own-name/own-name.js";
import type { PeerList } from "../components/peer-list/peer-list.js";
import type { ProblemList } from "../components/problem-list/problem-list.js";
import type { RoomDoor } from "../components/room-door/room-door.js";
import type { RoomList } from "../components/room-list/room-list.js";
import type { RoomWelcome } from "../components/room-welcome/room-welcome.js";
import type { SettingsForm } from "../components/settings-form/settings-form.js";
import type { ShareDialog } from "../components/share-dialog/share-dialog.js";
import type { StatusToasts } from "../components/status-toasts/status-toasts.js";
import type { TrackerList } from "../components/tracker-list/tracker-list.js";
import type { TypingLine } from "../components/typing-line/typing-line.js";

declare global {
  interface HTMLElementTagNameMap {
    "chat-room": ChatRoom;
    "chat-transcript": ChatTranscript;
    "leave-dialog": LeaveDialog;
    "link-dialog": LinkDialog;
    "message-composer": MessageComposer;
    "own-name": OwnName;
    "peer-list": PeerList;
    "problem-list": ProblemList;
    "room-door": RoomDoor;
    "room-list": RoomList;
    "room-welcome": RoomWelcome;
    "settings-form": SettingsForm;
    "share-dialog": ShareDialog;
    "status-toasts": StatusToasts;
    "tracker-list": TrackerList;
    "typing-line": TypingLine;
  }
}
