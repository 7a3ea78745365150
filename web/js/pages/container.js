// @ts-check
// One container: what it is, what it writes, how it was made, and how to do it by hand.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api, containerLink, containerPath, editLink } from "../api.js";
import { ACTIONS, mainAction, refusal } from "../actions.js";
import { act } from "../act.js";
import { busy, engine, engineUp, environments, hash, listedAt, narrow } from "../state.js";
import { changedContainer, stale } from "../stream.js";
import { exitText } from "../exit-codes.js";
import { clock, plural } from "../format.js";
import { go, setHash, useReturn } from "../navigation.js";
import { Backups } from "../components/containers/backups.js";
import { pageItems } from "../components/containers/container-menu.js";
import { environmentItems } from "../components/containers/own-environment.js";
import { Copyable } from "../components/elements/copy.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { EnvBadge, environmentWord } from "../components/containers/environment.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, byLevel, Help } from "../components/elements/level.js";
import { scrolledTo } from "../components/elements/strip.js";
import { OpenButton } from "../components/containers/open.js";
import { EnvironmentDialog } from "../components/containers/environment-dialog.js";
import { openDialog } from "../components/frame/dialog.js";
import { openMenu } from "../components/frame/menu.js";
import { Status } from "../components/containers/status.js";
import { Since } from "../components/elements/time.js";
import { Overview } from "../components/containers/overview.js";
import { Configuration } from "../components/containers/configuration.js";
import { UpdatesTab } from "../components/containers/updates-tab.js";
import { CommandsTab } from "../components/containers/commands-tab.js";
import { Logs } from "../components/logs/logs.js";
import { Later } from "../heavy.js";

/** [name, word, icon, word for a beginner where that is another]. */
const TABS = [
  ["overview", "Overview", "layout-dashboard"],
  ["logs", "Logs", "file-text"],
  ["terminal", "Terminal", "square-terminal"],
  ["stats", "Stats", "activity", "Usage"],
  ["updates", "Updates", "download"],
  ["configuration", "Configuration", "settings"],
  ["cli", "CLI", "terminal", "Commands"],
];

/** What each tab is for, for those who begin. */
const HELP = {
  logs: "Everything the program writes, newest at the bottom.",
  terminal: "A command line inside the container, to look at it by hand.",
  updates: "Whether there is a newer version of the program, and the way back to an earlier one.",
  stats: "How much of this host it uses, now and over time.",
  cli: "The commands that do the same on the command line, to learn from and to paste.",
};

const ORCHESTRATORS = { swarm: "Docker Swarm", kubernetes: "Kubernetes", nomad: "Nomad" };

/** With their default they are the eight entries that a menu may have. */
const IN_A_MENU = 7;

/** The end of an operation and the new state come one after the other. */
const SETTLES = 1200;

/**
 * What the facts are drawn from: as it was before while an operation is under way, and as it runs
 * while it crashes again and again, so that they do not come and go with each of its ends.
 */
function useSteady(c) {
  const last = useRef(c);
  const [settling, setSettling] = useState(false);
  const changing = busy.value.has(c.name);
  useEffect(() => {
    if (changing) {
      setSettling(true);
      return undefined;
    }
    const timer = setTimeout(() => setSettling(false), SETTLES);
    return () => clearTimeout(timer);
  }, [changing]);
  const passing = changing || settling || (c.status.name === "crash_loop" && c.state !== "running");
  if (!passing || last.current.id !== c.id) last.current = c;
  return passing ? { ...c, ...stateOf(last.current) } : c;
}
const STATE = [
  "state",
  "health",
  "exit_code",
  "started_at",
  "finished_at",
  "restart_count",
  "networks",
  "ports",
  "addresses",
];
const stateOf = (c) => Object.fromEntries(STATE.map((name) => [name, c[name]]));

/** While a container is being replaced, its old self is called `web.old-1a2b3c4d` for a moment. */
const lasting = (name) => name.replace(/\.(?:new|old)-[0-9a-f]{8}$/, "");

