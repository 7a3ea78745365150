// @ts-check
// Published ports as links to this very host, and the addresses of a container.
import { html } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

const ANY = new Set(["", "0.0.0.0", "::", "[::]"]);
const LOCAL = /^(127\.|::1$|localhost)/;

/** Whether what it serves can be asked for. */
export const isUp = (c) => ["running", "paused"].includes(c.state);

/** Where a browser goes for an address of a service; this host is what it is called right now. */
export function addressUrl(address) {
  if (address.url) return address.url;
  const host = address.host ?? location.hostname;
  return `${address.scheme}://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${address.port}${address.path ?? "/"}`;
}

/** The address that a port of this host is opened by; null where no web page answers. */
export function portLink(c, port) {
  const found = c.addresses.find(
    (address) => address.port === port.host_port && (!port.ip || address.host === port.ip),
  );
  return found && port.protocol === "tcp" ? addressUrl(found) : null;
}

/** Published ports without the doubles of IPv4 and IPv6, those that a browser can open first. */
export function published(c) {
  const seen = new Map();
  for (const port of c.ports) {
    if (!port.host_port) continue;
    const ip = ANY.has(port.host_ip ?? "") ? "" : port.host_ip;
    const key = `${ip}|${port.host_port}|${port.protocol}`;
    if (!seen.has(key)) seen.set(key, { ...port, ip });
  }
  return [...seen.values()].sort(
    (a, b) => (portLink(c, a) ? 0 : 1) - (portLink(c, b) ? 0 : 1) || a.host_port - b.host_port,
  );
}

export function PortLink({ c, port, long = false }) {
  const url = portLink(c, port);
  const word = `${port.ip && long ? port.ip : ""}:${port.host_port}${port.protocol === "tcp" ? "" : `/${port.protocol}`}`;
  const title = `${port.ip || "every address"}:${port.host_port} is mapped to ${port.container_port}/${port.protocol} of the container`;
  if (!url)
    return html`
      <span title=${LOCAL.test(port.ip ?? "") ? `${title}; only reachable from this host` : title}>
        ${word}
      </span>
    `;
  return html`
    <a href=${url} target="_blank" rel="noopener noreferrer" title=${`${title}\nOpens ${url}`}>
      ${word}
      ${long && html`
          ${" "}
          <${Icon} name="external-link" class="tiny" />
        `}
    </a>
  `;
}

export function addresses(c) {
  const list = c.networks.flatMap((n) => [n.ipv4, n.ipv4 ? null : n.ipv6].filter(Boolean));
  if (list.length > 0) return list;
  if (c.network_mode === "host" || c.network_mode === "none") return [c.network_mode];
  return c.network_mode.startsWith("container:") ? ["shared"] : [];
}
