// @ts-check
// Removing what nothing uses: exactly what goes, what stays and why, and what that frees.
// Invariant: what is removed is what was shown; what came into use since stays.
import { html, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { tell } from "../../follow.js";
import { bytes, plural } from "../../format.js";
import { Help } from "../elements/level.js";
import { Ago } from "../elements/time.js";
import { Confirm } from "../operations/plan.js";
import { send } from "../frame/later.js";

const path = "/api/images/prune";
const SHOWN = 8;

function Going({ preview }) {
  const [all, setAll] = useState(false);
  const shown = all ? preview.images : preview.images.slice(0, SHOWN);
  if (preview.images.length === 0)
    return html`<p class="muted">Nothing to remove: every image of this kind is in use or is kept.</p>`;
  return html`
    <div class="prune-list">
      <p class="prune-sum">
        <b>
          ${preview.is_exact ? "" : "About "}
          ${bytes(preview.frees_bytes)}
        </b>
        ${` will be free: ${plural(preview.images.length, "image")}.`}
      </p>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Removed</th>
            <th scope="col">Created</th>
            <th scope="col" class="num">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((image) => html`
            <tr key=${image.id}>
              <td class="mono any">${image.name}</td>
              <td class="nowrap">
                <${Ago} at=${image.created_at} none="unknown" />
              </td>
              <td class="num nowrap">${bytes(image.size_bytes)}</td>
            </tr>
          `)}
        </tbody>
      </table>
      ${preview.images.length > SHOWN && html`
        <button type="button" class="link small" aria-expanded=${String(all)} onClick=${() => setAll(!all)}>
          ${all ? "Fewer" : `All ${preview.images.length}`}
        </button>
      `}
    </div>
  `;
}

export function PruneDialog({ close }) {
  const [unused, setUnused] = useState(false);
  const [preview, setPreview] = useState(/** @type {any} */ (null));
  const ids = preview?.images.map((image) => image.id) ?? [];
  const choice = (value, label, hint) => html`
    <label class="check">
      <input type="radio" name="prune" checked=${unused === value} onChange=${() => setUnused(value)} />
      <span>
        ${label}
        <small>${hint}</small>
      </span>
    </label>
  `;
  return html`
    <${Confirm}
      title="Remove unused images"
      icon="trash-2"
      label=${ids.length > 0 ? `Remove ${plural(ids.length, "image")}` : "Remove"}
      doing="Removing"
      danger
      again=${String(unused)}
      close=${close}
      blocked=${preview && ids.length === 0 ? "There is nothing to remove." : ""}
      ask=${async () => {
        const found = await api(path, { query: { unused: unused || undefined } });
        setPreview(found);
        if (found.images.length === 0) return null;
        const images = found.images.map((image) => image.id);
        const plan = await send(path, { body: { unused, images }, dryRun: true });
        // The table says it, with the sizes.
        return { ...plan, steps: [] };
      }}
      run=${async () =>
        tell(await send(path, { body: { unused, images: ids } }), {
          doing: `Removing ${plural(ids.length, "image")}`,
        })}
      before=${html`
          <fieldset class="field">
            <legend>Which ones</legend>
            ${choice(
              false,
              "Only those without a tag",
              "Mostly older versions, whose tag was moved by a pull or a build.",
            )}
            ${choice(
              true,
              "All that no container uses",
              "Tagged ones too. They must be pulled or built again when they are needed.",
            )}
          </fieldset>
          <${Help}>
            Containers, also stopped ones, keep their images; volumes and their data are not touched.
          </${Help}>
          ${preview && html`<${Going} preview=${preview} />`}
        `}
    />
  `;
}
