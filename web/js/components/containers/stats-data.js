// @ts-check
// What the charts of a container show: the figures that were kept, and the live ones after them.
// Invariant: it is measured live only while this is in sight; what was not measured is a gap.
import { useEffect, useRef, useState } from "../../../vendor/preact.js";
import { api, containerPath, leave } from "../../api.js";
import { EventStream } from "../../event-stream.js";
import { busy, engineUp } from "../../state.js";

/** Seconds of the live view, and of a live sample's life. */
export const LIVE_SECONDS = 300;
/** After a change, until what became of the container is known. */
const SETTLES = 600;
/** How often what was kept is asked for again. */
const REFRESH = 60_000;

/** @typedef {import("../../../check/api.js").components["schemas"]["StatsHistory"]} StatsHistory */

/** [samples, broken]: the live samples, oldest first, and why no more come. */
export function useSamples(c) {
  const [samples, setSamples] = useState([]);
  const [broken, setBroken] = useState("");
  const [again, setAgain] = useState(0);
  // One that crashes again and again is not there long enough to be measured.
  const runs = ["running", "paused"].includes(c.state) && c.status.name !== "crash_loop";
  useEffect(() => {
    setSamples([]);
  }, [c.id]);
  useEffect(() => {
    if (!runs || !engineUp.value) return undefined;
    let source = null;
    let timer = 0;
    const close = () => {
      source?.close();
      source = null;
    };
    const open = () => {
      if (source || document.hidden) return;
      source = new EventStream(containerPath(c.id, "/stats"));
      source.addEventListener("sample", (event) => {
        const sample = JSON.parse(event.data);
        const oldest = Date.parse(sample.at) - (LIVE_SECONDS + 30) * 1000;
        setBroken("");
        setSamples((was) => [...was.filter((one) => Date.parse(one.at) > oldest), sample]);
      });
      source.addEventListener("end", (event) => {
        close();
        const { error } = JSON.parse(event.data || "{}");
        setBroken(error ?? "");
        if (error) timer = setTimeout(() => setAgain((n) => n + 1), 3000);
      });
      source.onerror = () => {
        if (source?.readyState !== EventStream.CLOSED) return;
        close();
        api("/api/auth/session", { stay: true }).catch(leave);
        timer = setTimeout(() => setAgain((n) => n + 1), 3000);
      };
    };
    const seen = () => (document.hidden ? close() : open());
    document.addEventListener("visibilitychange", seen);
    open();
    return () => {
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(timer);
      close();
    };
  }, [c.id, runs, engineUp.value, c.started_at, again]);
  return [samples, broken];
}

/**
 * What was kept of a span ("5m", "1h", "24h"), asked for again each minute and on return to the page.
 * Null until the first answer; of a container that is `gone` nothing more can be asked.
 * @returns {[StatsHistory | null, boolean]} and whether it could not be had.
 */
export function useHistory(c, span, gone) {
  // Meanwhile the container may become another, with an id of its own.
  const changing = busy.value.has(c.name);
  const [history, setHistory] = useState(/** @type {StatsHistory | null} */ (null));
  const [failed, setFailed] = useState(false);
  const began = useRef(false);
  useEffect(() => {
    if (changing || gone) return undefined;
    let here = true;
    const load = () => {
      if (document.hidden) return;
      api(containerPath(c.id, "/stats/history"), { query: { span } }).then(
        (answer) => {
          if (!here) return;
          setHistory(answer);
          setFailed(false);
        },
        () => here && setFailed(true),
      );
    };
    const first = setTimeout(load, began.current ? SETTLES : 0);
    began.current = true;
    const timer = setInterval(load, REFRESH);
    document.addEventListener("visibilitychange", load);
    return () => {
      here = false;
      clearTimeout(first);
      clearInterval(timer);
      document.removeEventListener("visibilitychange", load);
    };
  }, [c.id, span, engineUp.value, c.state, c.started_at, changing, gone]);
  // What is shown belongs to the span that was chosen.
  return [history?.span === span ? history : null, failed];
}

const seconds = (at) => Date.parse(at) / 1000;
const FIELDS = /** @type {const} */ ([
  "cpu_percent",
  "memory_used_bytes",
  "network_rx_per_s",
  "network_tx_per_s",
  "block_read_per_s",
  "block_write_per_s",
  "pids",
]);

export const isEmpty = (history) => FIELDS.every((field) => history.points[field].every((v) => v === null));

/**
 * The columns of the charts: {x, points, peaks, from, to}; times in seconds. In the live view a figure stands
 * at the end of the time that it was measured over, as a live sample does, and gives way to the live ones.
 */
export function columnsOf(history, samples, span) {
  // The first look has no rates yet; it would be a gap.
  const live = span === "5m" ? samples.filter((one) => one.cpu_percent !== null) : [];
  const rows = [];
  if (history) {
    const step = history.interval_seconds;
    const start = seconds(history.from);
    const times = live.map((one) => seconds(one.at));
    history.points.cpu_percent.forEach((_, at) => {
      const end = start + (at + 1) * step;
      if (times.some((time) => time > end - step && time <= end)) return;
      rows.push({ x: span === "5m" ? end : end - step / 2, at });
    });
  }
  live.forEach((sample) => rows.push({ x: seconds(sample.at), sample }));
  rows.sort((a, b) => a.x - b.x);
  const column = (part, field) =>
    rows.map(({ at, sample }) => (sample ? sample[field] : history[part][field][at]));
  const of = (part) => Object.fromEntries(FIELDS.map((field) => [field, column(part, field)]));
  const end = history
    ? seconds(history.from) + history.points.cpu_percent.length * history.interval_seconds
    : Date.now() / 1000;
  const to = span === "5m" && live.length > 0 ? Math.max(end, seconds(live.at(-1).at)) : end;
  const length = { "5m": LIVE_SECONDS, "1h": 3600, "24h": 86_400 }[span];
  return {
    x: rows.map((row) => row.x),
    points: of("points"),
    peaks: history?.peaks ? of("peaks") : null,
    from: to - length,
    to,
  };
}
