// The certificate: who made it, for which names, until when; and how devices learn to trust it.
import { html, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { date, exact } from "../format.js";
import { now } from "../state.js";
import { Copyable } from "../components/copy.js";
import { Icon } from "../components/icon.js";
import { toast } from "../components/toast.js";

const SYSTEMS = [
  ["Windows", ["Open dockermate-ca.crt, choose Install certificate.", "Store it for the current user, in “Trusted Root Certification Authorities”.", "Restart the browser. Firefox has its own list: Settings, Certificates, Import."]],
  ["macOS", ["Open dockermate.mobileconfig, then System Settings, Privacy & Security, Profiles, and install it.", "Or open dockermate-ca.crt in Keychain Access and set it to Always Trust."]],
  ["iPhone and iPad", ["Open dockermate.mobileconfig in Safari and allow the download.", "Settings, Profile downloaded: install it.", "Settings, General, About, Certificate Trust Settings: switch it on."]],
  ["Android", ["Download dockermate-ca.crt.", "Settings, Security, Encryption & credentials, Install a certificate, CA certificate."]],
  ["Linux", ["Debian, Ubuntu, Raspberry Pi OS: copy dockermate-ca.crt to /usr/local/share/ca-certificates/ and run sudo update-ca-certificates.", "Chrome and Firefox have their own list: Settings, Certificates, Authorities, Import."]],
];

function mine() {
  const agent = navigator.userAgent;
  return /iPhone|iPad/.test(agent) ? 2 : /Android/.test(agent) ? 3 : /Mac OS X/.test(agent) ? 1 : /Windows/.test(agent) ? 0 : 4;
}

function Trust() {
  const [system, setSystem] = useState(mine);
  return html`<section class="card"><header><h2>Let your devices trust it</h2></header><div class="body stack">
    <p class="muted">Install the authority once on each device, and its browsers stop warning. The authority stays the same when the certificate is renewed.</p>
    <div class="row"><a class="btn primary" href="/ca.crt" download="dockermate-ca.crt"><${Icon} name="download" />Authority for browsers</a><a class="btn" href="/ca.mobileconfig" download="dockermate.mobileconfig"><${Icon} name="download" />Profile for Apple devices</a></div>
    <div class="chips wrap-chips" role="group" aria-label="Your device">${SYSTEMS.map(([name], index) => html`<button type="button" class="chip" key=${name} aria-pressed=${String(index === system)} onClick=${() => setSystem(index)}>${name}</button>`)}</div>
    <ol class="numbered">${SYSTEMS[system][1].map((step) => html`<li key=${step}>${step}</li>`)}</ol></div></section>`;
}

function PemField({ name, label, hint, value, change, error }) {
  const read = async (event) => {
    const file = event.target.files[0];
    if (file && file.size < 256_000) change(await file.text());
  };
  return html`<div class="field"><label for=${name}>${label}</label><textarea id=${name} class="mono" rows="5" spellcheck="false" autocomplete="off" placeholder="-----BEGIN …" value=${value} aria-invalid=${error ? "true" : undefined} onInput=${(e) => change(e.target.value)}></textarea>
    <input type="file" class="file" aria-label=${`${label} from a file`} accept=".pem,.crt,.cer,.key,.txt" onChange=${read} />${hint && html`<p class="hint">${hint}</p>`}${error && html`<p class="field-error" role="alert">${error}</p>`}</div>`;
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
      done(await api("/api/system/https", { method: "PUT", body: { mode: "custom", certificate, private_key: key } }));
      toast({ kind: "ok", title: "Your certificate is in use", text: "New connections get it from now on." });
    } catch (cause) {
      setProblem(cause);
    } finally {
      setSending(false);
    }
  };
  const at = (field) => (problem?.field === field ? problem.message : "");
  return html`<form class="stack" onSubmit=${save}>
    <${PemField} name="certificate" label="Certificate chain (PEM)" value=${certificate} change=${setCertificate} error=${at("certificate")} hint="Your certificate first, then those between it and the authority." />
    <${PemField} name="private_key" label="Private key (PEM)" value=${key} change=${setKey} error=${at("private_key")} hint="It stays on this box, readable by DockerMate alone." />
    ${problem && !at("certificate") && !at("private_key") && html`<p class="field-error" role="alert"><b>${problem.title}.</b> ${problem.message}</p>`}
    <button class="btn primary" type="submit" disabled=${sending || !certificate.trim() || !key.trim()}>${sending ? "Checking…" : "Use this certificate"}</button></form>`;
}

export function HttpsSettings({ data }) {
  const [https, setHttps] = useState(data.https);
  const [own, setOwn] = useState(false);
  const done = (answer) => {
    setHttps(answer);
    setOwn(false);
  };
  const run = async (path, init, title) => {
    try {
      done(await api(path, init));
      toast({ kind: "ok", title, text: "New connections get it from now on." });
    } catch (problem) {
      toast({ kind: "crit", title: problem.title, text: problem.message });
    }
  };
  const days = Math.floor((Date.parse(https.not_after) - now.value) / 86_400_000);
  const custom = https.mode === "custom";
  return html`<div class="cols even"><div class="stack"><section class="card"><header><h2>Certificate</h2><span class="tag plain-tag">${custom ? "your own" : https.mode === "acme" ? "Let's Encrypt" : "made by this box"}</span>
      <div class="actions">${!custom && html`<button type="button" class="btn s" onClick=${() => run("/api/system/https/renew", { method: "POST" }, "The certificate was renewed")}><${Icon} name="refresh-cw" />Renew</button>`}</div></header>
    <div class="body stack"><div><h3>Fingerprint (SHA-256)</h3><code class="fingerprint">${https.fingerprint_sha256}</code><p class="hint">Compare it with what your browser shows for this page.</p></div>
      <dl class="facts-list"><dt>For</dt><dd>${https.names.map((name) => html`<span class="tag plain-tag mono" key=${name}>${name}</span> `)}</dd><dt>Issued to</dt><dd>${https.subject}</dd><dt>Issued by</dt><dd>${https.issuer}</dd>
        <dt>Valid</dt><dd><time datetime=${https.not_before} title=${exact(https.not_before)}>${date(https.not_before)}</time> to <time datetime=${https.not_after} title=${exact(https.not_after)}>${date(https.not_after)}</time><br />
          <span class=${days < 14 ? "st warn" : "faint"}>${days < 14 ? html`<${Icon} name="triangle-alert" />` : ""}<span>${days < 0 ? "expired" : `${days} days left`}${custom ? "" : ", renewed by itself"}</span></span></dd>
        ${!custom && https.ca_fingerprint_sha256 && html`<dt>Authority</dt><dd><${Copyable} text=${https.ca_fingerprint_sha256} shown=${`${https.ca_fingerprint_sha256.slice(0, 23)}…`} what="the authority's fingerprint" />${https.ca_not_after && html` <span class="faint">until ${date(https.ca_not_after)}</span>`}</dd>`}</dl></div></section>
    <section class="card"><header><h2>Another certificate</h2><div class="actions">${custom && html`<button type="button" class="btn s" onClick=${() => run("/api/system/https", { method: "PUT", body: { mode: "self_signed" } }, "Back to the certificate of this box")}>Back to the box's own</button>`}</div></header>
      <div class="body">${own ? html`<${Custom} done=${done} />` : html`<p class="muted">You have a certificate of your own, from a public authority or your own one?</p><p class="row spaced"><button type="button" class="btn" onClick=${() => setOwn(true)}><${Icon} name="upload" />Use my certificate</button></p>`}</div></section></div>
    <div class="stack"><${Trust} /></div></div>`;
}
