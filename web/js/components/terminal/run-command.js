// @ts-check
// One command in the container, without a terminal: what it wrote, how it ended, and the same by hand.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, containerPath } from "../../api.js";
import { exitText } from "../../exit-codes.js";
import { engineUp } from "../../state.js";
import { Cli } from "../operations/cli.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { colouredOutput } from "../logs/output.js";

const EXAMPLES = ["ls -la /", "env", "ps", "df -h", "cat /etc/os-release", "sh -c 'id; uname -a'"];

function Result({ result }) {
  const took =
    result.duration_ms < 1000 ? `${result.duration_ms} ms` : `${(result.duration_ms / 1000).toFixed(1)} s`;
  const good = result.exit_code === 0;
  const unfinished = result.timed_out || result.interrupted;
  return html`
    <div class="run-result tight" role="status">
      <p class=${`st ${unfinished ? "warn" : good ? "ok" : "crit"}`}>
        <${Icon}
          name=${result.interrupted
              ? "triangle-alert"
              : result.timed_out
                ? "clock"
                : good
                  ? "circle-check"
                  : "circle-x"}
        />
        <span title=${unfinished || good ? undefined : exitText(result.exit_code)}>
          ${unfinished
            ? `${result.interrupted ? "Interrupted: " : ""}${result.note}`
            : `${good ? "Done" : `Exited with code ${result.exit_code}`} in ${took}.`}
        </span>
      </p>
      ${result.stdout && html`
        <pre class="output raw run-output" tabindex="0" aria-label="Output">
          ${colouredOutput(result.stdout)}
        </pre>
      `}
      ${result.stderr && html`
          <p class="faint small">Standard error:</p>
          <pre class="output raw run-output" tabindex="0" aria-label="Standard error">
            ${colouredOutput(result.stderr)}
          </pre>
        `}
      ${!result.stdout && !result.stderr && !unfinished && html`<p class="faint small">No output.</p>`}
      ${result.output_truncated && html`<p class="faint small">Only the first megabyte is shown.</p>`}
    </div>
  `;
}

export function RunCommand({ c }) {
  const [command, setCommand] = useState("");
  const [user, setUser] = useState("");
  const [workdir, setWorkdir] = useState("");
  const [state, setState] = useState({});
  const [commands, setCommands] = useState(null);
  const off = c.state !== "running" || !engineUp.value;
  const body = {
    command,
    ...(user.trim() && { user: user.trim() }),
    ...(workdir.trim() && { workdir: workdir.trim() }),
  };
  const path = containerPath(c.id, "/exec");
  useEffect(() => {
    if (!command.trim() || off) {
      setCommands(null);
      return undefined;
    }
    const timer = setTimeout(
      () =>
        api(path, { method: "POST", query: { dry_run: true }, body }).then(
          (plan) => setCommands(plan.commands),
          () => setCommands(null),
        ),
      250,
    );
    return () => clearTimeout(timer);
  }, [command, user, workdir, off]);
  const run = async (event) => {
    event.preventDefault();
    if (!command.trim() || state.busy) return;
    setState({ busy: true });
    try {
      setState({ result: await api(path, { method: "POST", body }) });
    } catch (problem) {
      setState({ problem });
    }
  };
  const wrong = (name) => (state.problem?.field === name ? "true" : undefined);
  return html`
    <details class="card run" open=${!atLeast("intermediate")}>
      <summary>
        <${Icon} name="play" />
        <h2>Run one command</h2>
        <span class="faint small">without a terminal: shows the output and the exit code</span>
      </summary>
      <form class="body stack" onSubmit=${run}>
        <div class="run-row">
          <label class="field grow">
            <span class="visually-hidden">Command</span>
            <input
              class="input mono"
              value=${command}
              disabled=${off}
              list="run-examples"
              placeholder="ls -la /"
              autocomplete="off"
              autocapitalize="off"
              spellcheck=${false}
              aria-invalid=${wrong("command")}
              onInput=${(e) => setCommand(e.target.value)}
            />
          </label>
          <datalist id="run-examples">
            ${EXAMPLES.map((text) => html`
              <option key=${text} value=${text}></option>
            `)}
          </datalist>
          ${atLeast("intermediate") && html`
              <label class="run-small">
                <span class="visually-hidden">User</span>
                <input
                  class="input mono"
                  value=${user}
                  disabled=${off}
                  placeholder="user"
                  autocomplete="off"
                  spellcheck=${false}
                  aria-invalid=${wrong("user")}
                  onInput=${(e) => setUser(e.target.value)}
                />
              </label>
              <label class="run-small">
                <span class="visually-hidden">Folder</span>
                <input
                  class="input mono"
                  value=${workdir}
                  disabled=${off}
                  placeholder="folder"
                  autocomplete="off"
                  spellcheck=${false}
                  aria-invalid=${wrong("workdir")}
                  onInput=${(e) => setWorkdir(e.target.value)}
                />
              </label>
            `}
          <button class="btn primary" disabled=${off || !command.trim() || state.busy}>
            <${Icon} name=${state.busy ? "rotate-cw" : "play"} class=${state.busy ? "spin" : ""} />
            ${state.busy ? "Running…" : "Run"}
          </button>
        </div>
        <p class="hint">
          ${off ? (
            "The container must be running."
          ) : html`
              It is not run by a shell: for pipes, variables and wildcards use <code>sh -c '…'</code>. It
              may take 30 seconds.
            `}
        </p>
        ${state.problem && html`
          <p class="field-error" role="alert">
            ${state.problem.message}
          </p>
        `}
        ${state.result && html`<${Result} result=${state.result} />`}
        ${commands && html`<${Cli} commands=${commands} />`}
      </form>
    </details>
  `;
}
