// @ts-check
// Which of many equally tall rows are in sight of the window.
import { useEffect, useLayoutEffect, useRef, useState } from "../../../vendor/preact.js";

const MARGIN = 8;
/** The range moves by so many rows at once: most scroll events change nothing. */
const STEP = 3;
export const VIRTUAL_FROM = 50;

/** Returns {ref, first, last, before, after}: rows to draw and the room to leave around them. */
export function useWindowRows(count, height) {
  const ref = useRef();
  const all = count <= VIRTUAL_FROM;
  const [range, setRange] = useState([0, Math.min(count, 40)]);
  const measure = () => {
    if (!ref.current || all) return;
    const top = ref.current.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor((-top / height - MARGIN) / STEP) * STEP);
    const last = Math.min(count, Math.ceil(((innerHeight - top) / height + MARGIN) / STEP) * STEP);
    setRange((was) => (was[0] === first && was[1] === last ? was : [first, Math.max(first, last)]));
  };
  useLayoutEffect(measure, [count, height]);
  useEffect(() => {
    if (all) return undefined;
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [count, height, all]);
  const [first, last] = all ? [0, count] : [Math.min(range[0], count), Math.min(range[1], count)];
  return { ref, first, last, before: first * height, after: (count - last) * height };
}

/** Scrolls the window so that a row is in sight under the top bar. */
export function revealRow(list, index, height) {
  const top = list.getBoundingClientRect().top + index * height;
  const low = 56 + 44;
  if (top < low) scrollBy(0, top - low);
  else if (top + height > innerHeight - 16) scrollBy(0, top + height - innerHeight + 16);
}
