// @ts-check
// The row of filters over the list of images: search, use, and on a phone the order, for which there are no heads.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { narrow } from "../../state.js";
import { bytes } from "../../format.js";
import { USES } from "../../image-filter.js";
import { compact, few, setCompact, setFew } from "../containers/list-view.js";
import { Icon } from "../elements/icon.js";
import { atLeast, more } from "../elements/level.js";
import { openMenu } from "../frame/menu.js";
import { toast } from "../frame/toast.js";

const FOLDED = 2;
const ORDERS = [
  ["name", "Name"],
  ["size", "Largest first"],
  ["created", "Newest first"],
  ["-created", "Oldest first"],
  ["use", "Most used first"],
];

/** What the images share, once it was asked for: {map of id to bytes, all layers}, and how to ask. */
export function useSharing(images) {
  const [sharing, setSharing] = useState(null);
  const [asking, setAsking] = useState(false);
  const ask = async () => {
    setAsking(true);
    try {
      const answer = await api("/api/images/sharing");
      setSharing({
        shared: new Map(answer.images.map((one) => [one.id, one.shared_bytes])),
        layers: answer.layers_bytes,
      });
    } catch (problem) {
      toast({ kind: "warn", title: "The shared sizes are not known", text: problem.message });
    }
    setAsking(false);
  };
  // With another image what is shared is another thing.
  const ids = images ? [...images.keys()].sort().join() : "";
  useEffect(() => {
    if (sharing) ask();
  }, [ids]);
  return { sharing, asking, ask };
}

function Order({ filter, change }) {
  const current = `${filter.down ? "-" : ""}${filter.sort}`;
  return html`
    <button
      type="button"
      class="btn icon"
      aria-label="Order"
      title="Order"
      aria-haspopup="menu"
      aria-expanded="false"
      onClick=${(event) =>
        openMenu(
          event.currentTarget,
          ORDERS.map(([value, label]) => ({
            label,
            checked: current === value,
            run: () => change({ sort: value.replace("-", ""), down: value.startsWith("-") }),
          })),
        )}
    >
      <${Icon} name="list-filter" />
    </button>
  `;
}

function Uses({ counts, filter, change }) {
  if (narrow.value) {
    const [word] = USES[filter.use];
    return html`
      <button
        type="button"
        class="btn choice"
        aria-label=${`Use: ${word} ${counts[filter.use]}`}
        aria-haspopup="menu"
        aria-expanded="false"
        onClick=${(event) =>
          openMenu(
            event.currentTarget,
            Object.entries(USES).map(([use, [label]]) => ({
              label: `${label} ${counts[use]}`,
              checked: filter.use === use,
              run: () => change({ use }),
            })),
          )}
      >
        ${word} ${counts[filter.use]}
        <${Icon} name="chevron-down" class="small-icon" />
      </button>
    `;
  }
  return html`
    <div class="chips" role="group" aria-label="Use">
      ${Object.entries(USES).map(([use, [word]]) => html`
        <button
          type="button"
          class="chip"
          key=${use}
          aria-pressed=${String(filter.use === use)}
          onClick=${() => change({ use })}
        >
          ${word} ${counts[use]}
        </button>
      `)}
    </div>
  `;
}

export function ImageTools({ all, filter, change, input, toFirst, sharing }) {
  const counts = Object.fromEntries(
    Object.entries(USES).map(([use, [, test]]) => [use, all.filter(test).length]),
  );
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
          aria-label="Filter images"
          placeholder=${narrow.value ? "Search" : "Name, container, label"}
          value=${filter.text}
          onInput=${(e) => change({ text: e.target.value })}
          onKeyDown=${typed}
        />
        <kbd>/</kbd>
      </label>
      <${Uses} counts=${counts} filter=${filter} change=${change} />
      ${narrow.value ? html`
        <${Order} filter=${filter} change=${change} />
      ` : html`
          <span class="grow"></span>
          ${atLeast("intermediate") &&
            (sharing.sharing ? html`
              <span class="faint small nowrap" title="All layers, each counted once">
                ${bytes(sharing.sharing.layers)} on the disk
              </span>
            ` : html`
              <button
                type="button"
                class="btn"
                disabled=${sharing.asking}
                title="How much of each image other images have too"
                onClick=${sharing.ask}
              >
                <${Icon} name="layers" />
                ${sharing.asking ? "Measuring…" : "Shared sizes"}
              </button>
            `)}
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
            <button
              type="button"
              class="btn icon"
              title="Compact rows"
              aria-label="Compact rows"
              aria-pressed=${String(compact.value)}
              onClick=${() => setCompact(!compact.value)}
            >
              <${Icon} name="rows" />
            </button>
          `}
        `}
    </div>
  `;
}
