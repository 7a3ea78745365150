// @ts-check
// The settings in sections; the section is the part of the address behind the #.
import { html, useEffect, useRef } from "../../vendor/preact.js";
import { hash } from "../state.js";
import { setHash } from "../navigation.js";
import { scrolledTo } from "../components/elements/strip.js";
import { Icon } from "../components/elements/icon.js";
import { HostSettings } from "../settings/host.js";
import { EnvironmentSettings } from "../settings/environments.js";
import { UpdateSettings } from "../settings/updates.js";
import { HttpsSettings } from "../settings/https.js";
import { SecuritySettings } from "../settings/security.js";
import { AppearanceSettings } from "../settings/appearance.js";
import { AboutSettings } from "../settings/about.js";

const SECTIONS = [
  ["host", "Host", "server", HostSettings],
  ["environments", "Environments", "tag", EnvironmentSettings],
  ["updates", "Updates", "download", UpdateSettings],
  ["https", "HTTPS", "lock", HttpsSettings],
  ["security", "Security", "shield-check", SecuritySettings],
  ["appearance", "Appearance", "contrast", AppearanceSettings],
  ["about", "About", "info", AboutSettings],
];

export default function Settings({ data }) {
  const [current, title, , Section] = SECTIONS.find(([name]) => name === hash.value) ?? SECTIONS[0];
  const list = useRef();
  useEffect(() => scrolledTo(list.current, "[aria-current]"), [current]);
  return html`
      <div class="head">
        <div>
          <h1>Settings</h1>
        </div>
      </div>
      <div class="settings">
        <nav class="tabs side-list" aria-label="Settings" ref=${list}>
          ${SECTIONS.map(([name, word, icon]) => html`
            <a
              key=${name}
              href=${`#${name}`}
              aria-current=${name === current ? "true" : undefined}
              onClick=${(e) => {
                e.preventDefault();
                setHash(name);
                scrollTo({ top: 0 });
              }}
            >
              <${Icon} name=${icon} />
              ${word}
            </a>
          `)}
        </nav>
        <section class="settings-panel" aria-label=${title} key=${current}>
          <${Section} data=${data} />
        </section>
      </div>
    `;
}
