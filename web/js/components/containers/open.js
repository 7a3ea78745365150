// @ts-check
// Opening the service of a container: the first thing that a visitor wants.
import { html } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";
import { openMenu } from "../frame/menu.js";
import { addressUrl } from "./ports.js";

const SOURCES = {
  user: "set by you",
  dashboard: "from its labels",
  proxy: "through the reverse proxy",
  port: "published port",
};

/** What a person reads of an address: without the scheme where that says nothing. */
const short = (url) => url.replace(/^https?:\/\//, "").replace(/\/$/, "");

/** A label may lead anywhere; the host is seen before the click. */
const hostOf = (url) => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

const items = (c) =>
  c.addresses.map((address) => ({
    icon: "external-link",
    href: addressUrl(address),
    target: "_blank",
    node: html`
        <span class="any">${short(addressUrl(address))}</span>
        <br />
        <small>
          ${SOURCES[address.source] ?? address.source}
          ${address.checked ? ", responds" : ""}
        </small>
      `,
    label: short(addressUrl(address)),
  }));

/** The button, with the other addresses behind it. Nothing where there is nothing to open. */
export function OpenButton({ c, small = false, icon = false }) {
  const [first, ...others] = c.addresses;
  if (!first) return null;
  const url = addressUrl(first);
  const kind = icon ? "btn quiet icon s" : small ? "btn s" : "btn primary";
  return html`
    <span class=${others.length > 0 && !icon ? "split" : "row tight-row"}>
      <a
        class=${kind}
        href=${url}
        target="_blank"
        rel="noopener noreferrer"
        title=${`Open ${short(url)}`}
        aria-label=${!icon && !small && first.url ? `Open ${hostOf(url)} of ${c.name}` : `Open ${c.name}`}
      >
        <${Icon} name="external-link" />
        ${icon ? null : "Open"}
        ${!icon && !small && first.url && html`<span class="open-host clip">${hostOf(url)}</span>`}
      </a>
      ${others.length > 0 && !icon && html`
        <button
          type="button"
          class=${`${kind} icon`}
          aria-label=${`All addresses of ${c.name}`}
          title="All addresses"
          aria-haspopup="menu"
          aria-expanded="false"
          onClick=${(event) => openMenu(event.currentTarget, items(c))}
        >
          <${Icon} name="chevron-down" />
        </button>
      `}
    </span>
  `;
}
