// The pieces that the form is made of: a field of any kind, tables of names and values, rows.
// Invariant: whatever carries an error shows it beside itself and points to it for a screen reader.
import { html, useId, useRef, useState } from "../../vendor/preact.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast } from "../components/elements/level.js";
import { FIELDS } from "./fields.js";
import { CAPABILITIES } from "./capabilities.js";
import { looksSecret } from "./env-file.js";

/** Beneath a field: what is wrong, or what it is for. */
export const FieldError = ({ id, message }) =>
  message ? html`
    <p class="field-error" id=${id} data-shown-error>
      ${message}
    </p>
  ` : null;

const tall = (text) => Math.min(14, (text.match(/\n/g)?.length ?? 0) + 1);

/**
 * One line, or as many as the text has: an input would swallow the line breaks, so they never come by
 * typing in one. What became an area stays one: another element would not have the focus.
 */
export function Text({ value, set, area = false, ...rest }) {
  const kind = useRef(area);
  const many = (kind.current ||= value.includes("\n"));
  const onInput = (event) => set(event.target.value);
  return many ? html`
    <textarea rows=${tall(value)} ...${rest} value=${value} onInput=${onInput}></textarea>
  ` : html`
    <input
      type="text"
      autocomplete="off"
      autocapitalize="off"
      spellcheck=${false}
      ...${rest}
      value=${value}
      onInput=${onInput}
    />
  `;
}

/** Below a field that a pasted command left to the person: what stood there. */
export const Asks = ({ id, text }) => html`
  <p class="hint asks" id=${id}>
    <${Icon} name="pencil" class="small-icon" />
    <span>
      The command says <code class="any">${text}</code> here: enter your own.
    </span>
  </p>
`;

/** A cell of a row: no label of its own in sight, but one for those who do not see it. */
export function Cell({ form, path, label, class: extra = "", children, note = null, ...rest }) {
  const id = useId();
  const error = form.at(path);
  const asks = !error && form.asks(path);
  return html`
    <div class=${`cell ${extra} ${asks ? "to-fill" : ""}`} data-field=${path}>
      <label class="cell-label" for=${id}>
        ${label}
      </label>
      ${children ? (
        children({ id, invalid: error ? "true" : undefined, by: error ? `${id}-e` : undefined })
      ) : html`
        <${Text}
          id=${id}
          aria-invalid=${error ? "true" : undefined}
          aria-describedby=${error ? `${id}-e` : asks ? `${id}-a` : undefined}
          ...${rest}
        />
      `}
      <${FieldError} id=${`${id}-e`} message=${error} />
      ${asks && html`<${Asks} id=${`${id}-a`} text=${asks} />`}
      ${!error && note}
    </div>
  `;
}

export const Remove = ({ what, run }) => html`
  <button
    type="button"
    class="btn quiet icon s row-remove"
    aria-label=${`Remove ${what}`}
    title="Remove"
    onClick=${run}
  >
    <${Icon} name="x" />
  </button>
`;
export const Add = ({ label, run }) => html`
  <button type="button" class="btn s" onClick=${run}>
    <${Icon} name="plus" />
    ${label}
  </button>
`;

// A row of names and values keeps its key when it moves or is changed; the key is not part of the draft.
const rowKeys = new WeakMap();
let lastKey = 0;
export const keyOf = (row) => rowKeys.get(row) ?? (rowKeys.set(row, (lastKey += 1)), lastKey);
const heir = (row, next) => {
  rowKeys.set(next, keyOf(row));
  return next;
};

