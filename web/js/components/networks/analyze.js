// @ts-check
// What the size of a network costs on this host, and what it is used for.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { date } from "../../format.js";
import { api } from "../../api.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { askMigrate, networkPath } from "./acts.js";

const figure = (number) => number.toLocaleString("en");

export function AnalyzeDialog({ network, close }) {
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    api(networkPath(network, "/analyze"), { method: "POST" }).then(setTold, (failed) =>
      setProblem(failed.detail ?? failed.message),
    );
  }, []);
  return html`
    <${Modal} label=${`Analysis of ${network.name}`} close=${close}>
      <${DialogHead} title=${`Analysis of ${network.name}`} icon="activity" tone="info" close=${close} />
      <div class="content" aria-busy=${String(!told && !problem)}>
        ${problem && html`<p class="st bad wraps">${problem}</p>`}
        ${!told && !problem && html`<p class="muted">Analyzing…</p>`}
        ${told && html`
            <dl class="facts-list">
              <dt>Subnet</dt>
              <dd class="mono">${told.subnet}</dd>
              <dt>In use now</dt>
              <dd>
                ${figure(told.used)} of ${figure(told.usable_ips)} addresses, ${told.running} of
                ${` ${told.containers}`} containers running
              </dd>
              ${told.peak && html`
                  <dt>Most in use</dt>
                  <dd>
                    ${figure(told.peak.used)}, on ${date(told.peak.at)}
                  </dd>
                `}
              ${told.host && html`
                  <dt>Neighbor table</dt>
                  <dd>
                    ${figure(told.host.neighbors)} entries of ${figure(told.host.neighbor_limit)} at most
                  </dd>
                  <dt>Forwarding table</dt>
                  <dd>${figure(told.host.forwarding)} entries</dd>
                `}
              <dt>Firewall rules</dt>
              <dd>about ${figure(told.firewall.estimate)}</dd>
              ${told.recommended_subnet && html`
                  <dt>Recommended</dt>
                  <dd class="mono">${told.recommended_subnet}</dd>
                `}
            </dl>
            ${told.findings.map((text) => html`
              <p>${text}</p>
            `)}
          `}
      </div>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Close
        </button>
        ${told?.recommended_subnet && html`
          <button
            type="button"
            class="btn primary"
            onClick=${() => {
              close();
              askMigrate(network);
            }}
          >
            Recreate smaller
          </button>
        `}
      </footer>
    </${Modal}>
  `;
}
