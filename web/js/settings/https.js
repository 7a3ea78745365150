// The certificate: who made it, for which names, until when; and how devices learn to trust it.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { date, exact, plural } from "../format.js";
import { now, running } from "../state.js";
import { Copyable } from "../components/elements/copy.js";
import { openDialog } from "../components/frame/dialog.js";
import { Icon } from "../components/elements/icon.js";
import { Facts } from "../components/elements/level.js";
import { Confirm } from "../components/operations/plan.js";
import { toast } from "../components/frame/toast.js";
import { AcmeFacts, AcmeForm } from "./acme.js";

const SYSTEMS = [
  [
    "Windows",
    [
      "Open dockermate-ca.crt, choose Install certificate.",
      "Store it for the current user, in “Trusted Root Certification Authorities”.",
      "Restart the browser. Firefox has its own list: Settings, Certificates, Import.",
    ],
  ],
  [
    "macOS",
    [
      "Open dockermate.mobileconfig, then System Settings, Privacy & Security, Profiles, and install it.",
      "Or open dockermate-ca.crt in Keychain Access and set it to Always Trust.",
    ],
  ],
  [
    "iPhone and iPad",
    [
      "Open dockermate.mobileconfig in Safari and allow the download.",
      "Settings, Profile downloaded: install it.",
      "Settings, General, About, Certificate Trust Settings: switch it on.",
    ],
  ],
  [
    "Android",
    [
      "Download dockermate-ca.crt.",
      "Settings, Security, Encryption & credentials, Install a certificate, CA certificate.",
    ],
  ],
  [
    "Linux",
    [
      "Debian, Ubuntu, Raspberry Pi OS: copy dockermate-ca.crt to /usr/local/share/ca-certificates/ and run sudo update-ca-certificates.",
      "Chrome and Firefox have their own list: Settings, Certificates, Authorities, Import.",
    ],
  ],
];

function mine() {
  const agent = navigator.userAgent;
  return /iPhone|iPad/.test(agent)
    ? 2
    : /Android/.test(agent)
      ? 3
      : /Mac OS X/.test(agent)
        ? 1
        : /Windows/.test(agent)
          ? 0
          : 4;
}

function Trust() {
  const [system, setSystem] = useState(mine);
  return html`
    <section class="card">
      <header>
        <h2>Trust it on your devices</h2>
      </header>
      <div class="body stack">
        <p class="muted">
          Install the authority once on each device to avoid browser warnings. It stays the same when the
          certificate is renewed.
        </p>
        <div class="row">
          <a class="btn primary" href="/ca.crt" download="dockermate-ca.crt">
            <${Icon} name="download" />
            Authority for browsers
          </a>
          <a class="btn" href="/ca.mobileconfig" download="dockermate.mobileconfig">
            <${Icon} name="download" />
            Profile for Apple devices
          </a>
        </div>
        <div class="chips wrap-chips" role="group" aria-label="Your device">
          ${SYSTEMS.map(([name], index) => html`
            <button
              type="button"
              class="chip"
              key=${name}
              aria-pressed=${String(index === system)}
              onClick=${() => setSystem(index)}
            >
              ${name}
            </button>
          `)}
        </div>
        <ol class="numbered">
          ${SYSTEMS[system][1].map((step) => html`
            <li key=${step}>${step}</li>
          `)}
        </ol>
      </div>
    </section>
  `;
}

function PemField({ name, label, hint, value, change, error }) {
  const read = async (event) => {
    const file = event.target.files[0];
    if (file && file.size < 256_000) change(await file.text());
  };
  return html`
    <div class="field">
      <label for=${name}>${label}</label>
      <textarea
        id=${name}
        class="mono"
        rows="5"
        spellcheck="false"
        autocomplete="off"
        placeholder="-----BEGIN …"
        value=${value}
        aria-invalid=${error ? "true" : undefined}
        onInput=${(e) => change(e.target.value)}
      ></textarea>
      <input
        type="file"
        class="file"
        aria-label=${`${label} from a file`}
        accept=".pem,.crt,.cer,.key,.txt"
        onChange=${read}
      />
      ${hint && html`<p class="hint">${hint}</p>`}
      ${error && html`
        <p class="field-error" role="alert">
          ${error}
        </p>
      `}
    </div>
  `;
}

