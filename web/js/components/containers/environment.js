// @ts-check
// The badge of an environment: its code, its shape and its colour, all from data.
// Invariant: what a badge says, it says by its word; shape and colour only help.
import { html } from "../../../vendor/preact.js";
import { badgeColors } from "../../badge-colors.js";
import { environments, settings } from "../../state.js";
import { Icon } from "../elements/icon.js";
import { atLeast, byLevel } from "../elements/level.js";

const FROM = {
  label: "from the label dockermate.environment",
  host: "the host's own",
  user: "chosen here",
};

export const environmentOf = (code) => environments.value.find((e) => e.code === code);
/** A class for those that the style sheet knows; other codes could be classes of something else. */
export const environmentClass = (e) => (e?.built_in ? e.code.toLowerCase() : "");

/** How it confirms, with the setting that relaxes production. */
export const asks = (e) =>
  e.code === "PRD" && e.confirmation === "type_name" && settings.value.require_prd_confirmation === false
    ? "yes"
    : e.confirmation;

/** Its code; for a beginner what the code stands for. */
const wordOf = (code, of) => (atLeast("intermediate") ? (code ?? of?.code) : (of?.name ?? code));
/** What is read on the badge of an environment, or of none. */
export const environmentWord = (code) =>
  code ? wordOf(code, environmentOf(code)) : byLevel("no environment", "none", "none");

/** `of` is an environment that is not kept yet, for a look at it. */
export function EnvBadge({ code, source, of = environmentOf(code), word = wordOf(code, of) }) {
  if (!code && !of)
    return html`
      <span class="env none" title="No environment yet">
        ${environmentWord(null)}
      </span>
    `;
  const title = [of && of.name !== of.code ? `${of.code}, ${of.name}` : code, FROM[source]]
    .filter(Boolean)
    .join(", ");
  return html`
    <span
      class=${`env ${environmentClass(of)}`}
      style=${of ? badgeColors(of.color) : undefined}
      title=${title}
    >
      ${of && html`<${Icon} name=${of.icon} />`}
      <span>${word}</span>
    </span>
  `;
}
