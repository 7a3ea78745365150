// @ts-check
// The drawer of one template: what it is, what it asks, what it needs, and what to know first.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { memory } from "../../format.js";
import { Copyable } from "../elements/copy.js";
import { DialogHead, Modal, openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast, Facts, Help } from "../elements/level.js";
import { TERMS } from "../../terms.js";
import { DeleteTemplate, EditTemplate } from "./dialogs.js";
import { portKey, suggestedSource, TemplateForm } from "./form.js";

export const templatePath = (id, rest = "") => `/api/templates/${encodeURIComponent(id)}${rest}`;
export const createLink = (id) => `/containers/new?template=${encodeURIComponent(id)}`;
export const FIT = {
  fits: null,
  tight: ["warn", "triangle-alert", "Needs most of the memory"],
  too_big: ["crit", "octagon-x", "Too big for this host"],
  foreign: ["crit", "octagon-x", "Not for this platform"],
};
/** What a template says in MiB. */
export const size = (mib) => memory(mib * 2 ** 20);
const KINDS = { config: "settings", data: "data", media: "media", cache: "cache" };

function Rows({ title, help, head, rows }) {
  return (
    rows.length > 0 && html`
      <section>
        <h3>${title}</h3>
        <${Help}>${help}</${Help}>
        <div class="scroll-x">
          <table class="plain-table">
            <thead>
              <tr>
                ${head.map((h) => html`
                  <th key=${h} scope="col">
                    ${h}
                  </th>
                `)}
              </tr>
            </thead>
            <tbody>${rows}</tbody>
          </table>
        </div>
      </section>
    `
  );
}

function Ports({ t }) {
  const host = t.spec.network_mode === "host";
  return html`
    <${Rows}
      title=${host ? "Ports (on the host's own network)" : "Ports"}
      help=${TERMS.port}
      head=${["What for", "Host", "Container"]}
      rows=${(t.ports ?? []).map((p) => html`
        <tr key=${portKey(p)}>
          <td>
            ${p.purpose || html`<span class="faint">no description</span>`}
            ${p.web && html`
                ${" "}
                <span class="tag">
                  ${p.web.scheme === "https" ? "https page" : "page"}
                  ${p.web.path !== "/" && atLeast("intermediate") ? ` ${p.web.path}` : ""}
                </span>
              `}
            ${p.optional && html`
                ${" "}
                <span class="tag plain-tag">optional</span>
              `}
          </td>
          <td class="nowrap mono">${p.host_port ?? "any"}</td>
          <td class="nowrap mono">${portKey(p)}</td>
        </tr>
      `)}
    />
  `;
}

function Paths({ t }) {
  return html`
    <${Rows}
      title="Folders"
      help="What it keeps outside the container, so that nothing is lost when the container is recreated."
      head=${["Purpose", "Suggested path", "In the container"]}
      rows=${(t.paths ?? []).map((p) => html`
        <tr key=${p.target}>
          <td>
            ${p.purpose || KINDS[p.kind]}
            ${p.optional && html`
                ${" "}
                <span class="tag plain-tag">optional</span>
              `}
            ${p.owner && atLeast("intermediate") && html`
              <small class="faint block">must belong to ${p.owner}</small>
            `}
          </td>
          <td class="mono any">
            ${suggestedSource(p, t.id)}
            ${p.volume && html`
                ${" "}
                <span class="tag plain-tag">volume</span>
              `}
          </td>
          <td class="mono any">
            ${p.target}
            ${p.read_only ? " (read-only)" : ""}
          </td>
        </tr>
      `)}
    />
  `;
}

function Variables({ t }) {
  const [all, setAll] = useState(false);
  const list = t.variables ?? [];
  const shown = list.filter((q) => all || atLeast(q.level) || q.required);
  const more = list.length - shown.length;
  return html`
      <${Rows}
        title="Settings"
        help="What you can set. Only what is required must be filled in."
        head=${["Setting", "What it does", "Default"]}
        rows=${shown.map((q) => html`
          <tr key=${q.name}>
            <td>
              ${q.label || html`<code>${q.name}</code>`}
              ${q.required && !q.default && html`
                  ${" "}
                  <span class="tag">required</span>
                `}
              ${q.label && atLeast("intermediate") && html`<code class="faint block">${q.name}</code>`}
            </td>
            <td class="muted">
              ${q.explain}
              ${q.choices?.length > 0 && html`
                <small class="block">${q.choices.map((c) => c.label || c.value).join(", ")}</small>
              `}
            </td>
            <td class="mono any">
              ${q.secret ? html`
                <span class="faint">${q.default ? "kept, hidden" : "yours"}</span>
              ` : (
                (q.default ?? "")
              )}
            </td>
          </tr>
        `)}
      />
      ${more > 0 && html`
        <button type="button" class="btn quiet s" onClick=${() => setAll(true)}>
          <${Icon} name="chevron-down" />
          ${more === 1 ? "One more setting" : `${more} more settings`}
        </button>
      `}
    `;
}

const Sentences = ({ items, kind, icon }) =>
  items?.length > 0 && html`
    <ul class=${`plan-list ${kind}`}>
      ${items.map((text, at) => html`
        <li key=${at}>
          <${Icon} name=${icon} />
          <span>${text}</span>
        </li>
      `)}
    </ul>
  `;

function Fit({ fit }) {
  const mark = FIT[fit.verdict];
  return (
    mark && html`
      <div class="banner slim fit">
        <${Icon} name=${mark[1]} />
        <div>
          <b>${mark[2]}</b>
          ${fit.reasons.map((reason) => html`
            <p key=${reason}>${reason}</p>
          `)}
        </div>
      </div>
    `
  );
}

