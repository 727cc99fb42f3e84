/** The app's version, as `src-tauri/tauri.conf.json` has it: a test compares the two. */
export const VERSION = "0.1.0";
