// @ts-check
// Saving, changing, deleting and importing templates. Each shows what will happen before it does.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, listContainers } from "../../api.js";
import { containerList, replaceContainers } from "../../state.js";
import { plural } from "../../format.js";
import { Cli } from "../operations/cli.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { toast } from "../frame/toast.js";

const path = (id, rest = "") => `/api/templates/${encodeURIComponent(id)}${rest}`;
const ProblemText = ({ problem }) =>
  problem && html`
    <p class="field-error" role="alert">
      ${problem.message}
    </p>
  `;

function Steps({ plan }) {
  return html`
      ${plan.warnings.length > 0 && html`
        <ul class="plan-list warns">
          ${plan.warnings.map((text) => html`
            <li key=${text}>
              <${Icon} name="triangle-alert" />
              <span>${text}</span>
            </li>
          `)}
        </ul>
      `}
      <div>
        <h3>What will happen</h3>
        <ul class="plan-list">
          ${plan.steps.map((text) => html`
            <li key=${text}>
              <${Icon} name="chevron-right" />
              <span>${text}</span>
            </li>
          `)}
        </ul>
      </div>
      ${plan.keeps.length > 0 && html`
        <div>
          <h3>What stays</h3>
          <ul class="plan-list keeps">
            ${plan.keeps.map((text) => html`
              <li key=${text}>
                <${Icon} name="check" />
                <span>${text}</span>
              </li>
            `)}
          </ul>
        </div>
      `}
      ${plan.commands && html`<${Cli} commands=${plan.commands} />`}
    `;
}

function Words({ form, set, problem, categories }) {
  const error = (field) => (problem?.field === field ? problem.message : null);
  const input = (field, label, element) => html`
    <div class="field">
      <label for=${`tpl-${field}`}>${label}</label>
      ${element}
      ${error(field) && html`
        <p class="field-error" role="alert">
          ${error(field)}
        </p>
      `}
    </div>
  `;
  const on = (field) => ({
    id: `tpl-${field}`,
    value: form[field],
    "aria-invalid": error(field) ? "true" : undefined,
    autocomplete: "off",
    onInput: (e) => set({ [field]: e.target.value }),
  });
  return html`
      ${input("name", "Name", html`<input ...${on("name")} maxlength="80" required />`)}
      ${input("category", "Category", html`<input ...${on("category")} maxlength="40" list="tpl-categories" />`)}
      <datalist id="tpl-categories">
        ${categories.map((c) => html`
          <option key=${c.code} value=${c.code}>
            ${c.title}
          </option>
        `)}
      </datalist>
      ${input(
        "description",
        "Description",
        html`<textarea ...${on("description")} rows="3" maxlength="1000"></textarea>`,
      )}
    `;
}

