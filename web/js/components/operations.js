// The drawer of operations: what is under way, and how the last ones ended.
import { html, useEffect } from "../../vendor/preact.js";
import { api } from "../api.js";
import { addOperations, isOver, operationList } from "../state.js";
import { DialogHead, Modal } from "./dialog.js";
import { Icon } from "./icon.js";
import { Ago, Since } from "./time.js";

const LOOK = {
  queued: ["off", "clock", "waiting"], running: ["busy", "rotate-cw", ""], succeeded: ["ok", "circle-check", ""],
  failed: ["crit", "octagon-x", "failed"], rolled_back: ["warn", "undo-2", "rolled back"], cancelled: ["off", "circle-x", "cancelled"],
};

export function Operation({ operation }) {
  const [tone, icon, word] = LOOK[operation.state] ?? LOOK.queued;
  const over = isOver(operation);
  return html`<div class="op"><div class="l">
    <span class=${`st ${tone}`}><${Icon} name=${icon} class=${operation.state === "running" ? "spin" : ""} /><span>${operation.title}${word && html`<span class="faint">${`, ${word}`}</span>`}</span></span>
    ${over ? html`<${Ago} at=${operation.finished_at ?? operation.started_at} />` : html`<${Since} at=${operation.started_at} />`}</div>
    ${over && operation.message && operation.state !== "succeeded" && html`<p>${operation.message}</p>`}
    ${operation.state === "running" && html`<div class="bar endless" role="progressbar" aria-label=${operation.title}><i></i></div>`}
  </div>`;
}

export function OperationsDrawer({ close }) {
  useEffect(() => { api("/api/operations").then((answer) => addOperations(answer.items), () => {}); }, []);
  const list = operationList.value;
  return html`<${Modal} class="drawer" label="Operations" close=${close}>
    <${DialogHead} title="Operations" close=${close} />
    <div class="content">${list.length === 0
      ? html`<div class="empty"><${Icon} name="history" /><h2>Nothing has been done yet</h2><p>Starting, stopping, deleting: everything that takes longer than a blink shows up here, and can be left and found again.</p></div>`
      : [...list].sort((a, b) => isOver(a) - isOver(b)).map((operation) => html`<${Operation} key=${operation.id} operation=${operation} />`)}</div>
  </${Modal}>`;
}
