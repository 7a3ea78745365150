// @ts-check
// The list of images: live, filtered, sorted, with what is done to one or to many.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { pageKeys } from "../keys.js";
import { setQuery, useReturn } from "../navigation.js";
import { connection, engineUp, images, replaceImages } from "../state.js";
import { stale } from "../stream.js";
import { plural } from "../format.js";
import { choose, fromAddress, isFiltered, NO_FILTER, toAddress } from "../image-filter.js";
import { useSelection } from "../selection.js";
import { TERMS } from "../terms.js";
import { heights } from "../components/containers/list-view.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Help } from "../components/elements/level.js";
import { revealRow } from "../components/elements/virtual.js";
import { openMenu } from "../components/frame/menu.js";
import {
  askCache,
  askLoad,
  askPrune,
  askPull,
  askRemoveMany,
  save,
  showImage,
  whyKept,
} from "../components/images/acts.js";
import { ImageList, useOffsets } from "../components/images/image-list.js";
import { ImageTools, useSharing } from "../components/images/image-tools.js";

const First = () => html`
  <${Empty} icon="layers" title="No images yet">
    <p>
      An image holds the packed files of a program; containers are created from it. Pull one, or create a
      container: its image is pulled then.
    </p>
    <div class="row">
      <button type="button" class="btn primary" onClick=${() => askPull()}>
        <${Icon} name="download" />
        Pull an image
      </button>
      <a class="btn" href="/templates">
        <${Icon} name="layout-template" />
        Browse the templates
      </a>
    </div>
  </${Empty}>
`;

const Nothing = ({ reset }) => html`
  <${Empty} icon="search" title="No image matches">
    <p>No image matches all the filters.</p>
    <div class="row">
      <button type="button" class="btn primary" onClick=${reset}>
        Show all
      </button>
    </div>
  </${Empty}>
`;

function Chosen({ chosen, hidden, clear }) {
  const ids = chosen.map((image) => image.id);
  const fit = chosen.filter((image) => !whyKept(image)).length;
  return html`
    <section class="bulk" aria-label="Selection">
      <p>
        <b role="status">${chosen.length} selected</b>
        ${hidden > 0 && html`
            ${" "}
            <span class="faint">${hidden} hidden by filters</span>
          `}
      </p>
      <span class="grow"></span>
      <div class="row">
        <button type="button" class="btn s" disabled=${!engineUp.value} onClick=${() => save(ids)}>
          <${Icon} name="hard-drive" />
          Save
        </button>
        <button
          type="button"
          class="btn s danger"
          disabled=${fit === 0}
          title=${fit === 0 ? "All of them are in use" : undefined}
          onClick=${() => askRemoveMany(ids)}
        >
          <${Icon} name="trash-2" />
          Remove
        </button>
        <button
          type="button"
          class="btn quiet s icon"
          aria-label="Clear the selection"
          title="Clear (Esc)"
          onClick=${clear}
        >
          <${Icon} name="x" />
        </button>
      </div>
    </section>
  `;
}

function Head({ all }) {
  const unused = all?.filter((image) => image.used_by.length === 0).length ?? 0;
  const more = [
    { label: "Load from a file…", icon: "upload", run: askLoad },
    { label: "Build cache…", icon: "database", run: askCache },
    { label: "Registries and logins", icon: "key-round", href: "/registries" },
  ];
  return html`
    <div class="head">
      <div>
        <h1>Images</h1>
        ${all && html`
          <p>${`${plural(all.length, "image")} on this host${unused > 0 ? `, ${unused} unused` : ""}.`}</p>
        `}
        <${Help}>
          <b>Image:</b> ${TERMS.image}
        </${Help}>
      </div>
      ${all && html`
        <div class="actions">
          <button
            type="button"
            class="btn icon"
            aria-label="More"
            title="More"
            aria-haspopup="menu"
            aria-expanded="false"
            onClick=${(event) => openMenu(event.currentTarget, more)}
          >
            <${Icon} name="ellipsis-vertical" />
          </button>
          <button type="button" class="btn" disabled=${!engineUp.value} onClick=${askPrune}>
            <${Icon} name="trash-2" />
            ${atLeast("intermediate") ? "Prune" : "Remove unused"}
          </button>
          <button
            type="button"
            class="btn primary"
            disabled=${!engineUp.value}
            title="p"
            onClick=${() => askPull()}
          >
            <${Icon} name="download" />
            Pull
          </button>
        </div>
      `}
    </div>
  `;
}

/** What the address asks to be opened: details of an image, or a dialog. */
function open(show) {
  const query = new URLSearchParams(location.search);
  const image = query.get("image");
  if (image) show(image);
  const asked = query.get("do");
  if (asked === "pull") askPull();
  if (asked === "prune") askPrune();
}

