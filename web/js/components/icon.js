// An icon of the sprite. Decorative by default: the word beside it, or the button's label, says it.
import { html } from "../../vendor/preact.js";
import { assets } from "../state.js";

export const Icon = ({ name, class: extra = "" }) =>
  html`<svg class=${`i ${extra}`} viewBox="0 0 24 24" aria-hidden="true"><use href=${`${assets}img/icons.svg#${name}`} /></svg>`;
