// Many containers at once: the bar that says what is chosen, and the plan of what is done to all of them.
// Invariant: what is left out of an act, and why, is said before it is done.
import { html, useState } from "../../../vendor/preact.js";
import { ACTIONS } from "../../actions.js";
import { api } from "../../api.js";
import { begun, tell } from "../../follow.js";
import { containers, engineUp, environments, narrow } from "../../state.js";
import { plural } from "../../format.js";
import { copyText } from "../elements/copy.js";
import { openDialog } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { openMenu } from "../frame/menu.js";
import { Confirm, Offers } from "../operations/plan.js";
import { describe } from "./status.js";
import { updateSeveral } from "./updates.js";

const RUNS = ["running", "restarting", "paused"];
const bulk = (body, { dryRun = false, confirm } = {}) =>
  api("/api/containers/bulk", {
    method: "POST",
    body,
    query: dryRun ? { dry_run: true } : { confirm },
    headers: dryRun ? {} : { Prefer: "respond-async" },
  });
const known = (ids) => ids.map((id) => containers.value?.get(id)).filter(Boolean);

/** Those that an action makes sense for, and the others with why not; `stop`: those that run are stopped first. */
export function sorted(name, list, { stop = false } = {}) {
  const fit = [];
  const left = [];
  for (const c of list) {
    if (c.is_self && !["start", "unpause"].includes(name)) left.push([c, "DockerMate itself"]);
    else if (!ACTIONS[name].can(c)) left.push([c, describe(c).text.toLowerCase()]);
    else if (name === "delete" && !stop && RUNS.includes(c.state))
      left.push([c, describe(c).text.toLowerCase()]);
    else fit.push(c);
  }
  return { fit, left };
}

function Left({ left }) {
  const [open, setOpen] = useState(false);
  if (left.length === 0) return null;
  const shown = open ? left : left.slice(0, 6);
  return html`
    <p class="muted any">
      Left out: ${shown.map(([c, why]) => `${c.name} (${why})`).join(", ")}
      ${left.length > shown.length ? html`
          ,${" "}
          <button type="button" class="link" onClick=${() => setOpen(true)}>
            and ${left.length - shown.length} more
          </button>
        ` : (
        ""
      )}
      .
    </p>
  `;
}

export function BulkDialog({ name, ids, close }) {
  const action = ACTIONS[name];
  const [stop, setStop] = useState(false);
  const [volumes, setVolumes] = useState(false);
  const [keep, setKeep] = useState(false);
  const [restart, setRestart] = useState(false);
  const list = known(ids);
  const { fit, left } = sorted(name, list, { stop });
  const ours = list.filter((c) => !c.is_self);
  const running = name === "delete" ? ours.filter((c) => RUNS.includes(c.state)).length : 0;
  const body = {
    action: name,
    containers: fit.map((c) => c.id),
    ...(name === "delete" && { volumes, ...(stop && { stop }) }),
    ...(keep && { keep_annotations: true }),
    ...(restart && { restart_dependents: true }),
  };
  const title = `${action.label} ${plural(fit.length, "container")}`;
  return html`
    <${Confirm}
      title=${title}
      icon=${action.icon}
      label=${action.label}
      doing=${action.doing}
      danger=${action.danger}
      again=${JSON.stringify(body)}
      close=${close}
      blocked=${fit.length === 0 ? (running > 0 && !stop ? "All of them run." : "No container is left.") : ""}
      ask=${async () => (fit.length > 0 ? bulk(body, { dryRun: true }) : null)}
      run=${async ({ confirm }) =>
        tell(begun(await bulk(body, { confirm })), {
          doing: `${action.doing} ${plural(fit.length, "container")}`,
        })}
      before=${html`
          ${running > 0 && html`
            <label class="check">
              <input
                type="checkbox"
                name="stop"
                checked=${stop}
                onChange=${(e) => setStop(e.target.checked)}
              />
              <span>
                ${running} of ${ours.length} ${running === 1 ? "runs. Stop it first" : "run. Stop them first"}
                <small>Each gets its own time to stop. What runs is not deleted otherwise.</small>
              </span>
            </label>
          `}
          ${name === "delete" && atLeast("intermediate") && html`
            <label class="check">
              <input type="checkbox" checked=${volumes} onChange=${(e) => setVolumes(e.target.checked)} />
              <span>
                Also delete their anonymous volumes
                <small>Named volumes and host folders are always kept.</small>
              </span>
            </label>
          `}
          <${Left} left=${left} />
        `}
      after=${(plan) => html`
        <${Offers} plan=${plan} keep=${keep} setKeep=${setKeep} restart=${restart} setRestart=${setRestart} />
      `}
    />
  `;
}

const words = (text) => [
  ...new Set(
    text
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean),
  ),
];

