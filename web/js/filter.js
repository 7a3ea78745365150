// @ts-check
// Which containers a filter shows, and in which order. Pure functions, but for the order of environments.
import { environments } from "./state.js";
import { urgency } from "./components/containers/status.js";
import { addresses, published } from "./components/containers/ports.js";
import { keptGrouping } from "./components/containers/list-view.js";

/** Each group of states: its word, what is in it, and the word for a beginner where that is another. */
export const STATES = {
  all: ["All", () => true],
  running: ["Running", (c) => c.status.group === "running"],
  unhealthy: ["Unhealthy", (c) => c.status.group === "unhealthy", "With problems"],
  restarting: ["Restarting", (c) => c.status.group === "restarting"],
  failed: ["Failed", (c) => c.status.group === "failed"],
  paused: ["Paused", (c) => c.status.group === "paused"],
  stopped: ["Stopped", (c) => c.status.group === "stopped"],
};

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const time = (at, missing) => (at ? Date.parse(at) : missing);
export const SORTS = {
  name: (a, b) => collator.compare(a.name, b.name),
  state: (a, b) => urgency(a) - urgency(b),
  environment: (a, b) => rank(a.environment) - rank(b.environment),
  image: (a, b) => collator.compare(a.image, b.image),
  address: (a, b) => collator.compare(addresses(a)[0] ?? "~", addresses(b)[0] ?? "~"),
  cpu: (a, b, figures) => figure(b, figures) - figure(a, figures),
  memory: (a, b, figures) => figure(b, figures) - figure(a, figures),
  up: (a, b) => time(upSince(b), 0) - time(upSince(a), 0),
};
/** Orders that begin with the highest. */
export const HIGHEST_FIRST = ["cpu", "memory"];
/** What does not run has no figure, and comes after those that use nothing. */
const figure = (c, figures) => figures?.get(c.id) ?? -1;
const rank = (code) => {
  const at = environments.value.findIndex((e) => e.code === code);
  return at < 0 ? environments.value.length : at;
};
export const upSince = (c) => (c.state === "running" || c.state === "paused" ? c.started_at : null);

const KEYS = {
  __proto__: null,
  stack: (c, v) => (c.stack ?? "").toLowerCase() === v,
  env: (c, v) => (c.environment ?? "none").toLowerCase() === v,
  environment: (c, v) => (c.environment ?? "none").toLowerCase() === v,
  state: (c, v) =>
    Object.hasOwn(STATES, v) ? STATES[v][1](c) : [c.state, c.health, c.status.name].includes(v),
  health: (c, v) => hasHealth(c, v),
  tag: (c, v) => hasTag(c, v),
  image: (c, v) => c.image.toLowerCase().includes(v),
  network: (c, v) => c.networks.some((n) => n.network.toLowerCase() === v),
  port: (c, v) => c.ports.some((p) => String(p.host_port) === v || String(p.container_port) === v),
  label: (c, v) => matchesLabel(c, v),
};

export const HEALTHS = {
  healthy: "Healthy",
  unhealthy: "Unhealthy",
  starting: "Starting",
  none: "No health check",
};
/** What a check last said counts only while it runs. */
const hasHealth = (c, wanted) =>
  wanted === "none" ? c.health === "none" : c.health === wanted && c.state === "running";
const hasTag = (c, wanted) => c.tags?.some((tag) => tag.toLowerCase() === wanted) ?? false;

/** `key` or `key=value`, as the engine's own filter reads it. */
function matchesLabel(c, wanted) {
  const at = wanted.indexOf("=");
  const key = at < 0 ? wanted : wanted.slice(0, at);
  return Object.entries(c.labels).some(
    ([name, value]) =>
      name.toLowerCase() === key && (at < 0 || value.toLowerCase() === wanted.slice(at + 1)),
  );
}

