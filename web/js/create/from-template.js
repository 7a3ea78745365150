// A container from a template: choose one, answer its questions, and the form has it.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { Icon } from "../components/icon.js";
import { FIT, templatePath } from "../components/template-details.js";
import { TemplateForm } from "../components/template-form.js";

function Choice({ list, value, choose }) {
  const shelves = list.categories.map((c) => [c.title, list.items.filter((t) => t.source === "library" && t.category === c.code)]);
  const groups = [["Yours", list.items.filter((t) => t.source === "own")], ...shelves].filter(([, items]) => items.length > 0);
  return html`<div class="field"><label for="template-choice">Template</label><select id="template-choice" value=${value} onChange=${(e) => choose(e.target.value)}><option value="">Choose one</option>
    ${groups.map(([title, items]) => html`<optgroup key=${title} label=${title}>${items.map((t) => html`<option key=${t.id} value=${t.id}>${t.name}</option>`)}</optgroup>`)}</select>
    <p class="hint">What each is for stands in <a href="/templates">the gallery</a>.</p></div>`;
}

export function FromTemplate({ data, use, close }) {
  const [list, setList] = useState(null);
  const [id, setId] = useState(data.template ?? "");
  const [template, setTemplate] = useState(null);
  const [spec, setSpec] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => { api("/api/templates").then(setList, setProblem); }, []);
  useEffect(() => {
    setTemplate(null);
    setSpec(null);
    setProblem(null);
    if (id) api(templatePath(id)).then(setTemplate, setProblem);
  }, [id]);
  const mark = template && FIT[template.fit.verdict];
  return html`<header><h2>From a template</h2></header><div class="body stack">
    ${list && html`<${Choice} list=${list} value=${id} choose=${setId} />`}
    ${problem && html`<p class="field-error" role="alert">${problem.message}</p>`}
    ${template && html`<p class="muted">${template.description}</p>
      ${mark && html`<div class="banner slim fit"><${Icon} name=${mark[1]} /><div><b>${mark[2]}</b>${template.fit.reasons.map((reason) => html`<p key=${reason}>${reason}</p>`)}</div></div>`}
      ${template.warnings?.length > 0 && html`<ul class="plan-list warns">${template.warnings.map((text) => html`<li key=${text}><${Icon} name="triangle-alert" /><span>${text}</span></li>`)}</ul>`}
      ${template.needs?.some((n) => n.required) && html`<p>It needs ${template.needs.filter((n) => n.required).map((n, at) => html`${at > 0 ? ", " : ""}<a href=${`/templates#${encodeURIComponent(n.template)}`}>${n.template}</a>`)}: join both to one network below.</p>`}
      <${TemplateForm} key=${template.id} template=${template} first=${{ ...(data.network && template.spec.network_mode !== "host" && { network: data.network }) }} onSpec=${setSpec} onProblem=${(cause) => cause && setSpec(null)} />
      <div class="row"><button type="button" class="btn primary" disabled=${!spec} onClick=${() => use(spec)}><${Icon} name="check" />Fill in the form</button><button type="button" class="btn" onClick=${close}>Cancel</button></div>`}
  </div>`;
}
