// The pieces that only some pages need, fetched when they are first shown: a bundle of vendor/
// with its style sheets. Invariant: what was fetched once is not fetched again.
import { html, useEffect, useState } from "../vendor/preact.js";
import { sheet } from "./sheets.js";

export async function terminalBundle() {
  const [bundle] = await Promise.all([import("../vendor/terminal.js"), sheet("vendor/terminal.css")]);
  // The styles that the terminal makes carry the nonce of this document; only scripts can read it.
  bundle.styleNonce(document.querySelector("link[nonce]")?.nonce ?? "");
  return bundle;
}

export async function chartBundle() {
  const [bundle] = await Promise.all([import("../vendor/charts.js"), sheet("vendor/charts.css")]);
  return bundle;
}

/** Draws a component of a module of its own, with its style sheet, once both are here. */
export function Later({ load, css, ...props }) {
  const [Found, setFound] = useState(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let here = true;
    Promise.all([load(), css && sheet(css)]).then(
      ([module]) => here && setFound(() => module.default),
      () => here && setFailed(true),
    );
    return () => {
      here = false;
    };
  }, []);
  if (failed)
    return html`
      <p class="field-error" role="alert">
        This part of the page could not be loaded.${" "}
        <button type="button" class="link" onClick=${() => location.reload()}>
          Reload the page
        </button>
      </p>
    `;
  return Found ? html`
    <${Found} ...${props} />
  ` : html`
    <p class="muted" role="status">
      Loading…
    </p>
  `;
}
