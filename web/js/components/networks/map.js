// @ts-check
// The addresses of a subnet as a map: a cell an address, coloured by what has it. Marked with the pointer or the
// keyboard; a large subnet is looked at in parts.
// Invariant: as much is asked for and drawn as one part has, however large the subnet is.
import { html, useRef, useState } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

export const PART = 256;

const WORDS = {
  network: "network address",
  broadcast: "broadcast address",
  gateway: "gateway",
  auxiliary: "kept for",
  used: "used by",
  waiting: "fixed address of (stopped)",
  reserved: "reserved",
  free: "free",
};

/** What a cell says to who cannot see its colour. */
export function spoken(row, ranges) {
  const range = ranges.find((one) => one.id === row.reservation);
  const owner = row.owner ? ` ${row.owner}` : "";
  return `${row.address}, ${WORDS[row.state]}${owner}${range ? `, ${range.label}` : ""}`;
}

/** The end of an address that tells it from its neighbours. */
export const short = (address) =>
  address.includes(":")
    ? address.slice(address.lastIndexOf(":"))
    : address.slice(address.lastIndexOf(".") + 1);

/** `cursor` is the marked row's number in `rows`, `anchor` where marking began; without `reserve` it is for one. */
export function AddressMap({ rows, ranges, mark, setMark, reserve = null }) {
  const grid = useRef(/** @type {any} */ (null));
  const down = useRef(false);
  const { cursor, anchor } = mark;
  const [from, to] = [Math.min(cursor, anchor), Math.max(cursor, anchor)];
  const at = (event) => {
    const cell = event.target.closest?.("[data-at]");
    return cell ? Number(cell.dataset.at) : -1;
  };
  const columns = () => {
    const cells = grid.current?.children ?? [];
    let count = 0;
    while (count < cells.length && cells[count].offsetTop === cells[0].offsetTop) count += 1;
    return Math.max(count, 1);
  };
  const focus = (number) => grid.current?.children[number]?.focus();
  const move = (event) => {
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns(),
      ArrowDown: columns(),
      Home: -cursor,
      End: rows.length - 1 - cursor,
    }[event.key];
    if (step !== undefined) {
      const next = Math.max(0, Math.min(rows.length - 1, cursor + step));
      setMark({ cursor: next, anchor: event.shiftKey ? anchor : next });
      focus(next);
      event.preventDefault();
    } else if (event.key === "r" && reserve && !event.ctrlKey && !event.metaKey) {
      reserve(rows[from].address, rows[to].address);
      event.preventDefault();
    }
  };
  return html`
    <div
      class="net-map"
      role="group"
      aria-label=${`Addresses; arrows move${reserve ? ", Shift marks a range, r reserves it" : ""}`}
      ref=${grid}
      onKeyDown=${move}
      onPointerDown=${(event) => {
        const number = at(event);
        if (number < 0 || event.button !== 0) return;
        down.current = event.pointerType === "mouse";
        setMark({ cursor: number, anchor: event.shiftKey ? anchor : number });
      }}
      onPointerOver=${(event) => {
        const number = at(event);
        if (down.current && number >= 0) setMark({ cursor: number, anchor });
      }}
      onPointerUp=${() => {
        if (down.current && from !== to) reserve?.(rows[from].address, rows[to].address);
        down.current = false;
      }}
      onClick=${(event) => {
        // By Enter or Space: to what can be done with the address.
        const act = /** @type {HTMLElement | null} */ (document.querySelector(".net-marked .btn"));
        if (event.detail === 0) act?.focus();
      }}
      onPointerLeave=${() => {
        down.current = false;
      }}
    >
      ${rows.map((row, number) => {
        const range = ranges.find((one) => one.id === row.reservation);
        const marked = number >= from && number <= to;
        return html`
          <button
            type="button"
            key=${row.address}
            data-at=${number}
            data-state=${row.state}
            class=${`${range ? `c-${range.color}` : ""} ${marked ? "marked" : ""}`}
            tabindex=${number === cursor ? 0 : -1}
            aria-pressed=${String(marked)}
            aria-label=${spoken(row, ranges)}
            title=${spoken(row, ranges)}
          >
            ${short(row.address)}
          </button>
        `;
      })}
    </div>
  `;
}

/** What the colours mean; the ranges are told beside their names. */
export const Legend = ({ ranges }) => html`
  <ul class="net-legend" aria-label="Legend">
    <li>
      <i data-state="used"></i>
      In use
    </li>
    <li>
      <i data-state="waiting"></i>
      Fixed, not running
    </li>
    ${ranges.map((range) => html`
      <li key=${range.id}>
        <i class=${`c-${range.color}`} data-state="reserved"></i>
        ${range.label}
      </li>
    `)}
    <li>
      <i data-state="free"></i>
      Free
    </li>
  </ul>
`;

/** The number of an IPv4 address in its subnet, or -1. */
function numberIn(subnet, address) {
  const [network, prefix] = subnet.split("/");
  const value = (text) => {
    const parts = text.trim().split(".");
    const isOne = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
    return isOne ? parts.reduce((sum, part) => sum * 256 + Number(part), 0) : NaN;
  };
  const at = value(address) - value(network);
  return at >= 0 && at < 2 ** (32 - Number(prefix)) ? at : -1;
}

/** Which part of a large subnet is looked at. */
export function Parts({ page, go }) {
  const { from, total, items } = page;
  const [wanted, setWanted] = useState("");
  if (total <= PART) return null;
  const last = from + items.length >= total;
  const at = numberIn(page.subnet, wanted);
  return html`
    <nav class="net-parts" aria-label="Parts of the subnet">
      <button
        type="button"
        class="btn s icon"
        aria-label="Addresses before"
        disabled=${from === 0}
        onClick=${() => go(Math.max(0, from - PART))}
      >
        <${Icon} name="chevron-left" />
      </button>
      <span class="mono small">
        ${items[0]?.address} – ${items[items.length - 1]?.address}
      </span>
      <button
        type="button"
        class="btn s icon"
        aria-label="Next addresses"
        disabled=${last}
        onClick=${() => go(from + PART)}
      >
        <${Icon} name="chevron-right" />
      </button>
      ${!page.subnet.includes(":") && html`
        <form
          class="row"
          onSubmit=${(event) => {
            event.preventDefault();
            if (at >= 0) go(at - (at % PART));
          }}
        >
          <div class="field">
            <input
              class="mono"
              aria-label="Go to the address"
              aria-invalid=${wanted && at < 0 ? "true" : undefined}
              placeholder="Go to an address"
              autocomplete="off"
              value=${wanted}
              onInput=${(event) => setWanted(event.target.value)}
            />
          </div>
          <button type="submit" class="btn s" disabled=${at < 0}>
            Go
          </button>
        </form>
      `}
    </nav>
  `;
}
