// The plan while the form is being filled in: asked for 400 ms after the last key, the last
// answer only. Invariant: nothing here changes anything; every request is a dry run.
import { useEffect, useState } from "../../vendor/preact.js";
import { api, containerPath } from "../api.js";
import { stale } from "../stream.js";

const WAIT = 400;

/** The requests that save a form, in their order; `dry` for the plan. */
export function requests(
  { mode, name, spec, options, change },
  { dry = false, confirm, acknowledge } = {},
) {
  const query = { ...(dry && { dry_run: true }), confirm };
  const headers = dry ? {} : { Prefer: "respond-async" };
  if (mode === "new") {
    return [
      {
        path: "/api/containers",
        init: {
          method: "POST",
          query: {
            ...query,
            confirm: undefined,
            start: String(options.start),
            pull: options.pull,
            acknowledge,
          },
          headers,
          body: spec,
        },
      },
    ];
  }
  const stable = options.stable.trim();
  const list = [];
  if (change.recreate)
    list.push({
      path: containerPath(name, "/recreate"),
      init: {
        method: "POST",
        query: { ...query, acknowledge },
        headers,
        body: {
          changes: change.recreate,
          pull: options.pull,
          ...(stable && { stable_seconds: /^\d+$/.test(stable) ? Number(stable) : stable }),
        },
      },
    });
  if (change.put)
    list.push({ path: containerPath(name), init: { method: "PUT", query, body: change.put } });
  return list;
}

/** Two plans that follow each other, as one. */
function joined(plans) {
  const [first] = plans;
  return {
    ...first,
    steps: plans.flatMap((plan) => plan.steps),
    warnings: plans.flatMap((plan) => plan.warnings),
    keeps: plans.length > 1 ? first.keeps : first.keeps,
    needs: plans.map((plan) => plan.needs).find(Boolean) ?? null,
  };
}

/** {plan, problem, waiting}: of `wanted`, or the last one known while the next is being worked out. */
export function usePlan(wanted) {
  const [state, setState] = useState({ plan: null, problem: null, of: null });
  const key = wanted && JSON.stringify(requests(wanted, { dry: true }));
  const of = key && `${stale.value} ${key}`;
  useEffect(() => {
    if (!key) {
      setState({ plan: null, problem: null, of });
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const plans = [];
        for (const { path, init } of JSON.parse(key))
          plans.push(await api(path, { ...init, signal: abort.signal }));
        setState({ plan: plans.length > 0 ? joined(plans) : null, problem: null, of });
      } catch (problem) {
        if (problem.name !== "AbortError") setState({ plan: null, problem, of });
      }
    }, WAIT);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [of]);
  // Told by what the answer is of: at no moment does an older plan pass for the one of this form.
  return { ...state, waiting: state.of !== of };
}
