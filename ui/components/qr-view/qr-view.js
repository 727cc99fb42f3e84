/**
 * <qr-view> — a QR code. Black on white whatever the theme, since cameras expect it, with the quiet
 * edge they need; to those who do not see it, it says what is in it.
 *
 * @import {QrCode} from "../../types/ipc.js"
 */
const SVG = "http://www.w3.org/2000/svg";

export class QrView extends HTMLElement {
  /** @param {QrCode} code @param {string} alternative what it says, in words */
  show({ size, modules }, alternative) {
    const whole = size + 2 * QUIET;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${whole} ${whole}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", alternative);
    svg.setAttribute("shape-rendering", "crispEdges");
    const paper = document.createElementNS(SVG, "rect");
    paper.setAttribute("width", String(whole));
    paper.setAttribute("height", String(whole));
    paper.setAttribute("fill", "#fff");
    const ink = document.createElementNS(SVG, "path");
    ink.setAttribute("d", outline(size, modules));
    ink.setAttribute("fill", "#000");
    svg.append(paper, ink);
    this.replaceChildren(svg);
  }

  clear() {
    this.replaceChildren();
  }
}

/**
 * One path for all dark squares; those beside each other are drawn as one bar.
 *
 * @param {number} size
 * @param {string} modules
 */
function outline(size, modules) {
  let path = "";
  for (let y = 0; y < size; y++) {
    const line = modules.slice(y * size, (y + 1) * size);
    for (const { 0: bar, index: x } of line.matchAll(/1+/g)) {
      path += `M${x + QUIET} ${y + QUIET}h${bar.length}v1h-${bar.length}z`;
    }
  }
  return path;
}

/** How many squares wide the edge must be. */
const QUIET = 4;

customElements.define("qr-view", QrView);
