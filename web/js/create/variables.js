// @ts-check
// Variables: a table in their order, and a field that takes a whole .env file.
import { html, useState } from "../../vendor/preact.js";
import { plural } from "../format.js";
import { Icon } from "../components/elements/icon.js";
import { Add, PairRow, keyOf, useRows } from "./controls.js";
import { parseEnv } from "./env-file.js";
import { answered } from "./faults.js";
import { ProposedVariables } from "./proposals.js";

function Paste({ form, close }) {
  const [text, setText] = useState("");
  const { variables, problems, notes } = parseEnv(text);
  const known = new Set(form.draft.env.map(([name]) => name));
  const replaced = variables.filter(({ name }) => known.has(name)).length;
  const take = () => {
    const fresh = new Map(variables.map(({ name, value }) => [name, value]));
    const kept = form.draft.env
      .filter(([name, value]) => name || value)
      .map(([name, value]) => {
        if (!fresh.has(name)) return [name, value];
        const next = fresh.get(name);
        fresh.delete(name);
        return [name, next];
      });
    form.set("env", [...kept, ...fresh]);
    close();
  };
  const ready = variables.length > 0 && problems.length === 0;
  return html`
    <div class="well paste-env">
      <div class="field">
        <label for="env-paste">Paste the lines of a .env file</label>
        <textarea
          id="env-paste"
          class="mono"
          rows="6"
          spellcheck=${false}
          autocapitalize="off"
          placeholder=${'# comments are left out\nTZ=Europe/Berlin\nexport GREETING="two words"'}
          aria-describedby="env-paste-found"
          aria-invalid=${problems.length > 0 ? "true" : undefined}
          value=${text}
          onInput=${(e) => setText(e.target.value)}
          ref=${(element) => {
            if (element && !element.dataset.here) {
              element.dataset.here = "1";
              element.focus();
            }
          }}
        ></textarea>
      </div>
      <div id="env-paste-found" role="status">
        ${problems.map(({ line, message }) => html`
          <p class="field-error" key=${`p${line}`}>
            <b>Line ${line}.</b> ${message}
          </p>
        `)}
        ${notes.map(({ line, message }, index) => html`
          <p class="hint" key=${`n${index}`}>
            <b>Line ${line}.</b> ${message}
          </p>
        `)}
        ${text.trim() && html`
          <p class="hint">
            ${plural(variables.length, "variable")}
            ${replaced > 0 ? `, ${replaced} of them replacing existing ones` : ""}.
          </p>
        `}
      </div>
      <div class="row">
        <button type="button" class="btn primary s" disabled=${!ready} onClick=${take}>
          ${ready ? `Add ${plural(variables.length, "variable")}` : "Add"}
        </button>
        <button type="button" class="btn s" onClick=${close}>
          Cancel
        </button>
      </div>
    </div>
  `;
}

export function Variables({ form }) {
  const { rows, ref, change, add, remove, move } = useRows(form, "env");
  const [pasting, setPasting] = useState(false);
  return html`
      <p class="hint">
        Environment variables of the container. The image's variables are kept unless one here has the same
        name.
      </p>
      <div class="rows" ref=${ref} role="group" aria-label="Variables">
        ${rows.map(([name, value], index) => {
          if (answered(form.template, "env", rows[index])) return null;
          const error = form.at(`env[${index}]`);
          return html`
            <div key=${keyOf(rows[index])} data-field=${`env[${index}]`}>
              <${PairRow}
                name=${name}
                value=${value}
                secret
                error=${error}
                asks=${form.asks(`env[${index}]`)}
                what=${`variable ${index + 1}`}
                set=${(pair) => change(index, pair)}
                remove=${() => remove(index)}
                move=${rows.length > 1 ? (by) => move(index, by) : null}
                first=${index === 0}
                last=${index === rows.length - 1}
              />
            </div>
          `;
        })}
        <div class="add-row row">
          <${Add} label="Add a variable" run=${() => add(["", ""])} />
          ${!pasting && html`
            <button type="button" class="btn s" onClick=${() => setPasting(true)}>
              <${Icon} name="clipboard-paste" />
              Paste .env
            </button>
          `}
        </div>
      </div>
      <${ProposedVariables} form=${form} add=${add} />
      ${pasting && html`<${Paste} form=${form} close=${() => setPasting(false)} />`}
    `;
}
