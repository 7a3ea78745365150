// @ts-check
// The drawer of one image: its names, who uses it, what it brings along, and what it was built by.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, containerLink } from "../../api.js";
import { images } from "../../state.js";
import { bytes, plural, shortId } from "../../format.js";
import { nameOf } from "../../image-filter.js";
import { Copyable } from "../elements/copy.js";
import { Icon } from "../elements/icon.js";
import { atLeast, Fold, Help, more } from "../elements/level.js";
import { Ago } from "../elements/time.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { openMenu } from "../frame/menu.js";
import { Cli } from "../operations/cli.js";
import { askRemove, askTag, createFrom, imageItems, imagePath, saveLink, whyKept } from "./acts.js";
import { Use } from "./use.js";

const Fact = ({ name, children }) => html`
    <dt>${name}</dt>
    <dd>${children}</dd>
  `;

function Names({ image }) {
  return html`
    <section>
      <h3>Tags</h3>
      <div class="row tag-row">
        ${image.tags.map((tag) => html`
          <span class="chip-tag" key=${tag}>
            <span class="mono any chip-text">${tag}</span>
            <button
              type="button"
              aria-label=${`Remove the tag ${tag}`}
              title="Remove this tag"
              onClick=${() => askRemove(image, tag)}
            >
              <${Icon} name="x" class="small-icon" />
            </button>
          </span>
        `)}
        <button type="button" class="btn s" onClick=${() => askTag(image)}>
          <${Icon} name="plus" />
          Add a tag
        </button>
      </div>
      <${Help}>
        ${image.is_dangling
          ? "No tag names it any more, mostly because the tag was moved to a newer version."
          : "The names under which containers are created from it."}
      </${Help}>
    </section>
  `;
}

function UsedBy({ image }) {
  if (image.used_by.length === 0) return null;
  return html`
    <section>
      <h3>Used by</h3>
      <ul class="image-users">
        ${image.used_by.map((user) => html`
          <li key=${user.id}>
            <a href=${containerLink(user)}>${user.name}</a>
            <span class="faint">${user.running ? "running" : "stopped"}</span>
          </li>
        `)}
      </ul>
    </section>
  `;
}

const words = (list) =>
  list.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");

function Brings({ config, shown, setShown }) {
  const secrets = config.variables.filter((one) => one.secret).length;
  const line = (name, list) =>
    list.length > 0 && html`
      <${Fact} name=${name}>
        <code class="any">${list}</code>
      </${Fact}>
    `;
  return html`
    <section>
      <h3>What containers get from it</h3>
      <dl class="facts-list">
        ${line("Command", words([...config.entrypoint, ...config.command]))}
        ${line("Ports", config.ports.join(", "))}
        ${line("Data folders", config.volumes.join(", "))}
        <${Fact} name="User">${config.user || "root"}</${Fact}>
        ${line("Working folder", config.working_dir)}
        ${line("Health check", words(config.health_check.filter((word) => !/^CMD(-SHELL)?$/.test(word))))}
        ${config.stop_signal && line("Stop signal", config.stop_signal)}
      </dl>
      ${config.variables.length > 0 && html`
        <${Fold} from="intermediate" what=${more(config.variables.length, "variable")}>
          <div class="scroll-x">
            <table class="plain-table">
              <thead>
                <tr>
                  <th scope="col">Variable</th>
                  <th scope="col">Value</th>
                </tr>
              </thead>
              <tbody>
                ${config.variables.map((one) => html`
                  <tr key=${one.name}>
                    <td class="mono any">${one.name}</td>
                    <td class="mono any">${one.secret && !shown ? "••••••" : one.value}</td>
                  </tr>
                `)}
              </tbody>
            </table>
          </div>
          ${secrets > 0 && html`
            <button type="button" class="link small" onClick=${() => setShown(!shown)}>
              ${shown ? "Hide the secrets" : `Show ${plural(secrets, "secret")}`}
            </button>
          `}
        </${Fold}>
      `}
    </section>
  `;
}

