// @ts-check
// Faults of the form: where each of them stands, what it is called in a summary, and whether it is due. Pure.
// Invariant: a fault has one field, and is shown once its field was left, or after the form was sent.
import { FIELDS } from "./fields.js";

export const rootOf = (field) =>
  /^(network_mode|network_container)/.test(field) ? "networks" : field.split(/[.[]/)[0];

/** Where the server's name of a field stands in the form. */
export function placed(field, rows) {
  const path = field.replace(/^changes\./, "");
  const match = /^(\w+)\[(\d+)\](.*)$/.exec(path);
  const row = match && rows[match[1]]?.[Number(match[2])];
  return match && row !== undefined && row !== null ? `${match[1]}[${row}]${match[3]}` : path;
}

/** The question of a template that a field is the answer to, or the field itself. */
export function questionOf(field, draft, template) {
  if (!template) return field;
  if (field === "name") return "template.name";
  const match = /^(env|ports|mounts)\[(\d+)\]/.exec(field);
  const row = match && draft[match[1]][Number(match[2])];
  const key = row && answered(template, match[1], row);
  return key ? `template.${key}` : field;
}

/** Which question of a template a row is the answer to: `ports.80/tcp`; or null. */
export function answered(template, list, row) {
  if (!template) return null;
  if (list === "env")
    return template.variables?.some(({ name }) => name === row[0]) ? `variables.${row[0]}` : null;
  if (list === "mounts")
    return template.paths?.some(({ target }) => target === row.target) ? `paths.${row.target}` : null;
  const found = template.ports?.find(
    (port) => String(port.container_port) === row.container_port && port.protocol === row.protocol,
  );
  return found ? `ports.${found.container_port}/${found.protocol}` : null;
}

/** `a[0].b` → `a[0].b`, `a[0]`, `a`. */
export function within(field) {
  const paths = [];
  for (let path = field; path; path = path.replace(/(\.[^.[]*|\[[^\]]*\]|[^.[\]]+)$/, "")) paths.push(path);
  return paths;
}

/** Whether somebody was in a field, or in the part of the form around it, and has left it. */
export const isLeft = (field, left) =>
  field.startsWith("template.")
    ? left.has(field)
    : within(field).some((path) => left.has(path)) ||
      (!/[.[]/.test(field) && [...left].some((path) => rootOf(path) === rootOf(field)));

const LISTS = {
  ports: "port",
  mounts: "mount",
  env: "variable",
  networks: "network",
  labels: "label",
  healthcheck: "health check",
  device_requests: "GPU",
  engine: "other options",
};

/** What a field is called where its label is not beside it. */
export function labelOf(field, draft, template) {
  const root = rootOf(field);
  if (root === "template") {
    const key = field.replace(/^template\.?(\w+\.)?/, "");
    const question = template?.variables?.find(({ name }) => name === key);
    const place =
      template?.paths?.find(({ target }) => target === key)?.purpose ??
      template?.ports?.find((port) => `${port.container_port}/${port.protocol}` === key)?.purpose;
    return question?.label || place || key || "name";
  }
  const at = Number(/\[(\d+)\]/.exec(field)?.[1] ?? NaN);
  const row = draft[root]?.[at];
  const name = !row
    ? ""
    : root === "env"
      ? row[0]
      : root === "ports"
        ? row.host_port || row.container_port
        : root === "mounts"
          ? row.target
          : root === "networks"
            ? row.name
            : "";
  const word = LISTS[root] ?? FIELDS[root]?.[1] ?? root;
  return root === "env" && name ? name : name ? `${word} ${name}` : word;
}

const lower = (word) => (/^[A-Z][a-z]/.test(word) ? word[0].toLowerCase() + word.slice(1) : word);

/** "image, environment, 2 answers": what keeps a container from being created, without saying why. */
export function waitsFor(faults, draft, template) {
  const named = [];
  let answers = 0;
  for (const { field, asks, missing } of faults) {
    if (asks || missing) answers += 1;
    else named.push(lower(labelOf(field, draft, template)));
  }
  return [
    ...new Set(named),
    ...(answers > 0 ? [answers === 1 ? "1 answer" : `${answers} answers`] : []),
  ].join(", ");
}

const FIELD_OF_CODE = {
  image_missing: "image",
  image_not_found: "image",
  image_denied: "image",
  image_platform: "image",
  exec_format: "image",
  name_taken: "name",
  port_taken: "ports",
  port_privileged: "ports",
  mount_type: "mounts",
  mount_source_missing: "mounts",
  mount_source_denied: "mounts",
  mount_duplicate: "mounts",
  network_missing: "networks",
  network_full: "networks",
  address_pool_exhausted: "networks",
  device_missing: "devices",
  gpu_driver_missing: "device_requests",
  command_missing: "command",
  command_denied: "command",
};

/** The field that a creation failed for, by the code of the operation and what its message names; or null. */
export function fieldOfFailure({ error, message }, draft) {
  const field = FIELD_OF_CODE[error] ?? null;
  const text = message ?? "";
  const row =
    field === "ports"
      ? draft.ports.findIndex(
          ({ host_port: host }) =>
            host && new RegExp(`(^|\\D)${host.replace(/\D.*/, "")}(\\D|$)`).test(text),
        )
      : field === "mounts"
        ? draft.mounts.findIndex(({ source }) => source && text.includes(source))
        : -1;
  if (row < 0) return field;
  return field === "ports" ? `ports[${row}].host_port` : `mounts[${row}].source`;
}
