// @ts-check
// What a newer image brings, before it is pulled: dates, versions, size and what it does differently.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { bytes, exact, plural, shortDigest } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";

const FIELDS = {
  env: "variable",
  entrypoint: "entrypoint",
  cmd: "command",
  ports: "port",
  volumes: "volume",
  user: "user",
  working_dir: "working folder",
  healthcheck: "health check",
  stop_signal: "stop signal",
  shell: "shell",
};
const KINDS = { added: "New", removed: "Gone", changed: "Changed" };

/** @returns {[string, (image: any) => any][]} */
const rows = () => [
  ["Version", (image) => image.version],
  ["Created", (image) => image.created_at && exact(image.created_at)],
  ...(atLeast("intermediate")
    ? /** @type {[string, (image: any) => any][]} */ ([
        [
          "Digest",
          (image) => html`
            <span class="mono" title=${image.digest}>
              ${shortDigest(image.digest)}
            </span>
          `,
        ],
      ])
    : []),
  ...(atLeast("advanced")
    ? /** @type {[string, (image: any) => any][]} */ ([
        ["Revision", (image) => image.revision && html`<span class="mono any">${image.revision}</span>`],
      ])
    : []),
];

function Compared({ review }) {
  const { current, new: next } = review;
  const shown = rows().filter(([, of]) => of(next) || (current && of(current)));
  return html`
    <table class="plain-table diff">
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">What</span>
          </th>
          <th scope="col">Now</th>
          <th scope="col">Update</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(([word, of]) => html`
          <tr key=${word}>
            <th scope="row">${word}</th>
            <td>${(current && of(current)) || html`<span class="faint">not known</span>`}</td>
            <td>${of(next) || html`<span class="faint">not known</span>`}</td>
          </tr>
        `)}
      </tbody>
    </table>
  `;
}

function Changes({ changes }) {
  if (changes.length === 0) return html`<p class="muted">Its defaults are the same.</p>`;
  return html`
    <ul class="plan-list">
      ${changes.map((change, at) => html`
        <li key=${at}>
          <${Icon} name="chevron-right" />
          <span>
            ${KINDS[change.kind]}: <b>${FIELDS[change.field] ?? change.field}</b>${" "}
            ${change.name && html`<span class="mono any">${change.name}</span>`}${" "}
            ${change.before !== null && html`<span class="mono any then">${change.before}</span>`}
            ${change.before !== null && change.after !== null && " → "}
            ${change.after !== null && html`<span class="mono any now">${change.after}</span>`}
          </span>
        </li>
      `)}
    </ul>
  `;
}

/** `tag` is another tag than its own. */
export function Review({ c, tag }) {
  const [state, setState] = useState(/** @type {any} */ ({}));
  useEffect(() => {
    let current = true;
    setState({});
    api(`/api/updates/review/${encodeURIComponent(c.id)}`, { query: { tag: tag || undefined } }).then(
      (review) => current && setState({ review }),
      (problem) => current && setState({ problem }),
    );
    return () => {
      current = false;
    };
  }, [c.id, tag]);
  const { review, problem } = state;
  if (problem)
    return html`
      <p class="muted" role="status">
        The registry did not tell what changes: ${problem.message}
      </p>
    `;
  if (!review)
    return html`
      <p class="muted" role="status">
        Asking the registry what changes…
      </p>
    `;
  if (review.is_same)
    return html`
      <p class="muted" role="status">
        It runs this image already.
      </p>
    `;
  const fetched = review.layers - review.reused_layers;
  return html`
      <div class="scroll-x">
        <${Compared} review=${review} />
      </div>
      <p class="muted">
        ${bytes(review.download_bytes)} to download in ${plural(fetched, "layer")}
        ${review.reused_layers > 0
          ? `; ${review.reused_layers} of ${review.layers} layers are on this host already`
          : ""}
        .
        ${review.releases_url && html`
            ${" "}
            <a href=${review.releases_url} target="_blank" rel="noreferrer noopener">
              Release notes
            </a>
          `}
      </p>
      <h3>What the image does differently</h3>
      <${Changes} changes=${review.changes} />
    `;
}
