// @ts-check
// Loading images from a file of this computer. The browser sends it as it reads it, however large it is; how far
// that is, the operation tells.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, leave, Problem, resultUnknown } from "../../api.js";
import { addOperations, running } from "../../state.js";
import { proof } from "../../page-key.js";
import { bytes } from "../../format.js";
import { Icon } from "../elements/icon.js";
import { Help } from "../elements/level.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { toast } from "../frame/toast.js";
import { PlanView } from "../operations/plan.js";
import { OperationProgress } from "../operations/progress.js";

async function upload(file, signal) {
  let response;
  try {
    response = await fetch("/api/images/load", {
      method: "POST",
      body: file,
      headers: { Accept: "application/json", "Content-Type": "application/x-tar", ...proof() },
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw resultUnknown();
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const problem = new Problem(response.status, answer);
  leave(problem);
  throw problem;
}

export function LoadDialog({ close }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [sending, setSending] = useState(/** @type {AbortController | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [plan, setPlan] = useState(/** @type {any} */ (null));
  const operation = sending && running.value.find((one) => one.kind === "image.load");
  useEffect(() => {
    api("/api/images/load", { method: "POST", query: { dry_run: true } }).then(setPlan, () => {});
  }, []);
  // The upload is of this page: it ends with it.
  useEffect(() => {
    if (!sending) return undefined;
    const warn = (event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [sending]);
  const stop = () => {
    sending?.abort();
    close();
  };
  const send = async (event) => {
    event.preventDefault();
    if (!file || sending) return;
    const controller = new AbortController();
    setSending(controller);
    setProblem(null);
    try {
      const done = await upload(file, controller.signal);
      addOperations([done]);
      toast({ kind: "ok", title: done.message ?? "The images were loaded." });
      close();
    } catch (cause) {
      setSending(null);
      if (cause.name !== "AbortError") setProblem(cause);
    }
  };
  return html`
    <${Modal} label="Load images from a file" close=${stop}>
      <${DialogHead} title="Load images from a file" icon="upload" close=${stop} />
      <form class="content" id="load" onSubmit=${send}>
        <${Help}>
          Such a file holds one or more images with all their layers. It is made by Save as a file here, or
          by docker save anywhere else.
        </${Help}>
        <div class="field">
          <label for="load-file">Archive of images</label>
          <input
            id="load-file"
            class="input"
            type="file"
            accept=".tar,.gz,.tgz,.xz,.bz2,.zst,application/x-tar"
            disabled=${Boolean(sending)}
            onChange=${(e) => setFile(e.target.files[0] ?? null)}
          />
          <p class="hint">${file ? bytes(file.size) : "A tar archive, packed or not."}</p>
        </div>
        ${operation && html`<${OperationProgress} operation=${operation} />`}
        ${sending && !operation && html`
          <p class="muted" role="status">
            Starting…
          </p>
        `}
        ${plan && !sending && html`<${PlanView} plan=${plan} />`}
        ${problem && html`
          <p class="field-error any" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        `}
      </form>
      <footer>
        ${sending && html`<p class="faint small grow">Keep this page open until it is done.</p>`}
        <button type="button" class="btn" onClick=${stop}>
          ${sending ? "Stop" : "Cancel"}
        </button>
        <button type="submit" form="load" class="btn primary" disabled=${!file || Boolean(sending)}>
          <${Icon} name="upload" />
          ${sending ? "Loading…" : "Load"}
        </button>
      </footer>
    </${Modal}>
  `;
}
