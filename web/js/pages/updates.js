// @ts-check
// Which containers have newer images, what each would bring, and what was updated.
import { html } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { begun, tell } from "../follow.js";
import { plural, shortDigest, span } from "../format.js";
import { useReturn } from "../navigation.js";
import { busy, containerList, engineUp, now, page, updateSummary } from "../state.js";
import { EnvBadge } from "../components/containers/environment.js";
import { askUpdate, canUpdate, updateWords, UpdateState } from "../components/containers/updates.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Fold, Help } from "../components/elements/level.js";
import { Ago } from "../components/elements/time.js";
import { openDialog } from "../components/frame/dialog.js";
import { toast } from "../components/frame/toast.js";
import { UpdateAllDialog } from "../components/updates/dialogs.js";
import { UpdateHistory } from "../components/updates/history.js";
import { TERMS } from "../terms.js";

async function checkAll() {
  try {
    const answer = await api("/api/updates/check", {
      method: "POST",
      headers: { Prefer: "respond-async" },
    });
    tell(begun(answer), { doing: "Checking for updates" });
  } catch (problem) {
    toast({ kind: "crit", title: problem.title, text: problem.message });
  }
}

function Checked({ summary }) {
  if (summary.checking) return html`Asking the registries…`;
  if (!summary.checked_at) return html`Not checked yet.`;
  const next = summary.next_check_at ? Date.parse(summary.next_check_at) - now.value : 0;
  return html`
      Checked <${Ago} at=${summary.checked_at} />
      ${next > 0 ? `, next in ${span(next)}` : ""}.
    `;
}

function Row({ c }) {
  const { update } = c;
  const operation = busy.value.get(c.name);
  return html`
    <div class="op backup">
      <div>
        <div class="row">
          <b>
            <a href=${containerLink(c)}>${c.name}</a>
          </b>
          ${c.environment && html`<${EnvBadge} code=${c.environment} source=${c.environment_source} />`}
          ${update.state !== "update_available" && html`<${UpdateState} update=${update} />`}
        </div>
        <p class="faint small any">
          <span class="mono">${c.image}</span>
          ${update.state === "update_available" && atLeast("intermediate") && html`
              ${" "}
              <span class="mono">
                (${shortDigest(update.current_digest)} → ${shortDigest(update.latest_digest)})
              </span>
            `}
          ${update.latest_since && update.state === "update_available" && html`
              , found <${Ago} at=${update.latest_since} />
            `}
        </p>
        ${update.state !== "update_available" && html`<p class="small any">${update.message}</p>`}
      </div>
      ${canUpdate(c) && html`
        <div class="actions">
          <button
            type="button"
            class="btn s"
            disabled=${!engineUp.value || Boolean(operation)}
            onClick=${() => askUpdate(c)}
          >
            <${Icon} name="download" />
            ${operation ? "Under way" : updateWords(c)}
          </button>
        </div>
      `}
    </div>
  `;
}

const Section = ({ id, title, list, children }) => html`
  <section class="card" id=${id}>
    <header>
      <h2>${title}</h2>
      <span class="faint">${list.length}</span>
    </header>
    ${children}
    ${list.map((c) => html`
      <${Row} key=${c.id} c=${c} />
    `)}
  </section>
`;

const byState = (all, ...states) => all.filter((c) => states.includes(c.update.state));

export default function Updates({ data }) {
  const summary = updateSummary.value ?? data.summary;
  const without = useReturn();
  const all = (containerList.value ?? [])
    .filter((c) => c.update)
    .sort((a, b) => a.name.localeCompare(b.name));
  const available = byState(all, "update_available");
  const newer = byState(all, "newer_version");
  const unknown = byState(all, "unknown");
  const rest = byState(all, "up_to_date", "pinned", "local_build", "ignored");
  return html`
      <div class="head">
        <div>
          <h1>Updates</h1>
          <p>
            ${available.length === 0
              ? "No updates available."
              : `${plural(available.length, "update")} available.`}${" "}
            <${Checked} summary=${summary} />
          </p>
          <${Help}>
            <b>Update:</b> ${TERMS.update}
          </${Help}>
        </div>
        <div class="actions">
          <button
            type="button"
            class="btn"
            disabled=${!engineUp.value || summary.checking}
            onClick=${checkAll}
          >
            <${Icon} name="refresh-cw" />
            Check now
          </button>
          ${available.length > 0 && html`
            <button
              type="button"
              class="btn primary"
              disabled=${!engineUp.value}
              onClick=${() => openDialog(UpdateAllDialog, {})}
            >
              <${Icon} name="download" />
              Update all
            </button>
          `}
        </div>
      </div>
      ${without && !page.value.data.containers && html`
        <section class="card">
          <${NoEngine} />
        </section>
      `}
      <div class="stack">
        ${available.length > 0 && html`<${Section} id="available" title="Available" list=${available} />`}
        ${newer.length > 0 && html`<${Section} id="newer" title="Newer versions" list=${newer} />`}
        ${unknown.length > 0 && html`<${Section} id="unknown" title="Not known" list=${unknown} />`}
        ${available.length + newer.length + unknown.length === 0 && all.length > 0 && html`
          <section class="card">
            <${Empty} icon="circle-check" title="Nothing to update">
              <p>No container has a newer image.</p>
            </${Empty}>
          </section>
        `}
        ${all.length === 0 && engineUp.value && html`
          <section class="card">
            <${Empty} icon="download" title="No containers yet">
              <p>Their images are looked up here as soon as there are some.</p>
              <div class="row">
                <a class="btn primary" href="/templates">
                  Browse the templates
                </a>
              </div>
            </${Empty}>
          </section>
        `}
        ${rest.length > 0 && html`
          <${Fold} from="intermediate" what=${`${plural(rest.length, "container")} without an update`}>
            <${Section} id="rest" title="Without an update" list=${rest} />
          </${Fold}>
        `}
        <${UpdateHistory} first=${data.history} />
      </div>
    `;
}
