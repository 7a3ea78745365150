// @ts-check
// What the engine's builder keeps for the next build, and pruning it.
import { html, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { tell } from "../../follow.js";
import { bytes, plural } from "../../format.js";
import { Help } from "../elements/level.js";
import { Ago } from "../elements/time.js";
import { Confirm } from "../operations/plan.js";
import { send } from "../frame/later.js";

const path = "/api/build-cache/prune";
const SHOWN = 8;

function Contents({ cache }) {
  const [all, setAll] = useState(false);
  if (!cache.is_available) return html`<p class="muted">This engine has no build cache.</p>`;
  if (cache.items.length === 0) return html`<p class="muted">The build cache is empty.</p>`;
  const shown = all ? cache.items : cache.items.slice(0, SHOWN);
  return html`
    <div class="prune-list">
      <p class="prune-sum">
        <b>${bytes(cache.size_bytes)}</b>
        ${` in ${plural(cache.items.length, "part")}; pruning all of it frees ${bytes(cache.reclaimable_bytes)}.`}
      </p>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">What for</th>
            <th scope="col">Last used</th>
            <th scope="col" class="num">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((item) => html`
            <tr key=${item.id}>
              <td class="any">
                ${item.description || item.kind}
                ${item.in_use && html`
                    ${" "}
                    <span class="tag">in use</span>
                  `}
              </td>
              <td class="nowrap">
                <${Ago} at=${item.last_used_at ?? item.created_at} none="unknown" />
              </td>
              <td class="num nowrap">${bytes(item.size_bytes)}</td>
            </tr>
          `)}
        </tbody>
      </table>
      ${cache.items.length > SHOWN && html`
        <button type="button" class="link small" aria-expanded=${String(all)} onClick=${() => setAll(!all)}>
          ${all ? "Fewer" : `All ${cache.items.length}`}
        </button>
      `}
    </div>
  `;
}

export function BuildCacheDialog({ close }) {
  const [cache, setCache] = useState(/** @type {any} */ (null));
  const [all, setAll] = useState(false);
  const nothing = cache && (!cache.is_available || cache.items.length === 0);
  return html`
    <${Confirm}
      title="Build cache"
      icon="database"
      label="Prune"
      doing="Pruning"
      danger
      again=${String(all)}
      close=${close}
      blocked=${nothing ? "There is nothing to prune." : ""}
      ask=${async () => {
        const found = await api("/api/build-cache");
        setCache(found);
        return found.items.length > 0 ? send(path, { body: { all }, dryRun: true }) : null;
      }}
      run=${async () => tell(await send(path, { body: { all } }), { doing: "Pruning the build cache" })}
      before=${html`
          <${Help}>The results of earlier builds, so that the next build of an image is quick.</${Help}>
          ${cache && html`<${Contents} cache=${cache} />`}
          ${!nothing && html`
            <label class="check">
              <input type="checkbox" checked=${all} onChange=${(e) => setAll(e.target.checked)} />
              <span>
                All of it
                <small>Otherwise only what nothing refers to any longer.</small>
              </span>
            </label>
          `}
        `}
    />
  `;
}
