// @ts-check
// The form for a container: a new one, a copy, or one that is changed. On the left what it should be,
// on the right what will happen, updated after every change.
// Invariant: nothing is done before it is sent, and nothing that was typed is lost by a refusal.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { stale } from "../stream.js";
import { go, guardLeaving, useReturn } from "../navigation.js";
import { plural } from "../format.js";
import { Empty, NoEngine } from "../components/elements/empty.js";
import { Icon } from "../components/elements/icon.js";
import { CancelButton, OperationProgress } from "../components/operations/progress.js";
import { Aside } from "../create/aside.js";
import { planChange } from "../create/changes.js";
import { askToLeave } from "../create/dialogs.js";
import { toDraft, toSpec } from "../create/draft.js";
import { sectionOf } from "../create/fields.js";
import { forget, keep, kept } from "../create/keep.js";
import { usePlan } from "../create/preview.js";
import { Sections } from "../create/sections.js";
import { useSending } from "../create/send.js";
import { Start, Template } from "../create/start.js";

const rootOf = (field) =>
  /^(network_mode|network_container)/.test(field) ? "networks" : field.split(/[.[]/)[0];

/** Where the server's name of a field stands in the form. */
function placed(field, rows) {
  const path = field.replace(/^changes\./, "");
  const match = /^(\w+)\[(\d+)\](.*)$/.exec(path);
  const row = match && rows[match[1]]?.[Number(match[2])];
  return match && row !== undefined && row !== null ? `${match[1]}[${row}]${match[3]}` : path;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const nameOf = ([name]) => name;
const ROWS = {
  env: nameOf,
  labels: nameOf,
  mounts: ({ target }) => target,
  ports: (row) => `${row.container_port}/${row.protocol}`,
};

/** A list below a template's questions: rows that the answers changed are taken over, all others stay as they are. */
function merged(now, was, next, id) {
  const [here, old, fresh] = [now, was, next].map((list) => new Map(list.map((row) => [id(row), row])));
  const changed = (key) => fresh.has(key) && !same(fresh.get(key), old.get(key));
  return [
    ...now
      .filter((row) => fresh.has(id(row)) || !old.has(id(row)))
      .map((row) => (changed(id(row)) ? structuredClone(fresh.get(id(row))) : row)),
    ...next.filter((row) => !here.has(id(row)) && changed(id(row))),
  ];
}

function Missing({ data }) {
  const name = data.name ?? data.from;
  if (useReturn() && !data.operation)
    return html`
        <div class="head">
          <div>
            <h1>${data.mode === "edit" ? `Edit ${name}` : "New container"}</h1>
          </div>
        </div>
        <section class="card">
          <${NoEngine} />
        </section>
      `;
  return html`
      <div class="head">
        <div>
          <h1>${data.operation ? "New container" : "Container not found"}</h1>
          ${name && html`<p class="any mono">${name}</p>`}
        </div>
      </div>
      <section class="card">
        <${Empty}
          icon="search"
          title=${data.operation
              ? "There is nothing to try again"
              : `There is nothing to ${data.mode === "edit" ? "change" : "copy"}`}
        >
          <p>${data.reason}</p>
          <div class="row">
            <a class="btn primary" href="/containers">
              All containers
            </a>
            <a class="btn" href="/containers/new">
              New container
            </a>
          </div>
        </${Empty}>
      </section>
    `;
}

export default function CreatePage({ data }) {
  return data.missing ? html`<${Missing} data=${data} />` : html`<${Form} data=${data} />`;
}

/** A container begins as it is wanted mostly: kept running, unless somebody stops it. */
function beginning(data) {
  if (data.spec) return data.spec;
  if (data.sent) return data.sent.spec;
  return {
    image: data.image ?? "",
    restart: "unless-stopped",
    ...(data.network && { networks: [{ name: data.network }] }),
  };
}

function useChoices(first) {
  const [choices, setChoices] = useState(first);
  const again = stale.value;
  const [seen] = useState(again);
  useEffect(() => {
    if (choices && again === seen) return;
    api("/api/containers/choices").then(setChoices, () => {});
  }, [again]);
  return choices;
}

function Form({ data }) {
  const page = `${location.pathname}${location.search}`;
  const mode = data.mode;
  const [origin] = useState(() => toDraft(beginning(data)));
  const [restored] = useState(() => kept(page, origin));
  const [base, setBase] = useState(origin);
  const [draft, setDraft] = useState(restored?.draft ?? base);
  const [options, setOptions] = useState(
    restored?.options ?? {
      start: data.sent?.start ?? true,
      pull: data.sent?.pull ?? "missing",
      stable: "",
    },
  );
  const [lost, setLost] = useState(restored?.lost ?? []);
  const [touched, setTouched] = useState(() => new Set());
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState(null);
  const [forceRecreate, setForceRecreate] = useState(false);
  // Sent for, but the plan of it is still being worked out.
  const [due, setDue] = useState(false);
  // Answers to a template's questions that are not below yet, or cannot be.
  const [asked, setAsked] = useState({ pending: Boolean(data.template), problem: null });
  const choices = useChoices(data.choices);
  const root = useRef();

  const before = useMemo(() => toSpec(base).spec, [base]);
  const { spec, problems, rows } = useMemo(() => toSpec(draft), [draft]);
  const dirty = JSON.stringify(spec) !== JSON.stringify(before) || problems.length > 0;
  const change =
    mode === "edit"
      ? planChange(before, spec, forceRecreate)
      : { keys: [], stuck: [], put: null, recreate: null };
  const own = [
    ...problems,
    ...(mode === "edit" && !spec.name ? [{ field: "name", message: "A container needs a name." }] : []),
    ...(asked.problem ? [{ field: "template", message: asked.problem.message }] : []),
  ];
  const wanted = { mode, name: before.name, spec, options, change };
  const begun = mode === "edit" ? change.keys.length > 0 || forceRecreate : spec.image !== "";
  const planned = usePlan(begun && own.length === 0 ? wanted : null);
  const view = { ...planned, waiting: planned.waiting || asked.pending };
  const sending = useSending({
    wanted,
    plan: view.plan,
    name: spec.name ?? before.name,
    refused: (problem) => {
      setRefusal(problem);
      setTried(true);
      toFirst.current = true;
    },
    finished: () => {
      forget(page);
      unguard.current?.();
      done.current = true;
    },
  });

  // A refusal stands until something is changed; what the plan says is as fresh as the form.
  const server = refusal ?? (view.problem?.field ? view.problem : null);
  const errors = [
    ...own,
    ...(server?.field ? [{ field: placed(server.field, rows), message: server.message }] : []),
  ];
  const shown = errors.filter(({ field }) => tried || data.template || touched.has(rootOf(field)));
  const carried = (key) =>
    key === "engine"
      ? Boolean(draft.engine_config || draft.engine_host_config)
      : spec[key] !== undefined && spec[key] !== "";
  const form = {
    mode,
    draft,
    spec,
    base: before,
    view: data.container,
    quiet: Boolean(data.template),
    change,
    options,
    choices,
    plan: view.plan,
    carries: carried,
    at: (path) => shown.find(({ field }) => field === path)?.message,
    under: (path) =>
      shown.find(
        ({ field }) => field === path || field.startsWith(`${path}[`) || field.startsWith(`${path}.`),
      )?.message,
    set: (key, value) => {
      setDraft((was) => ({ ...was, [key]: value }));
      setTouched((was) => (was.has(rootOf(key)) ? was : new Set(was).add(rootOf(key))));
      setRefusal(null);
      setDue(false);
      toFirst.current = false;
    },
    setOption: (key, value) => {
      setOptions((was) => ({ ...was, [key]: value }));
      setDue(false);
    },
  };

  const done = useRef(false);
  const unguard = useRef(null);
  const toFirst = useRef(false);
  useEffect(() => {
    if (done.current) return undefined;
    if (!dirty) {
      forget(page);
      return undefined;
    }
    const timer = setTimeout(() => {
      if (!done.current) keep(page, origin, { draft, options });
    }, 300);
    return () => clearTimeout(timer);
  }, [draft, options, dirty]);
  useEffect(() => {
    if (!dirty || sending.operation || done.current) return undefined;
    unguard.current = guardLeaving(async () => {
      const leave = await askToLeave();
      if (leave) {
        done.current = true;
        forget(page);
      }
      return leave;
    });
    const unload = (event) => {
      if (!done.current) event.preventDefault();
    };
    addEventListener("beforeunload", unload);
    return () => {
      unguard.current();
      removeEventListener("beforeunload", unload);
    };
  }, [dirty, Boolean(sending.operation)]);
  // Risks that the plan no longer names need no longer be taken, and to one that comes later nobody has agreed.
  const told = useRef([]);
  useEffect(() => {
    const warnings = view.plan?.warnings;
    if (!warnings) return;
    const later = warnings.some((text) => !told.current.includes(text));
    if (sending.risks && (later || !warnings.some((text) => sending.risks.message.includes(text))))
      sending.forgetRisks();
    told.current = warnings;
  }, [view.plan]);

  const focusOn = (field) => {
    if (field === "template") {
      requestAnimationFrame(() => {
        const questions = root.current?.querySelector(".from-template");
        (
          questions?.querySelector("[aria-invalid=true]") ?? questions?.querySelector("input, select")
        )?.focus();
      });
      return;
    }
    form.unfold(sectionOf(rootOf(field)));
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        let path = field;
        let place = null;
        while (!place && path) {
          place = root.current?.querySelector(`[data-field="${CSS.escape(path)}"]`);
          path = path.replace(/(\.[^.[]*|\[\d+\]|[^.[\]]+)$/, "");
        }
        place ??= document.getElementById(`section-${sectionOf(rootOf(field))}`);
        place?.scrollIntoView({ block: "center" });
        (
          place?.querySelector("[aria-invalid=true]") ??
          place?.querySelector("input, select, textarea, button")
        )?.focus({ preventScroll: true });
      }),
    );
  };
  useEffect(() => {
    if (!toFirst.current || errors.length === 0) return;
    toFirst.current = false;
    focusOn(errors[0].field);
  });
  useEffect(() => {
    if (sending.risks) root.current?.querySelector("[data-risk]")?.focus();
  }, [sending.risks]);

  const submit = (event) => {
    event.preventDefault();
    setTried(true);
    if (own.length === 0 && view.waiting) setDue(true);
    else if (errors.length > 0) focusOn(errors[0].field);
    else if (mode === "new" && spec.image === "") {
      setRefusal({ field: "image", message: "An image is required, such as nginx:1.27." });
      focusOn("image");
    } else sending.send();
  };
  // Nothing is confirmed or sent by an older plan than that of what stands here.
  useEffect(() => {
    if (!due || view.waiting) return;
    setDue(false);
    if (errors.length > 0) focusOn(errors[0].field);
    else sending.send();
  }, [due, view.waiting]);
  const use = (given, more) => {
    setDraft(toDraft(given));
    setOptions((was) => ({ ...was, ...more }));
    setDue(false);
    setTouched(new Set());
    setRefusal(null);
  };
  // What an answer changes is taken over; what was typed below stays.
  const rendered = useRef(null);
  const follow = (given) => {
    const next = toDraft(given);
    const was = rendered.current;
    rendered.current = next;
    setRefusal(null);
    if (was)
      setDraft((now) =>
        Object.fromEntries(
          Object.keys(next).map((key) => [
            key,
            same(next[key], was[key])
              ? now[key]
              : ROWS[key]
                ? merged(now[key], was[key], next[key], ROWS[key])
                : next[key],
          ]),
        ),
      );
    else if (!restored) {
      setBase(next);
      setDraft(next);
    }
  };

  const open = sending.risks?.codes.filter((code) => !sending.taken.has(code)) ?? [];
  const idle = mode === "edit" && !begun;
  const verb =
    mode === "edit"
      ? change.recreate
        ? "Recreate"
        : "Save"
      : options.start
        ? "Create and start"
        : "Create";
  const title =
    mode === "edit" ? `Edit ${before.name}` : data.from ? `Copy of ${data.from}` : "New container";
  const status =
    errors.length > 0 && (tried || !view.waiting) ? html`
        <${Icon} name="pencil" class="small-icon" />
        <span class="any">${errors[0].message}</span>${" "}
        <button
          type="button"
          class="link"
          onClick=${() => {
            setTried(true);
            focusOn(errors[0].field);
          }}
        >
          Show it
        </button>
      ` : idle ? (
      "No changes yet."
    ) : mode === "edit" ? (
      `${plural(change.keys.length, "setting")} changed.`
    ) : spec.image ? (
      ""
    ) : (
      "Only an image is required."
    );
  const busy = Boolean(sending.operation);
  return html`
      <p class="crumb">
        <a
          href=${mode === "edit" ? containerLink({ name: before.name, id: data.container?.id }) : "/containers"}
        >
          <${Icon} name="chevron-left" class="small-icon" />
          ${mode === "edit" ? before.name : "Containers"}
        </a>
      </p>
      <div class="head">
        <div>
          <h1>${title}</h1>
          ${mode === "new" && !busy && html`
            <p>
              ${data.template
                ? "Answer its questions. Its settings are below and can be changed."
                : data.operation
                  ? "As it was sent when the creation failed. Change what was wrong, and create it again."
                  : data.from
                    ? "The same settings with a free name, without host ports and fixed IP addresses, which must be unique."
                    : "Fill in what you need; everything else uses the defaults of the image and the engine."}
            </p>
          `}
        </div>
      </div>
      ${busy && html`
        <section class="card running" aria-label=${sending.operation.title}>
          <header>
            <h2>${sending.operation.title}</h2>
            <div class="actions">
              <${CancelButton} operation=${sending.operation} />
            </div>
          </header>
          <div class="body stack">
            <${OperationProgress} operation=${sending.operation} />
            <p class="muted small">
              It continues when you leave this page; see Operations.${" "}
              <a href="/containers">Go to containers</a>
            </p>
          </div>
        </section>
      `}
      <div hidden=${busy}>
        ${sending.failure && html`
          <div
            class="banner form-failure"
            role="alert"
            tabindex="-1"
            ref=${(element) => {
              if (element && element.dataset.at !== sending.failure.message) {
                element.dataset.at = sending.failure.message;
                element.focus();
                element.scrollIntoView({ block: "center" });
              }
            }}
          >
            <${Icon} name=${sending.failure.unknown ? "triangle-alert" : "octagon-x"} />
            <div>
              <b>${sending.failure.title}</b>
              <p>${sending.failure.message}</p>
              ${sending.failure.operation?.steps.length > 0 && html`
                <details>
                  <summary>Its steps</summary>
                  <${OperationProgress} operation=${sending.failure.operation} />
                </details>
              `}
            </div>
            <div class="actions">
              ${sending.failure.unknown && html`
                <a class="btn s" href="/operations">
                  Operations
                </a>
              `}
              <button type="button" class="btn quiet s" onClick=${sending.dismiss}>
                Dismiss
              </button>
            </div>
          </div>
        `}
        ${lost.length > 0 && html`
          <div class="banner info slim">
            <${Icon} name="key-round" />
            <div>
              Secrets are not stored across a reload. Enter again: <b class="any">${lost.join(", ")}</b>.
            </div>
            <div class="actions">
              <button type="button" class="btn quiet s" onClick=${() => setLost([])}>
                Dismiss
              </button>
            </div>
          </div>
        `}
        ${mode === "new" && !data.from && !data.template && !data.operation && html`<${Start} use=${use} />`}
        <form class="create" ref=${root} onSubmit=${submit} noValidate autocomplete="off">
          <div class="form-main">
            ${data.template && html`
              <${Template} id=${data.template} follow=${follow} state=${setAsked} strict=${tried} />
            `}
            <${Sections} form=${form} />
          </div>
          <${Aside}
            form=${form}
            view=${view}
            fault=${begun ? errors[0]?.message : null}
            risks=${sending.risks}
            taken=${sending.taken}
            take=${sending.take}
            forceRecreate=${forceRecreate}
            setForceRecreate=${(yes) => {
              setForceRecreate(yes);
              setDue(false);
            }}
          />
          <div class="create-bar">
            <p class="small bar-status" role="status">
              ${status}
            </p>
            <span class="grow"></span>
            <button
              type="button"
              class="btn"
              onClick=${() =>
                go(
                  mode === "edit"
                    ? containerLink({ name: before.name, id: data.container?.id })
                    : "/containers",
                )}
            >
              Cancel
            </button>
            <button type="submit" class="btn primary" disabled=${sending.sending || idle || open.length > 0}>
              ${sending.sending || due ? html`
                  <${Icon} name="rotate-cw" class="spin" />
                  Sending…
                ` : html`
                  <${Icon} name=${mode === "edit" ? "check" : "plus"} />
                  ${verb}
                `}
            </button>
          </div>
        </form>
      </div>
    `;
}
