// @ts-check
// Another name for an image, and removing one, one of its tags, or many.
import { html, useState } from "../../../vendor/preact.js";
import { tell } from "../../follow.js";
import { images } from "../../state.js";
import { plural } from "../../format.js";
import { nameOf } from "../../image-filter.js";
import { Confirm } from "../operations/plan.js";
import { send } from "../frame/later.js";
import { imagePath, whyKept } from "./acts.js";
import { looksWhole } from "./pull.js";

export function TagDialog({ image, close }) {
  const [tag, setTag] = useState("");
  const whole = looksWhole(tag);
  const path = imagePath(image.id, "/tag");
  return html`
    <${Confirm}
      title=${`Tag ${nameOf(image)}`}
      icon="tag"
      label="Tag"
      doing="Tagging"
      again=${whole ? tag : ""}
      close=${close}
      blocked=${!tag ? "Enter the new name." : whole ? "" : "The name is not complete."}
      ask=${async () => (whole ? send(path, { body: { tag }, dryRun: true }) : null)}
      run=${async ({ confirm }) =>
        tell(await send(path, { body: { tag }, query: { confirm } }), { doing: `Tagging ${nameOf(image)}` })}
      before=${html`<div class="field">
          <label for="new-tag">New name</label>
          <input
            id="new-tag"
            class="mono"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            placeholder="web:2"
            value=${tag}
            autofocus
            onInput=${(e) => setTag(e.target.value.trim())}
          />
          <p class="hint">The image keeps its other names.</p>
        </div>`}
    />
  `;
}

/** With `tag` only that name is taken away. */
export function RemoveDialog({ image, tag = "", close }) {
  const ask = (choice) => send(imagePath(image.id), { method: "DELETE", ...choice });
  const query = { tag: tag || undefined };
  return html`
    <${Confirm}
      icon="trash-2"
      label="Remove"
      doing="Removing"
      danger
      close=${close}
      ask=${() => ask({ query, dryRun: true })}
      run=${async ({ confirm }) =>
        tell(await ask({ query: { ...query, confirm } }), { doing: `Removing ${tag || nameOf(image)}` })}
    />
  `;
}

export function RemoveManyDialog({ ids, close }) {
  const list = ids.map((id) => images.value?.get(id)).filter(Boolean);
  const fit = list.filter((image) => !whyKept(image));
  const left = list.filter((image) => whyKept(image));
  const body = { action: "remove", images: fit.map((image) => image.id) };
  const path = "/api/images/bulk";
  return html`
    <${Confirm}
      title=${`Remove ${plural(fit.length, "image")}`}
      icon="trash-2"
      label="Remove"
      doing="Removing"
      danger
      again=${JSON.stringify(body)}
      close=${close}
      blocked=${fit.length === 0 ? "All of them are in use." : ""}
      ask=${async () => (fit.length > 0 ? send(path, { body, dryRun: true }) : null)}
      run=${async () =>
        tell(await send(path, { body }), { doing: `Removing ${plural(fit.length, "image")}` })}
      before=${left.length > 0 && html`
          <p class="muted any">
            Left out:${" "}
            ${left
              .slice(0, 6)
              .map((image) => `${nameOf(image)} (${whyKept(image)})`)
              .join(", ")}
            ${left.length > 6 ? ` and ${left.length - 6} more` : ""}.
          </p>
        `}
    />
  `;
}
