// @ts-check
// Networks as a Markdown page: to read, copy or save.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { useCopied } from "../elements/copy.js";
import { Icon } from "../elements/icon.js";
import { DialogHead, Modal } from "../frame/dialog.js";

export function DocumentDialog({ path, title, close }) {
  const [page, setPage] = useState(/** @type {{file: string, markdown: string} | null} */ (null));
  const [problem, setProblem] = useState("");
  const [copied, copy] = useCopied();
  useEffect(() => {
    api(path).then(setPage, (failed) => setProblem(failed.detail ?? failed.message));
  }, []);
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([page?.markdown ?? ""], { type: "text/markdown" }));
    link.download = page?.file ?? "networks.md";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return html`
    <${Modal} class="dialog wide-dialog" label=${title} close=${close}>
      <${DialogHead} title=${title} icon="file-text" tone="info" close=${close} />
      <div class="content" aria-busy=${String(!page && !problem)}>
        ${problem && html`<p class="st crit wraps">${problem}</p>`}
        ${page && html`
          <pre class="net-document" tabindex="0">
            ${page.markdown}
          </pre>
        `}
      </div>
      <footer>
        <button type="button" class="btn" disabled=${!page} onClick=${() => copy(page?.markdown)}>
          <${Icon} name=${copied ? "check" : "clipboard-paste"} />
          ${copied ? "Copied" : "Copy"}
        </button>
        <button type="button" class="btn primary" disabled=${!page} onClick=${save}>
          <${Icon} name="download" />
          Save
        </button>
      </footer>
    </${Modal}>
  `;
}
