// @ts-check
// Which ports of the host are in use, by other containers and by other rows of the form. Pure.
import { portRange } from "./values.js";

const ANY = new Set(["", "0.0.0.0", "::"]);

/** Who has the host port of a row already, among the other containers and the rows before; or null. Pure. */
export function holder(row, index, rows, used, own) {
  const range = portRange(row.host_port);
  if (!range) return null;
  const [first, last] = range;
  // A range for one container port means any free one of it.
  if (first !== last && !row.container_port.includes("-")) return null;
  const twin = rows.slice(0, index).some((other) => {
    const theirs = portRange(other.host_port);
    return (
      theirs &&
      other.protocol === row.protocol &&
      theirs[0] <= last &&
      first <= theirs[1] &&
      (ANY.has(other.host_ip) || ANY.has(row.host_ip) || other.host_ip === row.host_ip)
    );
  });
  if (twin) return { who: "another row", port: first };
  const found = used.find(
    ({ port, protocol, container }) =>
      port >= first && port <= last && protocol === row.protocol && container !== own,
  );
  return found ? { who: found.container, port: found.port } : null;
}

/** The next host port that nobody here has. Pure. */
export function freePort(from, protocol, rows, used) {
  const taken = new Set(used.filter((one) => one.protocol === protocol).map((one) => one.port));
  for (const row of rows) {
    const range = row.protocol === protocol && portRange(row.host_port);
    if (!range) continue;
    for (let port = range[0]; port <= range[1]; port += 1) taken.add(port);
  }
  for (let port = from + 1; port <= 65535; port += 1) if (!taken.has(port)) return port;
  return null;
}
