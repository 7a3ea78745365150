// @ts-check
// When a field of the form was left: the focus is elsewhere, and the press that took it there is over.
// Invariant: what is marked as wrong moves what is below it, so nothing is marked between press and release.
import { useEffect, useRef } from "../../vendor/preact.js";

/** The fields around an element that do not hold the focus any more, innermost first. */
function left(from) {
  const paths = [];
  for (
    let place = from;
    place?.isConnected && !place.contains(document.activeElement);
    place = place.parentElement?.closest("[data-field]")
  )
    paths.push(place.dataset.field);
  return paths;
}

/** A handler of `focusout`; `leave(...paths)` gets the fields that were left. */
export function useLeaving(leave) {
  const state = useRef({ pressed: false, from: [], leave });
  state.current.leave = leave;
  const settle = () =>
    setTimeout(() => {
      const now = state.current;
      // Another window has the focus: nothing was left.
      if (now.pressed || !document.hasFocus()) return;
      const paths = now.from.splice(0).flatMap(left);
      if (paths.length > 0) now.leave(...paths);
    });
  useEffect(() => {
    const down = () => {
      state.current.pressed = true;
    };
    const up = () => {
      state.current.pressed = false;
      settle();
    };
    const ends = ["pointerup", "pointercancel"];
    addEventListener("pointerdown", down, true);
    for (const end of ends) addEventListener(end, up, true);
    return () => {
      removeEventListener("pointerdown", down, true);
      for (const end of ends) removeEventListener(end, up, true);
    };
  }, []);
  return (event) => {
    const place = event.target.closest("[data-field]");
    if (place) state.current.from.push(place);
    settle();
  };
}
