// @ts-check
// The dialog of one action on one container.
import { html, useState } from "../../../vendor/preact.js";
import { ACTIONS, send } from "../../actions.js";
import { Confirm, Offers } from "../operations/plan.js";
import { atLeast } from "../elements/level.js";

/** `done(id)` gets the operation. */
export function ActionDialog({ name, c, first, done, close }) {
  const action = ACTIONS[name];
  const [volumes, setVolumes] = useState(false);
  const [keep, setKeep] = useState(false);
  const [restart, setRestart] = useState(false);
  const force = name === "delete" && ["running", "restarting", "paused"].includes(c.state);
  const options = {
    ...(force && { force: true }),
    ...(volumes && { volumes: true }),
    ...(keep && { keep_annotations: true }),
    ...(restart && { restart_dependents: true }),
  };
  return html`
    <${Confirm}
      icon=${action.icon}
      label=${action.label}
      doing=${action.doing}
      danger=${action.danger}
      first=${first}
      again=${JSON.stringify(options)}
      close=${close}
      ask=${() => send(name, c, { dryRun: true, options })}
      run=${async ({ confirm }) => done(await send(name, c, { confirm, options }))}
      after=${(plan) => html`
          ${name === "delete" && atLeast("intermediate") && html`
            <label class="check">
              <input type="checkbox" checked=${volumes} onChange=${(e) => setVolumes(e.target.checked)} />
              <span>
                Also delete its anonymous volumes
                <small>Named volumes and host folders are always kept.</small>
              </span>
            </label>
          `}
          <${Offers} plan=${plan} keep=${keep} setKeep=${setKeep} restart=${restart} setRestart=${setRestart} />
        `}
    />
  `;
}
