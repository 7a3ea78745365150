// @ts-check
// Times: relative to read, exact on hover.
import { html } from "../../../vendor/preact.js";
import { now } from "../../state.js";
import { ago, exact, span } from "../../format.js";

export const Ago = ({ at, none = "never" }) =>
  at ? html`
    <time datetime=${at} title=${exact(at)}>
      ${ago(at, now.value)}
    </time>
  ` : html`
    <span class="faint">${none}</span>
  `;

/** How long something has lasted. */
export const Since = ({ at }) =>
  at ? html`
    <time datetime=${at} title=${`since ${exact(at)}`}>
      ${span(now.value - Date.parse(at))}
    </time>
  ` : null;
