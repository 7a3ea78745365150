// @ts-check
// The pages about networks.
import { html } from "../../../vendor/preact.js";

const TABS = [
  ["networks", "/networks", "Networks"],
  ["ports", "/ports", "Ports"],
  ["topology", "/topology", "Topology"],
];

export const Tabs = ({ page }) => html`
  <nav class="tabs" aria-label="Networks, ports and topology">
    ${TABS.map(([name, href, label]) => html`
      <a href=${href} aria-current=${name === page ? "page" : undefined}>
        ${label}
      </a>
    `)}
  </nav>
`;
