// @ts-check
// Every action of a container as commands, to learn from and to paste.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, containerPath } from "../../api.js";
import { atLeast } from "../../state.js";
import { Cli } from "../operations/cli.js";
import { Icon } from "../elements/icon.js";

const LIST = [
  ["run", "Make it again", "box"],
  ["logs", "Read its log", "file-text"],
  ["exec", "Open a shell in it", "square-terminal"],
  ["stats", "See how busy it is", "activity"],
  ["inspect", "Everything about it", "search"],
  ["start", "Start it", "play"],
  ["stop", "Stop it", "square"],
  ["restart", "Restart it", "rotate-cw"],
  ["pause", "Pause it", "pause", "intermediate"],
  ["unpause", "Resume it", "play", "intermediate"],
  ["kill", "Kill it", "skull", "intermediate"],
  ["delete", "Delete it", "trash-2"],
];
const WHY = {
  run: "What makes this container again, with all its settings. The script also makes the networks that it needs, and looks whether it came up.",
  exec: "A second program inside the running container: a shell to look around with. exit ends it; the container runs on.",
  stats: "Processor, memory, network and disk as they are used now.",
  logs: "What the program wrote to its standard output and error.",
  inspect: "The engine's whole answer about the container, as JSON.",
  start: "Runs the container again as it was made.",
  stop: "Asks the program to end, and ends it by force if it does not in time.",
  restart: "Stops and starts it: for a program that hangs, or to read a changed configuration file.",
  pause: "Freezes all its processes where they are. Memory stays in use, the processor does not.",
  unpause: "Lets the frozen processes go on.",
  kill: "Ends it at once, without giving it time to save anything.",
  delete: "Removes the container. Its image and its named volumes stay.",
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
  const list = LIST.filter(([, , , from]) => !from || atLeast(from));
  const more = LIST.length - list.length;
  return html`
    <div class="cols cli-cols">
      <nav class="card pick" aria-label="What to do">
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
        ${more > 0 && html`<p class="faint small">${more} more from skill level Intermediate on.</p>`}
      </nav>
      <div class="stack">
        <p class="muted">${WHY[action]}</p>
        ${answers[action] ? html`
          <${Cli} key=${action} commands=${answers[action]} />
        ` : problem ? html`
          <p class="field-error" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        ` : html`
          <p class="muted" role="status">
            Writing the commands…
          </p>
        `}
        <p class="faint small">
          Paste it in a shell on this host. It does exactly this, no more and no less.
        </p>
      </div>
    </div>
  `;
}
