// @ts-check
// Dialogs of the form: the confirmation of a change, and of leaving.
import { html, useState } from "../../vendor/preact.js";
import { DialogHead, Modal, openDialog } from "../components/frame/dialog.js";
import { List as PlanList } from "../components/operations/plan.js";

/** The environment asks: a yes, or the name typed. */
export function ConfirmChange({ plan, run, close }) {
  const [typed, setTyped] = useState("");
  const byName = plan.needs.kind === "type_name";
  const ready = !byName || typed === plan.needs.confirm;
  const submit = (event) => {
    event.preventDefault();
    if (!ready) return;
    close();
    run(plan.needs.confirm);
  };
  return html`
    <${Modal} label=${plan.title} close=${close}>
      <${DialogHead} title=${plan.title} icon="pencil" tone="warn" close=${close} />
      <form class="content" id="confirm-change" onSubmit=${submit}>
        <div>
          <h3>What will happen</h3>
          <${PlanList} items=${plan.steps} kind="" numbered=${plan.steps.length > 1} icon="chevron-right" />
        </div>
        ${plan.keeps.length > 0 && html`
          <div>
            <h3>What stays</h3>
            <${PlanList} items=${plan.keeps} kind="keeps" icon="check" />
          </div>
        `}
        <div class="field">
          <p class="muted">${plan.needs.reason}</p>
          ${byName && html`
              <label for="confirm-name">
                Type <code class="any">${plan.needs.confirm}</code> to confirm
              </label>
              <input
                id="confirm-name"
                class="mono"
                autocomplete="off"
                autocapitalize="off"
                spellcheck=${false}
                value=${typed}
                onInput=${(e) => setTyped(e.target.value)}
              />
            `}
        </div>
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="confirm-change" class="btn primary" disabled=${!ready}>
          Change it
        </button>
      </footer>
    </${Modal}>
  `;
}

function Leave({ answer, close }) {
  const [said] = useState({ done: false });
  const say = (leave) => {
    if (!said.done) answer(leave);
    said.done = true;
    close();
  };
  return html`
    <${Modal} label="Leave the form" close=${() => say(false)}>
      <${DialogHead} title="Leave without saving?" icon="pencil" tone="warn" close=${() => say(false)} />
      <div class="content">
        <p class="muted">Your changes have not been applied and will be lost.</p>
      </div>
      <footer>
        <button type="button" class="btn danger" onClick=${() => say(true)}>
          Leave
        </button>
        <button type="button" class="btn primary" autofocus onClick=${() => say(false)}>
          Stay
        </button>
      </footer>
    </${Modal}>
  `;
}

/** True when the form may be left. */
export const askToLeave = () =>
  new Promise((answer) => {
    openDialog(Leave, { answer });
  });
