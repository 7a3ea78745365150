// @ts-check
// Rows that fly past are drawn without what they can do without; it is filled in, a few
// rows a frame, when the scrolling rests. Invariant: whatever stays in sight becomes whole.

const CALM = 120;
const EACH = 4;
const waiting = new Set();
let last = -CALM;
let timer = 0;

addEventListener(
  "scroll",
  () => {
    last = performance.now();
    if (waiting.size > 0) arm();
  },
  { passive: true },
);

/** Whether the page is being scrolled. */
export const flying = () => performance.now() - last < CALM;

function arm() {
  clearTimeout(timer);
  timer = setTimeout(() => requestAnimationFrame(fill), CALM);
}

function fill() {
  if (flying()) return;
  for (const row of [...waiting].slice(0, EACH)) {
    waiting.delete(row);
    row.setState({ whole: true });
  }
  if (waiting.size > 0) requestAnimationFrame(fill);
}

/** A component whose state gets `whole: true` when there is time; leave() ends the wait. */
export function whenCalm(row) {
  waiting.add(row);
  arm();
}
export const leave = (row) => waiting.delete(row);
