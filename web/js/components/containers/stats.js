// @ts-check
// How busy one container is: figures as text, and charts of the last minutes, live.
// Invariant: it is measured only while this is in sight; what cannot be measured says so.
import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { api, containerPath, leave } from "../../api.js";
import { EventStream } from "../../event-stream.js";
import { chartBundle } from "../../heavy.js";
import { engineUp, theme } from "../../state.js";
import { bytes, bytesOf, percent, plural } from "../../format.js";
import { Empty, NoEngine } from "../elements/empty.js";
import { Icon } from "../elements/icon.js";

/** Samples kept: ten minutes at one each second. */
const KEPT = 600;
const rate = (value) => (value === null ? "–" : `${bytes(value)}/s`);

const CHARTS = [
  {
    key: "cpu",
    icon: "cpu",
    title: "Processor",
    lines: [["CPU", "cpu_percent", "--accent"]],
    show: percent,
    text: (s) => (s.cpu_percent === null ? "measuring…" : `${percent(s.cpu_percent)} of one core`),
    foot: (s) => `This host has ${plural(s.cpus, "core")}; the maximum is ${s.cpus * 100} %.`,
  },
  {
    key: "memory",
    icon: "memory-stick",
    title: "Memory",
    lines: [["Memory", "memory_used_bytes", "--accent"]],
    show: bytes,
    text: (s) =>
      s.memory_used_bytes === null ? "unknown" : bytesOf(s.memory_used_bytes, s.memory_limit_bytes),
    foot: (s) => s.note ?? `${percent(s.memory_percent ?? 0)} of its limit, without reclaimable cache.`,
  },
  {
    key: "network",
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
    icon: "activity",
    title: "Processes",
    lines: [["Processes", "pids", "--accent"]],
    show: (value) => (value === null ? "–" : String(Math.round(value))),
    text: (s) => (s.pids === null ? "unknown" : plural(s.pids, "process", "processes")),
    foot: () => "Including threads.",
  },
];

/** [samples, broken]: the samples of the last minutes, oldest first, and why no more come. */
function useSamples(c) {
  const [samples, setSamples] = useState([]);
  const [broken, setBroken] = useState("");
  const [again, setAgain] = useState(0);
  const runs = c.state === "running" || c.state === "paused";
  useEffect(() => {
    setSamples([]);
  }, [c.id]);
  useEffect(() => {
    if (!runs || !engineUp.value) return undefined;
    let source = null;
    let timer = 0;
    const close = () => {
      source?.close();
      source = null;
    };
    const open = () => {
      if (source || document.hidden) return;
      source = new EventStream(containerPath(c.id, "/stats"));
      source.addEventListener("sample", (event) => {
        const sample = JSON.parse(event.data);
        setBroken("");
        setSamples((was) => [...was, sample].slice(-KEPT));
      });
      source.addEventListener("end", (event) => {
        close();
        const { error } = JSON.parse(event.data || "{}");
        setBroken(error ?? "");
        if (error) timer = setTimeout(() => setAgain((n) => n + 1), 3000);
      });
      source.onerror = () => {
        if (source?.readyState !== EventStream.CLOSED) return;
        close();
        api("/api/auth/session", { stay: true }).catch(leave);
        timer = setTimeout(() => setAgain((n) => n + 1), 3000);
      };
    };
    const seen = () => (document.hidden ? close() : open());
    document.addEventListener("visibilitychange", seen);
    open();
    return () => {
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(timer);
      close();
    };
  }, [c.id, runs, engineUp.value, c.started_at, again]);
  return [samples, broken];
}

/** Steps of an axis in bytes. */
const POWERS = Array.from({ length: 50 }, (_, n) => 2 ** n);
const clockOf = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");

