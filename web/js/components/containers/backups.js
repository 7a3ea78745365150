// @ts-check
// Saved configurations: view, compare with the current one, restore.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { begun, tell } from "../../follow.js";
import { operationList, isOver } from "../../state.js";
import { exact } from "../../format.js";
import { difference, masked, patch, word } from "../../spec.js";
import { Copyable } from "../elements/copy.js";
import { DialogHead, Modal, openDialog } from "../frame/dialog.js";
import { environmentOf } from "./environment.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { openMenu } from "../frame/menu.js";
import { Confirm } from "../operations/plan.js";
import { RecreateDialog } from "./recreate.js";
import { Ago } from "../elements/time.js";
import { toast } from "../frame/toast.js";

const REASONS = {
  delete: "it was deleted",
  recreate: "it was recreated",
  rename: "it was renamed",
  update: "its limits were changed",
  image_update: "it was updated",
  rollback: "it was rolled back",
};
const path = (id, rest = "") => `/api/backups/${encodeURIComponent(id)}${rest}`;

function useBackup(id) {
  const [state, setState] = useState({});
  useEffect(() => {
    api(path(id)).then(
      (detail) => setState({ detail }),
      (problem) => setState({ problem }),
    );
  }, [id]);
  return state;
}

function Comparison({ then, now, secrets }) {
  const rows = difference(then, now);
  const say = (value, field) => (secrets ? word(value) : masked(word(value), field));
  if (rows.length === 0) return html`<p class="muted">No differences: the current configuration is the same.</p>`;
  return html`
    <div class="scroll-x">
      <table class="plain-table diff">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Then</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row, index) => html`
            <tr key=${index}>
              <th scope="row" class="mono">
                ${row.field}
              </th>
              <td class="mono any then">
                ${row.then === undefined ? html`
                  <span class="faint">not there</span>
                ` : html`
                    <span aria-hidden="true">− </span>
                    ${say(row.then, row.field)}
                  `}
              </td>
              <td class="mono any now">
                ${row.now === undefined ? html`
                  <span class="faint">not there</span>
                ` : html`
                    <span aria-hidden="true">+ </span>
                    ${say(row.now, row.field)}
                  `}
              </td>
            </tr>
          `)}
        </tbody>
      </table>
    </div>
  `;
}

/** A specification as text; a value that looks like a secret is shown when it was asked for. */
const json = (spec, secrets) =>
  JSON.stringify(
    spec,
    (key, value) => (!secrets && typeof value === "string" ? masked(value, key) : value),
    2,
  );

function BackupDialog({ backup, current, compare, close }) {
  const { detail, problem } = useBackup(backup.id);
  const [view, setView] = useState(compare && current ? "compare" : "spec");
  const [secrets, show] = useState(false);
  return html`
    <${Modal} class="dialog wide-dialog" label=${`Saved configuration of ${backup.container}`} close=${close}>
      <${DialogHead}
        title=${`Saved configuration of ${backup.container}`}
        icon="history"
        tone="info"
        close=${close}
      />
      <div class="content">
        <p class="muted">
          ${exact(backup.at)}, before ${REASONS[backup.reason] ?? backup.reason}.
        </p>
        <div class="row">
          ${current && html`
            <span class="seg" role="group" aria-label="What to show">
              <button
                type="button"
                aria-pressed=${String(view === "compare")}
                onClick=${() => setView("compare")}
              >
                What differs
              </button>
              <button type="button" aria-pressed=${String(view === "spec")} onClick=${() => setView("spec")}>
                Everything
              </button>
            </span>
          `}
          <button
            type="button"
            class="btn quiet s"
            aria-pressed=${String(secrets)}
            onClick=${() => show(!secrets)}
          >
            <${Icon} name=${secrets ? "eye-off" : "eye"} />
            ${secrets ? "Hide secrets" : "Show secrets"}
          </button>
          ${detail && view === "spec" && html`
            <${Copyable} text=${JSON.stringify(detail.spec, null, 2)} shown="Copy" what="the specification" />
          `}
        </div>
        ${problem && html`
          <p class="field-error" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        `}
        ${!detail && !problem && html`
          <p class="muted" role="status">
            Reading it…
          </p>
        `}
        ${detail &&
          (view === "compare" ? html`
            <${Comparison} then=${detail.spec} now=${current} secrets=${secrets} />
          ` : html`
            <pre class="output raw" tabindex="0" aria-label="Specification">
              ${json(detail.spec, secrets)}
            </pre>
          `)}
      </div>
    </${Modal}>
  `;
}

