// @ts-check
// Published ports as links to this very host, and the addresses of a container.
import { html } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

const SECURE = new Set([443, 8443, 9443, 4443, 6443, 10443, 5001, 8006]);
const ANY = new Set(["", "0.0.0.0", "::", "[::]"]);
const LOCAL = /^(127\.|::1$|localhost)/;

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
    (a, b) => (portLink(a) ? 0 : 1) - (portLink(b) ? 0 : 1) || a.host_port - b.host_port,
  );
}

export function portLink({ host_port, container_port, protocol, ip }) {
  if (protocol !== "tcp" || LOCAL.test(ip ?? "")) return null;
  const host = ip ? (ip.includes(":") ? `[${ip}]` : ip) : location.hostname;
  const scheme = SECURE.has(container_port) || SECURE.has(host_port) ? "https" : "http";
  return `${scheme}://${host}:${host_port}/`;
}

export function PortLink({ port, long = false }) {
  const url = portLink(port);
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