/** j, k and the other keys of a list. `live` holds what the page has at the moment. */
function useKeys(live) {
  useEffect(() => {
    const current = () => live.current.found.find((image) => image.id === live.current.cursor);
    const move = (by) => {
      const { found: rows, offsets, cursor, setCursor, list } = live.current;
      if (rows.length === 0) return;
      const at = rows.findIndex((image) => image.id === cursor) + by;
      const next = Math.max(0, Math.min(rows.length - 1, at));
      setCursor(rows[next].id);
      if (list.current) revealRow(list.current, offsets[next], heights.value.row);
      requestAnimationFrame(() => {
        /** @type {HTMLElement | null} */ (document.querySelector(".list .cursor .link-name"))?.focus({
          preventScroll: true,
        });
      });
    };
    const pick = (range) => () => {
      const image = current();
      if (!image) return false;
      const { selection } = live.current;
      selection.choose(image.id, range || !selection.ids.has(image.id), range);
      return true;
    };
    return pageKeys({
      j: () => move(1),
      k: () => move(-1),
      Enter: (event) =>
        current() && !event.target.closest("a, button, input") ? live.current.show(current().id) : false,
      x: pick(false),
      X: pick(true),
      p: () => {
        askPull();
      },
      ".": () => {
        /** @type {HTMLElement | null} */ (document.querySelector(".list .cursor [data-more]"))?.click();
      },
      "/": () => (live.current.input.current ? live.current.input.current.focus() : false),
      Escape: () => {
        const { selection, cursor, setCursor } = live.current;
        if (selection.ids.size > 0) selection.clear();
        else if (cursor) setCursor(null);
        else return false;
        return true;
      },
    });
  }, []);
}

export default function Images() {
  const [filter, setFilter] = useState(fromAddress);
  /** Id of the image that the keyboard is at. */
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [opened, setOpened] = useState("");
  const input = useRef();
  const list = useRef();
  useReturn();
  const known = images.value;
  const all = useMemo(() => (known ? [...known.values()] : null), [known]);
  const found = useMemo(() => (all ? choose(all, filter) : []), [all, filter]);
  const offsets = useOffsets(found);
  const selection = useSelection(found, known);
  const sharing = useSharing(known);
  const change = (patch) => setFilter((was) => ({ ...was, ...patch }));
  const reset = () => setFilter((was) => ({ ...NO_FILTER, sort: was.sort, down: was.down }));
  const [show] = useState(() => (id) => {
    setOpened(id);
    showImage(id, () => setOpened(""));
  });
  useEffect(() => open(show), []);
  useEffect(() => setQuery(toAddress(filter, opened)), [filter, opened]);
  useEffect(() => setCursor(null), [filter]);
  const missed = stale.value;
  const [before] = useState(missed);
  useEffect(() => {
    if (missed !== before && engineUp.value)
      api("/api/images").then(
        (answer) => replaceImages(answer.items),
        () => {},
      );
  }, [missed]);
  const live = useRef(/** @type {any} */ ({}));
  live.current = { found, offsets, cursor, setCursor, selection, show, input, list };
  useKeys(live);
  if (!all || !known)
    return html`
        <${Head} all=${null} />
        <section class="card">
          <${NoEngine} what="images" />
        </section>
      `;
  const quiet = !engineUp.value || connection.value !== "live";
  return html`
      <${Head} all=${all} />
      ${all.length === 0 ? html`
        <section class="card">${engineUp.value ? html`<${First} />` : html`<${NoEngine} what="images" />`}</section>
      ` : html`
          <${ImageTools}
            all=${all}
            filter=${filter}
            change=${change}
            input=${input}
            toFirst=${() => setCursor(found[0]?.id ?? null)}
            sharing=${sharing}
          />
          <p class="visually-hidden" role="status">
            ${isFiltered(filter) ? `${plural(found.length, "image")} shown` : ""}
          </p>
          <section class=${`card fold ${quiet ? "stale" : ""}`} aria-label="Images">
            ${found.length === 0 ? html`
              <${Nothing} reset=${reset} />
            ` : html`
              <${ImageList}
                rows=${found}
                offsets=${offsets}
                listRef=${list}
                cursor=${cursor}
                selected=${selection.ids}
                shared=${sharing.sharing?.shared ?? null}
                choose=${selection.choose}
                chooseAll=${selection.chooseAll}
                filter=${filter}
                change=${change}
                show=${show}
              />
            `}
          </section>
          ${selection.chosen.length > 0 && html`
            <${Chosen} chosen=${selection.chosen} hidden=${selection.hidden} clear=${selection.clear} />
          `}
        `}
    `;
}
