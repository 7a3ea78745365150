// @ts-check
// Let's Encrypt, or another authority that speaks ACME: what it takes, asking for it, and how it goes.
import { html, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { domainNames } from "../domain-names.js";
import { date, exact } from "../format.js";
import { Icon } from "../components/elements/icon.js";
import { Ago } from "../components/elements/time.js";
import { toast } from "../components/frame/toast.js";

/** What must be so before anything is asked for; in words also in templates/setup.html. */
function Needs({ authority }) {
  return html`
    <ol class="numbered">
      <li>
        ${authority.public ? html`
            <b>A public domain name</b>, bought or from a dynamic DNS service. Names like${" "}
            <code>dockermate.local</code> exist only in the local network.
          ` : html`
          <b>A name that ${authority.name} certifies.</b>
        `}
      </li>
      <li>
        <b>Its DNS record points here</b>
        ${authority.public
          ? ": an A or AAAA record with your public IP address."
          : ", to the address of this host."}
      </li>
      <li>
        <b>Port 80 reaches this host</b>
        ${authority.public ? " from the internet" : ""}.${" "}
        ${authority.listens_on_80 ? html`
            DockerMate listens on it;${" "}
            ${authority.public
              ? "forward port 80 of your router to it."
              : "make sure no firewall blocks it."}
          ` : html`
            DockerMate does not listen on port 80: forward port 80 of your router to port${" "}
            <code>${authority.port}</code> of this host, or start DockerMate with${" "}
            <code>--extra-port 80</code>.
          `}
      </li>
    </ol>
  `;
}

export function AcmeForm({ acme, ordering, done }) {
  const { authority } = acme;
  const [domains, setDomains] = useState(acme.domains.join(", "));
  const [email, setEmail] = useState(acme.email ?? "");
  const [agreed, setAgreed] = useState(false);
  const [problem, setProblem] = useState(null);
  const [sending, setSending] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    try {
      const body = {
        mode: "acme",
        domains: domainNames(domains),
        email: email.trim() || null,
        agree_terms: agreed,
      };
      done(await api("/api/system/https", { method: "PUT", body }));
      toast({
        kind: "ok",
        title: "The certificate is in use",
        text: `For ${domainNames(domains).join(", ")}. It is renewed automatically.`,
      });
    } catch (cause) {
      setProblem(cause);
    } finally {
      setSending(false);
    }
  };
  const at = (field) => (problem?.field === field ? problem.message : "");
  const known = ["domains", "email", "agree_terms"].some((field) => at(field));
  const wait = sending || ordering;
  return html`
    <form class="stack" onSubmit=${save}>
      ${!acme.active && acme.last_error && !problem && html`
        <div class="banner">
          <${Icon} name="triangle-alert" />
          <div>
            <b>The last order failed</b>
            <p>${acme.last_error}</p>
          </div>
        </div>
      `}
      <p class="muted">
        ${authority.public ? html`
            Free certificates that every browser trusts. DockerMate orders and renews them automatically.
            Requirements:
          ` : html`
            Certificates from <code>${authority.directory}</code>, renewed automatically. Requirements:
          `}
      </p>
      <${Needs} authority=${authority} />
      <div class="field">
        <label for="acme-domains">Domain names</label>
        <input
          id="acme-domains"
          class="mono"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          placeholder="nas.example.org"
          value=${domains}
          aria-invalid=${at("domains") ? "true" : undefined}
          aria-describedby="acme-domains-hint"
          onInput=${(e) => setDomains(e.target.value)}
        />
        <p class="hint" id="acme-domains-hint">
          Separate several with commas.
          ${authority.public ? " All certificates and their names are listed publicly." : ""}
        </p>
        ${at("domains") && html`
          <p class="field-error" role="alert">
            ${at("domains")}
          </p>
        `}
      </div>
      <div class="field">
        <label for="acme-email">
          Your email address <span class="faint">(optional)</span>
        </label>
        <input
          id="acme-email"
          type="email"
          autocomplete="email"
          value=${email}
          aria-invalid=${at("email") ? "true" : undefined}
          aria-describedby="acme-email-hint"
          onInput=${(e) => setEmail(e.target.value)}
        />
        <p class="hint" id="acme-email-hint">
          Sent only to ${authority.name}, for important notices.
        </p>
        ${at("email") && html`
          <p class="field-error" role="alert">
            ${at("email")}
          </p>
        `}
      </div>
      <label class="check">
        <input type="checkbox" checked=${agreed} onChange=${(e) => setAgreed(e.target.checked)} />
        <span>
          I agree to${" "}
          ${authority.terms ? html`
              the${" "}
              <a href=${authority.terms} target="_blank" rel="noopener noreferrer">
                terms of ${authority.name}
              </a>
            ` : html`the terms of ${authority.name}`}
        </span>
      </label>
      ${at("agree_terms") && html`
        <p class="field-error" role="alert">
          ${at("agree_terms")}
        </p>
      `}
      ${problem && !known && html`
        <p class="field-error" role="alert">
          <b>${problem.title}.</b> ${problem.message}
        </p>
      `}
      <div class="row">
        <button class="btn primary" type="submit" disabled=${wait || !domains.trim() || !agreed}>
          ${wait ? "Ordering…" : "Order the certificate"}
        </button>
        ${wait && html`
          <span class="muted" role="status">
            This takes up to two minutes. You can leave this page; see Operations for the result.
          </span>
        `}
      </div>
    </form>
  `;
}

/** The state of an ordered certificate, inside the facts of the certificate. */
export function AcmeFacts({ https }) {
  const { acme } = https;
  return html`
      <dt>Renewal</dt>
      <dd>
        ${acme.renew_at ? html`
            automatically from${" "}
            <time datetime=${acme.renew_at} title=${exact(acme.renew_at)}>
              ${date(acme.renew_at)}
            </time>
          ` : (
          "as soon as possible"
        )}
        ${acme.email ? html`
            ${" "}
            <span class="faint">account ${acme.email}</span>
          ` : (
          ""
        )}
      </dd>
      ${acme.last_error && html`
          <dt>Last try</dt>
          <dd>
            <span class="st warn">
              <${Icon} name="triangle-alert" />
              <span>
                failed <${Ago} at=${acme.last_error_at} />
                ${acme.next_try && html`, again from ${exact(acme.next_try)}`}
              </span>
            </span>
            <p class="any">${acme.last_error}</p>
          </dd>
        `}
      ${https.own_fingerprint_sha256 && html`
          <dt>Other names</dt>
          <dd>
            and addresses of this host get the local certificate:${" "}
            <code class="any">${https.own_fingerprint_sha256}</code>
          </dd>
        `}
    `;
}
