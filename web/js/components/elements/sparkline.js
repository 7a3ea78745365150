// @ts-check
// A small line of the recent past, drawn to the size of its element.
import { html } from "../../../vendor/preact.js";

const HEIGHT = 25;

/** The runs of [x, y] between gaps; a run of one is not a line. */
function runs(values, place, top) {
  const all = [[]];
  values.forEach((value, at) => {
    if (value === null) all.push([]);
    else
      all
        .at(-1)
        .push(
          `${place(at).toFixed(1)},${(HEIGHT - Math.min(1, Math.max(0, value / top)) * 24).toFixed(1)}`,
        );
  });
  return all.filter((run) => run.length > 1);
}

/**
 * Values evenly spaced, or at their `times` over the last `span` (both in ms), so that a value stands where
 * its time is and what was not measured (null) is a gap.
 */
export function Sparkline({ values, times = null, span = 0, max, warn = false, label }) {
  const step = 100 / (values.length - 1);
  const place = times
    ? (at) => Math.max(0, 100 - ((times.at(-1) - times[at]) / span) * 100)
    : (at) => at * step;
  const lines = runs(values, place, max || Math.max(...values) || 1);
  if (lines.length === 0)
    return html`
      <svg class="spark" viewBox="0 0 100 26" preserveAspectRatio="none" aria-hidden="true">
        <polyline points="0,25 100,25" vector-effect="non-scaling-stroke" opacity=".35" />
      </svg>
    `;
  const x = (point) => point.split(",")[0];
  return html`
    <svg
      class=${`spark ${warn ? "w" : ""}`}
      viewBox="0 0 100 26"
      preserveAspectRatio="none"
      role="img"
      aria-label=${label}
    >
      ${lines.map((line) => html`
          <polygon class="area" points=${`${x(line[0])},26 ${line.join(" ")} ${x(line.at(-1))},26`} />
          <polyline points=${line.join(" ")} vector-effect="non-scaling-stroke" />
        `)}
    </svg>
  `;
}
