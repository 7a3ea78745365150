// @ts-check
// One network: who is on it, and its addresses as a map with the ranges that are kept for something.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { engineUp } from "../state.js";
import { changedNetworks, stale } from "../stream.js";
import { go, useReturn } from "../navigation.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Facts, Help } from "../components/elements/level.js";
import { openMenu } from "../components/frame/menu.js";
import {
  askConnect,
  askDisconnect,
  askDocument,
  askMigrate,
  askRelease,
  askRemove,
  askReserve,
  joinable,
  networkPath,
  whyFixed,
  whyKept,
} from "../components/networks/acts.js";
import { AddressMap, Legend, PART, Parts, short, spoken } from "../components/networks/map.js";
import { OversizedWarning } from "../components/networks/oversized.js";
import { COLORS, Marks } from "../components/networks/usage.js";

const figure = (number) => number.toLocaleString("en");

/** ".34" where that is enough to tell an address, else all of it. */
function brief(address, subnet) {
  if (!address) return "none";
  return Number(subnet.split("/")[1]) >= 24 && !address.includes(":") ? `.${short(address)}` : address;
}

/** The network, and the part of its map that is looked at, asked for again when something has changed. */
function useNetwork(data) {
  const [network, setNetwork] = useState(data.network);
  const [page, setPage] = useState(data.addresses);
  const [gone, setGone] = useState(false);
  const [where, setWhere] = useState({ subnet: 0, from: 0 });
  const [own, setOwn] = useState(0);
  const changes = changedNetworks.value + stale.value;
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const abort = new AbortController();
    let timer = 0;
    const load = async (isLast = false) => {
      try {
        // Created again under the same name, it has another id.
        const view = await api(networkPath(data.network), { signal: abort.signal }).catch((problem) => {
          if (problem.status !== 404) throw problem;
          return api(`/api/networks/${encodeURIComponent(data.network.name)}`, { signal: abort.signal });
        });
        setNetwork(view);
        setGone(false);
        if (view.subnets.length > 0)
          setPage(
            await api(networkPath(view, "/addresses"), {
              query: { ...where, limit: PART },
              signal: abort.signal,
            }),
          );
      } catch (problem) {
        if (problem.status !== 404) return;
        // While it is created again it is not there for a moment.
        if (isLast) setGone(true);
        else timer = setTimeout(() => load(true), 2000);
      }
    };
    timer = setTimeout(load, 150);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [changes, where, own]);
  return { network, page, gone, where, setWhere, reload: () => setOwn((count) => count + 1) };
}

/** An address that is marked: what it is, and what can be done with it. */
function Chosen({ network, row, span, ranges, reserve }) {
  const range = ranges.find((one) => one.id === row.reservation);
  const member = network.members.find((one) => one.name === row.owner);
  const isFree = row.state === "free" || row.state === "reserved";
  return html`
    <section class="card net-marked" aria-label="Marked address">
      <header>
        <h2 class="mono">${row.address}</h2>
      </header>
      <div class="body stack">
        <p class="any">
          ${isFree ? (
            range ? html`
                Free, in the reservation <b>${range.label}</b>.
                ${range.prevent_auto_assign ? " DockerMate gives it out only when the range is named." : ""}
              ` : (
              "Free."
            )
          ) : (
            `${spoken(row, ranges)
              .replace(`${row.address}, `, "")
              .replace(/^./, (c) => c.toUpperCase())}.`
          )}
        </p>
        <div class="row">
          ${member && html`
            <a class="btn" href=${containerLink(member)}>
              <${Icon} name="box" />
              ${member.name}
            </a>
          `}
          ${isFree && network.name !== "bridge" && html`
            <button
              type="button"
              class="btn primary"
              disabled=${!engineUp.value}
              onClick=${() => askConnect(network, row.address)}
            >
              Give it to a container
            </button>
          `}
          ${!range && html`
            <button type="button" class="btn" onClick=${() => reserve(...span)}>
              ${span[0] === span[1] ? "Reserve" : `Reserve ${short(span[0])} to ${short(span[1])}`}
            </button>
          `}
        </div>
      </div>
    </section>
  `;
}

