// @ts-check
// A container's log: followed live, searched, coloured. Only the lines in sight are drawn.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../../vendor/preact.js";
import { engineUp } from "../../state.js";
import { pageKeys } from "../../keys.js";
import { LogBuffer, MAX } from "./buffer.js";
import { Icon } from "../elements/icon.js";
import { useLogStream } from "./log-stream.js";
import { LogTools, readOptions, keepOptions } from "./tools.js";
import { LineView, LINE, ROOM } from "./line.js";

const STATES = {
  reading: ["rotate-cw", "Reading…", "spin"],
  live: ["circle-check", "Live", ""],
  ended: ["circle-stop", "Ended", ""],
  reconnecting: ["rotate-cw", "Reconnecting…", "spin"],
  broken: ["triangle-alert", "Interrupted", ""],
  failed: ["triangle-alert", "Not readable", ""],
};

export function Logs({ c }) {
  const [options, setOptions] = useState(readOptions);
  const [buffer] = useState(() => new LogBuffer());
  const [, draw] = useState(0);
  const [top, setTop] = useState(0);
  const [size, setSize] = useState({ width: 800, height: 500, char: 7.5 });
  const [follow, setFollow] = useState(true);
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(-1);
  const [missed, setMissed] = useState(0);
  const box = useRef();
  const input = useRef();
  const following = useRef(true);
  following.current = follow;
  const seen = useRef(0);

  const [state, broken, again] = useLogStream(c, options, buffer, (gone) => {
    if (gone > 0 && !following.current && box.current) box.current.scrollTop -= gone * LINE;
    draw((n) => n + 1);
  });

  const columns = options.wrap
    ? Math.max(20, Math.floor((size.width - ROOM - (options.time ? 13.5 * size.char : 0)) / size.char))
    : 0;
  buffer.arrange({ columns, filter: options.level, search });
  const height = buffer.totalRows * LINE;

  useEffect(() => {
    const element = box.current;
    const measure = () => {
      const probe = element.querySelector(".probe");
      setSize({
        width: element.clientWidth,
        height: element.clientHeight,
        char: probe.getBoundingClientRect().width / 50 || 7.5,
      });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  const count = buffer.dropped + buffer.shown.length;
  useLayoutEffect(() => {
    if (follow && box.current) {
      box.current.scrollTop = height;
      seen.current = count;
      setMissed(0);
    } else setMissed(Math.max(0, count - seen.current));
  }, [height, follow, size, count]);

  const scroll = () => {
    const element = box.current;
    setTop(element.scrollTop);
    const bottom = element.scrollHeight - element.scrollTop - element.clientHeight < LINE * 1.5;
    if (bottom !== following.current) {
      if (!bottom) seen.current = buffer.dropped + buffer.shown.length;
      setFollow(bottom);
    }
  };
  const show = (index) => {
    setFollow(false);
    following.current = false;
    box.current.scrollTop = Math.max(0, buffer.rows[index] * LINE - size.height / 2);
  };
  const step = (by) => {
    const { found } = buffer;
    if (found.length === 0) return;
    const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length;
    setAt(next);
    show(found[next]);
  };
  const change = (patch) => setOptions((was) => keepOptions({ ...was, ...patch }));

  useEffect(
    () =>
      pageKeys({
        "/": () => input.current?.focus(),
        End: () => setFollow(true),
        n: () => step(1),
        N: () => step(-1),
      }),
    [at, search],
  );

  const first = Math.max(0, buffer.lineAt(top / LINE) - 12);
  const last = Math.min(buffer.shown.length, buffer.lineAt((top + size.height) / LINE) + 13);
  const rows = [];
  for (let i = first; i < last; i += 1) {
    rows.push(
      html`<${LineView}
        key=${buffer.dropped + i}
        line=${buffer.shown[i]}
        y=${buffer.rows[i] * LINE}
        rows=${buffer.rows[i + 1] - buffer.rows[i]}
        time=${options.time}
        mark=${options.out && options.err}
        search=${buffer.search}
        current=${buffer.found[at] === i}
      />`,
    );
  }
  // The server waits for the engine, and the log continues with it.
  const waits = state === "live" && !engineUp.value;
  const [icon, word, spin] = STATES[waits ? "reconnecting" : state];
  const lost = state === "failed" || state === "broken";
  const stopped = lost || state === "ended";
  const reason =
    broken ||
    (engineUp.value
      ? "The log could not be read."
      : "The engine is not responding, and the log is with the engine.");
  const empty = buffer.shown.length === 0;
  return html`
    <section class="card log" aria-label="Log">
      <${LogTools}
        c=${c}
        options=${options}
        change=${change}
        input=${input}
        search=${search}
        setSearch=${(text) => {
          setSearch(text);
          setAt(-1);
        }}
        step=${step}
        found=${buffer.found.length}
        at=${at}
        follow=${follow}
        setFollow=${setFollow}
        clear=${() => {
          buffer.clear();
          draw((n) => n + 1);
        }}
      />
      <div
        class=${`log-box ${options.wrap ? "wrap" : ""}`}
        ref=${box}
        onScroll=${scroll}
        tabindex="0"
        role="log"
        aria-live="off"
        aria-label=${`Log of ${c.name}`}
      >
        <span class="probe" aria-hidden="true">
          ${"0".repeat(50)}
        </span>
        <div class="log-lines" style=${{ height: `${height}px` }}>
          ${rows}
        </div>
        ${empty && html`
          <div class="log-empty">
            ${lost ? html`
              <p>${state === "broken" ? `The log was interrupted: ${reason}` : reason}</p>
            ` : buffer.lines.length > 0 ? html`
              <p>
                None of the ${buffer.lines.length.toLocaleString("en")} lines is${" "}
                ${options.level === "error" ? "an error" : "a warning or an error"}.
              </p>
            ` : state === "reading" || state === "reconnecting" ? html`
              <p>Reading…</p>
            ` : html`
              <p>No output${options.since ? " in that time" : " yet"}.</p>
            `}
          </div>
        `}
      </div>
      ${!follow && missed > 0 && html`
        <button type="button" class="btn primary s log-new" onClick=${() => setFollow(true)}>
          <${Icon} name="arrow-down" />
          ${missed.toLocaleString("en")} new
        </button>
      `}
      <footer class="log-foot">
        <span class=${`st ${state === "live" && !waits ? "ok" : lost ? "warn" : "off"}`}>
          <${Icon} name=${icon} class=${spin} />
          <span>
            ${word}
            ${state === "ended" && c.state !== "running" ? ", it is not running" : ""}
            ${lost && !empty ? `: ${reason}` : ""}
          </span>
        </span>
        ${stopped && html`
          <button type="button" class="btn s" onClick=${again}>
            Try again
          </button>
        `}
        <span class="faint">
          ${buffer.lines.length.toLocaleString("en")} lines
          ${buffer.dropped > 0 ? `, older than the last ${MAX.toLocaleString("en")} left out` : ""}
        </span>
      </footer>
    </section>
  `;
}
