/**
 * How far a line of one's own got, as one of a few states.
 *
 * @import {Delivery} from "../types/ipc.js"
 */

/** @typedef {"nobody" | "sending" | "sent" | "received" | "failed"} Progress */

/** @param {Delivery} delivery @returns {Progress} */
export function progressOf({ reached, of, received, failed }) {
  if (of > 0 && received >= of) return "received";
  if (failed) return "failed";
  if (of === 0) return "nobody";
  return reached < of ? "sending" : "sent";
}