/** The details, with every change of the live view laid over them, and asked for again when it matters. */
function useDetail(first) {
  const [detail, setDetail] = useState(first);
  const [gone, setGone] = useState(false);
  const change = changedContainer.value;
  const again = stale.value;
  const [seen] = useState({ change: changedContainer.peek(), again: stale.peek() });
  const view = change !== seen.change ? change?.views.get(first.id) : null;
  // A recreated container has the same name and another id, which may arrive a little later.
  const isHeir = (one) => one.name === detail.name && one.id !== first.id;
  const follow = (one) => go(containerLink(one) + location.hash, { replace: true });
  const look = () =>
    api("/api/containers", { query: { q: detail.name } }).then(
      ({ items }) => {
        const heir = items.find(isHeir);
        if (heir) follow(heir);
        else setGone(true);
      },
      () => {},
    );
  const heir = gone && change && [...change.views.values()].find(isHeir);
  useEffect(() => {
    if (heir) follow(heir);
  }, [heir?.id]);
  // Laid over once, when it comes: a later answer of the server knows better.
  useEffect(() => {
    if (view && lasting(view.name) === view.name) setDetail((was) => ({ ...was, ...view }));
  }, [view]);
  useEffect(() => {
    if (change === seen.change && again === seen.again) return undefined;
    if (change?.gone.has(first.id)) {
      look();
      return undefined;
    }
    if (!view && again === seen.again) return undefined;
    if (view) setGone(false);
    const timer = setTimeout(
      () =>
        api(containerPath(first.id)).then(
          (answer) => {
            if (lasting(answer.name) === answer.name) setDetail((was) => ({ ...was, ...answer }));
          },
          (problem) => {
            if (problem.status === 404) look();
          },
        ),
      400,
    );
    return () => clearTimeout(timer);
  }, [view, again, change?.gone.has(first.id)]);
  // Its own id: whether another has its name is looked up then.
  const removed = gone || Boolean(change?.gone.has(first.id));
  return { c: detail, gone, removed, change: (patch) => setDetail((was) => ({ ...was, ...patch })) };
}

function Missing({ name, known, since }) {
  if (useReturn())
    return html`
        <p class="crumb">
          <a href="/containers">
            <${Icon} name="chevron-left" class="small-icon" />
            Containers
          </a>
        </p>
        <div class="head">
          <div>
            <h1>${known?.name ?? name}</h1>
            ${known && html`
              <div class="row head-line">
                <${Status} c=${known} />
                ${known.environment && html`
                  <${EnvBadge} code=${known.environment} source=${known.environment_source} />
                `}
                <span class="mono clip">${known.image}</span>
                ${since && html`<b class="as-of">As of ${clock(since)}.</b>`}
              </div>
            `}
          </div>
        </div>
        <section class="card">
          <${NoEngine} />
        </section>
      `;
  return html`
      <div class="head">
        <div>
          <h1>Container not found</h1>
          <p class="any mono">${name}</p>
        </div>
      </div>
      <section class="card">
        <${Empty} icon="search" title="This container does not exist">
          <p>
            It may have been deleted, renamed or recreated with another ID. Bookmarks with the name keep
            working after a recreate.
          </p>
          <div class="row">
            <a class="btn primary" href="/containers">
              All containers
            </a>
            <a class="btn" href=${`/containers?q=${encodeURIComponent(name.slice(0, 40))}`}>
              Search for it
            </a>
          </div>
        </${Empty}>
      </section>
      <div class="below">
        <${Backups} name=${name} />
      </div>
    `;
}

