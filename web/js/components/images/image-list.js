// @ts-check
// The rows of the list of images: only those in sight are drawn.
import { html, useMemo } from "../../../vendor/preact.js";
import { engineUp } from "../../state.js";
import { compact, few, heights } from "../containers/list-view.js";
import { Icon } from "../elements/icon.js";
import { byLevel } from "../elements/level.js";
import { offsetsOf, useWindowRows } from "../elements/virtual.js";
import { ImageRow } from "./image-row.js";

const COLUMNS = [
  ["name", "Name", "name"],
  ["use", "Used by", "use"],
  ["size", "Size", "size"],
  ["created", "Created", "made"],
  ["", "Platform", "platform"],
];
const FEW = ["name", "use", "size"];

/** Where each row begins. */
export const useOffsets = (rows) => {
  const { row } = heights.value;
  return useMemo(() => offsetsOf(rows.map(() => row)), [rows, row]);
};

function Heads({ filter, change, all, some, chooseAll }) {
  const shown = COLUMNS.filter(([name]) => !few.value || FEW.includes(name));
  return html`
    <div class="list-head" role="row">
      <div class="c-pick" role="columnheader">
        <label>
          <input
            type="checkbox"
            aria-label="Select all shown"
            checked=${all}
            indeterminate=${some && !all}
            onClick=${(event) => chooseAll(event.target.checked)}
          />
        </label>
      </div>
      ${shown.map(([name, word, column]) => {
        const active = filter.sort === name;
        const upward = name === "name" ? !filter.down : filter.down;
        return name ? html`
          <div
            class=${`c-${column}`}
            key=${column}
            role="columnheader"
            aria-sort=${active ? (upward ? "ascending" : "descending") : "none"}
          >
            <button type="button" onClick=${() => change({ sort: name, down: active && !filter.down })}>
              ${word}
              ${active && html`<${Icon} name=${upward ? "arrow-up" : "arrow-down"} class="small-icon" />`}
            </button>
          </div>
        ` : html`
          <div class=${`c-${column}`} key=${column} role="columnheader">
            ${word}
          </div>
        `;
      })}
      <div class="c-act" role="columnheader">
        <span class="visually-hidden">Actions</span>
      </div>
    </div>
  `;
}

/** `cursor` is the id of the image that the keyboard is at, `shared` maps ids to bytes or is null. */
export function ImageList({
  rows,
  offsets,
  listRef,
  cursor,
  selected,
  shared,
  choose,
  chooseAll,
  filter,
  change,
  show,
}) {
  const { ref, first, last, before, after } = useWindowRows(offsets);
  return html`
    <div
      class=${`list images ${compact.value ? "compact" : ""} ${few.value ? "few" : ""}`}
      role="table"
      aria-label="Images"
      aria-rowcount=${rows.length + 1}
      style=${{ "--row-h": `${heights.value.row}px` }}
    >
      <${Heads}
        filter=${filter}
        change=${change}
        all=${rows.every((image) => selected.has(image.id))}
        some=${selected.size > 0}
        chooseAll=${chooseAll}
      />
      <div
        class="list-body"
        role="rowgroup"
        ref=${(element) => {
          ref.current = element;
          listRef.current = element;
        }}
        style=${{ paddingTop: `${before}px`, paddingBottom: `${after}px` }}
      >
        ${rows.slice(first, last).map((image, i) => html`
          <${ImageRow}
            key=${image.id}
            image=${image}
            index=${first + i}
            cursor=${cursor === image.id}
            selected=${selected.has(image.id)}
            shared=${shared?.get(image.id)}
            few=${few.value}
            dense=${byLevel(false, false, true)}
            off=${!engineUp.value}
            choose=${choose}
            show=${show}
          />
        `)}
      </div>
    </div>
  `;
}
