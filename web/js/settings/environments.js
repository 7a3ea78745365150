// What the environments mean: how much is asked, kept and told, and in which order they stand.
import { html, useLayoutEffect, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { environments, settings } from "../state.js";
import { saveSettings } from "../preferences.js";
import { span } from "../format.js";
import { openDialog } from "../components/frame/dialog.js";
import { asks, EnvBadge } from "../components/containers/environment.js";
import { Icon } from "../components/elements/icon.js";
import { toast } from "../components/frame/toast.js";
import { DeleteEnvironment, EditEnvironment } from "./environment-dialogs.js";

export const ASKS = { none: "No confirmation", yes: "Confirmation", type_name: "Type the name" };
export const TELLS = { high: "Everything, first", medium: "Everything", low: "Quietly", none: "Nothing" };
export const UPDATES = { never: "Manual", ask: "Ask", always: "Automatic" };
const HEADS = [
  "Before an interruption",
  "Before a change",
  "Alerts",
  "Configuration",
  "Updates",
  "Health checks",
];

const cells = (e, intervals) => [
  ASKS[asks(e) === "type_name" ? "yes" : "none"],
  ASKS[asks(e)],
  TELLS[e.warnings],
  e.backup_on_change ? "Saved before a change" : "Not saved",
  UPDATES[e.auto_update],
  `every ${span(intervals[e.health_frequency] * 1000)}`,
];

/** The order as it is wanted: shown at once, sent one after another, and what overtakes itself is left out. */
function useOrder(say) {
  const [wanted, want] = useState(null);
  const newest = useRef(null);
  const sending = useRef(false);
  const focus = useRef(null);
  const place = (e) => wanted.indexOf(e.code);
  const list = wanted
    ? environments.value.filter((e) => place(e) >= 0).sort((a, b) => place(a) - place(b))
    : environments.value;
  // The row is found again after it moved, so that the next key press moves it further.
  useLayoutEffect(() => {
    if (!focus.current) return;
    const [code, direction] = focus.current;
    focus.current = null;
    const row = document.querySelector(`[data-environment="${CSS.escape(code)}"]`);
    const button = row?.querySelector(`[data-move="${direction}"]`);
    (button?.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  }, [wanted]);
  const send = async () => {
    sending.current = true;
    try {
      while (newest.current) {
        const codes = newest.current;
        newest.current = null;
        const answer = await api("/api/environments/order", { method: "PUT", body: { codes } });
        if (!newest.current) environments.value = answer.items;
      }
    } catch (problem) {
      newest.current = null;
      toast({ kind: "crit", title: "The order could not be saved", text: problem.message });
    }
    sending.current = false;
    want(null);
  };
  const move = (index, by) => {
    const codes = list.map((e) => e.code);
    const [code] = codes.splice(index, 1);
    codes.splice(index + by, 0, code);
    focus.current = [code, by < 0 ? "up" : "down"];
    newest.current = codes;
    want(codes);
    say(`${code} is number ${index + by + 1} of ${codes.length} now`);
    if (!sending.current) send();
  };
  return [list, move];
}

export function EnvironmentSettings({ data }) {
  const [said, say] = useState("");
  const [list, move] = useOrder(say);
  const strict = settings.value.require_prd_confirmation !== false;
  return html`
    <section class="card">
      <header>
        <h2>Environments</h2>
        <div class="actions">
          <button
            type="button"
            class="btn s primary"
            aria-haspopup="dialog"
            onClick=${() => openDialog(EditEnvironment)}
          >
            <${Icon} name="plus" />
            Add one
          </button>
        </div>
      </header>
      <div class="body">
        <p class="muted lead">
          An environment sets how carefully a container is handled. Set it in a container's menu, or with
          the label <code>dockermate.environment</code>; other containers have the environment of this host.
        </p>
      </div>
      <div class="matrix">
        <table class="plain-table" role="table" aria-label="Environments">
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">
                Environment
              </th>
              ${HEADS.map((head) => html`
                <th scope="col" role="columnheader" key=${head}>
                  ${head}
                </th>
              `)}
              <th scope="col" role="columnheader">
                <span class="visually-hidden">Change it</span>
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${list.map((e, index) => html`
              <tr key=${e.code} role="row" data-environment=${e.code}>
                <th scope="row" role="rowheader">
                  <${EnvBadge} code=${e.code} word=${e.code} />
                  ${e.name !== e.code && html`
                      ${" "}
                      <b class="any">${e.name}</b>
                    `}
                  ${e.description && html`<p class="muted any">${e.description}</p>`}
                </th>
                ${cells(e, data.health_intervals).map((text, at) => html`
                  <td key=${at} role="cell" data-head=${HEADS[at]}>
                    ${text}
                  </td>
                `)}
                <td role="cell" class="moves">
                  <button
                    type="button"
                    class="btn quiet icon s"
                    data-move="up"
                    aria-label=${`Move ${e.code} up`}
                    disabled=${index === 0}
                    onClick=${() => move(index, -1)}
                  >
                    <${Icon} name="arrow-up" />
                  </button>
                  <button
                    type="button"
                    class="btn quiet icon s"
                    data-move="down"
                    aria-label=${`Move ${e.code} down`}
                    disabled=${index === list.length - 1}
                    onClick=${() => move(index, 1)}
                  >
                    <${Icon} name="arrow-down" />
                  </button>
                  <button
                    type="button"
                    class="btn quiet icon s"
                    aria-label=${`Edit ${e.code}`}
                    title="Edit"
                    aria-haspopup="dialog"
                    onClick=${() => openDialog(EditEnvironment, { of: e })}
                  >
                    <${Icon} name="pencil" />
                  </button>
                  ${!e.built_in && html`
                    <button
                      type="button"
                      class="btn quiet icon s"
                      aria-label=${`Delete ${e.code}`}
                      title="Delete"
                      aria-haspopup="dialog"
                      onClick=${() => openDialog(DeleteEnvironment, { of: e })}
                    >
                      <${Icon} name="trash-2" />
                    </button>
                  `}
                </td>
              </tr>
            `)}
          </tbody>
        </table>
      </div>
      <p class="visually-hidden" role="status">
        ${said}
      </p>
      <div class="body">
        <label class="check">
          <input
            type="checkbox"
            checked=${strict}
            onChange=${(e) => saveSettings({ require_prd_confirmation: e.target.checked })}
          />
          <span>
            Type the name before a production container is deleted or changed
            <small>
              To stop, restart, kill or pause one asks for a simple confirmation then. When disabled, PRD
              asks as UAT does.
            </small>
          </span>
        </label>
      </div>
    </section>
  `;
}
