// @ts-check
// An address for a container that is being made: the next free one, the next of a reserved range, or one of the map.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { sheet } from "../../sheets.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { AddressMap, Legend, PART, Parts, spoken } from "./map.js";

const isFree = (row) => row.state === "free" || row.state === "reserved";

/** `network` is its name; `picked` gets the address. */
export function PickDialog({ network, picked, close }) {
  const [from, setFrom] = useState(0);
  const [page, setPage] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState("");
  const [mark, setMark] = useState({ cursor: 0, anchor: 0 });
  useEffect(() => {
    const path = `/api/networks/${encodeURIComponent(network)}/addresses`;
    // The page that asks has another style sheet.
    const asked = api(path, { query: { from, limit: PART } });
    Promise.all([asked, sheet("css/networks.css")]).then(
      ([told]) => {
        setPage(told);
        const at = Math.max(
          told.items.findIndex((row) => row.address === told.next),
          0,
        );
        setMark({ cursor: at, anchor: at });
      },
      (failed) => setProblem(failed.detail ?? failed.message),
    );
  }, [from]);
  const use = (address) => {
    picked(address);
    close();
  };
  const row = page?.items[mark.cursor];
  const next = (page?.reservations ?? []).filter((range) => range.next);
  return html`
    <${Modal} label=${`Address in ${network}`} close=${close}>
      <${DialogHead} title=${`Address in ${network}`} icon="network" tone="info" close=${close} />
      <div class="content" aria-busy=${String(!page && !problem)}>
        ${problem && html`<p class="st crit wraps">${problem}</p>`}
        ${page && html`
            <div class="row">
              ${page.next && html`
                <button type="button" class="btn" onClick=${() => use(page.next)}>
                  Next free: ${page.next}
                </button>
              `}
              ${next.map((range) => html`
                <button type="button" class="btn" key=${range.id} onClick=${() => use(range.next)}>
                  ${range.label}: ${range.next}
                </button>
              `)}
            </div>
            <${Parts} page=${page} go=${setFrom} />
            <${AddressMap}
              rows=${page.items}
              ranges=${page.reservations}
              mark=${mark}
              setMark=${({ cursor }) => setMark({ cursor, anchor: cursor })}
            />
            <${Legend} ranges=${page.reservations} />
          `}
      </div>
      <footer>
        ${row && html`<span class="grow faint any">${spoken(row, page.reservations)}</span>`}
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button
          type="button"
          class="btn primary"
          disabled=${!row || !isFree(row)}
          onClick=${() => use(row.address)}
        >
          Use address
        </button>
      </footer>
    </${Modal}>
  `;
}