/** A container with that name is recreated with the saved settings; otherwise it is created. */
async function goBack(backup, c) {
  if (!c) {
    openDialog(RestoreDialog, { backup });
    return;
  }
  try {
    const detail = await api(path(backup.id));
    const changes = patch(c.spec, detail.spec);
    if (Object.keys(changes).length === 0)
      toast({
        kind: "info",
        title: "Nothing to restore",
        text: `${c.name} already has this configuration.`,
      });
    else
      openDialog(RecreateDialog, {
        c,
        changes,
        title: `Restore the configuration of ${c.name}`,
        why: `Its configuration from ${exact(backup.at)}. Its annotations (description, notes, tags, environment) are not changed.`,
      });
  } catch (problem) {
    toast({ kind: "crit", title: problem.title, text: problem.message });
  }
}

export const RestoreDialog = ({ backup, close }) => html`
  <${Confirm}
    title=${`Restore ${backup.container}`}
    icon="history"
    label="Restore"
    doing="Restoring"
    close=${close}
    ask=${() => api(path(backup.id, "/restore"), { method: "POST", query: { dry_run: true } })}
    run=${async ({ acknowledge }) =>
      tell(
        begun(
          await api(path(backup.id, "/restore"), {
            method: "POST",
            query: { acknowledge },
            headers: { Prefer: "respond-async" },
          }),
        ),
        { doing: `Restoring ${backup.container}` },
      )}
  />
`;

const DeleteDialog = ({ backup, forgotten, close }) => html`
  <${Confirm}
    title="Delete this saved configuration"
    icon="trash-2"
    label="Delete"
    doing="Deleting"
    danger
    close=${close}
    ask=${() => api(path(backup.id), { method: "DELETE", query: { dry_run: true } })}
    run=${async () => {
      await api(path(backup.id), { method: "DELETE" });
      forgotten();
    }}
  />
`;

/** `c` is the container of that name, if there is one. */
export function Backups({ name, c = null, disabled = false }) {
  const [list, setList] = useState(null);
  const [turn, again] = useState(0);
  // Whatever was done to it may have saved one.
  const ended = operationList.value.find(
    (o) => isOver(o) && o.target_kind === "container" && o.target === name,
  )?.id;
  useEffect(() => {
    api("/api/backups", { query: { container: name } }).then(
      (answer) => setList(answer.items),
      () => setList((was) => was ?? []),
    );
  }, [name, ended, turn]);
  if (!list || (list.length === 0 && (!atLeast("intermediate") || !c))) return null;
  const more = (backup) => [
    { label: "View", icon: "file-text", run: () => openDialog(BackupDialog, { backup, current: c?.spec }) },
    { line: true },
    {
      label: "Delete…",
      icon: "trash-2",
      danger: true,
      run: () => openDialog(DeleteDialog, { backup, forgotten: () => again((n) => n + 1) }),
    },
  ];
  return html`
    <section class="card" id="backups">
      <header>
        <h2>Saved configurations</h2>
        ${list.length > 0 && html`<span class="faint">${list.length}</span>`}
      </header>
      ${list.length === 0 ? html`
        <div class="body muted">
          ${environmentOf(c?.environment)?.backup_on_change
            ? `None yet. Its configuration is saved before each change, because this is ${c.environment}.`
            : "The configuration of a production container is saved here before it is changed or deleted. Settings, Environments lists the environments that do this."}
        </div>
      ` : (
        list.map((backup) => html`
          <div class="op backup" key=${backup.id}>
            <div>
              <b>Before ${REASONS[backup.reason] ?? backup.reason}</b>
              <p class="faint small">
                <${Ago} at=${backup.at} /> · <span class="mono any">${backup.image}</span>
              </p>
            </div>
            <div class="actions">
              ${c && html`
                <button
                  type="button"
                  class="btn s"
                  onClick=${() => openDialog(BackupDialog, { backup, current: c.spec, compare: true })}
                >
                  Compare
                </button>
              `}
              <button type="button" class="btn s" disabled=${disabled} onClick=${() => goBack(backup, c)}>
                <${Icon} name="undo-2" />
                Restore
              </button>
              <button
                type="button"
                class="btn quiet icon s"
                aria-label="More for this configuration"
                aria-haspopup="menu"
                aria-expanded="false"
                onClick=${(e) => openMenu(e.currentTarget, more(backup))}
              >
                <${Icon} name="ellipsis-vertical" />
              </button>
            </div>
          </div>
        `)
      )}
    </section>
  `;
}