function Needs({ t }) {
  const check = t.spec.healthcheck?.test?.slice(1).join(" ");
  const known = t.architectures?.length > 0;
  const rest = html`
      ${known && html`
          <dt>Processors</dt>
          <dd>${t.architectures.join(", ")}</dd>
        `}
      <dt>Health check</dt>
      <dd>
        ${check ? html`<code class="any">${check}</code>` : t.image_healthcheck ? "the image's default" : "none"}
      </dd>
    `;
  return html`
    <${Facts} rest=${rest} count=${known ? 2 : 1}>
      <dt>Image</dt>
      <dd>
        <${Copyable} text=${t.spec.image} what="the image" />
      </dd>
      ${t.memory_mib > 0 && html`
          <dt>Memory</dt>
          <dd>
            needs about ${size(t.memory_mib)}
            ${t.spec.memory ? `, never more than ${size(t.spec.memory / 1048576)}` : ""}
          </dd>
        `}
      ${t.homepage && html`
          <dt>Documentation</dt>
          <dd>
            <${Copyable} text=${t.homepage} what="the address" />
          </dd>
        `}
    </${Facts}>
  `;
}

/** What the answers would make, as you type: for those who want to see it. */
function Preview({ t }) {
  const [spec, setSpec] = useState(null);
  return html`
    <div class="try-it">
      <${TemplateForm}
        template=${t}
        onSpec=${setSpec}
        onState=${({ problem, missing }) => (problem || missing.length > 0) && setSpec(null)}
      />
      <h3>Resulting configuration</h3>
      ${spec ? html`
        <pre class="try" tabindex="0" aria-label="The container">
          <code>${JSON.stringify(spec, null, 2)}</code>
        </pre>
      ` : html`
        <p class="muted">Not available yet: an answer is missing.</p>
      `}
    </div>
  `;
}

export function TemplateDrawer({ id, categories, changed, onClose, close }) {
  const [t, setT] = useState(null);
  const [problem, setProblem] = useState(null);
  const [trying, setTrying] = useState(false);
  useEffect(() => {
    setT(null);
    api(templatePath(id)).then(setT, setProblem);
    return () => onClose?.();
  }, [id]);
  const own = t?.source === "own";
  const other = (template) => openDialog(TemplateDrawer, { id: template, categories, changed, onClose });
  return html`
    <${Modal} class="drawer wide-drawer" label=${t?.name ?? "Template"} close=${close}>
      <${DialogHead} title=${t?.name ?? "Template"} icon="layout-template" tone="info" close=${close} />
      <div class="content template">
        ${problem && html`
          <p class="field-error" role="alert">
            ${problem.message}
          </p>
        `}
        ${!t && !problem && html`
          <p class="muted" role="status">
            Loading…
          </p>
        `}
        ${t && html`
            <p>
              ${t.description}
              ${own && html`
                  ${" "}
                  <span class="tag">Yours</span>
                `}
            </p>
            <${Fit} fit=${t.fit} />
            <${Sentences} items=${t.warnings} kind="warns" icon="triangle-alert" />
            ${t.needs?.length > 0 && html`
              <section>
                <h3>Works with</h3>
                <ul class="needs">
                  ${t.needs.map((n) => html`
                    <li key=${n.template}>
                      <button type="button" class="link" onClick=${() => other(n.template)}>
                        ${n.template}
                      </button>
                      ${n.required && html`
                          ${" "}
                          <span class="tag">needed</span>
                        `}${" "}
                      <span class="muted">${n.why}</span>
                    </li>
                  `)}
                </ul>
              </section>
            `}
            <${Needs} t=${t} />
            <${Ports} t=${t} />
            <${Paths} t=${t} />
            <${Variables} t=${t} />
            <${Rows}
              title="Devices"
              head=${["Purpose", "On the host", "In the container"]}
              rows=${(t.devices ?? []).map((d) => html`
                <tr key=${d.device}>
                  <td>
                    ${d.purpose}
                    ${d.optional && html`
                        ${" "}
                        <span class="tag plain-tag">optional</span>
                      `}
                  </td>
                  <td class="mono any">${d.host}</td>
                  <td class="mono any">${d.device}</td>
                </tr>
              `)}
            />
            <${Rows}
              title="Elevated permissions"
              head=${["What", "Why"]}
              rows=${(t.reasons ?? []).map((r) => html`
                <tr key=${r.what}>
                  <td class="mono any">${r.what}</td>
                  <td class="muted">${r.why}</td>
                </tr>
              `)}
            />
            ${t.notes?.length > 0 && html`
              <section>
                <h3>Notes</h3>
                <${Sentences} items=${t.notes} kind="" icon="info" />
              </section>
            `}
            ${atLeast("advanced") &&
              (trying ? html`
                <section>
                  <${Preview} t=${t} />
                </section>
              ` : html`
                <button type="button" class="btn s" onClick=${() => setTrying(true)}>
                  <${Icon} name="sliders-horizontal" />
                  Try answers
                </button>
              `)}
          `}
      </div>
      ${t && html`
        <footer class="drawer-foot">
          ${own && html`
              <button
                type="button"
                class="btn danger"
                onClick=${() => openDialog(DeleteTemplate, { template: t, changed })}
              >
                <${Icon} name="trash-2" />
                Delete
              </button>
              <button
                type="button"
                class="btn"
                onClick=${() => openDialog(EditTemplate, { template: t, categories, changed })}
              >
                <${Icon} name="pencil" />
                Edit
              </button>
            `}
          <a class="btn" href=${templatePath(t.id, "?format=export")} download>
            <${Icon} name="download" />
            Export
          </a>
          <span class="grow"></span>
          <a class="btn primary" href=${createLink(t.id)} onClick=${close}>
            <${Icon} name="plus" />
            Use this template
          </a>
        </footer>
      `}
    </${Modal}>
  `;
}
