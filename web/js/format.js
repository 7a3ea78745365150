// @ts-check
// Numbers, sizes and times as a person reads them. Pure functions.

const number = (value, digits) =>
  value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits });

export function bytes(value) {
  if (!Number.isFinite(value)) return "unknown";
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${number(value, value < 10 && unit > 1 ? 1 : 0)} ${units[unit]}`;
}

/** "2.3 of 4 GB", "512 MB of 4 GB" */
export function bytesOf(used, total) {
  const [amount, unit] = bytes(used).split(" ");
  const whole = bytes(total);
  return whole.endsWith(` ${unit}`) ? `${amount} of ${whole}` : `${amount} ${unit} of ${whole}`;
}

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
