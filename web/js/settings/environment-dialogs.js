// One environment: made, changed or deleted, each in a dialog.
// Invariant: nothing is deleted before its plan was shown, and what is wrong is said at its field.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { environments } from "../state.js";
import { Cli } from "../components/operations/cli.js";
import { DialogHead, Modal } from "../components/frame/dialog.js";
import { EnvBadge } from "../components/containers/environment.js";
import { Icon } from "../components/elements/icon.js";
import { List } from "../components/operations/plan.js";
import { toast } from "../components/frame/toast.js";

const COLORS = {
  Red: "#ef4444",
  Orange: "#f97316",
  Yellow: "#eab308",
  Lime: "#84cc16",
  Green: "#22c55e",
  Teal: "#14b8a6",
  Cyan: "#06b6d4",
  Blue: "#3b82f6",
  Indigo: "#6366f1",
  Violet: "#a855f7",
  Pink: "#ec4899",
  Grey: "#64748b",
};
const ICONS = [
  "shield",
  "flask",
  "hammer",
  "shapes",
  "star",
  "house",
  "rocket",
  "heart",
  "cloud",
  "globe",
  "bug",
  "leaf",
  "users",
  "camera",
  "archive",
  "tag",
];
const NEW = {
  code: "",
  name: "",
  description: "",
  color: "#a855f7",
  icon: "tag",
  confirmation: "yes",
  auto_update: "never",
  health_frequency: "medium",
  backup_on_change: true,
  warnings: "medium",
};
const RULES = [
  [
    "confirmation",
    "Before it is deleted or changed",
    [
      ["none", "No question"],
      ["yes", "Ask for confirmation"],
      ["type_name", "Ask for the container's name"],
    ],
  ],
  [
    "warnings",
    "Alerts",
    [
      ["high", "All, top priority"],
      ["medium", "Everything"],
      ["low", "One level lower"],
      ["none", "Nothing"],
    ],
  ],
  [
    "auto_update",
    "When there is a newer image",
    [
      ["never", "Update manually"],
      ["ask", "Offer updates and ask"],
      ["always", "Update automatically"],
    ],
  ],
  [
    "health_frequency",
    "Health checks",
    [
      ["high", "Every interval"],
      ["medium", "Every 2nd interval"],
      ["low", "Every 4th interval"],
    ],
  ],
];

function Palette({ value, change }) {
  const own = !Object.values(COLORS).includes(value);
  return html`
    <fieldset class="field">
      <legend>Colour</legend>
      <div class="swatches">
        ${Object.entries(COLORS).map(([word, color]) => html`
          <label key=${color} title=${word}>
            <input type="radio" name="env-color" checked=${value === color} onChange=${() => change(color)} />
            <i style=${{ "--v": color }}>${value === color && html`<${Icon} name="check" />`}</i>
            <span class="visually-hidden">${word}</span>
          </label>
        `)}
        <label class="own-color" title="Another colour">
          <input
            type="color"
            aria-label="Another colour"
            value=${value}
            onInput=${(e) => change(e.target.value)}
          />
          <span class="faint mono">${own ? value : "other"}</span>
        </label>
      </div>
    </fieldset>
  `;
}

const Shapes = ({ value, change }) => html`
  <fieldset class="field">
    <legend>Shape</legend>
    <div class="swatches shapes">
      ${ICONS.map((name) => html`
        <label key=${name} title=${name}>
          <input type="radio" name="env-icon" checked=${value === name} onChange=${() => change(name)} />
          <i>
            <${Icon} name=${name} />
          </i>
          <span class="visually-hidden">${name}</span>
        </label>
      `)}
    </div>
  </fieldset>
`;

