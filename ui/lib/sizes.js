/** Amounts of data as people read them. */
import { locale } from "./words.js";

/** @param {number} count @param {string} [language] @returns {string} */
export function bytes(count, language = locale()) {
  let amount = Math.max(0, count);
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && amount < 10 ? 1 : 0;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(amount);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
