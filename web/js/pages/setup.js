// The first start in five steps, over the same form that works without scripts.
// Invariant: whatever step an answer of the server is about is the step that is shown.
import { api } from "../api.js";
import { keepPageKey, NOT_STORED } from "../page-key.js";
import { domainNames } from "../domain-names.js";
import { checkRule, guessScore, WORDS } from "../password.js";
import { bindReveal, say } from "./gate.js";

const form = document.querySelector("[data-setup]");
const steps = [...form.querySelectorAll("[data-step]")];
const nav = document.querySelector("[data-steps]");
const buttons = [...nav.querySelectorAll("button")];
const back = form.querySelector("[data-back]");
const next = form.querySelector("[data-next]");
const finish = form.querySelector("[data-finish]");
const failure = form.querySelector("[data-setup-error]");
const repeatError = form.querySelector("[data-repeat-error]");
const { password, password_repeat: repeat, setup_token: token } = form.elements;
const rules = [...form.querySelectorAll("[data-rule]")];
const meter = form.querySelector(".meter");
const STEP_OF = {
  password: 0,
  password_repeat: 0,
  setup_token: 0,
  https: 1,
  certificate: 1,
  private_key: 1,
  domains: 1,
  email: 1,
  agree_terms: 1,
  profile: 2,
  host_name: 2,
  host_environment: 2,
  skill_level: 3,
};

let at = 0;
let judged = null;

function show(index, focus = true) {
  at = index;
  steps.forEach((step, i) => {
    step.hidden = i !== index;
  });
  buttons.forEach((button, i) => {
    if (i === index) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    button.classList.toggle("done", i < index);
  });
  back.hidden = index === 0;
  next.hidden = index === steps.length - 1;
  finish.hidden = !next.hidden;
  if (index === steps.length - 1) review();
  if (focus) {
    scrollTo(0, 0);
    (
      steps[index].querySelector("input:not([type=radio], .visually-hidden), textarea:not([hidden])") ??
      steps[index].querySelector("input:checked") ??
      finish
    ).focus();
  }
}

/** Why a step is not finished: [field, sentence], or nothing. */
function lacking(index) {
  if (index === 0) {
    if (token && !token.value.trim())
      return [token, "Enter the setup token that DockerMate printed at start."];
    const missing = rules.find((rule) => "required" in rule.dataset && !rule.classList.contains("ok"));
    if (missing || !password.value) return [password, "The password does not meet every rule yet."];
    if (repeat.value !== password.value) return [repeat, "The passwords do not match."];
  }
  if (index === 1 && mode() === "custom") {
    if (!form.elements.certificate.value.includes("BEGIN CERTIFICATE"))
      return [
        form.elements.certificate,
        "Paste your certificate in PEM form: it starts with -----BEGIN CERTIFICATE-----.",
      ];
    if (!form.elements.private_key.value.includes("PRIVATE KEY"))
      return [
        form.elements.private_key,
        "Paste its private key in PEM form: it starts with -----BEGIN PRIVATE KEY-----.",
      ];
  }
  if (index === 1 && mode() === "acme") {
    if (!form.elements.domains.value.trim())
      return [form.elements.domains, "Enter the domain that points to this host, such as nas.example.org."];
    if (!form.elements.agree_terms.checked)
      return [form.elements.agree_terms, "Agree to the authority's terms to order a certificate."];
  }
  return null;
}

const mode = () => form.elements.https_mode.value;

function modeChanged() {
  for (const part of form.querySelectorAll("[data-for-mode]"))
    part.hidden = part.dataset.forMode !== mode();
}

function drawPassword() {
  const value = password.value;
  for (const rule of rules) {
    const fromServer =
      judged?.password === value ? judged.rules.find((r) => r.id === rule.dataset.rule)?.ok : undefined;
    const ok = fromServer ?? checkRule(rule.dataset.rule, value) ?? false;
    rule.classList.toggle("ok", ok);
    rule.querySelector("[data-rule-state]").textContent = ok ? ", met" : ", not met";
  }
  const score = !value ? 0 : judged?.password === value ? judged.score : guessScore(value);
  meter.dataset.score = score;
  const warning = judged?.password === value ? judged.warning : "";
  form.querySelector("[data-strength-text]").textContent = value
    ? `${WORDS[score]}${warning ? `. ${warning}` : ""}`
    : "";
  const different = repeat.value !== "" && repeat.value !== value;
  repeatError.hidden = !different;
}