const haystacks = new WeakMap();
function haystack(c) {
  let text = haystacks.get(c);
  if (text === undefined) {
    text = [
      c.name,
      c.image,
      c.stack,
      c.service,
      c.id.slice(0, 12),
      c.description,
      ...(c.tags ?? []),
      ...addresses(c),
      ...published(c).map((p) => `:${p.host_port}`),
      ...Object.entries(c.labels).map(([k, v]) => `${k}=${v}`),
    ]
      .filter(Boolean)
      .join("\n")
      .toLowerCase();
    haystacks.set(c, text);
  }
  return text;
}

/** Words must all be found; `key:value` words look at one thing only. */
export function matcher(text) {
  const tests = text
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const at = word.indexOf(":");
      const key = at > 0 ? KEYS[word.slice(0, at)] : null;
      const value = word.slice(at + 1);
      return key && value ? (c) => key(c, value) : (c) => haystack(c).includes(word);
    });
  return (c) => tests.every((test) => test(c));
}

/** `figures` is what the orders by processor and memory compare: id to number, as they were at one moment. */
export function choose(list, filter, figures = null) {
  const { text, state, environment, stack, label, tag, health, sort, down } = filter;
  const matches = matcher(text);
  const inState = STATES[Object.hasOwn(STATES, state) ? state : "all"][1];
  const found = list.filter(
    (c) =>
      inState(c) &&
      (!environment || (c.environment ?? "none") === environment) &&
      (!stack || (c.stack ?? "") === stack) &&
      (!tag || hasTag(c, tag.toLowerCase())) &&
      (!health || hasHealth(c, health)) &&
      (!label || matchesLabel(c, label.toLowerCase())) &&
      matches(c),
  );
  const compare = SORTS[Object.hasOwn(SORTS, sort) ? sort : "name"];
  return found.sort((a, b) => (down ? -1 : 1) * compare(a, b, figures) || SORTS.name(a, b));
}

/**
 * The containers of each stack, in the order of their names, and last those without one, which stand under the
 * empty name. Within a group the order stays. Pure.
 */
export function byStack(list) {
  const groups = new Map();
  for (const c of list) {
    const name = c.stack ?? "";
    if (groups.has(name)) groups.get(name).push(c);
    else groups.set(name, [c]);
  }
  return [...groups].sort(([a], [b]) => Number(a === "") - Number(b === "") || collator.compare(a, b));
}

export const NO_FILTER = {
  text: "",
  state: "all",
  environment: "",
  stack: "",
  label: "",
  tag: "",
  health: "",
  sort: "name",
  down: false,
  group: "",
};
export const isFiltered = (f) =>
  Boolean(f.text || f.state !== "all" || f.environment || f.stack || f.label || f.tag || f.health);

/** The filter that the address holds; a word that means nothing is left out. What it says nothing of, this browser has kept. */
const GROUPS = { stack: true };
export function fromAddress() {
  const query = new URLSearchParams(location.search);
  const word = (name) => query.get(name) ?? "";
  const own = (known, value, other) => (Object.hasOwn(known, value) ? value : other);
  const sort = word("sort");
  return {
    text: word("q"),
    state: own(STATES, word("state"), "all"),
    environment: word("environment"),
    stack: word("stack"),
    label: word("label"),
    tag: word("tag"),
    health: own(HEALTHS, word("health"), ""),
    sort: own(SORTS, sort.replace(/^-/, ""), "name"),
    down: sort.startsWith("-"),
    group: query.has("group") ? own(GROUPS, word("group"), "") : keptGrouping(),
  };
}

export function toAddress(f) {
  const query = new URLSearchParams();
  const sort = `${f.down ? "-" : ""}${f.sort}`;
  const values = {
    q: f.text,
    state: f.state === "all" ? "" : f.state,
    environment: f.environment,
    health: f.health,
    stack: f.stack,
    tag: f.tag,
    label: f.label,
    sort: sort === "name" ? "" : sort,
    group: f.group,
  };
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  return query;
}
