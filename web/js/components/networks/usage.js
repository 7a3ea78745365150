// @ts-check
// How full a network is, and the marks that tell it from others.
import { html } from "../../../vendor/preact.js";
import { byLevel } from "../elements/level.js";

/** Of reserved ranges. */
export const COLORS = ["blue", "green", "amber", "purple", "cyan", "pink", "red", "gray"];

const figure = (number) => number.toLocaleString("en");

/** "10 of 62" with a bar. */
export function Usage({ usage }) {
  if (!usage) return html`<span class="faint">No IPv4 subnet</span>`;
  const percent = usage.usable > 0 ? (usage.used * 100) / usage.usable : 0;
  const tone = percent >= 95 ? "c" : percent >= 80 ? "w" : "";
  return html`
    <div class="net-usage">
      <span class="num">
        ${figure(usage.used)} of ${figure(usage.usable)}
      </span>
      <span class="bar" aria-hidden="true">
        <i class=${tone} style=${{ "--v": `${Math.max(percent, usage.used > 0 ? 2 : 0).toFixed(1)}%` }}></i>
      </span>
    </div>
  `;
}

/** Who made it, and what is special about it. */
export const Marks = ({ network }) => html`
    ${network.is_predefined && html`
      <span class="tag plain-tag" title="Every engine has it, and does not remove it.">
        ${byLevel("built in", "predefined", "predefined")}
      </span>
    `}
    ${network.stack && html`
      <span class="tag plain-tag" title="Created by Compose">
        ${network.stack}
      </span>
    `}
    ${network.internal && html`
      <span class="tag plain-tag" title="Its containers have no external access.">
        ${byLevel("no internet", "internal", "internal")}
      </span>
    `}
    ${network.ipv6 && html`<span class="tag plain-tag">IPv6</span>`}
  `;

export const subnetsOf = (network) => network.subnets.map((subnet) => subnet.network).join(", ");
