// @ts-check
// Networks: which there are, who is on them, how full they are.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { engineUp } from "../state.js";
import { changedNetworks, stale } from "../stream.js";
import { plural } from "../format.js";
import { useReturn } from "../navigation.js";
import { TERMS } from "../terms.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, byLevel, Help } from "../components/elements/level.js";
import { openMenu } from "../components/frame/menu.js";
import {
  askCreate,
  askDocument,
  askPrune,
  networkItems,
  networkLink,
} from "../components/networks/acts.js";
import { Tabs } from "../components/networks/tabs.js";
import { Marks, subnetsOf, Usage } from "../components/networks/usage.js";

/** The list, asked for again a moment after a network or who is on it has changed. */
function useList(data) {
  const [list, setList] = useState(data);
  const changes = changedNetworks.value + stale.value;
  const [seen] = useState(changedNetworks.peek() + stale.peek());
  const up = engineUp.value;
  useEffect(() => {
    if (!up || (changes === seen && list.items)) return undefined;
    const timer = setTimeout(() => api("/api/networks").then(setList, () => {}), 150);
    return () => clearTimeout(timer);
  }, [changes, up]);
  return list;
}

function Row({ network }) {
  const on = network.members.map((member) => member.name);
  const names = on.length > 3 ? `${on.slice(0, 3).join(", ")} and ${on.length - 3} more` : on.join(", ");
  return html`
    <tr role="row" data-network=${network.name}>
      <th scope="row" role="rowheader">
        <a class="any" href=${networkLink(network)}>
          <b>${network.name}</b>
        </a>${" "}
        <${Marks} network=${network} />
        ${atLeast("advanced") && html`<small class="faint mono">${network.id.slice(0, 12)}</small>`}
      </th>
      <td role="cell" data-head="Subnet">
        <span class="mono any">${subnetsOf(network) || "–"}</span>
        ${atLeast("intermediate") && html`<small class="faint">${network.driver}</small>`}
      </td>
      <td role="cell" data-head="Containers">
        ${on.length === 0 ? html`<span class="faint">None</span>` : html`<span class="any">${names}</span>`}
      </td>
      <td role="cell" data-head="Addresses">
        <${Usage} usage=${network.usage} />
        ${network.oversized && network.oversized.impact !== "LOW" && html`
          <small class="faint">${byLevel("larger than needed", "larger than needed", "oversized")}</small>
        `}
      </td>
      <td role="cell" class="moves">
        <button
          type="button"
          class="btn quiet icon s"
          aria-label=${`Actions of ${network.name}`}
          title="Actions"
          aria-haspopup="menu"
          aria-expanded="false"
          onClick=${(event) => openMenu(event.currentTarget, networkItems(network))}
        >
          <${Icon} name="ellipsis-vertical" />
        </button>
      </td>
    </tr>
  `;
}

const has = (network, words) => {
  const text = [
    network.name,
    network.driver,
    subnetsOf(network),
    network.stack ?? "",
    ...network.members.map((member) => member.name),
  ]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
};

function List({ items }) {
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((network) => has(network, words));
  return html`
      <div class="tools list-tools" role="search">
        <label class="search">
          <${Icon} name="search" />
          <input
            type="search"
            aria-label="Filter networks"
            placeholder="Name, subnet, container"
            value=${text}
            onInput=${(e) => setText(e.target.value)}
          />
        </label>
      </div>
      ${found.length === 0 ? html`
        <${Empty} icon="search" title="No network matches">
          <div class="row">
            <button type="button" class="btn primary" onClick=${() => setText("")}>
              Show all
            </button>
          </div>
        </${Empty}>
      ` : html`
        <section class="card networks">
          <div class="matrix">
            <table class="plain-table" role="table" aria-label="Networks">
              <thead role="rowgroup">
                <tr role="row">
                  ${["Network", "Subnet", "Containers", "Addresses"].map((head) => html`
                    <th scope="col" role="columnheader">
                      ${head}
                    </th>
                  `)}
                  <th scope="col" role="columnheader">
                    <span class="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                ${found.map((network) => html`
                  <${Row} key=${network.id} network=${network} />
                `)}
              </tbody>
            </table>
          </div>
        </section>
      `}
    `;
}

export default function Networks({ data }) {
  useReturn();
  const { items } = useList(data);
  const unused = (items ?? []).filter((one) => !one.is_predefined && one.members.length === 0);
  useEffect(() => {
    const asked = new URLSearchParams(location.search).get("do");
    if (asked === "create") askCreate();
    if (asked === "prune") askPrune(unused);
  }, []);
  return html`
      <div class="head">
        <div>
          <h1>Networks</h1>
          ${items && html`
            <p>${`${plural(items.length, "network")} on this host${unused.length > 0 ? `, ${unused.length} unused` : ""}.`}</p>
          `}
          <${Help}>
            <b>Network:</b> ${TERMS.network}
          </${Help}>
        </div>
        ${items && html`
          <div class="actions">
            <button type="button" class="btn" disabled=${!engineUp.value} onClick=${() => askDocument()}>
              <${Icon} name="file-text" />
              Documentation
            </button>
            <button type="button" class="btn" disabled=${!engineUp.value} onClick=${() => askPrune(unused)}>
              <${Icon} name="trash-2" />
              ${atLeast("intermediate") ? "Prune" : "Remove unused"}
            </button>
            <button type="button" class="btn primary" disabled=${!engineUp.value} onClick=${askCreate}>
              <${Icon} name="plus" />
              New network
            </button>
          </div>
        `}
      </div>
      <${Tabs} page="networks" />
      ${items ? html`<${List} items=${items} />` : html`<${NoEngine} what="networks" />`}
    `;
}
