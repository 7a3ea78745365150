// @ts-check
// A container that begins with a template: its questions, and everything else behind one fold.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { Icon } from "../components/elements/icon.js";
import { countSet } from "./draft.js";
import { SECTIONS } from "./fields.js";
import { Environment } from "./general.js";
import { Sections } from "./sections.js";

/** How many settings a template gives a container beside those that its questions are about. Pure. */
export const fixedSettings = (template) =>
  template
    ? countSet(
        template.spec,
        SECTIONS.flatMap(([, , , , keys]) => keys),
      )
    : 0;

/**
 * A template's questions. `follow` gets the container that the answers give, `state` what is still to come or wrong,
 * `known` the template once it was read.
 */
export function TemplateQuestions({ id, form, first, follow, state, known, strict }) {
  const { template } = form;
  const [problem, setProblem] = useState(null);
  const [Questions, setQuestions] = useState(null);
  useEffect(() => {
    // Only this way of beginning needs the questions' own module.
    import("../components/templates/form.js").then(
      (module) => setQuestions(() => module.TemplateForm),
      setProblem,
    );
    api(`/api/templates/${encodeURIComponent(id)}`).then(known, setProblem);
  }, [id]);
  if (problem)
    return html`
      <div class="banner">
        <${Icon} name="triangle-alert" />
        <div>
          <b>The template could not be read</b>
          <p>${problem.message}</p>
        </div>
        <div class="actions">
          <a class="btn s" href="/templates">
            All templates
          </a>
        </div>
      </div>
    `;
  return html`
    <section class="card from-template" aria-label="Questions of the template">
      <header>
        <h2>${template?.name ?? "Loading the template…"}</h2>
        <div class="actions">
          <a class="btn quiet s" href="/templates">
            Another template
          </a>
        </div>
      </header>
      ${template && Questions && html`
        <div class="body">
          <p class="muted lead">${template.description}</p>
          <${Questions}
            template=${template}
            first=${first}
            strict=${strict}
            onSpec=${follow}
            onState=${state}
            faultAt=${(field) => form.at(`template.${field}`)}
            below=${html`<${Environment} form=${form} />`}
          />
        </div>
      `}
    </section>
  `;
}

/** Everything that the questions are not about. */
export function OtherSettings({ form, open, setOpen }) {
  const count = fixedSettings(form.template);
  return html`
    <div class="other-settings">
      <h2>
        <button
          type="button"
          class="card section-head"
          aria-expanded=${String(open)}
          aria-controls=${open ? "other-settings" : undefined}
          onClick=${() => setOpen(!open)}
        >
          <${Icon} name="settings" />
          <span>All other settings</span>
          ${count > 0 && html`<span class="tag plain-tag">${count} set by the template</span>`}
          <span class="grow"></span>
          <${Icon} name=${open ? "chevron-up" : "chevron-down"} />
        </button>
      </h2>
      ${open && html`
        <div id="other-settings">
          <${Sections} form=${form} />
        </div>
      `}
    </div>
  `;
}
