// @ts-check
// Connecting a container to a network, with an address that is chosen, typed, or left to the engine.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, listContainers } from "../../api.js";
import { tell } from "../../follow.js";
import { containerList, containers, replaceContainers } from "../../state.js";
import { Confirm } from "../operations/plan.js";
import { send } from "../frame/later.js";
import { networkPath } from "./acts.js";

/** What the address is chosen by: "engine", "next", "fixed", or the id of a reserved range. */
function wanted(how, address) {
  if (how === "engine") return {};
  if (how === "next") return { automatic: true };
  if (how === "fixed") return { [address.includes(":") ? "ipv6" : "ipv4"]: address };
  return { reservation: how };
}

export function ConnectDialog({ network, address: first = "", close }) {
  const [container, setContainer] = useState("");
  const [how, setHow] = useState(first ? "fixed" : "engine");
  const [address, setAddress] = useState(first);
  const [aliases, setAliases] = useState("");
  const [ranges, setRanges] = useState([]);
  useEffect(() => {
    if (!containers.value) listContainers().then(replaceContainers, () => {});
    if (network.subnets.length > 0)
      api(networkPath(network, "/reservations")).then(
        ({ items }) => setRanges(items),
        () => {},
      );
  }, []);
  const on = new Set(network.members.map((member) => member.name));
  const fits = (c) => !on.has(c.name) && !/^(host|none)$|^container:/.test(c.network_mode);
  const choices = (containerList.value ?? []).filter(fits);
  const hasFixed = network.subnets.length > 0 && network.name !== "bridge";
  const body = {
    container,
    ...wanted(how, address.trim()),
    aliases: aliases.split(/[\s,]+/).filter(Boolean),
  };
  const path = networkPath(network, "/connect");
  const blocked = !container
    ? "Choose a container."
    : how === "fixed" && !address.trim()
      ? "Enter the address."
      : "";
  return html`
    <${Confirm}
      title=${`Connect a container to ${network.name}`}
      icon="plug"
      label="Connect"
      doing="Connecting"
      again=${blocked ? "" : JSON.stringify(body)}
      close=${close}
      blocked=${blocked}
      ask=${async () => (blocked ? null : send(path, { body, dryRun: true }))}
      run=${async ({ confirm }) =>
        tell(await send(path, { body, query: { confirm } }), { doing: `Connecting to ${network.name}` })}
      before=${html`
          <div class="field">
            <label for="connect-container">Container</label>
            <select
              id="connect-container"
              value=${container}
              autofocus
              onChange=${(e) => setContainer(e.target.value)}
            >
              <option value="">Choose…</option>
              ${choices.map((c) => html`
                <option value=${c.name}>${c.name}</option>
              `)}
            </select>
            ${containerList.value && choices.length === 0 && html`
              <p class="hint">Every container that can join it is on it already.</p>
            `}
          </div>
          ${hasFixed && html`
              <div class="field">
                <label for="connect-how">Address</label>
                <select id="connect-how" value=${how} onChange=${(e) => setHow(e.target.value)}>
                  <option value="engine">Automatic (may change at each start)</option>
                  <option value="next">The next free one, fixed</option>
                  ${ranges.map((range) => html`
                    <option value=${range.id} disabled=${!range.next}>
                      The next of ${range.label}
                      ${range.next ? ` (${range.next})` : ", none left"}
                    </option>
                  `)}
                  <option value="fixed">Specific address</option>
                </select>
              </div>
              ${how === "fixed" && html`
                <div class="field">
                  <label for="connect-address">Fixed address</label>
                  <input
                    id="connect-address"
                    class="mono"
                    autocomplete="off"
                    spellcheck="false"
                    value=${address}
                    onInput=${(e) => setAddress(e.target.value)}
                  />
                </div>
              `}
            `}
          <div class="field">
            <label for="connect-aliases">Other names on this network</label>
            <input
              id="connect-aliases"
              class="mono"
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              placeholder="db postgres"
              value=${aliases}
              onInput=${(e) => setAliases(e.target.value)}
            />
            <p class="hint">Containers on it find this one by them, beside its own name.</p>
          </div>
        `}
    />
  `;
}
