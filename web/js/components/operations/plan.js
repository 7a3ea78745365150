// @ts-check
// The confirmation is the plan: what will happen, what stays, and the same on the command line.
// Invariant: what is confirmed is the plan that is on the screen, and no other.
import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { Cli } from "./cli.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { Icon } from "../elements/icon.js";

const LONG = 320;
/** A sentence with a thousand names is opened when it is wanted. */
function Sentence({ text }) {
  const [open, setOpen] = useState(false);
  if (text.length <= LONG || open) return html`<span>${text}</span>`;
  return html`
    <span>
      ${text.slice(0, text.lastIndexOf(" ", LONG - 80))} …${" "}
      <button type="button" class="link" onClick=${() => setOpen(true)}>
        Show all
      </button>
    </span>
  `;
}

export const List = ({ items, kind, icon, numbered }) => html`
  <ul class=${`plan-list ${kind}`}>
    ${items.map((text, index) => html`
      <li key=${index}>
        ${numbered ? html`<b class="n">${index + 1}.</b>` : html`<${Icon} name=${icon} />`}
        <${Sentence} text=${text} />
      </li>
    `)}
  </ul>
`;

/** A plan to read: warnings, steps, what stays, the commands. */
export const PlanView = ({ plan, children }) => html`
    ${plan.warnings.length > 0 && html`<${List} items=${plan.warnings} kind="warns" icon="triangle-alert" />`}
    ${plan.steps.length > 0 && html`
      <div>
        <h3>What will happen</h3>
        <${List} items=${plan.steps} kind="" numbered=${plan.steps.length > 1} icon="chevron-right" />
      </div>
    `}
    ${plan.keeps.length > 0 && html`
      <div>
        <h3>What stays</h3>
        <${List} items=${plan.keeps} kind="keeps" icon="check" />
      </div>
    `}
    ${children}
    ${plan.commands?.simple.text && html`<${Cli} commands=${plan.commands} />`}
  `;

/**
 * A dialog around a plan. `ask()` fetches it, or answers null while there is nothing to plan yet; it is asked
 * again, a little later, whenever `again` changes. `run({confirm, acknowledge})` does it. `blocked` says why not yet.
 * `before` may be a function: its argument tells what the server says of a field, which is then shown there only.
 */
