// @ts-check
// Numbers, sizes and times as a person reads them. Pure functions.

const number = (value, digits) =>
  value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits });

// Units are those of Docker's own command line: memory counts in 1024 (KiB, MiB, GiB: `docker stats`), all that
// is stored or sent in 1000 (kB, MB, GB: `docker images`, `docker system df`, the rates of `docker stats`). The
// same holds in model/spec/quantity.rs.
const STORED = ["B", "kB", "MB", "GB", "TB", "PB"];
const MEMORY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function scaled(value, base, units) {
  if (!Number.isFinite(value)) return "unknown";
  let unit = 0;
  while (value >= base - 0.5 && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  const exact = unit > 1 && value < (unit > 2 ? 100 : 10);
  return `${number(value, exact ? 1 : 0)} ${units[unit]}`;
}

const share = (used, total, say) => {
  const [amount, unit] = say(used).split(" ");
  const whole = say(total);
  return whole.endsWith(` ${unit}`) ? `${amount} of ${whole}` : `${amount} ${unit} of ${whole}`;
};

/** Of a disk, an image or the network: "2.3 GB". */
export const bytes = (value) => scaled(value, 1000, STORED);
/** "2.3 of 4 GB", "512 MB of 4 GB" */
export const bytesOf = (used, total) => share(used, total, bytes);
/** Of memory: "512 MiB". */
export const memory = (value) => scaled(value, 1024, MEMORY);
/** "2.3 of 4 GiB", "512 MiB of 4 GiB" */
export const memoryOf = (used, total) => share(used, total, memory);

export const percent = (value) =>
  value < 10 && value > 0 ? `${number(value, 1)} %` : `${Math.round(value)} %`;

/** The largest unit that says enough: 45 s, 12 min, 3 h, 6 d. */
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

export function ago(at, now) {
  const ms = now - Date.parse(at);
  if (Number.isNaN(ms)) return "unknown";
  if (ms < -5000) return `in ${span(-ms)}`;
  if (ms < 10_000) return "just now";
  return `${span(ms)} ago`;
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const valid = (at) => !Number.isNaN(new Date(at).getTime());

export const exact = (at) => (valid(at) ? full.format(new Date(at)) : String(at));
export const date = (at) => (valid(at) ? day.format(new Date(at)) : String(at));
export const clock = (at) => (valid(at) ? clockTime.format(new Date(at)) : "");

export const plural = (count, word, many = `${word}s`) =>
  `${number(count, 0)} ${count === 1 ? word : many}`;
export const shortId = (id) =>
  String(id)
    .replace(/^sha256:/, "")
    .slice(0, 12);
export const shortDigest = (digest) => (digest ? shortId(digest) : "not known");

/** A word for a browser and its system, from the User-Agent header. */
export function browser(agent) {
  const name = /Edg\//.test(agent)
    ? "Edge"
    : /OPR\//.test(agent)
      ? "Opera"
      : /Firefox\//.test(agent)
        ? "Firefox"
        : /Chrome\//.test(agent)
          ? "Chrome"
          : /Safari\//.test(agent)
            ? "Safari"
            : /^curl\//.test(agent)
              ? "curl"
              : "";
  const system = /Android/.test(agent)
    ? "Android"
    : /iPhone|iPad/.test(agent)
      ? "iOS"
      : /Mac OS X/.test(agent)
        ? "macOS"
        : /Windows/.test(agent)
          ? "Windows"
          : /Linux/.test(agent)
            ? "Linux"
            : "";
  return [name, system].filter(Boolean).join(" on ") || agent.slice(0, 60) || "unknown";
}
