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
            <code>dockermate.local</code> exist only at home.
          ` : html`
          <b>A name that ${authority.name} certifies.</b>
        `}
      </li>
      <li>
        <b>Its DNS record leads here</b>
        ${authority.public
          ? ": an A or AAAA record with your internet address."
          : ", to the address of this box."}
      </li>
      <li>
        <b>Port 80 reaches this box</b>
        ${authority.public ? " from the internet" : ""}.${" "}
        ${authority.listens_on_80 ? html`
            This box listens on it;${" "}
            ${authority.public ? "let your router forward port 80 to it." : "let no firewall hold it up."}
          ` : html`
            This box does not listen on port 80: let your router forward port 80 to port${" "}
            <code>${authority.port}</code> of this box, or start DockerMate with <code>--extra-port 80</code>
            .
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
        text: `For ${domainNames(domains).join(", ")}. It is renewed by itself.`,
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
            Free certificates that every browser knows. DockerMate orders one and renews it by itself. It
            takes three things:
          ` : html`
            Certificates from <code>${authority.directory}</code>, renewed by themselves. It takes three
            things:
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
          Several with commas between.
          ${authority.public ? " Every certificate is listed publicly, and its names with it." : ""}
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
          Goes to ${authority.name} and nobody else, should it have to tell you something.
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
            Up to two minutes. You may leave this page; Operations shows how it ends.
          </span>
        `}
      </div>
    </form>
  `;
}

/** How a certificate that was ordered goes on; inside the facts of the certificate. */
export function AcmeFacts({ https }) {
  const { acme } = https;
  return html`
      <dt>Renewal</dt>
      <dd>
        ${acme.renew_at ? html`
            by itself from${" "}
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
            and addresses of this box get its own certificate:${" "}
            <code class="any">${https.own_fingerprint_sha256}</code>
          </dd>
        `}
    `;
}
