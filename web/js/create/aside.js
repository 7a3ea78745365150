// @ts-check
// Beside the form: what will happen, what is risky about it, and the same on the command line.
import { html } from "../../vendor/preact.js";
import { Cli } from "../components/operations/cli.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Help } from "../components/elements/level.js";
import { TERMS } from "../terms.js";
import { List as PlanList } from "../components/operations/plan.js";

const TAKEN = {
  limit: "I accept that this host may run out of memory",
  mounts: "I trust this container with this access",
};

/** One checkbox for each risk; ticking all lets the form be sent. */
function Risks({ risks, plan, taken, take }) {
  const messages = (plan?.warnings ?? []).filter((text) => risks.message.includes(text));
  return html`
    <div class="risks" role="group" aria-label="Risks">
      <h3>
        <${Icon} name="triangle-alert" class="small-icon" /> This is risky
      </h3>
      ${messages.length > 0 ? (
        messages.map((text) => html`
          <p key=${text} class="any">
            ${text}
          </p>
        `)
      ) : html`
        <p class="any">${risks.message}</p>
      `}
      ${risks.codes.map((code) => html`
        <label class="check" key=${code}>
          <input
            type="checkbox"
            data-risk=${code}
            checked=${taken.has(code)}
            onChange=${(e) => take(code, e.target.checked)}
          />
          <span>
            I understand<small>${TAKEN[code] ?? `I accept the risk “${code}”`}.</small>
          </span>
        </label>
      `)}
    </div>
  `;
}

/** How an edit is done, and why so. */
function Way({ change, forceRecreate, setForceRecreate }) {
  if (change.keys.length === 0 && !forceRecreate) return null;
  const live = !change.recreate;
  const others = change.stuck.filter((key) => key !== "name");
  return html`
    <div class=${`way ${live ? "live" : "recreate"}`}>
      <${Icon} name=${live ? "circle-check" : "rotate-cw"} />
      <div>
        <b>${live ? "Takes effect immediately" : "Needs a new container"}</b>
        <p>
          ${live ? (
            "The container keeps running."
          ) : html`
              A short interruption; rolled back automatically if the new one fails.
              ${others.length > 0 && html`
                  ${" "}
                  Because of${" "}
                  <span class="mono any">
                    ${others.slice(0, 4).join(", ")}
                    ${others.length > 4 ? ` and ${others.length - 4} more` : ""}
                  </span>
                  : the engine cannot change ${others.length === 1 ? "that" : "those"} in place.
                `}
            `}
        </p>
        ${atLeast("intermediate") && (live || forceRecreate) && change.keys.length > 0 && html`
          <label class="check">
            <input
              type="checkbox"
              checked=${forceRecreate}
              onChange=${(e) => setForceRecreate(e.target.checked)}
            />
            <span>Recreate it anyway</span>
          </label>
        `}
      </div>
    </div>
  `;
}

/** `waits`: what keeps the container from being created, in a few words. `open`: shown in a narrow window. */
export function Aside({ form, view, open, waits, risks, taken, take, forceRecreate, setForceRecreate }) {
  const { plan, problem, waiting } = view;
  const { mode, change } = form;
  const warnings = (plan?.warnings ?? []).filter((text) => !risks?.message.includes(text));
  const begun = mode === "edit" ? change.keys.length > 0 || forceRecreate : form.draft.image.trim() !== "";
  return html`
    <div class=${`form-aside ${open ? "open" : ""}`} id="create-plan">
      <section class="card" aria-label="What will happen" aria-busy=${String(waiting)}>
        <header>
          <h2>${plan?.title ?? "What will happen"}</h2>
          ${waiting && html`<span class="faint small waiting">preparing…</span>`}
        </header>
        <${Help}>
          <b>Plan:</b> ${TERMS.plan}
        </${Help}>
        <div class=${`body stack ${waiting ? "dim" : ""}`}>
          ${mode === "edit" && html`
            <${Way} change=${change} forceRecreate=${forceRecreate} setForceRecreate=${setForceRecreate} />
          `}
          ${!begun && mode === "edit" && html`
            <p class="muted">
              Nothing was changed yet. Your changes are listed here before they are applied.
            </p>
          `}
          ${waits ? html`
              <p class="waits-for">
                <${Icon} name="pencil" class="small-icon" />
                <span class="any">
                  Waits for: <b>${waits}</b>
                </span>
              </p>
              <p class="muted small">Then the steps and the equivalent command are shown here.</p>
            ` : (
            problem &&
            !problem.field && html`
              <p class="muted not-yet">
                <${Icon} name="triangle-alert" class="small-icon" /> <span class="any">${problem.message}</span>
              </p>
            `
          )}
          ${plan && html`
              <${PlanList} items=${plan.steps} kind="" numbered=${plan.steps.length > 1} icon="chevron-right" />
              ${warnings.length > 0 && html`<${PlanList} items=${warnings} kind="warns" icon="triangle-alert" />`}
              ${plan.keeps.length > 0 && html`
                <div>
                  <h3>What stays</h3>
                  <${PlanList} items=${plan.keeps} kind="keeps" icon="check" />
                </div>
              `}
            `}
          ${risks && html`<${Risks} risks=${risks} plan=${plan} taken=${taken} take=${take} />`}
        </div>
      </section>
      ${plan?.commands?.simple.text && html`<${Cli} commands=${plan.commands} />`}
    </div>
  `;
}
