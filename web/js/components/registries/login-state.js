// @ts-check
// Where the login at a registry comes from, in a word with a shape, and what the registry said last.
import { html } from "../../../vendor/preact.js";
import { plural, span } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { Ago } from "../elements/time.js";

/** @typedef {import("../../../check/api.js").components["schemas"]} Schemas */

/** [tone, icon, words] of each origin. */
const ORIGINS = {
  own: ["ok", "key-round", "Saved here"],
  file: ["ok", "file-text", "From docker login"],
  helper: ["off", "lock", "A credential helper is asked"],
  none: ["off", "circle-dashed", "No login"],
};

/** @param {string} registry */
export const registryTitle = (registry) => (registry === "docker.io" ? "Docker Hub" : registry);

/**
 * [tone, icon, words] of a registry's login. Pure.
 * @param {Schemas["RegistryView"]} view
 */
export function describeLogin(view) {
  if (!view.problem) return ORIGINS[view.login.origin];
  return view.login.origin === "none"
    ? ["warn", "triangle-alert", "A login is needed"]
    : ["warn", "triangle-alert", "The login is refused"];
}

const LimitReached = ({ at }) => html`
  <span class="st warn wraps">
    <${Icon} name="clock" />
    <span>
      Limit reached, asked again <${Ago} at=${at} />
    </span>
  </span>
`;

/** @param {{view: Schemas["RegistryView"]}} props */
export function LoginState({ view }) {
  const { login } = view;
  const [tone, icon, words] = describeLogin(view);
  return html`
      <span class=${`st ${tone} wraps`}>
        <${Icon} name=${icon} />
        <span>${words}</span>
      </span>
      ${login.username && html`
        <small class="muted any">
          as <b>${login.username}</b>
          ${login.updated_at && html`
              , saved <${Ago} at=${login.updated_at} />
            `}
        </small>
      `}
      ${view.problem && html`<small class="muted any">${view.problem}</small>`}
      ${view.retry_at && !atLeast("intermediate") && html`<${LimitReached} at=${view.retry_at} />`}
      ${atLeast("advanced") && login.file && html`
        <small class="faint mono any">
          ${login.file}
          ${login.helper ? `, docker-credential-${login.helper}` : ""}
        </small>
      `}
    `;
}

/**
 * "97 of 100 requests left in 6 h"
 * @param {{view: Schemas["RegistryView"]}} props
 */
export function Limits({ view }) {
  const { limit, retry_at: retry } = view;
  if (!limit && !retry) return html`<span class="faint">Not told</span>`;
  const whole = limit?.limit ? ` of ${limit.limit}` : "";
  const period = limit?.period_s ? ` in ${span(limit.period_s * 1000)}` : "";
  return html`
      ${retry && html`<${LimitReached} at=${retry} />`}
      ${limit && html`
        <small class="muted">
          ${limit.remaining === null || limit.remaining === undefined
            ? `${plural(limit.limit ?? 0, "request")}${period}`
            : `${limit.remaining}${whole} requests left${period}`}
        </small>
      `}
    `;
}
