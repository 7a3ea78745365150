// @ts-check
// The overview of a container: what it is, where it is reached, what it keeps, how it feels.
import { html, useState } from "../../../vendor/preact.js";
import { exitMeaning } from "../../exit-codes.js";
import { plural, shortId } from "../../format.js";
import { containerLink } from "../../api.js";
import { Backups } from "./backups.js";
import { Cockpit } from "./cockpit.js";
import { Copyable } from "../elements/copy.js";
import { Icon } from "../elements/icon.js";
import { atLeast, Fold, Help, more } from "../elements/level.js";
import { TERMS } from "../../terms.js";
import { Limits, limitsOf } from "./limits.js";
import { Description, OwnAddress, OwnNotes, Tags } from "./annotations.js";
import { PortLink, published } from "./ports.js";
import { UpdateLine } from "./updates.js";
import { Ago } from "../elements/time.js";

const shortDigest = (digest) => digest.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");

/** A code and what it means. */
const Exit = ({ code, stopped = false }) => html`
    ${code}
    ${exitMeaning(code, stopped) && html`
        ${" "}
        <span class="faint">${exitMeaning(code, stopped)}</span>
      `}
  `;

/** What is known of it: [name, value]. */
function factsOf(c, change) {
  const exited = c.state === "exited" || c.state === "dead";
  return [
    ["Description", html`<${Description} c=${c} change=${change} />`],
    ["Tags", html`<${Tags} c=${c} change=${change} />`],
    ["Image", html`<${Copyable} text=${c.image} what="the image" />`],
    c.update && ["Updates", html`<${UpdateLine} c=${c} />`],
    ["Image ID", html`<${Copyable} text=${c.image_id} shown=${shortId(c.image_id)} what="the image's id" />`],
    atLeast("advanced") &&
      c.image_digests.length > 0 && [
        "Image digest",
        c.image_digests.map((digest) => html`
          <div key=${digest}>
            <${Copyable} text=${digest} shown=${shortDigest(digest)} what="the image's digest" />
          </div>
        `),
      ],
    !atLeast("intermediate") && [
      "Container ID",
      html`<${Copyable} text=${c.id} shown=${shortId(c.id)} what="the full ID" />`,
    ],
    c.stack && [
      "Stack",
      html`
        <a href=${`/containers?stack=${encodeURIComponent(c.stack)}`}>${c.stack}</a>
        ${c.service && html`
            ${" "}
            <span class="faint">service</span> ${c.service}
          `}
      `,
    ],
    ["Created", html`<${Ago} at=${c.created_at} />`],
    c.state === "running" || c.state === "paused"
      ? ["Started", html`<${Ago} at=${c.started_at} />`]
      : [
          "Last run",
          c.started_at ? html`
              <${Ago} at=${c.started_at} />
              ${c.finished_at ? html`
                  ${" "}
                  until <${Ago} at=${c.finished_at} />
                ` : (
                ""
              )}
            ` : html`
            <span class="faint">never</span>
          `,
        ],
    exited &&
      c.status.name !== "crash_loop" &&
      c.exit_code !== null && ["Exit code", html`<${Exit} code=${c.exit_code} stopped=${c.stop_requested} />`],
    c.status.name === "crash_loop" && [
      "Exit code",
      c.status.exit_code === null ? "unknown" : html`<${Exit} code=${c.status.exit_code} />`,
    ],
    c.restart_count > 0 && [
      "Restarts",
      html`<span class="st warn">
        <${Icon} name="triangle-alert" />
        <span>${plural(c.restart_count, "restart")} so far</span>
      </span>`,
    ],
    c.auto_remove && ["When it stops", "The engine deletes it (--rm)"],
    c.command && ["Command", html`<code class="any">${c.command}</code>`],
  ].filter(Boolean);
}

function Facts({ c, change }) {
  const facts = factsOf(c, change);
  return html`
    <section class="card">
      <header>
        <h2>About</h2>
      </header>
      <div class="body">
        <dl class="facts-list">
          ${facts.map(([name, value]) => html`
              <dt key=${name}>${name}</dt>
              <dd>${value}</dd>
            `)}
        </dl>
      </div>
    </section>
  `;
}

