// @ts-check
// How a container was made: every setting with where it comes from, folded by skill level.
// Invariant: a value that looks like a secret is on the screen only after it was asked for.
import { html, useState } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";
import { useCopied } from "../elements/copy.js";
import { atLeast, FoldButton } from "../elements/level.js";

const SOURCES = {
  user: ["Set", "Set when the container was created"],
  image: ["Image", "From the image"],
  engine: ["Default", "The engine's default"],
};

function Value({ setting }) {
  const [shown, show] = useState(false);
  const [copied, copy] = useCopied();
  const text = setting.values.join("\n");
  const masked = setting.secret && !shown;
  return html`
    <div class="value">
      <div class="mono any">
        ${setting.values.length === 0 ? html`
          <span class="faint">none</span>
        ` : (
          setting.values.map((value, index) => html`<div key=${index}>${masked ? mask(value) : value}</div>`)
        )}
      </div>
      ${setting.secret && html`
        <button type="button" class="btn quiet s" aria-pressed=${String(shown)} onClick=${() => show(!shown)}>
          <${Icon} name=${shown ? "eye-off" : "eye"} />
          ${shown ? "Hide" : "Show"}
        </button>
      `}
      ${text && html`
        <button
          type="button"
          class="btn quiet icon s copy"
          aria-label=${`Copy ${setting.label}`}
          title="Copy"
          onClick=${() => copy(text)}
        >
          <${Icon} name=${copied ? "check" : "copy"} />
        </button>
      `}
    </div>
  `;
}

/** `NAME=value` keeps its name. */
export function mask(value) {
  const at = value.indexOf("=");
  return at > 0 && /^[A-Za-z_][\w.-]*$/.test(value.slice(0, at))
    ? `${value.slice(0, at)}=••••••••`
    : "••••••••";
}

function Group({ group, all }) {
  const [open, setOpen] = useState(false);
  const folded = group.settings.filter((s) => !atLeast(s.level) && !all);
  const shown = open ? group.settings : group.settings.filter((s) => all || atLeast(s.level));
  if (group.settings.length === 0) return null;
  const kind = folded.every((s) => s.level === "advanced") ? "advanced " : "";
  return html`
    <section class="card">
      <header>
        <h2>${group.name}</h2>
        <span class="faint">${group.settings.length}</span>
      </header>
      ${shown.length > 0 && html`
        <div class="settings-list">
          ${shown.map((s, index) => {
            const [word, title] = SOURCES[s.source] ?? SOURCES.engine;
            return html`
              <div class="setting" key=${`${s.name}${index}`}>
                <div>
                  <span>${s.label}</span>
                  ${atLeast("intermediate") && html`<code class="faint">${s.name}</code>`}
                </div>
                <${Value} setting=${s} />
                <span class=${`tag ${s.source === "user" ? "" : "plain-tag"}`} title=${title}>
                  ${word}
                </span>
              </div>
            `;
          })}
        </div>
      `}
      ${folded.length > 0 && html`
        <${FoldButton}
          open=${open}
          what=${`${folded.length} more ${kind}setting${folded.length === 1 ? "" : "s"}`}
          toggle=${setOpen}
        />
      `}
    </section>
  `;
}

export function Configuration({ c, total, edit }) {
  const [text, setText] = useState("");
  const [own, setOwn] = useState(false);
  const wanted = text.toLowerCase();
  const groups = c.configuration
    .map((group) => ({
      ...group,
      settings: group.settings.filter(
        (s) =>
          (!own || s.source === "user") &&
          (!wanted ||
            `${s.name} ${s.label} ${s.secret ? "" : s.values.join(" ")}`.toLowerCase().includes(wanted)),
      ),
    }))
    .filter((group) => group.settings.length > 0);
  return html`
      <div class="tools">
        <label class="search">
          <${Icon} name="search" />
          <input
            type="search"
            placeholder=${`Find among ${total}`}
            aria-label="Find a setting"
            value=${text}
            onInput=${(e) => setText(e.target.value)}
          />
        </label>
        <button type="button" class="chip" aria-pressed=${String(own)} onClick=${() => setOwn(!own)}>
          Only explicitly set values
        </button>
        ${edit && html`
            <span class="grow"></span>
            <a class="btn" href=${edit}>
              <${Icon} name="pencil" />
              Edit
            </a>
          `}
      </div>
      ${!atLeast("intermediate") && html`
        <p class="muted lead">
          The configuration of this container. “Set” was chosen explicitly, “Image” comes from the image,
          “Default” is the engine's default.
        </p>
      `}
      ${groups.length === 0 ? html`
        <section class="card body muted">No results.</section>
      ` : html`
        <div class="stack">
          ${groups.map((group) => html`
            <${Group} key=${group.name} group=${group} all=${Boolean(text)} />
          `)}
        </div>
      `}
    `;
}
