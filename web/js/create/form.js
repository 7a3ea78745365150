// @ts-check
// The form: on the left what the container should be, on the right what will happen, updated after every change.
// Invariant: nothing is done before it is sent, and nothing that was typed is lost by a refusal.
import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { Later } from "../heavy.js";
import { api, containerLink } from "../api.js";
import { go, guardLeaving, setHash } from "../navigation.js";
import { hash, settings } from "../state.js";
import { stale } from "../stream.js";
import { plural } from "../format.js";
import { toast } from "../components/frame/toast.js";
import { Aside } from "./aside.js";
import { Bar } from "./bar.js";
import { Beginnings } from "./beginnings.js";
import { planChange } from "./changes.js";
import { askToLeave } from "./dialogs.js";
import { toDraft, toSpec } from "./draft.js";
import { fieldOfFailure, isLeft, placed, questionOf, rootOf, waitsFor, within } from "./faults.js";
import { sectionOf } from "./fields.js";
import { useLeaving } from "./leaving.js";
import { FormHead, Lost, Running, SendFailure } from "./form-parts.js";
import { forget, keep, kept } from "./keep.js";
import { mergeDraft } from "./merge.js";
import { emptied, unanswered } from "./placeholders.js";
import { usePlan } from "./preview.js";
import { useProposals } from "./proposals.js";
import { Sections } from "./sections.js";
import { useSending } from "./send.js";
import { OtherSettings, TemplateQuestions } from "./template-start.js";

const NO_ENVIRONMENT =
  "This host holds several environments. Choose the one that the container belongs to.";
const NO_ANSWERS = { pending: false, problem: null, missing: [] };

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

/** The faults that the form knows of itself, before the server is asked. */
function ownFaults({ mode, spec, problems, open, draft, asked, data }) {
  const mixed = settings.value.host_environment === "MIXED";
  const labelled = draft.labels.some(([name]) => name.trim() === "dockermate.environment");
  return [
    ...(mode === "new" && !data.template && spec.image === ""
      ? [{ field: "image", message: "An image is required, such as nginx:1.27." }]
      : []),
    ...asked.missing.map((field) => ({
      field: `template.${field}`,
      message: "An answer is required.",
      missing: true,
    })),
    ...(asked.problem && asked.missing.length === 0
      ? [{ field: `template.${asked.problem.field ?? "name"}`, message: asked.problem.message }]
      : []),
    ...(mode === "edit" && !spec.name ? [{ field: "name", message: "A container needs a name." }] : []),
    ...unanswered(open, draft),
    ...problems,
    ...(mode === "new" && mixed && !labelled && !spec.environment
      ? [{ field: "environment", message: NO_ENVIRONMENT }]
      : []),
  ];
}