function noAddress(c, network) {
  if (network === "host") return "the addresses of this host";
  if (network === "none") return "no network";
  return c.state === "running" ? "no address" : "no address while it is stopped";
}

function Network({ c, change }) {
  const ports = published(c);
  const exposed = c.network_mode === "host" ? [] : c.ports.filter((p) => !p.host_port);
  return html`
    <section class="card">
      <header>
        <h2>Addresses</h2>
      </header>
      <${Help}>Where it is reached. A port is ${lower(TERMS.port)}</${Help}>
      <div class="body stack">
        <${OwnAddress} c=${c} change=${change} />
        ${ports.length > 0 ? html`
          <ul class="port-list">
            ${ports.map((port) => html`
              <li key=${`${port.ip}${port.host_port}${port.protocol}`}>
                <span class="mono">
                  <${PortLink} c=${c} port=${port} long />
                </span>
                <span class="faint">
                  is port ${port.container_port}/${port.protocol} of the container
                  ${port.ip ? `, reached only at ${port.ip}` : ""}
                </span>
              </li>
            `)}
          </ul>
        ` : html`
          <p class="muted">
            ${c.network_mode === "host"
              ? "It uses the host network: every port it opens is open on this host."
              : c.state === "running"
                ? "No port is published. Other containers on its networks can reach it by name; your browser cannot."
                : "Ports are published while it runs."}
          </p>
        `}
        ${exposed.length > 0 && html`
          <p class="faint small">
            Exposed only to other containers:${" "}
            ${exposed.map((p) => `${p.container_port}/${p.protocol}`).join(", ")}
          </p>
        `}
        ${c.networks.length > 0 && html`
          <dl class="facts-list">
            ${c.networks.map((n) => html`
                <dt key=${n.network} class="any">
                  ${n.network}
                </dt>
                <dd>
                  ${[n.ipv4, n.ipv6].filter(Boolean).map((ip) => html`
                    <div>
                      <${Copyable} text=${ip} what="the address" />
                    </div>
                  `)}
                  ${!n.ipv4 && !n.ipv6 && html`<span class="faint">${noAddress(c, n.network)}</span>`}
                  ${atLeast("advanced") && html`
                    <div class="faint small any">
                      ${[n.mac, n.aliases.length > 0 && `also called ${n.aliases.join(", ")}`]
                        .filter(Boolean)
                        .join(" · ")}
                    </div>
                  `}
                </dd>
              `)}
          </dl>
        `}
      </div>
    </section>
  `;
}

const lower = (sentence) => sentence[0].toLowerCase() + sentence.slice(1);
const KINDS = {
  bind: "folder",
  volume: "volume",
  tmpfs: "in memory",
  image: "image",
  npipe: "pipe",
  cluster: "cluster volume",
};
function Mounts({ c }) {
  return html`
    <section class="card">
      <header>
        <h2>Storage</h2>
      </header>
      <${Help}>What it keeps. A volume is ${lower(TERMS.volume)}</${Help}>
      ${c.mounts.length === 0 ? html`
        <div class="body muted">
          No volumes: everything it writes is lost when it is deleted or recreated.
        </div>
      ` : html`
        <div class="scroll-x">
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">Inside</th>
                <th scope="col">On this host</th>
                <th scope="col">Kind</th>
              </tr>
            </thead>
            <tbody>
              ${c.mounts.map((m) => html`
                <tr key=${m.destination}>
                  <td class="mono">${m.destination}</td>
                  <td class="mono">
                    ${m.anonymous ? html`
                        <span title=${m.source}>${m.source.slice(0, 12)}</span>${" "}
                        <span class="tag plain-tag">unnamed</span>
                      ` : (
                      m.source || html`<span class="faint">nowhere</span>`
                    )}
                  </td>
                  <td class="nowrap">
                    ${KINDS[m.kind] ?? m.kind}
                    ${m.read_only ? ", read only" : ""}
                  </td>
                </tr>
              `)}
            </tbody>
          </table>
        </div>
      `}
    </section>
  `;
}

