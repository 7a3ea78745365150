// @ts-check
// The dashboard: is everything well, and if not, what to do about it.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { ACTIONS } from "../actions.js";
import { act } from "../act.js";
import {
  containers,
  counts,
  engine,
  engineUp,
  environments,
  frame,
  listedAt,
  operationList,
  settings,
} from "../state.js";
import { changedContainer, stale } from "../stream.js";
import { exitMeaning } from "../exit-codes.js";
import { clock, plural } from "../format.js";
import { TERMS } from "../terms.js";
import { saveSettings } from "../preferences.js";
import { openDialog } from "../components/frame/dialog.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { asks, EnvBadge, environmentWord } from "../components/containers/environment.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, byLevel, Help } from "../components/elements/level.js";
import { Operation, OperationsDrawer } from "../components/operations/drawer.js";
import { HostGauges } from "../components/elements/gauges.js";
import { AvailableUpdates } from "../components/containers/updates.js";
import { Services } from "../components/containers/services.js";
import { Cards } from "../components/frame/cards.js";

const TONES = {
  critical: ["crit", "octagon-x"],
  warning: ["warn", "triangle-alert"],
  info: ["info", "info"],
};

/** What needs attention moves with the containers, so it is asked for again when one changes. */
function useAttention(first) {
  const [list, setList] = useState(first);
  const [seen] = useState({
    changed: changedContainer.peek(),
    stale: stale.peek(),
    engine: engine.peek()?.state,
    rules: environments.peek(),
  });
  const changed = changedContainer.value;
  const again = stale.value;
  const state = engine.value?.state;
  const rules = environments.value;
  useEffect(() => {
    if (changed === seen.changed && again === seen.stale && state === seen.engine && rules === seen.rules)
      return undefined;
    const timer = setTimeout(
      () =>
        api("/").then(
          (answer) => {
            if (answer?.page === "dashboard") setList(answer.data.attention);
          },
          () => {},
        ),
      700,
    );
    return () => clearTimeout(timer);
  }, [changed, again, state, rules]);
  return list;
}

function Fix({ name, c }) {
  if (name === "settings")
    return html`
      <a class="btn s" href="/settings">
        Settings
      </a>
    `;
  if (name === "updates")
    return html`
      <a class="btn s" href="/updates#history">
        Updates
      </a>
    `;
  if (name === "https")
    return html`
      <a class="btn s" href="/settings#https">
        HTTPS settings
      </a>
    `;
  if (name === "containers")
    return html`
      <a class="btn s" href="/containers?state=stopped">
        Show stopped containers
      </a>
    `;
  if (!c) return null;
  if (name === "logs")
    return html`
      <a class="btn s" href=${containerLink(c, "logs")}>
        Logs
      </a>
    `;
  const action = ACTIONS[name];
  if (!action || !action.can(c)) return null;
  return html`
    <button
      type="button"
      class=${`btn s ${name === "restart" || name === "start" ? "primary" : ""}`}
      onClick=${() => act(name, c)}
    >
      <${Icon} name=${action.icon} />
      ${action.label}
    </button>
  `;
}

/** An exit code that is named is also explained. */
function explained(text, c) {
  const code = c?.status.exit_code;
  const meaning = Number.isInteger(code) ? exitMeaning(code) : "";
  const named = `Exit code ${code}.`;
  return meaning && text.endsWith(named) ? `${text.slice(0, -1)}: ${meaning}.` : text;
}

