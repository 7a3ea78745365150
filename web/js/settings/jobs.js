// @ts-check
// The background jobs: when each runs, how it last went, and a button that runs it now.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { changedJobs, stale } from "../stream.js";
import { plural } from "../format.js";
import { Icon } from "../components/elements/icon.js";
import { Ago } from "../components/elements/time.js";
import { toast } from "../components/frame/toast.js";

/** @typedef {import("../../check/api.js").components["schemas"]["JobStatus"]} JobStatus */

/** @param {{ job: JobStatus }} props */
function LastRun({ job }) {
  if (job.running)
    return html`
      <span class="st busy">
        <${Icon} name="rotate-cw" class="spin" />
        <span>Running</span>
      </span>
    `;
  const run = job.last_run;
  if (!run) return html`<span class="faint">Not run yet</span>`;
  return html`
      <span class=${`st ${run.error === null ? "ok" : "crit"}`}>
        <${Icon} name=${run.error === null ? "circle-check" : "circle-x"} />
        <span>
          <${Ago} at=${run.started_at} />
        </span>
      </span>
      <small class="faint any">
        ${run.error ?? run.result}
        ${job.failures > 1 && ` Failed ${plural(job.failures, "time")} in a row.`}
      </small>
    `;
}

/** @param {{ jobs: JobStatus[] }} props */
export function Jobs({ jobs: atFirst }) {
  const [jobs, setJobs] = useState(atFirst);
  const [seen] = useState(stale.peek());
  const again = stale.value;
  useEffect(() => {
    // Events were missed.
    if (again !== seen)
      api("/api/system/jobs").then(
        (answer) => setJobs(answer.items),
        () => {},
      );
  }, [again]);
  const run = async (job) => {
    try {
      await api(`/api/system/jobs/${job.id}/run`, { method: "POST" });
    } catch (problem) {
      toast({ kind: "crit", title: problem.title, text: problem.message });
    }
  };
  const changed = changedJobs.value;
  return html`
    <section class="card" data-jobs>
      <header>
        <h2>Background jobs</h2>
      </header>
      <table class="plain-table jobs">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Last run</th>
            <th scope="col">Next run</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          ${jobs
            .map((job) => changed.get(job.id) ?? job)
            .map((job) => html`
              <tr key=${job.id}>
                <td>
                  ${job.title}
                  <small class="faint">${job.description}</small>
                </td>
                <td>
                  <${LastRun} job=${job} />
                </td>
                <td>
                  ${job.next_run_at ? html`<${Ago} at=${job.next_run_at} />` : html`<span class="faint">–</span>`}
                  <small class="faint">${job.schedule}</small>
                </td>
                <td class="right">
                  <button
                    type="button"
                    class="btn s"
                    disabled=${job.running}
                    aria-label=${`Run now: ${job.title}`}
                    onClick=${() => run(job)}
                  >
                    <${Icon} name="play" />
                    Run now
                  </button>
                </td>
              </tr>
            `)}
        </tbody>
      </table>
    </section>
  `;
}