function Custom({ done }) {
  const [certificate, setCertificate] = useState("");
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState(null);
  const [sending, setSending] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    try {
      done(
        await api("/api/system/https", {
          method: "PUT",
          body: { mode: "custom", certificate, private_key: key },
        }),
      );
      toast({
        kind: "ok",
        title: "Your certificate is in use",
        text: "New connections use it.",
      });
    } catch (cause) {
      setProblem(cause);
    } finally {
      setSending(false);
    }
  };
  const at = (field) => (problem?.field === field ? problem.message : "");
  return html`
    <form class="stack" onSubmit=${save}>
      <${PemField}
        name="certificate"
        label="Certificate chain (PEM)"
        value=${certificate}
        change=${setCertificate}
        error=${at("certificate")}
        hint="The server certificate first, then the intermediate certificates."
      />
      <${PemField}
        name="private_key"
        label="Private key (PEM)"
        value=${key}
        change=${setKey}
        error=${at("private_key")}
        hint="It stays on this host, readable only by DockerMate."
      />
      ${problem && !at("certificate") && !at("private_key") && html`
        <p class="field-error" role="alert">
          <b>${problem.title}.</b> ${problem.message}
        </p>
      `}
      <button class="btn primary" type="submit" disabled=${sending || !certificate.trim() || !key.trim()}>
        ${sending ? "Checking…" : "Use this certificate"}
      </button>
    </form>
  `;
}

/** True while a certificate is being ordered, whoever asked for it. */
function useOrdering(ended) {
  const ordering = running.value.some((operation) => operation.kind === "certificate.order");
  const before = useRef(ordering);
  useEffect(() => {
    if (before.current && !ordering) api("/api/system/https").then(ended, () => {});
    before.current = ordering;
  }, [ordering]);
  return ordering;
}

function Another({ https, ordering, done, back }) {
  const { acme } = https;
  const failed = !acme.active && acme.last_error;
  const [open, setOpen] = useState(failed ? "acme" : "");
  useEffect(() => {
    if (failed && !open) setOpen("acme");
  }, [failed]);
  const taken = (answer) => {
    setOpen("");
    done(answer);
  };
  const ways = [
    ["acme", "shield-check", acme.authority.public ? "Let's Encrypt" : acme.authority.name],
    ["custom", "upload", "Custom certificate"],
  ];
  return html`
    <section class="card">
      <header>
        <h2>Another certificate</h2>
        ${(https.mode !== "self_signed" || failed) && html`
          <div class="actions">
            <button type="button" class="btn s" disabled=${ordering} onClick=${back}>
              ${https.mode === "self_signed" ? "Discard this order" : "Switch to the local authority"}
            </button>
          </div>
        `}
      </header>
      <div class="body stack">
        ${!open && html`
          <p class="muted">
            ${https.mode === "self_signed"
              ? "Browsers trust the local certificate only where its authority is installed. Two other ways:"
              : "Replace the certificate or change its names:"}
          </p>
        `}
        <div class="row" role="group" aria-label="Other certificates">
          ${ways.map(([name, icon, word]) => html`
            <button
              type="button"
              class="btn"
              key=${name}
              aria-pressed=${String(open === name)}
              onClick=${() => setOpen(open === name ? "" : name)}
            >
              <${Icon} name=${icon} />
              ${word}
            </button>
          `)}
        </div>
        ${open === "acme" && html`<${AcmeForm} acme=${acme} ordering=${ordering} done=${taken} />`}
        ${open === "custom" && html`<${Custom} done=${taken} />`}
      </div>
    </section>
  `;
}

/** Certificate and key that are deleted cannot be brought back. */
function Back({ done, close }) {
  const put = (query) => api("/api/system/https", { method: "PUT", query, body: { mode: "self_signed" } });
  return html`
    <${Confirm}
      title="Switch to the local authority"
      icon="lock"
      label="Use the local authority"
      doing="Changing"
      danger
      close=${close}
      ask=${() => put({ dry_run: true })}
      run=${async () => {
        done(await put());
        toast({
          kind: "ok",
          title: "The local certificate is in use",
          text: "New connections use it.",
        });
      }}
    />
  `;
}

/** What home routers append to a name. */
const HOME_NETWORK = /\.(lan|home|internal|localdomain|home\.arpa)$/;

