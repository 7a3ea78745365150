// @ts-check
// Pulling an image: its plan, and how far each layer is. It continues when the dialog is closed, and is told then.
import { html, useState } from "../../../vendor/preact.js";
import { isOver } from "../../state.js";
import { ending, tell } from "../../follow.js";
import { DialogHead, Modal, openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { Help } from "../elements/level.js";
import { Confirm } from "../operations/plan.js";
import { CancelButton, OperationProgress, useOperation } from "../operations/progress.js";
import { send } from "../frame/later.js";
import { createFrom } from "./acts.js";

const path = "/api/images/pull";
/** Roughly; the program decides. Pure. */
export const looksWhole = (name) => /^[a-z0-9][\w./:@-]*$/i.test(name) && !/[:@/.-]$/.test(name);

export function PullDialog({ image = "", close }) {
  const [name, setName] = useState(image);
  const whole = looksWhole(name);
  return html`
    <${Confirm}
      title="Pull an image"
      icon="download"
      label="Pull"
      doing="Pulling"
      again=${whole ? name : ""}
      close=${close}
      blocked=${!name ? "Enter the name of an image." : whole ? "" : "The name is not complete."}
      ask=${async () => (whole ? send(path, { query: { image: name }, dryRun: true }) : null)}
      run=${async () => {
        const id = await send(path, { query: { image: name } });
        openDialog(PullProgress, { id, name });
      }}
      before=${html`
          <div class="field">
            <label for="pull-image">Image</label>
            <input
              id="pull-image"
              class="mono"
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              placeholder="nginx:1.27"
              value=${name}
              autofocus
              aria-describedby="pull-hint"
              onInput=${(e) => setName(e.target.value.trim())}
            />
            <p class="hint" id="pull-hint">
              Name and tag, with the registry in front where it is not Docker Hub: ghcr.io/owner/app:2.
            </p>
          </div>
          <${Help}>
            Pulling downloads an image, so that containers can be created from it. It starts nothing.
          </${Help}>
        `}
    />
  `;
}

/** The registry that a name means. Pure. */
export function registryOf(name) {
  const [first, ...rest] = name.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}

/** `name` is what is pulled. */
export function PullProgress({ id, name, close }) {
  const operation = useOperation(id);
  const over = operation && isOver(operation);
  const leave = () => {
    if (!over) tell(id, { doing: `Pulling ${name}` });
    close();
  };
  const end = over ? ending(operation) : null;
  return html`
    <${Modal} label=${`Pull ${name}`} close=${leave}>
      <${DialogHead} title=${`Pull ${name}`} icon="download" close=${leave} />
      <div class="content">
        ${operation ? html`<${OperationProgress} operation=${operation} />` : html`<p class="muted">Starting…</p>`}
        ${end && html`
          <p class=${end.kind === "ok" ? "st ok wraps" : "field-error any"} role="status">
            ${end.kind === "ok" && html`<${Icon} name="circle-check" />`}
            <span>
              ${end.title}
              ${end.text && ` ${end.text}`}
            </span>
          </p>
        `}
      </div>
      <footer>
        ${!over && html`
            <p class="faint small grow">It continues when you close this.</p>
            ${operation && html`<${CancelButton} operation=${operation} />`}
          `}
        <button type="button" class="btn" onClick=${leave}>
          ${over ? "Close" : "Continue in the background"}
        </button>
        ${operation?.error === "image_denied" && html`
          <a
            class="btn primary"
            href=${`/registries?do=login&registry=${encodeURIComponent(registryOf(name))}`}
            onClick=${close}
          >
            <${Icon} name="key-round" />
            Enter a login
          </a>
        `}
        ${operation?.state === "succeeded" && html`
          <a class="btn primary" href=${createFrom({ tags: [name], id: name })} onClick=${close}>
            <${Icon} name="plus" />
            New container
          </a>
        `}
      </footer>
    </${Modal}>
  `;
}
