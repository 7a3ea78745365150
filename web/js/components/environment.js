// The badge of an environment: its code, a mark and a colour of its own.
import { html } from "../../vendor/preact.js";

const KNOWN = new Set(["PRD", "UAT", "DEV", "SANDBOX"]);
const FROM = { label: "from the label dockermate.environment", host: "the host's own", user: "chosen here" };

export function EnvBadge({ code, source, color }) {
  if (!code) return html`<span class="env none" title="No environment yet">none</span>`;
  const style = !KNOWN.has(code) && color ? { "--c": color } : undefined;
  return html`<span class=${`env ${code.toLowerCase()}`} style=${style} title=${FROM[source] && `${code}, ${FROM[source]}`}>${code}</span>`;
}
