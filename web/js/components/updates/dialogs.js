// @ts-check
// Updating a container, all of them, or taking an update back: each shows its plan first.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { begun, tell } from "../../follow.js";
import { plural } from "../../format.js";
import { atLeast } from "../elements/level.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { Confirm, PlanView } from "../operations/plan.js";
import { Review } from "./review.js";

const LATER = { Prefer: "respond-async" };

const STEPS = [
  ["patch", "Newest patch version"],
  ["minor", "Newest minor version"],
  ["major", "Newest major version"],
];

/** What it can be updated to: its own tag, and newer versions. */
function targets(c) {
  const { update } = c;
  const own =
    update.state === "update_available" ? [["", "The newest image of its tag", update.reference]] : [];
  const newer = STEPS.filter(([step]) => update.newer[step]).map(([step, words]) => [
    update.newer[step],
    words,
    update.newer[step],
  ]);
  const all = [...own, ...newer];
  return all.length > 0 ? all : [["", "Pull its tag again", update.reference ?? c.image]];
}

export function UpdateDialog({ c, close }) {
  const choices = targets(c);
  const [tag, setTag] = useState(choices[0][0]);
  const [removeOld, setRemoveOld] = useState(false);
  const body = { container: c.id, tag: tag || undefined, remove_old_image: removeOld };
  const send = (query, headers = {}) => api("/api/updates/apply", { method: "POST", body, query, headers });
  return html`
    <${Confirm}
      title=${`Update ${c.name}`}
      icon="download"
      label="Update"
      doing="Updating"
      again=${`${tag} ${removeOld}`}
      close=${close}
      wide
      ask=${() => send({ dry_run: true })}
      run=${async ({ confirm, acknowledge }) =>
        tell(begun(await send({ confirm, acknowledge }, LATER)), { doing: `Updating ${c.name}` })}
      before=${html`
          ${choices.length > 1 && html`
            <fieldset>
              <legend class="visually-hidden">Update to</legend>
              <div class="choices">
                ${choices.map(([value, words, shown]) => html`
                  <label class="choice" key=${value}>
                    <input
                      type="radio"
                      name="update-tag"
                      value=${value}
                      checked=${tag === value}
                      onChange=${() => setTag(value)}
                    />
                    <span>
                      <b class="mono any">${shown}</b>
                      <small>${words}</small>
                    </span>
                  </label>
                `)}
              </div>
            </fieldset>
          `}
          <${Review} c=${c} tag=${tag} />
        `}
      after=${atLeast("intermediate") && html`
          <label class="check">
            <input type="checkbox" checked=${removeOld} onChange=${(e) => setRemoveOld(e.target.checked)} />
            <span>Remove the old image afterwards, if nothing else uses it</span>
          </label>
        `}
    />
  `;
}

/** What DockerMate must not replace itself: the commands to run on the host. */
export function OwnDialog({ c, close }) {
  const [state, setState] = useState(/** @type {any} */ ({}));
  const [tag] = targets(c)[0];
  useEffect(() => {
    api("/api/updates/apply", {
      method: "POST",
      body: { container: c.id, tag: tag || undefined },
      query: { dry_run: true },
    }).then(
      (plan) => setState({ plan }),
      (problem) => setState({ problem }),
    );
  }, []);
  return html`
    <${Modal} class="dialog wide-dialog" label=${`Update ${c.name}`} close=${close}>
      <${DialogHead} title=${`Update ${c.name}`} icon="terminal" tone="info" close=${close} />
      <div class="content">
        <${Review} c=${c} tag=${tag} />
        ${state.plan && html`<${PlanView} plan=${state.plan} />`}
        ${state.problem && html`
          <p class="field-error" role="alert">
            ${state.problem.message}
          </p>
        `}
      </div>
    </${Modal}>
  `;
}

/** All that have an update, or those of `ids` alone. */
export function UpdateAllDialog({ ids, close }) {
  const words = ids ? "Update the selected containers" : "Update all";
  const body = ids ? { containers: ids } : {};
  const send = (query, headers = {}) =>
    api("/api/updates/apply-all", { method: "POST", body, query, headers });
  return html`
    <${Confirm}
      title=${words}
      icon="download"
      label=${ids ? "Update" : "Update all"}
      doing="Updating"
      close=${close}
      wide
      ask=${() => send({ dry_run: true })}
      run=${async ({ confirm }) =>
        tell(begun(await send({ confirm }, LATER)), {
          doing: ids ? `Updating ${plural(ids.length, "container")}` : "Updating all containers",
        })}
    />
  `;
}

/** `entry` is one of the history. */
export function RollbackDialog({ entry, close }) {
  const path = `/api/updates/rollback/${encodeURIComponent(entry.id)}`;
  const send = (query, headers = {}) => api(path, { method: "POST", query, headers });
  return html`
    <${Confirm}
      title=${`Roll ${entry.container} back`}
      icon="undo-2"
      label="Roll back"
      doing="Rolling back"
      close=${close}
      wide
      ask=${() => send({ dry_run: true })}
      run=${async ({ confirm, acknowledge }) =>
        tell(begun(await send({ confirm, acknowledge }, LATER)), {
          doing: `Rolling ${entry.container} back`,
        })}
    />
  `;
}
