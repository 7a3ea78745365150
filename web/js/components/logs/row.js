// @ts-check
// One row of a terminal: text that overwrites what stands there, a cursor that moves in it, cells that are
// erased (ECMA-48). Without a right edge: nothing wraps. Pure.
// Invariant: the work is in proportion to the text, whatever it consists of; moves beyond that are ignored.

/** Final bytes of the control sequences that move the cursor of a row, or erase in it. */
export const MOVES = "CDGHJKXaf`";

const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Drawn in the cell before: marks, joiners and variation selectors. */
const JOINED = /^(?:\p{M}|\u200d)/u;
const TAB = 8;

export class Row {
  /** @param {number} work how many cells may be filled or erased beside those that text is written to */
  constructor(work) {
    /** The character of each cell; "" is the right half of a wide one. @type {string[]} */
    this.texts = [];
    /** @type {string[]} */
    this.classes = [];
    this.at = 0;
    this.work = work;
  }

  /**
   * @param {string} text without control characters but tabs
   * @param {string} name of the class
   */
  write(text, name) {
    for (const char of text) {
      if (char === "\t") {
        this.at = (Math.floor(this.at / TAB) + 1) * TAB;
        continue;
      }
      if (JOINED.test(char) && this.at > 0 && this.at <= this.texts.length) {
        this.texts[this.texts[this.at - 1] === "" ? this.at - 2 : this.at - 1] += char;
        continue;
      }
      this.fill();
      this.put(char, name);
      if (WIDE.test(char)) this.put("", name);
    }
  }

  /** Blank cells up to the cursor. */
  fill() {
    const missing = this.at - this.texts.length;
    if (missing <= 0) return;
    if (!this.pay(missing)) this.at = this.texts.length;
    while (this.texts.length < this.at) {
      this.texts.push(" ");
      this.classes.push("");
    }
  }

  /**
   * One cell at the cursor, which moves on. What is left of a wide character is blank.
   * @param {string} char
   * @param {string} name
   */
  put(char, name) {
    const { texts, at } = this;
    if (char !== "") this.halve(at);
    if (texts[at + 1] === "") texts[at + 1] = " ";
    texts[at] = char;
    this.classes[at] = name;
    this.at += 1;
  }

  /**
   * Blanks a wide character that a cut before this cell goes through.
   * @param {number} at
   */
  halve(at) {
    if (this.texts[at] !== "") return;
    this.texts[at - 1] = " ";
    this.texts[at] = " ";
  }

  /** @param {number} cells */
  pay(cells) {
    if (cells > this.work) return false;
    this.work -= cells;
    return true;
  }

  /** Blanks a part. @param {number} from @param {number} to */
  erase(from, to) {
    const end = Math.min(to, this.texts.length);
    if (end <= from || !this.pay(end - from)) return;
    this.halve(from);
    this.halve(end);
    this.texts.fill(" ", from, end);
    this.classes.fill("", from, end);
  }

  /** Takes away what stands from a cell on. @param {number} from */
  cut(from) {
    this.halve(from);
    if (from >= this.texts.length) return;
    this.texts.length = from;
    this.classes.length = from;
  }

  /** A control character. @param {string} char */
  control(char) {
    if (char === "\r") this.at = 0;
    else if (char === "\b") this.at = Math.max(0, this.at - 1);
  }

  /**
   * A control sequence.
   * @param {string} final
   * @param {string} parameters
   */
  move(final, parameters) {
    if (!/^[\d;]*$/.test(parameters)) return;
    const numbers = parameters.split(";");
    /** @param {number} at */
    const number = (at) => Math.min(Number(numbers[at] || 0), 1e6);
    const many = Math.max(1, number(0));
    if (final === "C" || final === "a") this.at += many;
    else if (final === "D") this.at = Math.max(0, this.at - many);
    else if (final === "G" || final === "`") this.at = many - 1;
    // Of a place on the screen, the column.
    else if (final === "H" || final === "f") this.at = Math.max(1, number(1)) - 1;
    else if (final === "X") this.erase(this.at, this.at + many);
    // Of the screen, this row.
    else if (final === "K" || final === "J") {
      if (number(0) === 0) this.cut(this.at);
      else if (number(0) === 1) this.erase(0, this.at + 1);
      else this.cut(0);
    }
  }

  /** [{text, class}], neighbours of one class together. */
  parts() {
    /** @type {{text: string, class: string}[]} */
    const parts = [];
    for (let i = 0; i < this.texts.length; i += 1) {
      const last = parts[parts.length - 1];
      if (last?.class === this.classes[i]) last.text += this.texts[i];
      else if (this.texts[i] !== "") parts.push({ text: this.texts[i], class: this.classes[i] });
    }
    return parts;
  }
}
