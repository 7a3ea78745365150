// @ts-check
// A new network: its size from the containers it is for, a free subnet, and the plan always in sight.
// Invariant: a size beyond what this host should have is offered only on request, and created only when all that it
// means was acknowledged.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { tell } from "../../follow.js";
import { go } from "../../navigation.js";
import { Fold, Help } from "../elements/level.js";
import { Confirm } from "../operations/plan.js";
import { TERMS } from "../../terms.js";
import { send } from "../frame/later.js";
import { Acknowledge, ACKNOWLEDGE, Check, Sizes, Text } from "./fields.js";

/** The sizes for so many containers, and a free subnet of the chosen one. */
function useSizes(containers, each, buffer, chosen) {
  const [sizing, setSizing] = useState(null);
  const [proposal, setProposal] = useState(null);
  useEffect(() => {
    const timer = setTimeout(
      () =>
        api("/api/networks/calculate-size", {
          query: { max_containers: containers || 0, ips_per_container: each || 1, buffer_percent: buffer },
        }).then(setSizing, () => setSizing(null)),
      200,
    );
    return () => clearTimeout(timer);
  }, [containers, each, buffer]);
  const fit = sizing?.sizes.find((one) => one.cidr === chosen)?.fit;
  const size = chosen && fit !== "too_small" ? chosen : sizing?.recommended_cidr;
  useEffect(() => {
    if (!size) return;
    api("/api/networks/proposal", { query: { size } }).then(setProposal, () => setProposal(null));
  }, [size]);
  return { sizing, size, proposal };
}

