// @ts-check
// Which rows of a list are chosen: one by one, a range with Shift, or all that the filter shows.
// Invariant: what is no longer there is not chosen.
import { useMemo, useRef, useState } from "../vendor/preact.js";

/** From the last one that was chosen to this one, in the order that is shown. Pure. */
export function range(shown, from, to) {
  const [a, b] = [from, to].map((id) => shown.findIndex((one) => one.id === id));
  return a < 0 || b < 0 ? [to] : shown.slice(Math.min(a, b), Math.max(a, b) + 1).map((one) => one.id);
}

/**
 * `known` is the map of everything there is, `visible` what of the shown is not folded away: a range takes only
 * that. `choose`, `chooseMany` and `chooseAll` stay the same functions for ever.
 */
export function useSelection(shown, known, visible = shown) {
  const [ids, setIds] = useState(() => new Set());
  const live = useRef({});
  live.current.shown = shown;
  live.current.visible = visible;
  const [acts] = useState(() => {
    const put = (list, on) =>
      setIds((was) => {
        const next = new Set(was);
        for (const id of list)
          if (on) next.add(id);
          else next.delete(id);
        return next;
      });
    return {
      choose(id, on, extend) {
        put(
          extend && live.current.anchor ? range(live.current.visible, live.current.anchor, id) : [id],
          on,
        );
        live.current.anchor = id;
      },
      chooseMany: put,
      chooseAll: (on) =>
        put(
          live.current.shown.map((one) => one.id),
          on,
        ),
      clear: () => {
        live.current.anchor = null;
        setIds(new Set());
      },
    };
  });
  const chosen = useMemo(() => [...ids].map((id) => known?.get(id)).filter(Boolean), [ids, known]);
  const hidden = useMemo(() => {
    if (chosen.length === 0) return 0;
    const inSight = new Set(shown.map((one) => one.id));
    return chosen.filter((one) => !inSight.has(one.id)).length;
  }, [chosen, shown]);
  return { ids, chosen, hidden, ...acts };
}