function options({ lines, show, key }, element) {
  const style = getComputedStyle(element);
  // A custom property is text; only a real property says which of its two colours it is.
  const probe = element.appendChild(document.createElement("i"));
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const [faint, grid] = [colour("--faint"), colour("--line-soft")];
  const strokes = lines.map(([, , name]) => colour(name));
  probe.remove();
  const font = `11px ${style.fontFamily}`;
  return {
    width: element.clientWidth,
    height: 150,
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false } },
    legend: { live: true },
    scales: {
      x: { time: true },
      y: {
        range: (_, low, high) => [0, Math.max(high * 1.15, key === "cpu" ? 5 : key === "pids" ? 4 : 1024)],
      },
    },
    axes: [
      {
        stroke: faint,
        font,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        size: 26,
        space: 90,
        values: (_, splits) => splits.map((at) => clockOf(at)),
      },
      {
        stroke: faint,
        font,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        size: 74,
        space: 34,
        ...(show === percent || key === "pids" ? {} : { incrs: POWERS }),
        values: (_, splits) => splits.map((value) => show(value)),
      },
    ],
    series: [
      { label: "At", value: (_, at) => (at === null ? "–" : clockOf(at)) },
      ...lines.map(([label], at) => ({
        label,
        stroke: strokes[at],
        width: 1.5,
        points: { show: false },
        fill: at === 0 ? strokes[at].replace(/^rgb\((.+)\)$/, "rgba($1, .12)") : undefined,
        value: (_, value) => (value === null || value === undefined ? "–" : show(value)),
      })),
    ],
  };
}

function Chart({ chart, samples, bundle }) {
  const box = useRef();
  const plot = useRef();
  const data = [
    samples.map((s) => Date.parse(s.at) / 1000),
    ...chart.lines.map(([, field]) => samples.map((s) => s[field])),
  ];
  const newest = useRef(data);
  newest.current = data;
  useEffect(() => {
    if (!bundle) return undefined;
    const element = box.current;
    plot.current = new bundle.uPlot(options(chart, element), newest.current, element);
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: 150 }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [bundle, theme.value]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [samples]);
  const last = samples.at(-1);
  return html`
    <section class="card chart" aria-label=${chart.title}>
      <header>
        <${Icon} name=${chart.icon} />
        <h2>${chart.title}</h2>
        <span class="grow"></span>
        <b class="num">${last ? chart.text(last) : "…"}</b>
      </header>
      <div
        class="chart-box"
        ref=${box}
        role="img"
        aria-label=${`${chart.title} over the last minutes${last ? `, now ${chart.text(last)}` : ""}`}
      ></div>
      ${last && html`<p class="faint small chart-foot">${chart.foot(last)}</p>`}
    </section>
  `;
}

export default function StatsTab({ c }) {
  const [samples, broken] = useSamples(c);
  const [bundle, setBundle] = useState(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    chartBundle().then(setBundle, () => setFailed(true));
  }, []);
  if (!engineUp.value && samples.length === 0)
    return html`
      <section class="card">
        <${NoEngine} />
      </section>
    `;
  if (samples.length === 0 && c.state !== "running" && c.state !== "paused") {
    return html`
      <section class="card">
        <${Empty} icon="activity" title="Not running">
          <p>
            Start the container to see its CPU, memory, network and disk usage live. Usage is only measured
            while this page is open.
          </p>
        </${Empty}>
      </section>
    `;
  }
  const last = samples.at(-1);
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
      ${broken && html`
        <p class="st warn" role="status">
          <${Icon} name="triangle-alert" />
          <span>Interrupted: ${broken}</span>
        </p>
      `}
      ${!broken && c.state !== "running" && html`
        <p class="muted" role="status">
          ${c.state === "paused"
            ? "It is paused: it uses no CPU and keeps its memory."
            : "It is no longer running. These are its last values."}
        </p>
      `}
      <div class="charts">
        ${CHARTS.map((chart) => html`
          <${Chart} key=${chart.key} chart=${chart} samples=${samples} bundle=${bundle} />
        `)}
      </div>
      <p class="faint small">
        ${last
          ? `Measured ${last.source === "cgroup" ? "from the cgroups of this host" : "by the engine"}while this page is visible.`
          : "Measuring…"}
      </p>
    </div>
  `;
}