export function Form({ data }) {
  const page = `${location.pathname}${location.search}`;
  const mode = data.mode;
  // An address that names a beginning opens the form with it.
  const free =
    mode === "new" && !["from", "template", "operation", "image", "network"].some((key) => data[key]);
  const step = free && ["", "paste"].includes(hash.value) ? hash.value || "begin" : "form";
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
  // Placeholders of a pasted command, and answers to the questions of a template.
  const [open, setOpen] = useState(restored?.open ?? []);
  const [answers, setAnswers] = useState(restored?.answers ?? null);
  const [template, setTemplate] = useState(null);
  const [asked, setAsked] = useState({ ...NO_ANSWERS, pending: Boolean(data.template) });
  const [left, setLeft] = useState(() => new Set());
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState(null);
  const [forceRecreate, setForceRecreate] = useState(false);
  const [opened, setOpened] = useState({});
  const [others, setOthers] = useState(false);
  const [planOpen, setPlanOpen] = useState(false);
  const [pasted, setPasted] = useState(step === "paste");
  // Sent for, but the plan of it is still being worked out.
  const [due, setDue] = useState(false);
  const choices = useChoices(data.choices);
  const root = useRef();

  const before = useMemo(() => toSpec(base).spec, [base]);
  const { spec, problems, rows } = useMemo(() => toSpec(draft), [draft]);
  const dirty = JSON.stringify(spec) !== JSON.stringify(before) || problems.length > 0 || open.length > 0;
  const change =
    mode === "edit"
      ? planChange(before, spec, forceRecreate)
      : { keys: [], stuck: [], put: null, recreate: null };
  const own = ownFaults({ mode, spec, problems, open, draft, asked, data });
  const wanted = { mode, name: before.name, spec, options, change };
  const begun = mode === "edit" ? change.keys.length > 0 || forceRecreate : spec.image !== "";
  const planned = usePlan(begun && own.length === 0 && step === "form" ? wanted : null);
  const view = { ...planned, waiting: planned.waiting || asked.pending };
  const { proposals, again: askProposals } = useProposals(
    mode === "new" && !data.template ? (spec.image ?? "") : "",
    choices,
    data.proposals ? { ...data.proposals, image: data.image } : null,
  );
  const refuse = (problem) => {
    setRefusal(problem);
    setTried(true);
    toFirst.current = true;
  };
  const sending = useSending({
    wanted,
    plan: view.plan,
    name: spec.name ?? before.name,
    refused: refuse,
    fieldOf: (ended) => fieldOfFailure(ended, draft),
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
    ...(server?.field
      ? [{ field: placed(server.field, rows), message: server.message, past: server.past }]
      : []),
  ].map((fault) => ({ ...fault, field: questionOf(fault.field, draft, template) }));
  const shown = errors.filter(({ field }) => tried || isLeft(field, left));
  // What failed once may succeed now: it is told, and does not stop another try.
  const blocking = errors.filter(({ past }) => !past);
  const waits = waitsFor(blocking, draft, template);
  const carried = (key) =>
    key === "engine"
      ? Boolean(draft.engine_config || draft.engine_host_config)
      : spec[key] !== undefined && spec[key] !== "";
  const leave = (...paths) =>
    setLeft((was) => (paths.every((path) => was.has(path)) ? was : new Set([...was, ...paths])));
  const leaving = useLeaving(leave);
  const form = {
    mode,
    draft,
    spec,
    base: before,
    view: data.container,
    template,
    quiet: Boolean(data.template),
    change,
    options,
    choices,
    proposals,
    askProposals,
    refuse: (problem) => {
      setRefusal({ ...problem, past: true });
      leave(problem.field);
    },
    plan: view.plan,
    opened,
    setOpened: (id, yes) => setOpened((was) => ({ ...was, [id]: yes })),
    carries: carried,
    leave,
    isLeft: (path) => tried || isLeft(path, left),
    at: (path) => shown.find(({ field }) => field === path)?.message,
    under: (path) =>
      shown.find(
        ({ field }) => field === path || field.startsWith(`${path}[`) || field.startsWith(`${path}.`),
      )?.message,
    asks: (path) => errors.find(({ field, asks }) => asks && field === path)?.asks ?? null,
    set: (key, value) => {
      setDraft((was) => ({ ...was, [key]: value }));
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
  // Going to another way of beginning keeps what is here, and asks nothing.
  const keeping = useRef(false);
  const store = () => keep(page, origin, { draft, options, open, answers, template });
  useEffect(() => {
    if (done.current) return undefined;
    if (!dirty) {
      forget(page);
      return undefined;
    }
    const timer = setTimeout(() => {
      if (!done.current) store();
    }, 300);
    return () => clearTimeout(timer);
  }, [draft, options, open, answers, dirty]);
  useEffect(() => {
    if (!dirty || sending.operation || done.current) return undefined;
    unguard.current = guardLeaving(async () => {
      if (keeping.current) return true;
      const leaves = await askToLeave();
      if (leaves) {
        done.current = true;
        forget(page);
      }
      return leaves;
    });
    const unload = (event) => {
      if (!done.current && !keeping.current) event.preventDefault();
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
    setPlanOpen(false);
    if (!field.startsWith("template.")) {
      if (data.template && field !== "environment") setOthers(true);
      form.setOpened(sectionOf(rootOf(field)), true);
    }
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const find = (path) => root.current?.querySelector(`[data-field="${CSS.escape(path)}"]`);
        const place =
          within(field).map(find).find(Boolean) ??
          root.current?.querySelector(`#section-${sectionOf(rootOf(field))}`);
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
    if (!sending.risks) return;
    setPlanOpen(true);
    requestAnimationFrame(() => root.current?.querySelector("[data-risk]")?.focus());
  }, [sending.risks]);

  const submit = (event) => {
    event.preventDefault();
    setTried(true);
    if (own.length === 0 && view.waiting) setDue(true);
    else if (blocking.length > 0) focusOn(blocking[0].field);
    else {
      setRefusal(null);
      sending.send();
    }
  };
  // Nothing is confirmed or sent by an older plan than that of what stands here.
  useEffect(() => {
    if (!due || view.waiting) return;
    setDue(false);
    if (blocking.length > 0) focusOn(blocking[0].field);
    else sending.send();
  }, [due, view.waiting]);

  const show = (name) => {
    setHash(name);
    if (name === "paste") setPasted(true);
    if (name === "form" && spec.image === "")
      requestAnimationFrame(() => root.current?.querySelector("#f-image")?.focus());
    else requestAnimationFrame(() => document.getElementById("main")?.focus({ preventScroll: true }));
    scrollTo(0, 0);
  };
  const put = (next) => {
    setDraft(next.draft);
    setOptions(next.options);
    setOpen(next.open);
    setDue(false);
    setTried(false);
    setLeft(new Set());
    setRefusal(null);
  };
  /** A pasted command fills the form; what stood there comes back by Undo. */
  const fill = (given, more, placeholders) => {
    const was = { draft, options, open };
    const next = emptied(toDraft(given), placeholders);
    put({ draft: next.draft, options: { ...options, ...more }, open: next.open });
    show("form");
    if (dirty)
      toast({
        kind: "ok",
        title: "The form was filled in from the command",
        action: { label: "Undo", run: () => put(was) },
      });
  };
  // What an answer changes is taken over; what was typed below stays.
  const rendered = useRef(null);
  const follow = (given, now) => {
    setRefusal(null);
    setAnswers(now);
    // What is fixed about it is known before its questions are answered.
    if (!given && rendered.current) return;
    const next = toDraft(given ?? template.spec);
    const was = rendered.current;
    rendered.current = next;
    if (was) setDraft((typed) => mergeDraft(typed, was, next));
    else if (!restored) {
      const environment = (typed) => ({ ...next, environment: typed.environment || next.environment });
      setBase(next);
      setDraft(environment);
    }
  };

  const risky = sending.risks?.codes.filter((code) => !sending.taken.has(code)) ?? [];
  const idle = mode === "edit" && !begun;
  const verb =
    mode === "edit"
      ? change.recreate
        ? "Recreate"
        : "Save"
      : options.start
        ? "Create and start"
        : "Create";
  const back =
    mode === "edit" ? containerLink({ name: before.name, id: data.container?.id }) : "/containers";
  const status =
    mode !== "edit" ? "" : idle ? "No changes yet." : `${plural(change.keys.length, "setting")} changed.`;
  const summary = waits
    ? `waits for ${waits}`
    : view.plan
      ? plural(view.plan.steps.length, "step")
      : idle
        ? "no changes yet"
        : "";
  const busy = Boolean(sending.operation);
  return html`
      <${FormHead}
        data=${data}
        back=${back}
        name=${before.name}
        step=${step}
        busy=${busy}
        another=${free
            ? () => show("")
            : mode === "new" && data.template
              ? () => {
                  store();
                  keeping.current = true;
                  go("/containers/new");
                }
              : null}
      />
      ${busy && html`<${Running} operation=${sending.operation} />`}
      ${step === "begin" && html`
        <${Beginnings}
          choices=${choices}
          begun=${dirty ? draft.name.trim() || draft.image.trim() || "a container" : null}
          choose=${show}
          image=${(name) => {
            form.set("image", name);
            show("form");
          }}
          leaving=${() => {
            if (dirty) store();
            keeping.current = true;
          }}
          discard=${() => put({ draft: base, options, open: [] })}
        />
      `}
      ${pasted && html`
        <section class="card paste-start" hidden=${step !== "paste"}>
          <${Later}
            load=${() => import("../components/templates/paste-run.js")}
            use=${fill}
            close=${() => show("")}
            shown=${step === "paste"}
          />
        </section>
      `}
      <div hidden=${busy || step !== "form"}>
        <${SendFailure} sending=${sending} />
        <${Lost} names=${lost} dismiss=${() => setLost([])} />
        <form
          class="create"
          ref=${root}
          onSubmit=${submit}
          onFocusOut=${leaving}
          noValidate
          autocomplete="off"
        >
          <div class="form-main">
            ${data.template ? html`
                <${TemplateQuestions}
                  id=${data.template}
                  form=${form}
                  first=${answers}
                  known=${setTemplate}
                  follow=${follow}
                  state=${setAsked}
                  strict=${tried}
                />
                <${OtherSettings} form=${form} open=${others} setOpen=${setOthers} />
              ` : html`
              <${Sections} form=${form} />
            `}
          </div>
          <div
            class="form-foot"
            onKeyDown=${(event) => {
              if (event.key !== "Escape" || !planOpen) return;
              event.stopPropagation();
              setPlanOpen(false);
              root.current?.querySelector(".plan-toggle")?.focus();
            }}
          >
            <${Aside}
              form=${form}
              view=${view}
              open=${planOpen}
              waits=${begun || mode === "new" ? waits : ""}
              risks=${sending.risks}
              taken=${sending.taken}
              take=${sending.take}
              forceRecreate=${forceRecreate}
              setForceRecreate=${(yes) => {
                setForceRecreate(yes);
                setDue(false);
              }}
            />
            <${Bar}
              form=${form}
              faults=${shown}
              focusOn=${focusOn}
              plan=${{ open: planOpen, setOpen: setPlanOpen, summary }}
              status=${status}
              cancel=${() => go(back)}
              submit=${{
                verb,
                icon: mode === "edit" ? "check" : "plus",
                busy: sending.sending || due,
                disabled: sending.sending || idle || risky.length > 0,
              }}
            />
          </div>
        </form>
      </div>
    `;
}