const Ranges = ({ network, ranges, reload, reserve }) => html`
  <section class="card net-ranges" aria-label="Reservations">
    <header>
      <h2>Reservations</h2>
      <div class="actions">
        <button type="button" class="btn s" onClick=${() => reserve("", "")}>
          <${Icon} name="plus" />
          Reserve range
        </button>
      </div>
    </header>
    ${ranges.length === 0 ? html`
      <p class="body muted">
        None. Mark addresses in the map, or reserve a range: it keeps the same kind of services together.
      </p>
    ` : html`
      <ul>
        ${ranges.map((range) => html`
          <li key=${range.id}>
            <i class=${`c-${range.color}`} data-state="reserved" aria-hidden="true"></i>
            <div class="grow">
              <b class="any">${range.label}</b>
              <small class="faint mono">
                ${range.first} – ${range.last}
              </small>
              ${range.description && html`<small class="muted any">${range.description}</small>`}
              ${range.engine_assigns && range.prevent_auto_assign && atLeast("intermediate") && html`
                <small class="faint">The engine's automatic addresses come from it too.</small>
              `}
            </div>
            <span class="faint small">
              ${range.is_outside
                ? "outside of the network"
                : `${figure(range.used)} of ${figure(range.size)} used`}
            </span>
            <button
              type="button"
              class="btn quiet icon s"
              aria-label=${`Actions of the reservation ${range.label}`}
              aria-haspopup="menu"
              aria-expanded="false"
              onClick=${(event) =>
                openMenu(event.currentTarget, [
                  {
                    label: "Change…",
                    icon: "pencil",
                    run: () => askReserve(network, { of: range, done: reload }),
                  },
                  { line: true },
                  {
                    label: "Remove…",
                    icon: "trash-2",
                    danger: true,
                    run: () => askRelease(network, range, reload),
                  },
                ])}
            >
              <${Icon} name="ellipsis-vertical" />
            </button>
          </li>
        `)}
      </ul>
    `}
  </section>
`;

const Members = ({ network }) => html`
  <section class="card" aria-label="Containers">
    <header>
      <h2>Containers</h2>
    </header>
    ${network.members.length === 0 ? html`
      <p class="body muted">No container is on it.</p>
    ` : html`
      <div class="scroll-x">
        <table class="plain-table net-members">
          <thead>
            <tr>
              <th scope="col">Container</th>
              <th scope="col">Address</th>
              ${atLeast("advanced") && html`<th scope="col">MAC</th>`}
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            ${network.members.map((member) => html`
              <tr key=${member.id}>
                <th scope="row">
                  <a href=${containerLink(member)}>${member.name}</a>
                  ${member.environment && html`
                      ${" "}
                      <span class="tag plain-tag">${member.environment}</span>
                    `}
                  ${!member.running && html`<small class="faint">not running</small>`}
                </th>
                <td class="mono any">
                  ${[member.ipv4, member.ipv6].filter(Boolean).join(", ") || member.fixed.join(", ") || "–"}
                  ${member.fixed.length > 0 && html`
                      ${" "}
                      <span class="tag plain-tag">fixed</span>
                    `}
                </td>
                ${atLeast("advanced") && html`<td class="mono">${member.mac ?? "–"}</td>`}
                <td class="moves">
                  ${joinable(network) && html`
                    <button
                      type="button"
                      class="btn quiet s"
                      disabled=${!engineUp.value}
                      aria-label=${`Disconnect ${member.name}`}
                      onClick=${() => askDisconnect(network, member)}
                    >
                      Disconnect
                    </button>
                  `}
                </td>
              </tr>
            `)}
          </tbody>
        </table>
      </div>
    `}
  </section>
`;

/** What was set when it was created. */
const Settings = ({ network }) => html`
  <section class="card" aria-label="Settings">
    <header>
      <h2>Settings</h2>
    </header>
    <div class="body">
      <${Facts}
        count=${2}
        rest=${html`
            <dt>Driver</dt>
            <dd>${network.driver}</dd>
            <dt>ID</dt>
            <dd class="mono">${network.id}</dd>
            ${Object.entries({ ...network.options, ...network.labels }).map(([key, value]) => html`
                <dt class="mono any">${key}</dt>
                <dd class="mono any">${value}</dd>
              `)}
          `}
      >
        ${network.subnets.map((subnet) => html`
            <dt>Subnet</dt>
            <dd class="mono">
              ${subnet.network}
              ${subnet.gateway ? `, gateway ${subnet.gateway}` : ""}
            </dd>
            ${subnet.range && html`
                <dt>Automatic addresses</dt>
                <dd class="mono">${subnet.range}</dd>
              `}
          `)}
        <dt>External access</dt>
        <dd>${network.internal ? "No (internal)" : "Yes"}</dd>
      </${Facts}>
    </div>
  </section>
`;

function Addresses({ network, page, where, setWhere, mark, setMark, reserve }) {
  return html`
    <section class="card" aria-label="Addresses">
      <header>
        <h2>Addresses</h2>
        ${network.subnets.length > 1 && html`
          <div class="actions">
            <div class="seg" role="group" aria-label="Subnet">
              ${network.subnets.map((subnet, at) => html`
                <button
                  type="button"
                  aria-pressed=${String(where.subnet === at)}
                  onClick=${() => setWhere({ subnet: at, from: 0 })}
                >
                  ${subnet.network}
                </button>
              `)}
            </div>
          </div>
        `}
      </header>
      <div class="body stack">
        <${Parts} page=${page} go=${(from) => setWhere({ ...where, from })} />
        <${AddressMap}
          rows=${page.items}
          ranges=${page.reservations}
          mark=${mark}
          setMark=${setMark}
          reserve=${reserve}
        />
        <${Legend} ranges=${page.reservations} />
      </div>
    </section>
  `;
}