/** A container that is there becomes a template: looked at first, then saved. */
export function SaveContainer({ categories, changed, container = "", close }) {
  const [form, setForm] = useState({
    container,
    name: "",
    category: "other",
    description: "",
    keep_secrets: false,
  });
  const [plan, setPlan] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const set = (patch) => {
    setForm((was) => ({ ...was, ...patch }));
    setPlan(null);
    setProblem(null);
  };
  useEffect(() => {
    if (!containerList.value) listContainers().then(replaceContainers, setProblem);
  }, []);
  const list = [...(containerList.value ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const body = { ...form, name: form.name || form.container };
      if (!plan) setPlan(await api("/api/templates", { method: "POST", query: { dry_run: true }, body }));
      else {
        const saved = await api("/api/templates", { method: "POST", body });
        toast({ kind: "ok", title: `${saved.template.name} was saved as a template` });
        changed(saved.template.id);
        close();
      }
    } catch (cause) {
      setProblem(cause);
    }
    setBusy(false);
  };
  return html`
    <${Modal} label="Save a container as a template" close=${close}>
      <${DialogHead} title="Save a container as a template" icon="layout-template" tone="info" close=${close} />
      <form class="content" id="save-template" onSubmit=${submit}>
        <p class="muted">
          Its configuration becomes the template; values that differ between containers become questions.
          Passwords are left out.
        </p>
        <div class="field">
          <label for="tpl-container">Container</label>
          <select
            id="tpl-container"
            required
            value=${form.container}
            onChange=${(e) => set({ container: e.target.value })}
          >
            <option value="">Choose one</option>
            ${list.map((c) => html`
              <option key=${c.id} value=${c.name}>
                ${c.name}
              </option>
            `)}
          </select>
        </div>
        <${Words}
          form=${{ ...form, name: form.name || form.container }}
          set=${set}
          problem=${problem}
          categories=${categories}
        />
        ${atLeast("intermediate") && html`
          <label class="check">
            <input
              type="checkbox"
              checked=${form.keep_secrets}
              onChange=${(e) => set({ keep_secrets: e.target.checked })}
            />
            <span>
              Keep passwords<small>They stay on this host and are left out of exports.</small>
            </span>
          </label>
        `}
        ${plan && html`<${Steps} plan=${plan} />`}
        ${problem && !["name", "category", "description"].includes(problem.field) && html`
          <${ProblemText} problem=${problem} />
        `}
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="save-template" class="btn primary" disabled=${busy || !form.container}>
          <${Icon} name=${plan ? "check" : "eye"} />
          ${plan ? "Save the template" : "Preview"}
        </button>
      </footer>
    </${Modal}>
  `;
}

export function EditTemplate({ template, categories = [], changed, close }) {
  const [form, setForm] = useState({
    name: template.name,
    category: template.category,
    description: template.description,
    notes: (template.notes ?? []).join("\n"),
  });
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      const notes = form.notes
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean);
      await api(path(template.id), { method: "PUT", body: { ...form, notes } });
      toast({ kind: "ok", title: `${form.name} was changed` });
      changed(template.id);
      close();
    } catch (cause) {
      setProblem(cause);
    }
  };
  return html`
    <${Modal} label=${`Edit ${template.name}`} close=${close}>
      <${DialogHead} title=${`Edit ${template.name}`} icon="pencil" tone="info" close=${close} />
      <form class="content" id="edit-template" onSubmit=${submit}>
        <${Words}
          form=${form}
          set=${(patch) => setForm((was) => ({ ...was, ...patch }))}
          problem=${problem}
          categories=${categories}
        />
        <div class="field">
          <label for="tpl-notes">Notes</label>
          <textarea
            id="tpl-notes"
            rows="3"
            value=${form.notes}
            onInput=${(e) => setForm((was) => ({ ...was, notes: e.target.value }))}
          ></textarea>
          <p class="hint">One note per line, shown when the template is used.</p>
        </div>
        ${problem && !["name", "category", "description"].includes(problem.field) && html`
          <${ProblemText} problem=${problem} />
        `}
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="edit-template" class="btn primary">
          <${Icon} name="check" />
          Save
        </button>
      </footer>
    </${Modal}>
  `;
}

export function DeleteTemplate({ template, changed, close }) {
  const [plan, setPlan] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    api(path(template.id), { method: "DELETE", query: { dry_run: true } }).then(setPlan, setProblem);
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    try {
      await api(path(template.id), { method: "DELETE" });
      toast({ kind: "ok", title: `The template ${template.name} was deleted` });
      changed(null);
      close();
    } catch (cause) {
      setProblem(cause);
    }
  };
  return html`
    <${Modal} label=${`Delete ${template.name}`} close=${close}>
      <${DialogHead}
        title=${plan?.title ?? `Delete ${template.name}`}
        icon="trash-2"
        tone="crit"
        close=${close}
      />
      <form class="content" id="delete-template" onSubmit=${submit}>
        ${plan && html`<${Steps} plan=${plan} />`}
        <${ProblemText} problem=${problem} />
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="delete-template" class="btn danger solid" disabled=${!plan}>
          <${Icon} name="trash-2" />
          Delete
        </button>
      </footer>
    </${Modal}>
  `;
}