function Labels({ c }) {
  const entries = Object.entries(c.labels);
  const [open, setOpen] = useState(false);
  const leftOut = c.labels_left_out;
  if (entries.length === 0 && leftOut === 0) return null;
  const shown = open || atLeast("advanced") ? entries : [];
  return html`
    <section class="card">
      <header>
        <h2>Labels</h2>
        <span class="faint">${entries.length + leftOut}</span>
        ${!atLeast("advanced") && html`
          <div class="actions">
            <button
              type="button"
              class="btn quiet s"
              aria-expanded=${String(open)}
              onClick=${() => setOpen(!open)}
            >
              ${open ? "Fold" : "Show"}
            </button>
          </div>
        `}
      </header>
      ${leftOut > 0 && html`
        <p class="faint">
          ${leftOut === 1 ? "1 label is" : `${leftOut} labels are`} too large to be shown here. A recreated
          container keeps them.
        </p>
      `}
      ${shown.length > 0 && html`
        <div class="scroll-x">
          <table class="plain-table">
            <tbody>
              ${shown.map(([name, value]) => html`
                <tr key=${name}>
                  <td class="mono">
                    <a
                      href=${`/containers?label=${encodeURIComponent(`${name}=${value}`)}`}
                      title="Containers with this label"
                    >
                      ${name}
                    </a>
                  </td>
                  <td class="mono">${value}</td>
                </tr>
              `)}
            </tbody>
          </table>
        </div>
      `}
    </section>
  `;
}

function Raw({ c }) {
  const [open, setOpen] = useState(false);
  const text = open ? JSON.stringify(c.inspect, null, 2) : "";
  return html`
    <section class="card">
      <header>
        <h2>Raw engine data</h2>
        <div class="actions">
          ${open && html`<${Copyable} text=${text} shown="Copy" what="the JSON" />`}
          <button
            type="button"
            class="btn quiet s"
            aria-expanded=${String(open)}
            onClick=${() => setOpen(!open)}
          >
            ${open ? "Fold" : "Show"}
          </button>
        </div>
      </header>
      ${open && html`
        <pre class="output raw" tabindex="0">
          ${text}
        </pre>
      `}
    </section>
  `;
}

const links = (names) =>
  names.map((name, index) => html`
      ${index > 0 ? ", " : ""}
      <a href=${containerLink({ name })}>${name}</a>
    `);

/** Who must run for it to run, and who stops working without it. */
function Neighbours({ c }) {
  const { depends_on: needs = [], used_by: users = [] } = c;
  if (needs.length + users.length === 0) return null;
  return html`
    <section class="card">
      <header>
        <h2>Dependencies</h2>
      </header>
      <div class="body">
        <dl class="facts-list">
          ${needs.length > 0 && html`
              <dt>Depends on</dt>
              <dd>${links(needs)}</dd>
            `}
          ${users.length > 0 && html`
              <dt>Used by</dt>
              <dd>${links(users)}</dd>
            `}
        </dl>
        ${!atLeast("advanced") && html`
          <p class="faint small row spaced">
            ${users.length > 0
              ? "When it is recreated, the containers that share its network or use its volumes are recreated with it."
              : "They share a network or volumes, or depend on each other in their Compose file."}
          </p>
        `}
      </div>
    </section>
  `;
}

/** How many settings and facts the cards under the cockpit show. */
const countOf = (c, change) =>
  factsOf(c, change).length +
  c.networks.length +
  published(c).length +
  c.mounts.length +
  Object.keys(c.labels).length +
  limitsOf(c.spec).length;

export const Overview = ({ c, change, gone, disabled = false }) => html`
    <${Cockpit} c=${c} gone=${gone} />
    <${Fold} from="intermediate" what=${more(countOf(c, change), "setting")} class="card">
      <div class="cols even">
        <div class="stack">
          <${Facts} c=${c} change=${change} />
          <${OwnNotes} c=${c} change=${change} />
          <${Mounts} c=${c} />
          <${Labels} c=${c} />
          ${atLeast("advanced") && html`<${Raw} c=${c} />`}
        </div>
        <div class="stack">
          <${Network} c=${c} change=${change} />
          <${Limits} c=${c} change=${change} disabled=${disabled || c.is_self} />
          <${Neighbours} c=${c} />
          <${Backups} name=${c.name} c=${c} disabled=${disabled} />
        </div>
      </div>
    </${Fold}>
  `;
