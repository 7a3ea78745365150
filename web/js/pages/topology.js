// @ts-check
// Networks, containers and published ports as a drawing that can be moved, made larger and saved. Where everything
// stands is said by the server.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { changedNetworks, stale } from "../stream.js";
import { containers, engineUp } from "../state.js";
import { go, useReturn } from "../navigation.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { Help } from "../components/elements/level.js";
import { Tabs } from "../components/networks/tabs.js";
import { save } from "../components/networks/save-drawing.js";

const STEP = 60;
const NARROW = 8.2;

/** As much of a text as fits into so many pixels. */
const fit = (text, width, each = NARROW) => {
  const most = Math.max(Math.floor(width / each), 3);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

const linkOf = (node) => {
  if (node.kind === "container") return `/containers/${encodeURIComponent(node.label)}`;
  if (node.kind === "network") return `/networks/${encodeURIComponent(node.label)}`;
  return node.kind === "ports" ? "/ports" : "/";
};

function Node({ node }) {
  const down = node.running === false;
  const spoken = [
    { host: "Host", ports: "Published ports", container: "Container", network: "Network" }[node.kind],
    node.label,
    node.detail,
    down && "not running",
  ];
  return html`
    <a href=${linkOf(node)} class=${`k-${node.kind} ${down ? "is-down" : ""}`}>
      <rect x=${node.x} y=${node.y} width=${node.width} height=${node.height} rx="8">
        <title>${spoken.filter(Boolean).join(", ")}</title>
      </rect>
      <text x=${node.x + 12} y=${node.y + (node.detail ? 19 : 28)}>
        ${fit(node.label, node.width - 20)}
      </text>
      ${node.detail && html`
        <text class="k-detail" x=${node.x + 12} y=${node.y + 35}>
          ${fit(node.detail, node.width - 20, 6.9)}
        </text>
      `}
    </a>
  `;
}

/** `turn` counts the edges of a container: the addresses of the first two have room beside it. */
function Edge({ edge, nodes, turn }) {
  const [a, b] = [nodes.get(edge.from), nodes.get(edge.to)];
  if (!a || !b) return null;
  const [x1, y1, x2, y2] = [a.x + a.width, a.y + a.height / 2, b.x, b.y + b.height / 2];
  const bend = (x2 - x1) / 2;
  return html`
      <path d=${`M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}></path>
      ${edge.label && turn < 2 && html`
        <text class="k-label" x=${x1 + 8} y=${y1 + (turn === 0 ? -6 : 16)}>
          ${edge.label}
        </text>
      `}
    `;
}

function turnsOf(edges) {
  const counts = new Map();
  return new Map(
    edges.map((edge) => {
      const turn = counts.get(edge.from) ?? 0;
      counts.set(edge.from, turn + 1);
      return [edge, turn];
    }),
  );
}

/** Which part is in sight: moved by dragging and by the arrow keys, made larger and smaller by buttons. */
function useSight(drawing) {
  const [sight, setSight] = useState({ x: 0, y: 0, zoom: 0 });
  const frame = useRef(/** @type {any} */ (null));
  const down = useRef(/** @type {any} */ (null));
  const whole = () => {
    const box = frame.current?.getBoundingClientRect();
    const wide = box ? box.width / drawing.width : 1;
    // As wide as there is room for, and not so small that nothing can be read, or met by a finger.
    const least = box && box.width < 1024 ? 1 : 0.55;
    setSight({ x: 0, y: 0, zoom: Math.min(Math.max(wide, least), 1.2) });
  };
  useEffect(whole, [drawing.width]);
  const move = (x, y) => setSight((now) => ({ ...now, x: now.x + x / now.zoom, y: now.y + y / now.zoom }));
  const scale = (by) => setSight((now) => ({ ...now, zoom: Math.min(Math.max(now.zoom * by, 0.2), 3) }));
  const keys = (event) => {
    const by = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    }[event.key];
    if (by) move(by[0], by[1]);
    else if (event.key === "+") scale(1.25);
    else if (event.key === "-") scale(0.8);
    else if (event.key === "0") whole();
    else return;
    event.preventDefault();
  };
  const drag = {
    onPointerDown: (event) => {
      if (event.button === 0) down.current = { x: event.clientX, y: event.clientY, moved: false };
    },
    onPointerMove: (event) => {
      const from = down.current;
      if (!from) return;
      const [x, y] = [from.x - event.clientX, from.y - event.clientY];
      if (!from.moved && Math.hypot(x, y) < 5) return;
      if (!from.moved) event.currentTarget.setPointerCapture(event.pointerId);
      down.current = { x: event.clientX, y: event.clientY, moved: true };
      move(x, y);
    },
    onPointerUp: () => {
      const { moved } = down.current ?? {};
      down.current = moved ? "dragged" : null;
      setTimeout(() => {
        down.current = null;
      });
    },
    onPointerCancel: () => {
      down.current = null;
    },
    // A drag that ends on a link does not follow it.
    onClickCapture: (event) => {
      if (down.current === "dragged") {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    onWheel: (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      scale(event.deltaY < 0 ? 1.1 : 0.9);
    },
  };
  return { sight, frame, keys, drag, scale, whole };
}

function Drawing({ drawing, name }) {
  const { sight, frame, keys, drag, scale, whole } = useSight(drawing);
  const svg = useRef(/** @type {any} */ (null));
  const nodes = new Map(drawing.nodes.map((node) => [node.id, node]));
  const turns = turnsOf(drawing.edges);
  const [size, setSize] = useState({ width: 800, height: 500 });
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      setSize({ width, height });
    });
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  const zoom = sight.zoom || 1;
  const box = [sight.x, sight.y, size.width / zoom, size.height / zoom].map((n) => Math.round(n)).join(" ");
  const tool = (sign, label, run) => html`
    <button type="button" class="btn s icon" aria-label=${label} title=${label} onClick=${run}>
      ${sign}
    </button>
  `;
  return html`
      <div class="row topology-tools">
        ${tool("+", "Larger", () => scale(1.25))}
        ${tool("−", "Smaller", () => scale(0.8))}
        <button type="button" class="btn s" onClick=${whole}>
          Fit
        </button>
        <button
          type="button"
          class="btn s"
          onClick=${() => save(svg.current, drawing, `topology-${name}.svg`)}
        >
          <${Icon} name="download" />
          Save as SVG
        </button>
      </div>
      <div
        class="topology"
        ref=${frame}
        tabindex="0"
        role="region"
        aria-label="Topology; arrows move it, plus and minus change its size"
        onKeyDown=${keys}
        ...${drag}
      >
        <svg ref=${svg} viewBox=${box} role="group" aria-label="Topology">
          <g>
            ${drawing.edges.map((edge) => html`
              <${Edge} key=${`${edge.from} ${edge.to}`} edge=${edge} nodes=${nodes} turn=${turns.get(edge)} />
            `)}
          </g>
          <g>
            ${drawing.nodes.map((node) => html`
              <${Node} key=${node.id} node=${node} />
            `)}
          </g>
        </svg>
      </div>
    `;
}

/** The drawing, asked for again a moment after something has changed. */
function useDrawing(data) {
  const [drawing, setDrawing] = useState(data.drawing);
  const changes = changedNetworks.value + stale.value;
  const known = containers.value;
  const first = useRef(true);
  useEffect(() => setDrawing(data.drawing), [data]);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const path = data.network
      ? `/api/networks/${encodeURIComponent(data.network)}/topology`
      : "/api/topology";
    const timer = setTimeout(() => api(path).then(setDrawing, () => {}), 300);
    return () => clearTimeout(timer);
  }, [changes, known]);
  return drawing;
}

export default function Topology({ data }) {
  useReturn();
  const drawing = useDrawing(data);
  const choose = (name) => go(name ? `/topology?network=${encodeURIComponent(name)}` : "/topology");
  return html`
      <div class="head">
        <div>
          <h1>Topology</h1>
          <p>Published ports, containers and the networks that they are on.</p>
          <${Help}>A container reaches those that are joined to the same network, by their names.</${Help}>
        </div>
        ${drawing && html`
          <div class="actions">
            <div class="field">
              <select
                aria-label="Network"
                value=${data.network ?? ""}
                disabled=${!engineUp.value}
                onChange=${(event) => choose(event.target.value)}
              >
                <option value="">All networks</option>
                ${data.networks.map((name) => html`
                  <option key=${name} value=${name}>
                    ${name}
                  </option>
                `)}
              </select>
            </div>
          </div>
        `}
      </div>
      <${Tabs} page="topology" />
      ${drawing ? html`
        <${Drawing} key=${data.network ?? ""} drawing=${drawing} name=${data.network ?? "all"} />
      ` : data.is_missing ? html`
        <${Empty} icon="network" title=${`There is no network ${data.network}`}>
          <div class="row">
            <a class="btn primary" href="/topology">
              All networks
            </a>
          </div>
        </${Empty}>
      ` : html`
        <${NoEngine} what="networks" />
      `}
    `;
}
