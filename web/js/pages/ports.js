// @ts-check
// The ports of this host: who publishes which, what listens on others, and which is free.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { changedNetworks, stale } from "../stream.js";
import { containers, engineUp } from "../state.js";
import { plural } from "../format.js";
import { useReturn } from "../navigation.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { Help } from "../components/elements/level.js";
import { Tabs } from "../components/networks/tabs.js";

/** The list, asked for again a moment after a container has changed. */
function useList(data) {
  const [list, setList] = useState(data);
  const changes = changedNetworks.value + stale.value;
  const known = containers.value;
  const [seen] = useState({ changes, known });
  const up = engineUp.value;
  useEffect(() => {
    if (!up || (changes === seen.changes && known === seen.known && list.items)) return undefined;
    const timer = setTimeout(() => api("/api/ports").then(setList, () => {}), 300);
    return () => clearTimeout(timer);
  }, [changes, known, up]);
  return list;
}

const has = (one, words) => {
  const text = [
    one.port,
    one.protocol,
    one.container?.name ?? "program of this host",
    one.container_port ?? "",
    ...one.addresses,
  ]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
};

const Row = ({ one }) => html`
  <tr role="row" data-port=${`${one.port}/${one.protocol}`}>
    <th scope="row" role="rowheader">
      <b class="mono">${one.port}</b>
      <small class="faint mono">${one.protocol}</small>
    </th>
    <td role="cell" data-head="Addresses">
      <span class="mono any">${one.addresses.join(", ") || "all"}</span>
    </td>
    <td role="cell" data-head="Who">
      ${one.container ? html`
          <a class="any" href=${containerLink(one.container)}>
            ${one.container.name}
          </a>
          ${one.container.environment && html`
              ${" "}
              <span class="tag plain-tag">${one.container.environment}</span>
            `}
          ${!one.container.running && html`<small class="faint">not running</small>`}
        ` : html`
        <span class="faint">A program of this host</span>
      `}
    </td>
    <td role="cell" data-head="In the container" class="mono">
      ${one.container_port ?? "–"}
    </td>
    <td role="cell" data-head="Conflict">
      ${one.conflict ? html`
        <span class="st warn wraps">
          <${Icon} name="triangle-alert" />
          <span>${one.conflict}</span>
        </span>
      ` : html`
        <span class="faint">None</span>
      `}
    </td>
  </tr>
`;

function FreePort() {
  const [near, setNear] = useState("8080");
  const [free, setFree] = useState("");
  const number = Number(near);
  const fits = Number.isInteger(number) && number >= 1 && number <= 65535;
  const ask = async (event) => {
    event.preventDefault();
    try {
      const { port } = await api("/api/ports/free", { query: { near: number } });
      setFree(port ? `${port} is free.` : `None above ${number} is free.`);
    } catch (problem) {
      setFree(problem.detail ?? problem.message);
    }
  };
  return html`
    <form class="row free-port" onSubmit=${ask}>
      <label for="near">Free port from</label>
      <div class="field">
        <input
          id="near"
          class="mono"
          inputmode="numeric"
          autocomplete="off"
          aria-invalid=${fits ? undefined : "true"}
          value=${near}
          onInput=${(e) => setNear(e.target.value)}
        />
      </div>
      <button type="submit" class="btn" disabled=${!fits || !engineUp.value}>
        Find
      </button>
      <output for="near">${free}</output>
    </form>
  `;
}

function List({ items }) {
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((one) => has(one, words));
  return html`
      <div class="tools list-tools" role="search">
        <label class="search">
          <${Icon} name="search" />
          <input
            type="search"
            aria-label="Filter ports"
            placeholder="Port, container, address"
            value=${text}
            onInput=${(e) => setText(e.target.value)}
          />
        </label>
        <${FreePort} />
      </div>
      ${found.length === 0 ? html`
        <${Empty}
          icon="search"
          title=${items.length === 0 ? "No port is published, and nothing listens" : "No port matches"}
        >
          ${items.length > 0 && html`
            <div class="row">
              <button type="button" class="btn primary" onClick=${() => setText("")}>
                Show all
              </button>
            </div>
          `}
        </${Empty}>
      ` : html`
        <section class="card networks">
          <div class="matrix">
            <table class="plain-table" role="table" aria-label="Ports">
              <thead role="rowgroup">
                <tr role="row">
                  ${["Port", "Addresses", "Who", "In the container", "Conflict"].map((head) => html`
                    <th scope="col" role="columnheader">
                      ${head}
                    </th>
                  `)}
                </tr>
              </thead>
              <tbody role="rowgroup">
                ${found.map((one) => html`
                  <${Row}
                    key=${`${one.port}/${one.protocol}/${one.container?.id}/${one.container_port}`}
                    one=${one}
                  />
                `)}
              </tbody>
            </table>
          </div>
        </section>
      `}
    `;
}

export default function Ports({ data }) {
  useReturn();
  const { items, sees_host: seesHost } = useList(data);
  const conflicts = (items ?? []).filter((one) => one.conflict).length;
  return html`
      <div class="head">
        <div>
          <h1>Ports</h1>
          ${items && html`
            <p>
              ${plural(items.length, "port")} of this host in use or published
              ${conflicts > 0 ? `, ${plural(conflicts, "conflict")}` : ""}.
              ${!seesHost && " Programs of the host itself cannot be seen from here."}
            </p>
          `}
          <${Help}>
            <b>Published port:</b> a port of this host that leads into a container.
          </${Help}>
        </div>
      </div>
      <${Tabs} page="ports" />
      ${items ? html`<${List} items=${items} />` : html`<${NoEngine} what="ports" />`}
    `;
}
