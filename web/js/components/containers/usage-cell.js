// @ts-check
// Processor and memory of a container in a row: a number and its recent past.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { memory, percent } from "../../format.js";
import { figures, span, useCell } from "../../live-stats.js";
import { Sparkline } from "../elements/sparkline.js";

const KINDS = {
  cpu: {
    word: "CPU",
    number: (s) => s?.cpu_percent ?? null,
    text: percent,
    max: (s, values) => Math.max(10, ...values),
    warn: (s) => s?.cpu_percent > 85 * s?.cpus,
  },
  memory: {
    word: "Memory",
    number: (s) => s?.memory_used_bytes ?? null,
    text: memory,
    max: (s, values) => Math.max(s?.memory_percent > 40 ? s.memory_limit_bytes : 0, ...values) * 1.1,
    warn: (s) => s?.memory_percent > 90,
  },
};

/** `kind` is cpu or memory. */
export function UsageCell({ c, kind }) {
  const [cell] = useState(() => figures(c.id));
  useEffect(() => useCell(c.id), []);
  const now = cell.value.value;
  const { word, number, text, max, warn } = KINDS[kind];
  const values = now?.[kind] ?? [];
  // Until the first sample with a rate, the last figure that was kept.
  const value = number(now?.sample) ?? values.at(-1) ?? null;
  if (value === null)
    return html`
      <span class="use-none faint" title=${now?.sample?.note ?? undefined}>
        ${c.state === "running" && now?.sample?.note && kind === "memory" ? "unknown" : ""}
      </span>
    `;
  return html`
      <span class="use-text">${text(value)}</span>
      <${Sparkline}
        values=${values}
        times=${now.times}
        span=${span()}
        max=${max(now.sample, values)}
        warn=${warn(now.sample)}
        label=${`${word} lately`}
      />
    `;
}
