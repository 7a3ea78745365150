// The pieces that only some pages need, fetched when they are first shown: a bundle of vendor/
// with its style sheets. Invariant: what was fetched once is not fetched again.
import { html, useEffect, useState } from "../vendor/preact.js";
import { assets } from "./state.js";

const PAUSES = [300, 1000, 3000];
const sheets = new Map();

const fetchSheet = (path) =>
  new Promise((done, fail) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = `${assets}${path}`;
    // The loader leaves it alone: it is asked for again here.
    link.dataset.own = "";
    link.onload = done;
    link.onerror = () => {
      link.remove();
      fail(new Error(`${path} was not loaded`));
    };
    document.head.append(link);
  });

async function persist(path) {
  for (const pause of PAUSES) {
    try {
      return await fetchSheet(path);
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  return fetchSheet(path);
}

function sheet(path) {
  if (!sheets.has(path)) {
    const coming = persist(path);
    sheets.set(path, coming);
    coming.catch(() => sheets.delete(path));
  }
  return sheets.get(path);
}

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
