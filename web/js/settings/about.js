// @ts-check
// This version, its engine, and whose work it stands on.
import { html, useState } from "../../vendor/preact.js";
import { engine } from "../state.js";
import { bytes, memory } from "../format.js";
import { Copyable } from "../components/elements/copy.js";
import { Icon } from "../components/elements/icon.js";
import { Facts } from "../components/elements/level.js";
import { Ago } from "../components/elements/time.js";

const details = (e, i) => html`
    ${e.endpoint && html`
        <dt>Endpoint</dt>
        <dd class="mono">${e.endpoint}</dd>
      `}
    ${i && html`
        <dt>API</dt>
        <dd>
          ${i.api_version}${" "}
          <span class="faint">
            of up to ${i.max_api_version}
            ${i.min_api_version ? `, at least ${i.min_api_version}` : ""}
          </span>
        </dd>
        <dt>Storage</dt>
        <dd>
          ${i.storage_driver} <span class="faint">in</span> <code>${i.root_dir}</code>
        </dd>
        <dt>Control groups</dt>
        <dd>
          v${i.cgroup_version}, ${i.cgroup_driver}
          ${i.memory_limit ? (
            ""
          ) : html`
              ,${" "}
              <span class="st warn">
                <span>no memory limits</span>
              </span>
            `}
        </dd>
        <dt>Resources</dt>
        <dd>
          ${i.cpus} cores, ${memory(i.memory_bytes)}
        </dd>
        ${i.rootless && html`
            <dt>Mode</dt>
            <dd>rootless</dd>
          `}
        ${i.swarm && html`
            <dt>Swarm</dt>
            <dd>active</dd>
          `}
      `}
  `;

function Engine() {
  const e = engine.value;
  const i = e.info;
  return html`
    <section class="card">
      <header>
        <h2>Container engine</h2>
      </header>
      <div class="body stack">
        <p>
          <span class=${`st ${e.state === "up" ? "ok" : e.state === "down" ? "crit" : "busy"}`}>
            <${Icon} name=${e.state === "up" ? "circle-check" : e.state === "down" ? "unplug" : "rotate-cw"} />
            <span>
              ${e.state === "up" ? "Connected" : e.state === "down" ? "Not responding" : "Connecting"}
            </span>
          </span>${" "}
          <span class="faint">
            since <${Ago} at=${e.since} />
          </span>
        </p>
        ${e.error && html`<p class="muted any">${e.error}</p>`}
        <${Facts}
          rest=${details(e, i)}
          count=${(e.endpoint ? 1 : 0) + (i ? 4 : 0) + (i?.rootless ? 1 : 0) + (i?.swarm ? 1 : 0)}
        >
          ${i && html`
              <dt>Engine</dt>
              <dd>
                ${i.product} ${i.version}
              </dd>
              <dt>System</dt>
              <dd>
                ${i.os}, ${i.kernel}, ${i.architecture}
              </dd>
            `}
        </${Facts}>
        ${i?.warnings?.length > 0 && html`
          <ul class="plan-list warns">
            ${i.warnings.map((w) => html`
              <li key=${w}>
                <${Icon} name="triangle-alert" />
                <span>${w}</span>
              </li>
            `)}
          </ul>
        `}
      </div>
    </section>
  `;
}

export function AboutSettings({ data }) {
  const s = data.system;
  const [open, setOpen] = useState(false);
  const build = html`
      <dt>Commit</dt>
      <dd>
        <${Copyable} text=${s.commit} shown=${s.commit.slice(0, 12)} what="the commit" />
      </dd>
      <dt>Built for</dt>
      <dd class="mono">${s.target}</dd>
      <dt>Profile</dt>
      <dd>
        <code>${s.profile_name}</code>
      </dd>
      <dt>API</dt>
      <dd>
        <a href="/api/openapi.json" target="_blank" rel="noopener">
          OpenAPI description
        </a>
      </dd>
    `;
  return html`
    <div class="cols even">
      <div class="stack">
        <section class="card">
          <header>
            <h2>DockerMate ${s.version}</h2>
          </header>
          <div class="body">
            <${Facts} rest=${build} count=${4}>
              <dt>Started</dt>
              <dd>
                <${Ago} at=${s.started_at} />
              </dd>
              <dt>Data</dt>
              <dd>
                <code>${s.data_dir}</code> <span class="faint">database ${bytes(s.database_bytes)}</span>
              </dd>
            </${Facts}>
          </div>
        </section>
        <${Engine} />
      </div>
      <section class="card">
        <header>
          <h2>Licences</h2>
          <span class="faint">${s.licences.length} parts</span>
        </header>
        <div class="body muted">DockerMate is built on this open-source software.</div>
        <div class="scroll-x">
          <table class="plain-table">
            <tbody>
              ${(open ? s.licences : s.licences.slice(0, 12)).map((l) => html`
                <tr key=${`${l.name}${l.version}`}>
                  <td>${l.name}</td>
                  <td class="num nowrap faint">${l.version}</td>
                  <td class="faint">${l.licence}</td>
                </tr>
              `)}
            </tbody>
          </table>
        </div>
        ${s.licences.length > 12 && html`
          <button
            type="button"
            class="fold-button"
            aria-expanded=${String(open)}
            onClick=${() => setOpen(!open)}
          >
            <${Icon} name=${open ? "chevron-up" : "chevron-down"} />
            ${open ? "Show less" : `${s.licences.length - 12} more`}
          </button>
        `}
      </section>
    </div>
  `;
}
