// All operations that are remembered: what is under way first, then how the last ones ended.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { setQuery } from "../navigation.js";
import { isOver, operationList } from "../state.js";
import { plural } from "../format.js";
import { Empty } from "../components/elements/empty.js";
import { Help } from "../components/elements/level.js";
import { TERMS } from "../terms.js";
import { Operation } from "../components/operations/drawer.js";

const STATES = {
  all: ["All", () => true],
  running: ["Under way", (o) => !isOver(o)],
  succeeded: ["Done", (o) => o.state === "succeeded"],
  failed: ["Failed", (o) => o.state === "failed"],
  rolled_back: ["Rolled back", (o) => o.state === "rolled_back"],
  cancelled: ["Cancelled", (o) => o.state === "cancelled"],
  interrupted: ["Interrupted", (o) => o.state === "interrupted"],
};
const PAGE = 40;

/** `container.bulk.stop` is "Container: stop many". */
function kindWord(kind) {
  const [room, ...rest] = kind.split(".");
  const many = rest[0] === "bulk";
  const what = (many ? rest.slice(1) : rest).join(" ").replaceAll("_", " ");
  return `${room[0].toUpperCase()}${room.slice(1)}${what && `: ${what}`}${many ? " many" : ""}`;
}

export default function Operations() {
  const [filter, setFilter] = useState(() => {
    const query = new URLSearchParams(location.search);
    const state = query.get("state") ?? "";
    return { state: Object.hasOwn(STATES, state) ? state : "all", kind: query.get("kind") ?? "" };
  });
  const [most, setMost] = useState(PAGE);
  const change = (patch) => {
    setFilter((was) => ({ ...was, ...patch }));
    setMost(PAGE);
  };
  useEffect(() => {
    const query = new URLSearchParams();
    if (filter.state !== "all") query.set("state", filter.state);
    if (filter.kind) query.set("kind", filter.kind);
    setQuery(query);
  }, [filter]);
  const all = [...operationList.value].sort((a, b) => isOver(a) - isOver(b));
  const kinds = [...new Set([...all.map((o) => o.kind), filter.kind].filter(Boolean))].sort();
  const found = all.filter((o) => STATES[filter.state][1](o) && (!filter.kind || o.kind === filter.kind));
  return html`
      <div class="head">
        <div>
          <h1>Operations</h1>
          <p>Operations and their results. The last 200 are kept.</p>
          <${Help}>
            <b>Operation:</b> ${TERMS.operation}
          </${Help}>
        </div>
      </div>
      ${all.length === 0 ? html`
        <section class="card">
          <${Empty} icon="history" title="No operations yet">
            <p>
              Starting, stopping, recreating, deleting: each operation is listed here with its steps. They
              continue when you leave the page.
            </p>
            <div class="row">
              <a class="btn primary" href="/containers">
                Containers
              </a>
            </div>
          </${Empty}>
        </section>
      ` : html`
          <div class="tools" role="search">
            <div class="chips" role="group" aria-label="State">
              ${Object.entries(STATES).map(([name, [word, test]]) => {
                const n = all.filter(test).length;
                return n === 0 && name !== "all" && filter.state !== name ? null : html`
                  <button
                    type="button"
                    class="chip"
                    key=${name}
                    aria-pressed=${String(filter.state === name)}
                    onClick=${() => change({ state: name })}
                  >
                    ${word} ${n}
                  </button>
                `;
              })}
            </div>
            <select
              class="input slim"
              aria-label="Kind"
              value=${filter.kind}
              onChange=${(e) => change({ kind: e.target.value })}
            >
              <option value="">Every kind</option>
              ${kinds.map((kind) => html`
                <option key=${kind} value=${kind}>
                  ${kindWord(kind)}
                </option>
              `)}
            </select>
          </div>
          <p class="visually-hidden" role="status">
            ${plural(found.length, "operation")} shown
          </p>
          <section class="card" aria-label="Operations">
            ${found.length === 0 ? html`
              <${Empty} icon="search" title="No matching operations">
                <div class="row">
                  <button
                    type="button"
                    class="btn primary"
                    onClick=${() => change({ state: "all", kind: "" })}
                  >
                    Show all
                  </button>
                </div>
              </${Empty}>
            ` : (
              found
                .slice(0, most)
                .map((operation) => html`<${Operation} key=${operation.id} operation=${operation} />`)
            )}
            ${found.length > most && html`
              <button type="button" class="fold-button" onClick=${() => setMost(most + PAGE)}>
                ${found.length - most} older
              </button>
            `}
          </section>
        `}
    `;
}
