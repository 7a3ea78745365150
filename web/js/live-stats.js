// The figures of everything that runs, for lists: one stream while a page shows them.
// Invariant: a cell is redrawn when its own container has a new sample, and no row is.
import { effect, signal } from "../vendor/preact.js";
import { api, leave } from "./api.js";
import { EventStream } from "./event-stream.js";
import { engineUp } from "./state.js";

const KEPT = 40;
/** Id of a container to {cpu, memory}: the last figures, oldest first. */
const histories = new Map();
/** Only of the cells that are in sight. */
const cells = new Map();
let viewers = 0;
let source = null;
let retry = 0;
let stopWaiting = null;

/** The signal of one container's figures: {sample, cpu, memory}, or null. */
export function figures(id) {
  let cell = cells.get(id);
  if (!cell) {
    cell = { value: signal(histories.get(id) ?? null), users: 0 };
    cells.set(id, cell);
  }
  return cell;
}

export function useCell(id) {
  const cell = figures(id);
  cell.users += 1;
  return () => {
    cell.users -= 1;
    if (cell.users === 0) cells.delete(id);
  };
}

function take({ items }) {
  const seen = new Set();
  for (const sample of items) {
    seen.add(sample.id);
    const before = histories.get(sample.id) ?? { cpu: [], memory: [] };
    const next = {
      sample,
      cpu: sample.cpu_percent === null ? before.cpu : [...before.cpu, sample.cpu_percent].slice(-KEPT),
      memory:
        sample.memory_used_bytes === null
          ? before.memory
          : [...before.memory, sample.memory_used_bytes].slice(-KEPT),
    };
    histories.set(sample.id, next);
    const cell = cells.get(sample.id);
    if (cell) cell.value.value = next;
  }
  for (const id of [...histories.keys()]) {
    if (seen.has(id)) continue;
    histories.delete(id);
    const cell = cells.get(id);
    if (cell) cell.value.value = null;
  }
}

function open() {
  if (source || viewers === 0 || document.hidden || !engineUp.peek()) return;
  const mine = new EventStream("/api/stats");
  source = mine;
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
