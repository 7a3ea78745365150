// @ts-check
// Another name for a container: checked while it is typed, with free ones beside it.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api, containerLink, containerPath } from "../../api.js";
import { changeContainers, page } from "../../state.js";
import { go } from "../../navigation.js";
import { Confirm } from "../operations/plan.js";
import { toast } from "../frame/toast.js";

/** What the server says of a name, a moment after it was typed; null while it is being asked. */
function useNameCheck(name, environment, own) {
  const [check, setCheck] = useState(null);
  useEffect(() => {
    setCheck(null);
    if (!name || name === own) return undefined;
    let current = true;
    const timer = setTimeout(
      () =>
        api("/api/containers/validate-name", { query: { name, environment } }).then(
          (answer) => {
            if (current) setCheck(answer);
          },
          () => {},
        ),
      200,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [name]);
  return check;
}

export function RenameDialog({ c, close }) {
  const [name, setName] = useState(c.name);
  const check = useNameCheck(name, c.environment, c.name);
  const bad = check && !check.valid;
  const body = { name };
  const run = async ({ confirm }) => {
    const view = await api(containerPath(c.id), { method: "PUT", body, query: { confirm } });
    changeContainers([view], []);
    toast({ kind: "ok", title: `${c.name} is called ${view.name} now` });
    if (page.value?.page === "container") go(containerLink(view) + location.hash, { replace: true });
  };
  return html`
    <${Confirm}
      title=${`Rename ${c.name}`}
      icon="pencil"
      label="Rename"
      doing="Renaming"
      again=${check?.valid ? name : ""}
      close=${close}
      blocked=${!name || name === c.name
          ? "Enter the new name."
          : !check
            ? "Checking the name…"
            : bad
              ? "This name is not available."
              : ""}
      ask=${async () =>
        check?.valid ? api(containerPath(c.id), { method: "PUT", body, query: { dry_run: true } }) : null}
      run=${run}
      before=${html`<div class="field">
          <label for="new-name">New name</label>
          <input
            id="new-name"
            class="mono"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            maxlength="255"
            value=${name}
            aria-invalid=${bad ? "true" : undefined}
            aria-describedby="new-name-says"
            autofocus
            onInput=${(e) => setName(e.target.value.trim())}
          />
          <div id="new-name-says" role="status">
            ${bad ? html`
              <p class="field-error any">${check.problem}</p>
            ` : check?.warning ? html`
              <p class="hint any">${check.warning}</p>
            ` : check ? html`
              <p class="hint">This name is free.</p>
            ` : html`
              <p class="hint">Letters and digits; _ . - are allowed after the first character.</p>
            `}
          </div>
          ${check?.suggestions.length > 0 && html`
            <div class="wrap-chips" role="group" aria-label="Free names">
              ${check.suggestions.map((free) => html`
                <button
                  type="button"
                  class="chip"
                  key=${free}
                  onClick=${() => {
                    setName(free);
                    document.getElementById("new-name").focus();
                  }}
                >
                  ${free}
                </button>
              `)}
            </div>
          `}
        </div>`}
    />
  `;
}
