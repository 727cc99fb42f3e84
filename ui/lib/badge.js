/** The mark a person goes by, and the pictures of what is known of them. */
import { el } from "./dom.js";
import { initial } from "./people.js";

/** @param {string} shown @param {string} tint */
export const badge = (shown, tint) =>
  el("span", { className: "badge", dataset: { tint }, ariaHidden: "true" }, initial(shown));

/** @type {Record<import("../types/ipc.js").Verification, string>} */
export const VERIFICATION_ICONS = { verified: "verified", unverified: "caution", unidentified: "unknown" };
/** @type {Record<import("../types/ipc.js").Proof, string>} */
export const PROOF_ICONS = { proven: "verified", awaited: "clock", missing: "caution", none: "unknown" };
/** @type {Record<import("../types/ipc.js").Path, string>} */
export const PATH_ICONS = { direct: "direct", relayed: "relayed", unknown: "clock" };
