// @ts-check
// What is done to networks: the requests, why something is not offered, and the dialog of each act, whose module
// comes only when it is wanted.
import { engineUp } from "../../state.js";
import { plural } from "../../format.js";
import { copyText } from "../elements/copy.js";
import { atLeast } from "../elements/level.js";
import { later } from "../frame/later.js";

export const networkLink = (network) => `/networks/${encodeURIComponent(network.name)}`;
export const networkPath = (network, rest = "") => `/api/networks/${encodeURIComponent(network.id)}${rest}`;

/** Why a network cannot be removed, or nothing. */
export function whyKept(network) {
  if (!engineUp.value) return "The engine is not responding";
  if (network.is_predefined) return "It belongs to the engine";
  const on = network.members.length;
  if (on === 1) return `${network.members[0].name} is on it`;
  return on > 0 ? `${plural(on, "container")} are on it` : "";
}

/** Containers join it only when they are created, or not at all. */
export const joinable = (network) => network.name !== "host" && network.name !== "none";

export const askCreate = () => later(() => import("./create.js"), "CreateDialog");
/** `networks` are the unused ones that are shown: what is removed is among them. */
export const askPrune = (networks) => later(() => import("./change.js"), "PruneDialog", { networks });
export const askRemove = (network, done) =>
  later(() => import("./change.js"), "RemoveDialog", { network, done });
export const askConnect = (network, address = "") =>
  later(() => import("./connect.js"), "ConnectDialog", { network, address });
export const askDisconnect = (network, member) =>
  later(() => import("./change.js"), "DisconnectDialog", { network, member });
/** `of` is the range that is changed; else `first` and `last` are what was marked. */
export const askReserve = (network, props) =>
  later(() => import("./reserve.js"), "ReserveDialog", { network, ...props });
export const askRelease = (network, range, done) =>
  later(() => import("./reserve.js"), "ReleaseDialog", { network, range, done });

export const askMigrate = (network, done) =>
  later(() => import("./migrate.js"), "MigrateDialog", { network, done });
export const askAnalyze = (network) => later(() => import("./analyze.js"), "AnalyzeDialog", { network });

/** Of one network, or of all. */
export const askDocument = (network = null) =>
  later(() => import("./document.js"), "DocumentDialog", {
    path: network ? networkPath(network, "/documentation") : "/api/documentation/networks",
    title: network ? `Documentation of ${network.name}` : "Documentation of all networks",
  });

/** Why a network cannot be recreated with another subnet, or nothing. */
export function whyFixed(network) {
  if (!engineUp.value) return "The engine is not responding";
  if (network.is_predefined) return "It belongs to the engine";
  if (network.scope === "swarm") return "It belongs to a swarm";
  const subnets = network.subnets.filter((one) => !one.network.includes(":"));
  return subnets.length === 1 ? "" : "It has not exactly one IPv4 subnet";
}

/** Of a row in the list, and of the page. */
export function networkItems(network) {
  const kept = whyKept(network);
  return [
    { label: "Open", icon: "chevron-right", href: networkLink(network) },
    joinable(network) && {
      label: "Connect a container…",
      icon: "plug",
      disabled: engineUp.value ? undefined : "The engine is not responding",
      run: () => askConnect(network),
    },
    {
      label: "Change the size…",
      icon: "network",
      disabled: whyFixed(network) || undefined,
      run: () => askMigrate(network),
    },
    { label: "Documentation", icon: "file-text", run: () => askDocument(network) },
    { label: "Copy the name", icon: "copy", run: () => copyText(network.name) },
    atLeast("intermediate") && {
      label: "Copy the ID",
      icon: "clipboard-paste",
      run: () => copyText(network.id),
    },
    { line: true },
    {
      label: "Remove…",
      icon: "trash-2",
      danger: true,
      disabled: kept || undefined,
      run: () => askRemove(network),
    },
  ].filter(Boolean);
}
