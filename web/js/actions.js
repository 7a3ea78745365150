// @ts-check
// What can be done with a container, when, and how it is asked for.
import { api, containerPath } from "./api.js";
import { engineUp } from "./state.js";
import { begun } from "./follow.js";

const is =
  (...states) =>
  (c) =>
    states.includes(c.state);

export const ACTIONS = {
  start: { label: "Start", icon: "play", doing: "Starting", can: is("created", "exited", "dead") },
  unpause: { label: "Resume", icon: "play", doing: "Resuming", can: is("paused") },
  stop: {
    label: "Stop",
    icon: "stop",
    doing: "Stopping",
    can: is("running", "restarting", "paused"),
    undo: "start",
    careful: true,
  },
  restart: {
    label: "Restart",
    icon: "rotate-cw",
    doing: "Restarting",
    can: is("running", "restarting", "paused", "exited"),
    careful: true,
  },
  pause: {
    label: "Pause",
    icon: "pause",
    doing: "Pausing",
    can: is("running"),
    undo: "unpause",
    careful: true,
    level: "intermediate",
  },
  kill: {
    label: "Kill",
    icon: "skull",
    doing: "Killing",
    can: is("running", "restarting", "paused"),
    asks: true,
    danger: true,
    level: "intermediate",
  },
  delete: {
    label: "Delete",
    icon: "trash-2",
    doing: "Deleting",
    can: (c) => c.state !== "removing",
    asks: true,
    danger: true,
  },
};

/** Why an action is not offered, or nothing. */
export function refusal(name, c) {
  if (!engineUp.value) return "The engine is not responding";
  if (c.is_self) return "DockerMate itself runs in it";
  if (c.state === "removing") return "It is being removed";
  return "";
}

/** The one thing that is usually wanted next. */
export const mainAction = (c) =>
  ACTIONS.unpause.can(c) ? "unpause" : ACTIONS.start.can(c) ? "start" : "stop";

/**
 * Sends the action; answers with the operation's id at once, or with the plan where `dryRun` is set.
 * @param {string} name
 * @param {import("./api.js").Schemas["ContainerView"]} c
 * @param {{confirm?: string, options?: Record<string, any>, dryRun?: boolean}} choice
 */
export async function send(name, c, { confirm, options = {}, dryRun = false } = {}) {
  const remove = name === "delete";
  const answer = await api(remove ? containerPath(c.id) : containerPath(c.id, `/${name}`), {
    method: remove ? "DELETE" : "POST",
    query: { ...(remove && options), confirm, ...(dryRun && { dry_run: true }) },
    body: remove || Object.keys(options).length === 0 ? undefined : options,
    headers: dryRun ? {} : { Prefer: "respond-async" },
  });
  return dryRun ? answer : begun(answer);
}