const SHOWN = 12;
/** Without the noise that the builders write in front. Pure. */
export const instruction = (step) =>
  step.created_by
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, "")
    .replace(/^\/bin\/sh -c /, "RUN ")
    .replace(/ # buildkit$/, "") ||
  step.comment ||
  "unknown step";

/** What an instruction sets a secret to is hidden as the secret is. Pure. */
export const hidden = (text, variables) =>
  variables.filter((one) => one.secret).reduce((told, one) => told.replaceAll(one.value, "••••••"), text);

function History({ steps, variables }) {
  const [all, setAll] = useState(false);
  if (steps.length === 0) return null;
  const shown = all ? steps : steps.slice(0, SHOWN);
  return html`
    <section>
      <h3>Layers</h3>
      <${Help}>The steps that it was built by, the newest first. Images that begin alike share layers.</${Help}>
      <${Fold} from="intermediate" what=${more(steps.length, "step")}>
        <ol class="image-steps">
          ${shown.map((step, index) => html`
            <li key=${index}>
              <code class="any" title=${hidden(step.created_by, variables)}>
                ${hidden(instruction(step), variables)}
              </code>
              <span class="num faint">${step.size_bytes > 0 ? bytes(step.size_bytes) : ""}</span>
            </li>
          `)}
        </ol>
        ${steps.length > SHOWN && html`
          <button type="button" class="link small" onClick=${() => setAll(!all)}>
            ${all ? "Fewer" : `All ${steps.length} steps`}
          </button>
        `}
      </${Fold}>
    </section>
  `;
}

function Labels({ labels }) {
  const all = Object.entries(labels);
  if (all.length === 0) return null;
  return html`
    <section>
      <h3>Labels</h3>
      <${Fold} from="advanced" what=${more(all.length, "label")}>
        <dl class="facts-list">
          ${all.map(([name, value]) => html`
            <${Fact} key=${name} name=${name}>
              <span class="any">${value}</span>
            </${Fact}>
          `)}
        </dl>
      </${Fold}>
    </section>
  `;
}

function Facts({ image, detail }) {
  return html`
    <dl class="facts-list">
      <${Fact} name="Use">
        <${Use} image=${image} />
      </${Fact}>
      <${Fact} name="Size">
        ${bytes(image.size_bytes)}
        ${detail?.shared_bytes > 0 && html`
          <span class="faint">, ${bytes(detail.shared_bytes)} shared with other images</span>
        `}
      </${Fact}>
      <${Fact} name="Created">
        <${Ago} at=${image.created_at} none="unknown" />
      </${Fact}>
      ${image.platform && html`<${Fact} name="Platform">${image.platform}</${Fact}>`}
      <${Fact} name="ID">
        <${Copyable} text=${image.id} shown=${shortId(image.id)} what="the ID" />
      </${Fact}>
      ${atLeast("intermediate") && image.digests.length > 0 && html`
        <${Fact} name="Digests">
          ${image.digests.map((digest) => html`
            <${Copyable}
              key=${digest}
              text=${digest}
              shown=${digest.replace(/:([0-9a-f]{12})[0-9a-f]+$/, ":$1")}
              what="the digest"
            />
          `)}
        </${Fact}>
      `}
      ${detail?.author && html`
        <${Fact} name="Author">
          <span class="any">${detail.author}</span>
        </${Fact}>
      `}
      ${detail?.saved_for.length > 0 && html`
        <${Fact} name="Kept for">saved configurations of ${detail.saved_for.join(", ")}</${Fact}>
      `}
    </dl>
  `;
}

export function ImageDrawer({ id, closed, close }) {
  const [state, setState] = useState(/** @type {any} */ ({}));
  const [commands, setCommands] = useState(/** @type {any} */ (null));
  const [shown, setShown] = useState(false);
  const live = images.value?.get(id) ?? state.detail;
  const tags = live?.tags.join();
  useEffect(() => {
    api(imagePath(id)).then(
      (detail) => setState({ detail }),
      (problem) => setState((was) => ({ ...was, problem })),
    );
    api(imagePath(id, "/commands"), { query: { action: "save" } }).then(setCommands, () => {});
  }, [id, tags]);
  useEffect(() => () => closed?.(), []);
  const { detail, problem } = state;
  if (!live)
    return html`
      <${Modal} class="drawer" label="Image" close=${close}>
        <${DialogHead} title="Image" icon="layers" close=${close} />
        <div class="content template">
          ${problem ? html`
            <p class="field-error any" role="alert">
              ${problem.message}
            </p>
          ` : html`
            <p class="muted" role="status">
              Loading…
            </p>
          `}
        </div>
      </${Modal}>
    `;
  const kept = whyKept(live);
  return html`
    <${Modal} class="drawer image-drawer" label=${`Image ${nameOf(live)}`} close=${close}>
      <${DialogHead} title=${nameOf(live)} icon="layers" close=${close} />
      <div class="content template">
        <${Facts} image=${live} detail=${detail} />
        <${Names} image=${live} />
        <${UsedBy} image=${live} />
        ${detail && html`
            <${Brings} config=${detail.config} shown=${shown} setShown=${setShown} />
            <${History} steps=${detail.history} variables=${shown ? [] : detail.config.variables} />
            <${Labels} labels=${live.labels} />
          `}
        ${problem && html`
          <p class="field-error any" role="alert">
            ${problem.message}
          </p>
        `}
        ${commands && html`<${Cli} commands=${commands} title="Save it as a file" />`}
      </div>
      <div class="drawer-foot">
        <a class="btn primary" href=${createFrom(live)} onClick=${close}>
          <${Icon} name="plus" />
          New container
        </a>
        <a class="btn" href=${saveLink([live.id])} download="">
          <${Icon} name="hard-drive" />
          Save
        </a>
        <button
          type="button"
          class="btn danger"
          disabled=${Boolean(kept)}
          title=${kept || undefined}
          onClick=${() => askRemove(live)}
        >
          <${Icon} name="trash-2" />
          Remove
        </button>
        <button
          type="button"
          class="btn icon"
          aria-label="More"
          title="More"
          aria-haspopup="menu"
          aria-expanded="false"
          onClick=${(event) => openMenu(event.currentTarget, imageItems(live).slice(1))}
        >
          <${Icon} name="ellipsis-vertical" />
        </button>
      </div>
    </${Modal}>
  `;
}
