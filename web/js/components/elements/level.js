// @ts-check
// What differs by skill level is asked for here, and folded here.
// Invariant: a lower level leaves nothing out; what is folded says how much it is, and opens where it stands.
import { html, useState } from "../../../vendor/preact.js";
import { level } from "../../state.js";
import { plural } from "../../format.js";
import { Icon } from "./icon.js";

const LEVELS = ["beginner", "intermediate", "advanced"];
const rank = (name) => LEVELS.indexOf(name);

export const atLeast = (wanted) => rank(level.value) >= rank(wanted);

/** The one of the three that belongs to the level. */
export const byLevel = (beginner, intermediate, advanced) =>
  [beginner, intermediate, advanced][rank(level.value)];

/** "12 more settings" */
export const more = (count, word) => plural(count, `more ${word}`);

/** The button that opens what is folded: `what` says how much there is. */
export const FoldButton = ({ open, what, toggle, class: extra = "" }) => html`
  <button
    type="button"
    class=${`fold-button ${extra}`}
    aria-expanded=${String(open)}
    onClick=${() => toggle(!open)}
  >
    <${Icon} name=${open ? "chevron-up" : "chevron-down"} />
    ${open ? "Show less" : what}
  </button>
`;

/** Its children stand open from a level on; below it they are behind a button. */
export function Fold({ from, what, children, class: extra = "" }) {
  const [open, setOpen] = useState(false);
  if (atLeast(from)) return children;
  return html`
      <${FoldButton} open=${open} what=${what} toggle=${setOpen} class=${extra} />
      ${open && children}
    `;
}

/** A list of terms and values, of which `rest`, so many as `count`, is folded for those who begin. */
export const Facts = ({ children, rest, count }) => html`
    <dl class="facts-list">
      ${children}
      ${atLeast("intermediate") && rest}
    </dl>
    ${!atLeast("intermediate") && html`
      <${Fold} from="intermediate" what=${more(count, "value")}>
        <dl class="facts-list">${rest}</dl>
      </${Fold}>
    `}
  `;

/** A sentence for those who begin. */
export const Help = ({ children }) =>
  atLeast("intermediate") ? null : html`<p class="level-help muted">${children}</p>`;
