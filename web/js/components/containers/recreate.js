// @ts-check
// Recreates a container, with or without changes; rolled back on failure.
import { html, useState } from "../../../vendor/preact.js";
import { api, containerPath } from "../../api.js";
import { begun, tell } from "../../follow.js";
import { Confirm } from "../operations/plan.js";
import { atLeast } from "../elements/level.js";

const PULLS = [
  ["missing", "Keep the image", "The image on this host is used."],
  ["always", "Pull the newest image first", "Uses the image that its tag currently refers to."],
];

/** `changes` is a merge patch on its specification. */
export function RecreateDialog({ c, changes = {}, title = `Recreate ${c.name}`, why = "", close }) {
  const [pull, setPull] = useState("missing");
  const body = { pull, ...(Object.keys(changes).length > 0 && { changes }) };
  const send = (query, headers = {}) =>
    api(containerPath(c.id, "/recreate"), { method: "POST", body, query, headers });
  return html`
    <${Confirm}
      title=${title}
      icon="refresh-cw"
      label="Recreate"
      doing="Recreating"
      again=${pull}
      close=${close}
      wide
      ask=${() => send({ dry_run: true })}
      run=${async ({ confirm, acknowledge }) =>
        tell(begun(await send({ confirm, acknowledge }, { Prefer: "respond-async" })), {
          doing: `Recreating ${c.name}`,
        })}
      before=${html`
          ${why && html`<p class="muted">${why}</p>`}
          ${!why && !atLeast("intermediate") && html`
            <p class="muted">
              The container is replaced by a new one from its image, with all its settings. Use it to move
              to a newer image, or to discard changes made inside the container.
            </p>
          `}
          <fieldset>
            <legend class="visually-hidden">Image</legend>
            <div class="choices">
              ${PULLS.map(([value, word, hint]) => html`
                <label class="choice" key=${value}>
                  <input
                    type="radio"
                    name="pull"
                    value=${value}
                    checked=${pull === value}
                    onChange=${() => setPull(value)}
                  />
                  <span>
                    <b>${word}</b>
                    <small>${hint}</small>
                  </span>
                </label>
              `)}
            </div>
          </fieldset>
        `}
    />
  `;
}
