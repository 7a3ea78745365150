// The one live connection: /api/events feeds the shared signals. The browser resumes it with
// Last-Event-ID; when it cannot, we open a new one and ask for everything again.
// Invariant: at most one stream is read at a time, and a page that nobody sees closes it.
import { signal, batch, effect } from "../vendor/preact.js";
import { api, leave, listContainers } from "./api.js";
import { EventStream } from "./event-stream.js";
import {
  addOperations,
  addSample,
  changeContainers,
  changeImages,
  connection,
  containers,
  counts,
  engine,
  environments,
  frame,
  page,
  replaceContainers,
  running,
  settings,
  settleOperations,
  updateSummary,
} from "./state.js";

/** Grows by one whenever details of the engine should be asked for again. */
export const stale = signal(0);
/** The newest view of each container that changed since the page came. */
export const changedContainer = signal(null);
/** The newest status of each background job since the page came, by its id. */
export const changedJobs = signal(new Map());
/** Grows by one whenever a network, or who is on one, may be different. */
export const changedNetworks = signal(0);
export const notices = signal(null);

const HIDDEN_FOR = 60_000;
let source = null;
let wantsHost = false;
let retry = 0;
let timer = 0;
let hiddenTimer = 0;
/** The id of the newest event, or of what the page was drawn from. */
let newest = "";
let changed = new Map();
let removed = new Set();
let flushing = false;
/** What changed while the list is being asked for, which may be older. */
let during = null;

function flush() {
  flushing = false;
  const views = [...changed.values()];
  const gone = [...removed];
  changed = new Map();
  removed = new Set();
  during?.push([views, gone]);
  batch(() => {
    changeContainers(views, gone);
    changedNetworks.value += 1;
    changedContainer.value = { views: new Map(views.map((v) => [v.id, v])), gone: new Set(gone) };
  });
}

function later() {
  if (flushing) return;
  flushing = true;
  setTimeout(flush, 40);
}

const handlers = {
  engine(status) {
    const before = engine.value?.state;
    engine.value = status;
    if (status.state === "up" && before !== "up") refresh();
  },
  container(view) {
    removed.delete(view.id);
    changed.set(view.id, view);
    later();
  },
  container_removed({ id }) {
    changed.delete(id);
    removed.add(id);
    later();
  },
  image: (view) => changeImages([view], []),
  image_removed: ({ id }) => changeImages([], [id]),
  network: () => {
    changedNetworks.value += 1;
  },
  network_removed: () => {
    changedNetworks.value += 1;
  },
  counts: (value) => {
    counts.value = value;
  },
  updates: (value) => {
    updateSummary.value = value;
  },
  inventory: () => refresh(),
  operation: (operation) => addOperations([operation]),
  job: (status) => {
    changedJobs.value = new Map(changedJobs.value).set(status.id, status);
  },
  settings: (value) => {
    settings.value = { ...settings.value, ...value };
  },
  environments: ({ items }) => {
    environments.value = items;
  },
  host: addSample,
  notice: (notice) => {
    notices.value = notice;
  },
};

let refreshing = 0;
/** Asks for the whole list again, if somebody looks at one. */
export function refresh() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    // What was missed may be newer.
    changedJobs.value = new Map();
    stale.value += 1;
    // What ended while nothing was heard would seem to go on for ever.
    if (running.value.length > 0)
      api("/api/operations", { query: { limit: 200 } }).then(
        (answer) => settleOperations(answer.items),
        () => {},
      );
    // Without an engine there is no list; when it comes, it is asked for.
    if (engine.value?.state !== "up" || (!containers.value && page.value?.page === "container")) return;
    const mine = (during = []);
    try {
      replaceContainers(await listContainers());
      for (const change of mine) changeContainers(...change);
    } catch {
      // The banner says that the engine is gone, or the next event asks again.
    } finally {
      if (during === mine) during = null;
    }
  }, 120);
}

/** What a page brought along may be older than the newest event. */
export function caughtUp(feed) {
  const number = (id) => Number(id?.split("-")[1] ?? 0);
  if (number(newest) > number(feed)) refresh();
}

function open({ fresh }) {
  const query = new URLSearchParams({ ...(wantsHost && { host: "1" }), ...(newest && { after: newest }) });
  const next = new EventStream(`/api/events?${query}`);
  const before = source;
  source = next;
  next.onopen = () => {
    before?.close();
    retry = 0;
    clearTimeout(timer);
    if (fresh || connection.value === "paused") refresh();
    fresh = false;
    connection.value = "live";
  };
  next.onerror = () => {
    if (next !== source) return;
    if (next.readyState === EventStream.CLOSED) {
      before?.close();
      reopen();
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (source?.readyState !== EventStream.OPEN && !document.hidden) connection.value = "connecting";
    }, 1500);
  };
  for (const [name, handle] of Object.entries(handlers)) {
    next.addEventListener(name, (event) => {
      if (next !== source) return;
      if (event.lastEventId) newest = event.lastEventId;
      try {
        handle(JSON.parse(event.data));
      } catch (cause) {
        console.error(`event ${name}`, cause);
      }
    });
  }
}

function reopen() {
  source?.close();
  source = null;
  retry += 1;
  connection.value = "connecting";
  setTimeout(
    async () => {
      if (document.hidden || source) return;
      try {
        await api("/api/auth/session", { stay: true });
      } catch (problem) {
        if (problem.status === 401 || problem.code === "setup_required") {
          leave(problem);
          return;
        }
      }
      if (!source) open({ fresh: true });
    },
    Math.min(15_000, 500 * 2 ** retry),
  );
}

export function connect() {
  newest = frame.value?.feed ?? "";
  open({ fresh: false });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = setTimeout(() => {
        source?.close();
        source = null;
        connection.value = "paused";
      }, HIDDEN_FOR);
    } else if (!source) {
      open({ fresh: true });
    }
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) open({ fresh: true });
  });
  // The host's samples are asked for only while a page shows them.
  effect(() => {
    const wanted = page.value?.page === "dashboard";
    if (wanted === wantsHost) return;
    wantsHost = wanted;
    if (source) open({ fresh: false });
  });
}
