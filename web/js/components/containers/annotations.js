// @ts-check
// What somebody says of a container: a line, notes and tags, edited where they stand.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { guardLeaving } from "../../navigation.js";
import { changeOwn } from "./own-environment.js";
import { Icon } from "../elements/icon.js";

const focus = (element) => element?.matches(":focus") || element?.focus();
const escape = (leave) => (event) => {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  leave();
};

export function Description({ c, change }) {
  const [text, setText] = useState(null);
  const save = async (event) => {
    event.preventDefault();
    const view = await changeOwn(c, { description: text.trim() });
    if (!view) return;
    change({ description: view.description });
    setText(null);
  };
  if (text === null) {
    return html`
      <div class="row">
        ${c.description && html`<span class="any">${c.description}</span>`}
        <button type="button" class="btn quiet s" onClick=${() => setText(c.description)}>
          <${Icon} name="pencil" />
          ${c.description ? "Edit" : "Add a description"}
        </button>
      </div>
    `;
  }
  return html`
    <form class="input-row" onSubmit=${save}>
      <input
        class="input"
        aria-label="Description"
        maxlength="500"
        value=${text}
        ref=${focus}
        onInput=${(e) => setText(e.target.value)}
        onKeyDown=${escape(() => setText(null))}
      />
      <button class="btn primary" type="submit">
        Save
      </button>
      <button class="btn" type="button" onClick=${() => setText(null)}>
        Cancel
      </button>
    </form>
  `;
}

/** Where its service is opened, for those behind a proxy; without it labels and ports say so. */
export function OwnAddress({ c, change }) {
  const [text, setText] = useState(null);
  const set = c.addresses.find((address) => address.source === "user")?.url ?? "";
  const found = c.addresses.filter((address) => ["dashboard", "proxy"].includes(address.source));
  const save = async (event) => {
    event.preventDefault();
    const view = await changeOwn(c, { url: text.trim() });
    if (!view) return;
    change({ addresses: view.addresses });
    setText(null);
  };
  if (text === null) {
    return html`
      <div class="stack tight-stack">
        ${(set ? [{ url: set }] : found).map(({ url }) => html`
          <a key=${url} class="any" href=${url} target="_blank" rel="noopener noreferrer">
            ${url} <${Icon} name="external-link" class="tiny" />
          </a>
        `)}
        <div class="row">
          <button type="button" class="btn quiet s" onClick=${() => setText(set || found[0]?.url || "")}>
            <${Icon} name="pencil" />
            ${set ? "Edit the address" : "Set the address to open"}
          </button>
        </div>
      </div>
    `;
  }
  return html`
    <form class="stack tight-stack" onSubmit=${save}>
      <div class="input-row">
        <input
          class="input"
          type="url"
          aria-label="Address to open"
          placeholder="https://cloud.example.org/"
          maxlength="500"
          value=${text}
          ref=${focus}
          onInput=${(e) => setText(e.target.value)}
          onKeyDown=${escape(() => setText(null))}
        />
        <button class="btn primary" type="submit">
          Save
        </button>
        <button class="btn" type="button" onClick=${() => setText(null)}>
          Cancel
        </button>
      </div>
      <p class="faint small">Leave it empty to use its labels and published ports.</p>
    </form>
  `;
}

export function Tags({ c, change }) {
  const [text, setText] = useState(null);
  const [saving, setSaving] = useState(false);
  const tags = c.tags ?? [];
  const keep = async (list) => {
    setSaving(true);
    const view = await changeOwn(c, { tags: list });
    setSaving(false);
    if (view) change({ tags: view.tags });
    return view;
  };
  const add = async (event) => {
    event.preventDefault();
    const more = text
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean);
    if (more.length === 0 || (await keep([...new Set([...tags, ...more])]))) setText(null);
  };
  return html`
    <div class="row tag-row">
      ${tags.map((tag) => html`
        <span class="chip-tag" key=${tag}>
          <a href=${`/containers?tag=${encodeURIComponent(tag)}`} title=${`Containers tagged ${tag}`}>
            ${tag}
          </a>
          <button
            type="button"
            aria-label=${`Remove the tag ${tag}`}
            title="Remove"
            disabled=${saving}
            onClick=${() => keep(tags.filter((other) => other !== tag))}
          >
            <${Icon} name="x" class="tiny" />
          </button>
        </span>
      `)}
      ${text === null ? html`
        <button type="button" class="btn quiet s" onClick=${() => setText("")}>
          <${Icon} name="tag" />
          Add a tag
        </button>
      ` : html`
        <form class="input-row tag-form" onSubmit=${add}>
          <input
            class="input"
            aria-label="New tag"
            maxlength="200"
            placeholder="media, family"
            value=${text}
            ref=${focus}
            onInput=${(e) => setText(e.target.value)}
            onKeyDown=${escape(() => setText(null))}
          />
          <button class="btn primary" type="submit">
            Add
          </button>
        </form>
      `}
    </div>
  `;
}

export function OwnNotes({ c, change }) {
  const [text, setText] = useState(null);
  const changed = text !== null && text !== (c.notes ?? "");
  useEffect(
    () =>
      changed
        ? guardLeaving(() => import("../../create/dialogs.js").then(({ askToLeave }) => askToLeave()))
        : undefined,
    [changed],
  );
  const save = async (event) => {
    event.preventDefault();
    if (!(await changeOwn(c, { notes: text }))) return;
    change({ notes: text.trimEnd() });
    setText(null);
  };
  if (text === null && !c.notes)
    return html`
      <div class="row">
        <button
          type="button"
          class="btn quiet s"
          title="For example how it was set up, or where its password is stored. Saved under the container's name."
          onClick=${() => setText("")}
        >
          <${Icon} name="pencil" />
          Add notes
        </button>
      </div>
    `;
  return html`
    <section class="card">
      <header>
        <h2>Notes</h2>
        ${text === null && html`
          <div class="actions">
            <button
              type="button"
              class="btn quiet s"
              aria-label="Edit the notes"
              onClick=${() => setText(c.notes ?? "")}
            >
              <${Icon} name="pencil" />
              Edit
            </button>
          </div>
        `}
      </header>
      <div class="body">
        ${text === null ? html`
          <p class="own-notes any">${c.notes}</p>
        ` : html`
          <form class="field" onSubmit=${save}>
            <textarea
              aria-label="Notes"
              rows="8"
              maxlength="20000"
              value=${text}
              ref=${focus}
              onInput=${(e) => setText(e.target.value)}
              onKeyDown=${escape(() => {
                if (text === (c.notes ?? "")) setText(null);
              })}
            ></textarea>
            <div class="row spaced">
              <button class="btn primary" type="submit">
                Save
              </button>
              <button class="btn" type="button" onClick=${() => setText(null)}>
                Cancel
              </button>
            </div>
          </form>
        `}
      </div>
    </section>
  `;
}
