// @ts-check
// What was updated, when and how it ended; each that succeeded can be taken back.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { shortDigest } from "../../format.js";
import { engineUp, isOver, operationList } from "../../state.js";
import { openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { Ago } from "../elements/time.js";
import { RollbackDialog } from "./dialogs.js";

const PAGE = 10;

/** [tone, icon, words] of each outcome. */
const OUTCOMES = {
  running: ["busy", "rotate-cw", "Under way"],
  succeeded: ["ok", "circle-check", "Updated"],
  rolled_back: ["warn", "undo-2", "Failed, rolled back"],
  failed: ["crit", "circle-x", "Failed"],
};
const TRIGGERS = {
  manual: "",
  update_all: "with all others",
  automatic: "by the schedule",
  rollback: "",
};

/** The outcome in the words of what it was. */
function outcome(entry) {
  const [tone, icon, words] = OUTCOMES[entry.outcome];
  if (entry.outcome === "succeeded" && entry.rolled_back_by)
    return ["off", "undo-2", "Updated, taken back"];
  if (entry.outcome === "rolled_back" && entry.interrupted)
    return ["warn", "undo-2", "Interrupted, rolled back"];
  if (entry.outcome === "succeeded" && entry.trigger === "rollback") return ["ok", "undo-2", "Rolled back"];
  return [tone, icon, words];
}

function Entry({ entry, named }) {
  const [tone, icon, words] = outcome(entry);
  const canGoBack = entry.outcome === "succeeded" && !entry.rolled_back_by && entry.backup;
  const isOtherTag = entry.old_image !== entry.new_image;
  return html`
    <div class="op backup">
      <div>
        <div class="row">
          ${named && html`
            <b>
              <a href=${`/containers/${encodeURIComponent(entry.container)}`}>${entry.container}</a>
            </b>
          `}
          <span class=${`st ${tone}`}>
            <${Icon} name=${icon} />
            <span>${words}</span>
          </span>
        </div>
        <p class="faint small">
          <${Ago} at=${entry.started_at} />
          ${TRIGGERS[entry.trigger] && ` ${TRIGGERS[entry.trigger]}`} ·${" "}
          <span class="mono any">
            ${isOtherTag ? `${entry.old_image} → ${entry.new_image}` : entry.new_image}
          </span>
          ${atLeast("intermediate") && entry.new_digest && html`
              ${" "}
              <span class="mono any">
                (${shortDigest(entry.old_digest)} → ${shortDigest(entry.new_digest)})
              </span>
            `}
        </p>
        ${entry.message && entry.outcome !== "succeeded" && html`<p class="small any">${entry.message}</p>`}
      </div>
      ${canGoBack && html`
        <div class="actions">
          <button
            type="button"
            class="btn s"
            disabled=${!engineUp.value}
            onClick=${() => openDialog(RollbackDialog, { entry })}
          >
            <${Icon} name="undo-2" />
            Roll back
          </button>
        </div>
      `}
    </div>
  `;
}

/** Of one container by its name, or of all. */
export function UpdateHistory({ container = "", first = null }) {
  const [list, setList] = useState(first);
  const [most, setMost] = useState(PAGE);
  // Whatever has ended may have added one.
  const ended = operationList.value.find(
    (o) => isOver(o) && (o.kind === "container.update" || o.kind === "container.rollback"),
  )?.id;
  useEffect(() => {
    api("/api/updates/history", { query: { container: container || undefined } }).then(
      (answer) => setList(answer.items),
      () => setList((was) => was ?? []),
    );
  }, [container, ended]);
  if (!list) return null;
  return html`
    <section class="card" id="history">
      <header>
        <h2>History</h2>
        ${list.length > 0 && html`<span class="faint">${list.length}</span>`}
      </header>
      ${list.length === 0 && html`
        <div class="body muted">
          No updates yet. Each is listed here with its result, and can be taken back.
        </div>
      `}
      ${list.slice(0, most).map((entry) => html`
        <${Entry} key=${entry.id} entry=${entry} named=${!container} />
      `)}
      ${list.length > most && html`
        <div class="body">
          <button type="button" class="btn s" onClick=${() => setMost(most + 40)}>
            Show more
          </button>
        </div>
      `}
    </section>
  `;
}