function Notes({ c, gone }) {
  const notes = [];
  if (gone)
    notes.push([
      "warn",
      "trash-2",
      "This container no longer exists",
      "It was deleted. This page shows its last known state.",
    ]);
  if (!engineUp.value)
    notes.push([
      "warn",
      "unplug",
      `As of ${listedAt.value ? clock(listedAt.value) : "the last answer"}`,
      "The engine is not responding, so this may have changed since, and nothing can be done with it for now.",
    ]);
  if (c.is_self)
    notes.push([
      "info",
      "info",
      "DockerMate runs in this container",
      "Stopping or deleting it would stop this page; use the command line for that.",
    ]);
  if (c.orchestrator)
    notes.push([
      "info",
      "info",
      `${ORCHESTRATORS[c.orchestrator] ?? c.orchestrator} manages this container`,
      "It may revert changes made here. Change it there instead.",
    ]);
  if (c.oom_killed)
    notes.push([
      "warn",
      "memory-stick",
      "It ran out of memory",
      "The kernel killed it because it exceeded its memory limit. Raise the limit or reduce its load.",
    ]);
  const { name, exit_code: code, out_of_memory: oom } = c.status;
  // The others read it among the facts.
  if (!atLeast("intermediate") && ["failed", "crash_loop"].includes(name) && Number.isInteger(code) && !oom)
    notes.push([
      "warn",
      "triangle-alert",
      name === "failed" ? "It stopped because of an error" : "It ends soon after each start",
      `${exitText(code)}.`,
    ]);
  if (c.error) notes.push(["warn", "triangle-alert", "The engine could not start it", c.error]);
  return notes.map(([kind, icon, title, text]) => html`
    <div class=${`banner ${kind === "info" ? "info" : ""}`} key=${title}>
      <${Icon} name=${icon} />
      <div>
        <b>${title}</b>
        <p>${text}</p>
      </div>
    </div>
  `);
}

function Actions({ c, disabled }) {
  const name = mainAction(c);
  const off = (action) =>
    disabled || busy.value.has(c.name) || !ACTIONS[action].can(c) || Boolean(refusal(action, c));
  return html`
    <div class="actions">
      ${!disabled && html`<${OpenButton} c=${c} />`}
      <button
        type="button"
        class=${`btn ${name === "stop" || c.addresses.length > 0 ? "" : "primary"}`}
        disabled=${off(name)}
        title=${refusal(name, c) || undefined}
        onClick=${() => act(name, c)}
      >
        <${Icon} name=${ACTIONS[name].icon} />
        ${ACTIONS[name].label}
      </button>
      ${atLeast("intermediate") && html`
        <button type="button" class="btn" disabled=${off("restart")} onClick=${() => act("restart", c)}>
          <${Icon} name="rotate-cw" />
          Restart
        </button>
      `}
      ${atLeast("intermediate") && !disabled && !c.is_self && !c.orchestrator && html`
        <a class="btn" href=${editLink(c)}>
          <${Icon} name="pencil" />
          Edit
        </a>
      `}
      <button
        type="button"
        class="btn icon"
        aria-label="More actions"
        title="More"
        aria-haspopup="menu"
        aria-expanded="false"
        disabled=${disabled}
        onClick=${(e) => openMenu(e.currentTarget, pageItems(c))}
      >
        <${Icon} name="ellipsis-vertical" />
      </button>
    </div>
  `;
}

export default function ContainerPage({ data }) {
  if (data.missing) return html`<${Missing} name=${data.name} known=${data.last_known} since=${engine.value?.since} />`;
  return html`<${Known} data=${data} />`;
}

