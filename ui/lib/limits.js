/** What may be sent. The numbers are Chitchatter's; Rust refuses by the same ones. */

/** The longest message, in UTF-16 units, which is what a string's length counts. */
export const MAX_MESSAGE_UNITS = 9_999;
/** From how many units left on the person is told. */
export const COUNTED_FROM_LEFT = 500;
/** The longest custom name. */
export const MAX_NAME = 30;

/**
 * Whether a message can be sent, and what the counter says.
 *
 * @param {string} text
 * @returns {{ sendable: boolean, left: number, counted: boolean }}
 */
export function measure(text) {
  const left = MAX_MESSAGE_UNITS - text.length;
  return {
    sendable: left >= 0 && text.trim() !== "",
    left,
    counted: left <= COUNTED_FROM_LEFT,
  };
}
