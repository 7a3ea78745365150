// @ts-check
// What the dialogs of networks share: text fields, checkboxes, sizes, and what must be acknowledged of a large one.
import { html } from "../../../vendor/preact.js";

export const ACKNOWLEDGE = [
  ["oversized", "I understand this network is oversized"],
  ["performance", "I accept potential performance issues"],
  ["permanent", "I understand its size cannot be changed later without recreating it"],
];

const FITS = {
  too_small: "too small",
  recommended: "recommended",
  fits: "",
  at_limit: "the largest for this host",
  oversized: "oversized",
};

/** `error` is what the server says of this field. */
export const Text = ({ id, label, value, set, hint = "", error = "", ...more }) => html`
  <div class="field">
    <label for=${id}>${label}</label>
    <input
      id=${id}
      class="mono"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      value=${value}
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${error ? `${id}-error` : undefined}
      onInput=${(e) => set(e.target.value)}
      ...${more}
    />
    ${error ? html`
      <p class="field-error any" id=${`${id}-error`} role="alert">
        ${error}
      </p>
    ` : (
      hint && html`<p class="hint">${hint}</p>`
    )}
  </div>
`;

export const Check = ({ label, value, set }) => html`
  <label class="check">
    <input type="checkbox" checked=${value} onChange=${(e) => set(e.target.checked)} />
    <span>${label}</span>
  </label>
`;

/** The sizes that are offered, one of them chosen. */
export const Sizes = ({ sizes, prefix, pick }) => html`
  <fieldset class="net-sizes">
    <legend>Size</legend>
    ${sizes.map((one) => html`
      <label>
        <input
          type="radio"
          name="net-size"
          value=${one.cidr}
          checked=${prefix === one.prefix}
          onChange=${() => pick(one.cidr)}
        />
        <b class="mono">${one.cidr}</b>
        <span>${one.usable_ips.toLocaleString("en")} addresses</span>
        <small class=${one.fit === "oversized" ? "warn" : "faint"}>${FITS[one.fit]}</small>
      </label>
    `)}
  </fieldset>
`;

export function Acknowledge({ sizing, acknowledged, set, recommend }) {
  const acknowledge = (word) => (on) =>
    set(on ? [...acknowledged, word] : acknowledged.filter((one) => one !== word));
  return html`
    <div class="well" role="group" aria-label="Oversized network">
      <p>
        <b>Oversized network.</b> This host should have at most
        ${` ${sizing?.hardware_limit}`}; ${` ${sizing?.recommended_cidr}`} is enough.
      </p>
      ${ACKNOWLEDGE.map(([word, text]) => html`
        <${Check} label=${text} value=${acknowledged.includes(word)} set=${acknowledge(word)} />
      `)}
      <button type="button" class="btn s" onClick=${recommend}>
        Use recommended ${sizing?.recommended_cidr}
      </button>
    </div>
  `;
}
