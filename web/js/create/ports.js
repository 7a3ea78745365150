// @ts-check
// Ports: which of the host's lead to which of the container's, and who has them already.
import { html } from "../../vendor/preact.js";
import { Add, Cell, Fields, Remove, useRows } from "./controls.js";
import { answered } from "./faults.js";
import { freePort, holder } from "./ports-in-use.js";
import { ProposedPorts } from "./proposals.js";
import { atLeast } from "../components/elements/level.js";

export function Ports({ form }) {
  const { rows, ref, change, add, remove } = useRows(form, "ports");
  const used = form.choices?.ports ?? [];
  const addresses = atLeast("intermediate") || rows.some((row) => row.host_ip);
  return html`
      <p class="hint">
        Maps a host port to a container port. If the host port is empty, the engine chooses a free one.
      </p>
      <div class="rows" ref=${ref} role="group" aria-label="Published ports">
        ${rows.map((row, index) => {
          if (answered(form.template, "ports", row)) return null;
          const at = `ports[${index}]`;
          const held = holder(row, index, rows, used, form.base.name);
          const free =
            held && row.host_port.trim() === String(held.port)
              ? freePort(held.port, row.protocol, rows, used)
              : null;
          const error = form.at(`${at}.host_port`);
          const offer = free && html`
            <button type="button" class="link" onClick=${() => change(index, { host_port: String(free) })}>
              Use ${free}
            </button>
          `;
          // While it is typed nothing is marked as wrong.
          const note = held ? html`
            <p class=${form.isLeft(`${at}.host_port`) ? "field-error" : "hint"} role="status">
              ${held.who === "another row"
                ? `Another row already uses port ${held.port}.`
                : `${held.who} has port ${held.port} already.`}${" "}
              ${offer}
            </p>
          ` : null;
          return html`
            <div class=${`form-row port ${addresses ? "with-ip" : ""}`} key=${index} data-field=${at}>
              <${Cell}
                form=${form}
                path=${`${at}.host_port`}
                label="Host port"
                class="mono-cell"
                placeholder="any free"
                inputmode="numeric"
                value=${row.host_port}
                set=${(host_port) => change(index, { host_port })}
                note=${note}
              />
              <span class="to" aria-hidden="true">
                →
              </span>
              <${Cell}
                form=${form}
                path=${`${at}.container_port`}
                label="Container port"
                class="mono-cell"
                placeholder="80"
                inputmode="numeric"
                value=${row.container_port}
                set=${(container_port) => change(index, { container_port })}
              />
              <${Cell} form=${form} path=${`${at}.protocol`} label="Protocol">
                ${({ id }) => html`
                  <select
                    id=${id}
                    value=${row.protocol}
                    onChange=${(e) => change(index, { protocol: e.target.value })}
                  >
                    ${["tcp", "udp", "sctp"].map((name) => html`
                      <option key=${name}>${name}</option>
                    `)}
                  </select>
                `}
              </${Cell}>
              ${addresses && html`
                <${Cell}
                  form=${form}
                  path=${`${at}.host_ip`}
                  label="Only on this address"
                  class="mono-cell ip"
                  placeholder="every address"
                  value=${row.host_ip}
                  set=${(host_ip) => change(index, { host_ip })}
                />
              `}
              <div class="row-tools">
                <${Remove}
                  what=${`port ${row.host_port || row.container_port || index + 1}`}
                  run=${() => remove(index)}
                />
              </div>
              ${form.at(at) && html`
                <p class="field-error" data-shown-error>
                  ${form.at(at)} ${offer}
                </p>
              `}
              ${error && offer && html`<p class="hint">${offer}</p>`}
            </div>
          `;
        })}
        <div class="add-row">
          <${Add}
            label="Publish a port"
            run=${() => add({ host_port: "", container_port: "", protocol: "tcp", host_ip: "" })}
          />
        </div>
      </div>
      <${ProposedPorts} form=${form} add=${add} />
      <${Fields} form=${form} keys=${["expose", "publish_all"]} />
    `;
}
