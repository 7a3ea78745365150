// @ts-check
// The bar below the form: what sends it, and what is still to be corrected. On narrow windows it also opens the plan.
import { html } from "../../vendor/preact.js";
import { plural } from "../format.js";
import { Icon } from "../components/elements/icon.js";
import { labelOf } from "./faults.js";

const MOST = 3;

/** How many faults there are, each with a way to its field; what is wrong stands there. */
function Faults({ faults, form, focusOn }) {
  const places = [...new Map(faults.map((fault) => [fault.field, fault])).values()];
  return html`
      <${Icon} name="octagon-x" class="small-icon bad-icon" />
      <span>${plural(places.length, "field")} to correct:</span>
      ${places.slice(0, MOST).map(({ field }) => html`
        <button type="button" class="link" key=${field} onClick=${() => focusOn(field)}>
          ${labelOf(field, form.draft, form.template)}
        </button>
      `)}
      ${places.length > MOST && html`<span>and ${places.length - MOST} more</span>`}
    `;
}

/** `plan`: {open, setOpen, summary}. `status`: what is said when nothing is to be corrected. */
export function Bar({ form, faults, focusOn, plan, status, cancel, submit }) {
  return html`
    <div class="create-bar">
      <button
        type="button"
        class="btn plan-toggle"
        aria-expanded=${String(plan.open)}
        aria-controls="create-plan"
        onClick=${() => plan.setOpen(!plan.open)}
      >
        <${Icon} name=${plan.open ? "chevron-down" : "chevron-up"} />
        <b>Plan</b>
        <span class="clip muted">${plan.summary}</span>
      </button>
      <p class="small bar-status" role="status">
        ${faults.length > 0 ? html`<${Faults} faults=${faults} form=${form} focusOn=${focusOn} />` : status}
      </p>
      <span class="grow"></span>
      <button type="button" class="btn" onClick=${cancel}>
        Cancel
      </button>
      <button type="submit" class="btn primary" disabled=${submit.disabled}>
        ${submit.busy ? html`
            <${Icon} name="rotate-cw" class="spin" />
            Sending…
          ` : html`
            <${Icon} name=${submit.icon} />
            ${submit.verb}
          `}
      </button>
    </div>
  `;
}
