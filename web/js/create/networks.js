// @ts-check
// Networks: the default bridge, several of one's own with addresses, or none of its own.
import { html, useEffect } from "../../vendor/preact.js";
import { listContainers } from "../api.js";
import { containerList, containers, engineUp, replaceContainers } from "../state.js";
import { Add, Cell, FieldError, Fields, Pairs, Remove, useRows } from "./controls.js";
import { atLeast } from "../components/elements/level.js";
import { later } from "../components/frame/later.js";

const MODES = [
  [
    "",
    "The engine's default bridge",
    "It can reach the internet; it is reachable only by its published ports.",
  ],
  ["networks", "User-defined networks", "Containers on the same network can reach each other by name."],
  ["host", "Host network", "No network isolation: its ports are the host's ports."],
  ["none", "No network", "It cannot communicate."],
  [
    "container",
    "Another container's network",
    "Both share one network stack, for example behind a VPN container.",
  ],
];

function Other({ form }) {
  const error = form.under("network_container") ?? form.under("network_mode");
  useEffect(() => {
    if (!containers.value && engineUp.value) listContainers().then(replaceContainers, () => {});
  }, []);
  const names = (containerList.value ?? [])
    .map((c) => c.name)
    .filter((name) => name !== form.base.name)
    .sort();
  return html`
    <div class="field" data-field="network_container">
      <label for="f-network-container">Whose network</label>
      <input
        id="f-network-container"
        type="text"
        class="mono"
        list="containers-here"
        autocomplete="off"
        value=${form.draft.network_container}
        onInput=${(e) => form.set("network_container", e.target.value)}
        aria-invalid=${error ? "true" : undefined}
        aria-describedby=${error ? "f-network-container-e" : undefined}
      />
      <datalist id="containers-here">
        ${names.map((name) => html`
          <option key=${name} value=${name} />
        `)}
      </datalist>
      <${FieldError} id="f-network-container-e" message=${error} />
    </div>
  `;
}

function Network({ form, row, index, change, remove }) {
  const at = `networks[${index}]`;
  const known = form.choices?.networks ?? [];
  const network = known.find(({ name }) => name === row.name);
  const fixed = network?.fixed_addresses || row.ipv4 || row.ipv6;
  const set = (patch) => change(index, patch);
  const expert = atLeast("advanced");
  const told = network
    ? [network.driver, network.internal && "internal", ...network.subnets].filter(Boolean).join(", ")
    : "";
  const text = (column, label, placeholder = "", note = null) => html`
    <${Cell}
      form=${form}
      path=${`${at}.${column}`}
      label=${label}
      note=${note}
      class="mono-cell"
      placeholder=${placeholder}
      value=${row[column]}
      set=${(value) => set({ [column]: value })}
    />
  `;
  const pick = html`
    <button
      type="button"
      class="btn s quiet"
      onClick=${() =>
        later(() => import("../components/networks/pick.js"), "PickDialog", {
          network: row.name,
          picked: (ipv4) => set({ ipv4 }),
        })}
    >
      Choose on the map
    </button>
  `;
  return html`
    <div class="form-row network" data-field=${at}>
      <${Cell}
        form=${form}
        path=${`${at}.name`}
        label=${index === 0 ? "Network" : "And"}
        note=${told && html`<p class="hint mono">${told}</p>`}
      >
        ${({ id, invalid, by }) => html`
          <select
            id=${id}
            aria-invalid=${invalid}
            aria-describedby=${by}
            value=${row.name}
            onChange=${(e) => set({ name: e.target.value })}
          >
            <option value="">Choose…</option>
            ${row.name && !network && html`<option value=${row.name}>${row.name}</option>`}
            ${known.map(({ name }) => html`
              <option key=${name} value=${name}>
                ${name}
              </option>
            `)}
          </select>
        `}
      </${Cell}>
      ${text("aliases", "Also called", "db, cache")}
      ${(atLeast("intermediate") || row.ipv4) &&
        (fixed ? (
          text("ipv4", "Fixed IPv4", "next free", network && pick)
        ) : html`
          <p class="hint no-fixed">${row.name ? "This network does not support fixed IP addresses." : ""}</p>
        `)}
      <div class="row-tools">
        <${Remove} what=${`network ${row.name || index + 1}`} run=${() => remove(index)} />
      </div>
      ${(expert ||
        row.ipv6 ||
        row.mac ||
        row.link_local_ips ||
        row.links ||
        row.gw_priority ||
        row.driver_opts.length > 0) && html`
        <div class="row-more">
          ${fixed && text("ipv6", "Fixed IPv6")}
          ${text("mac", "MAC address", "02:42:ac:11:00:02")}
          ${text("link_local_ips", "Link-local addresses")}
          ${text("links", "Links (legacy)", "container:alias")}
          ${text("gw_priority", "Gateway priority", "0")}
          <div class="cell full-cell" data-field=${`${at}.driver_opts`}>
            <span class="cell-label">Driver options</span>
            <${Pairs}
              list=${row.driver_opts}
              set=${(driver_opts) => set({ driver_opts })}
              add="Add an option"
              what="option"
              legend=${`Driver options for ${row.name || "this network"}`}
            />
            <${FieldError} message=${form.at(`${at}.driver_opts`)} />
          </div>
        </div>
      `}
      ${form.at(at) && html`
        <p class="field-error" data-shown-error>
          ${form.at(at)}
        </p>
      `}
    </div>
  `;
}

export function Networks({ form }) {
  const { rows, ref, change, add, remove } = useRows(form, "networks");
  const mode = form.draft.network_mode;
  const known = MODES.find(([value]) => value === mode);
  const error = mode === "container" ? null : (form.at("network_mode") ?? form.at("networks"));
  const blank = {
    name: "",
    aliases: "",
    ipv4: "",
    ipv6: "",
    mac: "",
    link_local_ips: "",
    links: "",
    driver_opts: [],
    gw_priority: "",
  };
  const choose = (value) => {
    form.set("network_mode", value);
    if (value === "networks" && rows.length === 0) form.set("networks", [blank]);
  };
  return html`
      <div class="fields">
        <div class="field" data-field="network_mode">
          <label for="f-network">Network mode</label>
          <select
            id="f-network"
            value=${mode}
            onChange=${(e) => choose(e.target.value)}
            aria-describedby="f-network-h"
            aria-invalid=${error ? "true" : undefined}
          >
            ${!known && html`<option value=${mode}>${mode}</option>`}
            ${MODES.map(([value, word]) => html`
              <option key=${value} value=${value}>
                ${word}
              </option>
            `)}
          </select>
          <p class="hint" id="f-network-h">
            ${known?.[2]}
          </p>
          <${FieldError} message=${error} />
        </div>
        ${mode === "container" && html`<${Other} form=${form} />`}
      </div>
      ${mode === "networks" && html`
        <div class="rows" ref=${ref} role="group" aria-label="Networks">
          ${rows.map((row, index) => html`
            <${Network} key=${index} form=${form} row=${row} index=${index} change=${change} remove=${remove} />
          `)}
          <div class="add-row">
            <${Add} label=${rows.length > 0 ? "Another network" : "Add a network"} run=${() => add(blank)} />
          </div>
        </div>
      `}
      <${Fields} form=${form} keys=${["hostname", "domainname"]} />
    `;
}
