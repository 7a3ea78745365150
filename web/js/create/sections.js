// The sections of the form: which are open at which skill level, and what each holds.
// Invariant: a section that carries a value is never hidden; folded, it says how many settings it has.
import { html, useEffect } from "../../vendor/preact.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Help } from "../components/elements/level.js";
import { TERMS } from "../terms.js";
import { FieldError, Fields } from "./controls.js";
import { countSet } from "./draft.js";
import { answered } from "./faults.js";
import { GROUPS, SECTIONS } from "./fields.js";
import { General } from "./general.js";
import { Networks } from "./networks.js";
import { Ports } from "./ports.js";
import { Restart } from "./restart.js";
import { Security } from "./security.js";
import { Storage } from "./storage.js";
import { Variables } from "./variables.js";

const Limits = ({ form }) => html`
    <${Fields} form=${form} keys=${GROUPS.memory} title="Memory" />
    <${Fields} form=${form} keys=${GROUPS.cpu} title="Processor" />
    <${Fields} form=${form} keys=${GROUPS.processes} title="Processes" />
    <${Fields} form=${form} keys=${GROUPS.disk} title="Disks" />
  `;
const Command = ({ form }) => html`
  <${Fields}
    form=${form}
    keys=${["command", "entrypoint", "working_dir", "user", "group_add", "tty", "stdin_open", "init"]}
  />
`;
const Labels = ({ form }) => html`<${Fields} form=${form} keys=${["labels", "annotations"]} />`;
const Logging = ({ form }) => html`<${Fields} form=${form} keys=${["log_driver", "log_options"]} />`;

function Raw({ form, name, field, label, hint }) {
  const error = form.under(field);
  return html`
    <div class="field wide" data-field=${field}>
      <label for=${`f-${name}`}>
        ${label} <code class="faint key-name">${field}</code>
      </label>
      <textarea
        id=${`f-${name}`}
        class="mono"
        rows=${Math.min(16, form.draft[name].split("\n").length + 1)}
        spellcheck=${false}
        placeholder="{ }"
        value=${form.draft[name]}
        onInput=${(e) => form.set(name, e.target.value)}
        aria-invalid=${error ? "true" : undefined}
        aria-describedby=${`f-${name}-h${error ? ` f-${name}-e` : ""}`}
      ></textarea>
      <p class="hint" id=${`f-${name}-h`}>
        ${hint}
      </p>
      <${FieldError} id=${`f-${name}-e`} message=${error} />
    </div>
  `;
}

const Rest = ({ form }) => html`
    <${Fields} form=${form} keys=${GROUPS.names} title="Names and DNS" />
    <${Fields} form=${form} keys=${GROUPS.namespaces} title="Namespaces" />
    <${Fields} form=${form} keys=${[...GROUPS.engine, "sysctls", "storage_opt"]} title="Engine and kernel" />
    ${(atLeast("advanced") || form.draft.engine_config || form.draft.engine_host_config) && html`
        <h3>Other options</h3>
        <p class="hint">
          Keys of the engine's create request without a field above, as JSON. They are passed on unchanged.
        </p>
        <div class="fields">
          <${Raw}
            form=${form}
            name="engine_config"
            field="engine.config"
            label="Config"
            hint="Top-level keys, such as StopSignal."
          />
          <${Raw}
            form=${form}
            name="engine_host_config"
            field="engine.host_config"
            label="HostConfig"
            hint="Keys of HostConfig, such as MaskedPaths."
          />
        </div>
      `}
  `;

const BODIES = {
  general: General,
  ports: Ports,
  storage: Storage,
  variables: Variables,
  restart: Restart,
  networks: Networks,
  limits: Limits,
  command: Command,
  security: Security,
  labels: Labels,
  logging: Logging,
  advanced: Rest,
};
const SUMMARY = {
  networks: "default bridge",
  limits: "memory, processor, disks",
  command: "command, user, working folder",
  security: "privileges, capabilities, devices",
  labels: "for other programs",
  logging: "logging driver",
  advanced: "DNS, namespaces, sysctls and more",
  ports: "none published",
  storage: "no persistent data",
  variables: "none set",
  restart: "",
  general: "",
};

/** What each is about, for those who begin. */
const HELP = {
  general: ["Image:", TERMS.image],
  ports: ["Port:", TERMS.port],
  storage: ["Volume:", TERMS.volume],
  variables: ["Variable:", TERMS.variable],
  restart: ["", "What happens when the program ends by itself, and how it is checked while it runs."],
  networks: ["Network:", TERMS.network],
  limits: ["", "How much of this host it may use at most. Without a limit it may use everything."],
  command: ["", "What is run in the container. The image knows; fill in only what you want to change."],
  security: ["", "What it may do on this host beyond its own files. Each right makes the host less safe."],
  labels: ["", "Names and values that other programs read, such as a dashboard or a reverse proxy."],
  logging: ["", "Where the engine writes what the program says."],
  advanced: ["", "What only few containers need."],
};

function Section({ form, section, opened, setOpened }) {
  const [id, title, icon, level, keys] = section;
  const Body = BODIES[id];
  // What the questions of a template are about is not counted twice.
  const asked = ["env", "ports", "mounts"]
    .filter((key) => keys.includes(key))
    .flatMap((key) => form.draft[key].filter((row) => answered(form.template, key, row))).length;
  const count = countSet(form.spec, keys) - asked;
  const faulty = Boolean(
    keys.some((key) => form.under(key)) ||
    (id === "advanced" && form.under("engine")) ||
    (id === "networks" && form.under("network_container")),
  );
  // Opened by its fault, it does not fold under who corrects it.
  useEffect(() => {
    if (faulty && opened === undefined) setOpened(id, true);
  }, [faulty]);
  const open = opened ?? ((!form.quiet && atLeast(level)) || faulty);
  return html`
    <section
      class=${`card form-section ${faulty ? "faulty" : ""}`}
      id=${`section-${id}`}
      aria-labelledby=${`section-${id}-title`}
    >
      <h2 id=${`section-${id}-title`}>
        <button
          type="button"
          class="section-head"
          aria-expanded=${String(Boolean(open))}
          aria-controls=${open ? `section-${id}-body` : undefined}
          onClick=${() => setOpened(id, !open)}
        >
          <${Icon} name=${icon} />
          <span>${title}</span>
          ${count > 0 && id !== "general" && html`
            <span class="tag plain-tag">
              ${count} setting${count === 1 ? "" : "s"}
            </span>
          `}
          ${faulty && html`
            <span class="st crit">
              <${Icon} name="octagon-x" />
              <span class="small">to correct</span>
            </span>
          `}
          <span class="grow"></span>
          ${!open && count === 0 && html`<span class="faint small clip summary">${SUMMARY[id]}</span>`}
          <${Icon} name=${open ? "chevron-up" : "chevron-down"} />
        </button>
      </h2>
      ${open && html`
        <div class="body form-body" id=${`section-${id}-body`}>
          <${Help}>
            <b>${HELP[id][0]}</b> ${HELP[id][1]}
          </${Help}>
          <${Body} form=${form} />
        </div>
      `}
    </section>
  `;
}

export function Sections({ form }) {
  const { opened, setOpened } = form;
  return html`
    <div class="form-sections">
      ${SECTIONS.map((section) => html`
        <${Section}
          key=${section[0]}
          form=${form}
          section=${section}
          opened=${opened[section[0]]}
          setOpened=${setOpened}
        />
      `)}
    </div>
  `;
}