export function CreateDialog({ close }) {
  const [name, setName] = useState("");
  const [driver, setDriver] = useState("bridge");
  const [containers, setContainers] = useState("");
  const [each, setEach] = useState("1");
  const [buffer, setBuffer] = useState("20");
  const [chosen, setChosen] = useState("");
  const [larger, setLarger] = useState(false);
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const [parent, setParent] = useState("");
  const [gateway, setGateway] = useState("");
  const [range, setRange] = useState("");
  const [ipv6, setIpv6] = useState(false);
  const [ipv6Subnet, setIpv6Subnet] = useState("");
  const [ipv6Gateway, setIpv6Gateway] = useState("");
  const [auxiliary, setAuxiliary] = useState("");
  const [labels, setLabels] = useState("");
  const [internal, setInternal] = useState(false);
  const [attachable, setAttachable] = useState(false);
  const [mtu, setMtu] = useState("");
  const [acknowledged, setAcknowledged] = useState(/** @type {string[]} */ ([]));
  const { sizing, size, proposal } = useSizes(
    Number(containers),
    Number(each),
    Number.isInteger(Number(buffer)) ? Number(buffer) : 20,
    chosen,
  );

  const shares = driver !== "bridge";
  const link = proposal?.links.find((one) => one.name === parent);
  const free = shares ? (link?.networks[0] ? networkOf(link.networks[0]) : "") : (proposal?.subnet ?? "");
  const subnet = (typed ?? free).trim();
  const prefix = Number(subnet.split("/")[1]);
  const limit = Number((sizing?.hardware_limit ?? "/0").slice(1));
  const upper = upperHalf(subnet);
  const isOversized = !shares && prefix > 0 && prefix < limit;
  const sizes = (sizing?.sizes ?? []).filter(
    (one) => one.fit !== "too_small" && (larger || one.fit !== "oversized" || one.cidr === size),
  );
  const body = {
    name: name.trim(),
    driver,
    subnet: subnet || undefined,
    gateway: gateway.trim() || undefined,
    ip_range: range.trim() || undefined,
    ipv6,
    ipv6_subnet: (ipv6 && ipv6Subnet.trim()) || undefined,
    ipv6_gateway: (ipv6 && ipv6Gateway.trim()) || undefined,
    aux_addresses: pairs(auxiliary),
    labels: pairs(labels),
    internal,
    attachable,
    parent: (shares && parent) || undefined,
    mtu: Number(mtu) || undefined,
    acknowledge: isOversized ? acknowledged : [],
  };
  const missing = isOversized && acknowledged.length < ACKNOWLEDGE.length;
  const blocked = !body.name
    ? "Enter a name."
    : !subnet
      ? "Enter a subnet."
      : missing
        ? "Acknowledge what an oversized network means."
        : "";
  const plannable = body.name && subnet;
  const pickSize = (cidr) => {
    setChosen(cidr);
    setTyped(null);
  };
  return html`
    <${Confirm}
      title="New network"
      icon="network"
      label="Create"
      doing="Creating"
      wide
      again=${plannable ? JSON.stringify(body) : ""}
      close=${close}
      blocked=${blocked}
      ask=${async () => (plannable ? send("/api/networks", { body, dryRun: true }) : null)}
      run=${async () => {
        const ended = (operation) =>
          operation.state === "succeeded" && go(`/networks/${encodeURIComponent(body.name)}`);
        tell(await send("/api/networks", { body }), { doing: `Creating ${body.name}`, ended });
      }}
      before=${(at) => html`
          <${Help}>
            <b>Network:</b> ${TERMS.network} Containers on one network find each other by name.
          </${Help}>
          <${Text}
            id="net-name"
            error=${at("name")}
            label="Name"
            value=${name}
            set=${setName}
            placeholder="media-network"
            maxlength=${100}
            autofocus
          />
          <div class="two">
            <div class="field">
              <label for="net-driver">Driver</label>
              <select id="net-driver" value=${driver} onChange=${(e) => setDriver(e.target.value)}>
                <option value="bridge">Within this host (bridge)</option>
                <option value="macvlan">Devices on your network (macvlan)</option>
                <option value="ipvlan">On your network, the host's MAC (ipvlan)</option>
              </select>
            </div>
            ${shares ? html`
              <div class="field">
                <label for="net-parent">Parent interface</label>
                <input
                  id="net-parent"
                  class="mono"
                  list="net-links"
                  autocomplete="off"
                  placeholder="eth0"
                  value=${parent}
                  onInput=${(e) => setParent(e.target.value)}
                />
                <datalist id="net-links">
                  ${(proposal?.links ?? []).map((one) => html`
                    <option value=${one.name}></option>
                  `)}
                </datalist>
                ${at("parent") ? html`
                  <p class="field-error any" role="alert">
                    ${at("parent")}
                  </p>
                ` : html`
                  <p class="hint">For VLAN 20 write eth0.20: the engine creates that interface.</p>
                `}
              </div>
            ` : html`
              <${Text}
                id="net-containers"
                label="Containers it is for"
                value=${containers}
                set=${setContainers}
                inputmode="numeric"
                placeholder=${String(sizing?.max_containers ?? "")}
              />
            `}
          </div>
          ${!shares && html`
              <${Sizes} sizes=${sizes} prefix=${prefix || Number(size?.slice(1))} pick=${pickSize} />
              <${Check} label="Show larger network sizes (not recommended)" value=${larger} set=${setLarger} />
              ${larger && html`<p class="hint">Larger networks may impact performance. You own the risk.</p>`}
            `}
          <${Text}
            id="net-subnet"
            error=${at("subnet")}
            label="Subnet"
            value=${typed ?? free}
            set=${setTyped}
            placeholder=${shares ? "192.168.1.0/24" : "172.20.0.0/26"}
            hint=${shares
                ? "The subnet of that interface: the containers are devices there."
                : "This one is free; another is checked against everything that has addresses."}
          />
          <${Fold} from="intermediate" what="More settings">
            <div class="two">
              <${Text}
                id="net-gateway"
                error=${at("gateway")}
                label="Gateway"
                value=${gateway}
                set=${setGateway}
                placeholder=${(shares && link?.gateway) || "The first address"}
              />
              <${Text}
                id="net-range"
                error=${at("ip_range")}
                label="Range for automatic addresses"
                value=${range}
                set=${setRange}
                placeholder="The whole subnet"
              />
            </div>
            <div class="two">
              <${Text}
                id="net-each"
                label="Addresses of each container"
                value=${each}
                set=${setEach}
                inputmode="numeric"
              />
              <${Text}
                id="net-buffer"
                label="Room to grow, percent"
                value=${buffer}
                set=${setBuffer}
                inputmode="numeric"
              />
            </div>
            <div class="two">
              <${Text}
                id="net-mtu"
                error=${at("mtu")}
                label="MTU"
                value=${mtu}
                set=${setMtu}
                inputmode="numeric"
                placeholder="1500"
              />
            </div>
            ${upper && html`
              <${Check}
                label="Keep the first half for fixed addresses and reservations"
                value=${range === upper}
                set=${(on) => setRange(on ? upper : "")}
              />
            `}
            <${Text}
              id="net-aux"
              error=${at("aux_addresses")}
              label="Addresses that no container gets"
              value=${auxiliary}
              set=${setAuxiliary}
              placeholder="nas=172.20.0.9, printer=172.20.0.8"
            />
            <${Text}
              id="net-labels"
              error=${at("labels")}
              label="Labels"
              value=${labels}
              set=${setLabels}
              placeholder="owner=me, purpose=media"
            />
            <${Check} label="IPv6 too" value=${ipv6} set=${setIpv6} />
            ${ipv6 && html`
                <${Text}
                  id="net-ipv6"
                  error=${at("ipv6_subnet")}
                  label="IPv6 subnet"
                  value=${ipv6Subnet}
                  set=${setIpv6Subnet}
                  placeholder=${proposal?.ipv6_subnet ?? "A free one of this host's own prefix"}
                />
                <${Text}
                  id="net-ipv6-gateway"
                  error=${at("ipv6_gateway")}
                  label="IPv6 gateway"
                  value=${ipv6Gateway}
                  set=${setIpv6Gateway}
                  placeholder="The first address"
                />
              `}
            <${Check} label="Internal: no external access" value=${internal} set=${setInternal} />
            <${Check}
              label="Attachable, for swarm services' networks"
              value=${attachable}
              set=${setAttachable}
            />
          </${Fold}>
          ${isOversized && html`
            <${Acknowledge}
              sizing=${sizing}
              acknowledged=${acknowledged}
              set=${setAcknowledged}
              recommend=${() => pickSize(sizing?.recommended_cidr)}
            />
          `}
        `}
    />
  `;
}

/** `{nas: "172.20.0.9"}` of "nas=172.20.0.9, …"; what has no value has an empty one, which the server names. */
function pairs(text) {
  const parts = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean);
  return Object.fromEntries(
    parts.map((part) => {
      const [key, ...rest] = part.split("=");
      return [key.trim(), rest.join("=").trim()];
    }),
  );
}

/** The upper half of an IPv4 subnet that has room for two. */
function upperHalf(subnet) {
  const [address, prefix] = subnet.split("/");
  const [bits, parts] = [Number(prefix), address.split(".").map(Number)];
  if (parts.length !== 4 || !(bits >= 8 && bits <= 28)) return "";
  const first = parts.reduce((sum, part) => sum * 256 + part, 0) + 2 ** (31 - bits);
  return `${dotted(first)}/${bits + 1}`;
}

const dotted = (number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

/** The network of an address: `192.168.1.0/24` of `192.168.1.20/24`. */
function networkOf(text) {
  const [address, prefix] = text.split("/");
  const parts = address.split(".").map(Number);
  if (parts.length !== 4) return text;
  const bits = Number(prefix);
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(number / size) * size;
  return `${dotted(first)}/${bits}`;
}