export function EditEnvironment({ of = null, close }) {
  const [e, setE] = useState(of ?? NEW);
  const [problem, setProblem] = useState(null);
  const [sending, setSending] = useState(false);
  const change = (patch) => setE((was) => ({ ...was, ...patch }));
  const fixed = of?.code === "PRD";
  const save = async (event) => {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    const { built_in, display_order, code, ...body } = e;
    try {
      const kept = of
        ? await api(`/api/environments/${encodeURIComponent(of.code)}`, { method: "PUT", body })
        : await api("/api/environments", {
            method: "POST",
            body: { ...body, code, name: body.name.trim() || code },
          });
      environments.value = of
        ? environments.value.map((one) => (one.code === kept.code ? kept : one))
        : [...environments.value.filter((one) => one.code !== kept.code), kept];
      toast({ kind: "ok", title: of ? `${kept.code} was changed` : `${kept.code} was added` });
      close();
    } catch (cause) {
      setProblem(cause);
      setSending(false);
    }
  };
  const at = (field) =>
    problem?.field === field && html`
      <p class="field-error" id=${`env-${field}-error`} role="alert">
        ${problem.message}
      </p>
    `;
  const text = (field, label, extra = {}) => html`
    <div class="field">
      <label for=${`env-${field}`}>${label}</label>
      <input
        id=${`env-${field}`}
        autocomplete="off"
        value=${e[field]}
        aria-invalid=${problem?.field === field ? "true" : undefined}
        aria-describedby=${problem?.field === field ? `env-${field}-error` : undefined}
        onInput=${(event) => change({ [field]: event.target.value })}
        ...${extra}
      />
      ${at(field)}
    </div>
  `;
  const title = of ? `Edit ${of.code}` : "Add an environment";
  return html`
    <${Modal} label=${title} close=${close}>
      <${DialogHead} title=${title} icon=${e.icon} tone="info" close=${close} />
      <form class="content" id="environment" onSubmit=${save}>
        <div class="two">
          ${!of &&
            text("code", "Code", {
              class: "mono",
              maxlength: 16,
              required: true,
              spellcheck: "false",
              placeholder: "STAGE",
              onInput: (event) => change({ code: event.target.value.toUpperCase() }),
            })}
          ${text("name", "Name", { maxlength: 64, required: Boolean(of), placeholder: e.code || "Staging" })}
        </div>
        ${!of && html`
          <p class="hint">
            The code is used in labels: <code class="any">dockermate.environment=${e.code || "STAGE"}</code>.
            It cannot be changed.
          </p>
        `}
        ${text("description", "Description", { maxlength: 200 })}
        <${Palette} value=${e.color} change=${(color) => change({ color })} />
        ${at("color")}
        <${Shapes} value=${e.icon} change=${(icon) => change({ icon })} />
        <p class="row">
          <span class="muted">Preview:</span> <${EnvBadge} of=${{ ...e, code: e.code || "STAGE" }} />
        </p>
        <div class="two">
          ${RULES.map(([field, label, choices]) => html`
            <div class="field" key=${field}>
              <label for=${`env-${field}`}>${label}</label>
              <select
                id=${`env-${field}`}
                value=${e[field]}
                disabled=${fixed && field === "confirmation"}
                onChange=${(event) => change({ [field]: event.target.value })}
              >
                ${choices.map(([value, word]) => html`
                  <option key=${value} value=${value}>
                    ${word}
                  </option>
                `)}
              </select>
              ${at(field)}
            </div>
          `)}
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked=${e.backup_on_change}
            disabled=${fixed}
            onChange=${(event) => change({ backup_on_change: event.target.checked })}
          />
          <span>
            Save a container's configuration before changing it
            <small>
              ${fixed
                ? "For production always. How PRD asks is the switch below the table."
                : "A few kilobytes per change; lets you restore the previous configuration."}
            </small>
          </span>
        </label>
        ${at("backup_on_change")}
        ${problem && !document.getElementById(`env-${problem.field}`) && html`
          <p class="field-error" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        `}
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="environment" class="btn primary" disabled=${sending || !(of || e.code)}>
          ${sending ? "Saving…" : of ? "Save" : "Add"}
        </button>
      </footer>
    </${Modal}>
  `;
}

export function DeleteEnvironment({ of, close }) {
  const [target, setTarget] = useState("");
  const [plan, setPlan] = useState(null);
  const [problem, setProblem] = useState(null);
  const [used, setUsed] = useState("");
  const path = `/api/environments/${encodeURIComponent(of.code)}`;
  const send = (more) => api(path, { method: "DELETE", query: { move_to: target, ...more } });
  useEffect(() => {
    let late = false;
    setPlan(null);
    setProblem(null);
    send({ dry_run: true }).then(
      (answer) => {
        if (!late) setPlan(answer);
      },
      (cause) => {
        if (late) return;
        if (cause.code === "environment_in_use") setUsed(cause.message);
        else setProblem(cause);
      },
    );
    return () => {
      late = true;
    };
  }, [target]);
  const confirm = async (event) => {
    event.preventDefault();
    try {
      await send({});
      environments.value = environments.value.filter((one) => one.code !== of.code);
      toast({ kind: "ok", title: `${of.code} was deleted` });
      close();
    } catch (cause) {
      if (cause.code === "environment_in_use") setUsed(cause.message);
      else setProblem(cause);
      setPlan(null);
    }
  };
  return html`
    <${Modal} label=${`Delete the environment ${of.code}`} close=${close}>
      <${DialogHead} title=${`Delete the environment ${of.code}`} icon="trash-2" tone="crit" close=${close} />
      <form class="content" id="environment" onSubmit=${confirm}>
        ${used && html`
            <p class="any">${used.replace(/ Choose the environment.*/, "")}</p>
            <div class="field">
              <label for="move-to">Replace with</label>
              <select id="move-to" value=${target} onChange=${(event) => setTarget(event.target.value)}>
                <option value="">Choose an environment</option>
                ${environments.value
                  .filter((e) => e.code !== of.code)
                  .map((e) => html`
                    <option key=${e.code} value=${e.code}>
                      ${e.code === e.name ? e.code : `${e.code}, ${e.name}`}
                    </option>
                  `)}
              </select>
            </div>
          `}
        ${plan && html`
            ${plan.warnings.length > 0 && html`<${List} items=${plan.warnings} kind="warns" icon="triangle-alert" />`}
            <div>
              <h3>What will happen</h3>
              <${List} items=${plan.steps} kind="" numbered=${plan.steps.length > 1} icon="chevron-right" />
            </div>
            <div>
              <h3>What stays</h3>
              <${List} items=${plan.keeps} kind="keeps" icon="check" />
            </div>
            ${plan.commands && html`<${Cli} commands=${plan.commands} />`}
          `}
        ${!plan && !problem && !used && html`
          <p class="muted" role="status">
            Checking what uses it…
          </p>
        `}
        ${problem && html`
          <p class="field-error" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        `}
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="environment" class="btn danger solid" disabled=${!plan}>
          <${Icon} name="trash-2" />
          Delete
        </button>
      </footer>
    </${Modal}>
  `;
}
