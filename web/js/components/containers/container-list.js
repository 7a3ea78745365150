// @ts-check
// The rows of the container list: a table above 768 px, cards below, only those in sight drawn.
import { html, Component } from "../../../vendor/preact.js";
import { containerLink } from "../../api.js";
import { ACTIONS, mainAction, refusal } from "../../actions.js";
import { act } from "../../act.js";
import { busy, narrow } from "../../state.js";
import { upSince } from "../../filter.js";
import { containerItems } from "./container-menu.js";
import { EnvBadge } from "./environment.js";
import { flying, leave, whenCalm } from "../elements/fill.js";
import { Icon } from "../elements/icon.js";
import { openMenu } from "../frame/menu.js";
import { OpenButton } from "./open.js";
import { addresses, PortLink, published } from "./ports.js";
import { describe, Status } from "./status.js";
import { Since } from "../elements/time.js";
import { UsageCell } from "./usage-cell.js";
import { useWindowRows } from "../elements/virtual.js";

/** In CSS too (--row-h): every row is as tall as every other. */
export const HEIGHTS = { row: 58, card: 104 };
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
/** Figures move too fast to sort by. */
const UNSORTED = ["cpu", "memory"];

function Ports({ c }) {
  const ports = published(c);
  const first = ports.slice(0, ports.length > 2 ? 2 : 3);
  const rest = ports.slice(first.length);
  return html`
    <span class="ports">
      ${first.map((port) => html`
        <${PortLink} key=${`${port.host_port}${port.protocol}${port.ip}`} c=${c} port=${port} />
      `)}
      ${rest.length > 0 && html`
        <a
          href=${containerLink(c)}
          class="faint"
          title=${rest.map((p) => `:${p.host_port}/${p.protocol}`).join("\n")}
        >
          +${rest.length}
        </a>
      `}
    </span>
  `;
}

function Address({ c }) {
  const list = addresses(c);
  return html`
    <span class="clip" title=${list.join("\n")}>
      ${list[0] ?? ""}
      ${list.length > 1 && html`
          ${" "}
          <span class="faint">+${list.length - 1}</span>
        `}
    </span>
  `;
}

function Quick({ c, whole }) {
  const name = mainAction(c);
  const off = (action) => busy.value.has(c.name) || !ACTIONS[action].can(c) || Boolean(refusal(action, c));
  const button = (action) => html`
    <button
      type="button"
      class="btn quiet icon s"
      title=${refusal(action, c) || ACTIONS[action].label}
      aria-label=${`${ACTIONS[action].label} ${c.name}`}
      disabled=${off(action)}
      onClick=${() => act(action, c)}
    >
      <${Icon} name=${ACTIONS[action].icon} />
    </button>
  `;
  return html`
    <span class="quick">
      ${whole && !narrow.value && html`
        <span class="wide-only">
          <${OpenButton} c=${c} icon />
          ${button(name)}
          ${button("restart")}
          <a
            class="btn quiet icon s"
            href=${containerLink(c, "logs")}
            title="Logs"
            aria-label=${`Logs of ${c.name}`}
          >
            <${Icon} name="file-text" />
          </a>
        </span>
      `}
      <button
        type="button"
        class="btn quiet icon s"
        data-more
        title="More"
        aria-label=${`More for ${c.name}`}
        aria-haspopup="menu"
        aria-expanded="false"
        onClick=${(event) => openMenu(event.currentTarget, containerItems(c, { withMain: true }))}
      >
        <${Icon} name="ellipsis-vertical" />
      </button>
    </span>
  `;
}

class Row extends Component {
  state = { whole: !flying() };

  componentDidMount() {
    if (!this.state.whole) whenCalm(this);
  }

  componentWillUnmount() {
    leave(this);
  }

  shouldComponentUpdate(next, state) {
    const { c, index, cursor, selected } = this.props;
    return (
      next.c !== c ||
      next.index !== index ||
      next.cursor !== cursor ||
      next.selected !== selected ||
      state.whole !== this.state.whole
    );
  }

