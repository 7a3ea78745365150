// @ts-check
// A container's state in a word, a shape and a colour. What it means the program has decided;
// without an engine nobody knows whether it still is so.
import { html } from "../../../vendor/preact.js";
import { busy, engineUp, frame, listedAt, now } from "../../state.js";
import { exitText } from "../../exit-codes.js";
import { clock, exact, span } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { byLevel } from "../elements/level.js";
import { ACTIONS } from "../../actions.js";

const DOING = { "container.recreate": "Recreating" };
const since = (at) => (at ? span(now.value - Date.parse(at)) : "");

/** Each status: [tone, icon, text, text when it is no longer known, in plain words where those are others]. */
const STATUSES = {
  dead: ["crit", "circle-x", "Dead", "Was dead", "Could not be removed"],
  crash_loop: ["crit", "rotate-cw", "Crash loop", "Was in a crash loop", "Keeps crashing"],
  unhealthy: ["crit", "octagon-x", "Unhealthy", "Was unhealthy", "Running with problems"],
  failed: ["crit", "triangle-alert", "Failed", "Had failed", "Could not start"],
  restarting: ["warn", "rotate-cw", "Restarting", "Was restarting"],
  unknown: ["off", "circle-help", "Unknown", "Unknown", "State unknown"],
  paused: ["warn", "circle-pause", "Paused", "Was paused"],
  starting: ["busy", "circle-dashed", "Starting", "Was starting", "Starting up"],
  running: ["ok", "circle-check", "Running", "Was running"],
  healthy: ["ok", "circle-check", "Healthy", "Was healthy", "Running well"],
  never_started: ["off", "circle-dashed", "Never started", "Was never started", "Not started yet"],
  stopped: ["off", "circle-stop", "Stopped", "Was stopped"],
  removing: ["off", "trash-2", "Being removed", "Was being removed"],
};
const nameOf = (c) => (Object.hasOwn(STATUSES, c.status.name) ? c.status.name : "unknown");

/** The place of a container in a list that begins with what needs somebody first, as the program orders them. */
export const urgency = (c) => frame.value?.statuses.indexOf(c.status.name) ?? 0;

/** For a beginner: words, and no figures. */
function inWords(c, name) {
  const { exit_code: code, out_of_memory: oom } = c.status;
  if (name === "failed" && oom) return { text: "Ran out of memory" };
  if (name === "failed" && code) return { text: "Stopped by an error" };
  if (name === "stopped" && c.stop_requested) return { text: "Stopped by you" };
  return { text: STATUSES[name][4] ?? STATUSES[name][2] };
}

const loops = ({ exit_code: code, restarts }) =>
  `×${restarts}${code === null || code === undefined ? "" : ` (exit ${code})`}`;

function inShort(c, name) {
  const { since: when, exit_code: code, out_of_memory: oom } = c.status;
  const text = STATUSES[name][2];
  if (name === "crash_loop") return { text, more: loops(c.status) };
  if (name === "failed" && oom) return { text: "Out of memory", when };
  if (name === "failed" && code) return { text: `Exited with ${code}`, when };
  if (name === "failed") return { text: "Could not start" };
  return name === "stopped" ? { text, when } : { text };
}

/** As the engine says it; a crash loop, whose states change all the time, as it is found. */
function asRaw(c, name) {
  const { since: when, exit_code: code, out_of_memory: oom } = c.status;
  if (name === "crash_loop") return { text: "crash loop", more: loops(c.status) };
  const inner = {
    running: c.health === "none" ? null : c.health,
    exited: code,
    dead: code,
    restarting: code,
  };
  const told = inner[c.state] ?? null;
  const text = `${c.state}${told === null ? "" : ` (${told})`}${oom ? " OOM" : ""}`;
  if (c.restart_count > 0) return { text, more: `×${c.restart_count}` };
  return c.state === "exited" ? { text, when } : { text };
}

/** {tone, icon, text, more, when} of a ContainerView: the state, what it comes to, and since when. */
export function describe(c) {
  const name = nameOf(c);
  const [tone, icon, , was] = STATUSES[name];
  if (!engineUp.value) return { tone: "off", icon: "circle-help", text: was };
  const ended = name === "failed" && c.status.exit_code && !c.status.out_of_memory;
  return { tone: ended ? "warn" : tone, icon, ...byLevel(inWords, inShort, asRaw)(c, name) };
}

const ENDED = ["failed", "stopped", "crash_loop", "restarting", "dead"];

/** What the word leaves out, for those who point at it; a narrow place may leave out the rest of it, too. */
function details(c) {
  if (!engineUp.value) return listedAt.value ? `As of ${clock(listedAt.value)}` : undefined;
  const { name, since: at, exit_code: code, out_of_memory: oom } = c.status;
  const { text, more } = describe(c);
  const lines = [
    more && `${text} ${more}`,
    name === "crash_loop" && "It ends soon after each start and is restarted.",
    oom && "The kernel ended it because it ran out of memory.",
    ENDED.includes(name) && !oom && Number.isInteger(code) && exitText(code, c.stop_requested),
    at && `since ${exact(at)}`,
    c.error,
  ];
  return lines.filter(Boolean).join("\n") || undefined;
}

export function Status({ c, long = false }) {
  const operation = busy.value.get(c.name);
  const doing = operation && (ACTIONS[operation.kind.split(".").at(-1)]?.doing ?? DOING[operation.kind]);
  if (doing)
    return html`
      <span class="st busy">
        <${Icon} name="rotate-cw" class="spin" />
        <span>${doing}…</span>
      </span>
    `;
  const { tone, icon, text, more, when } = describe(c);
  const rest = more ?? since(when);
  return html`
    <span class=${`st ${tone}`} title=${details(c)}>
      <${Icon} name=${icon} />
      <span>
        ${text}
        ${rest && html`
            ${" "}
            <span class="st-more">${rest}</span>
          `}
        ${long && c.status.name === "unhealthy" && c.failing_streak > 0
          ? `, ${c.failing_streak} checks failed in a row`
          : ""}
        ${long && c.status.name === "crash_loop" && c.status.since ? `, for ${since(c.status.since)}` : ""}
      </span>
    </span>
  `;
}
