// @ts-check
// Limits and restart policy, changed while the container keeps running.
import { html, useState } from "../../../vendor/preact.js";
import { api, containerPath } from "../../api.js";
import { changeContainers } from "../../state.js";
import { memory } from "../../format.js";
import { bytesWord, parseBytes } from "../../quantity.js";
import { openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast, FoldButton, more } from "../elements/level.js";
import { Confirm } from "../operations/plan.js";
import { toast } from "../frame/toast.js";

export const RESTART = {
  no: "No",
  always: "Always, including after a reboot",
  "unless-stopped": "Always, unless stopped manually",
  "on-failure": "Only after an error",
};

/** name, label, kind, from which level, hint. What the engine can change in place. */
const FIELDS = [
  ["memory", "Memory", "bytes", "beginner", "The limit, such as 512m or 2g."],
  ["cpus", "CPUs", "number", "beginner", "1.5 is one and a half CPUs."],
  ["pids_limit", "Processes", "number", "intermediate", "The maximum; -1 means unlimited."],
  [
    "memory_reservation",
    "Memory reservation",
    "bytes",
    "intermediate",
    "A soft limit, below the memory limit.",
  ],
  ["memory_swap", "Memory and swap", "bytes", "advanced", "Memory and swap together; -1 means unlimited."],
  ["cpu_shares", "CPU weight", "number", "advanced", "1024 is usual."],
  ["cpuset_cpus", "Which CPUs", "text", "advanced", "0-3 or 0,2."],
];

const shownAs = (kind, value) => (kind === "bytes" ? bytesWord(value) : (value ?? "")).toString();

/** What differs from the specification, as a change; `wrong` names fields that cannot be read, `gone` limits that cannot be taken away. Pure. */
export function limitChange(spec, form) {
  const change = {};
  const wrong = [];
  const gone = [];
  for (const [name, , kind] of FIELDS) {
    const text = (form[name] ?? "").trim();
    if (text === shownAs(kind, spec[name])) continue;
    if (text === "") {
      gone.push(name);
      continue;
    }
    const value = kind === "bytes" ? parseBytes(text) : kind === "number" ? Number(text) : text;
    if (value === null || Number.isNaN(value)) wrong.push(name);
    else change[name] = value;
  }
  const restart =
    form.restart === "on-failure" && form.retries ? `on-failure:${form.retries}` : form.restart;
  if (restart !== (spec.restart ?? "no")) change.restart = restart;
  return { change, wrong, gone };
}

function LimitsDialog({ c, saved, close }) {
  const [policy, retries = ""] = (c.spec.restart ?? "no").split(":");
  const [form, setForm] = useState(() => ({
    restart: policy,
    retries,
    ...Object.fromEntries(FIELDS.map(([name, , kind]) => [name, shownAs(kind, c.spec[name])])),
  }));
  const put = (patch) => setForm((was) => ({ ...was, ...patch }));
  const { change, wrong, gone } = limitChange(c.spec, form);
  const some = Object.keys(change).length > 0;
  const folded = FIELDS.filter(([name, , , level]) => !atLeast(level) && c.spec[name] === undefined);
  const [all, setAll] = useState(false);
  const shown = FIELDS.filter((field) => all || !folded.includes(field));
  const run = async ({ confirm }) => {
    const view = await api(containerPath(c.id), { method: "PUT", body: change, query: { confirm } });
    changeContainers([view], []);
    toast({
      kind: "ok",
      title: `${c.name}: limits applied`,
      text: "Its processes kept running.",
    });
    saved(change);
  };
  return html`
    <${Confirm}
      title=${`Limits of ${c.name}`}
      icon="sliders-horizontal"
      label="Apply"
      doing="Applying"
      again=${JSON.stringify(change)}
      close=${close}
      blocked=${wrong.length > 0
          ? "One of the values is invalid."
          : gone.length > 0
            ? "Limits can be changed here, but removing one requires a recreate (Edit)."
            : some
              ? ""
              : "No changes yet."}
      ask=${async () =>
        some && wrong.length === 0
          ? api(containerPath(c.id), { method: "PUT", body: change, query: { dry_run: true } })
          : null}
      run=${run}
      before=${html`
          <p class="muted">Applied immediately; the container keeps running.</p>
          <div class="limit-grid">
            ${shown.map(([name, label, kind, , hint]) => html`
              <div class="field" key=${name}>
                <label for=${`limit-${name}`}>${label}</label>
                <input
                  id=${`limit-${name}`}
                  inputmode=${kind === "number" ? "decimal" : "text"}
                  autocomplete="off"
                  placeholder="no limit"
                  value=${form[name]}
                  aria-invalid=${wrong.includes(name) || gone.includes(name) ? "true" : undefined}
                  aria-describedby=${`limit-${name}-hint`}
                  onInput=${(e) => put({ [name]: e.target.value })}
                />
                <p class="hint" id=${`limit-${name}-hint`}>
                  ${hint}
                </p>
              </div>
            `)}
            <div class="field">
              <label for="limit-restart">Restart policy</label>
              <select
                id="limit-restart"
                value=${form.restart}
                onChange=${(e) => put({ restart: e.target.value })}
              >
                ${Object.entries(RESTART).map(([value, word]) => html`
                  <option key=${value} value=${value}>
                    ${word}
                  </option>
                `)}
              </select>
            </div>
            ${form.restart === "on-failure" && html`
              <div class="field">
                <label for="limit-retries">Maximum retries</label>
                <input
                  id="limit-retries"
                  inputmode="numeric"
                  placeholder="without end"
                  value=${form.retries}
                  onInput=${(e) => put({ retries: e.target.value.replace(/\D/g, "") })}
                />
              </div>
            `}
          </div>
          ${folded.length > 0 && html`
            <${FoldButton} open=${all} what=${more(folded.length, "limit")} toggle=${setAll} />
          `}
        `}
    />
  `;
}

/** Those that are told: what is set, and what is usually asked for. */
export const limitsOf = (spec) =>
  FIELDS.filter(
    ([name, , , level]) => spec[name] !== undefined || level === "beginner" || atLeast("advanced"),
  );

export function Limits({ c, change, disabled }) {
  const { spec } = c;
  const facts = limitsOf(spec);
  const told = (name, kind) =>
    spec[name] === undefined ? html`
      <span class="faint">no limit</span>
    ` : kind === "bytes" && spec[name] > 0 ? (
      memory(spec[name])
    ) : (
      String(spec[name])
    );
  const [policy, retries] = (spec.restart ?? "no").split(":");
  return html`
    <section class="card">
      <header>
        <h2>Limits and restarts</h2>
        <div class="actions">
          <button
            type="button"
            class="btn quiet s"
            aria-label="Change the limits"
            disabled=${disabled}
            onClick=${() =>
              openDialog(LimitsDialog, { c, saved: (patch) => change({ spec: { ...spec, ...patch } }) })}
          >
            <${Icon} name="pencil" />
            Change
          </button>
        </div>
      </header>
      <div class="body">
        <dl class="facts-list">
          ${facts.map(([name, label, kind]) => html`
              <dt key=${name}>${label}</dt>
              <dd>${told(name, kind)}</dd>
            `)}
          <dt>Restart policy</dt>
          <dd>
            ${RESTART[policy] ?? policy}
            ${retries ? `, at most ${retries} times` : ""}
            ${atLeast("intermediate") && html`
                ${" "}
                <code class="faint">${spec.restart ?? "no"}</code>
              `}
          </dd>
        </dl>
      </div>
    </section>
  `;
}
