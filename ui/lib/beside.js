/**
 * Puts what floats beside what it belongs to: on the side with more space, above or below as well as
 * to the left or right, whole inside the window.
 *
 * @param {HTMLElement} floating in sight, with `position: fixed`
 * @param {Element} anchor
 */
export function placeBeside(floating, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = floating;
  const below = innerHeight - at.bottom >= at.top;
  const top = below ? at.bottom + GAP_PX : at.top - GAP_PX - height;
  floating.style.top = `${within(top, innerHeight - height)}px`;
  const rightwards = innerWidth - at.left >= at.right;
  floating.style.left = `${within(rightwards ? at.left : at.right - width, innerWidth - width)}px`;
}

/** @param {number} wanted @param {number} most */
const within = (wanted, most) => Math.max(GAP_PX, Math.min(wanted, most - GAP_PX));

const GAP_PX = 6;
