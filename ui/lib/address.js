/** What an address in a message really is. */

/**
 * @typedef {object} Destination
 * @property {"web" | "mail"} kind
 * @property {string} host where it leads; for mail, to whom
 * @property {boolean} encrypted whether the way there is
 * @property {boolean} disguised whether the name is written in a way that can look like another
 * @property {boolean} different whether the text shown was an address of somewhere else
 */

/**
 * @param {string} url
 * @param {string} shown the text of the link
 * @returns {Destination | null} nothing for what is not opened at all
 */
export function destination(url, shown) {
  const parsed = parse(url);
  if (!parsed) return null;
  if (parsed.protocol === "mailto:") {
    const to = decodeURIComponentSafely(parsed.pathname);
    return { kind: "mail", host: to, encrypted: true, disguised: false, different: false };
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return null;
  const claimed = parse(shown.trim()) ?? parse(`https://${shown.trim()}`);
  return {
    kind: "web",
    host: parsed.host,
    encrypted: parsed.protocol === "https:",
    disguised: parsed.hostname.includes("xn--") || parsed.username !== "",
    different: looksLikeAddress(shown) && claimed?.host !== parsed.host,
  };
}

/** @param {string} text */
const looksLikeAddress = (text) => /^\s*(https?:\/\/|www\.)?[\w-]+(\.[\w-]+)+([/?#:]\S*)?\s*$/iu.test(text);

/** @param {string} text */
function parse(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** @param {string} text */
function decodeURIComponentSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a world is named by an address without encryption that is on no machine or network of one's
 * own: almost always a slip, and another world than the one with encryption.
 *
 * @param {string} origin
 */
export function isUnencryptedWorld(origin) {
  const parsed = parse(origin);
  return parsed?.protocol === "http:" && /[a-z]$/i.test(parsed.hostname) && parsed.hostname.includes(".") && !/\.(local|localhost|lan|home|internal)$/i.test(parsed.hostname);
}
