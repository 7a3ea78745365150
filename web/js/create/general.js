// @ts-check
// General: what it is made of, what it is called and for, and when the registry is asked.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { environments, settings } from "../state.js";
import { EnvBadge } from "../components/containers/environment.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast } from "../components/elements/level.js";
import { Field, FieldError } from "./controls.js";
import { ImageNote } from "./proposals.js";

const PULLS = [
  ["missing", "If missing on this host"],
  ["always", "Always, for a newer image with the same tag"],
  ["never", "Never, use only local images"],
];

/** What the server says of a name while it is typed; null until it answered, or when there is nothing to ask. */
export function useNameCheck(name, environment, own) {
  const [check, setCheck] = useState(null);
  useEffect(() => {
    if (!name || name === own) {
      setCheck(null);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(
      () =>
        api("/api/containers/validate-name", { query: { name, environment }, signal: abort.signal }).then(
          setCheck,
          () => {},
        ),
      250,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [name, environment, own]);
  return check && check.name === name ? check : null;
}

function Name({ form }) {
  const { draft, set } = form;
  const typed = draft.name.trim();
  const check = useNameCheck(typed, draft.environment, form.base.name);
  // While it is typed nothing is marked as wrong.
  const told = check?.problem ?? null;
  const problem = (form.isLeft("name") ? told : null) ?? form.under("name");
  const suggestions = check?.suggestions ?? [];
  const hint =
    form.mode === "edit"
      ? "Other containers can reach it by this name."
      : draft.image.trim() && !typed && form.plan?.title
        ? `If empty: ${form.plan.title.replace(/^Create /, "")}.`
        : "The name of the container; other containers can reach it by this name.";
  return html`
    <div class="field" data-field="name">
      <label for="f-name">
        Name
        ${atLeast("advanced") && html`
            ${" "}
            <code class="faint key-name">name</code>
          `}
      </label>
      <input
        id="f-name"
        type="text"
        class="mono"
        autocomplete="off"
        autocapitalize="off"
        spellcheck=${false}
        aria-describedby=${problem ? "f-name-e" : "f-name-h"}
        aria-invalid=${problem ? "true" : undefined}
        value=${draft.name}
        onInput=${(e) => set("name", e.target.value)}
      />
      <div role="status">
        ${problem ? html`
          <p class="field-error" id="f-name-e" data-shown-error>
            ${problem}
          </p>
        ` : told ? html`
          <p class="hint" id="f-name-h">
            ${told}
          </p>
        ` : check ? html`
          <p class="hint ok-hint" id="f-name-h">
            <${Icon} name="circle-check" class="small-icon" /> ${check.warning ?? "Free."}
          </p>
        ` : html`
          <p class="hint" id="f-name-h">
            ${hint}
          </p>
        `}
        ${suggestions.length > 0 && html`
          <p class="suggest">
            <span class="faint small">Free:</span>
            ${suggestions.map((name) => html`
              <button
                type="button"
                class="chip"
                key=${name}
                onClick=${() => {
                  set("name", name);
                  document.getElementById("f-name")?.focus();
                }}
              >
                ${name}
              </button>
            `)}
          </p>
        `}
      </div>
    </div>
  `;
}

export function Environment({ form }) {
  const { draft, set } = form;
  const host = settings.value.host_environment;
  const mixed = host === "MIXED";
  const error = form.under("environment");
  const byLabel = form.view?.environment_source === "label" && form.view.environment;
  const unsaid = byLabel
    ? `From its label: ${byLabel}`
    : mixed
      ? form.mode === "edit" && "none"
      : `From the host: ${host}`;
  const choices = [...environments.value, ...(unsaid ? [{ code: "", word: unsaid }] : [])];
  const known = choices.find((one) => one.code === draft.environment);
  return html`
    <fieldset class="field" data-field="environment">
      <legend>
        Environment
        ${mixed && form.mode !== "edit" && html`
            ${" "}
            <span class="faint">required on this host</span>
          `}
      </legend>
      <div
        class="radios"
        role="radiogroup"
        aria-label="Environment"
        aria-describedby=${error ? "f-env-e" : "f-env-h"}
      >
        ${choices.map(({ code, word }) => html`
          <label class="chip pick-one" key=${code}>
            <input
              type="radio"
              name="environment"
              value=${code}
              checked=${draft.environment === code}
              onChange=${() => set("environment", code)}
            />
            ${code ? html`<${EnvBadge} code=${code} />` : html`<span>${word}</span>`}
          </label>
        `)}
      </div>
      ${error ? html`
        <${FieldError} id="f-env-e" message=${error} />
      ` : html`
        <p class="hint" id="f-env-h">
          ${known?.description ??
            (mixed
              ? "Its environment sets how carefully it is handled."
              : "Its environment. By default the environment of the host.")}
        </p>
      `}
    </fieldset>
  `;
}

export function General({ form }) {
  const { choices, options, setOption, mode, template } = form;
  return html`
      <div class="fields">
        <${Field}
          form=${form}
          name="image"
          list="images-here"
          class="span2"
          note=${form.mode === "new" && choices?.images.length > 0 && !form.draft.image ? html`
              <p class="suggest">
                <span class="faint small">On this host:</span>
                ${choices.images.slice(0, 6).map((image) => html`
                  <button type="button" class="chip" key=${image} onClick=${() => form.set("image", image)}>
                    <span class="clip">${image}</span>
                  </button>
                `)}
              </p>
            ` : html`
              <${ImageNote} key=${form.draft.image} form=${form} />
            `}
        />
        <datalist id="images-here">
          ${(choices?.images ?? []).map((image) => html`
            <option key=${image} value=${image} />
          `)}
        </datalist>
        ${!template && html`<${Name} form=${form} />`}
        <${Field} form=${form} name="description" class="wide" />
      </div>
      ${!template && html`<${Environment} form=${form} />`}
      <div class="fields">
        <div class="field" data-field="pull">
          <label for="f-pull">Pull the image</label>
          <select id="f-pull" value=${options.pull} onChange=${(e) => setOption("pull", e.target.value)}>
            ${PULLS.map(([value, word]) => html`
              <option key=${value} value=${value}>
                ${word}
              </option>
            `)}
          </select>
        </div>
        ${mode === "new" && html`
          <div class="field check-field">
            <label class="check">
              <input
                type="checkbox"
                checked=${options.start}
                onChange=${(e) => setOption("start", e.target.checked)}
              />
              <span>
                Start it immediately<small>Otherwise it is only created.</small>
              </span>
            </label>
          </div>
        `}
        ${mode === "edit" && atLeast("advanced") && html`
          <div class="field" data-field="stable_seconds">
            <label for="f-stable">
              Seconds it must keep running <code class="faint key-name">stable_seconds</code>
            </label>
            <input
              id="f-stable"
              type="text"
              inputmode="numeric"
              placeholder="10"
              value=${options.stable}
              onInput=${(e) => setOption("stable", e.target.value)}
              aria-describedby="f-stable-h"
            />
            <p class="hint" id="f-stable-h">
              A new container without a health check counts as ready after that time. Its ports have six
              times as long to respond, at least one minute.
            </p>
          </div>
        `}
      </div>
    `;
}
