// @ts-check
// The last lines of a container's log, live, where the log itself is not shown.
import { html, useState } from "../../../vendor/preact.js";
import { engineUp } from "../../state.js";
import { Help } from "../elements/level.js";
import { plain } from "./ansi.js";
import { levelOf } from "./buffer.js";
import { LINE, LineView } from "./line.js";
import { useLogStream } from "./log-stream.js";

const SHOWN = 8;
const OPTIONS = { tail: String(SHOWN), since: "", out: true, err: true };

/** Only the newest lines, each with the number of all that came before it. */
class Latest {
  lines = [];
  count = 0;

  push(raw) {
    const fresh = raw.slice(-SHOWN).map(({ t, s, m }, at) => {
      const text = plain(m);
      const key = this.count + raw.length - Math.min(raw.length, SHOWN) + at;
      return { key, t, s, raw: m, text, level: levelOf(text) };
    });
    this.count += raw.length;
    this.lines = [...this.lines, ...fresh].slice(-SHOWN);
    return 0;
  }

  clear() {
    this.lines = [];
  }
}

function said(state, reason) {
  if (!engineUp.value) return "The engine is not responding, and the log is with the engine.";
  if (state === "failed" || state === "broken") return reason || "The log could not be read.";
  if (state === "reading" || state === "reconnecting") return "Reading…";
  return "No output yet.";
}

export function LatestLog({ c, gone }) {
  const [latest] = useState(() => new Latest());
  const [, draw] = useState(0);
  const [state, reason, again] = useLogStream(c, OPTIONS, latest, () => draw((n) => n + 1), gone);
  const lost = state === "failed" || state === "broken";
  return html`
    <section class="card fold latest-log" aria-label="Latest log lines">
      <header>
        <h2>Latest log lines</h2>
        <div class="actions">
          ${lost && engineUp.value && html`
            <button type="button" class="btn quiet s" onClick=${again}>
              Try again
            </button>
          `}
          <a class="btn quiet s" href="#logs">
            All logs
          </a>
        </div>
      </header>
      <${Help}>What the program has written last. When something goes wrong, it usually says why here.</${Help}>
      <div
        class="log-box"
        role="log"
        aria-live="off"
        aria-label=${`Latest log lines of ${c.name}`}
        tabindex="0"
      >
        <div class="log-lines" style=${{ height: `${SHOWN * LINE}px` }}>
          ${latest.lines.map((line, at) => html`
            <${LineView} key=${line.key} line=${line} y=${at * LINE} rows=${1} mark search="" />
          `)}
        </div>
        ${latest.lines.length === 0 && html`
          <div class="log-empty">
            <p>${said(state, reason)}</p>
          </div>
        `}
      </div>
    </section>
  `;
}
