// @ts-check
// Resource usage of the host, now and over the last minutes.
import { html } from "../../../vendor/preact.js";
import { atLeast, hostSamples } from "../../state.js";
import { bytes, memoryOf, percent, span } from "../../format.js";
import { Icon } from "./icon.js";
import { Sparkline } from "./sparkline.js";

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

export function HostGauges({ first }) {
  const samples = hostSamples.value.length ? hostSamples.value : [first];
  const s = samples.at(-1);
  if (!s) return html`<div class="body muted">Not measured yet.</div>`;
  const memory = s.memory_total_bytes ? (s.memory_used_bytes / s.memory_total_bytes) * 100 : 0;
  const disk = s.disk_total_bytes ? (s.disk_used_bytes / s.disk_total_bytes) * 100 : 0;
  const free = s.disk_total_bytes - s.disk_used_bytes;
  const temperature = s.temperature_celsius;
  return html`
    <div class="body box-body">
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
    </div>
  `;
}
