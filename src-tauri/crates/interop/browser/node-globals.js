/** What the libraries of files.js take for granted, as they are written for Node too. */
export { Buffer } from "buffer";

export const process = {
  browser: true,
  env: {},
  nextTick: (then, ...rest) => queueMicrotask(() => then(...rest)),
};
