// @ts-check
// Whether this container has an update, what was updated, and the way back.
import { html } from "../../../vendor/preact.js";
import { UpdateHistory } from "../updates/history.js";
import { Policy } from "../updates/policy.js";
import { UpdateLine } from "./updates.js";

export const UpdatesTab = ({ c, disabled }) => html`
  <div class="stack">
    <section class="card">
      <header>
        <h2>Update</h2>
      </header>
      <div class="body tight">
        ${c.update ? html`<${UpdateLine} c=${c} />` : html`<p class="muted">Its image was not looked up yet.</p>`}
      </div>
    </section>
    <${Policy} c=${c} disabled=${disabled} />
    <${UpdateHistory} container=${c.name} />
  </div>
`;
