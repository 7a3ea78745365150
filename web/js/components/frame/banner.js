// @ts-check
// What concerns every page: the engine is gone, the connection is lost, the password must change.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { connection, engine, frame, now } from "../../state.js";
import { notices } from "../../stream.js";
import { clock, exact, span } from "../../format.js";
import { Icon } from "../elements/icon.js";

function nextTry(at) {
  const ms = Date.parse(at) - now.value;
  return Number.isNaN(ms)
    ? "DockerMate keeps trying."
    : ms > 900
      ? `Next attempt in ${span(ms)}.`
      : "Connecting now…";
}

/** Short breaks are nobody's business. */
const LOST_AFTER = 2000;

/** The connection of this page to DockerMate. Not said aloud: it comes and goes. */
export function Connection() {
  const lost = connection.value === "connecting";
  const [shown, show] = useState(false);
  useEffect(() => {
    if (!lost) {
      show(false);
      return undefined;
    }
    const timer = setTimeout(() => show(true), LOST_AFTER);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!shown || !lost) return null;
  return html`
    <div class="pill">
      <${Icon} name="rotate-cw" class="spin" />
      <span>Reconnecting to DockerMate. The data shown may be out of date.</span>
    </div>
  `;
}

function TryNow() {
  const [trying, setTrying] = useState(false);
  const run = async () => {
    setTrying(true);
    // What comes of it the next event says.
    await api("/api/system/engine/retry", { method: "POST" }).catch(() => {});
    setTrying(false);
  };
  return html`
    <button type="button" class="btn s" disabled=${trying} onClick=${run}>
      Try now
    </button>
  `;
}

export function Banner() {
  const e = engine.value;
  return html`
      ${e?.state === "down" && html`
        <div class="banner engine" key="engine">
          <${Icon} name="unplug" />
          <div>
            <b>
              The container engine has not responded since${" "}
              <time datetime=${e.since} title=${exact(e.since)}>
                ${clock(e.since)}
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
          <div class="actions">
            <${TryNow} />
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
