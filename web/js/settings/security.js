// @ts-check
// The password, who is signed in, and what happened at the door.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { keepPageKey } from "../page-key.js";
import { frame } from "../state.js";
import { browser, plural } from "../format.js";
import { checkRule, guessScore, WORDS } from "../password.js";
import { Icon } from "../components/elements/icon.js";
import { Ago } from "../components/elements/time.js";
import { toast } from "../components/frame/toast.js";

const RULES = [
  { id: "length", text: "12 characters or more", required: true },
  { id: "uppercase", text: "An uppercase letter", required: true },
  { id: "lowercase", text: "A lowercase letter", required: true },
  { id: "digit", text: "A number", required: true },
  { id: "special", text: "A special character", required: false },
];

/** Judges a password: here at once, and by the server a moment later. */
function useJudged(password) {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    setAnswer((was) => was && { ...was, old: true });
    if (!password) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(
      () =>
        api("/api/auth/password-strength", {
          method: "POST",
          body: { password },
          stay: true,
          signal: abort.signal,
        }).then(setAnswer, () => {}),
      250,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [password]);
  const base = answer?.rules ?? RULES;
  const rules = base.map((rule) => {
    const here = checkRule(rule.id, password);
    return { ...rule, ok: answer && !answer.old ? rule.ok : (here ?? false) };
  });
  return {
    rules,
    score: password ? (answer && !answer.old ? answer.score : guessScore(password)) : 0,
    warning: answer?.old ? "" : (answer?.warning ?? ""),
    ok: rules.every((r) => r.ok || !r.required),
  };
}

function Password({ changed }) {
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [repeat, setRepeat] = useState("");
  const [visible, setVisible] = useState(false);
  const [problem, setProblem] = useState(null);
  const [sending, setSending] = useState(false);
  const judged = useJudged(fresh);
  const form = useRef();
  const different = repeat !== "" && repeat !== fresh;
  const save = async (event) => {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    try {
      const answer = await api("/api/auth/change-password", {
        method: "POST",
        body: { current_password: current, new_password: fresh },
        stay: true,
      });
      keepPageKey(answer.page_key);
      for (const set of [setCurrent, setFresh, setRepeat]) set("");
      frame.value = { ...frame.value, force_password_change: false };
      toast({ kind: "ok", title: "The password was changed", text: "All other sessions were signed out." });
      changed();
    } catch (cause) {
      setProblem(cause);
    } finally {
      setSending(false);
    }
  };
  const wrongCurrent =
    problem && (problem.field === "current_password" || problem.code === "invalid_password");
  const type = visible ? "text" : "password";
  return html`
    <section class="card">
      <header>
        <h2>Password</h2>
      </header>
      <form class="body stack" ref=${form} onSubmit=${save}>
        <input
          class="visually-hidden"
          type="text"
          name="username"
          value="dockermate"
          autocomplete="username"
          tabindex="-1"
          aria-hidden="true"
          readonly
        />
        <div class="field">
          <label for="current">Current password</label>
          <input
            id="current"
            type=${type}
            autocomplete="current-password"
            required
            value=${current}
            aria-invalid=${wrongCurrent ? "true" : undefined}
            onInput=${(e) => setCurrent(e.target.value)}
          />
          ${wrongCurrent && html`
            <p class="field-error" role="alert">
              ${problem.message}
            </p>
          `}
        </div>
        <div class="field">
          <label for="fresh">New password</label>
          <div class="input-row">
            <input
              id="fresh"
              type=${type}
              autocomplete="new-password"
              required
              value=${fresh}
              aria-describedby="fresh-rules"
              onInput=${(e) => setFresh(e.target.value)}
            />
            <button
              type="button"
              class="btn quiet icon"
              aria-label="Show the passwords"
              aria-pressed=${String(visible)}
              onClick=${() => setVisible(!visible)}
            >
              <${Icon} name=${visible ? "eye-off" : "eye"} />
            </button>
          </div>
          <div class="strength">
            <div class="meter" data-score=${judged.score}>
              <i></i>
              <i></i>
              <i></i>
              <i></i>
            </div>
            <span aria-live="polite">
              ${WORDS[judged.score]}
              ${judged.warning && fresh ? `. ${judged.warning}` : ""}
            </span>
          </div>
          <ul class="rules" id="fresh-rules">
            ${judged.rules.map((rule) => html`
              <li key=${rule.id} class=${rule.ok ? "ok" : ""}>
                <span class="mark" aria-hidden="true"></span>
                ${rule.text}
                ${!rule.required && html`
                    ${" "}
                    <small>recommended</small>
                  `}
                <span class="visually-hidden">${rule.ok ? ", met" : ", not met"}</span>
              </li>
            `)}
          </ul>
        </div>
        <div class="field">
          <label for="repeat">Once more</label>
          <input
            id="repeat"
            type=${type}
            autocomplete="new-password"
            required
            value=${repeat}
            aria-invalid=${different ? "true" : undefined}
            onInput=${(e) => setRepeat(e.target.value)}
          />
          ${different && html`<p class="field-error">The passwords do not match.</p>`}
        </div>
        ${problem && !wrongCurrent && html`
          <p class="field-error" role="alert">
            <b>${problem.title}.</b> ${problem.message}
          </p>
        `}
        <button
          class="btn primary"
          type="submit"
          disabled=${sending || !current || !judged.ok || fresh !== repeat}
        >
          ${sending ? "Changing…" : "Change the password"}
        </button>
        <p class="faint small">All other sessions are signed out.</p>
      </form>
    </section>
  `;
}

