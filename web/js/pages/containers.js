// The list of containers: live, filtered, sorted, and quick however many there are.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { containerLink } from "../api.js";
import { go, setQuery } from "../navigation.js";
import { pageKeys } from "../keys.js";
import { atLeast, connection, containerList, containers, engineUp, environments, frame, listedAt, narrow } from "../state.js";
import { clock, plural } from "../format.js";
import { choose, STATES } from "../filter.js";
import { ContainerList, HEIGHTS } from "../components/container-list.js";
import { copyText } from "../components/copy.js";
import { Empty, NoEngine } from "../components/empty.js";
import { EnvBadge } from "../components/environment.js";
import { Icon } from "../components/icon.js";
import { revealRow } from "../components/virtual.js";

const FIELDS = ["q", "state", "environment", "stack", "label", "sort"];

function fromAddress() {
  const query = new URLSearchParams(location.search);
  const [q, state, environment, stack, label, sort] = FIELDS.map((name) => query.get(name) ?? "");
  return { text: q, state: Object.hasOwn(STATES, state) ? state : "all", environment, stack, label, sort: sort.replace(/^-/, "") || "name", down: sort.startsWith("-") };
}

function toAddress(f) {
  const query = new URLSearchParams();
  const values = { q: f.text, state: f.state === "all" ? "" : f.state, environment: f.environment, stack: f.stack, label: f.label, sort: `${f.down ? "-" : ""}${f.sort}` === "name" ? "" : `${f.down ? "-" : ""}${f.sort}` };
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  return query;
}

function subtitle(total) {
  const { max_containers: max, title } = frame.value.profile;
  if (!max) return `${plural(total, "container")} on this ${title}.`;
  if (total > max) return `${total}, more than the ${max} that this ${title} keeps steady.`;
  return `${total} of the ${max} that this ${title} keeps steady.`;
}

function Nothing({ filter, reset }) {
  return html`<${Empty} icon="search" title="No container matches">
    <p>${filter.text ? html`Nothing has <b class="any">${filter.text}</b> in its name, image, stack, address or labels` : "None is in that state and environment"}${filter.text && (filter.state !== "all" || filter.environment) ? " among those that the chips let through" : ""}.</p>
    <div class="row"><button type="button" class="btn primary" onClick=${reset}>Show all</button></div></${Empty}>`;
}

const First = () => html`<${Empty} icon="box" title="No containers yet">
  <p>A container is a program with everything it needs, kept apart from the rest of the machine. Make one here, or start one anywhere: this list follows the engine live, and it is here within a second.</p>
  <div class="row"><a class="btn primary" href="/containers/new"><${Icon} name="plus" />New container</a><a class="btn" href="/templates"><${Icon} name="layout-template" />Choose from the templates</a></div>
  <pre class="try"><code>docker run -d --name web -p 8080:80 nginx</code></pre>
  <p class="faint small">Then open port 8080 of this host: the list links to it.</p></${Empty}>`;

