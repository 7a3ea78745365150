// @ts-check
// When registries are asked, and when containers may be updated by themselves.
import { html, useState } from "../../vendor/preact.js";
import { span } from "../format.js";
import { settings } from "../state.js";
import { saveSettings } from "../preferences.js";
import { Icon } from "../components/elements/icon.js";
import { Help } from "../components/elements/level.js";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const name = (day) => day[0].toUpperCase() + day.slice(1);

const CHECKS = [
  [60, "Every hour"],
  [180, "Every 3 hours"],
  [360, "Every 6 hours"],
  [720, "Every 12 hours"],
  [1440, "Once a day"],
  [10080, "Once a week"],
];
const LENGTHS = [
  [60, "1 hour"],
  [120, "2 hours"],
  [240, "4 hours"],
  [480, "8 hours"],
  [1440, "24 hours"],
];
/** What was set elsewhere stays on offer. */
const withOwn = (list, own) =>
  own === null || list.some(([value]) => value === own) ? list : [...list, [own, `${own} minutes`]];

const save = (patch) => saveSettings({ updates: { ...settings.value.updates, ...patch } });

function Window({ at, window, all }) {
  const change = (patch) => save({ windows: all.map((one, i) => (i === at ? { ...one, ...patch } : one)) });
  const [start, setStart] = useState(window.start);
  const toggle = (day) =>
    change({
      days: window.days.includes(day) ? window.days.filter((one) => one !== day) : [...window.days, day],
    });
  return html`
    <fieldset class="field window">
      <legend>Window ${at + 1}</legend>
      <div class="row">
        <div class="field">
          <label for=${`start-${at}`}>From</label>
          <input
            id=${`start-${at}`}
            type="time"
            value=${start}
            onInput=${(e) => setStart(e.target.value)}
            onChange=${(e) => e.target.value && change({ start: e.target.value })}
          />
        </div>
        <div class="field">
          <label for=${`length-${at}`}>For</label>
          <select
            id=${`length-${at}`}
            value=${String(window.minutes)}
            onChange=${(e) => change({ minutes: Number(e.target.value) })}
          >
            ${withOwn(LENGTHS, window.minutes).map(([value, words]) => html`
              <option key=${value} value=${value}>
                ${words}
              </option>
            `)}
          </select>
        </div>
      </div>
      <div class="chips" role="group" aria-label="Days">
        ${DAYS.map((day) => html`
          <button
            type="button"
            class="chip"
            key=${day}
            aria-pressed=${String(window.days.includes(day))}
            aria-label=${name(day)}
            onClick=${() => toggle(day)}
          >
            ${name(day).slice(0, 3)}
          </button>
        `)}
      </div>
      <div class="row">
        <p class="hint grow">
          ${window.days.length === 0
            ? "Every day."
            : `${DAYS.filter((day) => window.days.includes(day))
                .map(name)
                .join(", ")}.`}
        </p>
        <button
          type="button"
          class="btn quiet s"
          onClick=${() => save({ windows: all.filter((_, i) => i !== at) })}
        >
          <${Icon} name="trash-2" />
          Remove
        </button>
      </div>
    </fieldset>
  `;
}

const AUTOMATIC = [
  [null, "As the hardware profile says"],
  [true, "On"],
  [false, "Off"],
];

export function UpdateSettings({ data }) {
  const updates = settings.value.updates;
  const { profile } = data;
  return html`
      <section class="card">
        <header>
          <h2>Checking</h2>
        </header>
        <div class="body stack">
          <div class="field">
            <label for="check-minutes">How often registries are asked</label>
            <select
              id="check-minutes"
              value=${String(updates.check_minutes ?? "")}
              onChange=${(e) => save({ check_minutes: e.target.value ? Number(e.target.value) : null })}
            >
              <option value="">
                As the hardware profile says (every ${span(profile.update_check_interval_s * 1000)})
              </option>
              ${withOwn(CHECKS, updates.check_minutes).map(([minutes, words]) => html`
                <option key=${minutes} value=${minutes}>
                  ${words}
                </option>
              `)}
            </select>
            <p class="hint">A check pulls nothing and changes nothing.</p>
          </div>
        </div>
      </section>
      <section class="card">
        <header>
          <h2>Automatic updates</h2>
        </header>
        <div class="body stack">
          <${Help}>
            A container is updated by itself if its environment or its own policy says so. It is watched
            afterwards, and rolled back if it does not work.
          </${Help}>
          <fieldset class="field">
            <legend>Containers whose environment is updated by itself</legend>
            <div class="choices">
              ${AUTOMATIC.map(([choice, words]) => html`
                <label class="choice" key=${String(choice)}>
                  <input
                    type="radio"
                    name="automatic"
                    checked=${updates.automatic === choice}
                    onChange=${() => save({ automatic: choice })}
                  />
                  <span>
                    <b>${words}</b>
                    ${choice === null && html`<small>${profile.auto_update ? "On" : "Off"} on this host.</small>`}
                  </span>
                </label>
              `)}
            </div>
            <p class="hint">
              Never production, and never what was there before DockerMate, unless the policy of that
              container says so.
            </p>
          </fieldset>
          <div class="field">
            <label for="soak-days">Days to wait with a new image</label>
            <input
              id="soak-days"
              type="number"
              inputmode="numeric"
              min="0"
              max="90"
              value=${String(updates.soak_days)}
              onChange=${(e) => save({ soak_days: e.target.valueAsNumber || 0 })}
            />
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked=${updates.remove_old_images}
              onChange=${(e) => save({ remove_old_images: e.target.checked })}
            />
            <span>Remove old images afterwards, if nothing else uses them</span>
          </label>
        </div>
      </section>
      <section class="card">
        <header>
          <h2>Maintenance windows</h2>
        </header>
        <div class="body stack">
          <p class="muted">
            ${updates.windows.length === 0
              ? "None: containers may be updated by themselves at any time."
              : "Containers are updated by themselves only in these windows, by the clock of this host."}
          </p>
          ${updates.windows.map((window, at) => html`
            <${Window}
              key=${`${at} of ${updates.windows.length}`}
              at=${at}
              window=${window}
              all=${updates.windows}
            />
          `)}
          <div>
            <button
              type="button"
              class="btn"
              disabled=${updates.windows.length >= 20}
              onClick=${() =>
                save({ windows: [...updates.windows, { days: [], start: "03:00", minutes: 120 }] })}
            >
              <${Icon} name="plus" />
              Add a window
            </button>
          </div>
        </div>
      </section>
    `;
}
