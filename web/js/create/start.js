// @ts-check
// The ways to begin a new container other than from blank: a template, and whatever WAYS lists.
// What begins a container gives a specification; the form then holds it and can change all of it.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { Icon } from "../components/elements/icon.js";
import { PasteRun } from "../components/templates/paste-run.js";

/** {name, label, icon, component}: opened by its chip, it gets `use(spec, options)` and `close()`. */
export const WAYS = [{ name: "run", label: "a docker run line", icon: "terminal", component: PasteRun }];

/** A template's questions. `follow` gets the container that the answers give, `state` what is still to come or wrong. */
export function Template({ id, follow, state, strict }) {
  const [template, setTemplate] = useState(null);
  const [problem, setProblem] = useState(null);
  const [Questions, setQuestions] = useState(null);
  useEffect(() => {
    // Only this way of beginning needs the questions' own module.
    import("../components/templates/form.js").then(
      (module) => setQuestions(() => module.TemplateForm),
      setProblem,
    );
    api(`/api/templates/${encodeURIComponent(id)}`).then(setTemplate, setProblem);
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
          <${Questions} template=${template} strict=${strict} onSpec=${follow} onState=${state} />
        </div>
      `}
    </section>
  `;
}

export function Start({ use }) {
  const [open, setOpen] = useState(null);
  const way = WAYS.find(({ name }) => name === open);
  return html`
      <div class="start-ways row" role="group" aria-label="Begin with">
        <span class="faint small">Or start from</span>
        <a class="chip" href="/templates">
          <${Icon} name="layout-template" class="small-icon" />a template
        </a>
        ${WAYS.map(({ name, label, icon }) => html`
          <button
            type="button"
            class="chip"
            key=${name}
            aria-pressed=${String(open === name)}
            aria-expanded=${String(open === name)}
            onClick=${() => setOpen(open === name ? null : name)}
          >
            <${Icon} name=${icon} class="small-icon" />
            ${label}
          </button>
        `)}
      </div>
      ${way && html`
        <section class="card start-way">
          <${way.component}
            close=${() => setOpen(null)}
            use=${(...given) => {
              use(...given);
              setOpen(null);
            }}
          />
        </section>
      `}
    `;
}
