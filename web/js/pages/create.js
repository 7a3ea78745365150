// @ts-check
// The form for a container: a new one, a copy, or one that is changed.
import { html } from "../../vendor/preact.js";
import { useReturn } from "../navigation.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Form } from "../create/form.js";

function Missing({ data }) {
  const name = data.name ?? data.from;
  if (useReturn() && !data.operation)
    return html`
        <div class="head">
          <div>
            <h1>${data.mode === "edit" ? `Edit ${name}` : "New container"}</h1>
          </div>
        </div>
        <section class="card">
          <${NoEngine} />
        </section>
      `;
  return html`
      <div class="head">
        <div>
          <h1>${data.operation ? "New container" : "Container not found"}</h1>
          ${name && html`<p class="any mono">${name}</p>`}
        </div>
      </div>
      <section class="card">
        <${Empty}
          icon="search"
          title=${data.operation
              ? "There is nothing to try again"
              : `There is nothing to ${data.mode === "edit" ? "change" : "copy"}`}
        >
          <p>${data.reason}</p>
          <div class="row">
            <a class="btn primary" href="/containers">
              All containers
            </a>
            <a class="btn" href="/containers/new">
              New container
            </a>
          </div>
        </${Empty}>
      </section>
    `;
}

export default function CreatePage({ data }) {
  return data.missing ? html`<${Missing} data=${data} />` : html`<${Form} data=${data} />`;
}
