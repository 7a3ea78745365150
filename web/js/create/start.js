// The ways to begin a new container other than from blank. Each is a component that gives the form
// a specification: it gets `use(spec)`, `close()` and the page's data. What is not listed is not offered.
import { html, useState } from "../../vendor/preact.js";
import { Icon } from "../components/icon.js";
import { FromTemplate } from "./from-template.js";

/** {name, label, icon, component, wanted(data): open from the beginning}. */
export const WAYS = [
  { name: "template", label: "From a template", icon: "layout-template", component: FromTemplate, wanted: (data) => Boolean(data.template) },
];

export function Start({ data, use }) {
  const [open, setOpen] = useState(() => WAYS.find((way) => way.wanted?.(data))?.name ?? null);
  if (WAYS.length === 0) return null;
  const way = WAYS.find(({ name }) => name === open);
  return html`<div class="start-ways row" role="group" aria-label="Begin with">${WAYS.map(({ name, label, icon }) => html`<button type="button" class="chip" key=${name} aria-pressed=${String(open === name)} onClick=${() => setOpen(open === name ? null : name)}><${Icon} name=${icon} class="small-icon" />${label}</button>`)}</div>
    ${way && html`<section class="card"><${way.component} data=${data} close=${() => setOpen(null)} use=${(spec) => { use(spec); setOpen(null); }} /></section>`}`;
}
