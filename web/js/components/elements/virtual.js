// @ts-check
// Which of many rows are in sight of the window. Rows may differ in height; each height is known beforehand.
import { useEffect, useLayoutEffect, useRef, useState } from "../../../vendor/preact.js";

const MARGIN = 8;
/** The range moves by so many rows at once: most scroll events change nothing. */
const STEP = 3;
export const VIRTUAL_FROM = 50;

/** Where each row begins; the last entry is the height of all together. Pure. */
export function offsetsOf(heights) {
  const offsets = new Array(heights.length + 1);
  offsets[0] = 0;
  for (let at = 0; at < heights.length; at += 1) offsets[at + 1] = offsets[at] + heights[at];
  return offsets;
}

/** The row at a height, found by halving. Pure. */
export function rowAt(offsets, y) {
  let low = 0;
  let high = offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle] <= y) low = middle;
    else high = middle;
  }
  return low;
}

/** Returns {ref, first, last, before, after}: rows to draw and the room to leave around them. */
export function useWindowRows(offsets) {
  const count = offsets.length - 1;
  const ref = useRef();
  const all = count <= VIRTUAL_FROM;
  const [range, setRange] = useState([0, Math.min(count, 40)]);
  const live = useRef();
  live.current = () => {
    if (!ref.current || all) return;
    const top = ref.current.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor((rowAt(offsets, -top) - MARGIN) / STEP) * STEP);
    const last = Math.min(count, Math.ceil((rowAt(offsets, innerHeight - top) + 1 + MARGIN) / STEP) * STEP);
    setRange((was) => (was[0] === first && was[1] === last ? was : [first, Math.max(first, last)]));
  };
  useLayoutEffect(() => live.current(), [offsets]);
  useEffect(() => {
    if (all) return undefined;
    const measure = () => live.current();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [all]);
  const [first, last] = all ? [0, count] : [Math.min(range[0], count), Math.min(range[1], count)];
  return { ref, first, last, before: offsets[first], after: offsets[count] - offsets[last] };
}

/** Scrolls the window so that a row is in sight under the top bar. */
export function revealRow(list, offset, height) {
  const top = list.getBoundingClientRect().top + offset;
  const low = 56 + 44;
  if (top < low) scrollBy(0, top - low);
  else if (top + height > innerHeight - 16) scrollBy(0, top + height - innerHeight + 16);
}
