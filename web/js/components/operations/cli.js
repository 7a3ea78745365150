// @ts-check
// The command line that does the same, in three modes, each part explained where it stands.
// Invariant: what is copied is exactly the text of the mode that is shown.
import { html, useState, useEffect } from "../../../vendor/preact.js";
import { Icon } from "../elements/icon.js";
import { atLeast, byLevel, Fold } from "../elements/level.js";
import { useCopied } from "../elements/copy.js";
import { tokens } from "./shell-tokens.js";

const MODES = [
  ["simple", "Simple"],
  ["intermediate", "Intermediate"],
  ["advanced", "Script"],
];
export const firstMode = () => byLevel("simple", "intermediate", "advanced");

/** Cuts the text where explained parts stand, in their order; a part may stand again later. */
export function cut(text, explain) {
  const pieces = [];
  const bounded = (at, part) =>
    !/[\w-]/.test(text[at - 1] ?? "") && !/[\w-]/.test(text[at + part.length] ?? "");
  let from = 0;
  for (const [index, { part }] of explain.entries()) {
    if (!part) continue;
    let at = text.indexOf(part, from);
    while (at >= 0 && !bounded(at, part)) at = text.indexOf(part, at + 1);
    if (at < 0) continue;
    if (at > from) pieces.push({ text: text.slice(from, at) });
    pieces.push({ text: part, index });
    from = at + part.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** A stretch of the text in its colours. */
function paint(text, all, from, to) {
  const parts = [];
  let at = from;
  for (const [start, end, kind] of all) {
    if (end <= at || start >= to) continue;
    const first = Math.max(start, at);
    const last = Math.min(end, to);
    parts.push(text.slice(at, first), html`<span class=${kind}>${text.slice(first, last)}</span>`);
    at = last;
  }
  parts.push(text.slice(at, to));
  return parts;
}

/** `open`: it is what the page is about; elsewhere a beginner opens it. */
export function Cli({ open = false, ...props }) {
  if (open) return html`<${Panel} ...${props} />`;
  return html`
    <${Fold} from="intermediate" what="Show the command that does the same" class="cli-fold">
      <${Panel} ...${props} />
    </${Fold}>
  `;
}

function Panel({ commands, label = "Equivalent commands", title }) {
  const first = firstMode();
  const [mode, setMode] = useState(first);
  const [shown, setShown] = useState(null);
  const [copied, copy] = useCopied();
  useEffect(() => {
    setMode(first);
    setShown(null);
  }, [first]);
  const command = commands[mode] ?? commands.simple;
  const explain = command.explain ?? [];
  const pieces = cut(command.text, explain);
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (MODES.findIndex(([name]) => name === mode) + step + MODES.length) % MODES.length;
    setMode(MODES[next][0]);
    setShown(null);
    event.currentTarget.querySelectorAll("[role=tab]")[next].focus();
  };
  const colors = tokens(command.text);
  let at = 0;
  return html`
    <section class="cli" aria-label=${label}>
      <header>
        <div role="tablist" aria-label="Level of detail" onKeyDown=${keys}>
          ${MODES.map(([name, word]) => html`
            <button
              type="button"
              class="tab"
              role="tab"
              key=${name}
              aria-selected=${name === mode ? "true" : "false"}
              tabindex=${name === mode ? 0 : -1}
              onClick=${() => {
                setMode(name);
                setShown(null);
              }}
            >
              ${word}
            </button>
          `)}
        </div>
        <span class="grow"></span>
        ${title && html`<span class="c clip">${title}</span>`}
        <button type="button" class="tab" onClick=${() => copy(command.text)}>
          <${Icon} name=${copied ? "check" : "copy"} />
          ${copied ? "Copied" : "Copy"}
        </button>
      </header>
      <pre tabindex="0" aria-label="Command">
        ${pieces.map((piece) => {
          const painted = paint(command.text, colors, at, at + piece.text.length);
          at += piece.text.length;
          if (piece.index === undefined) return painted;
          const show = () => setShown(piece.index);
          return html`
            <button
              type="button"
              class="x"
              aria-expanded=${shown === piece.index ? "true" : "false"}
              aria-label=${`${piece.text}: ${explain[piece.index].meaning}`}
              onMouseEnter=${show}
              onFocus=${show}
              onClick=${show}
            >
              ${painted}
            </button>
          `;
        })}
      </pre>
      ${explain.length > 0 &&
        (!atLeast("intermediate") ? html`
          <div class="why-list">
            ${explain.map((e, index) => html`
              <p key=${index}>
                <code>${e.part}</code> ${e.meaning}
              </p>
            `)}
          </div>
        ` : html`
          <p class="why" aria-live="polite">
            ${shown !== null && explain[shown] ? html`
                <code>${explain[shown].part}</code> ${explain[shown].meaning}
              ` : html`
              <span class="c">Point at or tap an underlined part for an explanation.</span>
            `}
          </p>
        `)}
    </section>
  `;
}
