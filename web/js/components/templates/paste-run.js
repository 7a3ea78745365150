// @ts-check
// A pasted `docker run` becomes a specification: read while typing, every doubt named with its place.
// Invariant: nothing of the text is run anywhere; the server only reads it.
import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { plural } from "../../format.js";
import { Icon } from "../elements/icon.js";

const PAUSE = 350;
const MARKS = {
  error: ["circle-x", "bad", "Ignored"],
  warning: ["triangle-alert", "look", "Check this"],
  info: ["info", "", "Note"],
};

/** The answer for the text entered; an older one never replaces a newer one, and is not `fresh`. */
function useReading(text, given) {
  const [reading, setReading] = useState(null);
  const [problem, setProblem] = useState(null);
  const turn = useRef(0);
  useEffect(() => {
    const mine = (turn.current += 1);
    setProblem(null);
    if (text.trim() === "") {
      setReading(null);
      return undefined;
    }
    const timer = setTimeout(() => {
      api("/api/convert/run-to-spec", { method: "POST", body: { command: text, ...given } }).then(
        (answer) => {
          if (mine === turn.current) setReading({ ...answer, text, given });
        },
        (cause) => {
          if (mine === turn.current) setProblem(cause);
        },
      );
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text, given]);
  return { reading, problem, fresh: reading?.text === text && reading.given === given };
}

function Remarks({ list, show }) {
  if (list.length === 0) return null;
  return html`
    <ul class="plan-list remarks">
      ${list.map((one, at) => {
        const [icon, tone, word] = MARKS[one.severity] ?? MARKS.info;
        return html`
          <li key=${at} class=${tone}>
            <${Icon} name=${icon} />
            <span>
              <button type="button" class="link" onClick=${() => show(one)}>
                Line ${one.line}, column ${one.column}
              </button>${" "}
              <b>${word}:</b> ${one.message}
            </span>
          </li>
        `;
      })}
    </ul>
  `;
}

const QUESTIONS = [
  ["variable", "variables"],
  ["file", "files"],
];

/** What only the person's shell knew, and files that the text names: asked for here, and read again with them. */
function Questions({ asked, given, give }) {
  if (asked.length === 0) return null;
  return html`
    <fieldset class="stack">
      <legend>
        <b>Values needed from your machine</b>
      </legend>
      ${asked.map(({ kind, group, key, text }) => {
        const id = `paste-${kind}-${key}`;
        const on = {
          id,
          class: "mono",
          value: given[group][key] ?? "",
          spellcheck: "false",
          autocomplete: "off",
          onInput: (e) => give(group, key, e.target.value),
        };
        return html`
          <div class="field" key=${id}>
            <label for=${id}>
              ${kind === "file" ? html`
                  Content of the file <code class="any">${key}</code>
                ` : html`
                  Value of <code class="any">${text}</code>
                `}
            </label>
            ${kind === "file" ? html`<textarea ...${on} rows="4"></textarea>` : html`<input ...${on} />`}
          </div>
        `;
      })}
    </fieldset>
  `;
}

/**
 * `use(spec, options, placeholders)`: what the command is about; `shown`: it is on the screen, and its
 * text stays when it is not.
 */
export default function PasteRun({ use, close, shown = true }) {
  const [text, setText] = useState("");
  const box = useRef();
  const [given, setGiven] = useState({ variables: {}, files: {} });
  const { reading, problem, fresh } = useReading(text, given);
  // An answered question stays to be seen while its place is in the text.
  const [known, setKnown] = useState([]);
  const found = reading?.containers ?? [];
  const open = found.reduce((sum, one) => sum + one.placeholders.length, 0);
  const remarks = [...found.flatMap((one) => one.diagnostics), ...(reading?.diagnostics ?? [])].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  useEffect(() => {
    const questions = remarks.flatMap((one) =>
      QUESTIONS.filter(([kind]) => one[kind]).map(([kind, group]) => ({
        kind,
        group,
        key: one[kind],
        text: one.text,
      })),
    );
    setKnown((was) => [
      ...new Map([...was, ...questions].map((one) => [`${one.kind} ${one.key}`, one])).values(),
    ]);
  }, [reading]);
  const asked = known.filter(({ key, text: part }) => text.includes(part) || text.includes(key));
  // An emptied answer is none.
  const give = (group, key, value) =>
    setGiven((was) => {
      const { [key]: _, ...rest } = was[group];
      return { ...was, [group]: value === "" ? rest : { ...rest, [key]: value } };
    });
  useEffect(() => {
    if (shown) box.current?.focus();
  }, [shown]);
  const show = ({ line, column, length }) => {
    const lines = text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    box.current.focus();
    box.current.setSelectionRange(start, start + Math.max(1, length ?? 1));
  };
  return html`
      <header>
        <h2>Paste a docker run command</h2>
      </header>
      <div class="body stack">
        <div class="field">
          <label for="paste-run">The command</label>
          <textarea
            id="paste-run"
            ref=${box}
            class="mono"
            rows="7"
            spellcheck="false"
            autocomplete="off"
            autocapitalize="off"
            placeholder=${"docker run -d \\\n  --name web \\\n  -p 8080:80 \\\n  nginx:1.27"}
            value=${text}
            onInput=${(e) => setText(e.target.value)}
          ></textarea>
          <p class="hint">
            Multiple lines, comments and multiple commands are supported. The text is only parsed, never
            run.
          </p>
        </div>
        ${problem && html`
          <p class="field-error" role="alert">
            ${problem.message}
          </p>
        `}
        <div role="status">
          ${reading && html`
            <p>
              ${found.length === 0
                ? "No container was found."
                : `${plural(found.length, "container")} read.`}
            </p>
          `}
        </div>
        <${Remarks} list=${remarks} show=${show} />
        <${Questions} asked=${asked} given=${given} give=${give} />
        ${open > 0 && html`
          <p class="small open-values">
            <${Icon} name="pencil" class="small-icon" />
            <span>
              ${plural(open, "value")} of the text ${open === 1 ? "is" : "are"} yet to be chosen by you; the
              form asks for ${open === 1 ? "it" : "them"}.
            </span>
          </p>
        `}
        <div class="row">
          ${found.map((one, at) => html`
            <button
              type="button"
              key=${at}
              class=${`btn ${at === 0 ? "primary" : ""}`}
              disabled=${!fresh || !one.spec.image}
              onClick=${() =>
                use(one.spec, { start: one.start, pull: one.pull ?? "missing" }, one.placeholders)}
            >
              <${Icon} name="check" />
              <span class="clip">
                ${found.length === 1 ? "Fill in the form" : `Fill in ${one.spec.name ?? one.spec.image}`}
              </span>
            </button>
          `)}
          <button type="button" class="btn" onClick=${close}>
            Back
          </button>
        </div>
      </div>
    `;
}
