/**
 * Ends a switch over a closed set: the type checker names the case that is missing.
 *
 * @param {never} value
 * @returns {never}
 */
export function unreachable(value) {
  throw new Error(`not expected: ${JSON.stringify(value)}`);
}