function Known({ data }) {
  const { c, gone, removed, change } = useDetail(data);
  const steady = useSteady(c);
  // A shell that was opened lives on behind the other tabs.
  const [shell, setShell] = useState(false);
  const tab = TABS.some(([name]) => name === hash.value) ? hash.value : "overview";
  useEffect(() => {
    if (tab === "terminal") setShell(true);
  }, [tab]);
  const strip = useRef();
  useEffect(() => scrolledTo(strip.current, "[aria-selected=true]"), [tab, narrow.value]);
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.findIndex(([name]) => name === tab) + step + TABS.length) % TABS.length][0];
    setHash(next);
    requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus());
  };
  const folded = c.configuration.reduce((sum, group) => sum + group.settings.length, 0);
  return html`
      <p class="crumb">
        <a href="/containers">
          <${Icon} name="chevron-left" class="small-icon" />
          Containers
        </a>
        ${c.stack && html`
            <span class="faint">/</span>
            <a href=${`/containers?stack=${encodeURIComponent(c.stack)}`} class="clip">
              ${c.stack}
            </a>
          `}
      </p>
      <div class="head">
        <div class="tight">
          <h1>${c.name}</h1>
          <div class="row head-line">
            <${Status} c=${c} long />
            ${c.state === "running" && engineUp.value && c.started_at && html`
              <span class="faint">
                up <${Since} at=${c.started_at} />
              </span>
            `}
            <button
              type="button"
              class="env-button"
              aria-haspopup=${environments.value.length > IN_A_MENU ? "dialog" : "menu"}
              aria-expanded="false"
              aria-label=${`Environment: ${environmentWord(c.environment)}. Change`}
              onClick=${(e) =>
                environments.value.length > IN_A_MENU
                  ? openDialog(EnvironmentDialog, { c })
                  : openMenu(e.currentTarget, environmentItems(c))}
            >
              <${EnvBadge} code=${c.environment} source=${c.environment_source} />
              <${Icon} name="chevron-down" class="small-icon" />
            </button>
            ${atLeast("intermediate") && html`
              <${Copyable} text=${c.id} shown=${c.id.slice(0, 12)} what="the full ID" />
            `}
          </div>
        </div>
        <${Actions} c=${steady} disabled=${gone || !engineUp.value} />
      </div>
      <div class="notes">
        <${Notes} c=${c} gone=${gone} />
      </div>
      <div class="tabs" role="tablist" aria-label="About this container" ref=${strip} onKeyDown=${keys}>
        ${TABS.map(([name, word, icon, plain = word]) => html`
          <a
            key=${name}
            id=${`tab-${name}`}
            role="tab"
            href=${`#${name}`}
            aria-selected=${String(tab === name)}
            aria-controls="panel"
            tabindex=${tab === name ? 0 : -1}
            onClick=${(e) => {
              e.preventDefault();
              setHash(name);
            }}
          >
            <${Icon} name=${icon} />
            ${byLevel(plain, word, word)}
          </a>
        `)}
      </div>
      <div
        id="panel"
        role="tabpanel"
        aria-labelledby=${`tab-${tab}`}
        class=${engineUp.value || tab === "logs" ? "" : "stale"}
      >
        ${HELP[tab] && html`
          <div class="tab-help">
            <${Help}>${HELP[tab]}</${Help}>
          </div>
        `}
        ${tab === "overview" ? html`
          <${Overview} c=${steady} change=${change} gone=${removed} disabled=${gone || !engineUp.value} />
        ` : tab === "logs" ? html`
          <${Logs} c=${c} />
        ` : tab === "configuration" ? html`
          <${Configuration}
            c=${c}
            total=${plural(folded, "setting")}
            edit=${gone || c.is_self || c.orchestrator ? null : editLink(c)}
          />
        ` : tab === "updates" ? html`
          <${UpdatesTab} c=${c} disabled=${gone || !engineUp.value} />
        ` : tab === "cli" ? html`
          <${CommandsTab} c=${c} />
        ` : tab === "stats" ? html`
          <${Later}
            key=${`stats ${c.id}`}
            load=${() => import("../components/containers/stats.js")}
            css="css/stats.css"
            c=${c}
            gone=${removed}
          />
        ` : null}
        ${(shell || tab === "terminal") && html`
          <div hidden=${tab !== "terminal"}>
            <${Later}
              key=${c.id}
              load=${() => import("../components/terminal/terminal.js")}
              css="css/terminal.css"
              c=${c}
              shown=${tab === "terminal"}
            />
          </div>
        `}
      </div>
    `;
}
