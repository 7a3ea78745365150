// @ts-check
// Registries: where images come from, the login at each, and what it said of its limits.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { plural } from "../format.js";
import { useReturn } from "../navigation.js";
import { changedJobs, stale } from "../stream.js";
import { TERMS } from "../terms.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, byLevel, Help } from "../components/elements/level.js";
import { openDialog } from "../components/frame/dialog.js";
import { LoginDialog, RemoveLogin } from "../components/registries/login-dialog.js";
import { Limits, LoginState, registryTitle } from "../components/registries/login-state.js";
import { TestResult, testLogin } from "../components/registries/login-test.js";

/** "3 containers, 5 images" */
function uses(view) {
  const parts = [
    view.containers > 0 && plural(view.containers, "container"),
    view.images > 0 && plural(view.images, "image"),
  ];
  return parts.filter(Boolean).join(", ");
}

function Row({ view, reload }) {
  const [result, setResult] = useState(null);
  const [testing, setTesting] = useState(false);
  const name = registryTitle(view.registry);
  const { origin } = view.login;
  const own = origin === "own";
  const test = async () => {
    setTesting(true);
    setResult(null);
    setResult(await testLogin(view.registry));
    setTesting(false);
  };
  const changed = () => {
    setResult(null);
    reload();
  };
  const edit = () => openDialog(LoginDialog, { of: view, saved: changed });
  return html`
    <tr role="row" data-registry=${view.registry}>
      <th scope="row" role="rowheader">
        <b class="any">${name}</b> ${view.is_mirror && html`<span class="tag">mirror of Docker Hub</span>`}${" "}
        ${view.is_insecure && html`
          <span
            class="tag"
            title="The engine may ask it without TLS that is verified: a login could be read on its way."
          >
            ${byLevel("connection not secured", "TLS not verified", "TLS not verified")}
          </span>
        `}
        ${name !== view.registry && html`<small class="faint mono">${view.registry}</small>`}
      </th>
      <td role="cell" data-head="Login">
        <div class="cell">
          <${LoginState} view=${view} />
          <div aria-live="polite">
            <${TestResult} result=${result} />
          </div>
        </div>
      </td>
      <td role="cell" data-head="Used by">
        ${uses(view) || html`<span class="faint">Nothing</span>`}
      </td>
      ${atLeast("intermediate") && html`
        <td
          role="cell"
          data-head="Requests left"
          class=${view.limit || view.retry_at ? undefined : "untold"}
        >
          <div class="cell">
            <${Limits} view=${view} />
          </div>
        </td>
      `}
      <td role="cell" class="moves">
        ${origin !== "none" && html`
          <button
            type="button"
            class="btn s"
            disabled=${testing}
            aria-label=${`${testing ? "Testing…" : "Test login"} at ${name}`}
            onClick=${test}
          >
            <${Icon} name="plug" />
            ${testing ? "Testing…" : "Test login"}
          </button>
        `}
        ${own ? html`
            <button
              type="button"
              class="btn quiet icon s"
              aria-label=${`Edit the login at ${name}`}
              title="Edit"
              aria-haspopup="dialog"
              onClick=${edit}
            >
              <${Icon} name="pencil" />
            </button>
            <button
              type="button"
              class="btn quiet icon s"
              aria-label=${`Remove the login at ${name}`}
              title="Remove"
              aria-haspopup="dialog"
              onClick=${() => openDialog(RemoveLogin, { of: view, removed: changed })}
            >
              <${Icon} name="trash-2" />
            </button>
          ` : html`
          <button
            type="button"
            class="btn s"
            aria-label=${`Add login at ${name}`}
            aria-haspopup="dialog"
            onClick=${edit}
          >
            <${Icon} name="key-round" />
            Add login
          </button>
        `}
      </td>
    </tr>
  `;
}

/** What the engine and the command line were told, for those who look for it. */
const Sources = ({ list }) => html`
  <section class="card">
    <header>
      <h2>Where this comes from</h2>
    </header>
    <dl class="facts-list body">
      <dt>Order</dt>
      <dd>A login saved here comes before one in a file; of the files the first that has one counts.</dd>
      <dt>Files</dt>
      <dd class="mono any">${list.login_files.join(", ") || "None"}</dd>
      <dt>Networks without verified TLS</dt>
      <dd class="mono any">${list.insecure_networks.join(", ") || "None"}</dd>
      <dt>Mirrors of Docker Hub</dt>
      <dd class="mono any">
        ${list.items
          .filter((view) => view.is_mirror)
          .map((view) => view.registry)
          .join(", ") || "None"}
      </dd>
    </dl>
  </section>
`;

/** Reads the list again when a check for updates has ended, which may know more, and after time without news. */
function useList(data) {
  const [list, setList] = useState(data);
  const reload = () => {
    api("/api/registries").then(setList, () => {});
  };
  const job = changedJobs.value.get("check_updates");
  const missed = stale.value;
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else if (!job?.running) reload();
  }, [job, missed]);
  return /** @type {const} */ ([list, reload]);
}

export default function Registries({ data }) {
  useReturn();
  const [list, reload] = useList(data);
  const withLogin = list.items.filter((view) => ["own", "file"].includes(view.login.origin)).length;
  const add = () => openDialog(LoginDialog, { saved: reload });
  useEffect(() => {
    const query = new URLSearchParams(location.search);
    if (query.get("do") !== "login") return;
    const registry = query.get("registry") ?? "";
    const of = list.items.find((view) => view.registry === registry);
    openDialog(LoginDialog, { of, registry, saved: reload });
  }, []);
  return html`
      <div class="head">
        <div>
          <h1>Registries</h1>
          <p>
            ${withLogin === 0
              ? "Images are pulled without a login."
              : `${plural(list.items.length, "registry", "registries")}, ${withLogin} with a login.`}
          </p>
          <${Help}>
            <b>Registry:</b> ${TERMS.registry} Without a login only public images can be pulled.
          </${Help}>
        </div>
        <div class="actions">
          <button type="button" class="btn primary" aria-haspopup="dialog" onClick=${add}>
            <${Icon} name="plus" />
            Add a login
          </button>
        </div>
      </div>
      ${list.engine_problem && html`
        <p class="st warn wraps registries-note">
          <${Icon} name="unplug" />
          <span class="any">Registries of images are missing here: ${list.engine_problem}</span>
        </p>
      `}
      <section class="card registries">
        <div class="matrix">
          <table class="plain-table" role="table" aria-label="Registries">
            <thead role="rowgroup">
              <tr role="row">
                <th scope="col" role="columnheader">
                  Registry
                </th>
                <th scope="col" role="columnheader">
                  Login
                </th>
                <th scope="col" role="columnheader">
                  Used by
                </th>
                ${atLeast("intermediate") && html`
                  <th scope="col" role="columnheader">
                    Requests left
                  </th>
                `}
                <th scope="col" role="columnheader">
                  <span class="visually-hidden">Change it</span>
                </th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              ${list.items.map((view) => html`
                <${Row} key=${view.registry} view=${view} reload=${reload} />
              `)}
            </tbody>
          </table>
        </div>
      </section>
      ${atLeast("advanced") && html`<${Sources} list=${list} />`}
    `;
}
