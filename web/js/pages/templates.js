// @ts-check
// The gallery of templates: the user's own first, then the library, by category and by search.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { setHash, setQuery } from "../navigation.js";
import { pageKeys } from "../keys.js";
import { frame } from "../state.js";
import { plural } from "../format.js";
import { openDialog } from "../components/frame/dialog.js";
import { Empty } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, byLevel, Help } from "../components/elements/level.js";
import { TERMS } from "../terms.js";
import { FIT, size, TemplateDrawer } from "../components/templates/details.js";
import { ImportTemplates, SaveContainer } from "../components/templates/dialogs.js";

const runs = (t) => t.fit.verdict === "fits" || t.fit.verdict === "tight";

/** Words must all be found; what begins with them comes first. */
export function pick(items, { text, category, own, fitting }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter(
    (t) =>
      (!category || t.category === category) &&
      (!own || t.source === "own") &&
      (!fitting || runs(t)) &&
      words.every((word) =>
        `${t.name} ${t.id} ${t.category} ${t.description} ${t.image}`.toLowerCase().includes(word),
      ),
  );
  if (words.length === 0) return found;
  const rank = (t) =>
    t.name.toLowerCase().startsWith(words[0]) ? 0 : t.name.toLowerCase().includes(words[0]) ? 1 : 2;
  return found
    .map((t, at) => [rank(t), at, t])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([, , t]) => t);
}

function Card({ t, icon, names, open }) {
  const mark = FIT[t.fit.verdict];
  return html`
    <li>
      <button
        type="button"
        class=${`pattern ${runs(t) ? "" : "unfit"}`}
        onClick=${() => open(t.id)}
        aria-haspopup="dialog"
        title=${t.fit.reasons.join(" ")}
      >
        <span class="pattern-head">
          <span class="dot info">
            <${Icon} name=${icon} />
          </span>
          <b class="clip">${t.name}</b>
          ${t.source === "own" && html`<em class="tag">Yours</em>`}
        </span>
        <span class="pattern-text">${t.description || html`<span class="faint">No description.</span>`}</span>
        <span class="pattern-foot">
          ${atLeast("intermediate") && html`<span class="mono clip faint">${t.image}</span>`}
          ${t.needs.length > 0 && html`
            <span class="faint">needs ${t.needs.map((id) => names.get(id) ?? id).join(", ")}</span>
          `}
          ${atLeast("advanced") && t.memory_mib > 0 && html`
            <span class="faint">
              ${size(t.memory_mib)}
              ${t.architectures.length > 0 ? `, ${t.architectures.join(" ")}` : ""}
            </span>
          `}
          ${mark && html`
            <span class=${`st ${mark[0]}`}>
              <${Icon} name=${mark[1]} />
              <span>${mark[2]}</span>
            </span>
          `}
        </span>
      </button>
    </li>
  `;
}

function Nothing({ filter, reset, importing, saving }) {
  if (filter.own && !filter.text && !filter.category) {
    return html`
      <${Empty} icon="package-open" title="No own templates yet">
        <p>
          A template is a reusable container configuration with questions for the values that differ. Save
          one from a container, or import a file from elsewhere.
        </p>
        <div class="row">
          <button type="button" class="btn primary" onClick=${saving}>
            Save a container
          </button>
          <button type="button" class="btn" onClick=${importing}>
            Import a file
          </button>
        </div>
      </${Empty}>
    `;
  }
  return html`
    <${Empty} icon="search" title="No template matches">
      <p>
        ${filter.text ? html`
            Nothing matches <b class="any">${filter.text}</b>. You can still run any image without a
            template.
          ` : (
          "No template in this category fits this host."
        )}
      </p>
      <div class="row">
        <button type="button" class="btn primary" onClick=${reset}>
          Show all
        </button>
        <a class="btn" href="/containers/new">
          Start from an image
        </a>
      </div>
    </${Empty}>
  `;
}

function fromAddress() {
  const query = new URLSearchParams(location.search);
  return {
    text: query.get("q") ?? "",
    category: query.get("category") ?? "",
    own: query.get("source") === "own",
    fitting: query.get("fits") === "1",
  };
}

