// @ts-check
// A small line of the recent past, drawn to its box.
import { html } from "../../../vendor/preact.js";

export function Sparkline({ values, max, warn = false, label }) {
  if (values.length < 2)
    return html`
      <svg class="spark" viewBox="0 0 100 26" preserveAspectRatio="none" aria-hidden="true">
        <polyline points="0,25 100,25" vector-effect="non-scaling-stroke" opacity=".35" />
      </svg>
    `;
  const top = max || Math.max(...values) || 1;
  const step = 100 / (values.length - 1);
  const points = values
    .map((v, i) => `${(i * step).toFixed(1)},${(25 - Math.min(1, Math.max(0, v / top)) * 24).toFixed(1)}`)
    .join(" ");
  return html`
    <svg
      class=${`spark ${warn ? "w" : ""}`}
      viewBox="0 0 100 26"
      preserveAspectRatio="none"
      role="img"
      aria-label=${label}
    >
      <polygon class="area" points=${`0,26 ${points} 100,26`} />
      <polyline points=${points} vector-effect="non-scaling-stroke" />
    </svg>
  `;
}
