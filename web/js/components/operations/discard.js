// @ts-check
// Discards an interrupted operation that cannot be recovered.
import { html } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { addOperations } from "../../state.js";
import { openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { Confirm } from "./plan.js";

const WAITING = ["recovery_pending", "journal_unreadable"];

const path = (operation) => `/api/operations/${encodeURIComponent(operation.id)}/discard`;

const DiscardDialog = ({ operation, close }) => html`
  <${Confirm}
    icon="trash-2"
    label="Discard"
    doing="Discarding"
    danger
    close=${close}
    ask=${() => api(path(operation), { method: "POST", query: { dry_run: true } })}
    run=${async () => addOperations([await api(path(operation), { method: "POST" })])}
  />
`;

export function DiscardButton({ operation }) {
  if (!WAITING.includes(operation.error)) return null;
  return html`
    <div class="op-foot">
      <button type="button" class="btn s" onClick=${() => openDialog(DiscardDialog, { operation })}>
        <${Icon} name="trash-2" />
        Discard…
      </button>
    </div>
  `;
}
