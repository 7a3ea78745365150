// The one modal at a time. The native element keeps the focus inside and gives it back.
import { html, signal, useEffect, useRef } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

const current = signal(null);

/** Shows a component in a dialog; it gets `close` and the given props. */
export function openDialog(component, props = {}) {
  current.value = { component, props, key: Math.random() };
}
export const closeDialog = () => {
  current.value = null;
};
export const dialogOpen = () => current.value !== null;

/** A click beside it closes it, but not a text marked inside and let go of outside. */
export function Modal({ class: kind = "dialog", label, close, children }) {
  const ref = useRef();
  const down = useRef(false);
  const outside = ({ target, clientX: x, clientY: y }) => {
    const box = ref.current.getBoundingClientRect();
    return target === ref.current && (x < box.left || x > box.right || y < box.top || y > box.bottom);
  };
  useEffect(() => {
    const element = ref.current;
    const back = document.activeElement;
    if (!element.open) element.showModal();
    return () => {
      element.close();
      if (back?.isConnected) back.focus({ preventScroll: true });
    };
  }, []);
  return html`
    <dialog
      ref=${ref}
      class=${kind}
      aria-label=${label}
      onCancel=${(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown=${(event) => {
        down.current = outside(event);
      }}
      onClick=${(event) => {
        if (down.current && outside(event)) close();
      }}
    >
      ${children}
    </dialog>
  `;
}

export const DialogHead = ({ title, icon, tone = "", close }) => html`
  <header>
    ${icon && html`
      <span class=${`dot ${tone}`}>
        <${Icon} name=${icon} />
      </span>
    `}
    <h2>${title}</h2>
    <button type="button" class="btn quiet icon s" aria-label="Close" onClick=${close}>
      <${Icon} name="x" />
    </button>
  </header>
`;

export function DialogHost() {
  const open = current.value;
  if (!open) return null;
  return html`
    <${open.component}
      key=${open.key}
      ...${open.props}
      close=${() => {
        if (current.value === open) closeDialog();
      }}
    />
  `;
}
