/** Where a text is found in what an element shows, whatever markup runs through it. */

/**
 * @param {Element} element
 * @param {string} wanted
 * @returns {Range[]}
 */
export function rangesOf(element, wanted) {
  /** @type {{ node: Text, start: number }[]} */
  const nodes = [];
  let text = "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node: /** @type {Text} */ (node), start: text.length });
    text += node.nodeValue ?? "";
  }
  return spansOf(text, wanted).map(([from, to]) => {
    const range = document.createRange();
    const [first, last] = [from, to - 1].map((at) => nodes.findLast(({ start }) => start <= at));
    if (first && last) {
      range.setStart(first.node, from - first.start);
      range.setEnd(last.node, to - last.start);
    }
    return range;
  });
}

/**
 * @param {string} text
 * @param {string} wanted
 * @returns {[number, number][]} from where to where, without overlap
 */
export function spansOf(text, wanted) {
  const [low, sought] = [text.toLowerCase(), wanted.trim().toLowerCase()];
  // A few letters change their length with their case; then places would be wrong.
  if (sought === "" || low.length !== text.length) return [];
  /** @type {[number, number][]} */
  const spans = [];
  for (let at = low.indexOf(sought); at >= 0 && spans.length < MOST; at = low.indexOf(sought, at + sought.length)) {
    spans.push([at, at + sought.length]);
  }
  return spans;
}

/** In one line; more would only slow the page. */
const MOST = 200;
