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

/** In place of a list that only the engine could give. The banner above says why. */
export function NoEngine() {
  const e = engine.value;
  if (e?.state === "up")
    return html`
      <${Empty} icon="rotate-cw" title="Reading the containers">
        <p>The engine is back and is being asked for its list.</p>
      </${Empty}>
    `;
  return html`
    <${Empty}
      icon="unplug"
      title=${e?.state === "connecting"
          ? "Looking for the container engine"
          : "The container engine does not answer"}
    >
      ${e?.state === "down" ? html`
        <p>
          Why, and what to do about it, stands above. This page fills itself as soon as the engine answers;
          your containers may well be running meanwhile.
        </p>
      ` : html`
        <p>${e?.error ?? "It is being asked for the first time."}</p>
      `}
    </${Empty}>
  `;
}
