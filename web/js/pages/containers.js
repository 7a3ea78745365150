// The list of containers: live, filtered, sorted, and quick however many there are.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { containerLink } from "../api.js";
import { go, setQuery } from "../navigation.js";
import { pageKeys } from "../keys.js";
import {
  connection,
  containerList,
  containers,
  engineUp,
  environments,
  frame,
  listedAt,
} from "../state.js";
import { clock, plural } from "../format.js";
import {
  byStack,
  choose,
  fromAddress,
  HIGHEST_FIRST,
  NO_FILTER,
  isFiltered,
  toAddress,
} from "../filter.js";
import { BulkBar } from "../components/containers/bulk.js";
import { ContainerList, linesOf, useOffsets } from "../components/containers/container-list.js";
import { closed, heights } from "../components/containers/list-view.js";
import { useSettledFigures } from "../components/containers/settled-figures.js";
import { watchStats } from "../live-stats.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Help } from "../components/elements/level.js";
import { TERMS } from "../terms.js";
import { ListTools } from "../components/containers/list-tools.js";
import { revealRow } from "../components/elements/virtual.js";
import { useSelection } from "../selection.js";

function subtitle(total) {
  if (!atLeast("intermediate")) return `${plural(total, "container")} on this host.`;
  const { max_containers: max, title } = frame.value.profile;
  if (!max) return `${plural(total, "container")} on this ${title}.`;
  if (total > max)
    return `${plural(total, "container")}, more than the ${max} that this ${title} is designed for.`;
  return `${plural(total, "container")}. This ${title} is designed for up to ${max}.`;
}

function Nothing({ filter, reset }) {
  return html`
    <${Empty} icon="search" title="No container matches">
      <p>
        ${filter.text ? html`
            Nothing has <b class="any">${filter.text}</b> in its name, image, stack, address, tags or labels
          ` : (
          "No container matches all the filters"
        )}
        ${filter.text && isFiltered({ ...filter, text: "" })
          ? " among those that match the other filters"
          : ""}
        .
      </p>
      <div class="row">
        <button type="button" class="btn primary" onClick=${reset}>
          Show all
        </button>
      </div>
    </${Empty}>
  `;
}

const First = () => html`
  <${Empty} icon="box" title="No containers yet">
    <p>
      A container runs an application isolated from the rest of the host. Create one here or anywhere else;
      this list updates live.
    </p>
    <div class="row">
      <a class="btn primary" href="/containers/new">
        <${Icon} name="plus" />
        New container
      </a>
      <a class="btn" href="/templates">
        <${Icon} name="layout-template" />
        Browse the templates
      </a>
    </div>
    <pre class="try">
      <code>docker run -d --name web -p 8080:80 nginx</code>
    </pre>
    <p class="faint small">Then open port 8080 of this host; the list has a link.</p>
  </${Empty}>
`;