export default function Containers() {
  const [filter, setFilter] = useState(fromAddress);
  const [cursor, setCursor] = useState(-1);
  const [selected, setSelected] = useState(() => new Set());
  const input = useRef();
  const list = useRef();
  const all = containerList.value;
  const shown = useMemo(() => (all ? choose(all, filter) : []), [all, filter, environments.value]);
  const stacks = useMemo(() => [...new Set((all ?? []).map((c) => c.stack).filter(Boolean))].sort(), [all]);
  const change = (patch) => setFilter((was) => ({ ...was, ...patch }));
  const reset = () => setFilter({ ...fromAddress(), text: "", state: "all", environment: "", stack: "", label: "" });
  useEffect(() => {
    setQuery(toAddress(filter));
    setCursor(-1);
  }, [filter]);

  const live = useRef();
  live.current = { shown, cursor, selected };
  useEffect(() => {
    const move = (by) => {
      const { shown: rows, cursor: at } = live.current;
      if (rows.length === 0) return;
      const next = Math.max(0, Math.min(rows.length - 1, at + by));
      setCursor(next);
      if (list.current) revealRow(list.current, next, HEIGHTS[narrow.value ? "card" : "row"]);
      requestAnimationFrame(() => document.querySelector(".list .cursor .c-name a")?.focus({ preventScroll: true }));
    };
    const current = () => live.current.shown[live.current.cursor];
    return pageKeys({
      j: () => move(1),
      k: () => move(-1),
      Enter: (event) => (current() && !event.target.closest("a, button") ? go(containerLink(current())) : false),
      x: () => {
        const c = current();
        if (!c) return false;
        const next = new Set(live.current.selected);
        if (!next.delete(c.id)) next.add(c.id);
        return setSelected(next);
      },
      c: () => { go("/containers/new"); },
      ".": () => document.querySelector(".list .cursor [data-more]")?.click(),
      "/": () => (input.current ? input.current.focus() : false),
      Escape: () => {
        if (live.current.selected.size > 0) setSelected(new Set());
        else if (live.current.cursor >= 0) setCursor(-1);
        else return false;
        return true;
      },
    });
  }, []);

  const stale = !engineUp.value || connection.value !== "live";
  if (!all) return html`<div class="head"><div><h1>Containers</h1></div></div><section class="card"><${NoEngine} /></section>`;
  const count = (test) => all.filter(test).length;
  const names = all.filter((c) => selected.has(c.id)).map((c) => c.name);
  const filtered = filter.text || filter.state !== "all" || filter.environment || filter.stack || filter.label;
  return html`<div class="head"><div><h1>Containers</h1><p>${subtitle(all.length)}${!engineUp.value && listedAt.value ? html` <b class="as-of">As of ${clock(listedAt.value)}.</b>` : ""}</p></div>
      <div class="actions"><a class="btn" href="/templates"><${Icon} name="layout-template" />From a template</a><a class="btn primary" href="/containers/new" title="c"><${Icon} name="plus" />New container</a></div></div>
    ${all.length === 0 ? html`<section class="card">${engineUp.value ? html`<${First} />` : html`<${NoEngine} />`}</section>` : html`
    <div class="tools" role="search">
      <label class="search">${html`<${Icon} name="search" />`}<input ref=${input} type="search" aria-label="Filter containers" placeholder="Filter by name, image, label" value=${filter.text}
        onInput=${(e) => change({ text: e.target.value })} onKeyDown=${(e) => { if (e.key === "Escape") { e.target.blur(); change({ text: "" }); } else if (e.key === "Enter" || e.key === "ArrowDown") { e.preventDefault(); e.target.blur(); setCursor(0); } }} /><kbd>/</kbd></label>
      <div class="chips" role="group" aria-label="State">${Object.entries(STATES).map(([name, [word, test]]) => {
        const n = count(test);
        if (n === 0 && name !== "all" && name !== "running" && filter.state !== name) return null;
        return html`<button type="button" class="chip" key=${name} aria-pressed=${String(filter.state === name)} onClick=${() => change({ state: name })}>${word} ${n}</button>`;
      })}</div>
      ${stacks.length > 0 && html`<select class="input slim" aria-label="Stack" value=${filter.stack} onChange=${(e) => change({ stack: e.target.value })}><option value="">Every stack</option>${stacks.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>`}
      ${filter.label && html`<button type="button" class="chip" aria-pressed="true" onClick=${() => change({ label: "" })}><span class="clip label-chip">label ${filter.label}</span><${Icon} name="x" class="small-icon" /></button>`}
      <span class="grow"></span>
      <div class="chips" role="group" aria-label="Environment">${[...environments.value.map((e) => e.code), "none"].map((code) => {
        const n = count((c) => (c.environment ?? "none") === code);
        if (n === 0 && filter.environment !== code) return null;
        return html`<button type="button" class="chip" key=${code} aria-pressed=${String(filter.environment === code)} onClick=${() => change({ environment: filter.environment === code ? "" : code })}><${EnvBadge} code=${code === "none" ? null : code} />${n}</button>`;
      })}</div>
    </div>
    <p class="visually-hidden" role="status">${filtered ? `${plural(shown.length, "container")} shown` : ""}</p>
    <section class=${`card fold ${stale ? "stale" : ""}`} aria-label="Containers">
      ${selected.size > 0 && html`<div class="bulk"><b>${names.length} selected</b><span class="faint small">${atLeast("intermediate") ? "by the x key" : ""}</span><span class="grow"></span><button type="button" class="btn s" onClick=${() => copyText(names.join(" "))}><${Icon} name="copy" />Copy the names</button><button type="button" class="btn quiet s" onClick=${() => setSelected(new Set())}>Clear</button></div>`}
      ${shown.length === 0 ? html`<${Nothing} filter=${filter} reset=${reset} />`
        : html`<${ContainerList} rows=${shown} total=${containers.value.size} listRef=${list} cursor=${cursor} selected=${selected} filter=${filter} change=${change} />`}
    </section>`}`;
}
