// @ts-check
// Security: what the container may do to the machine, and which of its devices it gets.
import { html } from "../../vendor/preact.js";
import { Add, Cell, Fields, Pairs, Remove, useRows } from "./controls.js";
import { atLeast } from "../components/elements/level.js";

function Gpus({ form }) {
  const { rows, ref, change, add, remove } = useRows(form, "device_requests");
  return html`
      <h3>GPUs</h3>
      <div class="rows" ref=${ref} role="group" aria-label="GPUs">
        ${rows.map((row, index) => {
          const at = `device_requests[${index}]`;
          const text = (column, label, placeholder, extra = "") => html`
            <${Cell}
              form=${form}
              path=${`${at}.${column}`}
              label=${label}
              class=${`mono-cell ${extra}`}
              placeholder=${placeholder}
              value=${row[column]}
              set=${(value) => change(index, { [column]: value })}
            />
          `;
          return html`
            <div class="form-row gpu" key=${index} data-field=${at}>
              ${text("driver", "Driver", "any")}
              ${text("count", "How many", "all")}
              ${text("device_ids", "Only these", "0, GPU-3a23…", "grow-cell")}
              ${text("capabilities", "Able to", "gpu")}
              <div class="row-tools">
                <${Remove} what=${`GPU request ${index + 1}`} run=${() => remove(index)} />
              </div>
              ${(atLeast("advanced") || row.options.length > 0) && html`
                <div class="row-more">
                  <div class="cell full-cell">
                    <span class="cell-label">Options</span>
                    <${Pairs}
                      list=${row.options}
                      set=${(options) => change(index, { options })}
                      add="Add an option"
                      what="option"
                      legend="Driver options"
                    />
                  </div>
                </div>
              `}
            </div>
          `;
        })}
        <div class="add-row">
          <${Add}
            label="Add GPUs"
            run=${() => add({ driver: "", count: "all", device_ids: "", capabilities: "gpu", options: [] })}
          />
        </div>
      </div>
    `;
}

export const Security = ({ form }) => html`
    <${Fields}
      form=${form}
      keys=${["privileged", "cap_add", "cap_drop", "devices", "security_opt", "device_cgroup_rules"]}
    />
    ${(atLeast("intermediate") || form.draft.device_requests.length > 0) && html`<${Gpus} form=${form} />`}
  `;
