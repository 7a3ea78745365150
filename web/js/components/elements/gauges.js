// @ts-check
// Resource usage of the host, now and over the last minutes.
import { html } from "../../../vendor/preact.js";
import { hostSamples } from "../../state.js";
import { bytes, memoryOf, percent, span } from "../../format.js";
import { Icon } from "./icon.js";
import { Sparkline } from "./sparkline.js";
import { atLeast, Fold } from "./level.js";

function Gauge({ icon, label, value, share, warn, crit, history, max, title }) {
  const tone = crit ? "c" : warn ? "w" : "";
  return html`
    <div class="gauge" title=${title}>
      <div class="l">
        <span>
          <${Icon} name=${icon} />
          ${label}
        </span>
        <b>${value}</b>
      </div>
      <div class="bar" role="img" aria-label=${`${label}: ${value}`}>
        <i class=${tone} style=${{ "--v": `${Math.min(100, Math.max(0, share))}%` }}></i>
      </div>
      ${history && html`<${Sparkline} values=${history} max=${max} warn=${warn || crit} label=${`${label} lately`} />`}
    </div>
  `;
}

const FULL = ["plenty free", "getting full", "almost full"];
/** [icon, name, share, from where it is noticeable, from where it is serious, three words]. */
const inWords = (s, memory, disk) => [
  ["cpu", "Processor", s.cpu_percent, 60, 85, ["not busy", "busy", "very busy"]],
  ["memory-stick", "Memory", memory, 75, 90, FULL],
  ["hard-drive", "Disk", disk, 80, 95, FULL],
  ["thermometer", "Temperature", s.temperature_celsius ?? null, 65, 80, ["normal", "warm", "too hot"]],
];

/** The host without a figure. */
const HostWords = ({ sample, memory, disk }) => html`
  <ul class="host-words">
    ${inWords(sample, memory, disk)
      .filter(([, , share]) => share !== null)
      .map(([icon, name, share, busy, serious, words]) => {
        const at = share >= serious ? 2 : share >= busy ? 1 : 0;
        return html`
          <li key=${name}>
            <span>
              <${Icon} name=${icon} />
              ${name}:
            </span>
            <b class=${`st ${["ok", "warn", "crit"][at]}`}>
              <${Icon} name=${["circle-check", "triangle-alert", "octagon-x"][at]} />
              <span>${words[at]}</span>
            </b>
          </li>
        `;
      })}
  </ul>
`;

export function HostGauges({ first }) {
  const samples = hostSamples.value.length ? hostSamples.value : [first];
  const s = samples.at(-1);
  if (!s) return html`<div class="body muted">Not measured yet.</div>`;
  const memory = s.memory_total_bytes ? (s.memory_used_bytes / s.memory_total_bytes) * 100 : 0;
  const disk = s.disk_total_bytes ? (s.disk_used_bytes / s.disk_total_bytes) * 100 : 0;
  const free = s.disk_total_bytes - s.disk_used_bytes;
  const temperature = s.temperature_celsius;
  const gauges = html`
      <div class="gauges">
        <${Gauge}
          icon="cpu"
          label="CPU"
          value=${percent(s.cpu_percent)}
          share=${s.cpu_percent}
          warn=${s.cpu_percent > 85}
          history=${samples.map((x) => x.cpu_percent)}
          max=${100}
        />
        <${Gauge}
          icon="memory-stick"
          label="Memory"
          value=${memoryOf(s.memory_used_bytes, s.memory_total_bytes)}
          share=${memory}
          warn=${memory > 85}
          crit=${memory > 95}
          history=${samples.map((x) => x.memory_used_bytes)}
          max=${s.memory_total_bytes}
          title=${s.swap_total_bytes ? `Swap ${memoryOf(s.swap_used_bytes, s.swap_total_bytes)}` : undefined}
        />
        <${Gauge}
          icon="hard-drive"
          label="Disk"
          value=${`${percent(disk)}, ${bytes(free)} free`}
          share=${disk}
          warn=${disk > 85}
          crit=${disk > 95}
          title=${s.disk_path}
        />
        ${temperature === null || temperature === undefined ? null : html`
          <${Gauge}
            icon="thermometer"
            label="Temperature"
            value=${`${Math.round(temperature)} °C`}
            share=${temperature}
            warn=${temperature >= 75}
            crit=${temperature >= 85}
            history=${samples.map((x) => x.temperature_celsius ?? 0)}
            max=${100}
          />
        `}
      </div>
      ${atLeast("intermediate") && html`
        <p class="faint small gauge-foot">
          Up ${span(s.uptime_s * 1000)}, load ${s.load_1m.toFixed(2)}
          ${s.swap_total_bytes > 0 ? `, swap ${memoryOf(s.swap_used_bytes, s.swap_total_bytes)}` : ""}
        </p>
      `}
    `;
  const figures = 3 + (temperature === null || temperature === undefined ? 0 : 1);
  return html`
    <div class="body box-body">
      ${!atLeast("intermediate") && html`<${HostWords} sample=${s} memory=${memory} disk=${disk} />`}
      <${Fold} from="intermediate" what=${`${figures} figures`}>
        ${gauges}
      </${Fold}>
    </div>
  `;
}
