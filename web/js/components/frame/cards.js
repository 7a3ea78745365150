// @ts-check
// Cards in two columns that can be put in another order or hidden, by buttons, keyboard and dragging.
import { html, useState } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";

/** Known cards in the kept order; those it does not name come last. Pure. */
export function inOrder(names, order) {
  const known = order.filter((name) => names.includes(name));
  return [...new Set([...known, ...names])];
}

/** The order after `name` was put before (or after) `target`. Pure. */
export function moved(all, name, target, after) {
  const rest = all.filter((other) => other !== name);
  rest.splice(rest.indexOf(target) + (after ? 1 : 0), 0, name);
  return rest;
}

export function Cards({ cards, order, hidden, arranging, change }) {
  const [dragged, setDragged] = useState(null);
  const all = inOrder(Object.keys(cards), order);
  const gone = all.filter((name) => hidden.includes(name));
  const column = (side) => all.filter((name) => cards[name].side === side && !hidden.includes(name));

  const draw = (name, index, mates) => {
    const { title, node, more } = cards[name];
    const step = (by) => change(moved(all, name, mates[index + by], by > 0), hidden);
    const drop = (event) => {
      event.preventDefault();
      if (!dragged || dragged === name || !mates.includes(dragged)) return;
      change(moved(all, dragged, name, mates.indexOf(dragged) < index), hidden);
      setDragged(null);
    };
    return html`
      <section
        key=${name}
        class=${`card ${dragged === name ? "dragged" : ""} ${arranging ? "arranging" : ""}`}
        aria-label=${title}
        draggable=${arranging}
        onDragStart=${(event) => {
          event.dataTransfer.effectAllowed = "move";
          event.dataTransfer.setData("text/plain", name);
          setDragged(name);
        }}
        onDragEnd=${() => setDragged(null)}
        onDragOver=${(event) => {
          if (dragged && mates.includes(dragged)) event.preventDefault();
        }}
        onDrop=${drop}
      >
        <header>
          ${arranging && html`<${Icon} name="grip-vertical" class="grip" />`}
          <h2>${title}</h2>
          <div class="actions">
            ${arranging ? html`
                <button
                  type="button"
                  class="btn quiet icon s"
                  aria-label=${`Move ${title} up`}
                  disabled=${index === 0}
                  onClick=${() => step(-1)}
                >
                  <${Icon} name="arrow-up" />
                </button>
                <button
                  type="button"
                  class="btn quiet icon s"
                  aria-label=${`Move ${title} down`}
                  disabled=${index === mates.length - 1}
                  onClick=${() => step(1)}
                >
                  <${Icon} name="arrow-down" />
                </button>
                <button
                  type="button"
                  class="btn quiet icon s"
                  aria-label=${`Hide ${title}`}
                  onClick=${() => change(all, [...hidden, name])}
                >
                  <${Icon} name="eye-off" />
                </button>
              ` : (
              more
            )}
          </div>
        </header>
        ${node}
      </section>
    `;
  };
  const main = column("main");
  const aside = column("aside");
  return html`
      ${arranging && html`
        <div class="arrange card body">
          <p class="muted">
            Drag the cards or use their arrows.${" "}
            ${gone.length === 0 ? "The eye icon hides a card." : "Hidden:"}
          </p>
          ${gone.map((name) => html`
            <button
              type="button"
              class="chip"
              key=${name}
              onClick=${() =>
                change(
                  all,
                  hidden.filter((other) => other !== name),
                )}
            >
              <${Icon} name="eye" class="small-icon" />
              ${cards[name].title}
            </button>
          `)}
        </div>
      `}
      ${main.length + aside.length === 0 && !arranging ? html`
        <p class="muted">All cards are hidden. Use Arrange to show them again.</p>
      ` : null}
      <div class=${`cols cards ${main.length === 0 || aside.length === 0 ? "one" : ""}`}>
        ${main.length > 0 && html`<div class="stack">${main.map(draw)}</div>`}
        ${aside.length > 0 && html`<div class="stack">${aside.map(draw)}</div>`}
      </div>
    `;
}
