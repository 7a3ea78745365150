// @ts-check
// The host: what it is called, what it is for, and what was found out about the machine.
import { html, useState } from "../../vendor/preact.js";
import { environments, frame, settings } from "../state.js";
import { memory } from "../format.js";
import { saveSettings } from "../preferences.js";
import { Copyable } from "../components/elements/copy.js";
import { EnvBadge } from "../components/containers/environment.js";
import { Icon } from "../components/elements/icon.js";
import { atLeast, Fold, Help, more } from "../components/elements/level.js";
import { toast } from "../components/frame/toast.js";
import { Jobs } from "./jobs.js";

const MIXED = {
  code: "MIXED",
  name: "Mixed",
  description: "Containers of every kind. Each one gets its own environment.",
};

function Name() {
  const [text, setText] = useState(settings.value.host_name ?? "");
  const save = async (event) => {
    event.preventDefault();
    if (await saveSettings({ host_name: text.trim() })) toast({ kind: "ok", title: "Name saved" });
  };
  return html`
    <form class="field" onSubmit=${save}>
      <label for="host-name">Name of this host</label>
      <div class="input-row">
        <input
          id="host-name"
          maxlength="64"
          autocomplete="off"
          value=${text}
          onInput=${(e) => setText(e.target.value)}
          aria-describedby="host-name-hint"
        />
        <button class="btn primary" type="submit" disabled=${text.trim() === settings.value.host_name}>
          Save
        </button>
      </div>
      <p class="hint" id="host-name-hint">
        Shown at the top of every page. Addresses do not change.
      </p>
    </form>
  `;
}

function Mode() {
  const current = settings.value.host_environment;
  const choose = async (code) => {
    const before = current;
    if (await saveSettings({ host_environment: code }))
      toast({
        kind: "ok",
        title: `This host is ${code} now`,
        text:
          code === "MIXED"
            ? "Containers without their own environment have none."
            : `Containers without their own environment are ${code}.`,
        action: { label: "Undo", run: () => saveSettings({ host_environment: before }) },
      });
  };
  return html`
    <fieldset class="field">
      <legend>Environment</legend>
      <div class="choices">
        ${[MIXED, ...environments.value].map(({ code, name, description }) => html`
          <label class="choice" key=${code}>
            <input
              type="radio"
              name="host-mode"
              value=${code}
              checked=${current === code}
              onChange=${() => choose(code)}
            />
            <span>
              <b>
                <${EnvBadge} code=${code} word=${code} />
                ${name}
              </b>
              <small>${description}</small>
            </span>
          </label>
        `)}
      </div>
    </fieldset>
  `;
}

function shown({ value }) {
  if (value === null || value === undefined || value === "") return html`<span class="faint">no limit</span>`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

function Profile({ profile }) {
  return html`
    <section class="card">
      <header>
        <h2>${profile.title}</h2>
        ${profile.overridden && html`<span class="tag">set manually</span>`}
        ${profile.in_container && html`<span class="tag plain-tag">in a container</span>`}
      </header>
      <div class="body stack">
        <${Help}>What DockerMate has found out about this machine. Its limits follow from it.</${Help}>
        ${atLeast("intermediate") && html`<p class="muted">${profile.how}</p>`}
        <dl class="facts-list">
          ${profile.model && html`
              <dt>Model</dt>
              <dd>${profile.model}</dd>
            `}
          <dt>Processor</dt>
          <dd>
            ${profile.cpu_cores} ${profile.cpu_cores === 1 ? "core" : "cores"}
          </dd>
          <dt>Memory</dt>
          <dd>${memory(profile.memory_bytes)}</dd>
        </dl>
      </div>
      <${Fold} from="intermediate" what=${more(profile.values.length + 1, "value")}>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Value and reason</th>
              <th scope="col" class="right">
                Value
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td>
                Profile
                ${!atLeast("intermediate") && html`<small class="faint any">${profile.how}</small>`}
              </td>
              <td class="right any">
                <code>${profile.name}</code>
              </td>
            </tr>
            ${profile.values.map((v) => html`
              <tr key=${v.key}>
                <td>
                  ${v.label}
                  <small class="faint any">${v.source}</small>
                </td>
                <td class="num right any">${shown(v)}</td>
              </tr>
            `)}
          </tbody>
        </table>
        <div class="body">
          <p class="faint small">
            To choose another profile, use <code>--profile</code> or <code>DOCKERMATE_PROFILE</code> when
            DockerMate starts.
          </p>
        </div>
      </${Fold}>
    </section>
  `;
}

export function HostSettings({ data }) {
  const { system } = data;
  return html`
    <div class="cols even">
      <div class="stack">
        <section class="card">
          <div class="body stack">
            <${Name} />
            <${Mode} />
          </div>
        </section>
        <section class="card">
          <header>
            <h2>Addresses</h2>
          </header>
          <div class="body stack">
            <ul class="tight">
              ${system.urls.map((url) => html`
                <li key=${url}>
                  <${Copyable} text=${url} what="the address" />
                </li>
              `)}
            </ul>
            <p class="muted small">
              ${system.mdns_name ? html`
                  <${Icon} name="network" class="small-icon" /> Announced on this network as${" "}
                  <code>${system.mdns_name}</code>.
                ` : (
                "Not announced by mDNS."
              )}${" "}
              The operating system's name for this machine is <code>${system.machine}</code>.
            </p>
          </div>
        </section>
        <${Jobs} jobs=${data.jobs} />
      </div>
      <${Profile} profile=${data.profile ?? frame.value.profile} />
    </div>
  `;
}
