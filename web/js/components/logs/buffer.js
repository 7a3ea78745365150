// @ts-check
// The newest lines of a log, those of them that a filter shows, how many rows each takes when wrapped,
// and where a search finds something. Invariant: never more than MAX lines are kept.
import { plain } from "./ansi.js";

export const MAX = 100_000;
const SLACK = 5000;
/** More of one line than this is not drawn (it is in the download). */
export const LONGEST = 4000;

const STRUCTURED = /(?:"level"|\blevel|\blvl|"severity"|\bseverity)"?\s*[:=]\s*"?(\w+)/i;
const WORD =
  /\b(fatal|panic|critical|crit|emerg|error|err|exception|traceback|warning|warn|wrn|notice|info|inf|debug|dbg|trace|trc)\b/i;
const NAMES = {
  fatal: "error",
  panic: "error",
  critical: "error",
  crit: "error",
  emerg: "error",
  error: "error",
  err: "error",
  exception: "error",
  traceback: "error",
  warning: "warn",
  warn: "warn",
  wrn: "warn",
  notice: "info",
  info: "info",
  inf: "info",
  debug: "debug",
  dbg: "debug",
  trace: "debug",
  trc: "debug",
};

/** error, warn, info, debug or nothing, by what the line says of itself. Pure. */
export function levelOf(text) {
  const start = text.slice(0, 240);
  const said = STRUCTURED.exec(start)?.[1] ?? WORD.exec(start)?.[1];
  return NAMES[said?.toLowerCase()] ?? "";
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\ud83c-\ud83e]/g;
const ASCII = /^[\x20-\x7e]*$/;

/** Cells of a terminal that a text takes. */
export function cells(text) {
  if (ASCII.test(text)) return text.length;
  let sum = text.length + (text.match(WIDE)?.length ?? 0);
  for (let at = text.indexOf("\t"); at >= 0; at = text.indexOf("\t", at + 1)) sum += 7;
  return sum;
}

export class LogBuffer {
  constructor() {
    this.lines = [];
    this.shown = [];
    this.rows = [0];
    this.columns = 0;
    this.filter = "all";
    this.search = "";
    this.found = [];
    this.dropped = 0;
  }

  /** Adds lines; answers how many rows went away at the top. */
  push(raw) {
    const fresh = raw.map(({ t, s, m }) => {
      const text = plain(m);
      return { t, s, raw: m, text, level: levelOf(text) };
    });
    for (const line of fresh) {
      this.lines.push(line);
      this.show(line);
    }
    if (this.lines.length <= MAX + SLACK) return 0;
    const cut = this.lines.length - MAX;
    let lost = 0;
    for (let i = 0; i < cut; i += 1) if (this.passes(this.lines[i])) lost += 1;
    const gone = this.rows[lost];
    this.lines = this.lines.slice(cut);
    this.dropped += cut;
    this.rebuild();
    return gone;
  }

  clear() {
    this.lines = [];
    this.dropped = 0;
    this.rebuild();
  }

  passes(line) {
    return (
      this.filter === "all" || line.level === "error" || (this.filter === "warn" && line.level === "warn")
    );
  }

  show(line) {
    if (!this.passes(line)) return;
    const index = this.shown.length;
    this.shown.push(line);
    this.rows.push(this.rows[index] + this.height(line));
    if (this.search && line.text.toLowerCase().includes(this.search)) this.found.push(index);
  }

  height(line) {
    return this.columns > 0
      ? Math.max(
          1,
          Math.ceil(
            cells(line.text.length > LONGEST ? line.text.slice(0, LONGEST + 20) : line.text) / this.columns,
          ),
        )
      : 1;
  }

  rebuild() {
    this.shown = [];
    this.rows = [0];
    this.found = [];
    for (const line of this.lines) this.show(line);
  }

  /** columns 0 means no wrapping. */
  arrange({ columns = this.columns, filter = this.filter, search = this.search }) {
    const wanted = search.toLowerCase();
    if (columns === this.columns && filter === this.filter && wanted === this.search) return false;
    Object.assign(this, { columns, filter, search: wanted });
    this.rebuild();
    return true;
  }

  get totalRows() {
    return this.rows[this.shown.length];
  }

  /** The shown line at a row. */
  lineAt(row) {
    if (this.columns === 0) return Math.max(0, Math.min(this.shown.length - 1, Math.floor(row)));
    let low = 0;
    let high = this.shown.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rows[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
