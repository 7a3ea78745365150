// @ts-check
// Specifications of a container beside each other: what differs, and the patch that leads from one to the other. Pure.

/** Kept by DockerMate and not by the engine: never part of going back. */
const OURS = ["name", "description", "environment"];
const SECRET = /pass|secret|token|api_?key|private|credential|auth/i;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** One line for a value of any shape. */
export function word(value) {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(word).join(", ");
  if (isObject(value))
    return Object.entries(value)
      .map(([key, inner]) => `${key}: ${word(inner)}`)
      .join(", ");
  return String(value);
}

/** A text with what looks like a secret left out: `DB_PASSWORD=••••`, or all of it under such a key. */
export function masked(text, key = "") {
  if (text && SECRET.test(key)) return "••••••••";
  const at = text.indexOf("=");
  return at > 0 && SECRET.test(text.slice(0, at)) ? `${text.slice(0, at)}=••••••••` : text;
}

const slot = (entry) =>
  typeof entry === "string" && /^[A-Za-z_][\w.-]*=/.test(entry) ? entry.slice(0, entry.indexOf("=")) : null;

/** Entries of two lists, each with its counterpart: KEY=value by key, all else by being the same. */
function pairs(then, now) {
  const rest = [...now];
  const found = [];
  for (const entry of then) {
    const key = slot(entry);
    const at = rest.findIndex((other) => (key !== null ? slot(other) === key : same(other, entry)));
    const other = at < 0 ? undefined : rest.splice(at, 1)[0];
    if (!same(entry, other)) found.push([entry, other]);
  }
  return [...found, ...rest.map((other) => [undefined, other])];
}

/** What differs, as [{field, then, now}]; a side that lacks it is undefined. */
export function difference(then, now) {
  const out = [];
  for (const field of [...new Set([...Object.keys(then), ...Object.keys(now)])].sort()) {
    if (OURS.includes(field)) continue;
    const [a, b] = [then[field], now[field]];
    if (same(a, b)) continue;
    if (Array.isArray(a ?? b) && Array.isArray(b ?? a))
      for (const [x, y] of pairs(a ?? [], b ?? [])) out.push({ field, then: x, now: y });
    else if (isObject(a ?? b) && isObject(b ?? a)) {
      for (const key of new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])) {
        if (!same(a?.[key], b?.[key]))
          out.push({ field: `${field}.${key}`, then: a?.[key], now: b?.[key] });
      }
    } else out.push({ field, then: a, now: b });
  }
  return out;
}

/** The merge patch (RFC 7396) that makes `from` what `to` is. */
export function patch(from, to, top = true) {
  const out = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (top && OURS.includes(key)) continue;
    if (!(key in to)) out[key] = null;
    else if (isObject(from[key]) && isObject(to[key])) {
      const inner = patch(from[key], to[key], false);
      if (Object.keys(inner).length > 0) out[key] = inner;
    } else if (!same(from[key], to[key])) out[key] = to[key];
  }
  return out;
}