function Sessions({ list, setList }) {
  const revoke = async (session) => {
    try {
      await api(`/api/auth/sessions/${encodeURIComponent(session.id)}`, { method: "DELETE" });
      if (session.current) location.assign("/login");
      setList((was) => was.filter((s) => s.id !== session.id));
      toast({
        kind: "ok",
        title: "Signed out",
        text: `${browser(session.user_agent)} at ${session.ip_address}`,
      });
    } catch (problem) {
      toast({ kind: "crit", title: problem.title, text: problem.message });
    }
  };
  const others = list.filter((s) => !s.current);
  return html`
    <section class="card">
      <header>
        <h2>Signed in</h2>
        <span class="faint">${plural(list.length, "session")}</span>
        <div class="actions">
          ${others.length > 1 && html`
            <button type="button" class="btn s" onClick=${() => others.forEach(revoke)}>
              Sign out all others
            </button>
          `}
        </div>
      </header>
      ${[...list]
        .sort((a, b) => b.current - a.current || (a.last_accessed < b.last_accessed ? 1 : -1))
        .map((s) => html`
          <div class="need" key=${s.id}>
            <div class="grow">
              <b title=${s.user_agent}>${browser(s.user_agent)}</b>${" "}
              ${s.current && html`<span class="tag">this one</span>`}
              <p>
                <span class="mono">${s.ip_address}</span>, seen <${Ago} at=${s.last_accessed} />, ends${" "}
                <${Ago} at=${s.expires_at} />
                ${s.remember ? ", remembered" : ""}
              </p>
            </div>
            <div class="actions">
              <button type="button" class="btn s" onClick=${() => revoke(s)}>
                <${Icon} name="log-out" />
                Sign out
              </button>
            </div>
          </div>
        `)}
    </section>
  `;
}

const EVENTS = {
  login: ["Signed in", "circle-check", "ok"],
  login_failed: ["Wrong password", "triangle-alert", "warn"],
  login_blocked: ["Too many failed logins, blocked", "octagon-x", "crit"],
  logout: ["Signed out", "log-out", "off"],
  registry_login_saved: ["Registry login saved", "key-round", "ok"],
  registry_login_removed: ["Registry login removed", "trash-2", "off"],
  password_changed: ["Password changed", "key-round", "ok"],
  password_reset: ["Password reset on the command line", "key-round", "warn"],
  session_revoked: ["Session ended", "log-out", "off"],
  setup_completed: ["Set up", "circle-check", "ok"],
  setup_refused: ["Setup refused", "octagon-x", "crit"],
  certificate_changed: ["Certificate changed", "lock", "ok"],
  certificate_failed: ["Certificate not issued", "triangle-alert", "warn"],
};

function Events({ first }) {
  const [all, setAll] = useState(false);
  const shown = all ? first : first.slice(0, 8);
  return html`
    <section class="card">
      <header>
        <h2>Security log</h2>
        <span class="faint">kept for 90 days</span>
      </header>
      ${first.length === 0 ? html`
        <div class="body muted">No entries yet.</div>
      ` : (
        shown.map((e) => {
          const [word, icon, tone] = EVENTS[e.event_type] ?? [e.event_type, "info", "off"];
          return html`
            <div class="op" key=${e.id}>
              <div class="l">
                <span class=${`st ${tone}`}>
                  <${Icon} name=${icon} />
                  <span>${word}</span>
                </span>
                <${Ago} at=${e.created_at} />
              </div>
              <p>
                <span class="mono">${e.ip_address}</span>
                ${e.user_agent && html`
                    , <span title=${e.user_agent}>${browser(e.user_agent)}</span>
                  `}
                ${e.details && `. ${e.details}`}
              </p>
            </div>
          `;
        })
      )}
      ${first.length > 8 && html`
        <button type="button" class="fold-button" aria-expanded=${String(all)} onClick=${() => setAll(!all)}>
          <${Icon} name=${all ? "chevron-up" : "chevron-down"} />
          ${all ? "Show less" : `${first.length - 8} more`}
        </button>
      `}
    </section>
  `;
}

export function SecuritySettings({ data }) {
  const [list, setList] = useState(data.sessions);
  const read = () => {
    api("/api/auth/sessions").then(
      ({ items }) => setList(items),
      () => {},
    );
  };
  // The page may have been open for long, with other tabs in front.
  useEffect(read, []);
  return html`
    <div class="cols even">
      <div class="stack">
        <${Password} changed=${read} />
      </div>
      <div class="stack">
        <${Sessions} list=${list} setList=${setList} />
        <${Events} first=${data.events} />
      </div>
    </div>
  `;
}
