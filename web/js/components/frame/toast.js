// @ts-check
// Short messages at the corner, said aloud by a screen reader. Those that can be taken back carry the way.
import { html, signal } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

const toasts = signal([]);
let last = 0;
const ICONS = {
  ok: "circle-check",
  crit: "octagon-x",
  warn: "triangle-alert",
  info: "info",
  busy: "rotate-cw",
};
const STAYS = { ok: 6000, info: 6000, warn: 10_000, crit: 0, busy: 0 };
const timers = new Map();

export function dismiss(id) {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((t) => t.id !== id);
}

function arm(id, kind) {
  clearTimeout(timers.get(id));
  if (STAYS[kind])
    timers.set(
      id,
      setTimeout(() => dismiss(id), STAYS[kind]),
    );
}

/** Shows or, with an id, changes a toast: {id?, kind, title, text?, action?: {label, run}}. */
export function toast(one) {
  const id = one.id ?? (last += 1);
  const entry = { kind: "info", ...one, id };
  const known = toasts.value.some((t) => t.id === id);
  toasts.value = known
    ? toasts.value.map((t) => (t.id === id ? entry : t))
    : [...toasts.value, entry].slice(-5);
  arm(id, entry.kind);
  return id;
}

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map((t) => html`
      <div
        key=${t.id}
        class=${`toast ${t.kind}`}
        onMouseEnter=${() => clearTimeout(timers.get(t.id))}
        onMouseLeave=${() => arm(t.id, t.kind)}
      >
        <${Icon} name=${ICONS[t.kind]} class=${t.kind === "busy" ? "spin" : ""} />
        <div>
          <b>${t.title}</b>
          ${t.text && html`<p>${t.text}</p>`}
        </div>
        ${t.action && html`
          <button
            type="button"
            class="btn s"
            onClick=${() => {
              dismiss(t.id);
              t.action.run();
            }}
          >
            ${t.action.label}
          </button>
        `}
        <button type="button" class="btn quiet icon s" aria-label="Dismiss" onClick=${() => dismiss(t.id)}>
          <${Icon} name="x" />
        </button>
      </div>
    `)}
  </div>
`;
