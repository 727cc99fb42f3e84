/**
 * Times as people read them. All moments are Unix milliseconds.
 *
 * @import {Line} from "../types/ipc.js"
 */
import { locale as spoken } from "./words.js";

/**
 * When a line was said. Its author's clock may be wrong or lie: a time that lies ahead of its
 * arrival, or is no time at all, gives way to the time it came.
 *
 * @param {Pick<Line, "timeSent" | "timeReceived">} line
 */
export function timeOf(line) {
  const believable = line.timeSent > 0 && line.timeSent <= line.timeReceived + CLOCK_SKEW_MS;
  return believable ? line.timeSent : line.timeReceived;
}

/** @param {number} moment @param {string} [locale] @returns {string} hours and minutes */
export const clock = (moment, locale) =>
  written(moment, { hour: "2-digit", minute: "2-digit" }, locale);

/** @param {number} moment @param {string} [locale] @returns {string} day and time in full */
export const full = (moment, locale) =>
  written(moment, { dateStyle: "full", timeStyle: "short" }, locale);

/** @param {number} moment @param {string} [locale] @returns {string} the day */
export const day = (moment, locale) =>
  written(moment, { weekday: "long", day: "numeric", month: "long" }, locale);

/**
 * How many midnights lie between two moments: 0 for the same day, 1 for yesterday.
 *
 * @param {number} earlier
 * @param {number} later
 */
export function daysBetween(earlier, later) {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / DAY_MS);
}

/** @param {number} moment @returns {string} for machines */
export const machine = (moment) => (isTime(moment) ? new Date(moment).toISOString() : "");

/** @param {number} moment @param {Intl.DateTimeFormatOptions} options @param {string} [locale] */
function written(moment, options, locale = spoken()) {
  return isTime(moment) ? new Intl.DateTimeFormat(locale, options).format(moment) : "";
}

/** @param {number} moment */
const isTime = (moment) => Math.abs(moment) <= LAST_DATE_MS;

/** @param {number} moment */
const startOfDay = (moment) => new Date(moment).setHours(0, 0, 0, 0);

const DAY_MS = 24 * 60 * 60 * 1000;
const CLOCK_SKEW_MS = 5 * 60 * 1000;
/** What `Date` can hold. */
const LAST_DATE_MS = 8.64e15;
