// @ts-check
// A dialog whose module comes only when it is wanted, and the request that it sends.
import { api } from "../../api.js";
import { begun } from "../../follow.js";
import { openDialog } from "./dialog.js";
import { toast } from "./toast.js";

/**
 * Sends a change; answers with the operation's id at once, or with the plan where `dryRun` is set.
 * @param {string} path
 * @param {{method?: string, body?: any, query?: Record<string, any>, dryRun?: boolean}} choice
 */
export async function send(path, { method = "POST", body, query = {}, dryRun = false } = {}) {
  const answer = await api(path, {
    method,
    body,
    query: dryRun ? { ...query, dry_run: true } : query,
    headers: dryRun ? {} : { Prefer: "respond-async" },
  });
  return dryRun ? answer : begun(answer);
}

/** Opens a dialog of a module of its own. */
export async function later(load, name, props = {}) {
  try {
    openDialog((await load())[name], props);
  } catch (problem) {
    toast({ kind: "crit", title: "The dialog could not be opened", text: problem.message });
  }
}
