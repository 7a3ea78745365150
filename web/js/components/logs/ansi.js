// Lines of a log as a terminal would show them: colours as classes, and what overwrites or erases within the
// line. Every other escape and control character is dropped.
// Invariant: the output is plain text and class names of ours; nothing else of a line is obeyed. Pure.
import { MOVES, Row } from "./row.js";

// CSI, OSC and other strings (ended by BEL or ST, or cut off), two-character escapes, C0 and C1 controls but tab.
const SEQUENCE =
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
// Characters that turn the direction of text, or hide, would let a line pose as another.
const TRICKS = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const SPECIAL =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
// A carriage return at the end overwrites nothing.
const MOVING = new RegExp(`\\u0008|\\r(?!$)|(?:\\u001b\\[|\\u009b)[\\d;]*[${MOVES}]`);

/** The text that is to be read of a raw line. */
export function plain(raw) {
  if (!SPECIAL.test(raw)) return raw;
  if (!MOVING.test(raw)) return raw.replace(SEQUENCE, "").replace(TRICKS, "\u00b7");
  return segments(raw)
    .map((part) => part.text)
    .join("");
}

const BASIC = [
  [0, 0, 0],
  [205, 49, 49],
  [13, 188, 121],
  [229, 229, 16],
  [36, 114, 200],
  [188, 63, 188],
  [17, 168, 205],
  [204, 204, 204],
  [102, 102, 102],
  [241, 76, 76],
  [35, 209, 139],
  [245, 245, 67],
  [59, 142, 234],
  [214, 112, 214],
  [41, 184, 219],
  [255, 255, 255],
];

function nearest(r, g, b) {
  let best = 0;
  let least = Infinity;
  for (const [index, [x, y, z]] of BASIC.entries()) {
    const far = (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2;
    if (far < least) [best, least] = [index, far];
  }
  return best;
}

function from256(n) {
  if (n < 16) return n;
  if (n >= 232) return nearest(...Array(3).fill(8 + (n - 232) * 10));
  const cube = [0, 95, 135, 175, 215, 255];
  const i = n - 16;
  return nearest(cube[Math.floor(i / 36)], cube[Math.floor(i / 6) % 6], cube[i % 6]);
}

/** Applies the parameters of one `…m` sequence. */
function apply(style, parameters) {
  const codes = parameters.split(/[;:]/).map((p) => (p === "" ? 0 : Number(p)));
  const next = { ...style };
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i];
    if (code === 0) for (const key of Object.keys(next)) delete next[key];
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 9) next.strike = true;
    else if (code === 22) {
      delete next.bold;
      delete next.dim;
    } else if (code === 23) delete next.italic;
    else if (code === 24) delete next.underline;
    else if (code === 29) delete next.strike;
    else if (code === 7) next.inverse = true;
    else if (code === 27) delete next.inverse;
    else if (code === 39) delete next.fg;
    else if (code === 49) delete next.bg;
    else if (code >= 30 && code <= 37) next.fg = code - 30;
    else if (code >= 40 && code <= 47) next.bg = code - 40;
    else if (code >= 90 && code <= 97) next.fg = code - 82;
    else if (code >= 100 && code <= 107) next.bg = code - 92;
    else if (code === 38 || code === 48) {
      const slot = code === 38 ? "fg" : "bg";
      if (codes[i + 1] === 5 && codes[i + 2] >= 0 && codes[i + 2] < 256) {
        next[slot] = from256(codes[i + 2]);
        i += 2;
      } else if (codes[i + 1] === 2 && i + 4 < codes.length) {
        next[slot] = nearest(codes[i + 2], codes[i + 3], codes[i + 4]);
        i += 4;
      } else break;
    }
  }
  return next;
}

function classes({ fg, bg, inverse, ...rest }) {
  const words = Object.keys(rest).map((name) => `a-${name}`);
  if (inverse) words.push("a-inverse");
  if (fg !== undefined) words.push(`a-f${fg}`);
  if (bg !== undefined) words.push(`a-b${bg}`);
  return words.join(" ");
}

/** Text that is only added to. */
class Tape {
  constructor() {
    this.list = [];
  }

  write(text, name) {
    const last = this.list.at(-1);
    if (last?.class === name) last.text += text;
    else this.list.push({ text, class: name });
  }

  control() {}

  move() {}

  parts() {
    return this.list;
  }
}

/** Cuts a raw line into [{text, class}]; the texts together are `plain(raw)`. */
export function segments(raw) {
  if (!SPECIAL.test(raw)) return [{ text: raw, class: "" }];
  const row = MOVING.test(raw) ? new Row(4 * raw.length + 1000) : new Tape();
  let style = {};
  let name = "";
  let from = 0;
  const add = (text) => {
    if (text) row.write(text.replace(TRICKS, "\u00b7"), name);
  };
  for (const match of raw.matchAll(SEQUENCE)) {
    add(raw.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === undefined) row.control(match[0]);
    else if (MOVES.includes(match[2])) row.move(match[2], match[1]);
    else if (match[2] === "m" && /^[\d;:]*$/.test(match[1])) {
      style = apply(style, match[1]);
      name = classes(style);
    }
  }
  add(raw.slice(from));
  return row.parts();
}
