// @ts-check
// The services of this host as tiles: what they are called, how they are, and the way to them.
import { html, useState } from "../../../vendor/preact.js";
import { containerLink } from "../../api.js";
import { ACTIONS, mainAction, refusal } from "../../actions.js";
import { act } from "../../act.js";
import { busy, containerList, engineUp } from "../../state.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { EnvBadge } from "./environment.js";
import { OpenButton } from "./open.js";
import { isUp, published } from "./ports.js";
import { Status } from "./status.js";

/** More are shown on request. */
const FIRST = 12;
const COLORS = 8;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Always the same color for a name. */
function color(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % COLORS;
}

/** Of a container that does not run nothing can be asked: these are databases and the like. */
const OTHERS = new Set([
  21, 22, 25, 53, 1433, 1883, 3306, 3389, 5432, 5672, 6379, 8883, 9092, 11211, 27017,
]);
const isWeb = (port) => port.protocol === "tcp" && !OTHERS.has(port.container_port);

/** What can be opened, and what could be if it ran. */
export const services = (list) =>
  list
    .filter((c) => c.addresses.length > 0 || (!isUp(c) && published(c).some((port) => isWeb(port))))
    .sort((a, b) => collator.compare(a.name, b.name));

/** What cannot be opened yet: the way to get there. */
function Begin({ c }) {
  const name = mainAction(c);
  if (name === "stop") return null;
  return html`
    <button
      type="button"
      class="btn s"
      aria-label=${`${ACTIONS[name].label} ${c.name}`}
      disabled=${busy.value.has(c.name) || Boolean(refusal(name, c))}
      onClick=${() => act(name, c)}
    >
      <${Icon} name=${ACTIONS[name].icon} />
      ${ACTIONS[name].label}
    </button>
  `;
}

function Tile({ c }) {
  return html`
    <li class="tile">
      <span class=${`mark m${color(c.name)}`} aria-hidden="true">
        ${[...c.name][0].toUpperCase()}
      </span>
      <div class="tile-name">
        <a class="clip" href=${containerLink(c)} title=${c.description || c.name}>
          ${c.name}
        </a>
        <span class="row tight-row">
          <${Status} c=${c} />
          ${c.environment && html`<${EnvBadge} code=${c.environment} source=${c.environment_source} />`}
        </span>
      </div>
      ${isUp(c) || atLeast("intermediate") ? html`<${OpenButton} c=${c} small />` : html`<${Begin} c=${c} />`}
    </li>
  `;
}

export function Services() {
  const [all, setAll] = useState(false);
  const found = services(containerList.value ?? []);
  if (found.length === 0)
    return html`
      <div class="body muted">
        ${engineUp.value
          ? "Containers that publish a web page are listed here, each with a button to open it."
          : "Not available while the engine is not responding."}
      </div>
    `;
  const shown = all ? found : found.slice(0, FIRST);
  return html`
      <ul class="services">
        ${shown.map((c) => html`
          <${Tile} key=${c.id} c=${c} />
        `)}
      </ul>
      ${found.length > FIRST && html`
        <div class="body tight">
          <button
            type="button"
            class="btn quiet s"
            aria-expanded=${String(all)}
            onClick=${() => setAll(!all)}
          >
            ${all ? "Show fewer" : `Show all ${found.length}`}
          </button>
        </div>
      `}
    `;
}
