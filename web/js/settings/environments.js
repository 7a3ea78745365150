// What the environments mean, and how much is asked before something is deleted.
import { html } from "../../vendor/preact.js";
import { settings } from "../state.js";
import { saveSettings } from "../preferences.js";
import { EnvBadge } from "../components/environment.js";

const CARE = { none: "Deletes at once", yes: "Asks first", type_name: "Asks to type the name" };

export function EnvironmentSettings({ data }) {
  const strict = settings.value.require_prd_confirmation !== false;
  return html`<section class="card"><div class="body"><p class="muted lead">An environment says what a container is for, and so how carefully it is handled. Give one in a container's menu, or with the label <code>dockermate.environment</code>; a container without either has the environment of this host.</p></div>
    <div class="scroll-x"><table class="plain-table"><thead><tr><th scope="col">Environment</th><th scope="col">Meant for</th><th scope="col">Before deleting</th></tr></thead><tbody>${[...data.environments].sort((a, b) => a.display_order - b.display_order).map((e) => html`<tr key=${e.code}><td class="nowrap"><${EnvBadge} code=${e.code} color=${e.color} /> ${e.name}</td><td class="muted">${e.description}</td><td>${e.code === "PRD" && !strict ? CARE.yes : CARE[e.confirmation] ?? ""}</td></tr>`)}</tbody></table></div>
    <div class="body"><label class="check"><input type="checkbox" checked=${strict} onChange=${(e) => saveSettings({ require_prd_confirmation: e.target.checked })} /><span>Type the name before a production container is deleted<small>One stray click should not end what the household relies on.</small></span></label></div></section>`;
}
