// @ts-check
// The login at a registry: entered, tested before it is saved, and removed.
// Invariant: the secret goes to the server when it is tested or saved, and is never shown again.
import { html, useEffect, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { DialogHead, Modal } from "../frame/dialog.js";
import { toast } from "../frame/toast.js";
import { Icon } from "../elements/icon.js";
import { Help } from "../elements/level.js";
import { Cli } from "../operations/cli.js";
import { Confirm, List } from "../operations/plan.js";
import { loginPath, TestResult, testLogin } from "./login-test.js";
import { registryTitle } from "./login-state.js";

/** The field that an answer of the registry is about. */
const FIELD_OF = { refused: "secret", unreachable: "registry" };

/** The plan for these values: what is replaced, and the commands that do the same. It never has the secret. */
function usePlan(registry, username) {
  const [plan, setPlan] = useState(null);
  useEffect(() => {
    setPlan(null);
    if (!registry || !username) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(
      () =>
        api(loginPath(registry), {
          method: "PUT",
          query: { dry_run: true },
          body: { username, secret: "not part of the plan" },
          signal: abort.signal,
        }).then(setPlan, () => {}),
      300,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [registry, username]);
  return plan;
}

/** `of` is the registry of a row; without it one is entered, beginning with `registry`. */
export function LoginDialog({ of = null, registry: first = "", saved, close }) {
  const [registry, setRegistry] = useState(of?.registry ?? first);
  const [username, setUsername] = useState((of?.login.origin === "own" && of.login.username) || "");
  const [secret, setSecret] = useState("");
  const [visible, setVisible] = useState(false);
  const [problem, setProblem] = useState(null);
  const [tested, setTested] = useState(null);
  const [doing, setDoing] = useState("");
  const plan = usePlan(registry.trim(), username.trim());
  const given = () => ({ username: username.trim(), secret });
  const edit = (set) => (event) => {
    set(event.target.value);
    setProblem(null);
    setTested(null);
  };
  const test = async () => {
    setDoing("test");
    setProblem(null);
    setTested(null);
    const result = await testLogin(registry.trim(), given());
    setDoing("");
    if (result.outcome === "failed" && result.field) setProblem(result);
    else setTested(result);
  };
  const save = async (event) => {
    event.preventDefault();
    setDoing("save");
    setProblem(null);
    try {
      const view = await api(loginPath(registry.trim()), { method: "PUT", body: given() });
      toast({ kind: "ok", title: `The login at ${registryTitle(view.registry)} was saved` });
      saved();
      close();
    } catch (cause) {
      setProblem(cause);
      setDoing("");
    }
  };
  const about = tested && FIELD_OF[tested.outcome];
  const fields = of ? ["username", "secret"] : ["registry", "username", "secret"];
  const isWrong = (field) => problem?.field === field || about === field;
  const at = (field) => html`
    <div id=${`login-${field}-error`} aria-live="polite">
      ${problem?.field === field && html`<p class="field-error any">${problem.message}</p>`}
      ${about === field && html`<${TestResult} result=${tested} />`}
    </div>
  `;
  const described = (field) => ({
    id: `login-${field}`,
    "aria-invalid": isWrong(field) ? "true" : undefined,
    "aria-describedby": `login-${field}-hint login-${field}-error`,
    autocapitalize: "off",
    spellcheck: "false",
  });
  const whole = registry.trim() && username.trim() && secret;
  const title = of ? `Login at ${registryTitle(of.registry)}` : "Add a login";
  return html`
    <${Modal} label=${title} close=${close}>
      <${DialogHead} title=${title} icon="key-round" tone="info" close=${close} />
      <form class="content" id="registry-login" autocomplete="off" onSubmit=${save}>
        <${Help}>
          With a login this host can pull private images. Docker Hub also allows more pulls with one.
        </${Help}>
        ${!of && html`
          <div class="field">
            <label for="login-registry">Registry</label>
            <input
              class="mono"
              autocomplete="off"
              placeholder="ghcr.io"
              required
              autofocus
              value=${registry}
              onInput=${edit(setRegistry)}
              ...${described("registry")}
            />
            <p class="hint" id="login-registry-hint">
              The part of an image's name before the first slash: ghcr.io, nas.home:5000. Docker Hub is
              docker.io.
            </p>
            ${at("registry")}
          </div>
        `}
        <div class="field">
          <label for="login-username">User name</label>
          <input
            autocomplete="off"
            required
            autofocus=${Boolean(of)}
            value=${username}
            onInput=${edit(setUsername)}
            ...${described("username")}
          />
          <p class="hint" id="login-username-hint">
            As you use it at ${of ? registryTitle(of.registry) : "the registry"}.
          </p>
          ${at("username")}
        </div>
        <div class="field">
          <label for="login-secret">Password or access token</label>
          <div class="input-row">
            <input
              type=${visible ? "text" : "password"}
              autocomplete="new-password"
              required
              value=${secret}
              onInput=${edit(setSecret)}
              ...${described("secret")}
            />
            <button
              type="button"
              class="btn quiet icon"
              aria-label="Show the secret"
              aria-pressed=${String(visible)}
              onClick=${() => setVisible(!visible)}
            >
              <${Icon} name=${visible ? "eye-off" : "eye"} />
            </button>
          </div>
          <p class="hint" id="login-secret-hint">
            A token that may only read is enough. It is stored encrypted and not shown again.
          </p>
          ${at("secret")}
        </div>
        <div class="row">
          <button type="button" class="btn" disabled=${!whole || doing !== ""} onClick=${test}>
            <${Icon} name="plug" />
            ${doing === "test" ? "Testing…" : "Test login"}
          </button>
          <div class="grow" aria-live="polite">
            ${tested && !fields.includes(about) && html`<${TestResult} result=${tested} />`}
            ${problem && !fields.includes(problem.field) && html`
              <p class="field-error any">
                ${problem.title && html`<b>${problem.title}.</b>`} ${problem.message}
              </p>
            `}
          </div>
        </div>
        ${plan?.warnings.length > 0 && html`<${List} items=${plan.warnings} kind="warns" icon="triangle-alert" />`}
        ${plan?.commands && html`<${Cli} commands=${plan.commands} />`}
      </form>
      <footer>
        <button type="button" class="btn" onClick=${close}>
          Cancel
        </button>
        <button type="submit" form="registry-login" class="btn primary" disabled=${!whole || doing !== ""}>
          ${doing === "save" ? "Saving…" : "Save"}
        </button>
      </footer>
    </${Modal}>
  `;
}

export function RemoveLogin({ of, removed, close }) {
  const path = loginPath(of.registry);
  return html`
    <${Confirm}
      title=${`Remove the login at ${registryTitle(of.registry)}`}
      icon="trash-2"
      label="Remove"
      doing="Removing"
      danger
      close=${close}
      ask=${() => api(path, { method: "DELETE", query: { dry_run: true } })}
      run=${async () => {
        await api(path, { method: "DELETE" });
        toast({ kind: "ok", title: `The login at ${registryTitle(of.registry)} was removed` });
        removed();
      }}
    />
  `;
}