function Found({ preview }) {
  return html`
      <p role="status">
        <b>${plural(preview.imported.length, "template")}</b> can be imported from this${" "}
        ${preview.format === "docker run" ? "run line" : `${preview.format} file`}
        ${preview.skipped.length > 0 ? `, ${preview.skipped.length} cannot` : ""}.
      </p>
      ${preview.imported.length > 0 && html`
        <ul class="import-list" aria-label="To import">
          ${preview.imported.map((t) => html`
            <li key=${t.id}>
              <${Icon} name="check" class="ok" />
              <div>
                <b class="any">${t.name}</b>
                ${t.replaces && html`
                    ${" "}
                    <span class="tag">replaces yours</span>
                  `}
                ${atLeast("intermediate")
                  ? t.remarks.map((remark) => html`
                      <small key=${remark} class="block muted">
                        ${remark}
                      </small>
                    `)
                  : t.remarks.length > 0 && html`
                        ${" "}
                        <small class="faint">${plural(t.remarks.length, "remark")}</small>
                      `}
              </div>
            </li>
          `)}
        </ul>
      `}
      ${preview.skipped.length > 0 && html`
          <h3>Left out</h3>
          <ul class="import-list" aria-label="Left out">
            ${preview.skipped.map((t, at) => html`
              <li key=${at}>
                <${Icon} name="x" class="faint" />
                <div>
                  <b class="any">${t.name}</b> <small class="muted">${t.reason}</small>
                </div>
              </li>
            `)}
          </ul>
        `}
    `;
}

export function ImportTemplates({ changed, close }) {
  const [text, setText] = useState("");
  const [replace, setReplace] = useState(false);
  const [preview, setPreview] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const renew = (patch) => {
    patch();
    setPreview(null);
    setProblem(null);
  };
  const read = async (event) => {
    const [file] = event.target.files;
    if (file) {
      const content = await file.text();
      renew(() => setText(content));
    }
  };
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const answer = await api("/api/templates/import", {
        method: "POST",
        query: preview ? {} : { dry_run: true },
        body: { text, replace },
      });
      if (!preview) setPreview(answer);
      else {
        toast({ kind: "ok", title: `${plural(answer.imported.length, "template")} imported` });
        changed(null);
        close();
      }
    } catch (cause) {
      setProblem(cause);
    }
    setBusy(false);
  };
  const count = preview?.imported.length ?? 0;
  return html`
    <${Modal} class="dialog wide-dialog" label="Import templates" close=${close}>
      <${DialogHead} title="Import templates" icon="upload" tone="info" close=${close} />
      <form class="content" id="import-templates" onSubmit=${submit}>
        <p class="muted">
          A Portainer template file (version 2 or 3), an export of DockerMate, or a docker run command.
          Nothing is loaded from the internet, and passwords are left out.
        </p>
        <div class="field">
          <label for="import-file">A file</label>
          <input
            id="import-file"
            type="file"
            class="file"
            accept=".json,application/json,text/plain"
            onChange=${read}
          />
        </div>
        <div class="field">
          <label for="import-text">Or paste its text</label>
          <textarea
            id="import-text"
            class="mono"
            rows="6"
            spellcheck="false"
            placeholder=${'{"version": "3", "templates": [ … ]}\ndocker run …'}
            value=${text}
            onInput=${(e) => renew(() => setText(e.target.value))}
          ></textarea>
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked=${replace}
            onChange=${(e) => renew(() => setReplace(e.target.checked))}
          />
          <span>Replace my templates with the same name</span>
        </label>
        ${preview && html`<${Found} preview=${preview} />`}
        <${ProblemText} problem=${problem} />
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button
          type="submit"
          form="import-templates"
          class="btn primary"
          disabled=${busy || !text.trim() || (preview && count === 0)}
        >
          <${Icon} name=${preview ? "check" : "eye"} />
          ${preview ? `Import ${plural(count, "template")}` : "Preview"}
        </button>
      </footer>
    </${Modal}>
  `;
}
