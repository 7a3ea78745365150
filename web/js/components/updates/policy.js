// @ts-check
// How a container is updated: by itself, by hand or not at all, and what decided it.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { atLeast, Fold, Help, more } from "../elements/level.js";
import { toast } from "../frame/toast.js";

const POLICIES = [
  ["auto", "Automatic", "Updated by itself, in the maintenance windows."],
  ["notify", "Manual", "Updates are shown; you make them."],
  ["ignore", "Ignore", "Registries are not asked."],
];
const RANGES = [
  ["digest", "The same tag only"],
  ["patch", "Newer patch versions"],
  ["minor", "Newer minor versions"],
  ["major", "Newer major versions"],
];
const SOURCES = {
  user: "",
  label: "because of a label of the container",
  environment: "because of its environment",
  default: "because nothing says otherwise",
};
const word = (policy) => POLICIES.find(([code]) => code === policy)?.[1] ?? policy;

function Number({ id, label, value, shown, most, hint, set }) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type="number"
        inputmode="numeric"
        min="0"
        max=${most}
        placeholder=${String(shown)}
        value=${text}
        aria-describedby=${`${id}-hint`}
        onInput=${(e) => setText(e.target.value)}
        onChange=${(e) => set(e.target.value === "" ? null : e.target.valueAsNumber)}
      />
      <p class="hint" id=${`${id}-hint`}>
        ${hint}
      </p>
    </div>
  `;
}

export function Policy({ c, disabled = false }) {
  const [policy, setPolicy] = useState(/** @type {any} */ (null));
  const path = `/api/updates/policy/${encodeURIComponent(c.id)}`;
  useEffect(() => {
    api(path).then(setPolicy, () => {});
  }, [c.id, c.environment]);
  if (!policy) return null;
  const save = async (patch) => {
    try {
      setPolicy(await api(path, { method: "PUT", body: { ...policy.rules, ...patch } }));
    } catch (problem) {
      toast({ kind: "crit", title: "The policy was not saved", text: problem.message });
      setPolicy({ ...policy });
    }
  };
  const { rules } = policy;
  // What applies when nothing is chosen here is known only then.
  const follows =
    rules.policy === null
      ? `${word(policy.policy)}, ${SOURCES[policy.source]}.${policy.reason ? ` ${policy.reason}` : ""}`
      : "What its labels and its environment say.";
  return html`
    <section class="card" id="policy">
      <header>
        <h2>Policy</h2>
      </header>
      <div class="body stack">
        <${Help}>
          Whether this container is updated without you. A version that does not work is rolled back.
        </${Help}>
        <fieldset class="field">
          <legend class="visually-hidden">Policy</legend>
          <div class="choices">
            ${[["", "Not chosen here", follows], ...POLICIES].map(([code, name, text]) => html`
              <label class="choice" key=${code}>
                <input
                  type="radio"
                  name="update-policy"
                  value=${code}
                  disabled=${disabled}
                  checked=${(rules.policy ?? "") === code}
                  onChange=${() => save({ policy: code || null })}
                />
                <span>
                  <b>${name}</b>
                  <small>${text}</small>
                </span>
              </label>
            `)}
          </div>
        </fieldset>
        <${Fold} from="intermediate" what=${more(3, "setting")}>
          <div class="field">
            <label for="update-range">How far an automatic update may go</label>
            <select
              id="update-range"
              disabled=${disabled}
              value=${rules.range ?? ""}
              onChange=${(e) => save({ range: e.target.value || null })}
            >
              <option value="">
                ${rules.range
                  ? "Not chosen here"
                  : `${RANGES.find(([code]) => code === policy.range)?.[1]} (not chosen here)`}
              </option>
              ${RANGES.map(([code, name]) => html`
                <option key=${code} value=${code}>
                  ${name}
                </option>
              `)}
            </select>
          </div>
          <${Number}
            id="update-soak"
            label="Days to wait with a new image"
            value=${rules.soak_days}
            shown=${policy.soak_days}
            most="90"
            hint="Others find the faults meanwhile. Only for automatic updates."
            set=${(soak_days) => save({ soak_days })}
          />
          <${Number}
            id="update-stable"
            label="Seconds to watch the new container"
            value=${rules.stable_seconds}
            shown=${policy.stable_seconds}
            most="600"
            hint="If it has no health check. It must stay up for this long, or the old one comes back."
            set=${(stable_seconds) => save({ stable_seconds })}
          />
        </${Fold}>
        ${atLeast("advanced") && html`
          <p class="hint">
            In a Compose file or on the command line: the label <code>dockermate.update=auto</code>,${" "}
            <code>notify</code> or <code>ignore</code>, and <code>dockermate.update.range</code>.
          </p>
        `}
      </div>
    </section>
  `;
}