  render({ c, index, cursor, selected, choose }) {
    const up = upSince(c);
    const group = c.is_self ? html`
      <span class="tag">DockerMate</span>
    ` : (
      (c.stack ?? (c.orchestrator && html`<span class="tag plain-tag">${c.orchestrator}</span>`))
    );
    const pick = (event) => choose(c.id, event.target.checked, event.shiftKey);
    return html`
      <div
        class=${`row-item ${cursor ? "cursor" : ""} ${selected ? "selected" : ""} tone-${describe(c).tone}`}
        role="row"
        aria-rowindex=${index + 2}
        aria-selected=${selected ? "true" : undefined}
      >
        <div class="c-pick" role="cell">
          <label>
            <input type="checkbox" aria-label=${`Select ${c.name}`} checked=${selected} onClick=${pick} />
          </label>
        </div>
        <div class="c-name" role="cell">
          <a
            class="clip"
            href=${containerLink(c)}
            title=${c.description ? `${c.name}\n${c.description}` : c.name}
          >
            ${c.name}
          </a>
          <span class="clip sub">
            ${group}
            ${c.tags?.map((tag) => html`
                ${" "}
                <a
                  class="tag plain-tag"
                  key=${tag}
                  href=${`/containers?tag=${encodeURIComponent(tag)}`}
                  title=${`Containers tagged ${tag}`}
                >
                  ${tag}
                </a>
              `)}
          </span>
        </div>
        <div class="c-state" role="cell">
          <${Status} c=${c} />
        </div>
        <div class="c-env" role="cell">
          <${EnvBadge} code=${c.environment} source=${c.environment_source} />
        </div>
        <div class="c-image mono" role="cell">
          <span class="clip" title=${c.image}>
            ${group && html`
              <span class="narrow-only">
                ${group} <span class="faint">·</span>${" "}
              </span>
            `}
            ${c.image}
          </span>
        </div>
        <div class="c-addr mono" role="cell">
          <${Address} c=${c} />
          <${Ports} c=${c} />
        </div>
        <div class="c-cpu use" role="cell">
          ${this.state.whole && html`<${UsageCell} c=${c} kind="cpu" />`}
        </div>
        <div class="c-memory use" role="cell">
          ${this.state.whole && html`<${UsageCell} c=${c} kind="memory" />`}
        </div>
        <div class="c-up sub" role="cell">
          ${up ? html`<${Since} at=${up} />` : ""}
        </div>
        <div class="c-act" role="cell">
          <${Quick} c=${c} whole=${this.state.whole} />
        </div>
      </div>
    `;
  }
}

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
      ${COLUMNS.map(([name, word]) => {
        const active = filter.sort === name;
        if (UNSORTED.includes(name))
          return html`
            <div class=${`c-${name}`} key=${name} role="columnheader">
              ${word}
            </div>
          `;
        return html`
          <div
            class=${`c-${{ environment: "env", address: "addr" }[name] ?? name}`}
            key=${name}
            role="columnheader"
            aria-sort=${active ? (filter.down ? "descending" : "ascending") : "none"}
          >
            <button type="button" onClick=${() => change({ sort: name, down: active && !filter.down })}>
              ${word}
              ${active && html`<${Icon} name=${filter.down ? "arrow-down" : "arrow-up"} class="small-icon" />`}
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

export function ContainerList({ rows, listRef, cursor, selected, choose, chooseAll, filter, change }) {
  const height = HEIGHTS[narrow.value ? "card" : "row"];
  const { ref, first, last, before, after } = useWindowRows(rows.length, height);
  return html`
    <div class="list" role="table" aria-label="Containers" aria-rowcount=${rows.length + 1}>
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
        ${rows.slice(first, last).map((c, i) => html`
          <${Row}
            key=${c.id}
            c=${c}
            index=${first + i}
            cursor=${cursor === first + i}
            selected=${selected.has(c.id)}
            choose=${choose}
          />
        `)}
      </div>
    </div>
  `;
}
