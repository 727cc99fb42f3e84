/**
 * The sounds that tell of something new. They are not recordings: a few tones, made up here, are
 * played by the web view itself.
 *
 * @import {Tone} from "../types/ipc.js"
 */

/**
 * @typedef {object} Note
 * @property {number} at when it begins, in seconds
 * @property {number} hertz where it begins
 * @property {number} [to] where it glides, in hertz
 * @property {number} lasts in seconds
 * @property {number} loud between 0 and 1
 * @property {OscillatorType} shape
 */

/** @type {Record<Tone, Note[]>} */
const SOUNDS = {
  // A drop into water: up, quickly.
  message: [
    { at: 0, hertz: 420, to: 980, lasts: 0.11, loud: 0.5, shape: "sine" },
    { at: 0.09, hertz: 640, to: 1320, lasts: 0.14, loud: 0.35, shape: "sine" },
  ],
  // A small bell: a major sixth, each with its octave above.
  chime: [
    { at: 0, hertz: 784, lasts: 0.7, loud: 0.32, shape: "sine" },
    { at: 0, hertz: 1568, lasts: 0.35, loud: 0.1, shape: "sine" },
    { at: 0.14, hertz: 1318.5, lasts: 0.9, loud: 0.28, shape: "sine" },
    { at: 0.14, hertz: 2637, lasts: 0.4, loud: 0.07, shape: "sine" },
  ],
  // Two short notes, soft enough for a quiet room.
  beep: [
    { at: 0, hertz: 880, lasts: 0.09, loud: 0.35, shape: "triangle" },
    { at: 0.12, hertz: 880, lasts: 0.12, loud: 0.35, shape: "triangle" },
  ],
};

/** In the order they are offered. */
export const TONES = /** @type {Tone[]} */ (Object.keys(SOUNDS));

/** @type {AudioContext | null} made when it is first needed: it keeps a device open */
let context = null;
let lastPlayed = -Infinity;

/**
 * Plays a sound; in a burst of news, only for the first.
 *
 * @param {Tone} which
 * @param {{ always?: boolean }} [how] `always` for a sound that was asked for by hand
 */
export async function play(which, { always = false } = {}) {
  const now = performance.now();
  if (!always && now - lastPlayed < PAUSE_MS) return;
  lastPlayed = now;
  context ??= new AudioContext();
  // Without a sound device this never ends; nothing waits for it.
  await context.resume();
  for (const note of SOUNDS[which]) sound(context, note);
}

/** @param {AudioContext} context @param {Note} note */
function sound(context, { at, hertz, to = hertz, lasts, loud, shape }) {
  const start = context.currentTime + at;
  const end = start + lasts;
  const source = new OscillatorNode(context, { type: shape, frequency: hertz });
  source.frequency.setValueAtTime(hertz, start);
  source.frequency.exponentialRampToValueAtTime(to, end);
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(loud * VOLUME, start + ATTACK_S);
  // An exponential fall never reaches nothing, so it ends at what nobody hears.
  volume.gain.exponentialRampToValueAtTime(0.0001, end);
  source.connect(volume).connect(context.destination);
  source.start(start);
  source.stop(end);
}

const PAUSE_MS = 1_500;
const VOLUME = 0.5;
/** Short enough to be crisp, long enough not to click. */
const ATTACK_S = 0.006;
