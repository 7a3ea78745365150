// The figures of everything that runs, for lists: one stream while a page shows them.
// Invariant: a cell is redrawn when its own container has a new sample, and no row is.
import { effect, signal } from "../vendor/preact.js";
import { api, leave } from "./api.js";
import { EventStream } from "./event-stream.js";
import { engineUp } from "./state.js";

const KEPT = 40;
/** Milliseconds between two figures that are kept; the first event of the stream says how many. */
let interval = 10_000;
/** How far back a list's small lines go. */
export const span = () => KEPT * interval;
/** Id of a container to {sample, times, cpu, memory}: the last figures, oldest first; null is a gap. */
const histories = new Map();
/** Only of the cells that are in sight. */
const cells = new Map();
let viewers = 0;
let source = null;
let retry = 0;
let stopWaiting = null;

/** The signal of one container's figures: {sample, times, cpu, memory}, or null. */
export function figures(id) {
  let cell = cells.get(id);
  if (!cell) {
    cell = { value: signal(histories.get(id) ?? null), users: 0 };
    cells.set(id, cell);
  }
  return cell;
}

/** The last figure of each container at this moment: Map of id to number. `kind` is cpu or memory. */
export function latestFigures(kind) {
  const found = new Map();
  for (const [id, { sample, [kind]: values }] of histories) {
    const now = kind === "cpu" ? sample?.cpu_percent : sample?.memory_used_bytes;
    const value = now ?? values.at(-1);
    if (value !== null && value !== undefined) found.set(id, value);
  }
  return found;
}

export function useCell(id) {
  const cell = figures(id);
  cell.users += 1;
  return () => {
    cell.users -= 1;
    if (cell.users === 0) cells.delete(id);
  };
}

function show(id, next) {
  if (next) histories.set(id, next);
  else histories.delete(id);
  const cell = cells.get(id);
  if (cell) cell.value.value = next;
}

/** What was kept while nobody looked: the lines are full at once. */
function takeHistory({ interval_seconds, until, items }) {
  interval = interval_seconds * 1000;
  const end = Date.parse(until);
  for (const { id, cpu_percent, memory_used_bytes } of items)
    show(id, {
      sample: null,
      times: cpu_percent.map((_, at) => end - (cpu_percent.length - 1 - at) * interval),
      cpu: cpu_percent,
      memory: memory_used_bytes,
    });
}

/** The newest sample stands at the end of the line; one of each interval stays. */
function append(before, sample) {
  const now = Date.parse(sample.at);
  const { times, cpu, memory } = before;
  let end = times.length;
  if (end > 1 && cpu[end - 2] !== null && times[end - 1] - times[end - 2] < interval) end -= 1;
  // A clock that was set back.
  if (times[end - 1] > now) end = 0;
  let start = 0;
  while (start < end && times[start] < now - span()) start += 1;
  const extended = (values, value) => [...values.slice(start, end), value];
  // The first round has no rates yet: what is there stays.
  if (sample.cpu_percent === null && times.length > 0) return { ...before, sample };
  return {
    sample,
    times: extended(times, now),
    cpu: extended(cpu, sample.cpu_percent),
    memory: extended(memory, sample.memory_used_bytes),
  };
}

function take({ items }) {
  const seen = new Set();
  for (const sample of items) {
    seen.add(sample.id);
    const before = histories.get(sample.id) ?? { times: [], cpu: [], memory: [] };
    show(sample.id, append(before, sample));
  }
  for (const id of [...histories.keys()]) if (!seen.has(id)) show(id, null);
}

function open() {
  if (source || viewers === 0 || document.hidden || !engineUp.peek()) return;
  const mine = new EventStream("/api/stats");
  source = mine;
  mine.addEventListener("history", (event) => takeHistory(JSON.parse(event.data)));
  mine.addEventListener("samples", (event) => {
    retry = 0;
    take(JSON.parse(event.data));
  });
  const again = () => {
    if (source === mine) source = null;
    retry += 1;
    setTimeout(
      () =>
        api("/api/auth/session", { stay: true }).then(open, (problem) => {
          if (problem.status === 401) leave(problem);
          else open();
        }),
      Math.min(15_000, 1000 * 2 ** retry),
    );
  };
  // It ends when the engine does not answer; what was measured before is not shown as if it were true.
  mine.addEventListener("end", () => {
    mine.close();
    take({ items: [] });
    again();
  });
  mine.onerror = () => {
    if (mine.readyState === EventStream.CLOSED) again();
  };
}

function close() {
  source?.close();
  source = null;
}

const seen = () => (document.hidden ? close() : open());

/** Reads the stream until what it gives back is called. */
export function watchStats() {
  viewers += 1;
  if (viewers === 1) {
    document.addEventListener("visibilitychange", seen);
    addEventListener("pagehide", close);
    stopWaiting = effect(() => {
      if (engineUp.value) open();
      else close();
    });
  }
  open();
  return () => {
    viewers -= 1;
    if (viewers > 0) return;
    document.removeEventListener("visibilitychange", seen);
    removeEventListener("pagehide", close);
    stopWaiting?.();
    close();
    histories.clear();
  };
}