function Missing({ data }) {
  if (data.engine_unavailable)
    return html`
        <div class="head">
          <h1>${data.name}</h1>
        </div>
        <${NoEngine} what="networks" />
      `;
  return html`
      <h1 class="visually-hidden">${data.name}</h1>
      <${Empty} icon="network" title=${`There is no network ${data.name}`}>
        <p>It may have been removed.</p>
        <div class="row">
          <a class="btn primary" href="/networks">
            All networks
          </a>
        </div>
      </${Empty}>
    `;
}

/** What is marked at first: the address that is next, where it is in sight. */
function markOf(page) {
  const at = page?.items.findIndex((row) => row.address === page.next) ?? 0;
  const cursor = Math.max(at, 0);
  return { cursor, anchor: cursor };
}

function Whole({ data }) {
  const { network, page, gone, where, setWhere, reload } = useNetwork(data);
  const [mark, setMark] = useState(() => markOf(page));
  useEffect(() => setMark(markOf(page)), [page?.subnet, page?.from]);
  if (gone) return html`<${Missing} data=${{ name: network.name }} />`;
  const ranges = page?.reservations ?? [];
  const color = COLORS.find((name) => !ranges.some((range) => range.color === name)) ?? "blue";
  const reserve = (first, last) => askReserve(network, { first, last, color, done: reload });
  const row = page?.items[Math.min(mark.cursor, page.items.length - 1)];
  const ends = [mark.cursor, mark.anchor].sort((a, b) => a - b);
  const span = page ? ends.map((at) => page.items[Math.min(at, page.items.length - 1)].address) : [];
  const kept = whyKept(network);
  const oversized = network.oversized;
  const usage = page?.usage;
  return html`
      <p class="crumb">
        <a href="/networks">Networks</a>
      </p>
      <div class="head">
        <div>
          <h1>${network.name}</h1>
          <p class="mono any">${[network.driver, page?.subnet].filter(Boolean).join(" · ")}</p>
          <p>
            <${Marks} network=${network} />
          </p>
          <${Help}>Each square is an address; the colored ones are in use or kept for something.</${Help}>
        </div>
        <div class="actions">
          ${joinable(network) && html`
            <button
              type="button"
              class="btn"
              disabled=${!engineUp.value}
              onClick=${() => askConnect(network)}
            >
              <${Icon} name="plug" />
              Connect container
            </button>
          `}
          <button type="button" class="btn" disabled=${!engineUp.value} onClick=${() => askDocument(network)}>
            <${Icon} name="file-text" />
            Documentation
          </button>
          <button
            type="button"
            class="btn"
            disabled=${Boolean(whyFixed(network))}
            title=${whyFixed(network) || undefined}
            onClick=${() => askMigrate(network, reload)}
          >
            Change the size
          </button>
          <button
            type="button"
            class="btn danger"
            disabled=${Boolean(kept)}
            title=${kept || undefined}
            onClick=${() => askRemove(network, () => go("/networks"))}
          >
            <${Icon} name="trash-2" />
            Remove
          </button>
        </div>
      </div>
      ${oversized && html`<${OversizedWarning} network=${network} hasWindows=${data.has_windows} reload=${reload} />`}
      ${network.warnings.map((text) => html`
        <p class="net-note any" key=${text}>
          <${Icon} name="triangle-alert" />
          <span>${text}</span>
        </p>
      `)}
      ${usage && html`
        <dl class="net-facts">
          <div>
            <dt>In use</dt>
            <dd>
              ${figure(usage.used)} of ${figure(usage.usable)}
            </dd>
          </div>
          <div>
            <dt>Reserved</dt>
            <dd>${figure(usage.reserved)}</dd>
          </div>
          <div>
            <dt>Free for anyone</dt>
            <dd>${figure(usage.free)}</dd>
          </div>
          <div>
            <dt>Next free</dt>
            <dd class="mono">${brief(page.next, page.subnet)}</dd>
          </div>
          ${ranges.slice(0, 1).map((range) => html`
            <div key=${range.id}>
              <dt class="any">Next in ${range.label}</dt>
              <dd class="mono">${brief(range.next, page.subnet)}</dd>
            </div>
          `)}
        </dl>
      `}
      <div class=${page ? "net-page" : "net-page alone"}>
        <div class="stack">
          ${page && html`
            <${Addresses}
              network=${network}
              page=${page}
              where=${where}
              setWhere=${setWhere}
              mark=${mark}
              setMark=${setMark}
              reserve=${reserve}
            />
          `}
          <${Members} network=${network} />
        </div>
        <div class="stack">
          ${row && html`<${Chosen} network=${network} row=${row} span=${span} ranges=${ranges} reserve=${reserve} />`}
          ${page && html`<${Ranges} network=${network} ranges=${ranges} reload=${reload} reserve=${reserve} />`}
          <${Settings} network=${network} />
        </div>
      </div>
    `;
}

export default function Network({ data }) {
  useReturn();
  return data.network ? html`<${Whole} key=${data.network.id} data=${data} />` : html`<${Missing} data=${data} />`;
}