export default function Containers() {
  const [filter, setFilter] = useState(fromAddress);
  /** Id of the container that the keyboard is at. */
  const [cursor, setCursor] = useState(null);
  const input = useRef();
  const list = useRef();
  const all = containerList.value;
  const figures = useSettledFigures(HIGHEST_FIRST.includes(filter.sort) ? filter.sort : null, list);
  const found = useMemo(
    () => (all ? choose(all, filter, figures) : []),
    [all, filter, figures, environments.value],
  );
  const grouped = filter.group === "stack";
  // What stands in the list, what of it the filter shows in this order, and what is not folded away.
  const [lines, shown, visible] = useMemo(() => {
    if (!grouped) return [found.map((c) => ({ c })), found, found];
    const groups = byStack(found);
    const stood = linesOf(groups, closed.value);
    return [stood, groups.flatMap(([, members]) => members), stood.filter(({ c }) => c).map(({ c }) => c)];
  }, [found, grouped, closed.value]);
  const offsets = useOffsets(lines);
  const selection = useSelection(shown, containers.value, visible);
  const change = (patch) => setFilter((was) => ({ ...was, ...patch }));
  const reset = () =>
    setFilter((was) => ({ ...NO_FILTER, sort: was.sort, down: was.down, group: was.group }));
  useEffect(() => {
    setQuery(toAddress(filter));
    setCursor(null);
  }, [filter]);

  useEffect(watchStats, []);
  const live = useRef();
  live.current = { lines, offsets, visible, cursor, selection };
  useEffect(() => {
    const move = (by) => {
      const { lines: stood, offsets: places, visible: rows, cursor: at } = live.current;
      if (rows.length === 0) return;
      const next = rows[Math.max(0, Math.min(rows.length - 1, rows.findIndex((c) => c.id === at) + by))];
      setCursor(next.id);
      const line = stood.findIndex(({ c }) => c === next);
      if (list.current) revealRow(list.current, places[line], heights.value.row);
      requestAnimationFrame(() =>
        document.querySelector(".list .cursor .c-name a")?.focus({ preventScroll: true }),
      );
    };
    const current = () => live.current.visible.find((c) => c.id === live.current.cursor);
    const pick = (range) => () => {
      const c = current();
      if (!c) return false;
      live.current.selection.choose(c.id, range || !live.current.selection.ids.has(c.id), range);
      return true;
    };
    return pageKeys({
      j: () => move(1),
      k: () => move(-1),
      Enter: (event) =>
        current() && !event.target.closest("a, button, input") ? go(containerLink(current())) : false,
      x: pick(false),
      X: pick(true),
      c: () => {
        go("/containers/new");
      },
      ".": () => document.querySelector(".list .cursor [data-more]")?.click(),
      "/": () => (input.current ? input.current.focus() : false),
      Escape: () => {
        if (live.current.selection.ids.size > 0) live.current.selection.clear();
        else if (live.current.cursor) setCursor(null);
        else return false;
        return true;
      },
    });
  }, []);

  const stale = !engineUp.value || connection.value !== "live";
  if (!all)
    return html`
        <div class="head">
          <div>
            <h1>Containers</h1>
          </div>
        </div>
        <section class="card">
          <${NoEngine} />
        </section>
      `;
  const { chosen } = selection;
  return html`
      <div class="head">
        <div>
          <h1>Containers</h1>
          <p>
            ${subtitle(all.length)}
            ${!engineUp.value && listedAt.value ? html`
                ${" "}
                <b class="as-of">As of ${clock(listedAt.value)}.</b>
              ` : (
              ""
            )}
          </p>
          <${Help}>
            <b>Container:</b> ${TERMS.container}
          </${Help}>
        </div>
        <div class="actions">
          <a class="btn" href="/templates">
            <${Icon} name="layout-template" />
            From a template
          </a>
          <a class="btn primary" href="/containers/new" title="c">
            <${Icon} name="plus" />
            New container
          </a>
        </div>
      </div>
      ${all.length === 0 ? html`
        <section class="card">${engineUp.value ? html`<${First} />` : html`<${NoEngine} />`}</section>
      ` : html`
          <${ListTools}
            all=${all}
            filter=${filter}
            change=${change}
            input=${input}
            toFirst=${() => setCursor(visible[0]?.id ?? null)}
          />
          <p class="visually-hidden" role="status">
            ${isFiltered(filter) ? `${plural(shown.length, "container")} shown` : ""}
          </p>
          <section class=${`card fold ${stale ? "stale" : ""}`} aria-label="Containers">
            ${shown.length === 0 ? html`
              <${Nothing} filter=${filter} reset=${reset} />
            ` : html`
              <${ContainerList}
                lines=${lines}
                offsets=${offsets}
                grouped=${grouped}
                rows=${shown}
                listRef=${list}
                cursor=${cursor}
                selected=${selection.ids}
                choose=${selection.choose}
                chooseMany=${selection.chooseMany}
                chooseAll=${selection.chooseAll}
                filter=${filter}
                change=${change}
              />
            `}
          </section>
          ${chosen.length > 0 && html`
            <${BulkBar}
              chosen=${chosen}
              hidden=${selection.hidden}
              shown=${shown.length}
              selectAll=${() => selection.chooseAll(true)}
              clear=${selection.clear}
            />
          `}
        `}
    `;
}
