// @ts-check
// How a container is right now: its use of the host as figures and small lines, its health, its last words.
import { html } from "../../../vendor/preact.js";
import { bytes, exact, memoryOf, percent } from "../../format.js";
import { LatestLog } from "../logs/latest-log.js";
import { outputText } from "../logs/output.js";
import { Icon } from "../elements/icon.js";
import { atLeast, byLevel, Help } from "../elements/level.js";
import { Sparkline } from "../elements/sparkline.js";
import { Ago } from "../elements/time.js";
import { columnsOf, LIVE_SECONDS, useHistory, useSamples } from "./stats-data.js";

const rate = (value) => (value === null ? "–" : `${bytes(value)}/s`.replace(" ", "\u00a0"));
const CELLS = [
  {
    title: "CPU",
    plain: "Processor",
    icon: "cpu",
    field: "cpu_percent",
    text: (s) => (s.cpu_percent === null ? "–" : percent(s.cpu_percent)),
    words: (s) =>
      s.cpu_percent > 85 * s.cpus ? "very busy" : s.cpu_percent > 40 * s.cpus ? "busy" : "not busy",
    least: 10,
    warn: (s) => s.cpu_percent > 85 * s.cpus,
  },
  {
    title: "Memory",
    icon: "memory-stick",
    field: "memory_used_bytes",
    text: (s) =>
      s.memory_used_bytes === null ? "unknown" : memoryOf(s.memory_used_bytes, s.memory_limit_bytes),
    words: (s) =>
      s.memory_percent > 90 ? "almost full" : s.memory_percent > 75 ? "getting full" : "plenty free",
    least: 0,
    warn: (s) => s.memory_percent > 90,
  },
  {
    title: "Network",
    icon: "network",
    field: "network_rx_per_s",
    text: (s) =>
      s.network_rx_bytes === null
        ? "the host's own"
        : `↓\u00a0${rate(s.network_rx_per_s)} ↑\u00a0${rate(s.network_tx_per_s)}`,
    words: (s) => (s.network_rx_per_s + s.network_tx_per_s > 1024 ? "active" : "quiet"),
    least: 1024,
    warn: () => false,
  },
];

function Strip({ c, gone }) {
  const [samples] = useSamples(c);
  const [history] = useHistory(c, "5m", gone);
  const columns = columnsOf(history, samples, "5m");
  const times = columns.x.map((second) => second * 1000);
  const last = samples.at(-1);
  const runs = c.state === "running" || c.state === "paused";
  return html`
    <a class="card live-strip" href="#stats">
      <span class="visually-hidden">Open the charts of</span>
      ${CELLS.map(({ title, plain = title, icon, field, text, words, least, warn }) => {
        const values = columns.points[field];
        const known = values.filter((value) => value !== null);
        return html`
          <div class="live-cell" key=${field}>
            <span class="live-name">
              <${Icon} name=${icon} />
              ${byLevel(plain, title, title)}
            </span>
            <b title=${runs && last ? text(last) : undefined}>
              ${runs ? (last ? byLevel(words, text, text)(last) : "…") : byLevel("not running", "–", "–")}
            </b>
            <${Sparkline}
              values=${values}
              times=${times}
              span=${LIVE_SECONDS * 1000}
              max=${Math.max(least, ...known) * 1.1}
              warn=${Boolean(last && warn(last))}
              label=${`${title}, last 5 minutes`}
            />
          </div>
        `;
      })}
    </a>
  `;
}

const seconds = (result) =>
  (Date.parse(result.ended_at ?? "") - Date.parse(result.started_at ?? "")) / 1000;
const outcome = ({ exit_code: code }) =>
  code === 0
    ? "Passed"
    : byLevel("Failed", `Failed with exit code ${code}`, `Failed with exit code ${code}`);
function dotTitle(result) {
  const took = seconds(result);
  return [
    outcome(result),
    exact(result.ended_at ?? result.started_at),
    took >= 0 && `took ${took < 10 ? took.toFixed(1) : Math.round(took)} s`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** What is run in the container, without the words that say how. */
function commandOf(c) {
  const test = c.inspect?.Config?.Healthcheck?.Test ?? c.spec.healthcheck?.test ?? [];
  return ["CMD", "CMD-SHELL"].includes(test[0]) ? test.slice(1).join(" ") : "";
}

/** The engine keeps the last five results; they stand oldest first. */
function Health({ c }) {
  const log = c.health_log;
  if (c.health === "none" && log.length === 0) return null;
  const passed = log.filter((result) => result.exit_code === 0).length;
  const last = log.at(-1);
  const output = last?.output ? outputText(last.output.slice(0, 2000)).trim() : "";
  return html`
    <section class="card health-card">
      <header>
        <h2>Health check</h2>
        <span
          class="health-dots"
          role="img"
          aria-label=${log.length === 0 ? "Not checked yet" : `${passed} of the last ${log.length} checks passed`}
        >
          ${log.map((result, at) => html`
            <i
              key=${`${result.started_at}${at}`}
              class=${result.exit_code === 0 ? "ok" : "crit"}
              title=${dotTitle(result)}
            ></i>
          `)}
        </span>
      </header>
      <${Help}>Asks the program again and again whether it works.</${Help}>
      <div class="body stack tight-stack">
        ${last ? html`
          <p class="row">
            <span class=${`st ${last.exit_code === 0 ? "ok" : "crit"}`}>
              <${Icon} name=${last.exit_code === 0 ? "circle-check" : "octagon-x"} />
              <span>${outcome(last)}</span>
            </span>
            <span class="faint">
              <${Ago} at=${last.ended_at ?? last.started_at} />
            </span>
          </p>
        ` : html`
          <p class="muted">Not checked yet.</p>
        `}
        ${commandOf(c) && atLeast("intermediate") && html`
          <p class="clip mono small" title=${commandOf(c)}>
            ${commandOf(c)}
          </p>
        `}
        ${output && html`
          <pre class="output" tabindex="0" aria-label="Output of the last check">
            ${output}
          </pre>
        `}
      </div>
    </section>
  `;
}

export const Cockpit = ({ c, gone }) => html`
  <div class="cockpit">
    <${Strip} c=${c} gone=${gone} />
    <${LatestLog} c=${c} gone=${gone} />
    <${Health} c=${c} />
  </div>
`;
