// @ts-check
// What can be done with one container, as a menu of at most eight entries: what is rare is one step further, what
// destroys comes last.
import { ACTIONS, refusal } from "../../actions.js";
import { act } from "../../act.js";
import { api, containerLink, copyLink, editLink } from "../../api.js";
import { copyText } from "../elements/copy.js";
import { atLeast } from "../elements/level.js";
import { EnvironmentDialog } from "./environment-dialog.js";
import { openDialog } from "../frame/dialog.js";
import { RecreateDialog } from "./recreate.js";
import { RenameDialog } from "./rename.js";
import { askUpdate, canUpdate } from "./updates.js";
import { toast } from "../frame/toast.js";

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

function itemsOf(c) {
  const off = refusal("recreate", c) || (c.orchestrator ? `${c.orchestrator} manages it` : "") || undefined;
  return {
    action(name) {
      const action = ACTIONS[name];
      if (!action.can(c)) return null;
      return {
        label: `${action.label}${action.asks ? "…" : ""}`,
        icon: action.icon,
        danger: action.danger,
        disabled: refusal(name, c) || undefined,
        run: () => act(name, c),
      };
    },
    edit: {
      label: "Edit",
      icon: "settings",
      disabled: off,
      ...(off ? { run: () => {} } : { href: editLink(c) }),
    },
    rename: {
      label: "Rename…",
      icon: "pencil",
      disabled: refusal("rename", c) || undefined,
      run: () => openDialog(RenameDialog, { c }),
    },
    update: canUpdate(c) && {
      label: c.is_self ? "Update commands…" : "Update…",
      icon: "download",
      disabled: c.is_self ? undefined : off,
      run: () => askUpdate(c),
    },
    recreate: {
      label: "Recreate…",
      icon: "refresh-cw",
      disabled: off,
      run: () => openDialog(RecreateDialog, { c }),
    },
    duplicate: { label: "Duplicate", icon: "copy", href: copyLink(c) },
    template: { label: "Save as template…", icon: "layout-template", run: () => saveTemplate(c) },
    environment: {
      label: "Environment…",
      icon: "tag",
      run: () => openDialog(EnvironmentDialog, { c }),
    },
  };
}

/** Of a row in the list. */
export function containerItems(c) {
  const { action, edit, rename, update, recreate, duplicate, template, environment } = itemsOf(c);
  const more = [
    update && recreate,
    environment,
    rename,
    duplicate,
    template,
    { label: "Copy the ID", icon: "clipboard-paste", run: () => copyText(c.id) },
    action("pause"),
    action("kill"),
  ];
  return [
    { label: "Logs", icon: "file-text", href: containerLink(c, "logs") },
    c.state === "running" && {
      label: "Terminal",
      icon: "square-terminal",
      href: containerLink(c, "terminal"),
    },
    action("start"),
    action("unpause"),
    action("stop"),
    action("restart"),
    edit,
    update || recreate,
    { label: "More…", icon: "ellipsis-vertical", items: more.filter(Boolean) },
    { line: true },
    action("delete"),
  ].filter(Boolean);
}

/** On its own page, which has buttons and tabs for the rest; fewer buttons for a beginner. */
export function pageItems(c) {
  const { action, edit, rename, recreate, duplicate, template } = itemsOf(c);
  const few = !atLeast("intermediate");
  const rare = [action("pause"), few && action("kill")].filter(Boolean);
  return [
    few && action("restart"),
    few && edit,
    ...(few ? [] : rare),
    rename,
    recreate,
    duplicate,
    template,
    few && rare.length > 0 && { label: "More…", icon: "ellipsis-vertical", items: rare },
    { line: true },
    !few && action("kill"),
    action("delete"),
  ].filter(Boolean);
}
