// @ts-check
// What a command wrote, as a terminal would show it: colours, and progress that overwrites itself.
import { html } from "../../../vendor/preact.js";
import { plain, segments } from "./ansi.js";

/** More lines than these are shown without colours. */
const COLOURED = 5000;

/** @param {string} text */
const linesOf = (text) => text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));

/** Without colours. @param {string} text */
export const outputText = (text) => linesOf(text).map(plain).join("\n");

/** With colours, which are made for a dark ground. @param {string} text */
export function colouredOutput(text) {
  const lines = linesOf(text);
  if (lines.length > COLOURED) return outputText(text);
  return lines.flatMap((line, index) => [
    index > 0 ? "\n" : "",
    ...segments(line).map((part) => (part.class ? html`<span class=${part.class}>${part.text}</span>` : part.text)),
  ]);
}
