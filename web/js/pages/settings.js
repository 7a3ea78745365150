// @ts-check
// The settings in tabs; the tab is the part of the address behind the #.
import { html } from "../../vendor/preact.js";
import { hash } from "../state.js";
import { setHash } from "../navigation.js";
import { Icon } from "../components/elements/icon.js";
import { HostSettings } from "../settings/host.js";
import { EnvironmentSettings } from "../settings/environments.js";
import { HttpsSettings } from "../settings/https.js";
import { SecuritySettings } from "../settings/security.js";
import { AppearanceSettings } from "../settings/appearance.js";
import { AboutSettings } from "../settings/about.js";

const TABS = [
  ["host", "Host", "server", HostSettings],
  ["environments", "Environments", "tag", EnvironmentSettings],
  ["https", "HTTPS", "lock", HttpsSettings],
  ["security", "Security", "shield-check", SecuritySettings],
  ["appearance", "Appearance", "contrast", AppearanceSettings],
  ["about", "About", "info", AboutSettings],
];

export default function Settings({ data }) {
  const [tab, , , Tab] = TABS.find(([name]) => name === hash.value) ?? TABS[0];
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = TABS[(TABS.findIndex(([name]) => name === tab) + step + TABS.length) % TABS.length][0];
    setHash(next);
    requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus());
  };
  return html`
      <div class="head">
        <div>
          <h1>Settings</h1>
        </div>
      </div>
      <div class="tabs" role="tablist" aria-label="Settings" onKeyDown=${keys}>
        ${TABS.map(([name, word, icon]) => html`
          <a
            key=${name}
            id=${`tab-${name}`}
            role="tab"
            href=${`#${name}`}
            aria-selected=${String(tab === name)}
            aria-controls="panel"
            tabindex=${tab === name ? 0 : -1}
            onClick=${(e) => {
              e.preventDefault();
              setHash(name);
            }}
          >
            <${Icon} name=${icon} />
            ${word}
          </a>
        `)}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby=${`tab-${tab}`} key=${tab}>
        <${Tab} data=${data} />
      </div>
    `;
}