/** The names of a certificate; those that only a home network has are folded. */
function Names({ names }) {
  const tag = (name) => html`
      <span class="tag plain-tag mono" key=${name}>
        ${name}
      </span>${" "}
    `;
  const folded = names.filter((name) => HOME_NETWORK.test(name));
  return html`
      ${names.filter((name) => !folded.includes(name)).map(tag)}
      ${folded.length > 0 && html`
        <details class="more-names">
          <summary>${plural(folded.length, "name")} of home networks</summary>
          ${folded.map(tag)}
        </details>
      `}
    `;
}

export function HttpsSettings({ data }) {
  const [https, setHttps] = useState(data.https);
  // The page may have been open for long, with other tabs in front.
  useEffect(() => {
    api("/api/system/https").then(setHttps, () => {});
  }, []);
  const ordering = useOrdering(setHttps);
  const run = async (path, init, title) => {
    try {
      setHttps(await api(path, init));
      toast({ kind: "ok", title, text: "New connections use it." });
    } catch (problem) {
      toast({ kind: "crit", title: problem.title, text: problem.message });
    }
  };
  const back = () => openDialog(Back, { done: setHttps });
  const days = Math.floor((Date.parse(https.not_after) - now.value) / 86_400_000);
  const custom = https.mode === "custom";
  const acme = https.mode === "acme";
  const issuer = html`
      <dt>Issued to</dt>
      <dd>${https.subject || html`<span class="faint">its names alone</span>`}</dd>
      <dt>Issued by</dt>
      <dd>${https.issuer}</dd>
      ${!custom && https.ca_fingerprint_sha256 && html`
          <dt>Authority</dt>
          <dd>
            ${acme ? html`<span class="muted">of this host: </span>` : ""}
            <${Copyable}
              text=${https.ca_fingerprint_sha256}
              shown=${`${https.ca_fingerprint_sha256.slice(0, 23)}…`}
              what="the authority's fingerprint"
            />
            ${https.ca_not_after && html`
                ${" "}
                <span class="faint">until ${date(https.ca_not_after)}</span>
              `}
          </dd>
        `}
    `;
  const few = acme ? https.acme.failures > 0 && days < 21 : days < 14;
  return html`
    <div class="cols even">
      <div class="stack">
        <section class="card">
          <header>
            <h2>Certificate</h2>
            <span class="tag plain-tag">
              ${custom ? "custom" : acme ? https.acme.authority.name : "local authority"}
            </span>
            <div class="actions">
              ${!custom && html`
                <button
                  type="button"
                  class="btn s"
                  disabled=${ordering}
                  onClick=${() =>
                    run("/api/system/https/renew", { method: "POST" }, "The certificate was renewed")}
                >
                  <${Icon} name="refresh-cw" class=${ordering ? "spin" : ""} />
                  ${ordering ? "Ordering…" : "Renew"}
                </button>
              `}
            </div>
          </header>
          <div class="body stack">
            <div>
              <h3>Fingerprint (SHA-256)</h3>
              <code class="fingerprint">${https.fingerprint_sha256}</code>
              <p class="hint">
                Compare it with the fingerprint in your browser
                ${acme ? ", if you opened it by one of these names" : ""}.
              </p>
            </div>
            <${Facts} rest=${issuer} count=${!custom && https.ca_fingerprint_sha256 ? 3 : 2}>
              <dt>For</dt>
              <dd>
                <${Names} names=${https.names} />
              </dd>
              <dt>Valid</dt>
              <dd>
                <time datetime=${https.not_before} title=${exact(https.not_before)}>
                  ${date(https.not_before)}
                </time>${" "}
                to${" "}
                <time datetime=${https.not_after} title=${exact(https.not_after)}>
                  ${date(https.not_after)}
                </time>
                <br />
                <span class=${few ? "st warn" : "faint"}>
                  ${few ? html`<${Icon} name="triangle-alert" />` : ""}
                  <span>
                    ${days < 0 ? "expired" : `${days} days left`}
                    ${custom ? "" : ", renewed automatically"}
                  </span>
                </span>
              </dd>
              ${acme && html`<${AcmeFacts} https=${https} />`}
            </${Facts}>
          </div>
        </section>
        <${Another}
          key=${https.fingerprint_sha256}
          https=${https}
          ordering=${ordering}
          done=${setHttps}
          back=${back}
        />
      </div>
      <div class="stack">
        <${Trust} />
      </div>
    </div>
  `;
}