export function Confirm({
  title,
  icon,
  tone = "info",
  label,
  doing,
  danger = false,
  wide = false,
  first = null,
  again = "",
  blocked = "",
  ask,
  run,
  before,
  after,
  close,
}) {
  const [plan, setPlan] = useState(first);
  const [fresh, setFresh] = useState(Boolean(first));
  const [problem, setProblem] = useState(null);
  const [typed, setTyped] = useState("");
  const [taken, setTaken] = useState("");
  const [sending, setSending] = useState(false);
  const turn = useRef(0);
  const started = useRef(false);

  const fetchPlan = async () => {
    const mine = (turn.current += 1);
    try {
      const answer = await ask();
      if (mine !== turn.current) return;
      setPlan(answer);
      setProblem(null);
    } catch (cause) {
      if (mine !== turn.current) return;
      setPlan(null);
      setProblem(cause);
    }
    setFresh(true);
  };
  useEffect(() => {
    const begun = started.current;
    started.current = true;
    if (!begun && first) return undefined;
    setFresh(false);
    const timer = setTimeout(fetchPlan, begun ? 250 : 0);
    return () => {
      clearTimeout(timer);
      turn.current += 1;
    };
  }, [again]);

  const byName = plan?.needs?.kind === "type_name";
  // What is refused as a risk can be taken: the refusal says which.
  const risk = problem?.status === 428 && /risk|limit/.test(problem.code) ? problem.confirm : "";
  const ready =
    plan &&
    fresh &&
    !sending &&
    !blocked &&
    (!byName || typed.trim() === plan.needs.confirm) &&
    (!risk || taken === risk);
  const confirm = async (event) => {
    event.preventDefault();
    if (!ready) return;
    setSending(true);
    try {
      await run({ confirm: plan.needs ? plan.needs.confirm : undefined, acknowledge: taken || undefined });
      close();
    } catch (cause) {
      setSending(false);
      setProblem(cause);
      // It became production meanwhile: the plan says now what must be typed.
      if (cause.status === 428 && cause.code === "confirmation_required")
        fetchPlan().then(() => setProblem(cause));
    }
  };
  let shown = false;
  const at = (field) => {
    const name = problem?.field ?? "";
    if (name !== field && !name.startsWith(`${field}.`)) return "";
    shown = true;
    return problem.message;
  };
  const form = typeof before === "function" ? before(at) : before;
  return html`
    <${Modal}
      class=${`dialog ${wide ? "wide-dialog" : ""}`}
      label=${title ?? plan?.title ?? label}
      close=${close}
    >
      <${DialogHead}
        title=${title ?? plan?.title ?? label}
        icon=${icon}
        tone=${danger ? "crit" : tone}
        close=${close}
      />
      <form class="content" id="plan" onSubmit=${confirm} aria-busy=${String(!fresh)}>
        ${form}
        ${!plan && !problem && !fresh && html`
          <p class="muted" role="status">
            Preparing the preview…
          </p>
        `}
        ${plan && html`
          <${PlanView} plan=${plan}>
            ${typeof after === "function" ? after(plan) : after}
            ${plan.needs && html`
              <div class="field">
                ${plan.needs.reason && html`<p class="muted any">${plan.needs.reason}</p>`}
                ${byName && html`
                    <label for="confirm-name">
                      Type <code class="any">${plan.needs.confirm}</code> to confirm
                    </label>
                    <input
                      id="confirm-name"
                      class="mono"
                      autocomplete="off"
                      autocapitalize="off"
                      spellcheck="false"
                      value=${typed}
                      onInput=${(e) => setTyped(e.target.value)}
                    />
                  `}
              </div>
            `}
          </${PlanView}>
        `}
        ${problem && !shown && !(blocked && !plan) && html`
          <p class="field-error any" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        `}
        ${risk && html`
          <label class="check">
            <input
              type="checkbox"
              checked=${taken === risk}
              onChange=${(e) => setTaken(e.target.checked ? risk : "")}
            />
            <span>I accept the risk</span>
          </label>
        `}
      </form>
      <footer>
        ${blocked && html`
          <p class="faint small grow any" role="status">
            ${blocked}
          </p>
        `}
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        ${problem && !plan && fresh && !blocked ? html`
          <button type="button" class="btn primary" onClick=${fetchPlan}>
            Try again
          </button>
        ` : html`
          <button
            type="submit"
            form="plan"
            class=${`btn ${danger ? "danger solid" : "primary"}`}
            disabled=${!ready}
          >
            <${Icon} name=${icon} />
            ${sending ? `${doing}…` : label}
          </button>
        `}
      </footer>
    </${Modal}>
  `;
}

/** The options that the plan says are of use. */
export const Offers = ({ plan, keep, setKeep, restart, setRestart }) => html`
    ${plan.offers.includes("keep_annotations") && html`
      <label class="check">
        <input
          type="checkbox"
          name="keep_annotations"
          checked=${keep}
          onChange=${(e) => setKeep(e.target.checked)}
        />
        <span>
          Keep the annotations
          <small>
            Description, notes, tags and environment are kept for the next container of the same name.
          </small>
        </span>
      </label>
    `}
    ${plan.offers.includes("restart_dependents") && html`
      <label class="check">
        <input
          type="checkbox"
          name="restart_dependents"
          checked=${restart}
          onChange=${(e) => setRestart(e.target.checked)}
        />
        <span>
          Also restart dependent containers
          <small>They use its network, another namespace or its volumes, and lose them otherwise.</small>
        </span>
      </label>
    `}
  `;
