// @ts-check
// A container's state in a word, a shape and a colour.
import { html } from "../../../vendor/preact.js";
import { busy, now } from "../../state.js";
import { exact, span } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { ACTIONS } from "../../actions.js";

const DOING = { "container.recreate": "Recreating" };
const since = (at) => (at ? span(now.value - Date.parse(at)) : "");

/** {tone, icon, text, sort}: pure, from a ContainerView. */
export function describe(c) {
  switch (c.state) {
    case "running":
      if (c.health === "unhealthy") return { tone: "crit", icon: "octagon-x", text: "Unhealthy", sort: 0 };
      if (c.health === "starting")
        return { tone: "busy", icon: "circle-dashed", text: "Starting", sort: 3 };
      return {
        tone: "ok",
        icon: "circle-check",
        text: c.health === "healthy" ? "Healthy" : "Running",
        sort: c.health === "healthy" ? 5 : 4,
      };
    case "paused":
      return { tone: "warn", icon: "circle-pause", text: "Paused", sort: 6 };
    case "restarting":
      return {
        tone: "warn",
        icon: "rotate-cw",
        text: c.restart_count > 0 ? `Restarting, ${c.restart_count}×` : "Restarting",
        sort: 1,
      };
    case "removing":
      return { tone: "off", icon: "trash-2", text: "Being removed", sort: 8 };
    case "created":
      return { tone: "off", icon: "circle-dashed", text: "Never started", sort: 7 };
    case "dead":
      return { tone: "crit", icon: "circle-x", text: "Dead", sort: 0 };
    case "exited":
      if (c.oom_killed) return { tone: "crit", icon: "octagon-x", text: "Out of memory", sort: 1 };
      if (c.exit_code && c.exit_code !== 143 && c.exit_code !== 137)
        return {
          tone: "warn",
          icon: "triangle-alert",
          text: `Exited with ${c.exit_code}`,
          sort: 2,
          when: c.finished_at,
        };
      return { tone: "off", icon: "circle-stop", text: "Stopped", sort: 7, when: c.finished_at };
    default:
      return { tone: "off", icon: "circle-help", text: "Unknown", sort: 9 };
  }
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
  const { tone, icon, text, when } = describe(c);
  const more = when ? ` ${since(when)}` : "";
  const title = [when && `since ${exact(when)}`, c.error].filter(Boolean).join("\n") || undefined;
  return html`
    <span class=${`st ${tone}`} title=${title}>
      <${Icon} name=${icon} />
      <span>
        ${text}
        ${more}
        ${long && c.health === "unhealthy" && c.failing_streak > 0
          ? `, ${c.failing_streak} checks failed in a row`
          : ""}
      </span>
    </span>
  `;
}
