// Signing in without leaving the page: a wrong password says so at once, waiting is counted down.
import { api } from "../api.js";
import { keepPageKey, NOT_STORED, pageKey } from "../page-key.js";
import { bindReveal, say } from "./gate.js";

const form = document.querySelector("[data-login]");
const password = form.elements.password;
const button = form.querySelector("[type=submit]");
const message = form.querySelector("[data-login-error]");

/** Only a page of ours is gone to. The whole address: a path can begin with two slashes. */
function target() {
  const wanted = new URLSearchParams(location.search).get("next") || form.elements.next.value;
  try {
    const url = new URL(wanted, location.origin);
    return wanted.startsWith("/") && url.origin === location.origin && !url.pathname.startsWith("/login")
      ? url.href
      : "/";
  } catch {
    return "/";
  }
}

function countDown(seconds) {
  button.disabled = true;
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left <= 0) {
      clearInterval(timer);
      button.disabled = false;
      button.textContent = "Sign in";
      say(message, "");
      password.focus();
      return;
    }
    button.textContent = `Wait ${left} s`;
  };
  const timer = setInterval(tick, 250);
  tick();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  button.textContent = "Signing in…";
  for (const old of form.querySelectorAll(".field-error:not([data-login-error])")) old.remove();
  try {
    const answer = await api("/api/auth/login", {
      method: "POST",
      body: { password: password.value, remember: form.elements.remember.checked },
      stay: true,
    });
    if (!keepPageKey(answer.page_key)) {
      button.textContent = "Sign in";
      say(message, NOT_STORED);
      return;
    }
    location.assign(answer.force_password_change ? "/settings#security" : target());
  } catch (problem) {
    button.disabled = false;
    button.textContent = "Sign in";
    if (problem.code === "setup_required") location.assign("/setup");
    say(message, problem.message);
    password.setAttribute("aria-invalid", "true");
    if (problem.status === 429 && problem.retryAfter) countDown(problem.retryAfter);
    else password.select();
  }
});
password.addEventListener("input", () => {
  password.removeAttribute("aria-invalid");
});
bindReveal(form);
// Somebody who is signed in already has nothing to do here.
if (pageKey())
  api("/api/auth/session", { stay: true }).then(
    () => location.replace(target()),
    () => {},
  );
