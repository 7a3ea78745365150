// @ts-check
// Whether something uses an image, in a word with a shape, and the containers that do.
import { html } from "../../../vendor/preact.js";
import { containerLink } from "../../api.js";
import { plural } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { byLevel } from "../elements/level.js";

/** [tone, icon, word] of an image. Pure but for the level. */
export function describeUse(image) {
  const users = image.used_by;
  if (users.some((user) => user.running)) return ["ok", "circle-check", "In use"];
  if (users.length > 0)
    return [
      "off",
      "circle-stop",
      byLevel("Kept for a stopped container", "In use, stopped", "In use, stopped"),
    ];
  if (image.is_dangling)
    return ["warn", "circle-dashed", byLevel("Old version, unused", "Unused, no tag", "Dangling")];
  return ["off", "circle-dashed", "Unused"];
}

export function Use({ image }) {
  const [tone, icon, word] = describeUse(image);
  return html`
    <span class=${`st ${tone}`}>
      <${Icon} name=${icon} />
      <span>${word}</span>
    </span>
  `;
}

const SHOWN = 2;

/** The names of those that use it, as links. */
export function Users({ image, most = SHOWN }) {
  const users = image.used_by;
  if (users.length === 0) return null;
  const rest = users.length - most;
  return html`
    <span class="clip sub" title=${users.map((user) => user.name).join("\n")}>
      ${users.slice(0, most).map((user, index) => html`
          ${index > 0 ? ", " : ""}
          <a key=${user.id} href=${containerLink(user)}>
            ${user.name}
          </a>
        `)}
      ${rest > 0 ? ` and ${plural(rest, "other")}` : ""}
    </span>
  `;
}