export function TagDialog({ ids, close }) {
  const [environment, setEnvironment] = useState("keep");
  const [text, setText] = useState("");
  const [gone, setGone] = useState([]);
  const list = known(ids);
  const present = [...new Set(list.flatMap((c) => c.tags ?? []))].sort();
  const all = [...new Set([...(containers.value?.values() ?? [])].flatMap((c) => c.tags ?? []))].sort();
  const body = {
    action: "tag",
    containers: list.map((c) => c.id),
    ...(environment !== "keep" && { environment: environment || null }),
    ...(words(text).length > 0 && { add_tags: words(text) }),
    ...(gone.length > 0 && { remove_tags: gone }),
  };
  const something = environment !== "keep" || words(text).length > 0 || gone.length > 0;
  const toggle = (tag) =>
    setGone((was) => (was.includes(tag) ? was.filter((other) => other !== tag) : [...was, tag]));
  return html`
    <${Confirm}
      title=${`Tag ${plural(list.length, "container")}`}
      icon="tag"
      label="Tag"
      doing="Tagging"
      again=${JSON.stringify(body)}
      close=${close}
      blocked=${list.length === 0
          ? "They no longer exist."
          : something
            ? ""
            : "Choose an environment, or tags to add or remove."}
      ask=${async () => (something && list.length > 0 ? bulk(body, { dryRun: true }) : null)}
      run=${async ({ confirm }) =>
        tell(begun(await bulk(body, { confirm })), { doing: `Tagging ${plural(list.length, "container")}` })}
      before=${html`
          <div class="field">
            <label for="bulk-env">Environment</label>
            <select id="bulk-env" value=${environment} onChange=${(e) => setEnvironment(e.target.value)}>
              <option value="keep">No change</option>
              ${environments.value.map(({ code, name }) => html`
                <option key=${code} value=${code}>
                  ${name === code ? code : `${code}, ${name}`}
                </option>
              `)}
              <option value="">Default (label or host)</option>
            </select>
          </div>
          <div class="field">
            <label for="bulk-tags">Tags to add</label>
            <input
              id="bulk-tags"
              autocomplete="off"
              placeholder="media, family"
              list="known-tags"
              value=${text}
              onInput=${(e) => setText(e.target.value)}
            />
            <datalist id="known-tags">
              ${all.map((tag) => html`
                <option key=${tag} value=${tag} />
              `)}
            </datalist>
            <p class="hint">Separated by commas.</p>
          </div>
          ${present.length > 0 && html`
            <fieldset class="field">
              <legend>Tags to remove</legend>
              <div class="wrap-chips">
                ${present.map((tag) => html`
                  <button
                    type="button"
                    class="chip"
                    key=${tag}
                    aria-pressed=${String(gone.includes(tag))}
                    onClick=${() => toggle(tag)}
                  >
                    ${gone.includes(tag) && html`<${Icon} name="x" class="small-icon" />`}
                    ${tag}
                  </button>
                `)}
              </div>
            </fieldset>
          `}
        `}
    />
  `;
}

/** Sticks to the lower edge while something is chosen. */
export function BulkBar({ chosen, hidden, shown, selectAll, clear }) {
  const ids = chosen.map((c) => c.id);
  const off = !engineUp.value;
  const ask = (name) => openDialog(BulkDialog, { name, ids });
  const any = (name) => sorted(name, chosen, { stop: true }).fit.length;
  const button = (name, extra = "") => html`
    <button
      type="button"
      class=${`btn s ${extra}`}
      key=${name}
      disabled=${off || any(name) === 0}
      title=${any(name) === 0 ? `Not possible for any of them: ${ACTIONS[name].label}` : undefined}
      onClick=${() => ask(name)}
    >
      <${Icon} name=${ACTIONS[name].icon} />
      ${ACTIONS[name].label}
    </button>
  `;
  const item = (name) => ({
    label: `${ACTIONS[name].label}…`,
    icon: ACTIONS[name].icon,
    danger: ACTIONS[name].danger,
    disabled: any(name) === 0 ? "not possible for any of them" : undefined,
    run: () => ask(name),
  });
  const few = narrow.value;
  const more = [
    few && item("restart"),
    (few || !atLeast("intermediate")) && item("pause"),
    (few || !atLeast("intermediate")) && item("unpause"),
    updateSeveral(chosen),
    { label: "Copy the names", icon: "copy", run: () => copyText(chosen.map((c) => c.name).join(" ")) },
    shown > chosen.length - hidden && { label: `Select all ${shown} shown`, icon: "check", run: selectAll },
    { line: true },
    item("kill"),
    few && item("delete"),
  ].filter(Boolean);
  return html`
    <section class="bulk" aria-label="Selection">
      <p>
        <b role="status">${chosen.length} selected</b>
        ${hidden > 0 && html`
            ${" "}
            <span class="faint">${hidden} hidden by filters</span>
          `}
      </p>
      ${shown > chosen.length - hidden && !few && html`
        <button type="button" class="btn quiet s" onClick=${selectAll}>
          Select all ${shown}
        </button>
      `}
      <span class="grow"></span>
      <div class="row">
        ${button("start")}
        ${button("stop")}
        ${!few && button("restart")}
        ${!few && atLeast("intermediate") && html`
            ${button("pause")}
            ${any("unpause") > 0 && button("unpause")}
          `}
        <button
          type="button"
          class="btn s"
          disabled=${chosen.length === 0}
          onClick=${() => openDialog(TagDialog, { ids })}
        >
          <${Icon} name="tag" />
          Tag
        </button>
        ${!few && button("delete", "danger")}
        <button
          type="button"
          class="btn s icon"
          aria-label="More for the selected"
          title="More"
          aria-haspopup="menu"
          aria-expanded="false"
          onClick=${(e) => openMenu(e.currentTarget, more)}
        >
          <${Icon} name="ellipsis-vertical" />
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
