// Operations: what is under way, and how the last ones ended, in the drawer and wherever one is shown.
import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { addOperations, isOver, operationList } from "../../state.js";
import { exact, span } from "../../format.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { Copyable } from "../elements/copy.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { DiscardButton } from "./discard.js";
import { TryAgain } from "./try-again.js";
import { CancelButton, OperationProgress } from "./progress.js";
import { Ago, Since } from "../elements/time.js";

export const LOOK = {
  queued: ["off", "clock", "waiting"],
  running: ["busy", "rotate-cw", ""],
  succeeded: ["ok", "circle-check", ""],
  failed: ["crit", "octagon-x", "failed"],
  rolled_back: ["warn", "undo-2", "rolled back"],
  cancelled: ["off", "circle-x", "cancelled"],
  interrupted: ["warn", "circle-x", "interrupted"],
};
const ENDED = {
  rolled_back: "It failed and was rolled back.",
  cancelled: "It was cancelled.",
};
const FEW = 5;

/** How each of many went: those that failed first, the others when they are wanted. */
function Results({ results }) {
  const [open, setOpen] = useState(false);
  const bad = results.filter((result) => result.state !== "succeeded");
  const good = results.filter((result) => result.state === "succeeded");
  const all = [...bad, ...good];
  const shown = open ? all : all.slice(0, Math.max(bad.length, FEW));
  return html`
      <ul class="results" aria-label="Result for each">
        ${shown.map((result) => {
          const [tone, icon, word] = LOOK[result.state] ?? LOOK.queued;
          return html`
            <li key=${result.target}>
              <span class=${`st ${tone}`}>
                <${Icon} name=${icon} />
                <span>
                  ${result.target}
                  ${word && html`<span class="faint">, ${word}</span>`}
                </span>
              </span>
              ${result.state !== "succeeded" && html`<small class="any">${result.message}</small>`}
            </li>
          `;
        })}
      </ul>
      ${all.length > shown.length && html`
        <button type="button" class="link small" onClick=${() => setOpen(true)}>
          ${all.length - shown.length} more succeeded
        </button>
      `}
    `;
}

function took(operation) {
  const ms = Date.parse(operation.finished_at) - Date.parse(operation.started_at);
  return Number.isFinite(ms) ? (ms < 1000 ? "under a second" : span(ms)) : "";
}

/** `brief` leaves out what only somebody wants to know who looks for it. */
export function Operation({ operation, brief = false, open = false, close = undefined }) {
  const [tone, icon, word] = LOOK[operation.state] ?? LOOK.queued;
  const over = isOver(operation);
  const results = operation.results ?? [];
  const steps = operation.steps?.length ?? 0;
  const bad = over && operation.state !== "succeeded";
  const missed = results.filter((result) => result.state !== "succeeded").length;
  const unfold = open || bad || !over || atLeast("advanced");
  return html`
    <div class="op" data-operation=${operation.id}>
      <div class="l">
        <span class=${`st ${operation.state === "succeeded" && missed > 0 ? "warn" : tone}`}>
          <${Icon}
            name=${operation.state === "succeeded" && missed > 0 ? "triangle-alert" : icon}
            class=${operation.state === "running" ? "spin" : ""}
          />
          <span>
            ${operation.title}
            ${word && html`<span class="faint">${`, ${word}`}</span>`}
            ${over && missed > 0 && operation.state === "succeeded" && html`
              <span class="faint">${`, not for ${missed} of ${results.length}`}</span>
            `}
          </span>
        </span>
        ${over ? html`
          <${Ago} at=${operation.finished_at ?? operation.started_at} />
        ` : html`
          <span class="faint small nowrap since">
            <${Since} at=${operation.started_at} />
          </span>
        `}
      </div>
      ${bad && html`
        <p>
          ${ENDED[operation.state] && operation.state === "rolled_back" ? html`
              <b>${ENDED.rolled_back}</b>${" "}
            ` : (
            ""
          )}
          ${operation.message ?? ENDED[operation.state] ?? ""}
        </p>
      `}
      ${operation.log_lines?.length > 0 && html`
          <p class="muted">Its last log lines:</p>
          <pre class="log-lines any">${operation.log_lines.join("\n")}</pre>
        `}
      ${over && !bad && !brief && operation.message && results.length < 2 && html`<p>${operation.message}</p>`}
      ${!over && html`<${OperationProgress} operation=${operation} />`}
      ${!brief && results.length > 0 && html`<${Results} results=${results} />`}
      ${!brief && over && steps > 0 && html`
        <details open=${unfold}>
          <summary class="faint small">
            ${steps === 1 ? "1 step" : `${steps} steps`}
            ${operation.finished_at && html`
                , <span title=${exact(operation.finished_at)}>took ${took(operation)}</span>
              `}
          </summary>
          <${OperationProgress} operation=${operation} />
        </details>
      `}
      ${!brief && atLeast("advanced") && html`
        <p class="op-raw faint small">
          <code>${operation.kind}</code>
          <${Copyable} text=${operation.id} shown=${operation.id.slice(-12)} what="the operation's ID" />
        </p>
      `}
      <${TryAgain} operation=${operation} close=${close} />
      <${DiscardButton} operation=${operation} />
      ${!over && operation.cancellable && html`
        <div class="op-foot">
          <${CancelButton} operation=${operation} />
        </div>
      `}
    </div>
  `;
}

export function OperationsDrawer({ id, close }) {
  const ref = useRef();
  useEffect(() => {
    api("/api/operations").then(
      (answer) => addOperations(answer.items),
      () => {},
    );
  }, []);
  useEffect(() => {
    if (id)
      ref.current
        ?.querySelector(`[data-operation="${CSS.escape(id)}"]`)
        ?.scrollIntoView({ block: "nearest" });
  }, []);
  const list = operationList.value;
  return html`
    <${Modal} class="drawer" label="Operations" close=${close}>
      <${DialogHead} title="Operations" close=${close} />
      <div class="content" ref=${ref}>
        ${list.length === 0 ? html`
          <div class="empty">
            <${Icon} name="history" />
            <h2>No operations yet</h2>
            <p>
              Starting, stopping, deleting: operations are listed here. They continue when you leave the
              page.
            </p>
          </div>
        ` : (
          [...list]
            .sort((a, b) => isOver(a) - isOver(b))
            .slice(0, 60)
            .map((operation) => html`
              <${Operation}
                key=${operation.id}
                operation=${operation}
                open=${operation.id === id}
                close=${close}
              />
            `)
        )}
      </div>
      <footer>
        <a class="btn wide" href="/operations" onClick=${close}>
          All operations
        </a>
      </footer>
    </${Modal}>
  `;
}
