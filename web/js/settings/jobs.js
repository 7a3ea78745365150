// @ts-check
// The background jobs: when each runs, how it last went, and a button that runs it now.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { changedJobs, stale } from "../stream.js";
import { plural } from "../format.js";
import { Icon } from "../components/elements/icon.js";
import { Fold, Help } from "../components/elements/level.js";
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
  if (!run) return html`<span class="faint">Not run since DockerMate started</span>`;
  return html`
    <span class=${`st ${run.error === null ? "ok" : "crit"}`}>
      <${Icon} name=${run.error === null ? "circle-check" : "circle-x"} />
      <span class="any">
        <${Ago} at=${run.started_at} />: ${run.error ?? run.result}
        ${job.failures > 1 && ` It failed ${plural(job.failures, "time")} in a row.`}
      </span>
    </span>
  `;
}

/** @param {{ job: JobStatus, run: (job: JobStatus) => void }} props */
function Job({ job, run }) {
  return html`
    <li data-job=${job.id}>
      <div class="job-head">
        <b>${job.title}</b>
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
      </div>
      <p class="muted">${job.description}</p>
      <p>
        <${LastRun} job=${job} />
      </p>
      <p class="faint small">
        ${job.schedule}
        ${job.next_run_at && html`
            , next <${Ago} at=${job.next_run_at} />
          `}
      </p>
    </li>
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
      <${Help}>What DockerMate does by itself, such as renewing its certificate.</${Help}>
      <${Fold} from="intermediate" what=${plural(jobs.length, "job")}>
        <ul class="jobs">
          ${jobs.map((job) => html`
            <${Job} key=${job.id} job=${changed.get(job.id) ?? job} run=${run} />
          `)}
        </ul>
      </${Fold}>
    </section>
  `;
}
