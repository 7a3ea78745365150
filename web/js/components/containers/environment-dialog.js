// @ts-check
// Which environment a container belongs to.
import { html, useState } from "../../../vendor/preact.js";
import { environments } from "../../state.js";
import { changeOwn, fallbackOf } from "./own-environment.js";
import { EnvBadge } from "./environment.js";
import { DialogHead, Modal } from "../frame/dialog.js";

export function EnvironmentDialog({ c, close }) {
  const before = c.environment_source === "user" ? c.environment : null;
  const [code, setCode] = useState(before);
  const save = (event) => {
    event.preventDefault();
    close();
    if (code !== before) changeOwn(c, { environment: code });
  };
  const option = (value, node) => html`
    <label class="check" key=${value ?? ""}>
      <input type="radio" name="environment" checked=${code === value} onChange=${() => setCode(value)} />
      <span>${node}</span>
    </label>
  `;
  return html`
    <${Modal} label=${`Environment of ${c.name}`} close=${close}>
      <${DialogHead} title=${`Environment of ${c.name}`} icon="tag" tone="info" close=${close} />
      <form class="content" id="environment" onSubmit=${save}>
        <div class="stack-list" role="radiogroup" aria-label="Environment">
          ${environments.value.map((e) =>
            option(
              e.code,
              html`
                <${EnvBadge} code=${e.code} word=${e.code} />
                ${e.name === e.code ? (
                  ""
                ) : html`
                    ${" "}
                    <small>${e.name}</small>
                  `}
              `,
            ),
          )}
          ${option(
            null,
            html`
              Default <small>${fallbackOf(c)}</small>
            `,
          )}
        </div>
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="environment" class="btn primary">
          Save
        </button>
      </footer>
    </${Modal}>
  `;
}
