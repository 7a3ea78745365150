// @ts-check
// Asking a registry whether it accepts a login, and its answer in words.
import { html } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { Icon } from "../elements/icon.js";

/** @param {string} registry */
export const loginPath = (registry, rest = "") =>
  `/api/registries/${encodeURIComponent(registry)}/login${rest}`;

/**
 * The answer of the registry, or the problem in its place.
 * @param {string} registry
 * @param {{username?: string, secret?: string}} given without both, the login that is used now
 */
export async function testLogin(registry, given = {}) {
  try {
    return await api(loginPath(registry, "/test"), { method: "POST", body: given });
  } catch (problem) {
    return { outcome: "failed", message: problem.message, field: problem.field };
  }
}

/** [tone, icon] of each outcome. */
const LOOKS = {
  accepted: ["ok", "circle-check"],
  refused: ["crit", "circle-x"],
  unreachable: ["warn", "unplug"],
  not_asked: ["off", "info"],
  failed: ["warn", "triangle-alert"],
};

export function TestResult({ result }) {
  if (!result) return null;
  const [tone, icon] = LOOKS[result.outcome] ?? LOOKS.failed;
  return html`
    <p class=${`st ${tone} wraps test-result`}>
      <${Icon} name=${icon} />
      <span class="any">${result.message}</span>
    </p>
  `;
}