export default function Templates({ data }) {
  const [list, setList] = useState(data);
  const [filter, setFilter] = useState(fromAddress);
  const input = useRef();
  const change = (patch) => setFilter((was) => ({ ...was, ...patch }));
  const reset = () => setFilter({ text: "", category: "", own: false, fitting: false });
  const { items, categories } = list;
  const names = useMemo(() => new Map(items.map((t) => [t.id, t.name])), [items]);
  const shown = useMemo(() => pick(items, filter), [items, filter]);
  const icons = useMemo(() => new Map(categories.map((c) => [c.code, c.icon])), [categories]);
  const filled = useMemo(() => {
    const known = categories.filter((c) => items.some((t) => t.category === c.code));
    const words = [...new Set(items.map((t) => t.category).filter((c) => !icons.has(c)))].sort();
    return [...known, ...words.map((code) => ({ code, title: code }))];
  }, [items, categories]);
  const changed = async (id) => {
    setList(await api("/api/templates"));
    if (id) open(id);
  };
  const open = (id) => {
    setHash(id);
    openDialog(TemplateDrawer, { id, categories, changed, onClose: () => setHash("") });
  };
  const importing = () => openDialog(ImportTemplates, { changed });
  const saving = () => openDialog(SaveContainer, { categories, changed });
  useEffect(() => {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries({
      q: filter.text,
      category: filter.category,
      source: filter.own ? "own" : "",
      fits: filter.fitting ? "1" : "",
    }))
      if (value) query.set(key, value);
    setQuery(query);
  }, [filter]);
  useEffect(() => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (wanted && names.has(wanted)) open(wanted);
    return pageKeys({
      "/": () => input.current.focus(),
      Escape: () => (filter.text || filter.category || filter.own || filter.fitting ? reset() : false),
    });
  }, []);
  const count = (test) => items.filter(test).length;
  const own = count((t) => t.source === "own");
  const unfit = items.length - count(runs);
  const { title } = frame.value.profile;
  const where = byLevel("host", title, title);
  return html`
      <div class="head">
        <div>
          <h1>Templates</h1>
          <p>
            ${plural(items.length - own, "service")} available
            ${own > 0 ? `, and ${own} own` : ""}.
            ${unfit > 0 ? ` ${unfit} of them do not fit this ${where}.` : ""}
          </p>
          <${Help}>
            <b>Template:</b> ${TERMS.template}
          </${Help}>
        </div>
        <div class="actions">
          <button type="button" class="btn" onClick=${saving}>
            <${Icon} name="plus" />
            Save a container
          </button>
          <button type="button" class="btn" onClick=${importing}>
            <${Icon} name="upload" />
            Import
          </button>
        </div>
      </div>
      <div class="tools" role="search">
        <label class="search">
          <${Icon} name="search" />
          <input
            ref=${input}
            type="search"
            aria-label="Find a template"
            placeholder="Name, purpose or image"
            value=${filter.text}
            onInput=${(e) => change({ text: e.target.value })}
            onKeyDown=${(e) => {
              if (e.key === "Escape") {
                e.target.blur();
                change({ text: "" });
              }
            }}
          />
          <kbd>/</kbd>
        </label>
        <div class="chips" role="group" aria-label="Which">
          <button
            type="button"
            class="chip"
            aria-pressed=${String(filter.own)}
            onClick=${() => change({ own: !filter.own })}
          >
            Yours ${own}
          </button>
          ${unfit > 0 && html`
            <button
              type="button"
              class="chip"
              aria-pressed=${String(filter.fitting)}
              onClick=${() => change({ fitting: !filter.fitting })}
            >
              For this host ${items.length - unfit}
            </button>
          `}
        </div>
      </div>
      <div class="categories" role="group" aria-label="Category">
        <button
          type="button"
          class="chip"
          aria-pressed=${String(!filter.category)}
          onClick=${() => change({ category: "" })}
        >
          All
        </button>
        ${filled.map((c) => html`
          <button
            type="button"
            class="chip"
            key=${c.code}
            aria-pressed=${String(filter.category === c.code)}
            onClick=${() => change({ category: filter.category === c.code ? "" : c.code })}
          >
            ${c.icon && html`<${Icon} name=${c.icon} class="small-icon" />`}
            <span class="clip">${c.title}</span> ${count((t) => t.category === c.code)}
          </button>
        `)}
      </div>
      <p class="visually-hidden" role="status">
        ${plural(shown.length, "template")} shown
      </p>
      ${shown.length === 0 ? html`
        <section class="card">
          <${Nothing} filter=${filter} reset=${reset} importing=${importing} saving=${saving} />
        </section>
      ` : html`
        <ul class="patterns" aria-label="Templates">
          ${shown.map((t) => html`
            <${Card} key=${t.id} t=${t} icon=${icons.get(t.category) ?? "box"} names=${names} open=${open} />
          `)}
        </ul>
      `}
    `;
}
