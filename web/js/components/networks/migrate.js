// @ts-check
// Another subnet for a network: its size or the subnet itself, and the plan with every address.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { tell } from "../../follow.js";
import { Help } from "../elements/level.js";
import { Confirm } from "../operations/plan.js";
import { send } from "../frame/later.js";
import { networkPath } from "./acts.js";
import { Acknowledge, ACKNOWLEDGE, Check, Sizes, Text } from "./fields.js";

const prefixOf = (subnet) => Number(subnet?.split("/")[1]);

export function MigrateDialog({ network, done, close }) {
  const now = prefixOf(network.subnets.find((one) => !one.network.includes(":"))?.network);
  const [sizing, setSizing] = useState(/** @type {any} */ (null));
  const [size, setSize] = useState("");
  const [typed, setTyped] = useState("");
  const [larger, setLarger] = useState(false);
  const [acknowledged, setAcknowledged] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    api("/api/networks/calculate-size").then((told) => {
      setSizing(told);
      const recommended = prefixOf(told.recommended_cidr);
      // One that is as large already is rather to grow.
      if (recommended !== now) setSize(told.recommended_cidr);
      else setSize(`/${now - 1}`);
    });
  }, []);
  const limit = prefixOf(sizing?.hardware_limit ?? "/0");
  const subnet = typed.trim();
  const prefix = subnet ? prefixOf(subnet) : prefixOf(size);
  const isOversized = prefix > 0 && prefix < limit && network.driver === "bridge";
  const least = network.members.length + 1;
  // What is too small for as many as the host may have can be enough for those that are on it.
  const sizes = (sizing?.sizes ?? [])
    .filter((one) => one.prefix !== now && one.usable_ips >= least)
    .filter((one) => larger || one.fit !== "oversized" || one.cidr === size)
    .map((one) => (one.fit === "too_small" ? { ...one, fit: "fits" } : one));
  const body = {
    ...(subnet ? { subnet } : { size }),
    acknowledge: isOversized ? acknowledged : [],
  };
  const missing = isOversized && acknowledged.length < ACKNOWLEDGE.length;
  const path = networkPath(network, "/migrate");
  const ready = Boolean(subnet || size);
  return html`
    <${Confirm}
      title=${`Change the size of ${network.name}`}
      icon="network"
      label="Recreate"
      doing="Recreating"
      wide
      again=${ready ? JSON.stringify(body) : ""}
      close=${close}
      blocked=${missing ? "Acknowledge what an oversized network means." : ""}
      ask=${async () => (ready ? send(path, { body, dryRun: true }) : null)}
      run=${async ({ confirm }) =>
        tell(await send(path, { body, query: { confirm } }), {
          doing: `Recreating ${network.name}`,
          ended: () => done?.(),
        })}
      before=${(at) => html`
          <${Help}>
            The network is created again with another subnet, and its containers move to it without a stop.
            If anything fails, everything is put back.
          </${Help}>
          <${Sizes}
            sizes=${sizes}
            prefix=${subnet ? prefix : prefixOf(size)}
            pick=${(cidr) => {
              setSize(cidr);
              setTyped("");
            }}
          />
          <${Check} label="Show larger network sizes (not recommended)" value=${larger} set=${setLarger} />
          <${Text}
            id="net-subnet"
            error=${at("subnet")}
            label="Subnet"
            value=${typed}
            set=${setTyped}
            placeholder="Where most addresses stay as they are"
          />
          ${isOversized && html`
            <${Acknowledge}
              sizing=${sizing}
              acknowledged=${acknowledged}
              set=${setAcknowledged}
              recommend=${() => {
                setSize(sizing?.recommended_cidr);
                setTyped("");
              }}
            />
          `}
        `}
    />
  `;
}