/** A list of the draft as rows: gives what changes it. The row that was added gets the focus. */
export function useRows(form, key) {
  const ref = useRef();
  const rows = form.draft[key];
  const set = (list) => form.set(key, list);
  return {
    rows,
    ref,
    change: (index, patch) =>
      set(
        rows.map((row, at) =>
          at === index ? (Array.isArray(row) ? heir(row, patch) : { ...row, ...patch }) : row,
        ),
      ),
    remove: (index) => {
      set(rows.filter((_, at) => at !== index));
      requestAnimationFrame(() =>
        (
          ref.current?.querySelectorAll(".row-remove")[Math.max(0, index - 1)] ??
          ref.current?.querySelector(".add-row button")
        )?.focus(),
      );
    },
    add: (...more) => {
      set([...rows, ...more]);
      requestAnimationFrame(() =>
        [...(ref.current?.querySelectorAll(".form-row") ?? [])]
          .at(-1)
          ?.querySelector("input, select, textarea")
          ?.focus(),
      );
    },
    move: (index, by) => {
      const next = [...rows];
      const [row] = next.splice(index, 1);
      next.splice(index + by, 0, row);
      set(next);
      requestAnimationFrame(() => {
        const moved = ref.current?.querySelectorAll(".form-row")[index + by];
        moved?.querySelector(by < 0 ? ".move-up" : ".move-down")?.focus();
      });
    },
  };
}

/** Names and values; a value whose name looks secret is on the screen only while it is asked for. */
export function PairRow({
  name,
  value,
  set,
  remove,
  move,
  first,
  last,
  what,
  secret = false,
  label = "Name",
  error = null,
  asks = null,
}) {
  const [shown, show] = useState(value === "");
  // What is entered as new is shown while it is typed, and no longer.
  const [fresh, refresh] = useState(value === "");
  const id = useId();
  const [inside, enter] = useState(false);
  const looks = secret && looksSecret(name, value ?? "");
  const held = useRef(looks);
  // The field is not exchanged while one types in it.
  if (!inside) held.current = looks;
  const masked = held.current;
  const text = value ?? "";
  const typing = {
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": error ? `${id}e` : asks ? `${id}a` : undefined,
    onFocus: () => enter(true),
    onBlur: () => {
      enter(false);
      if (looks && fresh) {
        show(false);
        refresh(false);
      }
    },
  };
  const field =
    masked && !shown && text.includes("\n") ? html`
      <input id=${`${id}v`} type="text" readonly value="••••••••" title="Show it to change it" />
    ` : masked && !shown ? html`
      <input
        id=${`${id}v`}
        type="password"
        autocomplete="new-password"
        class="mono"
        value=${text}
        ...${typing}
        onInput=${(e) => set([name, e.target.value])}
      />
    ` : html`
      <${Text}
        id=${`${id}v`}
        class="mono"
        value=${text}
        ...${typing}
        set=${(v) => set([name, v])}
        placeholder=${value === null ? "not set: the variable is removed" : ""}
      />
    `;
  return html`
    <div class=${`form-row pair ${asks && !error ? "to-fill" : ""}`}>
      <div class="cell">
        <label class="cell-label" for=${`${id}n`}>
          ${label}
        </label>
        <${Text}
          id=${`${id}n`}
          class="mono"
          value=${name}
          set=${(typed) => {
            const at = typed.indexOf("=");
            if (at <= 0) {
              set([typed, value]);
              return;
            }
            // NAME=value, pasted or typed: what follows the sign is the value.
            set([typed.slice(0, at), typed.slice(at + 1) || (value ?? "")]);
            document.getElementById(`${id}v`)?.focus();
          }}
        />
      </div>
      <div class="cell grow-cell">
        <label class="cell-label" for=${`${id}v`}>
          Value
        </label>
        <div class="with-button">
          ${field}
          ${masked && text && html`
            <button
              type="button"
              class="btn quiet icon s"
              aria-pressed=${String(shown)}
              aria-label=${`${shown ? "Hide" : "Show"} the value of ${name}`}
              onClick=${() => {
                show(!shown);
                refresh(false);
              }}
            >
              <${Icon} name=${shown ? "eye-off" : "eye"} />
            </button>
          `}
        </div>
        <${FieldError} id=${`${id}e`} message=${error} />
        ${asks && !error && html`<${Asks} id=${`${id}a`} text=${asks} />`}
      </div>
      <div class="row-tools">
        ${move && html`
            <button
              type="button"
              class="btn quiet icon s move-up wide-tool"
              aria-label=${`Move ${name || what} up`}
              disabled=${first}
              onClick=${() => move(-1)}
            >
              <${Icon} name="arrow-up" />
            </button>
            <button
              type="button"
              class="btn quiet icon s move-down wide-tool"
              aria-label=${`Move ${name || what} down`}
              disabled=${last}
              onClick=${() => move(1)}
            >
              <${Icon} name="arrow-down" />
            </button>
          `}
        <${Remove} what=${name || what} run=${remove} />
      </div>
    </div>
  `;
}

