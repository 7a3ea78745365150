// @ts-check
// The questions of a template as a form: name, variables, ports, folders, devices. Every change
// is rendered by the server, so that what is shown is what would be made.
// Invariant: a secret is made here only when it is asked for, and never comes with a template.
import { html, useEffect, useMemo, useRef, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";

export const portKey = (port) => `${port.container_port}/${port.protocol}`;
const random = (size) => crypto.getRandomValues(new Uint8Array(size));
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/** A secret of the shape that a template wants; nothing when it comes from elsewhere. */
export function makeSecret(shape = "password") {
  if (shape === "given") return "";
  if (shape === "hex") return [...random(32)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (shape === "base64") return `base64:${btoa(String.fromCharCode(...random(32)))}`;
  let text = "";
  // Bytes beyond the last whole alphabet would make some letters likelier.
  while (text.length < 24)
    for (const byte of random(32))
      if (byte < LETTERS.length * 4 && text.length < 24) text += LETTERS[byte % LETTERS.length];
  return text;
}

/** What the form begins with: suggestions, and the browser's time zone where none was chosen. */
export function firstAnswers(template) {
  const variables = {};
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const q of template.variables ?? []) {
    if (q.kind === "timezone" && zone && (!q.default || q.default === "Etc/UTC")) variables[q.name] = zone;
  }
  return { name: template.id, variables, ports: {}, paths: {}, devices: {} };
}

/** Where a folder's content goes when nobody says otherwise, as the server suggests it. */
export function suggestedSource(path, name, root = "/mnt/appdata") {
  if (path.volume) return `${name}-${path.suggested}`;
  return path.suggested.startsWith("/") ? path.suggested : `${root}/${name}/${path.suggested}`;
}

const fieldId = (part, key = "") => `t-${part}-${key}`.replace(/[^\w-]/g, "_");

function Field({ id, field, label, hint, error, required, children }) {
  return html`
    <div class="field" data-field=${`template.${field}`}>
      <label for=${id}>
        ${label}
        ${required && html`
            ${" "}
            <span class="faint">required</span>
          `}
      </label>
      ${children}
      ${hint && html`
        <p class="hint" id=${`${id}-hint`}>
          ${hint}
        </p>
      `}
      ${error && html`
        <p class="field-error" id=${`${id}-error`} role="alert">
          ${error}
        </p>
      `}
    </div>
  `;
}

function Variable({ q, value, error, change, blur }) {
  const [seen, setSeen] = useState(false);
  const id = fieldId("variable", q.name);
  const label = q.label || q.name;
  const hint = html`
      ${q.explain ?? ""}
      ${atLeast("intermediate") && q.label ? html`
          ${" "}
          <code class="any">${q.name}</code>
        ` : (
        ""
      )}
    `;
  const common = {
    id,
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": `${id}-hint${error ? ` ${id}-error` : ""}`,
    autocomplete: "off",
    spellcheck: "false",
    onBlur: blur,
  };
  const shown = value ?? q.default ?? "";
  if (q.kind === "bool") {
    return html`
      <label class="check">
        <input
          type="checkbox"
          id=${id}
          checked=${shown === "true"}
          onChange=${(e) => change(String(e.target.checked))}
        />
        <span>
          ${label}
          <small>${hint}</small>
        </span>
      </label>
    `;
  }
  const input =
    q.kind === "choice" ? html`
      <select ...${common} value=${shown} onChange=${(e) => change(e.target.value)}>
        ${!q.default && html`<option value="">Choose</option>`}
        ${q.choices.map((c) => html`
          <option key=${c.value} value=${c.value}>
            ${c.label || c.value}
          </option>
        `)}
      </select>
    ` : q.secret ? html`
      <div class="input-row">
        <input
          ...${common}
          type=${seen ? "text" : "password"}
          class="mono"
          value=${shown}
          onInput=${(e) => change(e.target.value)}
        />
        <button
          type="button"
          class="btn icon"
          aria-label=${seen ? `Hide ${label}` : `Show ${label}`}
          aria-pressed=${String(seen)}
          onClick=${() => setSeen(!seen)}
        >
          <${Icon} name=${seen ? "eye-off" : "eye"} />
        </button>
        ${q.shape !== "given" && html`
          <button
            type="button"
            class="btn"
            onClick=${() => {
              change(makeSecret(q.shape));
              setSeen(true);
            }}
          >
            <${Icon} name="wand-sparkles" />
            Generate
          </button>
        `}
      </div>
    ` : html`
      <input
        ...${common}
        inputmode=${q.kind === "number" || q.kind === "puid" || q.kind === "pgid" ? "numeric" : undefined}
        value=${shown}
        onInput=${(e) => change(e.target.value)}
      />
    `;
  return html`
    <${Field}
      id=${id}
      field=${`variables.${q.name}`}
      label=${label}
      hint=${hint}
      error=${error}
      required=${q.required && !q.default}
    >
      ${input}
    </${Field}>
  `;
}

/** A port, folder or device: its place on the host, or not at all. */
function Place({ part, answer, label, hint, value, suggested, optional, error, change, blur }) {
  const id = fieldId(part, answer);
  const on = value === undefined ? !optional : value !== null;
  return html`
    <div class="field place" data-field=${`template.${part}.${answer}`}>
      <label class="check">
        <input
          type="checkbox"
          checked=${on}
          aria-label=${`${label}: use it`}
          onChange=${(e) => change(e.target.checked ? suggested : null)}
        />
        <span>
          <span id=${`${id}-label`}>${label}</span>
          <small>${hint}</small>
        </span>
      </label>
      ${on && html`
        <input
          id=${id}
          class="mono"
          aria-labelledby=${`${id}-label`}
          aria-invalid=${error ? "true" : undefined}
          aria-describedby=${error ? `${id}-error` : undefined}
          autocomplete="off"
          spellcheck="false"
          onBlur=${blur}
          placeholder=${suggested}
          value=${value ?? suggested}
          onInput=${(e) => change(e.target.value)}
        />
      `}
      ${error && html`
        <p class="field-error" id=${`${id}-error`} role="alert">
          ${error}
        </p>
      `}
    </div>
  `;
}

/** Questions that must be answered and are not: `variables.NAME`. Pure. */
export const missingAnswers = (template, answers) =>
  (template.variables ?? [])
    .filter((q) => q.required && !q.default && !(answers.variables[q.name] ?? "").trim())
    .map((q) => `variables.${q.name}`);

const PROTOCOL = (port) => (port.protocol === "tcp" ? "" : ` (${port.protocol.toUpperCase()})`);

/**
 * template: the answer of GET /api/templates/{id}. onSpec(spec, answers): the container that the
 * answers give, after each change. onState({pending, problem}): whether it is still to come, and why
 * there is none. `root`: the storage root. `strict`: every fault is shown, also where nobody was yet.
 * `faultAt(field)`: what the form around it has found at a question.
 * `below`: what is asked besides, after the name.
 */
export function TemplateForm({ template, first, root, strict, onSpec, onState, faultAt, below }) {
  const [answers, setAnswers] = useState(() => ({
    ...firstAnswers(template),
    ...(root && { storage_root: root }),
    ...first,
  }));
  const [problem, setProblem] = useState(null);
  const [all, setAll] = useState(false);
  const [visited, setVisited] = useState(() => new Set());
  const request = useRef(null);
  useEffect(() => {
    const missing = missingAnswers(template, answers);
    if (missing.length > 0) {
      request.current?.abort();
      setProblem({ field: missing[0], message: "An answer is required." });
      onState?.({ pending: false, problem: null, missing });
      onSpec?.(null, answers);
      return undefined;
    }
    onState?.({ pending: true, problem: null, missing });
    const timer = setTimeout(async () => {
      request.current?.abort();
      const mine = new AbortController();
      request.current = mine;
      try {
        const spec = await api(`/api/templates/${encodeURIComponent(template.id)}/render`, {
          method: "POST",
          body: answers,
          signal: mine.signal,
        });
        setProblem(null);
        onSpec?.(spec, answers);
        onState?.({ pending: false, problem: null, missing });
      } catch (cause) {
        if (cause.name === "AbortError") return;
        setProblem(cause);
        onState?.({ pending: false, problem: cause, missing });
      }
    }, 250);
    return () => clearTimeout(timer);
  }, [answers]);
  const set = (part, key) => (value) =>
    setAnswers((was) => ({ ...was, [part]: { ...was[part], [key]: value } }));
  const leave = (field) => () => setVisited((was) => new Set(was).add(field));
  // Nothing is said of a field before it was left.
  const errorOf = (field) =>
    faultAt
      ? faultAt(field)
      : problem?.field === field && (strict || visited.has(field))
        ? problem.message
        : null;
  const name = answers.name || template.id;
  const { shown, folded } = useMemo(() => {
    const now = (q) => all || atLeast(q.level) || (q.required && !q.default);
    const list = template.variables ?? [];
    return { shown: list.filter(now), folded: list.filter((q) => !now(q)).length };
  }, [template, all, atLeast("intermediate"), atLeast("advanced")]);
  return html`
    <div class="template-form">
      <${Field} id="t-name" field="name" label="Name of the container" error=${errorOf("name")}>
        <input
          id="t-name"
          class="mono"
          value=${answers.name}
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          aria-invalid=${errorOf("name") ? "true" : undefined}
          aria-describedby=${errorOf("name") ? "t-name-error" : undefined}
          onBlur=${leave("name")}
          onInput=${(e) => setAnswers((was) => ({ ...was, name: e.target.value }))}
        />
      </${Field}>
      ${below}
      ${shown.length > 0 && html`
        <fieldset>
          <legend>Settings</legend>
          ${shown.map((q) => html`
            <${Variable}
              key=${q.name}
              q=${q}
              value=${answers.variables[q.name]}
              error=${errorOf(`variables.${q.name}`)}
              change=${set("variables", q.name)}
              blur=${leave(`variables.${q.name}`)}
            />
          `)}
        </fieldset>
      `}
      ${folded > 0 && html`
        <button type="button" class="btn quiet s" onClick=${() => setAll(true)}>
          <${Icon} name="chevron-down" />
          ${folded === 1 ? "One more setting" : `${folded} more settings`}
        </button>
      `}
      ${template.ports?.length > 0 && template.spec.network_mode !== "host" && html`
        <fieldset>
          <legend>Host ports</legend>
          ${template.ports.map((p) => html`
            <${Place}
              key=${portKey(p)}
              part="ports"
              answer=${portKey(p)}
              label=${`${p.purpose || `Port ${p.container_port}`}${PROTOCOL(p)}`}
              hint=${`goes to ${portKey(p)} in the container`}
              value=${answers.ports[portKey(p)]}
              suggested=${p.host_port ?? String(p.container_port)}
              optional=${p.optional}
              error=${errorOf(`ports.${portKey(p)}`)}
              change=${set("ports", portKey(p))}
              blur=${leave(`ports.${portKey(p)}`)}
            />
          `)}
        </fieldset>
      `}
      ${template.paths?.length > 0 && html`
        <fieldset>
          <legend>Folders</legend>
          ${template.paths.map((p) => html`
            <${Place}
              key=${p.target}
              part="paths"
              answer=${p.target}
              label=${p.purpose || p.target}
              hint=${`is ${p.target} in the container${p.read_only ? ", read-only" : ""}${p.owner ? `; must belong to ${p.owner}` : ""}`}
              value=${answers.paths[p.target]}
              suggested=${suggestedSource(p, name, answers.storage_root)}
              optional=${p.optional}
              error=${errorOf(`paths.${p.target}`)}
              change=${set("paths", p.target)}
              blur=${leave(`paths.${p.target}`)}
            />
          `)}
        </fieldset>
      `}
      ${template.devices?.length > 0 && html`
        <fieldset>
          <legend>Devices</legend>
          ${template.devices.map((d) => html`
            <${Place}
              key=${d.device}
              part="devices"
              answer=${d.device}
              label=${d.purpose}
              hint=${`is ${d.device} in the container`}
              value=${answers.devices[d.device]}
              suggested=${d.host}
              optional=${d.optional}
              error=${errorOf(`devices.${d.device}`)}
              change=${set("devices", d.device)}
              blur=${leave(`devices.${d.device}`)}
            />
          `)}
        </fieldset>
      `}
    </div>
  `;
}
