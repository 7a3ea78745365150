// @ts-check
// How busy one container is and was: figures as text, and charts of 5 minutes (live), an hour and a day.
import { html, useEffect, useMemo, useState } from "../../../vendor/preact.js";
import { chartBundle } from "../../heavy.js";
import { engineUp } from "../../state.js";
import { bytes, memory, memoryOf, percent, plural } from "../../format.js";
import { Empty, NoEngine } from "../elements/empty.js";
import { Icon } from "../elements/icon.js";
import { Chart } from "./stats-chart.js";
import { columnsOf, isEmpty, useHistory, useSamples } from "./stats-data.js";

/** @typedef {import("./stats-data.js").StatsHistory} StatsHistory */

const SPAN_KEY = "stats-span";
const SPANS = [
  ["5m", "5 min"],
  ["1h", "1 h"],
  ["24h", "24 h"],
];
const rate = (value) => (value === null ? "–" : `${bytes(value)}/s`);

const CHARTS = [
  {
    key: "cpu",
    unit: "percent",
    icon: "cpu",
    title: "Processor",
    lines: [["CPU", "cpu_percent", "--accent"]],
    show: percent,
    limit: (/** @type {StatsHistory} */ { cpu_limit }) => (cpu_limit ? cpu_limit * 100 : null),
    text: (s) => (s.cpu_percent === null ? "measuring…" : `${percent(s.cpu_percent)} of one core`),
    foot: (s) => `This host has ${plural(s.cpus, "core")}; the maximum is ${s.cpus * 100} %.`,
  },
  {
    key: "memory",
    unit: "memory",
    icon: "memory-stick",
    title: "Memory",
    lines: [["Memory", "memory_used_bytes", "--accent"]],
    show: memory,
    limit: (/** @type {StatsHistory} */ { memory_limit_bytes }) => memory_limit_bytes ?? null,
    text: (s) =>
      s.memory_used_bytes === null ? "unknown" : memoryOf(s.memory_used_bytes, s.memory_limit_bytes),
    foot: (s) => s.note ?? `${percent(s.memory_percent ?? 0)} of its limit, without reclaimable cache.`,
  },
  {
    key: "network",
    unit: "bytes",
    icon: "network",
    title: "Network",
    lines: [
      ["Received", "network_rx_per_s", "--accent"],
      ["Sent", "network_tx_per_s", "--warn"],
    ],
    show: rate,
    text: (s) =>
      s.network_rx_bytes === null
        ? "the host's own"
        : `↓ ${rate(s.network_rx_per_s)}  ↑ ${rate(s.network_tx_per_s)}`,
    foot: (s) =>
      s.network_rx_bytes === null
        ? "It uses the host network, so its share cannot be measured."
        : `${bytes(s.network_rx_bytes)} received and ${bytes(s.network_tx_bytes)} sent since it was started.`,
  },
  {
    key: "block",
    unit: "bytes",
    icon: "hard-drive",
    title: "Disk",
    lines: [
      ["Read", "block_read_per_s", "--accent"],
      ["Written", "block_write_per_s", "--warn"],
    ],
    show: rate,
    text: (s) =>
      s.block_read_bytes === null
        ? "unknown"
        : `read ${rate(s.block_read_per_s)}, written ${rate(s.block_write_per_s)}`,
    foot: (s) =>
      s.block_read_bytes === null
        ? "The kernel of this host does not measure it."
        : `${bytes(s.block_read_bytes)} read and ${bytes(s.block_write_bytes)} written since it was started.`,
  },
  {
    key: "pids",
    unit: "count",
    icon: "activity",
    title: "Processes",
    lines: [["Processes", "pids", "--accent"]],
    show: (value) => (value === null ? "–" : String(Math.round(value))),
    text: (s) => (s.pids === null ? "unknown" : plural(s.pids, "process", "processes")),
    foot: () => "Including threads.",
  },
];

