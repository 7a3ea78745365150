// @ts-check
// How this browser shows the list of containers: how dense, in groups or not, and which groups are closed.
// Invariant: a browser that keeps nothing shows the list as one that visits for the first time.
import { computed, signal } from "../../../vendor/preact.js";
import { narrow } from "../../state.js";
import { atLeast } from "../elements/level.js";

const kept = (name) => {
  try {
    return localStorage.getItem(`list-${name}`);
  } catch {
    return null;
  }
};
const keep = (name, value) => {
  try {
    localStorage.setItem(`list-${name}`, value);
  } catch {
    // It holds until the page is left.
  }
};
const query = (media) => {
  const list = matchMedia(media);
  const matches = signal(list.matches);
  list.addEventListener("change", () => {
    matches.value = list.matches;
  });
  return matches;
};

/** Room for the states as buttons beside everything else in the row of filters. */
export const wide = query("(min-width: 1280px)");
const coarse = query("(pointer: coarse)");

const columns = signal(kept("columns"));
/** Only name, state and actions: at the level Beginner, until more is asked for. */
export const few = computed(() => !atLeast("intermediate") && columns.value !== "all");
export function setFew(on) {
  columns.value = on ? "few" : "all";
  keep("columns", columns.value);
}

const chosen = signal(kept("density"));
/** compact or comfortable: what was chosen here, else compact at the level Advanced. */
export const compact = computed(() =>
  chosen.value === "compact" || chosen.value === "comfortable"
    ? chosen.value === "compact" && !few.value
    : atLeast("advanced"),
);
export function setCompact(on) {
  chosen.value = on ? "compact" : "comfortable";
  keep("density", chosen.value);
}

/** Heights in pixels of a container and of a group's heading; the style sheet reads them as --row-h and --group-h. */
export const heights = computed(() => ({
  row: narrow.value ? 116 : !compact.value ? 58 : coarse.value ? 44 : 40,
  group: narrow.value || coarse.value ? 48 : 40,
}));

export const keptGrouping = () => (kept("group") === "stack" ? "stack" : "");
export const keepGrouping = (group) => keep("group", group);

function keptClosed() {
  try {
    return new Set(JSON.parse(kept("closed") ?? "[]"));
  } catch {
    return new Set();
  }
}
/** Names of the stacks whose group is closed; the empty one stands for the containers without a stack. */
export const closed = signal(keptClosed());
export function toggleGroup(name) {
  const next = new Set(closed.value);
  if (!next.delete(name)) next.add(name);
  closed.value = next;
  keep("closed", JSON.stringify([...next].slice(-200)));
}
