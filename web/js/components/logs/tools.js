// @ts-check
// What is above a log: search, how much of it, how it looks, download. Folded by skill level.
import { html, useState } from "../../../vendor/preact.js";
import { containerPath } from "../../api.js";
import { narrow } from "../../state.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";

const KEY = "dockermate.log";
const DEFAULTS = { wrap: true, time: false, out: true, err: true, tail: "1000", since: "", level: "all" };
const TAILS = [
  ["100", "Last 100"],
  ["1000", "Last 1,000"],
  ["10000", "Last 10,000"],
  ["100000", "Last 100,000"],
];
const SINCE = [
  ["", "Any time"],
  ["300", "5 minutes"],
  ["3600", "1 hour"],
  ["86400", "1 day"],
  ["604800", "7 days"],
];

export function readOptions() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, wrap: kept.wrap ?? DEFAULTS.wrap, time: kept.time ?? DEFAULTS.time };
  } catch {
    return DEFAULTS;
  }
}

/** Looks are kept for the next log; what is read is not. */
export function keepOptions(options) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ wrap: options.wrap, time: options.time }));
  } catch {
    // A browser that keeps nothing still shows the log.
  }
  return options;
}

/** The query of the log's address. `since` is RFC 3339. */
export function query({ tail, since, out, err }, more = {}) {
  const all = {
    tail,
    since: since ? new Date(Date.now() - Number(since) * 1000).toISOString() : "",
    stdout: out,
    stderr: err,
    ...more,
  };
  return new URLSearchParams(
    Object.entries(all).filter(([, value]) => value !== "" && value !== undefined),
  ).toString();
}

export function LogTools({
  c,
  options,
  change,
  input,
  search,
  setSearch,
  step,
  found,
  at,
  follow,
  setFollow,
  clear,
}) {
  const [open, setOpen] = useState(false);
  const folds = narrow.value || !atLeast("intermediate");
  const more = open || !folds;
  const flip = (name, word, title) => html`
    <button
      type="button"
      class="btn s"
      aria-pressed=${String(options[name])}
      title=${title}
      onClick=${() => change({ [name]: !options[name] })}
    >
      ${word}
    </button>
  `;
  const stream = (name, other, word, title) => html`
    <button
      type="button"
      aria-pressed=${String(options[name])}
      title=${title}
      onClick=${() =>
        change(
          options[name] && !options[other] ? { [name]: false, [other]: true } : { [name]: !options[name] },
        )}
    >
      ${word}
    </button>
  `;
  const pick = (name, label, list) => html`
    <select
      class="input slim"
      aria-label=${label}
      value=${options[name]}
      onChange=${(e) => change({ [name]: e.target.value })}
    >
      ${list.map(([value, word]) => html`
        <option key=${value} value=${value}>
          ${word}
        </option>
      `)}
    </select>
  `;
  const download = containerPath(
    c.id,
    `/logs?${query({ ...options, tail: "" }, { download: 1, timestamps: true })}`,
  );
  return html`
    <header class="log-tools">
      <label class="search">
        <${Icon} name="search" />
        <input
          ref=${input}
          type="search"
          placeholder="Search this log"
          aria-label="Search this log"
          value=${search}
          onInput=${(e) => setSearch(e.target.value)}
          onKeyDown=${(e) => {
            if (e.key === "Enter") {
              e.preventDefault();
              step(e.shiftKey ? -1 : 1);
            } else if (e.key === "Escape") {
              setSearch("");
              e.target.blur();
            }
          }}
        />
        ${search && html`
          <span class="found" role="status">
            ${found === 0
              ? "none"
              : at < 0
                ? found.toLocaleString("en")
                : `${at + 1} of ${found.toLocaleString("en")}`}
          </span>
        `}
      </label>
      <div class="seg" role="group" aria-label="Finds">
        <button
          type="button"
          aria-label="Find before"
          title="Find before (Shift Enter)"
          disabled=${found === 0}
          onClick=${() => step(-1)}
        >
          <${Icon} name="chevron-up" class="small-icon" />
        </button>
        <button
          type="button"
          aria-label="Next find"
          title="Next find (Enter)"
          disabled=${found === 0}
          onClick=${() => step(1)}
        >
          <${Icon} name="chevron-down" class="small-icon" />
        </button>
      </div>
      ${pick("level", "Which lines", [
        ["all", "All lines"],
        ["warn", "Warnings and errors"],
        ["error", "Only errors"],
      ])}
      ${more && html`
          ${pick("tail", "Number of lines", TAILS)}
          ${pick("since", "Since", SINCE)}
          <div class="seg" role="group" aria-label="Streams">
            ${stream("out", "err", "out", "Standard output")}
            ${stream("err", "out", "err", "Standard error")}
          </div>
          ${flip("time", "Time", "Show the time of each line")}
          ${flip("wrap", "Wrap", "Wrap long lines")}
        `}
      ${folds && html`
        <button
          type="button"
          class="btn quiet s"
          aria-expanded=${String(open)}
          onClick=${() => setOpen(!open)}
        >
          <${Icon} name="sliders-horizontal" />
          ${open ? "Less" : "6 more"}
        </button>
      `}
      <span class="grow"></span>
      ${more && html`
        <button type="button" class="btn quiet s" title="Clears this view, not the log" onClick=${clear}>
          Clear
        </button>
      `}
      <a class="btn s" href=${download} download=${`${c.name}.log`} title="The whole log as a text file">
        <${Icon} name="download" />
        Download
      </a>
      <button
        type="button"
        class=${`btn s`}
        aria-pressed=${String(follow)}
        title="Follow the newest line (End)"
        onClick=${() => setFollow(!follow)}
      >
        <${Icon} name="arrow-down" />
        Follow
      </button>
    </header>
  `;
}
