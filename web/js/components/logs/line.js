// @ts-check
// One line of a log, at its place. Text is text: colours are classes, nothing else gets through.
import { html, Component } from "../../../vendor/preact.js";
import { segments } from "./ansi.js";
import { exact } from "../../format.js";
import { LONGEST } from "./buffer.js";

/** Height of a row, and what margins and the mark take of the width; both are in CSS too. */
export const LINE = 19;
export const ROOM = 50;

function timeOf(t) {
  const at = new Date(t);
  if (Number.isNaN(at.getTime())) return "";
  const two = (n, width = 2) => String(n).padStart(width, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`;
}

/** Marks what the search found, across the coloured pieces. */
function marked(parts, search) {
  if (!search) return parts.map((p) => (p.class ? html`<span class=${p.class}>${p.text}</span>` : p.text));
  const lower = parts
    .map((p) => p.text)
    .join("")
    .toLowerCase();
  const hits = [];
  for (
    let at = lower.indexOf(search);
    at >= 0 && hits.length < 500;
    at = lower.indexOf(search, at + search.length)
  )
    hits.push([at, at + search.length]);
  const drawn = [];
  let begin = 0;
  for (const p of parts) {
    const end = begin + p.text.length;
    let from = begin;
    for (const [a, b] of hits) {
      if (b <= from || a >= end) continue;
      const start = Math.max(a, from);
      const stop = Math.min(b, end);
      if (start > from)
        drawn.push(html`<span class=${p.class}>${p.text.slice(from - begin, start - begin)}</span>`);
      drawn.push(html`<mark class=${p.class}>${p.text.slice(start - begin, stop - begin)}</mark>`);
      from = stop;
    }
    if (from < end) drawn.push(html`<span class=${p.class}>${p.text.slice(from - begin)}</span>`);
    begin = end;
  }
  return drawn;
}

function shorten(parts) {
  let room = LONGEST;
  const kept = [];
  for (const p of parts) {
    if (room <= 0) break;
    kept.push(p.text.length > room ? { ...p, text: p.text.slice(0, room) } : p);
    room -= p.text.length;
  }
  return kept;
}

export class LineView extends Component {
  shouldComponentUpdate(next) {
    return ["line", "y", "rows", "time", "mark", "search", "current"].some(
      (key) => next[key] !== this.props[key],
    );
  }

  render({ line, y, rows, time, mark, search, current }) {
    const long = line.text.length > LONGEST;
    const parts = segments(line.raw);
    return html`
      <div
        class=${`line ${line.level && `l-${line.level}`} ${current ? "current" : ""}`}
        style=${{ transform: `translateY(${y}px)`, height: `${rows * LINE}px` }}
      >
        <i title=${line.s === "stderr" ? "standard error" : undefined}>
          ${mark && line.s === "stderr" ? "err" : ""}
        </i>
        ${time && html`
          <time datetime=${line.t} title=${exact(line.t)}>
            ${timeOf(line.t)}
          </time>
        `}
        <span class="m">
          ${marked(long ? shorten(parts) : parts, search)}
          ${long && html`
            <em>… ${(line.text.length - LONGEST).toLocaleString("en")} more characters; see the download</em>
          `}
        </span>
      </div>
    `;
  }
}
