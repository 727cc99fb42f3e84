/**
 * How far a line of one's own got, as one of a few states.
 *
 * @import {Delivery} from "../types/ipc.js"
 */

/** @typedef {"nobody" | "sending" | "sent" | "received" | "failed" | "waiting"} Progress */

/** @param {Delivery} delivery @param {boolean} isAnyoneHere to whom it could go now @returns {Progress} */
export function progressOf({ reached, of, received, failed }, isAnyoneHere = true) {
  if (of > 0 && received >= of) return "received";
  if (failed) return "failed";
  if (of === 0) return "nobody";
  if (!isAnyoneHere) return "waiting";
  return reached < of ? "sending" : "sent";
}
