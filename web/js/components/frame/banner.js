// @ts-check
// What concerns every page: the engine is gone, the connection is lost, the password must change.
import { html } from "../../../vendor/preact.js";
import { connection, engine, frame, now } from "../../state.js";
import { notices } from "../../stream.js";
import { ago, exact, span } from "../../format.js";
import { Icon } from "../elements/icon.js";

function nextTry(at) {
  const ms = Date.parse(at) - now.value;
  return Number.isNaN(ms)
    ? "DockerMate keeps trying."
    : ms > 900
      ? `Next attempt in ${span(ms)}.`
      : "Connecting now…";
}

export function Banner() {
  const e = engine.value;
  return html`
      ${connection.value === "connecting" && html`
        <div class="banner slim info" key="connection">
          <${Icon} name="rotate-cw" class="spin" />
          <div>Reconnecting to DockerMate. The data shown may be out of date.</div>
        </div>
      `}
      ${e?.state === "down" && html`
        <div class="banner" key="engine">
          <${Icon} name="unplug" />
          <div>
            <b>
              The container engine has not responded since${" "}
              <time datetime=${e.since} title=${exact(e.since)}>
                ${ago(e.since, now.value)}
              </time>
            </b>
            <p>
              ${e.error ?? "No reason was given."}
              ${e.endpoint && html`
                  ${" "}
                  <span class="mono">${e.endpoint}</span>.
                `}${" "}
              ${e.next_try ? nextTry(e.next_try) : "DockerMate keeps trying."}
            </p>
          </div>
        </div>
      `}
      ${frame.value?.force_password_change && html`
        <div class="banner" key="password">
          <${Icon} name="key-round" />
          <div>
            <b>The password is temporary</b>
            <p>Choose a new one now; until then nothing else can be changed.</p>
          </div>
          <div class="actions">
            <a class="btn primary s" href="/settings#security">
              Choose a password
            </a>
          </div>
        </div>
      `}
      ${notices.value && html`
        <div class=${`banner slim ${notices.value.level === "info" ? "info" : ""}`} key="notice">
          <${Icon} name="info" />
          <div>${notices.value.message}</div>
          <div class="actions">
            <button
              type="button"
              class="btn quiet s"
              onClick=${() => {
                notices.value = null;
              }}
            >
              Dismiss
            </button>
          </div>
        </div>
      `}
    `;
}
