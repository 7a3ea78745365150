// @ts-check
// The way back from a failed creation to its form, as it was sent.
import { html } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

/** @param {{id: string}} operation */
export const formOf = (operation) => `/containers/new?operation=${encodeURIComponent(operation.id)}`;

export function TryAgain({ operation, close }) {
  if (!operation.is_request_known) return null;
  return html`
    <div class="op-foot">
      <a class="btn s" href=${formOf(operation)} onClick=${close}>
        <${Icon} name="pencil" />
        Change and try again
      </a>
    </div>
  `;
}
