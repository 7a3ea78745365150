// @ts-check
// A menu beside the button that opens it: arrows move, letters jump, Esc closes. An entry may lead to further
// entries, which take the place of the others, with one that leads back.
import { html, signal, useEffect, useLayoutEffect, useRef, useState } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

const open = signal(null);

/**
 * items: {label, icon?, run?, href?, danger?, disabled? (a reason), checked?} | {label, items} | {label, heading: true}
 * | {line: true}
 */
export function openMenu(anchor, items) {
  if (open.value?.anchor === anchor) {
    closeMenu();
    return;
  }
  closeMenu();
  anchor.setAttribute("aria-expanded", "true");
  open.value = { anchor, items };
}

export function closeMenu(focus = false) {
  const was = open.value;
  if (!was) return;
  was.anchor.setAttribute("aria-expanded", "false");
  open.value = null;
  if (focus && was.anchor.isConnected) was.anchor.focus({ preventScroll: true });
}
export const menuOpen = () => open.value !== null;

function place(menu, anchor) {
  const a = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(a.right - width, innerWidth - width - 8));
  const below = a.bottom + 4;
  const top = below + height > innerHeight - 8 ? Math.max(8, a.top - height - 4) : below;
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${top}px`);
}

function Menu({ anchor, items }) {
  const ref = useRef();
  const [inner, setInner] = useState(null);
  const entries = inner
    ? [
        { label: "Back", icon: "chevron-left", run: () => setInner(null), stays: true },
        { line: true },
        ...inner.items,
      ]
    : items;
  useLayoutEffect(() => {
    const menu = ref.current;
    if (!menu.matches(":popover-open")) menu.showPopover();
    place(menu, anchor);
    menu.querySelector("[role^=menuitem]")?.focus({ preventScroll: true });
  }, [inner]);
  useEffect(() => {
    const menu = ref.current;
    const away = (event) => {
      if (!menu.contains(event.target) && !anchor.contains(event.target)) closeMenu();
    };
    const scroll = (event) => {
      if (event.target.contains?.(anchor)) closeMenu();
    };
    document.addEventListener("pointerdown", away, true);
    addEventListener("scroll", scroll, { capture: true, passive: true });
    return () => {
      document.removeEventListener("pointerdown", away, true);
      removeEventListener("scroll", scroll, true);
    };
  }, []);
  const keys = (event) => {
    const all = [...ref.current.querySelectorAll("[role^=menuitem]")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) all.at(to >= all.length ? 0 : to)?.focus();
    else if (event.key === "ArrowRight" && document.activeElement.ariaHasPopup)
      /** @type {HTMLElement} */ (document.activeElement).click();
    else if (event.key === "ArrowLeft" && inner) setInner(null);
    else if (event.key === "Escape" || event.key === "Tab") closeMenu(true);
    else if (event.key.length === 1 && /\S/.test(event.key)) {
      const next = [...all.slice(at + 1), ...all].find((item) =>
        item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()),
      );
      next?.focus();
    } else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  // A landmark while it is open: whoever goes from one to the next finds it.
  return html`
    <section aria-label="Menu">
      <div ref=${ref} class="menu" popover="manual" role="menu" onKeyDown=${keys}>
        ${entries.map((item) => {
          if (!item) return null;
          if (item.line) return html`<hr />`;
          if (item.heading)
            return html`
              <div class="label" role="presentation">
                ${item.label}
              </div>
            `;
          const inside = html`
              ${item.icon && html`<${Icon} name=${item.icon} />`}
              <span>
                ${item.node ?? item.label}
                ${item.disabled && html`
                    <br />
                    <small>${item.disabled}</small>
                  `}
              </span>
              ${item.checked && html`<${Icon} name="check" class="tick" />`}
              ${item.items && html`<${Icon} name="chevron-right" class="further" />`}
            `;
          const role = item.checked === undefined ? "menuitem" : "menuitemradio";
          const common = { role, class: item.danger ? "danger" : "", "aria-checked": item.checked };
          if (item.href)
            return html`
              <a
                ...${common}
                href=${item.href}
                download=${item.download}
                target=${item.target}
                rel=${item.target && "noopener noreferrer"}
                onClick=${() => closeMenu()}
              >
                ${inside}
              </a>
            `;
          return html`
            <button
              type="button"
              ...${common}
              aria-disabled=${item.disabled ? "true" : undefined}
              aria-haspopup=${item.items ? "menu" : undefined}
              onClick=${() => {
                if (item.disabled) return;
                if (item.items) {
                  setInner(item);
                  return;
                }
                if (item.stays) {
                  item.run();
                  return;
                }
                closeMenu(true);
                item.run();
              }}
            >
              ${inside}
            </button>
          `;
        })}
      </div>
    </section>
  `;
}

export const MenuHost = () => (open.value ? html`<${Menu} key=${open.value.anchor} ...${open.value} />` : null);
