// @ts-check
// What the form holds, and the way from a specification to it and back. Pure.
// Invariant: a specification that nobody touched comes back as it was, so that
// only what was changed is ever sent. Texts are kept as they were typed.
import { FIELDS } from "./fields.js";
import { bytesText, collapsePorts, expandPort, parseBytes, parseDecimal, quote } from "./values.js";

const lines = (list) => (list ?? []).join("\n");
const unlines = (text) =>
  (text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
const pairs = (map) => Object.entries(map ?? {});
const words = (list) => (list ?? []).join(", ");
const unwords = (text) =>
  (text ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
const given = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== ""));
const filled = (list) => (list.length > 0 ? list : undefined);
const json = (value) => (value && Object.keys(value).length > 0 ? JSON.stringify(value, null, 2) : "");

const READ = {
  text: (value) => value ?? "",
  area: (value) => value ?? "",
  argv: (value) => (value ? value.map(quote).join(" ") : ""),
  bool: (value) => Boolean(value),
  tri: (value) => (value === undefined ? "" : String(value)),
  lines,
  pairs,
  int: (value) => String(value ?? ""),
  decimal: (value) => String(value ?? ""),
  bytes: (value) => (value === undefined ? "" : bytesText(value)),
  caps: (value) => value ?? [],
};