/** A table of names and values that is the value of something else. `asks(name)`: what stood there instead. */
export function Pairs({ list, set, add, what, legend, secret = false, asks = () => null }) {
  return html`
    <div class="rows" role="group" aria-label=${legend}>
      ${list.map(([name, value], index) => html`
        <${PairRow}
          key=${keyOf(list[index])}
          name=${name}
          value=${value}
          secret=${secret}
          what=${what}
          asks=${asks(name)}
          set=${(pair) => set(list.map((row, at) => (at === index ? heir(row, pair) : row)))}
          remove=${() => set(list.filter((_, at) => at !== index))}
        />
      `)}
      <div class="add-row">
        <${Add} label=${add} run=${() => set([...list, ["", ""]])} />
      </div>
    </div>
  `;
}

function Capabilities({ id, value, set, ...rest }) {
  const [text, setText] = useState("");
  const take = (typed) => {
    const name = typed.trim().toUpperCase().replace(/^CAP_/, "");
    if (name && !value.includes(name)) set([...value, name]);
    setText("");
  };
  const input = (event) => {
    const typed = event.target.value;
    if (Object.hasOwn(CAPABILITIES, typed) && event.inputType !== "insertText") take(typed);
    else setText(typed);
  };
  return html`
    <div class="picked">
      ${value.map((name) => html`
        <span class="chip solid" key=${name} title=${CAPABILITIES[name.replace(/^CAP_/, "")]}>
          ${name}
          <button
            type="button"
            aria-label=${`Remove ${name}`}
            onClick=${() => set(value.filter((other) => other !== name))}
          >
            <${Icon} name="x" class="small-icon" />
          </button>
        </span>
      `)}
      <div class="with-button">
        <input
          id=${id}
          type="text"
          list=${`${id}-all`}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck=${false}
          placeholder="NET_ADMIN"
          value=${text}
          onInput=${input}
          ...${rest}
          onKeyDown=${(e) => {
            if (e.key === "Enter") {
              e.preventDefault();
              take(text);
            }
          }}
          onBlur=${() => {
            if (Object.hasOwn(CAPABILITIES, text.trim().toUpperCase())) take(text);
          }}
        />
        <button type="button" class="btn s" disabled=${!text.trim()} onClick=${() => take(text)}>
          Add
        </button>
      </div>
      <datalist id=${`${id}-all`}>
        ${Object.entries(CAPABILITIES)
          .filter(([name]) => !value.includes(name))
          .map(([name, what]) => html`
            <option key=${name} value=${name}>
              ${what}
            </option>
          `)}
      </datalist>
    </div>
  `;
}

