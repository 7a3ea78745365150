// @ts-check
// Removing a network, or all that nothing uses, and taking a container off one.
import { html } from "../../../vendor/preact.js";
import { tell } from "../../follow.js";
import { Confirm } from "../operations/plan.js";
import { send } from "../frame/later.js";
import { networkPath } from "./acts.js";

export function RemoveDialog({ network, done, close }) {
  const ask = (choice) => send(networkPath(network), { method: "DELETE", ...choice });
  return html`
    <${Confirm}
      icon="trash-2"
      label="Remove"
      doing="Removing"
      danger
      close=${close}
      ask=${() => ask({ dryRun: true })}
      run=${async () =>
        tell(await ask({}), {
          doing: `Removing ${network.name}`,
          ended: (operation) => operation.state === "succeeded" && done?.(),
        })}
    />
  `;
}

export function PruneDialog({ networks, close }) {
  const body = networks ? { networks: networks.map((network) => network.id) } : {};
  return html`
    <${Confirm}
      icon="trash-2"
      label="Remove"
      doing="Removing"
      danger
      close=${close}
      ask=${() => send("/api/networks/prune", { body, dryRun: true })}
      run=${async () =>
        tell(await send("/api/networks/prune", { body }), { doing: "Removing unused networks" })}
    />
  `;
}

export function DisconnectDialog({ network, member, close }) {
  const path = networkPath(network, "/disconnect");
  const body = { container: member.id };
  return html`
    <${Confirm}
      icon="unplug"
      label="Disconnect"
      doing="Disconnecting"
      danger
      close=${close}
      ask=${() => send(path, { body, dryRun: true })}
      run=${async ({ confirm }) =>
        tell(await send(path, { body, query: { confirm } }), { doing: `Disconnecting ${member.name}` })}
    />
  `;
}
