// @ts-check
// Strips that scroll sideways when they do not fit, such as tabs; css/components.css fades the edge behind which
// there is more.

/**
 * Brings the chosen one into sight, without moving the page.
 * @param {HTMLElement | undefined} strip
 * @param {string} chosen its selector
 */
export function scrolledTo(strip, chosen) {
  const one = strip?.querySelector(chosen);
  if (!strip || !one) return;
  const [outer, inner] = [strip.getBoundingClientRect(), one.getBoundingClientRect()];
  const middle = inner.left + inner.width / 2 - (outer.left + outer.width / 2);
  if (inner.left < outer.left || inner.right > outer.right) strip.scrollLeft += middle;
}
