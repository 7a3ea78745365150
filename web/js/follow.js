// @ts-check
// Follows an operation with a toast until it is over, and says how it ended.
// Invariant: an end is told once, whether the stream or a question brings it.
import { effect } from "../vendor/preact.js";
import { api, resultUnknown } from "./api.js";
import { addOperations, connection, isOver, operations } from "./state.js";
import { plural } from "./format.js";
import { openDialog } from "./components/frame/dialog.js";
import { OperationsDrawer } from "./components/operations/drawer.js";
import { dismiss, toast } from "./components/frame/toast.js";

/** The id of the operation that an answer to `Prefer: respond-async` began. */
export function begun(answer) {
  if (!answer?.state) return answer.operation;
  addOperations([answer]);
  return answer.id;
}

/**
 * Tells how it goes: `doing` while it does, then its own sentence. `undo` is {label, run}, offered from the
 * first moment on.
 * @param {string} id
 * @param {{doing?: string, undo?: {label: string, run: () => void}, ended?: (operation: any) => void}} words
 */
export function tell(id, { doing, undo, ended } = {}) {
  const toastId = `operation-${id}`;
  const details = { label: "Details", run: () => openDialog(OperationsDrawer, { id }) };
  let undone = false;
  // What has begun comes to its end before it is taken back.
  const early = undo && {
    label: undo.label,
    run() {
      undone = true;
      toast({ id: toastId, kind: "busy", title: `${doing}; it is undone afterwards`, action: details });
    },
  };
  toast({ id: toastId, kind: "busy", title: doing, action: early || details });
  follow(
    id,
    (operation) => {
      if (undone && operation.state === "succeeded") {
        dismiss(toastId);
        undo.run();
        return;
      }
      toast({
        id: toastId,
        ...ending(operation),
        action: (operation.state === "succeeded" && undo) || (worthALook(operation) ? details : undefined),
      });
      ended?.(operation);
    },
    (problem) =>
      toast({ id: toastId, kind: "warn", title: `Result unknown: ${doing}`, text: problem.message }),
  );
}

const failed = (operation) => (operation.results ?? []).filter((result) => result.state !== "succeeded");
const worthALook = (operation) => operation.state !== "succeeded" || failed(operation).length > 0;

/** How an operation ended, as {kind, title, text}. Pure. */
export function ending(operation) {
  const missed = failed(operation);
  const total = operation.results?.length ?? 0;
  const names =
    missed
      .slice(0, 3)
      .map((result) => `${result.target}: ${result.message}`)
      .join(" ") + (missed.length > 3 ? ` And ${missed.length - 3} more.` : "");
  switch (operation.state) {
    case "succeeded":
      if (missed.length > 0)
        return {
          kind: "warn",
          title: `${operation.title}: done for ${total - missed.length} of ${total}`,
          text: names,
        };
      if (total > 1)
        return {
          kind: "ok",
          title: `${operation.title}: done`,
          text: `All ${plural(total, operation.target_kind)}.`,
        };
      return { kind: "ok", title: operation.message || `${operation.title}: done`, text: "" };
    case "rolled_back":
      return {
        kind: "warn",
        title: `${operation.title} failed and was rolled back`,
        text: operation.message ?? "",
      };
    case "interrupted":
      return {
        kind: "warn",
        title: `${operation.title} was interrupted`,
        text: operation.message ?? "",
      };
    case "cancelled":
      return { kind: "info", title: `${operation.title}: cancelled`, text: operation.message ?? "" };
    default:
      return {
        kind: "crit",
        title: `${operation.title} failed`,
        text: missed.length > 0 ? names : (operation.message ?? ""),
      };
  }
}

/** Calls `done` with the operation when it is over, or `lost` when nobody can tell. */
export function follow(id, done, lost) {
  let timer = 0;
  let misses = 0;
  const stop = effect(() => {
    const operation = operations.value.get(id);
    if (!operation || !isOver(operation)) return;
    clearInterval(timer);
    queueMicrotask(() => {
      stop();
      done(operation);
    });
  });
  // The stream tells the end; asking covers the time while it is being reconnected.
  timer = setInterval(async () => {
    if (connection.value === "live" && misses === 0 && operations.value.has(id)) return;
    try {
      addOperations([await api(`/api/operations/${encodeURIComponent(id)}`)]);
    } catch (problem) {
      misses += 1;
      // Without a connection it is looked for as long as a lost answer is.
      if (misses < (problem.status === 0 ? 20 : 5)) return;
      clearInterval(timer);
      stop();
      lost(problem.status === 0 ? resultUnknown() : problem);
    }
  }, 1500);
}
