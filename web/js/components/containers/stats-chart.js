// @ts-check
// One chart of a container: fixed axes, a legend with the values at the pointer, limits as lines.
// Invariant: the vertical axis grows when a figure needs it and gets smaller only when three quarters of it
// are empty, so that it does not move with each sample.
import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { theme } from "../../state.js";
import { Icon } from "../elements/icon.js";

const HEIGHT = 150;
const clockOf = (at, long) =>
  new Date(at * 1000).toLocaleTimeString("en-GB", long ? {} : { hour: "2-digit", minute: "2-digit" });

/** Tops of an axis: of percent, of counts, of bytes, and of memory in powers of two. */
const PERCENT = [10, 25, 50, 100];
const COUNTS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000];

/** Seconds between two labels of the time axis: labels have no seconds. */
const TIMES = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200];

/** @returns {[number, number]} the top of the axis and how many parts it has. */
function roundTop(unit, peak) {
  const needed = peak * 1.05;
  if (unit === "bytes") {
    const least = Math.max(4000, needed);
    const power = 10 ** Math.floor(Math.log10(least));
    return [power * ([1, 2, 4, 8].find((step) => step * power >= least) ?? 10), 4];
  }
  if (unit === "memory") return [2 ** Math.max(12, Math.ceil(Math.log2(Math.max(1, needed)))), 4];
  const steps = unit === "percent" ? PERCENT : COUNTS;
  const step = steps.find((one) => one >= needed);
  return [step ?? Math.ceil(needed / 100) * 100, 5];
}

/** Up to the limit where a quarter of it is used, else to a round number above the peak. */
function axisOf(unit, peak, limit) {
  if (limit && peak >= limit / 4 && peak <= limit * 1.02) return { top: limit * 1.1, unit: limit / 4 };
  const [top, parts] = roundTop(unit, peak);
  return { top, unit: top / parts };
}

const highest = (columns) =>
  columns.reduce((most, column) => column.reduce((top, value) => Math.max(top, value ?? 0), most), 0);

/** Indices of values that stand alone between gaps, which no line would show. */
function alone(values) {
  const found = [];
  for (let at = 0; at < values.length; at += 1)
    if (values[at] !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null)
      found.push(at);
  return found;
}

/** The colours of custom properties: a property is text, only a real one says which of its two it is. */
function colours(element, names) {
  const probe = element.appendChild(document.createElement("i"));
  const found = names.map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
}

const faded = (colour, part) => colour.replace(/^rgb\((.+)\)$/, `rgba($1, ${part})`);

function options({ lines, show }, element, view, setAt) {
  const [faint, grid, ...strokes] = colours(element, [
    "--faint",
    "--line-soft",
    ...lines.map(([, , name]) => name),
  ]);
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: faint, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const { peaks } = view.current;
  let mark = null;
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: "container-stats", scales: ["x", null] },
    },
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [view.current.from, view.current.to] },
      y: { range: () => [0, view.current.axis.top] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 44,
        incrs: TIMES,
        values: (_, splits) => splits.map((at) => clockOf(at, false)),
      },
      {
        ...axis,
        size: 74,
        splits: () => {
          const { top, unit } = view.current.axis;
          return Array.from({ length: Math.floor(top / unit + 0.001) + 1 }, (_, n) => n * unit);
        },
        values: (_, splits) => splits.map((value) => show(value)),
      },
    ],
    series: [
      {},
      ...lines.map((_, at) => ({
        stroke: strokes[at],
        width: 1.5,
        points: {
          show: true,
          size: 4,
          stroke: strokes[at],
          fill: strokes[at],
          filter: (u, series) => alone(u.data[series]),
        },
        fill: at === 0 && !peaks ? faded(strokes[at], 0.12) : undefined,
      })),
      ...(peaks
        ? lines.map((_, at) => ({ stroke: faded(strokes[at], 0.25), width: 1, points: { show: false } }))
        : []),
    ],
    bands: peaks
      ? lines.map((_, at) => ({
          series: [lines.length + at + 1, at + 1],
          fill: faded(strokes[at], 0.16),
        }))
      : [],
    hooks: {
      ready: [
        (u) => {
          mark = document.createElement("div");
          mark.className = "chart-limit";
          mark.append(document.createElement("span"));
          u.over.append(mark);
        },
      ],
      draw: [
        (u) => {
          if (!mark) return;
          const { limit, axis: current } = view.current;
          mark.hidden = !limit || limit > current.top;
          if (mark.hidden) return;
          mark.style.top = `${Math.round(u.valToPos(limit, "y"))}px`;
          mark.firstChild.textContent = `Limit ${show(limit)}`;
        },
      ],
      setCursor: [(u) => setAt(u.cursor.left < 0 ? null : (u.cursor.idx ?? null))],
    },
  };
}

