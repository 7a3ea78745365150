// @ts-check
// One container of the list: a line of the table above 768 px, a card below.
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
import { atLeast } from "../elements/level.js";
import { shortId } from "../../format.js";
import { ImageName } from "./image-name.js";
import { openMenu } from "../frame/menu.js";
import { OpenButton } from "./open.js";
import { addresses, isUp, PortLink, published } from "./ports.js";
import { describe, Status } from "./status.js";
import { Since } from "../elements/time.js";
import { UpdateMark } from "./updates.js";
import { UsageCell } from "./usage-cell.js";

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

/** What is done most, one click away. Narrow places keep Open and More (style sheet). */
function RowActions({ c, whole }) {
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
  const words = !atLeast("intermediate");
  return html`
    <span class="quick">
      ${(!words || isUp(c)) && html`<${OpenButton} c=${c} icon=${!narrow.value && !words} small />`}
      ${words ? html`
        <button
          type="button"
          class="btn s act-main"
          title=${refusal(name, c) || undefined}
          aria-label=${`${ACTIONS[name].label} ${c.name}`}
          disabled=${off(name)}
          onClick=${() => act(name, c)}
        >
          <${Icon} name=${ACTIONS[name].icon} />
          ${ACTIONS[name].label}
        </button>
      ` : (
        whole &&
        !narrow.value && html`
          <span class="quick-rest">
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
        `
      )}
      <button
        type="button"
        class="btn quiet icon s"
        data-more
        title="More"
        aria-label=${`More for ${c.name}`}
        aria-haspopup="menu"
        aria-expanded="false"
        onClick=${(event) => openMenu(event.currentTarget, containerItems(c))}
      >
        <${Icon} name="ellipsis-vertical" />
      </button>
    </span>
  `;
}

/** Under the name and the image; a click selects it, and the menu copies the whole of it. */
const ShortId = ({ id, shown = shortId(id) }) => html`
  <span class="short-id mono clip" title=${id}>
    ${shown}
  </span>
`;

/** Under the name: where it belongs, and its tags. */
function Belongs({ c, grouped, few }) {
  return html`
    <span class="clip sub">
      ${few && c.environment && html`
          <${EnvBadge} code=${c.environment} source=${c.environment_source} />${" "}
        `}
      ${c.is_self ? html`
        <span class="tag">DockerMate</span>
      ` : c.stack ? (
        !grouped && c.stack
      ) : (
        c.orchestrator && html`<span class="tag plain-tag">${c.orchestrator}</span>`
      )}
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
  `;
}

export class Row extends Component {
  state = { whole: !flying() };

  componentDidMount() {
    if (!this.state.whole) whenCalm(this);
  }

  componentWillUnmount() {
    leave(this);
  }

  shouldComponentUpdate(next, state) {
    return (
      ["c", "index", "cursor", "selected", "grouped", "few", "dense"].some(
        (name) => next[name] !== this.props[name],
      ) || state.whole !== this.state.whole
    );
  }

  render({ c, index, cursor, selected, grouped, few, dense, choose }) {
    const up = upSince(c);
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
          ${dense && html`<${ShortId} id=${c.id} />`}
          <${Belongs} c=${c} grouped=${grouped} few=${few} />
        </div>
        <div class="c-state" role="cell">
          <${Status} c=${c} />
        </div>
        <div class="c-env" role="cell">
          ${(!few || c.environment) && html`<${EnvBadge} code=${c.environment} source=${c.environment_source} />`}
        </div>
        ${!few && html`
            <div class="c-image mono" role="cell">
              <${ImageName} image=${c.image} />
              <${UpdateMark} c=${c} />
              ${dense && html`<${ShortId} id=${c.image_id} shown=${`sha256:${shortId(c.image_id)}`} />`}
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
          `}
        <div class="c-act" role="cell">
          <${RowActions} c=${c} whole=${this.state.whole} />
        </div>
      </div>
    `;
  }
}
