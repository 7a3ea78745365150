// @ts-check
// Every action of a container as commands, to learn from and to paste.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, containerPath } from "../../api.js";
import { Cli } from "../operations/cli.js";
import { Icon } from "../elements/icon.js";
import { atLeast, FoldButton, more } from "../elements/level.js";

const LIST = [
  ["run", "Create it again", "box"],
  ["logs", "Read its logs", "file-text"],
  ["exec", "Open a shell in it", "square-terminal"],
  ["stats", "Measure its usage", "activity"],
  ["inspect", "Inspect it", "search"],
  ["start", "Start it", "play"],
  ["stop", "Stop it", "stop"],
  ["restart", "Restart it", "rotate-cw"],
  ["pause", "Pause it", "pause", "intermediate"],
  ["unpause", "Resume it", "play", "intermediate"],
  ["kill", "Kill it", "skull", "intermediate"],
  ["delete", "Delete it", "trash-2"],
];
const WHY = {
  run: "Creates this container again with all its settings. The script also creates the networks it needs and checks that it started.",
  exec: "Opens a shell in the running container. exit ends the shell; the container keeps running.",
  stats: "Current CPU, memory, network and disk usage.",
  logs: "What the container wrote to standard output and standard error.",
  inspect: "Everything the engine knows about the container, as JSON.",
  start: "Starts the container with its existing settings.",
  stop: "Stops the container, and kills it if it does not stop in time.",
  restart: "Stops and starts it, for example after a configuration file was changed.",
  pause: "Pauses all its processes. They keep their memory but use no CPU.",
  unpause: "Resumes all paused processes.",
  kill: "Kills it immediately, without time to save anything.",
  delete: "Removes the container. Its image and named volumes are kept.",
};

export function CommandsTab({ c }) {
  const [action, setAction] = useState("run");
  const [answers, setAnswers] = useState({});
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    if (answers[action]) return;
    setProblem(null);
    api(containerPath(c.id, "/commands"), { query: { action } }).then(
      (commands) => setAnswers((was) => ({ ...was, [action]: commands })),
      setProblem,
    );
  }, [action]);
  const [all, setAll] = useState(false);
  const folded = LIST.filter(([, , , from]) => from && !atLeast(from)).length;
  const list = LIST.filter(([, , , from]) => all || !from || atLeast(from));
  return html`
    <div class="cols cli-cols">
      <nav class="card pick" aria-label="Actions">
        ${list.map(([name, word, icon]) => html`
          <button
            type="button"
            key=${name}
            aria-pressed=${String(action === name)}
            onClick=${() => setAction(name)}
          >
            <${Icon} name=${icon} />
            ${word}
          </button>
        `)}
        ${folded > 0 && html`<${FoldButton} open=${all} what=${more(folded, "action")} toggle=${setAll} />`}
      </nav>
      <div class="stack">
        <p class="muted">${WHY[action]}</p>
        ${answers[action] ? html`
          <${Cli} key=${action} open commands=${answers[action]} />
        ` : problem ? html`
          <p class="field-error" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        ` : html`
          <p class="muted" role="status">
            Loading the commands…
          </p>
        `}
        <p class="faint small">Paste it into a shell on this host.</p>
      </div>
    </div>
  `;
}
