// @ts-check
// Giving a container an environment or a description of ours, and taking it back.
import { api, containerPath } from "../../api.js";
import { changeContainers, environments, settings } from "../../state.js";
import { html } from "../../../vendor/preact.js";
import { EnvBadge } from "./environment.js";
import { openDialog } from "../frame/dialog.js";
import { Confirm } from "../operations/plan.js";
import { toast } from "../frame/toast.js";

/** What an environment asks before a container leaves it for one that protects it less. */
function LeaveDialog({ c, patch, done, close }) {
  const send = (query) => api(containerPath(c.id), { method: "PUT", body: patch, query });
  return html`
    <${Confirm}
      title=${`Change the environment of ${c.name}`}
      icon="tag"
      label="Change"
      doing="Changing"
      close=${close}
      ask=${() => send({ dry_run: true })}
      run=${async ({ confirm }) => done(await send({ confirm }))}
    />
  `;
}

/** Gives a container an environment or a description of ours; answers with the new view. */
export async function changeOwn(c, patch, { undo = true } = {}) {
  const done = (view) => {
    changeContainers([view], []);
    if ("environment" in patch) {
      const before = c.environment_source === "user" ? c.environment : null;
      toast({
        kind: "ok",
        title: view.environment
          ? `${c.name} is ${view.environment} now`
          : `${c.name} has no environment now`,
        action: undo
          ? { label: "Undo", run: () => changeOwn(view, { environment: before }, { undo: false }) }
          : undefined,
      });
    }
    return view;
  };
  try {
    return done(await api(containerPath(c.id), { method: "PUT", body: patch }));
  } catch (problem) {
    if (problem.status === 428) {
      openDialog(LeaveDialog, { c, patch, done });
      return null;
    }
    toast({ kind: "crit", title: `${c.name}: ${problem.title}`, text: problem.message });
    return null;
  }
}

/** What it has where nothing was chosen for it. */
export function fallbackOf(c) {
  const host = settings.value.host_environment;
  if (c.environment_source !== "user" && c.environment_source !== "none")
    return "from its label or the host";
  return host && host !== "MIXED" ? `host (${host})` : "none";
}

/** The choices as a menu. */
export function environmentItems(c) {
  return [
    { heading: true, label: "Environment" },
    ...environments.value.map(({ code, name }) => ({
      label: code,
      node: html`
          <${EnvBadge} code=${code} word=${code} /> <small>${name === code ? "" : name}</small>
        `,
      checked: c.environment === code && c.environment_source === "user",
      run: () => changeOwn(c, { environment: code }),
    })),
    {
      label: `Default: ${fallbackOf(c)}`,
      checked: c.environment_source !== "user",
      run: () => changeOwn(c, { environment: null }),
    },
  ];
}