function Legend({ chart, columns, place, limit, long }) {
  const text = (value) => (value === null || value === undefined ? "–" : chart.show(value));
  return html`
    <div class="chart-legend">
      ${chart.lines.map(([label, field, colour]) => html`
        <span key=${field}>
          <i class=${`swatch ${colour === "--warn" ? "second" : ""}`}></i>
          ${label} <b class="num">${text(columns.points[field][place])}</b>
          ${columns.peaks && [" ", html`<span class="faint num">peak ${text(columns.peaks[field][place])}</span>`]}
        </span>
      `)}
      ${limit !== null && html`
        <span class="legend-limit">
          <i class="swatch limit"></i>
          Limit <b class="num">${chart.show(limit)}</b>
        </span>
      `}
      <span class="grow"></span>
      <span class="faint num">${place < 0 ? "" : clockOf(columns.x[place], !long)}</span>
    </div>
  `;
}

/** `text` is the figure of now; `columns` come from columnsOf. */
export function Chart({ chart, text, foot, columns, limit, span, bundle }) {
  const box = useRef();
  const plot = useRef();
  const [at, setAt] = useState(null);
  const held = useRef({ key: "", axis: null });
  const fields = chart.lines.map(([, field]) => field);
  const { points, peaks } = columns;
  const data = [
    columns.x,
    ...fields.map((field) => points[field]),
    ...(peaks ? fields.map((field) => peaks[field]) : []),
  ];
  const shown = limit ?? null;
  const wanted = axisOf(chart.unit, highest(data.slice(1)), shown);
  const key = `${span} ${shown}`;
  if (
    held.current.key !== key ||
    wanted.top > held.current.axis.top ||
    wanted.top <= held.current.axis.top / 4
  )
    held.current = { key, axis: wanted };
  const view = useRef(null);
  view.current = { from: columns.from, to: columns.to, peaks, limit: shown, axis: held.current.axis };
  const newest = useRef(data);
  newest.current = data;
  useEffect(() => {
    if (!bundle) return undefined;
    const element = box.current;
    plot.current = new bundle.uPlot(options(chart, element, view, setAt), newest.current, element);
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
      setAt(null);
    };
  }, [bundle, theme.value, Boolean(peaks)]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [columns, shown]);
  const last = columns.x.length - 1;
  // What has just begun may not be measured yet.
  const known = last > 0 && fields.every((field) => points[field][last] === null) ? last - 1 : last;
  const place = Math.min(at ?? known, last);
  const point = (index) => {
    const u = plot.current;
    if (!u || index === null) u?.setCursor({ left: -10, top: -10 });
    else u.setCursor({ left: u.valToPos(columns.x[index], "x"), top: HEIGHT / 3 });
  };
  const first = columns.x.findIndex((x) => x >= columns.from);
  const keys = (event) => {
    const next = {
      ArrowLeft: () => Math.max(first, place - 1),
      ArrowRight: () => Math.min(last, place + 1),
      PageUp: () => Math.max(first, place - 10),
      PageDown: () => Math.min(last, place + 10),
      Home: () => first,
      End: () => last,
      Escape: () => null,
    }[event.key];
    if (!next || last < 0) return;
    event.preventDefault();
    point(next());
  };
  const spoken = () =>
    chart.lines
      .map(
        ([label, field]) =>
          `${label} ${points[field][place] === null ? "not measured" : chart.show(points[field][place])}`,
      )
      .join(", ");
  return html`
    <section class="card chart" aria-label=${chart.title}>
      <header>
        <${Icon} name=${chart.icon} />
        <h2>${chart.title}</h2>
        <span class="grow"></span>
        <b class="num">${text}</b>
      </header>
      <div
        class="chart-box"
        ref=${box}
        role="slider"
        tabindex="0"
        aria-label=${`${chart.title}: time`}
        aria-valuemin="0"
        aria-valuemax=${Math.max(0, last)}
        aria-valuenow=${Math.max(0, place)}
        aria-valuetext=${last < 0 ? "nothing measured yet" : `${clockOf(columns.x[place], true)}: ${spoken()}`}
        onKeyDown=${keys}
        onBlur=${() => point(null)}
      ></div>
      <${Legend} chart=${chart} columns=${columns} place=${place} limit=${shown} long=${span !== "5m"} />
      <p class="faint small chart-foot">${foot}</p>
    </section>
  `;
}