function Attention({ list }) {
  if (!engineUp.value && list.length === 0) return html`<${NoEngine} />`;
  if (engineUp.value && containers.value?.size === 0) {
    return html`
      <${Empty} icon="box" title="No containers on this host yet">
        <p>A container runs an application isolated from the rest of the host.</p>
        <div class="row">
          <a class="btn primary" href="/templates">
            <${Icon} name="layout-template" />
            Choose a template
          </a>
          <a class="btn" href="/containers/new">
            <${Icon} name="plus" />
            New container
          </a>
        </div>
        ${atLeast("intermediate") && html`
            <p>Or start one on the command line. It appears here within a second:</p>
            <pre class="try">
              <code>docker run -d --name web -p 8080:80 nginx</code>
            </pre>
          `}
      </${Empty}>
    `;
  }
  if (list.length === 0)
    return html`
      <div class="need">
        <span class="dot ok">
          <${Icon} name="circle-check" />
        </span>
        <div>
          <b>Nothing needs attention</b>
          <p>No container is unhealthy, crashed or out of memory, and the host has enough resources.</p>
        </div>
      </div>
    `;
  return list.map((item, index) => {
    const [tone, icon] = TONES[item.level] ?? TONES.info;
    const c = item.container && containers.value?.get(item.container);
    return html`
      <div class="need" key=${`${item.container ?? index}${item.title}`}>
        <span class=${`dot ${tone}`}>
          <${Icon} name=${icon} />
        </span>
        <div class="grow">
          <b class="any">${c ? html`<a href=${containerLink(c)}>${item.title}</a>` : item.title}</b>
          ${c?.environment && html`
              ${" "}
              <${EnvBadge} code=${c.environment} source=${c.environment_source} />
            `}
          <p class="any">${explained(item.text, c)}</p>
        </div>
        ${item.actions?.length > 0 && html`
          <div class="actions">
            ${item.actions.map((name) => html`
              <${Fix} key=${name} name=${name} c=${c} />
            `)}
          </div>
        `}
      </div>
    `;
  });
}

function Recent() {
  const list = operationList.value.slice(0, byLevel(4, 6, 10));
  if (list.length === 0)
    return html`<div class="body muted">Operations are listed here with their results.</div>`;
  return list.map((operation) => html`<${Operation} key=${operation.id} operation=${operation} brief />`);
}

const roomInWords = (count, max) =>
  !max || count <= 0.75 * max
    ? "This host has room for more."
    : count <= max
      ? "This host is nearly full. Delete containers that you no longer use."
      : "These are more than this host can run well. Stop or delete some of them.";

function Limit() {
  const c = counts.value;
  const profile = frame.value.profile;
  if (!c) return html`<div class="body muted">Not available while the engine is not responding.</div>`;
  const max = profile.max_containers;
  const share = max ? c.containers / max : 0;
  const word = !atLeast("intermediate")
    ? roomInWords(c.containers, max)
    : !max
      ? "No limit on this host."
      : c.containers > max
        ? `More than the ${max} that this host is designed for. Stop or delete containers you do not need.`
        : c.containers === max
          ? "At the limit. More containers may slow this host down."
          : share > 0.75
            ? `Close to the limit: room for ${max - c.containers} more.`
            : `Room for ${max - c.containers} more.`;
  return html`
    <div class="body tight">
      <div class="big">
        <b>${c.containers}</b>
        ${max && atLeast("intermediate")
          ? ` of ${max} containers`
          : ` ${c.containers === 1 ? "container" : "containers"}`}
      </div>
      ${max && html`
        <div class="bar" role="img" aria-label=${`${c.containers} of ${max}`}>
          <i
            class=${share > 1 ? "c" : share > 0.75 ? "w" : ""}
            style=${{ "--v": `${Math.min(100, share * 100)}%` }}
          ></i>
        </div>
      `}
      <p class="muted">${word}</p>
      ${containers.value && html`<${AvailableUpdates} all=${[...containers.value.values()]} />`}
      ${c.containers > 0 && html`
        <div class="row small">
          ${counted(c).map(({ group, text }) => html`
            <a key=${group} href=${`/containers?state=${group}`}>
              ${text}
            </a>
          `)}
        </div>
      `}
    </div>
  `;
}

/** What the groups of states are called; `always` is said with 0, too. */
const GROUPS = [
  { group: "running", name: "running", always: true },
  { group: "unhealthy", name: "unhealthy", plain: "with problems" },
  { group: "restarting", name: "restarting" },
  { group: "failed", name: "failed", plain: "stopped by an error" },
  { group: "paused", name: "paused" },
  { group: "stopped", name: "stopped" },
  { group: "unknown", name: "in an unknown state" },
];
const counted = (c) =>
  GROUPS.filter(({ group, always }) => always || c.groups[group]).map(({ group, name, plain = name }) => ({
    group,
    text: `${c.groups[group] ?? 0} ${byLevel(plain, name, name)}`,
  }));

/** What each card is, for those who begin. */
const HELP = {
  services: "What runs here and has a web page. Open shows it in a new tab.",
  attention: "What does not work as it should, and what you can do about it.",
  operations: TERMS.operation,
  box: "How busy this host is right now.",
  limit: TERMS.container,
  environments: TERMS.environment,
};

const CARE = { none: "no confirmation", yes: "confirmation", type_name: "type the name" };
const CARE_IN_WORDS = { none: "never asks", yes: "asks before changes", type_name: "asks for the name" };

