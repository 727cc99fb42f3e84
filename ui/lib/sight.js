/**
 * Scrolls one element, and nothing around it, until another one inside of it is in sight. The
 * browser's own way scrolls all that can be moved, also what only looks as if it could not.
 *
 * @param {HTMLElement} scroller
 * @param {Element} element
 * @param {{ centred?: boolean }} [how]
 */
export function bringIntoSight(scroller, element, { centred = false } = {}) {
  const [inside, frame] = [element.getBoundingClientRect(), scroller.getBoundingClientRect()];
  if (centred) {
    scroller.scrollTop += inside.top + inside.height / 2 - frame.top - frame.height / 2;
  } else if (inside.top < frame.top + MARGIN_PX) {
    scroller.scrollTop += inside.top - frame.top - MARGIN_PX;
  } else if (inside.bottom > frame.bottom - MARGIN_PX) {
    scroller.scrollTop += Math.min(inside.bottom - frame.bottom + MARGIN_PX, inside.top - frame.top - MARGIN_PX);
  }
}

const MARGIN_PX = 8;
