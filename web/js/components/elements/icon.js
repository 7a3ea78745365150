// @ts-check
// An icon of the sprite. Decorative by default: the word beside it, or the button's label, says it.
// Once the sprite was read, icons are drawn in place: a <use> of another document costs its own
// tree each time, which was half of what scrolling a long list took.
import { html } from "../../../vendor/preact.js";
import { assets } from "../../state.js";

const drawn = new Map();
const attributes = (element) =>
  Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));

function read() {
  // The request itself parses the file: a parser that is fed with text would be a sink for Trusted Types.
  const request = new XMLHttpRequest();
  request.open("GET", `${assets}img/icons.svg`);
  request.responseType = "document";
  request.onload = () => {
    for (const symbol of request.responseXML?.querySelectorAll("symbol") ?? [])
      drawn.set(
        symbol.id,
        [...symbol.children].map((part) => [part.localName, attributes(part)]),
      );
  };
  request.send();
}
read();

export function Icon({ name, class: extra = "" }) {
  const parts = drawn.get(name);
  return html`
    <svg class=${`i ${extra}`} viewBox="0 0 24 24" aria-hidden="true">
      ${parts ? (
        parts.map(([Tag, values]) => html`<${Tag} ...${values} />`)
      ) : html`
        <use href=${`${assets}img/icons.svg#${name}`} />
      `}
    </svg>
  `;
}