function Environments() {
  const all = containers.value ? [...containers.value.values()] : null;
  const rows = environments.value.map((e) => [e.code, e]);
  if (all?.some((c) => !c.environment)) rows.push([null, { code: null, confirmation: null }]);
  return html`
    <table class="plain-table env-table">
      <tbody>
        ${rows.map(([code, e]) => {
          const of = all?.filter((c) => (c.environment ?? null) === code);
          const up = of?.filter((c) => c.status.group === "running").length;
          return html`
            <tr key=${code ?? "none"}>
              <td role="rowheader">
                <a
                  href=${`/containers?environment=${code ?? "none"}`}
                  aria-label=${`Containers ${code ? "in" : "with"} ${environmentWord(code)}`}
                >
                  <${EnvBadge} code=${code} />
                </a>
              </td>
              <td class="right">
                ${!of ? (
                  "unknown"
                ) : of.length === 0 ? html`
                  <span class="faint">none</span>
                ` : up === of.length ? (
                  `${up} running`
                ) : (
                  `${up} of ${of.length} running`
                )}
              </td>
              <td class="faint">
                ${(code
                  ? byLevel(CARE_IN_WORDS, CARE, CARE)[asks(e)]
                  : byLevel(CARE_IN_WORDS.none, "no environment", "no environment")) ?? ""}
              </td>
            </tr>
          `;
        })}
      </tbody>
    </table>
  `;
}

function sentence() {
  const c = counts.value;
  if (!c)
    return engine.value?.state === "connecting"
      ? "Connecting to the container engine"
      : "The container engine is not responding";
  if (c.containers === 0) return "Nothing is running yet";
  const text = counted(c)
    .map((part) => part.text)
    .join(", ");
  return engineUp.value ? text : `Last known: ${text}`;
}

function under(list) {
  if (!engineUp.value)
    return listedAt.value
      ? `As of ${clock(listedAt.value)}; it may have changed since.`
      : "DockerMate keeps trying; this page updates when the engine responds.";
  const urgent = list.filter((a) => a.level !== "info").length;
  const { title } = frame.value.profile;
  const where = byLevel("host", title, title);
  return urgent
    ? `${plural(urgent, "thing")} on this ${where} ${urgent === 1 ? "needs" : "need"} attention.`
    : `No problems on this ${where}.`;
}

export default function Dashboard({ data }) {
  const attention = useAttention(data.attention ?? []);
  const [arranging, arrange] = useState(false);
  const cards = {
    services: { title: "Services", side: "main", node: html`<${Services} />` },
    attention: { title: "Needs attention", side: "main", node: html`<${Attention} list=${attention} />` },
    operations: {
      title: "Recent operations",
      side: "main",
      node: html`<${Recent} />`,
      more: html`
        <button type="button" class="btn quiet s" onClick=${() => openDialog(OperationsDrawer)}>
          All
        </button>
      `,
    },
    box: { title: "This host", side: "aside", node: html`<${HostGauges} first=${data.host} />` },
    limit: { title: "Containers", side: "aside", node: html`<${Limit} />` },
    environments: {
      title: "Environments",
      side: "aside",
      node: html`<${Environments} />`,
      more: atLeast("intermediate") && html`
        <a class="btn quiet s" href="/settings#environments">
          About
        </a>
      `,
    },
  };
  for (const [name, card] of Object.entries(cards))
    card.node = html`
        <${Help}>${HELP[name]}</${Help}>
        ${card.node}
      `;
  return html`
      <div class="head">
        <div>
          <h1 aria-live="polite">${sentence()}</h1>
          <p>${under(attention)}</p>
        </div>
        <div class="actions">
          <button
            type="button"
            class="btn"
            aria-pressed=${String(arranging)}
            onClick=${() => arrange(!arranging)}
          >
            <${Icon} name="sliders-horizontal" />
            ${arranging ? "Done" : "Arrange"}
          </button>
          <a class="btn primary" href="/containers">
            <${Icon} name="box" />
            Containers
          </a>
        </div>
      </div>
      <${Cards}
        cards=${cards}
        order=${settings.value.dashboard_cards ?? []}
        hidden=${settings.value.dashboard_hidden ?? []}
        arranging=${arranging}
        change=${(dashboard_cards, dashboard_hidden) => saveSettings({ dashboard_cards, dashboard_hidden })}
      />
    `;
}
