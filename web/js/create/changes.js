// @ts-check
// What saving a changed container means: in place, or a new container in the old one's place. Pure.
import { mergePatch } from "./draft.js";

/** What the engine changes while the container keeps running (PUT /api/containers/{id}). */
const LIVE = new Set([
  "memory",
  "memory_swap",
  "memory_reservation",
  "cpus",
  "cpu_shares",
  "cpu_period",
  "cpu_quota",
  "cpuset_cpus",
  "cpuset_mems",
  "pids_limit",
  "blkio_weight",
  "restart",
]);
/** What only we keep, or what needs no new container in any case. */
const OWN = new Set(["name", "environment", "description"]);
/** A limit that is taken away needs a new container; these have a word for "nothing". */
const NOTHING = { restart: "no", description: "", environment: null };

/**
 * {keys, put, recreate, why}: what to send to which address; null where there is nothing to send.
 * `forceRecreate` asks for a new container even if no change needs one.
 */
export function planChange(before, after, forceRecreate = false) {
  const patch = mergePatch(before, after);
  const keys = Object.keys(patch);
  const stuck = keys.filter(
    (key) => !OWN.has(key) && !(LIVE.has(key) && (patch[key] !== null || key in NOTHING)),
  );
  const needsNew = forceRecreate || stuck.length > 0;
  const put = {};
  const recreate = {};
  for (const key of keys) {
    // What the server does in one go is done also when this page is closed meanwhile.
    if (key === "name" || !needsNew) put[key] = patch[key] ?? NOTHING[key] ?? null;
    else recreate[key] = patch[key];
  }
  return {
    keys,
    stuck,
    put: Object.keys(put).length > 0 ? put : null,
    recreate: needsNew ? recreate : null,
  };
}
