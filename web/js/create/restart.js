// @ts-check
// Restart and health: what happens when it ends, and how it is told whether it works.
import { html } from "../../vendor/preact.js";
import { Cell, FieldError, Fields } from "./controls.js";
import { atLeast } from "../components/elements/level.js";

const POLICIES = [
  ["", "Engine default: never"],
  ["unless-stopped", "Always, unless stopped manually"],
  ["always", "Always"],
  ["on-failure", "Only when it fails"],
  ["no", "Never"],
];
const CHECKS = [
  ["", "Image default"],
  ["shell", "Shell command"],
  ["exec", "Command with arguments"],
  ["times", "The image's check with other intervals"],
  ["none", "Switched off"],
];

function Health({ form }) {
  const check = form.draft.healthcheck;
  const set = (patch) => form.set("healthcheck", { ...check, ...patch });
  const error = form.at("healthcheck.test") ?? form.at("healthcheck");
  const on = !["", "none"].includes(check.mode);
  const time = (key, label, placeholder) => html`
    <${Cell}
      form=${form}
      path=${`healthcheck.${key}`}
      label=${label}
      class="mono-cell"
      placeholder=${placeholder}
      value=${check[key]}
      set=${(value) => set({ [key]: value })}
    />
  `;
  return html`
      <div class="fields" data-field="healthcheck">
        <div class="field" data-field="healthcheck.mode">
          <label for="f-health">Health check</label>
          <select id="f-health" value=${check.mode} onChange=${(e) => set({ mode: e.target.value })}>
            ${CHECKS.filter(
              ([mode]) => mode !== "times" || atLeast("intermediate") || check.mode === mode,
            ).map(([mode, word]) => html`
              <option key=${mode} value=${mode}>
                ${word}
              </option>
            `)}
          </select>
        </div>
        ${(check.mode === "shell" || check.mode === "exec") && html`
          <div class="field span2" data-field="healthcheck.test">
            <label for="f-health-test">
              ${check.mode === "shell"
                ? "Shell command that succeeds when healthy"
                : "Command that succeeds when healthy"}
            </label>
            <input
              id="f-health-test"
              type="text"
              class="mono"
              autocomplete="off"
              autocapitalize="off"
              spellcheck=${false}
              placeholder=${check.mode === "shell" ? "curl -fsS http://localhost/ || exit 1" : "pg_isready -U postgres"}
              value=${check[check.mode]}
              onInput=${(e) => set({ [check.mode]: e.target.value })}
              aria-invalid=${error ? "true" : undefined}
              aria-describedby=${error ? "f-health-test-e" : undefined}
            />
            <${FieldError} id="f-health-test-e" message=${error} />
          </div>
        `}
      </div>
      ${on && html`
        <div class="cells">
          ${time("interval", "Every", "30s")}
          ${time("timeout", "Answer within", "30s")}
          ${time("retries", "Retries", "3")}
          ${time("start_period", "Start period", "0s")}
          ${(atLeast("advanced") || check.start_interval) &&
            time("start_interval", "Every, while starting", "5s")}
        </div>
      `}
    `;
}

export function Restart({ form }) {
  const { draft, set } = form;
  const error = form.under("restart");
  return html`
      <div class="fields">
        <div class="field span2" data-field="restart">
          <label for="f-restart">Restart policy</label>
          <select
            id="f-restart"
            value=${draft.restart}
            onChange=${(e) => set("restart", e.target.value)}
            aria-invalid=${error ? "true" : undefined}
            aria-describedby=${error ? "f-restart-e" : "f-restart-h"}
          >
            ${POLICIES.map(([value, word]) => html`
              <option key=${value} value=${value}>
                ${word}
              </option>
            `)}
          </select>
          ${error ? html`
            <${FieldError} id="f-restart-e" message=${error} />
          ` : html`
            <p class="hint" id="f-restart-h">
              “Always” includes after a reboot of the host.
            </p>
          `}
        </div>
        ${draft.restart === "on-failure" && html`
          <div class="field">
            <label for="f-retries">At most</label>
            <input
              id="f-retries"
              type="text"
              inputmode="numeric"
              class="mono"
              placeholder="unlimited"
              value=${draft.restart_retries}
              onInput=${(e) => set("restart_retries", e.target.value)}
            />
          </div>
        `}
      </div>
      <${Health} form=${form} />
      <${Fields} form=${form} keys=${["auto_remove", "stop_signal", "stop_timeout"]} />
    `;
}
