// @ts-check
// Processor and memory of a container in a row: a number and its recent past.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { bytes, percent } from "../../format.js";
import { figures, useCell } from "../../live-stats.js";
import { Sparkline } from "../elements/sparkline.js";

const KINDS = {
  cpu: {
    word: "CPU",
    number: (s) => s.cpu_percent,
    text: (s) => percent(s.cpu_percent),
    max: (s, values) => Math.max(10, ...values),
    warn: (s) => s.cpu_percent > 85 * s.cpus,
  },
  memory: {
    word: "Memory",
    number: (s) => s.memory_used_bytes,
    text: (s) => bytes(s.memory_used_bytes),
    max: (s, values) => Math.max(s.memory_percent > 40 ? s.memory_limit_bytes : 0, ...values) * 1.1,
    warn: (s) => s.memory_percent > 90,
  },
};

/** `kind` is cpu or memory. */
export function UsageCell({ c, kind }) {
  const [cell] = useState(() => figures(c.id));
  useEffect(() => useCell(c.id), []);
  const now = cell.value.value;
  const { word, number, text, max, warn } = KINDS[kind];
  if (!now || number(now.sample) === null)
    return html`
      <span class="use-none faint" title=${now?.sample.note ?? undefined}>
        ${c.state === "running" && now?.sample.note && kind === "memory" ? "unknown" : ""}
      </span>
    `;
  const values = now[kind];
  return html`
      <span class="use-text">${text(now.sample)}</span>
      <${Sparkline}
        values=${values}
        max=${max(now.sample, values)}
        warn=${warn(now.sample)}
        label=${`${word} lately`}
      />
    `;
}
