// @ts-check
// Storage: folders of the host, volumes and memory that the container sees.
import { html } from "../../vendor/preact.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast } from "../components/elements/level.js";
import { Add, Cell, Fields, Remove, useRows } from "./controls.js";
import { answered } from "./faults.js";
import { ProposedFolders } from "./proposals.js";

const KINDS = [
  ["volume", "Volume"],
  ["bind", "Host folder"],
  ["tmpfs", "Memory"],
  ["image", "Image"],
  ["cluster", "Cluster volume"],
  ["npipe", "Named pipe"],
];
const SOURCE = {
  volume: ["Volume", "a name, or empty"],
  bind: ["Path on the host", "/srv/data"],
  image: ["Image", "nginx:1.27"],
  cluster: ["Volume", ""],
  npipe: ["Pipe", ""],
};
const NOTE = {
  volume: "Managed by the engine.",
  bind: "A folder of the host.",
  tmpfs: "In memory; lost when the container stops.",
};
const SYNTAX = [
  ["", "as usual"],
  ["volume", "-v"],
  ["mount", "--mount"],
  ["tmpfs", "--tmpfs"],
];
const empty = (kind) => ({
  kind,
  source: "",
  target: "",
  read_only: false,
  options: "",
  syntax: "",
  engine: "",
});

/** What the plan says of a path, if it says anything. Pure. */
export const warningsOf = (plan, { kind, source }) =>
  kind !== "bind" || source.length === 0
    ? []
    : (plan?.warnings ?? []).filter((text) =>
        source === "/"
          ? text.startsWith("The whole file system")
          : text.includes(source.replace(/\/+$/, "")),
      );

export function Storage({ form }) {
  const { rows, ref, change, add, remove } = useRows(form, "mounts");
  const expert = atLeast("advanced");
  return html`
      <p class="hint">
        Store persistent data here: everything else in the container is lost when it is recreated.
      </p>
      <div class="rows" ref=${ref} role="group" aria-label="Mounts">
        ${rows.map((row, index) => {
          if (answered(form.template, "mounts", row)) return null;
          const at = `mounts[${index}]`;
          const [label, placeholder] = SOURCE[row.kind] ?? [];
          const warnings = warningsOf(form.plan, row);
          const set = (patch) => change(index, patch);
          const odd = form.at(at);
          return html`
            <div class="form-row mount" key=${index} data-field=${at}>
              <${Cell} form=${form} path=${`${at}.kind`} label="Kind">
                ${({ id }) => html`
                  <select
                    id=${id}
                    value=${row.kind}
                    onChange=${(e) =>
                      set({ kind: e.target.value, ...(e.target.value === "tmpfs" && { source: "" }) })}
                  >
                    ${KINDS.filter(
                      ([kind]) => expert || kind === row.kind || ["volume", "bind", "tmpfs"].includes(kind),
                    ).map(([kind, word]) => html`
                      <option key=${kind} value=${kind}>
                        ${word}
                      </option>
                    `)}
                  </select>
                `}
              </${Cell}>
              ${label && html`
                <${Cell}
                  form=${form}
                  path=${`${at}.source`}
                  label=${label}
                  class="mono-cell grow-cell"
                  placeholder=${placeholder}
                  list=${row.kind === "volume"
                      ? "volumes-here"
                      : row.kind === "image"
                        ? "images-here"
                        : undefined}
                  value=${row.source}
                  set=${(source) => set({ source })}
                />
              `}
              <${Cell}
                form=${form}
                path=${`${at}.target`}
                label="Path in the container"
                class="mono-cell grow-cell"
                placeholder="/data"
                value=${row.target}
                set=${(target) => set({ target })}
              />
              <label class="check row-check">
                <input
                  type="checkbox"
                  checked=${row.read_only}
                  onChange=${(e) => set({ read_only: e.target.checked })}
                />
                <span>Read-only</span>
              </label>
              <div class="row-tools">
                <${Remove} what=${`mount ${row.target || index + 1}`} run=${() => remove(index)} />
              </div>
              ${(expert ||
                row.options ||
                row.syntax ||
                row.engine ||
                form.under(at)?.includes("syntax")) && html`
                <div class="row-more">
                  <${Cell}
                    form=${form}
                    path=${`${at}.options`}
                    label=${row.kind === "tmpfs" ? "Options" : "Options of -v"}
                    class="mono-cell"
                    placeholder=${row.kind === "tmpfs" ? "size=64m, mode=1777" : "z, rslave, nocopy"}
                    value=${row.options}
                    set=${(options) => set({ options })}
                  />
                  ${(expert || row.syntax) && html`
                    <${Cell} form=${form} path=${`${at}.syntax`} label="Written with">
                      ${({ id }) => html`
                        <select
                          id=${id}
                          value=${row.syntax}
                          onChange=${(e) => set({ syntax: e.target.value })}
                        >
                          ${SYNTAX.map(([value, word]) => html`
                            <option key=${value} value=${value}>
                              ${word}
                            </option>
                          `)}
                        </select>
                      `}
                    </${Cell}>
                  `}
                  ${(expert || row.engine) && html`
                    <${Cell}
                      form=${form}
                      path=${`${at}.engine`}
                      label="As engine JSON"
                      class="mono-cell grow-cell"
                      placeholder=${'{ "VolumeOptions": { "Subpath": "a" } }'}
                      value=${row.engine}
                      set=${(engine) => set({ engine })}
                    />
                  `}
                </div>
              `}
              ${odd && html`
                <p class="field-error" data-shown-error>
                  ${odd}
                </p>
              `}
              ${warnings.map((text) => html`
                <p class="row-warning" key=${text}>
                  <${Icon} name="triangle-alert" class="small-icon" />
                  ${text}
                </p>
              `)}
              ${!atLeast("intermediate") && NOTE[row.kind] && html`<p class="hint">${NOTE[row.kind]}</p>`}
            </div>
          `;
        })}
        <datalist id="volumes-here">
          ${(form.choices?.volumes ?? []).map((name) => html`
            <option key=${name} value=${name} />
          `)}
        </datalist>
        <div class="add-row row">
          <${Add} label="Add a volume" run=${() => add(empty("volume"))} />
          <${Add} label="Add a folder" run=${() => add(empty("bind"))} />
          ${atLeast("intermediate") && html`<${Add} label="Add memory" run=${() => add(empty("tmpfs"))} />`}
        </div>
      </div>
      <${ProposedFolders} form=${form} add=${(row) => add({ ...empty("volume"), ...row })} />
      <${Fields} form=${form} keys=${["read_only", "volumes_from"]} />
    `;
}