/** What was chosen last in this browser; else the live view, or the day of one that does not run. */
function useSpan(runs) {
  const [chosen, setChosen] = useState(() => localStorage.getItem(SPAN_KEY));
  const span = SPANS.some(([key]) => key === chosen) ? chosen : runs ? "5m" : "24h";
  return [
    span,
    (key) => {
      setChosen(key);
      localStorage.setItem(SPAN_KEY, key);
    },
  ];
}

function Spans({ span, choose }) {
  return html`
    <div class="seg" role="group" aria-label="Time span">
      ${SPANS.map(([key, word]) => html`
        <button
          type="button"
          key=${key}
          aria-pressed=${String(span === key)}
          aria-label=${`Last ${word}`}
          onClick=${() => choose(key)}
        >
          ${word}
        </button>
      `)}
    </div>
  `;
}

function source(last, history, span) {
  const kept =
    history &&
    {
      "5m": `Measured every ${history.interval_seconds} s, and every second while this page is visible.`,
      "1h": "Each point is the mean of a minute; the band reaches to its peak.",
      "24h": "Each point is the mean of 5 minutes; the band reaches to its peak.",
    }[span];
  const from =
    last && `Measured ${last.source === "cgroup" ? "from the cgroups of this host" : "by the engine"}.`;
  return [from, kept, "The last 24 hours are kept in memory, from the start of DockerMate."]
    .filter(Boolean)
    .join(" ");
}

export default function StatsTab({ c, gone }) {
  const runs = c.state === "running" || c.state === "paused";
  const [span, choose] = useSpan(runs);
  const [samples, broken] = useSamples(c);
  const [history, lost] = useHistory(c, span, gone);
  const [bundle, setBundle] = useState(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    chartBundle().then(setBundle, () => setFailed(true));
  }, []);
  const columns = useMemo(() => columnsOf(history, samples, span), [history, samples, span]);
  const last = samples.at(-1);
  const nothing = samples.length === 0 && (lost || (history !== null && isEmpty(history)));
  if (nothing && !engineUp.value)
    return html`
      <section class="card">
        <${NoEngine} />
      </section>
    `;
  if (nothing && !runs && (lost || span === "24h")) {
    return html`
      <section class="card">
        <${Empty} icon="activity" title="Not running">
          <p>
            Nothing was measured in the last 24 hours. Start the container to see its CPU, memory, network
            and disk usage.
          </p>
        </${Empty}>
      </section>
    `;
  }
  const now = (chart) => (last ? chart.text(last) : runs ? "…" : "");
  return html`
    <div class="stack">
      ${failed && html`
        <p class="field-error" role="alert">
          The charts could not be loaded; the values are still live.${" "}
          <button type="button" class="link" onClick=${() => location.reload()}>
            Reload the page
          </button>
        </p>
      `}
      ${last?.note && html`
        <div class="banner">
          <${Icon} name="memory-stick" />
          <div>
            <b>Memory usage is not available on this host</b>
            <p>${last.note}</p>
          </div>
        </div>
      `}
      <div class="row stats-head">
        <${Spans} span=${span} choose=${choose} />
        ${broken ? html`
          <p class="st warn" role="status">
            <${Icon} name="triangle-alert" />
            <span>Interrupted: ${broken}</span>
          </p>
        ` : (
          c.state !== "running" && html`
            <p class="muted" role="status">
              ${c.state === "paused"
                ? "It is paused: it uses no CPU and keeps its memory."
                : last
                  ? "It is no longer running. These are its last values."
                  : "It is not running. This is its usage before."}
            </p>
          `
        )}
      </div>
      <div class="charts">
        ${CHARTS.map((chart) => html`
          <${Chart}
            key=${chart.key}
            chart=${chart}
            text=${now(chart)}
            foot=${last ? chart.foot(last) : " "}
            columns=${columns}
            limit=${(history && chart.limit?.(history)) ?? null}
            span=${span}
            bundle=${bundle}
          />
        `)}
      </div>
      <p class="faint small">${source(last, history, span)}</p>
    </div>
  `;
}
