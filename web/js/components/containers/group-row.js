// @ts-check
// The heading of a stack's containers in the list: how many of them run, the worst state, and what is done to all.
import { html } from "../../../vendor/preact.js";
import { ACTIONS } from "../../actions.js";
import { engineUp } from "../../state.js";
import { BulkDialog, sorted } from "./bulk.js";
import { toggleGroup } from "./list-view.js";
import { openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { openMenu } from "../frame/menu.js";
import { Status, urgency } from "./status.js";
import { updateSeveral } from "./updates.js";

/** The container that needs somebody first. Pure but for the order. */
const worst = (members) => members.reduce((a, b) => (urgency(b) < urgency(a) ? b : a));

export function GroupRow({ stack, members, open, index, selected, chooseMany }) {
  const title = stack || "No stack";
  const running = members.filter((c) => c.state === "running").length;
  const all = members.every((c) => selected.has(c.id));
  const some = members.some((c) => selected.has(c.id));
  const first = worst(members);
  const ids = members.map((c) => c.id);
  const off = (name) => !engineUp.value || sorted(name, members).fit.length === 0;
  const ask = (name) => openDialog(BulkDialog, { name, ids });
  const names = ["start", "stop", "restart"];
  return html`
    <div class="group-item" role="row" aria-rowindex=${index + 2}>
      <div class="c-pick" role="cell">
        <label>
          <input
            type="checkbox"
            aria-label=${`Select all of ${title}`}
            checked=${all}
            indeterminate=${some && !all}
            onClick=${(event) => chooseMany(ids, event.target.checked)}
          />
        </label>
      </div>
      <div class="group-line" role="cell">
        <button
          type="button"
          class="group-name"
          aria-expanded=${String(open)}
          title=${open ? "Close the group" : "Open the group"}
          onClick=${() => toggleGroup(stack)}
        >
          <${Icon} name=${open ? "chevron-down" : "chevron-right"} class="small-icon" />
          <b class="clip">${title}</b>
        </button>
        <span class="group-count faint">
          ${running} of ${members.length}
          <span> running</span>
        </span>
        <span class="group-worst" title=${first.name}>
          <${Status} c=${first} />
        </span>
        <span class="grow"></span>
        <span class="quick">
          <span class="quick-rest">
            ${names.map((name) => html`
              <button
                type="button"
                class="btn quiet icon s"
                key=${name}
                title=${`${ACTIONS[name].label} all`}
                aria-label=${`${ACTIONS[name].label} all of ${title}`}
                disabled=${off(name)}
                onClick=${() => ask(name)}
              >
                <${Icon} name=${ACTIONS[name].icon} />
              </button>
            `)}
          </span>
          <button
            type="button"
            class="btn quiet icon s"
            title="More"
            aria-label=${`More for all of ${title}`}
            aria-haspopup="menu"
            aria-expanded="false"
            onClick=${(event) =>
              openMenu(
                event.currentTarget,
                [
                  ...names.map((name) => ({
                    label: `${ACTIONS[name].label} all…`,
                    icon: ACTIONS[name].icon,
                    disabled: off(name) ? "not possible for any of them" : undefined,
                    run: () => ask(name),
                  })),
                  updateSeveral(members),
                  stack && {
                    label: "Show only this stack",
                    icon: "list-filter",
                    href: `/containers?stack=${encodeURIComponent(stack)}`,
                  },
                  { line: true },
                  { label: "Delete all…", icon: "trash-2", danger: true, run: () => ask("delete") },
                ].filter(Boolean),
              )}
          >
            <${Icon} name="ellipsis-vertical" />
          </button>
        </span>
      </div>
    </div>
  `;
}
