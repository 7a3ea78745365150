// @ts-check
// The row of filters over the list of containers, and what is filtered by as chips to take away.
// Invariant: it stays one row at every width; below 768 px all but the search is behind one button.
import { html, signal, useEffect, useMemo, useState } from "../../../vendor/preact.js";
import { counts, environments, narrow } from "../../state.js";
import { HEALTHS, NO_FILTER, STATES } from "../../filter.js";
import { FOLDED } from "./container-list.js";
import { EnvBadge } from "./environment.js";
import { FilterPopover, FilterSheet } from "./filter-fields.js";
import { compact, keepGrouping, few, setCompact, setFew, wide } from "./list-view.js";
import { openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast, byLevel, more } from "../elements/level.js";
import { openMenu } from "../frame/menu.js";

const unique = (words) => [...new Set(words.filter(Boolean))].sort((a, b) => a.localeCompare(b));

const stateWord = (name) => {
  const [word, , plain = word] = STATES[name];
  return byLevel(plain, word, word);
};
/** These keep their place also with 0. */
const ALWAYS = ["all", "running", "unhealthy", "failed", "stopped"];

/** What can be filtered by, with how many there are; states are counted by the program. */
function useFacts(all, filter) {
  const { containers = 0, groups = {} } = counts.value ?? {};
  const states = Object.entries(STATES)
    .map(([name]) => [name, stateWord(name), name === "all" ? containers : (groups[name] ?? 0)])
    .filter(([name, , n]) => n > 0 || ALWAYS.includes(name) || filter.state === name);
  const rest = useMemo(
    () => ({
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
  return {
    ...rest,
    states,
    environments: rest.environments.filter(([code, n]) => n > 0 || filter.environment === code),
  };
}

/** What is filtered by, apart from the text: [what to take away, what it says]. */
const activeFilters = (f) =>
  [
    f.state !== "all" && ["state", `State: ${stateWord(f.state)}`],
    f.environment && ["environment", `Environment: ${f.environment}`],
    f.health && ["health", `Health: ${HEALTHS[f.health]}`],
    f.stack && ["stack", `Stack: ${f.stack}`],
    f.tag && ["tag", `Tag: ${f.tag}`],
    f.label && ["label", `Label: ${f.label}`],
  ].filter(Boolean);

function Active({ filter, change }) {
  const active = activeFilters(filter);
  if (active.length === 0) return null;
  return html`
    <div class="active-filters" role="group" aria-label="Active filters">
      ${active.map(([name, text]) => html`
        <button
          type="button"
          class="chip"
          key=${name}
          aria-label=${`Remove the filter ${text}`}
          title="Remove this filter"
          onClick=${() => change({ [name]: NO_FILTER[name] })}
        >
          <span class="clip">${text}</span>
          <${Icon} name="x" class="small-icon" />
        </button>
      `)}
      ${active.length > 1 && html`
        <button
          type="button"
          class="link"
          onClick=${() => change(Object.fromEntries(active.map(([name]) => [name, NO_FILTER[name]])))}
        >
          Remove all
        </button>
      `}
    </div>
  `;
}

/** A button that shows what is chosen, with the choices in a menu. */
const Choice = ({ label, text, items }) => html`
  <button
    type="button"
    class="btn choice"
    aria-label=${label}
    aria-haspopup="menu"
    aria-expanded="false"
    onClick=${(event) => openMenu(event.currentTarget, items())}
  >
    ${text}
    <${Icon} name="chevron-down" class="small-icon" />
  </button>
`;

function StateChoice({ facts, filter, change }) {
  if (wide.value)
    return html`
      <div class="chips" role="group" aria-label="State">
        ${facts.states.map(([name, word, n]) => html`
          <button
            type="button"
            class="chip"
            key=${name}
            aria-pressed=${String(filter.state === name)}
            onClick=${() => change({ state: name })}
          >
            ${word} ${n}
          </button>
        `)}
      </div>
    `;
  const [, word, n] = facts.states.find(([name]) => name === filter.state);
  const text = `${filter.state === "all" ? "State: All" : word} ${n}`;
  return html`
    <${Choice}
      label=${text.startsWith("State") ? text : `State: ${text}`}
      text=${text}
      items=${() =>
        facts.states.map(([state, label, count]) => ({
          label: `${label} ${count}`,
          checked: filter.state === state,
          run: () => change({ state }),
        }))}
    />
  `;
}

function EnvironmentChoice({ facts, filter, change }) {
  const badge = (code) => html`<${EnvBadge} code=${code === "none" ? null : code} />`;
  const chosen = filter.environment;
  return html`
    <${Choice}
      label=${`Environment: ${chosen || "all"}`}
      text=${chosen ? badge(chosen) : "Environment"}
      items=${() => [
        {
          label: "All environments",
          checked: !chosen,
          run: () => change({ environment: "" }),
        },
        ...facts.environments.map(([code, n]) => ({
          label: code,
          node: html`
              ${badge(code)} <small>${n}</small>
            `,
          checked: chosen === code,
          run: () => change({ environment: code }),
        })),
      ]}
    />
  `;
}

const Toggle = ({ label, icon, on, change }) => html`
  <button
    type="button"
    class="btn icon"
    title=${label}
    aria-label=${label}
    aria-pressed=${String(on)}
    onClick=${() => change(!on)}
  >
    <${Icon} name=${icon} />
  </button>
`;

export function ListTools({ all, filter, change, input, toFirst }) {
  const facts = useFacts(all, filter);
  const [shared] = useState(() => signal(null));
  const group = (on) => {
    keepGrouping(on ? "stack" : "");
    change({ group: on ? "stack" : "" });
  };
  const fields = { facts, filter, change, group };
  useEffect(() => {
    shared.value = fields;
  });
  const behind = activeFilters(filter).filter(
    ([name]) => narrow.value || !["state", "environment"].includes(name),
  ).length;
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
      <div class="tools list-tools" role="search">
        <label class="search">
          <${Icon} name="search" />
          <input
            ref=${input}
            type="search"
            aria-label="Filter containers"
            placeholder=${narrow.value ? "Search" : "Name, image, tag"}
            value=${filter.text}
            onInput=${(e) => change({ text: e.target.value })}
            onKeyDown=${typed}
          />
          <kbd>/</kbd>
        </label>
        ${narrow.value ? html`
          <button
            type="button"
            class="btn"
            aria-haspopup="dialog"
            onClick=${() => openDialog(FilterSheet, { shared })}
          >
            <${Icon} name="list-filter" />
            Filter
            ${behind > 0 && html`<b class="count">${behind}</b>`}
          </button>
        ` : html`
            <${StateChoice} ...${fields} />
            <span class="grow"></span>
            <${EnvironmentChoice} ...${fields} />
            <${FilterPopover} ...${fields} count=${behind} />
            <${Toggle} label="Group by stack" icon="layers" on=${filter.group === "stack"} change=${group} />
            ${!atLeast("intermediate") && html`
              <button
                type="button"
                class="btn"
                aria-expanded=${String(!few.value)}
                onClick=${() => setFew(!few.value)}
              >
                ${few.value ? more(FOLDED, "column") : "Fewer columns"}
              </button>
            `}
            ${!few.value && html`
              <${Toggle} label="Compact rows" icon="rows" on=${compact.value} change=${setCompact} />
            `}
          `}
      </div>
      <${Active} filter=${filter} change=${change} />
    `;
}
