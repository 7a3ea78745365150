// @ts-check
// A container's state in a word, a shape and a colour. What it means the program has decided;
// without an engine nobody knows whether it still is so.
import { html } from "../../../vendor/preact.js";
import { busy, engineUp, frame, listedAt, now } from "../../state.js";
import { clock, exact, span } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { ACTIONS } from "../../actions.js";

const DOING = { "container.recreate": "Recreating" };
const since = (at) => (at ? span(now.value - Date.parse(at)) : "");

/** Each status: [tone, icon, text, text when it is no longer known]. */
const STATUSES = {
  dead: ["crit", "circle-x", "Dead", "Was dead"],
  crash_loop: ["crit", "rotate-cw", "Crash loop", "Was in a crash loop"],
  unhealthy: ["crit", "octagon-x", "Unhealthy", "Was unhealthy"],
  failed: ["crit", "triangle-alert", "Failed", "Had failed"],
  restarting: ["warn", "rotate-cw", "Restarting", "Was restarting"],
  unknown: ["off", "circle-help", "Unknown", "Unknown"],
  paused: ["warn", "circle-pause", "Paused", "Was paused"],
  starting: ["busy", "circle-dashed", "Starting", "Was starting"],
  running: ["ok", "circle-check", "Running", "Was running"],
  healthy: ["ok", "circle-check", "Healthy", "Was healthy"],
  never_started: ["off", "circle-dashed", "Never started", "Was never started"],
  stopped: ["off", "circle-stop", "Stopped", "Was stopped"],
  removing: ["off", "trash-2", "Being removed", "Was being removed"],
};
const nameOf = (c) => (Object.hasOwn(STATUSES, c.status.name) ? c.status.name : "unknown");

/** The place of a container in a list that begins with what needs somebody first, as the program orders them. */
export const urgency = (c) => frame.value?.statuses.indexOf(c.status.name) ?? 0;

/** {tone, icon, text, more, when} of a ContainerView: the state, what it comes to, and since when. */
export function describe(c) {
  const name = nameOf(c);
  const { since: at, exit_code: code, restarts, out_of_memory: oom } = c.status;
  const [tone, icon, text, was] = STATUSES[name];
  if (!engineUp.value) return { tone: "off", icon: "circle-help", text: was };
  if (name === "crash_loop") {
    const exit = code === null || code === undefined ? "" : ` (exit ${code})`;
    return { tone, icon, text, more: `×${restarts}${exit}` };
  }
  if (name === "failed" && oom) return { tone, icon, text: "Out of memory", when: at };
  if (name === "failed" && code) return { tone: "warn", icon, text: `Exited with ${code}`, when: at };
  if (name === "failed") return { tone, icon, text: "Could not start" };
  if (name === "stopped") return { tone, icon, text, when: at };
  return { tone, icon, text };
}

/** What the word leaves out, for those who point at it; a narrow place may leave out the rest of it, too. */
function details(c) {
  if (!engineUp.value) return listedAt.value ? `As of ${clock(listedAt.value)}` : undefined;
  const { name, since: at, out_of_memory: oom } = c.status;
  const { text, more } = describe(c);
  const lines = [
    more && `${text} ${more}`,
    name === "crash_loop" && "It ends soon after each start and is restarted.",
    name === "crash_loop" && oom && "The kernel ended it because it ran out of memory.",
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
