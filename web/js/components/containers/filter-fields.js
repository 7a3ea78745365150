// @ts-check
// The filters that are wanted less often: beside their button on a wide page, with all the others on a phone.
import { html, useRef, useState } from "../../../vendor/preact.js";
import { HEALTHS } from "../../filter.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { few, setFew } from "./list-view.js";

/** On a phone there are no column heads to sort by. */
const ORDERS = [
  ["name", "Name"],
  ["name down", "Name, from Z to A"],
  ["state", "State, most urgent first"],
  ["cpu", "CPU, highest first"],
  ["memory", "Memory, highest first"],
  ["environment", "Environment"],
  ["image", "Image"],
  ["address", "Address"],
  ["up", "Newest first"],
  ["up down", "Longest uptime first"],
];

function Select({ label, every = "", value, options, change }) {
  const known = options.some(([name]) => name === value) || !value;
  return html`
    <label class="filter-field">
      <span>${label}</span>
      <select class="input" aria-label=${label} value=${value} onChange=${(e) => change(e.target.value)}>
        ${every && html`<option value="">${every}</option>`}
        ${(known ? options : [...options, [value, value]]).map(([name, word]) => html`
          <option key=${name} value=${name}>
            ${word}
          </option>
        `)}
      </select>
    </label>
  `;
}

const pairs = (list) => list.map((word) => [word, word]);

function Fields({ facts, filter, change }) {
  return html`
      ${(filter.health || (facts.checked && atLeast("intermediate"))) && html`
        <${Select}
          label="Health"
          every="Any"
          value=${filter.health}
          options=${Object.entries(HEALTHS)}
          change=${(health) => change({ health })}
        />
      `}
      ${(facts.stacks.length > 0 || filter.stack) && html`
        <${Select}
          label="Stack"
          every="All"
          value=${filter.stack}
          options=${pairs(facts.stacks)}
          change=${(stack) => change({ stack })}
        />
      `}
      ${(facts.tags.length > 0 || filter.tag) && html`
        <${Select}
          label="Tag"
          every="All"
          value=${filter.tag}
          options=${pairs(facts.tags)}
          change=${(tag) => change({ tag })}
        />
      `}
      <label class="filter-field">
        <span>Label</span>
        <input
          class="input mono"
          aria-label="Label"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          placeholder="key or key=value"
          value=${filter.label}
          onChange=${(e) => change({ label: e.target.value.trim() })}
        />
      </label>
    `;
}

/** The button and, while it is open, the fields under it. */
export function FilterPopover({ facts, filter, change, count }) {
  const [open, setOpen] = useState(false);
  const button = useRef();
  const box = useRef();
  const place = (event) => {
    const shows = event.newState === "open";
    if (shows) {
      const { right, bottom } = button.current.getBoundingClientRect();
      const { width } = box.current.getBoundingClientRect();
      box.current.style.setProperty("left", `${Math.max(8, right - width)}px`);
      box.current.style.setProperty("top", `${bottom + 4}px`);
      box.current.querySelector("select, input")?.focus({ preventScroll: true });
    }
    setOpen(shows);
  };
  const keys = (event) => {
    // The keys of the page do not see it: Esc is for this field alone.
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    box.current.hidePopover();
    button.current.focus();
  };
  return html`
      <button
        ref=${button}
        type="button"
        class="btn"
        aria-haspopup="dialog"
        aria-expanded=${String(open)}
        popovertarget="more-filters"
      >
        <${Icon} name="list-filter" />
        Filter
        ${count > 0 && html`<b class="count">${count}</b>`}
      </button>
      <div
        ref=${box}
        id="more-filters"
        class="filter-box"
        popover="auto"
        role="dialog"
        aria-label="Filter"
        onToggle=${place}
        onKeyDown=${keys}
      >
        <${Fields} facts=${facts} filter=${filter} change=${change} />
      </div>
    `;
}

/** Everything at once, on a phone. `shared` holds what the page has at the moment. */
export function FilterSheet({ shared, close }) {
  const { facts, filter, change, group } = shared.value;
  const order = `${filter.sort}${filter.down ? " down" : ""}`;
  return html`
    <${Modal} label="Filter" close=${close}>
      <${DialogHead} title="Filter and order" icon="list-filter" close=${close} />
      <div class="content filter-sheet">
        <${Select}
          label="State"
          value=${filter.state}
          options=${facts.states.map(([name, word, n]) => [name, `${word} ${n}`])}
          change=${(state) => change({ state })}
        />
        <${Select}
          label="Environment"
          every="All"
          value=${filter.environment}
          options=${facts.environments.map(([code, n]) => [code, `${code} ${n}`])}
          change=${(environment) => change({ environment })}
        />
        <${Fields} facts=${facts} filter=${filter} change=${change} />
        <${Select}
          label="Order"
          value=${order}
          options=${ORDERS}
          change=${(value) => {
            const [sort, down] = value.split(" ");
            change({ sort, down: Boolean(down) });
          }}
        />
        <label class="check">
          <input
            type="checkbox"
            checked=${filter.group === "stack"}
            onChange=${(e) => group(e.target.checked)}
          />
          <span>Group by stack</span>
        </label>
        ${!atLeast("intermediate") && html`
          <label class="check">
            <input type="checkbox" checked=${!few.value} onChange=${(e) => setFew(!e.target.checked)} />
            <span>Show image and usage</span>
          </label>
        `}
      </div>
      <footer>
        <button type="button" class="btn primary" onClick=${close}>
          Show the list
        </button>
      </footer>
    </${Modal}>
  `;
}
