// @ts-check
// What every part of the page shares: one signal for each fact, fed by the first page data
// and then by the stream. Invariant: only this file and stream.js write the container map.
import { signal, computed, batch } from "../vendor/preact.js";

export const assets = document.documentElement.dataset.assets;
export const page = signal(null);
export const hash = signal(location.hash.slice(1));
export const frame = signal(null);
export const engine = signal(null);
/** Map of id to ContainerView, or null while nothing has listed them. */
export const containers = signal(null);
/** Map of id to ImageView, or null while nothing has listed them. */
export const images = signal(null);
/** When the list was last known to be true, in milliseconds. */
export const listedAt = signal(0);
/** Map of id to Operation. */
export const operations = signal(new Map());
export const settings = signal({});
/** Every environment with its rules, in order. */
export const environments = signal([]);
/** The last samples of the host, oldest first. */
export const hostSamples = signal([]);
/** live, connecting or paused. */
export const connection = signal("connecting");
export const now = signal(Date.now());
/** Whether the page is a single column of cards, as in CSS. */
const phone = matchMedia("(max-width: 767px)");
export const narrow = signal(phone.matches);
phone.addEventListener("change", () => {
  narrow.value = phone.matches;
});

/** How much the pages show and explain; asked for with components/elements/level.js. */
export const level = computed(() => settings.value.skill_level ?? "intermediate");
export const theme = computed(() => settings.value.theme ?? "auto");
export const engineUp = computed(() => engine.value?.state === "up");

export const containerList = computed(() => (containers.value ? [...containers.value.values()] : null));
/** How many containers are in each group of states, as the program has counted them. */
export const counts = signal(null);
/** How many have updates, and when registries were asked. */
export const updateSummary = signal(null);

export const operationList = computed(() =>
  [...operations.value.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
);
export const running = computed(() => operationList.value.filter((o) => !isOver(o)));
/** Names of the containers that an operation is still working on; one on many names them all. */
export function targets(operation) {
  if (operation.target_kind !== "container") return [];
  const done = new Set((operation.results ?? []).map((result) => result.target));
  const all = operation.kind.startsWith("container.bulk.")
    ? operation.target.split(", ")
    : [operation.target];
  return done.size > 0 ? all.filter((name) => !done.has(name)) : all;
}
/** Name of the container to the operation that is under way on it. */
export const busy = computed(
  () => new Map(running.value.flatMap((o) => targets(o).map((name) => [name, o]))),
);
export const isOver = (operation) => operation.state !== "queued" && operation.state !== "running";

const SAMPLES = 90;
export function addSample(sample) {
  if (!sample?.at || hostSamples.value.at(-1)?.at === sample.at) return;
  hostSamples.value = [...hostSamples.value, sample].slice(-SAMPLES);
}

export function replaceContainers(items, asOf = null) {
  batch(() => {
    containers.value = new Map(items.map((c) => [c.id, c]));
    listedAt.value = asOf ? Date.parse(asOf) : Date.now();
  });
}

export function changeContainers(changed, removed) {
  const map = containers.value;
  if (!map) return;
  const next = new Map(map);
  for (const view of changed) next.set(view.id, view);
  for (const id of removed) next.delete(id);
  batch(() => {
    containers.value = next;
    listedAt.value = Date.now();
  });
}

export function replaceImages(items) {
  images.value = items && new Map(items.map((image) => [image.id, image]));
}

/** Takes over what the stream tells of images, once they have been listed. */
export function changeImages(changed, removed) {
  if (!images.value) return;
  const next = new Map(images.value);
  for (const image of changed) next.set(image.id, image);
  for (const id of removed) next.delete(id);
  images.value = next;
}

export function addOperations(list) {
  if (!list?.length) return;
  const next = new Map(operations.value);
  for (const operation of list) {
    const known = next.get(operation.id);
    if (known && isOver(known) && !isOver(operation)) continue;
    next.set(operation.id, operation);
  }
  if (next.size > 200) for (const id of [...next.keys()].sort().slice(0, next.size - 200)) next.delete(id);
  operations.value = next;
}

/** Takes over the server's list after a time without news: what it does not know is not running. */
export function settleOperations(list) {
  const known = new Set(list.map((operation) => operation.id));
  const next = new Map(
    [...operations.value].filter(([id, operation]) => isOver(operation) || known.has(id)),
  );
  operations.value = next;
  addOperations(list);
}

/** Takes over what a page brought along. */
export function adopt(answer) {
  const { data, frame: f } = answer;
  batch(() => {
    if (f) {
      frame.value = f;
      engine.value = f.engine;
      counts.value = f.counts;
      updateSummary.value = f.updates;
      environments.value = f.environments;
      settings.value = {
        ...settings.value,
        host_name: f.host_name,
        host_environment: f.host_environment,
        skill_level: f.skill_level,
        theme: f.theme,
        ...(data?.settings ?? {}),
      };
      addOperations(f.operations);
    }
    if (answer.page === "dashboard") {
      if (data.containers) replaceContainers(data.containers, data.as_of);
      addOperations(data.operations);
      addSample(data.host);
    }
    if (answer.page === "updates" && data.containers) replaceContainers(data.containers, data.as_of);
    if (answer.page === "operations") settleOperations(data.operations);
    if (answer.page === "images") replaceImages(data.items);
    if (answer.page === "containers" && data.items) replaceContainers(data.items, data.as_of);
    page.value = answer;
    now.value = Date.now();
  });
}

// Relative times move slowly, the countdown to the next try by the second.
let ticks = 0;
setInterval(() => {
  ticks += 1;
  if (!document.hidden && (ticks % 10 === 0 || engine.value?.state !== "up")) now.value = Date.now();
}, 1000);
