// @ts-check
// The name of an image so that what matters is always read: name and tag whole, the registry and the path
// before them faded and shortened in front, a digest shortened.
import { html } from "../../../vendor/preact.js";

/** A tag of so many characters is set smaller where there is one line for it. */
const LONG = 24;
const short = (digest) => digest.replace(/:([0-9a-f]{12})[0-9a-f]+$/i, ":$1");

/** {path, name, tag, digest} of a reference; together they are the reference again. Pure. */
export function splitImage(reference) {
  const at = reference.indexOf("@");
  const [whole, digest] = at < 0 ? [reference, ""] : [reference.slice(0, at), reference.slice(at)];
  // An image without a name is told by its id.
  if (/^sha256:[0-9a-f]{64}$/i.test(whole)) return { path: "", name: whole, tag: "", digest };
  const slash = whole.lastIndexOf("/") + 1;
  const rest = whole.slice(slash);
  const colon = rest.indexOf(":");
  return {
    path: whole.slice(0, slash),
    name: colon < 0 ? rest : rest.slice(0, colon),
    tag: colon < 0 ? "" : rest.slice(colon),
    digest,
  };
}

export function ImageName({ image }) {
  const { path, name, tag, digest } = splitImage(image);
  return html`
    <span class="img" title=${image}>
      ${path && html`
        <span class="img-path">
          <bdi>${path}</bdi>
        </span>
      `}
      <span class="img-name">
        <span class="img-base">${short(name)}</span>
        ${tag && html`<span class=${`img-tag ${tag.length > LONG ? "img-long" : ""}`}>${tag}</span>`}
      </span>
      ${digest && html`<span class="img-digest">${short(digest)}</span>`}
    </span>
  `;
}
