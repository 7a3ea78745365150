// @ts-check
// Everything that can be done with one container, as a menu.
import { ACTIONS, refusal } from "../../actions.js";
import { act } from "../../act.js";
import { api, containerLink, containerPath, copyLink, editLink } from "../../api.js";
import { atLeast, changeContainers, environments, settings } from "../../state.js";
import { html } from "../../../vendor/preact.js";
import { copyText } from "../elements/copy.js";
import { EnvBadge } from "./environment.js";
import { openDialog } from "../frame/dialog.js";
import { Confirm } from "../operations/plan.js";
import { RecreateDialog } from "./recreate.js";
import { RenameDialog } from "./rename.js";
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

export function environmentItems(c) {
  const host = settings.value.host_environment;
  const fallback =
    c.environment_source === "user" || c.environment_source === "none"
      ? host && host !== "MIXED"
        ? `host (${host})`
        : "none"
      : "from its label or the host";
  return [
    { heading: true, label: "Environment" },
    ...environments.value.map(({ code, name }) => ({
      label: code,
      node: html`
          <${EnvBadge} code=${code} /> <small>${name === code ? "" : name}</small>
        `,
      checked: c.environment === code && c.environment_source === "user",
      run: () => changeOwn(c, { environment: code }),
    })),
    {
      label: `Default: ${fallback}`,
      checked: c.environment_source !== "user",
      run: () => changeOwn(c, { environment: null }),
    },
  ];
}

/** The dialogs of templates come only when one is wanted. */
async function saveTemplate(c) {
  try {
    const [{ SaveContainer }, { categories = [] }] = await Promise.all([
      import("../templates/dialogs.js"),
      api("/api/templates"),
    ]);
    openDialog(SaveContainer, { container: c.name, categories, changed() {} });
  } catch (problem) {
    toast({ kind: "crit", title: "The dialog could not be opened", text: problem.message });
  }
}

/** What makes it another, or makes another like it. */
function shapeItems(c, onPage) {
  const off = refusal("recreate", c) || (c.orchestrator ? `${c.orchestrator} manages it` : "") || undefined;
  return [
    !onPage && {
      label: "Edit",
      icon: "settings",
      disabled: off,
      ...(off ? { run: () => {} } : { href: editLink(c) }),
    },
    {
      label: "Rename…",
      icon: "pencil",
      disabled: refusal("rename", c) || undefined,
      run: () => openDialog(RenameDialog, { c }),
    },
    { label: "Recreate…", icon: "refresh-cw", disabled: off, run: () => openDialog(RecreateDialog, { c }) },
    { label: "Duplicate", icon: "copy", href: copyLink(c) },
    { label: "Save as template…", icon: "layout-template", run: () => saveTemplate(c) },
  ];
}

export function containerItems(c, { withMain = false, onPage = false } = {}) {
  const item = (name) => {
    const action = ACTIONS[name];
    if (!action.can(c) || (action.level && !atLeast(action.level))) return null;
    return {
      label: `${action.label}${action.asks ? "…" : ""}`,
      icon: action.icon,
      danger: action.danger,
      disabled: refusal(name, c) || undefined,
      run: () => act(name, c),
    };
  };
  return [
    !onPage && { label: "Open", icon: "chevron-right", href: containerLink(c) },
    !onPage && { label: "Logs", icon: "file-text", href: containerLink(c, "logs") },
    !onPage &&
      c.state === "running" && {
        label: "Terminal",
        icon: "square-terminal",
        href: containerLink(c, "terminal"),
      },
    !onPage && { label: "Command line", icon: "terminal", href: containerLink(c, "cli") },
    { label: "Copy the id", icon: "copy", run: () => copyText(c.id) },
    { line: true },
    ...(withMain ? [item("start"), item("unpause"), item("stop"), item("restart")] : []),
    item("pause"),
    item("kill"),
    { line: true },
    ...shapeItems(c, onPage),
    item("delete"),
    { line: true },
    ...environmentItems(c),
  ].filter(Boolean);
}
