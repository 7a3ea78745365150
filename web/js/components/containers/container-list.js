// @ts-check
// The rows of the container list, with or without the headings of stacks: only those in sight are drawn.
import { html, useMemo } from "../../../vendor/preact.js";
import { HIGHEST_FIRST } from "../../filter.js";
import { GroupRow } from "./group-row.js";
import { compact, heights, few } from "./list-view.js";
import { Icon } from "../elements/icon.js";
import { byLevel } from "../elements/level.js";
import { Row } from "./row.js";
import { offsetsOf, useWindowRows } from "../elements/virtual.js";

const COLUMNS = [
  ["name", "Name"],
  ["state", "State"],
  ["environment", "Env"],
  ["image", "Image"],
  ["address", "Address"],
  ["cpu", "CPU"],
  ["memory", "Memory"],
  ["up", "Up"],
];
const FEW = ["name", "state"];
/** How many columns a beginner does not see at first. */
export const FOLDED = COLUMNS.length - FEW.length;
/** Figures move all the time; the order of figures does not. */
const SETTLES =
  "Highest first. The order is renewed every 5 seconds, but not while the pointer or the keyboard is on a row.";

/** What stands in the list from top to bottom: {c} or {stack, members, open}. Pure. */
export function linesOf(groups, closed) {
  return groups.flatMap(([stack, members]) => {
    const open = !closed.has(stack);
    return [{ stack, members, open }, ...(open ? members.map((c) => ({ c })) : [])];
  });
}

/** Where each line begins. */
export const useOffsets = (lines) => {
  const { row, group } = heights.value;
  return useMemo(() => offsetsOf(lines.map((line) => (line.c ? row : group))), [lines, row, group]);
};

function Heads({ filter, change, all, some, chooseAll }) {
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
      ${COLUMNS.filter(([name]) => !few.value || FEW.includes(name)).map(([name, word]) => {
        const active = filter.sort === name;
        const highest = HIGHEST_FIRST.includes(name);
        return html`
          <div
            class=${`c-${{ environment: "env", address: "addr" }[name] ?? name}`}
            key=${name}
            role="columnheader"
            aria-sort=${active ? (filter.down === highest ? "ascending" : "descending") : "none"}
          >
            <button
              type="button"
              title=${highest ? SETTLES : undefined}
              onClick=${() => change({ sort: name, down: active && !filter.down })}
            >
              ${word}
              ${active && html`
                <${Icon} name=${filter.down === highest ? "arrow-up" : "arrow-down"} class="small-icon" />
              `}
            </button>
          </div>
        `;
      })}
      <div class="c-act" role="columnheader">
        <span class="visually-hidden">Actions</span>
      </div>
    </div>
  `;
}

/** `cursor` is the id of the container that the keyboard is at. */
export function ContainerList({
  lines,
  offsets,
  grouped,
  rows,
  listRef,
  cursor,
  selected,
  choose,
  chooseMany,
  chooseAll,
  filter,
  change,
}) {
  const { ref, first, last, before, after } = useWindowRows(offsets);
  const { row, group } = heights.value;
  return html`
    <div
      class=${`list ${compact.value ? "compact" : ""} ${few.value ? "few" : ""} ${grouped ? "grouped" : ""}`}
      role="table"
      aria-label="Containers"
      aria-rowcount=${lines.length + 1}
      style=${{ "--row-h": `${row}px`, "--group-h": `${group}px` }}
    >
      <${Heads}
        filter=${filter}
        change=${change}
        all=${rows.every((c) => selected.has(c.id))}
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
        ${lines
          .slice(first, last)
          .map(({ c, stack, members, open }, i) =>
            c ? html`
              <${Row}
                key=${c.id}
                c=${c}
                index=${first + i}
                cursor=${cursor === c.id}
                selected=${selected.has(c.id)}
                grouped=${grouped}
                few=${few.value}
                dense=${byLevel(false, false, true)}
                choose=${choose}
              />
            ` : html`
              <${GroupRow}
                key=${`stack ${stack}`}
                stack=${stack}
                members=${members}
                open=${open}
                index=${first + i}
                selected=${selected}
                chooseMany=${chooseMany}
              />
            `,
          )}
      </div>
    </div>
  `;
}
