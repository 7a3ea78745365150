// @ts-check
// Whether the image of a container is the newest: on its page, in the list and on the dashboard.
import { html } from "../../../vendor/preact.js";
import { api, containerLink } from "../../api.js";
import { begun, tell } from "../../follow.js";
import { plural } from "../../format.js";
import { busy, engineUp, environments } from "../../state.js";
import { Icon } from "../elements/icon.js";
import { Ago } from "../elements/time.js";
import { openDialog } from "../frame/dialog.js";
import { toast } from "../frame/toast.js";

/** [tone, icon, words] of each state. */
const LOOKS = {
  up_to_date: ["ok", "circle-check", "Up to date"],
  update_available: ["busy", "download", "Update available"],
  newer_version: ["busy", "tag", "Newer version"],
  pinned: ["off", "lock", "Pinned"],
  local_build: ["off", "hammer", "Built on this host"],
  ignored: ["off", "eye-off", "Ignored"],
  unknown: ["off", "circle-help", "Not known"],
};

async function check(c) {
  try {
    const answer = await api("/api/updates/check", {
      method: "POST",
      query: { container: c.id },
      headers: { Prefer: "respond-async" },
    });
    tell(begun(answer), { doing: `Looking for updates of ${c.name}` });
  } catch (problem) {
    toast({ kind: "crit", title: problem.title, text: problem.message });
  }
}

export function UpdateState({ update }) {
  const [tone, icon, words] = LOOKS[update.state];
  return html`
    <span class=${`st ${tone}`}>
      <${Icon} name=${icon} />
      <span>${words}</span>
    </span>
  `;
}

/** Whether there is something to move to, and it may be moved from here. */
export const canUpdate = (c) =>
  !c.orchestrator && (c.update?.state === "update_available" || c.update?.state === "newer_version");

/** The dialogs come only when one is wanted. */
async function ask(name, props) {
  try {
    const dialogs = await import("../updates/dialogs.js");
    openDialog(dialogs[name], props);
  } catch (problem) {
    toast({ kind: "crit", title: "The dialog could not be opened", text: problem.message });
  }
}

/** Our own container is never replaced from inside: the commands are shown. */
export const askUpdate = (c) => ask(c.is_self ? "OwnDialog" : "UpdateDialog", { c });
export const updateWords = (c) => (c.is_self ? "Commands…" : "Update…");

/** Production, and what asks for its name, is updated one by one. */
const byHandOnly = (c) =>
  c.environment === "PRD" ||
  environments.value.find(({ code }) => code === c.environment)?.confirmation === "type_name";

/** An entry for menus of several containers; only those with a newer image of their tag are updated. */
export function updateSeveral(list) {
  const ids = list
    .filter((c) => c.update?.state === "update_available" && canUpdate(c) && !c.is_self && !byHandOnly(c))
    .map((c) => c.id);
  return (
    ids.length > 0 && {
      label: `Update ${plural(ids.length, "container")}…`,
      icon: "download",
      disabled: engineUp.value ? undefined : "The engine is not responding",
      run: () => ask("UpdateAllDialog", { ids }),
    }
  );
}

/** The state with its reason, when it was looked up, and buttons to look again and to update. */
export function UpdateLine({ c }) {
  const { update } = c;
  return html`
      <${UpdateState} update=${update} />
      <p class="muted any">${update.message}</p>
      ${update.reference && html`
        <div class="row small">
          ${canUpdate(c) && html`
            <button
              type="button"
              class="btn s primary"
              disabled=${!engineUp.value || busy.value.has(c.name)}
              onClick=${() => askUpdate(c)}
            >
              <${Icon} name="download" />
              ${updateWords(c)}
            </button>
          `}
          <button type="button" class="btn s" disabled=${!engineUp.value} onClick=${() => check(c)}>
            <${Icon} name="refresh-cw" />
            Check now
          </button>
          ${update.checked_at && html`
            <span class="faint">
              checked <${Ago} at=${update.checked_at} />
            </span>
          `}
        </div>
      `}
    `;
}

/** In a row of the list: only what there is to do. */
export const UpdateMark = ({ c }) =>
  c.update?.state === "update_available" && html`
    <span class="tag" title=${c.update.message}>
      update
    </span>
  `;

/** For whom there is one, by name. */
export function AvailableUpdates({ all }) {
  const list = all.filter((c) => c.update?.state === "update_available");
  if (list.length === 0) return null;
  const shown = list.slice(0, 3);
  return html`
    <p class="muted">
      <a href="/updates">${plural(list.length, "update")} available</a>:${" "}
      ${shown.map((c, at) => html`
          ${at > 0 ? ", " : ""}
          <a key=${c.id} href=${containerLink(c)}>
            ${c.name}
          </a>
        `)}
      ${list.length > shown.length ? ` and ${list.length - shown.length} more` : ""}
    </p>
  `;
}
