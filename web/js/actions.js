// @ts-check
// What can be done with a container, when, and how it is asked for and reported.
// Invariant: nothing that a click cannot take back is done before its plan was shown.
import { api, containerPath } from "./api.js";
import { engineUp, level } from "./state.js";
import { begun, tell } from "./follow.js";
import { toast } from "./components/frame/toast.js";
import { openDialog } from "./components/frame/dialog.js";
import { PlanDialog } from "./components/operations/plan.js";

const is =
  (...states) =>
  (c) =>
    states.includes(c.state);

export const ACTIONS = {
  start: { label: "Start", icon: "play", doing: "Starting", can: is("created", "exited", "dead") },
  unpause: { label: "Resume", icon: "play", doing: "Resuming", can: is("paused") },
  stop: {
    label: "Stop",
    icon: "square",
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

/** Asks first where that is due, else acts. */
export async function act(name, c) {
  const action = ACTIONS[name];
  const reason = refusal(name, c);
  if (reason) {
    toast({ kind: "warn", title: `${action.label} is not possible`, text: `${reason}.` });
    return;
  }
  if (action.asks || (action.careful && level.value === "beginner")) {
    openDialog(PlanDialog, { name, c });
    return;
  }
  try {
    if (action.careful || name === "start") {
      const plan = await send(name, c, { dryRun: true });
      if (plan.needs || plan.offers.length > 0) {
        openDialog(PlanDialog, { name, c, first: plan });
        return;
      }
    }
    report(name, c, await send(name, c));
  } catch (problem) {
    if (problem.status === 428) openDialog(PlanDialog, { name, c });
    else
      toast({ kind: "crit", title: `${action.label} ${c.name}: ${problem.title}`, text: problem.message });
  }
}

/** Tells how it goes until it is over; what a click takes back is offered. */
export function report(name, c, id) {
  const action = ACTIONS[name];
  const undo = action.undo && {
    label: "Undo",
    run: () => act(action.undo, { ...c, state: action.undo === "unpause" ? "paused" : "exited" }),
  };
  tell(id, { doing: `${action.doing} ${c.name}`, undo: undo || undefined });
}