/** The form's state for a specification. */
export function toDraft(spec = {}) {
  const draft = {};
  for (const [key, [kind]] of Object.entries(FIELDS)) draft[key] = READ[kind](spec[key] ?? undefined);
  draft.env = (spec.env ?? []).map((entry) => {
    const at = entry.indexOf("=");
    return at < 0 ? [entry, null] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  draft.ports = collapsePorts(spec.ports ?? []);
  draft.mounts = (spec.mounts ?? []).map((m) => ({
    kind: m.kind ?? "volume",
    source: m.source ?? "",
    target: m.target ?? "",
    read_only: Boolean(m.read_only),
    options: words(m.options),
    syntax: m.syntax ?? "",
    engine: json(m.engine),
  }));
  const mode = spec.network_mode ?? "";
  const shared = mode.startsWith("container:");
  draft.network_mode = shared ? "container" : mode || (spec.networks?.length ? "networks" : "");
  draft.network_container = shared ? mode.slice("container:".length) : "";
  draft.networks = (spec.networks ?? []).map((n) => ({
    name: n.name,
    aliases: words(n.aliases),
    ipv4: n.ipv4 ?? "",
    ipv6: n.ipv6 ?? "",
    mac: n.mac ?? "",
    link_local_ips: words(n.link_local_ips),
    links: words(n.links),
    driver_opts: pairs(n.driver_opts),
    gw_priority: String(n.gw_priority ?? ""),
  }));
  const [policy, retries = ""] = (spec.restart ?? "").split(":");
  draft.restart = policy;
  draft.restart_retries = retries;
  draft.healthcheck = health(spec.healthcheck);
  draft.device_requests = (spec.device_requests ?? []).map((d) => ({
    driver: d.driver ?? "",
    count: d.count === -1 ? "all" : String(d.count ?? ""),
    device_ids: words(d.device_ids),
    capabilities: (d.capabilities ?? []).map((all) => all.join(" ")).join(", "),
    options: pairs(d.options),
  }));
  draft.engine_config = json(spec.engine?.config);
  draft.engine_host_config = json(spec.engine?.host_config);
  return draft;
}

function health(check) {
  const test = check?.test ?? [];
  const mode = !check
    ? ""
    : test[0] === "NONE"
      ? "none"
      : test[0] === "CMD-SHELL"
        ? "shell"
        : test[0] === "CMD"
          ? "exec"
          : "times";
  return {
    mode,
    shell: mode === "shell" ? (test[1] ?? "") : "",
    exec: mode === "exec" ? test.slice(1).map(quote).join(" ") : "",
    words: mode === "times" ? test : [],
    interval: check?.interval ?? "",
    timeout: check?.timeout ?? "",
    start_period: check?.start_period ?? "",
    start_interval: check?.start_interval ?? "",
    retries: String(check?.retries ?? ""),
  };
}

/**
 * The specification of a form: {spec, problems, rows}. Problems are those that keep a value from being
 * written at all ({field, message}); `rows` tells for each list which row of the form an entry came from.
 */
export function toSpec(draft) {
  const problems = [];
  const rows = {};
  const spec = {};
  const whole = (field, text) => {
    if (text.trim() === "") return undefined;
    if (/^[+-]?\d+$/.test(text.trim())) return Number(text);
    problems.push({ field, message: `“${text}” is not a whole number.` });
    return undefined;
  };
  const object = (field, text) => {
    if (!text.trim()) return undefined;
    try {
      const value = JSON.parse(text);
      if (value && typeof value === "object" && !Array.isArray(value)) return value;
      problems.push({ field, message: "This must be a JSON object: { … }." });
    } catch (cause) {
      problems.push({ field, message: `This is not valid JSON: ${cause.message}.` });
    }
    return undefined;
  };
  const map = (field, list) => {
    const used = list.filter(([key, value]) => key.trim() !== "" || (value ?? "") !== "");
    const names = used.map(([key]) => key.trim());
    const nameless = names.indexOf("");
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (nameless >= 0) problems.push({ field, message: "One entry has a value but no name." });
    else if (twice) problems.push({ field, message: `“${twice}” is listed twice.` });
    return used.length > 0
      ? Object.fromEntries(used.map(([key, value]) => [key.trim(), value ?? ""]))
      : undefined;
  };
  /** Rows into entries; what a row makes is one entry, or several, or none. */
  const list = (key, make) => {
    const out = [];
    rows[key] = [];
    draft[key].forEach((row, index) => {
      for (const entry of [make(row, `${key}[${index}]`)].flat().filter(Boolean)) {
        out.push(entry);
        rows[key].push(index);
      }
    });
    return filled(out);
  };
  const WRITE = {
    text: (value) => value.trim() || undefined,
    area: (value) => value.trim() || undefined,
    argv: (value) => (value.trim() ? value : undefined),
    bool: (value) => value || undefined,
    tri: (value) => (value === "" ? undefined : value === "true"),
    lines: (value) => filled(unlines(value)),
    caps: (value) => filled(value),
    pairs: (value, key) => map(key, value),
    int: (value, key) => whole(key, value),
    decimal: (value) => (value.trim() ? parseDecimal(value) : undefined),
    bytes: (value) => (value.trim() ? parseBytes(value) : undefined),
  };
  for (const [key, [kind]] of Object.entries(FIELDS)) spec[key] = WRITE[kind](draft[key], key);
  spec.image ??= "";
  spec.env = list("env", ([name, value]) =>
    name === "" && !value ? null : value === null ? name : `${name}=${value}`,
  );
  spec.ports = list("ports", (row, at) =>
    expandPort(row, (column, message) => problems.push({ field: `${at}.${column}`, message })),
  );
  draft.mounts.forEach((row, at) => {
    if (row.source.trim() && !row.target.trim())
      problems.push({
        field: `mounts[${at}].target`,
        message: "Enter the path that it has in the container, such as /data.",
      });
  });
  spec.mounts = list("mounts", (row, at) =>
    row.source === "" && row.target === ""
      ? null
      : given({
          kind: row.kind,
          source: row.source.trim(),
          target: row.target.trim(),
          read_only: row.read_only || undefined,
          options: filled(unwords(row.options)),
          syntax: row.syntax || undefined,
          engine: object(`${at}.engine`, row.engine),
        }),
  );
  const mode = draft.network_mode;
  spec.network_mode =
    mode === "container"
      ? `container:${draft.network_container.trim()}`
      : mode === "networks" || mode === ""
        ? undefined
        : mode;
  if (mode === "container" && !draft.network_container.trim())
    problems.push({ field: "network_container", message: "Enter the container whose network to share." });
  const which = (field) => {
    problems.push({ field, message: "Which network?" });
  };
  spec.networks =
    mode !== "networks"
      ? undefined
      : list("networks", (row, at) =>
          row.name === ""
            ? which(`${at}.name`)
            : given({
                name: row.name,
                aliases: filled(unwords(row.aliases)),
                ipv4: row.ipv4.trim(),
                ipv6: row.ipv6.trim(),
                mac: row.mac.trim(),
                link_local_ips: filled(unwords(row.link_local_ips)),
                links: filled(unwords(row.links)),
                driver_opts: map(`${at}.driver_opts`, row.driver_opts),
                gw_priority: whole(`${at}.gw_priority`, row.gw_priority),
              }),
        );
  if (mode === "networks" && draft.networks.length === 0) which("networks");
  spec.restart =
    draft.restart === "on-failure" && draft.restart_retries.trim()
      ? `on-failure:${draft.restart_retries.trim()}`
      : draft.restart || undefined;
  spec.healthcheck = writeHealth(draft.healthcheck, whole, problems);
  spec.device_requests = list("device_requests", (row, at) =>
    given({
      driver: row.driver.trim(),
      count: row.count.trim() === "all" ? -1 : whole(`${at}.count`, row.count),
      device_ids: filled(unwords(row.device_ids)),
      capabilities: filled(unwords(row.capabilities).map((all) => all.split(/\s+/))),
      options: map(`${at}.options`, row.options),
    }),
  );
  spec.engine = given({
    config: object("engine.config", draft.engine_config),
    host_config: object("engine.host_config", draft.engine_host_config),
  });
  if (Object.keys(spec.engine).length === 0) delete spec.engine;
  return {
    spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)),
    problems,
    rows,
  };
}

