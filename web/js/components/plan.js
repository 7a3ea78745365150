// The confirmation is the plan: what will happen, what stays, and the same on the command line.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { ACTIONS, report, send } from "../actions.js";
import { atLeast } from "../state.js";
import { Cli } from "./cli.js";
import { DialogHead, Modal } from "./dialog.js";
import { Icon } from "./icon.js";

export const List = ({ items, kind, icon, numbered }) => html`<ul class=${`plan-list ${kind}`}>${items.map((text, index) =>
  html`<li key=${index}>${numbered ? html`<b class="n">${index + 1}.</b>` : html`<${Icon} name=${icon} />`}<span>${text}</span></li>`)}</ul>`;

export function PlanDialog({ name, c, first = null, close }) {
  const action = ACTIONS[name];
  const [plan, setPlan] = useState(first);
  const [problem, setProblem] = useState(null);
  const [typed, setTyped] = useState("");
  const [sending, setSending] = useState(false);
  const [volumes, setVolumes] = useState(false);
  const force = name === "delete" && ["running", "restarting", "paused"].includes(c.state);
  const options = name === "delete" ? { ...(force && { force: true }), ...(volumes && { volumes: true }) } : {};

  const ask = async () => {
    setProblem(null);
    try {
      setPlan(await send(name, c, { dryRun: true, options }));
    } catch (cause) {
      setProblem(cause);
    }
  };
  useEffect(() => { if (!first || volumes) ask(); }, [volumes]);

  const byName = plan?.needs?.kind === "type_name";
  const ready = plan && !sending && (!byName || typed === plan.needs.confirm);
  const confirm = async (event) => {
    event.preventDefault();
    if (!ready) return;
    setSending(true);
    setProblem(null);
    try {
      report(name, c, await send(name, c, { confirm: plan.needs ? plan.needs.confirm : undefined, options }));
      close();
    } catch (cause) {
      setProblem(cause);
      setSending(false);
    }
  };
  return html`<${Modal} label=${plan?.title ?? action.label} close=${close}>
    <${DialogHead} title=${plan?.title ?? `${action.label} ${c.name}`} icon=${action.icon} tone=${action.danger ? "crit" : "info"} close=${close} />
    <form class="content" id="plan" onSubmit=${confirm}>
      ${!plan && !problem && html`<p class="muted" role="status">Working out what would happen…</p>`}
      ${plan && html`
        ${plan.warnings.length > 0 && html`<${List} items=${plan.warnings} kind="warns" icon="triangle-alert" />`}
        <div><h3>What will happen</h3><${List} items=${plan.steps} kind="" numbered=${plan.steps.length > 1} icon="chevron-right" /></div>
        ${plan.keeps.length > 0 && html`<div><h3>What stays</h3><${List} items=${plan.keeps} kind="keeps" icon="check" /></div>`}
        ${name === "delete" && atLeast("intermediate") && html`<label class="check"><input type="checkbox" checked=${volumes} onChange=${(e) => setVolumes(e.target.checked)} /><span>Also delete its unnamed volumes<small>Volumes that have a name, and folders of this host, always stay.</small></span></label>`}
        ${plan.needs && html`<div class="field">${plan.needs.reason && html`<p class="muted">${plan.needs.reason}</p>`}
          ${byName && html`<label for="confirm-name">Type <code class="any">${plan.needs.confirm}</code> to confirm</label>
          <input id="confirm-name" class="mono" autocomplete="off" autocapitalize="off" spellcheck="false" value=${typed} onInput=${(e) => setTyped(e.target.value)} />`}</div>`}
        ${plan.commands && html`<${Cli} commands=${plan.commands} />`}`}
      ${problem && html`<p class="field-error" role="alert"><b>${problem.title}.</b> ${problem.message}</p>`}
    </form>
    <footer>
      <button type="button" class="btn" onClick=${close}>Cancel</button>
      ${problem && !plan ? html`<button type="button" class="btn primary" onClick=${ask}>Try again</button>`
        : html`<button type="submit" form="plan" class=${`btn ${action.danger ? "danger solid" : "primary"}`} disabled=${!ready}><${Icon} name=${action.icon} />${sending ? `${action.doing}…` : action.label}</button>`}
    </footer>
  </${Modal}>`;
}
