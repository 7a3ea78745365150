// @ts-check
// What stands above the form: its title, the operation that runs, and what came of the last one.
import { html } from "../../vendor/preact.js";
import { Icon } from "../components/elements/icon.js";
import { CancelButton, OperationProgress } from "../components/operations/progress.js";

function lead(data, step) {
  if (step === "begin") return "What should it begin with? Everything can be changed afterwards.";
  if (step === "paste") return "Its settings fill in the form, where you can check and change them.";
  if (data.template) return "Answer its questions; everything else is set.";
  if (data.operation)
    return "As it was sent when the creation failed. Change what was wrong, and create it again.";
  if (data.from)
    return "The same settings with a free name, without host ports and fixed IP addresses, which must be unique.";
  return "Fill in what you need; everything else uses the defaults of the image and the engine.";
}

/** `another`: back to the choice of beginnings; null where there is none. */
export function FormHead({ data, back, name, step, busy, another }) {
  const edit = data.mode === "edit";
  const title = edit ? `Edit ${name}` : data.from ? `Copy of ${data.from}` : "New container";
  return html`
      <p class="crumb">
        <a href=${back}>
          <${Icon} name="chevron-left" class="small-icon" />
          ${edit ? name : "Containers"}
        </a>
      </p>
      <div class="head">
        <div>
          <h1>${title}</h1>
          ${!edit && !busy && html`<p>${lead(data, step)}</p>`}
        </div>
        ${another && step !== "begin" && !busy && html`
          <div class="actions">
            <button type="button" class="btn" onClick=${another}>
              <${Icon} name="shapes" />
              Begin with something else
            </button>
          </div>
        `}
      </div>
    `;
}

export const Running = ({ operation }) => html`
  <section class="card running" aria-label=${operation.title}>
    <header>
      <h2>${operation.title}</h2>
      <div class="actions">
        <${CancelButton} operation=${operation} />
      </div>
    </header>
    <div class="body stack">
      <${OperationProgress} operation=${operation} />
      <p class="muted small">
        It continues when you leave this page; see Operations. <a href="/containers">Go to containers</a>
      </p>
    </div>
  </section>
`;

const arrived = (key) => (element) => {
  if (!element || element.dataset.at === key) return;
  element.dataset.at = key;
  element.focus();
  element.scrollIntoView({ block: "center" });
};

/** How the last attempt failed. What is the fault of one field is said there, and only named here. */
export function SendFailure({ sending }) {
  const { failure } = sending;
  if (!failure) return null;
  return html`
    <div
      class="banner form-failure"
      role="alert"
      tabindex="-1"
      ref=${failure.atField ? undefined : arrived(failure.message)}
    >
      <${Icon} name=${failure.unknown ? "triangle-alert" : "octagon-x"} />
      <div>
        <b>${failure.title}</b>
        <p>
          ${failure.atField
            ? "The reason is at the field below. Correct it, and create it again."
            : failure.message}
        </p>
        ${failure.operation?.steps.length > 0 && html`
          <details>
            <summary>Its steps</summary>
            <${OperationProgress} operation=${failure.operation} />
          </details>
        `}
      </div>
      <div class="actions">
        ${failure.unknown && html`
          <a class="btn s" href="/operations">
            Operations
          </a>
        `}
        <button type="button" class="btn quiet s" onClick=${sending.dismiss}>
          Dismiss
        </button>
      </div>
    </div>
  `;
}

/** Secrets that a reload has cost. */
export const Lost = ({ names, dismiss }) =>
  names.length > 0 && html`
    <div class="banner info slim">
      <${Icon} name="key-round" />
      <div>
        Secrets are not stored across a reload. Enter again: <b class="any">${names.join(", ")}</b>.
      </div>
      <div class="actions">
        <button type="button" class="btn quiet s" onClick=${dismiss}>
          Dismiss
        </button>
      </div>
    </div>
  `;
