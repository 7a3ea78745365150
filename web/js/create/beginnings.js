// @ts-check
// How a new container begins: a template, a pasted command, or an image.
// Invariant: what was begun before is kept, and can be continued from here.
import { html } from "../../vendor/preact.js";
import { Icon } from "../components/elements/icon.js";

const BEGINNINGS = [
  {
    name: "template",
    icon: "layout-template",
    title: "A template",
    text: "Services that are prepared for a home server, from Jellyfin to Nextcloud. You answer a few questions.",
    action: "Browse the templates",
  },
  {
    name: "paste",
    icon: "clipboard-paste",
    title: "A docker run command",
    text: "Paste it from a README or a guide. Its settings fill in the form, and you are asked for what only you can decide.",
    action: "Paste a command",
  },
  {
    name: "image",
    icon: "box",
    title: "An image",
    text: "Any image of Docker Hub or another registry. Its ports and folders are suggested to you.",
    action: "Name an image",
  },
];

function Beginning({ name, icon, title, text, action, href, run }) {
  const inner = html`
      <span class="beginning-icon">
        <${Icon} name=${icon} />
      </span>
      <span class="beginning-text">
        <b>${title}</b>
        <span class="muted">${text}</span>
      </span>
      <span class="beginning-action">
        ${action}
        <${Icon} name="chevron-right" class="small-icon" />
      </span>
    `;
  return html`
    <li>
      ${href ? html`
        <a class=${`beginning ${name}`} href=${href} onClick=${run}>
          ${inner}
        </a>
      ` : html`
        <button type="button" class=${`beginning ${name}`} onClick=${run}>
          ${inner}
        </button>
      `}
    </li>
  `;
}

/**
 * `choose(name)`: paste or image; `image(name)`: an image of this host; `leaving()`: for a template, whose page is
 * another one; `begun`: the name of what the form holds already, or null; `discard()`: begin without it.
 */
export function Beginnings({ choices, choose, image, leaving, begun, discard }) {
  const here = choices?.images ?? [];
  return html`
    <div class="begin">
      ${begun && html`
        <section class="card begun" aria-label="Begun before">
          <${Icon} name="pencil" />
          <p class="any">
            You have begun <b>${begun}</b>. Nothing of it is lost.
          </p>
          <span class="grow"></span>
          <button type="button" class="btn quiet s" onClick=${discard}>
            Discard
          </button>
          <button type="button" class="btn primary s" onClick=${() => choose("form")}>
            Continue
          </button>
        </section>
      `}
      <ul class="beginnings" aria-label="Begin with">
        ${BEGINNINGS.map((one) => html`
          <${Beginning}
            key=${one.name}
            ...${one}
            href=${one.name === "template" ? "/templates" : null}
            run=${one.name === "template" ? leaving : () => choose(one.name === "image" ? "form" : one.name)}
          />
        `)}
      </ul>
      ${here.length > 0 && html`
        <div class="begin-here">
          <h2 id="begin-here">Or one of the images on this host</h2>
          <div class="suggest" role="group" aria-labelledby="begin-here">
            ${here.slice(0, 12).map((name) => html`
              <button type="button" class="chip" key=${name} onClick=${() => image(name)}>
                <span class="clip">${name}</span>
              </button>
            `)}
          </div>
        </div>
      `}
    </div>
  `;
}
