// @ts-check
// One operation as it goes: its steps, how far the running one is, a pull layer by layer, and
// the way to end it early. For the drawer and for pages that wait for one.
// Invariant: it only shows; what an operation is and when it is over is the server's word.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { addOperations, isOver, operations } from "../../state.js";
import { bytesOf, bytes } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { toast } from "../frame/toast.js";

const STEP = {
  running: ["busy", "rotate-cw", "running"],
  succeeded: ["ok", "circle-check", "done"],
  failed: ["crit", "octagon-x", "failed"],
};
const SHOWN = 6;

/** "12 of 80 MB", "3 of 8 containers". Pure. */
export function amount({ done, total, unit }) {
  if (unit === "bytes") return total ? bytesOf(Math.min(done, total), total) : bytes(done);
  return total ? `${done} of ${total} ${unit}` : `${done} ${unit}`;
}

/** Layers that move first, then those that wait, the finished last. Pure. */
export function inMotion(parts) {
  const rank = (part) => (finished(part) ? 2 : part.done ? 0 : 1);
  return parts
    .map((part, index) => [part, index])
    .sort(([a, i], [b, j]) => rank(a) - rank(b) || i - j)
    .map(([part]) => part);
}
const finished = (part) => /complete|exists/i.test(part.status);

function Bar({ done, total, label }) {
  const share = total ? Math.max(0, Math.min(100, (100 * done) / total)) : null;
  return html`
    <div
      class=${`bar ${share === null ? "endless" : ""}`}
      role="progressbar"
      aria-label=${label}
      aria-valuemin=${share === null ? undefined : 0}
      aria-valuemax=${share === null ? undefined : 100}
      aria-valuenow=${share === null ? undefined : Math.round(share)}
    >
      <i style=${share === null ? undefined : { "--v": `${share}%` }}></i>
    </div>
  `;
}

function Layers({ parts }) {
  const [all, setAll] = useState(false);
  const sorted = inMotion(parts);
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  const done = parts.filter(finished).length;
  return html`
    <div class="layers">
      <ul aria-label="Layers">
        ${shown.map((part) => html`
          <li key=${part.name}>
            <code>${part.name}</code>
            <span class="clip">${part.status}</span>
            <${Bar}
              done=${finished(part) ? 1 : (part.done ?? 0)}
              total=${finished(part) ? 1 : (part.total ?? (part.done ? null : 1))}
              label=${`Layer ${part.name}`}
            />
            <span class="num">
              ${part.total && !finished(part) ? bytesOf(part.done ?? 0, part.total) : ""}
            </span>
          </li>
        `)}
      </ul>
      <p class="faint small">
        ${done} of ${parts.length} layers downloaded.
        ${parts.length > SHOWN && html`
            ${" "}
            <button type="button" class="link" onClick=${() => setAll(!all)}>
              ${all ? "Fewer" : `All ${parts.length}`}
            </button>
          `}
      </p>
    </div>
  `;
}

function Going({ operation }) {
  const { progress } = operation;
  if (!progress) return html`<${Bar} total=${null} label=${operation.title} />`;
  return html`
      <div class="going">
        <${Bar} done=${progress.done} total=${progress.total} label=${operation.title} />
        <span class="num small">${amount(progress)}</span>
      </div>
      ${progress.parts?.length > 0 && html`<${Layers} parts=${progress.parts} />`}
    `;
}

export async function cancelOperation(operation) {
  try {
    addOperations([await api(`/api/operations/${encodeURIComponent(operation.id)}`, { method: "DELETE" })]);
  } catch (problem) {
    toast({ kind: "warn", title: `${operation.title} continues`, text: problem.message });
  }
}

export function CancelButton({ operation }) {
  const [asked, setAsked] = useState(false);
  if (isOver(operation) || !operation.cancellable) return null;
  return html`
    <button
      type="button"
      class="btn s"
      disabled=${asked}
      onClick=${() => {
        setAsked(true);
        cancelOperation(operation).then(() => setAsked(false));
      }}
    >
      <${Icon} name="x" />
      ${asked ? "Cancelling…" : "Cancel"}
    </button>
  `;
}

/** Steps with their state, the bar, and how it ended. */
export function OperationProgress({ operation }) {
  const over = isOver(operation);
  const steps = operation.steps ?? [];
  return html`
    <div class="op-progress">
      ${steps.length > 0 && html`
        <ol aria-label="Steps">
          ${steps.map((step, index) => {
            const [tone, icon, word] = STEP[step.state] ?? STEP.running;
            return html`
              <li key=${index} class=${`st ${tone}`}>
                <${Icon} name=${icon} class=${step.state === "running" && !over ? "spin" : ""} />
                <span>
                  ${step.title}
                  <span class="visually-hidden">, ${word}</span>
                  ${step.detail && html`<small class="any">${step.detail}</small>`}
                </span>
              </li>
            `;
          })}
        </ol>
      `}
      ${!over && html`<${Going} operation=${operation} />`}
      <p class="visually-hidden" role="status">
        ${over ? (operation.message ?? operation.state) : (steps.at(-1)?.title ?? operation.title)}
      </p>
    </div>
  `;
}

/** An operation by its id, kept fresh by the stream; asked for once if nothing is known of it yet. */
export function useOperation(id) {
  const known = id ? operations.value.get(id) : null;
  useEffect(() => {
    if (id && !operations.peek().has(id))
      api(`/api/operations/${encodeURIComponent(id)}`).then(
        (operation) => addOperations([operation]),
        () => {},
      );
  }, [id]);
  return known ?? null;
}