function writeHealth(h, whole, problems) {
  if (h.mode === "") return undefined;
  if (h.mode === "none") return { test: ["NONE"] };
  if (h.mode !== "times" && !h[h.mode].trim())
    problems.push({ field: "healthcheck.test", message: "Enter the command to run." });
  const test =
    h.mode === "shell"
      ? ["CMD-SHELL", h.shell]
      : h.mode === "exec"
        ? ["CMD", ...splitWords(h.exec, problems)]
        : filled(h.words);
  const out = given({
    test,
    interval: h.interval.trim(),
    timeout: h.timeout.trim(),
    start_period: h.start_period.trim(),
    start_interval: h.start_interval.trim(),
    retries: whole("healthcheck.retries", h.retries),
  });
  return Object.keys(out).length > 0 ? out : undefined;
}

/** Words as a POSIX shell would split them, nothing filled in. */
function splitWords(text, problems) {
  const found = text.match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g) ?? [];
  if (found.join("").replace(/\s/g, "").length !== text.replace(/\s/g, "").length)
    problems.push({ field: "healthcheck.test", message: "The text has an unclosed quote." });
  return found.map((word) =>
    word.replace(
      /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
      (_, single, double, escaped) => single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped,
    ),
  );
}

/** RFC 7396: what makes `after` of `before`. */
export function mergePatch(before, after) {
  const patch = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    if (is === undefined) patch[key] = null;
    else if ([was, is].every((value) => value && typeof value === "object" && !Array.isArray(value)))
      patch[key] = mergePatch(was, is);
    else patch[key] = is;
  }
  return patch;
}

/** How many settings of these keys a specification carries; every entry of a list or table counts. */
export function countSet(spec, keys) {
  const size = (key, value) =>
    value === undefined || value === ""
      ? 0
      : Array.isArray(value)
        ? value.length
        : FIELDS[key]?.[0] === "pairs"
          ? Object.keys(value).length
          : 1;
  return keys.reduce((sum, key) => sum + size(key, spec[key]), 0);
}
