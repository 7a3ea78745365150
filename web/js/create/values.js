// @ts-check
// Sizes, numbers, shell words and ports between what is typed and what is sent. Pure.
// Invariant: what cannot be read is passed on as it is, for the server to say what is wrong with it.

const UNITS = { "": 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** `512m`, `1.5 GiB` as bytes, as the server reads them. */
export function parseBytes(text) {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?$/i.exec(text.trim());
  if (match) return Math.trunc(Number(match[1]) * 1024 ** UNITS[match[2].toLowerCase()]);
  return text.trim() === "-1" ? -1 : text.trim();
}

/** Bytes in the largest unit that loses nothing. */
export function bytesText(value) {
  for (const [unit, power] of Object.entries(UNITS).reverse()) {
    if (power > 0 && value > 0 && value % 1024 ** power === 0) return `${value / 1024 ** power}${unit}`;
  }
  return String(value);
}

export function parseDecimal(text) {
  const value = Number(text.trim());
  return Number.isFinite(value) ? value : text.trim();
}

/** A word as it stands in a shell. */
export const quote = (word) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const PORT = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const good = (port) => port >= 1 && port <= 65535;

/** First and last of `80` or `80-90`, or null. */
export function portRange(text) {
  const match = PORT.exec(text.trim());
  if (!match) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return good(first) && good(last) && first <= last ? [first, last] : null;
}

/** A row of the form as entries of the specification; `fail(column, message)` says what is wrong. */
export function expandPort({ host_port: host, container_port: inside, protocol, host_ip: ip }, fail) {
  if (!host.trim() && !inside.trim() && !ip.trim()) return null;
  const entry = (container, outside) => ({
    container_port: container,
    protocol,
    ...(outside && { host_port: String(outside) }),
    ...(ip.trim() && { host_ip: ip.trim() }),
  });
  const container = portRange(inside);
  if (!container) {
    fail(
      "container_port",
      inside.trim()
        ? "A port from 1 to 65535, or a range such as 8000-8010."
        : "Enter the port the program listens on.",
    );
    return null;
  }
  const outside = host.trim() && host.trim() !== "0" ? portRange(host) : undefined;
  if (outside === null) {
    fail(
      "host_port",
      "A port from 1 to 65535, a range such as 8000-8010, or leave it empty for any free port.",
    );
    return null;
  }
  const [first, last] = container;
  if (first === last)
    return [entry(first, outside && (outside[0] === outside[1] ? outside[0] : outside.join("-")))];
  if (outside && outside[1] - outside[0] !== last - first) {
    fail("host_port", `Both ranges must have the same length: ${last - first + 1} ports in the container.`);
    return null;
  }
  return Array.from({ length: last - first + 1 }, (_, step) =>
    entry(first + step, outside && outside[0] + step),
  );
}

/** Entries of the specification as rows, neighbours in one. */
export function collapsePorts(ports) {
  const rows = [];
  let run = null;
  for (const port of ports) {
    const host = port.host_port ?? "";
    const [protocol, ip] = [port.protocol || "tcp", port.host_ip ?? ""];
    const follows =
      run &&
      run.protocol === protocol &&
      run.ip === ip &&
      port.container_port === run.last + 1 &&
      (host === "" ? run.host === null : Number(host) === run.host + 1);
    if (follows) {
      run.last += 1;
      if (host) run.host += 1;
    } else {
      run = {
        first: port.container_port,
        last: port.container_port,
        start: host,
        host: host === "" ? null : /^\d+$/.test(host) ? Number(host) : NaN,
        protocol,
        ip,
      };
      rows.push(run);
    }
  }
  return rows.map(({ first, last, start, host, protocol, ip }) => ({
    container_port: first === last ? String(first) : `${first}-${last}`,
    host_port: first === last || host === null ? start : `${start}-${host}`,
    protocol,
    host_ip: ip,
  }));
}
