// @ts-check
// What the pages outside the frame share: showing a password, and saying what went wrong.
import { assets } from "../state.js";

const SVG = "http://www.w3.org/2000/svg";

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${assets}img/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Buttons that show what was typed in a password field, and every other one of the form with it. */
export function bindReveal(form) {
  for (const button of form.querySelectorAll("[data-reveal]")) {
    button.replaceChildren(icon("eye"));
    button.addEventListener("click", () => {
      const visible = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(visible));
      button.replaceChildren(icon(visible ? "eye-off" : "eye"));
      for (const input of form.querySelectorAll("#password, #password_repeat"))
        input.type = visible ? "text" : "password";
    });
  }
}

export function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}
