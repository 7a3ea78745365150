// @ts-check
// What the list of containers can be narrowed by: words, state, environment, health, stack, tag, label.
import { html, useMemo } from "../../../vendor/preact.js";
import { atLeast, environments, narrow } from "../../state.js";
import { HEALTHS, STATES } from "../../filter.js";
import { EnvBadge } from "./environment.js";
import { Icon } from "../elements/icon.js";

const unique = (words) => [...new Set(words.filter(Boolean))].sort((a, b) => a.localeCompare(b));

const Select = ({ label, every, value, options, change }) => html`
  <select class="input slim" aria-label=${label} value=${value} onChange=${(e) => change(e.target.value)}>
    <option value="">${every}</option>
    ${options.map(([name, word]) => html`
      <option key=${name} value=${name}>
        ${word}
      </option>
    `)}
  </select>
`;

/** On a phone there are no column heads to sort by. */
const ORDERS = [
  ["name", "By name"],
  ["name down", "By name, descending"],
  ["state", "Troubled first"],
  ["environment", "By environment"],
  ["image", "By image"],
  ["address", "By address"],
  ["up", "Newest first"],
  ["up down", "Longest uptime first"],
];

/** These keep their place also with 0. */
const ALWAYS = ["all", "running", "unhealthy", "failed", "stopped"];

export function ListTools({ all, filter, change, input, toFirst }) {
  const facts = useMemo(
    () => ({
      states: Object.entries(STATES).map(([name, [word, test]]) => [name, word, all.filter(test).length]),
      environments: [...environments.value.map((e) => e.code), "none"].map((code) => [
        code,
        all.filter((c) => (c.environment ?? "none") === code).length,
      ]),
      stacks: unique(all.map((c) => c.stack)),
      tags: unique(all.flatMap((c) => c.tags ?? [])),
      checked: all.some((c) => c.health !== "none"),
    }),
    [all, environments.value],
  );
  const order = `${filter.sort}${filter.down ? " down" : ""}`;
  const orders = ORDERS.some(([value]) => value === order)
    ? ORDERS
    : [...ORDERS, [order, `By ${filter.sort}, turned round`]];
  const keep = (list, value) =>
    (value && !list.includes(value) ? [...list, value] : list).map((word) => [word, word]);
  const typed = (event) => {
    if (event.key === "Escape") {
      event.target.blur();
      change({ text: "" });
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      event.target.blur();
      toFirst();
    }
  };
  return html`
    <div class="tools" role="search">
      <label class="search">
        <${Icon} name="search" />
        <input
          ref=${input}
          type="search"
          aria-label="Filter containers"
          placeholder="Filter by name, image, tag, label"
          value=${filter.text}
          onInput=${(e) => change({ text: e.target.value })}
          onKeyDown=${typed}
        />
        <kbd>/</kbd>
      </label>
      <div class="chips" role="group" aria-label="State">
        ${facts.states.map(([name, word, n]) =>
          n === 0 && !ALWAYS.includes(name) && filter.state !== name ? null : html`
            <button
              type="button"
              class="chip"
              key=${name}
              aria-pressed=${String(filter.state === name)}
              onClick=${() => change({ state: name })}
            >
              ${word} ${n}
            </button>
          `,
        )}
      </div>
      ${(filter.health || (facts.checked && atLeast("intermediate"))) && html`
        <${Select}
          label="Health"
          every="Any health"
          value=${filter.health}
          options=${Object.entries(HEALTHS)}
          change=${(health) => change({ health })}
        />
      `}
      ${(facts.stacks.length > 0 || filter.stack) && html`
        <${Select}
          label="Stack"
          every="Every stack"
          value=${filter.stack}
          options=${keep(facts.stacks, filter.stack)}
          change=${(stack) => change({ stack })}
        />
      `}
      ${(facts.tags.length > 0 || filter.tag) && html`
        <${Select}
          label="Tag"
          every="Every tag"
          value=${filter.tag}
          options=${keep(facts.tags, filter.tag)}
          change=${(tag) => change({ tag })}
        />
      `}
      ${filter.label && html`
        <button type="button" class="chip" aria-pressed="true" onClick=${() => change({ label: "" })}>
          <span class="clip label-chip">label ${filter.label}</span>
          <${Icon} name="x" class="small-icon" />
        </button>
      `}
      ${narrow.value && html`
        <select
          class="input slim"
          aria-label="Order"
          value=${order}
          onChange=${(e) => {
            const [sort, down] = e.target.value.split(" ");
            change({ sort, down: Boolean(down) });
          }}
        >
          ${orders.map(([value, word]) => html`
            <option key=${value} value=${value}>
              ${word}
            </option>
          `)}
        </select>
      `}
      <span class="grow"></span>
      <div class="chips" role="group" aria-label="Environment">
        ${facts.environments.map(([code, n]) =>
          n === 0 && filter.environment !== code ? null : html`
            <button
              type="button"
              class="chip"
              key=${code}
              aria-pressed=${String(filter.environment === code)}
              onClick=${() => change({ environment: filter.environment === code ? "" : code })}
            >
              <${EnvBadge} code=${code === "none" ? null : code} />
              ${n}
            </button>
          `,
        )}
      </div>
    </div>
  `;
}
