// @ts-check
// A place with nothing in it yet: what belongs there, and the one thing to do.
import { html } from "../../../vendor/preact.js";
import { engine } from "../../state.js";
import { Icon } from "./icon.js";

export const Empty = ({ icon, title, children }) => html`
  <div class="empty">
    <${Icon} name=${icon} />
    <h2>${title}</h2>
    ${children}
  </div>
`;

/** In place of a list that only the engine could give. The banner says why. */
export function NoEngine({ what = "containers" }) {
  const e = engine.value;
  if (e?.state === "up")
    return html`
      <${Empty} icon="rotate-cw" title=${`Loading ${what}`}>
        <p>The engine is available again; its ${what} are being loaded.</p>
      </${Empty}>
    `;
  return html`
    <${Empty}
      icon="unplug"
      title=${e?.state === "connecting"
          ? "Connecting to the container engine"
          : "The container engine is not responding"}
    >
      ${e?.state === "down" ? html`
        <p>
          The notice below says why and what to do. This page updates as soon as the engine responds; your
          containers may still be running.
        </p>
      ` : html`
        <p>${e?.error ?? "First connection attempt."}</p>
      `}
    </${Empty}>
  `;
}