let timer = 0;
function passwordTyped() {
  drawPassword();
  clearTimeout(timer);
  const value = password.value;
  if (!value) return;
  timer = setTimeout(async () => {
    try {
      judged = {
        ...(await api("/api/setup/password", { method: "POST", body: { password: value }, stay: true })),
        password: value,
      };
      drawPassword();
    } catch {
      // The rules that are known here go on being told.
    }
  }, 250);
}

function review() {
  const environment = form.querySelector("[name=host_environment]:checked");
  const name = environment?.closest("label").querySelector("b").lastChild.textContent.trim() ?? "";
  const facts = [
    ["Password", `chosen, ${WORDS[Number(meter.dataset.score)] || "weak"}`],
    [
      "HTTPS",
      {
        custom: "custom certificate",
        acme: `local certificate, then one for ${domainNames(form.elements.domains.value).join(", ")}`,
      }[mode()] ?? "local certificate",
    ],
    ["Host", form.elements.host_name.value.trim() || "the host name of the machine"],
    ["Environment", name],
    [
      "Skill level",
      form.querySelector("[name=skill_level]:checked").closest("label").querySelector("b").textContent,
    ],
  ];
  const list = form.querySelector("[data-review]");
  list.replaceChildren(
    ...facts.flatMap(([term, text]) => {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = term;
      dd.textContent = text;
      return [dt, dd];
    }),
  );
}

function forward() {
  const lack = lacking(at);
  say(failure, lack?.[1] ?? "");
  if (lack) lack[0].focus();
  else show(at + 1);
}

async function send() {
  const fields = form.elements;
  const https = {
    custom: () => ({
      mode: "custom",
      certificate: fields.certificate.value,
      private_key: fields.private_key.value,
    }),
    acme: () => ({
      mode: "acme",
      domains: domainNames(fields.domains.value),
      email: fields.email.value.trim() || null,
      agree_terms: fields.agree_terms.checked,
    }),
  }[mode()]?.() ?? { mode: "self_signed" };
  const body = {
    password: password.value,
    host_environment: fields.host_environment.value,
    skill_level: fields.skill_level.value,
    https,
  };
  if (fields.host_name.value.trim()) body.host_name = fields.host_name.value.trim();
  if (token) body.setup_token = token.value.trim();
  finish.disabled = true;
  finish.textContent = "Setting up…";
  try {
    const answer = await api("/api/setup", { method: "POST", body, stay: true });
    if (!keepPageKey(answer.page_key)) {
      say(failure, NOT_STORED);
      return;
    }
    location.assign(answer.redirect || (https.mode === "acme" ? "/settings#https" : "/"));
  } catch (problem) {
    finish.disabled = false;
    finish.textContent = "Finish the setup";
    if (problem.status === 409 || problem.code === "already_set_up") {
      location.assign("/login");
      return;
    }
    const field = problem.field?.split(".").at(-1);
    show(STEP_OF[field] ?? STEP_OF[problem.field?.split(".")[0]] ?? at);
    say(failure, problem.message);
    if (field && fields[field]?.focus) fields[field].focus();
  }
}

form.noValidate = true;
form.classList.add("stepped");
buttons.forEach((button, index) =>
  button.addEventListener("click", () => {
    for (let i = at; i < index; i += 1) {
      const lack = lacking(i);
      if (!lack) continue;
      show(i, false);
      say(failure, lack[1]);
      lack[0].focus();
      return;
    }
    say(failure, "");
    show(index);
  }),
);
back.addEventListener("click", () => {
  say(failure, "");
  show(at - 1);
});
next.addEventListener("click", forward);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (at < steps.length - 1) forward();
  else send();
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input") && at < steps.length - 1) {
    event.preventDefault();
    forward();
  }
});
password.addEventListener("input", passwordTyped);
repeat.addEventListener("input", drawPassword);
form.addEventListener("change", modeChanged);
bindReveal(form);
modeChanged();
drawPassword();
show(
  Math.max(
    0,
    steps.findIndex((step) => step.querySelector(".field-error:not([hidden])")),
  ),
  false,
);
