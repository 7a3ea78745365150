// @ts-check
// The figures that a list is sorted by. They move with every sample; rows must not move while somebody aims at one.
// Invariant: the order changes when it is asked for, and after that at most every five seconds, never while the
// pointer or the keyboard is on a row or a menu or a dialog is open.
import { useEffect, useState } from "../../../vendor/preact.js";
import { latestFigures } from "../../live-stats.js";
import { dialogOpen } from "../frame/dialog.js";
import { menuOpen } from "../frame/menu.js";

const SETTLED = 5000;
/** Until there are figures at all. */
const SOON = 300;

/** `kind` is cpu, memory or null; `list` the reference to the element with the rows. */
export function useSettledFigures(kind, list) {
  const [figures, setFigures] = useState(null);
  useEffect(() => {
    if (!kind) {
      setFigures(null);
      return undefined;
    }
    const points = matchMedia("(hover: hover)").matches;
    const held = () =>
      menuOpen() ||
      dialogOpen() ||
      list.current?.contains(document.activeElement) ||
      (points && list.current?.matches(":hover"));
    let timer = 0;
    const take = (first) => {
      const found = latestFigures(kind);
      if (found.size > 0 && (first || !held())) setFigures(found);
      timer = setTimeout(() => take(found.size === 0), found.size === 0 ? SOON : SETTLED);
    };
    take(true);
    return () => clearTimeout(timer);
  }, [kind]);
  return kind ? figures : null;
}
