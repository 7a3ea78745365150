// @ts-check
// Placeholders of a pasted command: values that are not the person's own yet. Pure.
// Invariant: a container is not created while one of them is open; removing its row closes it.
import { FIELDS } from "./fields.js";

const isRow = (root) => root === "env" || FIELDS[root]?.[0] === "pairs";

/**
 * The draft of a pasted command with its placeholders emptied, and what is to be filled in:
 * {root, key, column, text}. `key` is the name of a variable or label; a value that is a
 * placeholder only in part stays for the person to correct.
 */
export function emptied(draft, placeholders) {
  const next = structuredClone(draft);
  const open = placeholders.map(({ field, text }) => {
    const root = field.split(/[.[]/)[0];
    const at = Number(/^\w+\[(\d+)\]/.exec(field)?.[1] ?? NaN);
    const clear = (value) => ((value ?? "").trim() === text ? "" : value);
    if (root === "env" && next.env[at]) {
      next.env[at][1] = clear(next.env[at][1]);
      return { root, key: next.env[at][0], column: "", text };
    }
    if (isRow(root) && field.length > root.length) {
      const key = field.slice(root.length + 1);
      const row = next[root].find(([name]) => name === key);
      if (row) row[1] = clear(row[1]);
      return { root, key, column: "", text };
    }
    const column = /\]\.(\w+)$/.exec(field)?.[1] ?? "";
    if (root === "mounts" && column && next.mounts[at]) {
      const row = next.mounts[at];
      row[column] = clear(row[column]);
      row.asks = { ...row.asks, [column]: text };
      return { root, key: "", column, text };
    }
    const value = next[root];
    if (field === root && typeof value === "string" && value.trim() === text) next[root] = "";
    return { root, key: "", column: "", text, was: JSON.stringify(next[root] ?? null) };
  });
  return { draft: next, open };
}

const message = (text, what) => `The command says ${text} here. Enter your own value${what}.`;

/** What is still to be filled in, as faults of the form: {field, message, asks}. */
export function unanswered(open, draft) {
  const faults = [];
  const missing = (value, text) => (value ?? "").trim() === "" || value.includes(text);
  const add = (field, text, what = "") => faults.push({ field, message: message(text, what), asks: text });
  for (const { root, key, column, text, was } of open) {
    if (root === "mounts" && column) continue;
    if (key && isRow(root)) {
      const at = draft[root].findIndex(([name]) => name === key);
      if (at >= 0 && missing(draft[root][at][1], text))
        add(root === "env" ? `env[${at}]` : `${root}.${key}`, text, ", or remove it");
      continue;
    }
    const value = draft[root];
    const unchanged = JSON.stringify(value ?? null) === was;
    if (typeof value === "string" ? (unchanged && value === "") || value.includes(text) : unchanged)
      add(value === undefined ? "image" : root, text);
  }
  draft.mounts.forEach((row, at) => {
    for (const [column, text] of Object.entries(row.asks ?? {}))
      if (missing(row[column], text)) add(`mounts[${at}].${column}`, text, ", or remove the mount");
  });
  return faults;
}