/** A plain setting by its key. */
export function Field({ form, name, list = null, hint = null, note = null, class: extra = "" }) {
  const [kind, label, help, placeholder] = FIELDS[name];
  const error = form.under(name);
  const asks = !error && kind !== "pairs" && form.asks(name);
  const id = `f-${name}`;
  const value = form.draft[name];
  const set = (next) => form.set(name, next);
  const told = hint ?? (atLeast("advanced") && kind !== "bool" && kind !== "lines" ? "" : help);
  const by =
    [told && `${id}-h`, asks && `${id}-a`, error && `${id}-e`].filter(Boolean).join(" ") || undefined;
  const common = { id, "aria-describedby": by, "aria-invalid": error ? "true" : undefined };
  const code = atLeast("advanced") && html`
      ${" "}
      <code class="faint key-name">${name}</code>
    `;
  const below = html`
      ${told && html`
        <p class="hint" id=${`${id}-h`}>
          ${told}
        </p>
      `}
      ${asks && html`<${Asks} id=${`${id}-a`} text=${asks} />`}
      <${FieldError} id=${`${id}-e`} message=${error} />
      ${note}
    `;
  if (kind === "bool") {
    return html`
      <div class=${`field check-field ${extra}`} data-field=${name}>
        <label class="check">
          <input
            type="checkbox"
            ...${common}
            aria-describedby=${error ? `${id}-e` : undefined}
            checked=${value}
            onChange=${(e) => set(e.target.checked)}
          />
          <span>
            ${label}
            ${code}
            ${told && html`<small>${told}</small>`}
          </span>
        </label>
        <${FieldError} id=${`${id}-e`} message=${error} />
      </div>
    `;
  }
  if (kind === "pairs") {
    return html`
      <fieldset class=${`field wide ${extra}`} data-field=${name}>
        <legend>
          ${label}
          ${code}
        </legend>
        ${told && html`
          <p class="hint" id=${`${id}-h`}>
            ${told}
          </p>
        `}
        <${Pairs}
          list=${value}
          set=${set}
          add="Add"
          what=${label.toLowerCase()}
          legend=${label}
          secret
          asks=${(key) => form.asks(`${name}.${key}`)}
        />
        <${FieldError} id=${`${id}-e`} message=${error} />
      </fieldset>
    `;
  }
  const control =
    kind === "tri" ? html`
      <select ...${common} value=${value} onChange=${(e) => set(e.target.value)}>
        <option value="">As the engine does</option>
        <option value="true">Yes</option>
        <option value="false">No</option>
      </select>
    ` : kind === "caps" ? html`
      <${Capabilities} ...${common} value=${value} set=${set} />
    ` : kind === "lines" ? html`
      <textarea
        ...${common}
        class="mono"
        rows=${tall(value)}
        placeholder=${placeholder}
        spellcheck=${false}
        autocapitalize="off"
        value=${value}
        onInput=${(e) => set(e.target.value)}
      ></textarea>
    ` : html`
      <${Text}
        ...${common}
        class=${["area"].includes(kind) ? "" : "mono"}
        inputmode=${kind === "int" ? "numeric" : undefined}
        placeholder=${placeholder}
        list=${list}
        area=${kind === "area"}
        value=${value}
        set=${set}
        maxlength=${name === "description" ? 500 : undefined}
      />
    `;
  return html`
    <div
      class=${`field ${kind === "argv" || kind === "caps" ? "wide" : ""} ${asks ? "to-fill" : ""} ${extra}`}
      data-field=${name}
    >
      <label for=${id}>
        ${label}
        ${code}
      </label>
      ${control}
      ${below}
    </div>
  `;
}

/** Plain settings side by side; those above the skill level behind a button, unless they say something. */
export function Fields({ form, keys, title = null, all = false }) {
  const [open, setOpen] = useState(false);
  const seen = useRef(new Set());
  for (const key of keys)
    if (atLeast(FIELDS[key][4]) || form.carries(key) || form.under(key) || open || all)
      seen.current.add(key);
  const shown = keys.filter((key) => seen.current.has(key));
  const rest = keys.length - shown.length;
  return html`
      ${title && shown.length > 0 && html`<h3>${title}</h3>`}
      ${shown.length > 0 && html`
        <div class="fields">
          ${shown.map((key) => html`
            <${Field} key=${key} form=${form} name=${key} />
          `)}
        </div>
      `}
      ${rest > 0 && html`
        <button type="button" class="link more-fields" onClick=${() => setOpen(true)}>
          ${shown.length === 0 && title ? `${title}: ` : ""}
          ${rest} more setting${rest === 1 ? "" : "s"}
        </button>
      `}
    `;
}
