// Sending the form: the risks and confirmations it may need, the operation that follows, and what
// remains to be done after it. Invariant: whatever fails, the form is still there as it was typed.
import { useEffect, useState } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { isOver } from "../state.js";
import { go } from "../navigation.js";
import { openDialog } from "../components/dialog.js";
import { toast } from "../components/toast.js";
import { useOperation } from "../components/operation-progress.js";
import { ConfirmChange } from "./dialogs.js";
import { requests } from "./preview.js";

const RISKS = ["container_limit", "risk_not_acknowledged"];

/** The sentence of a refusal without the advice for programs. */
const plainly = (text) => text.replace(/\s*If you take the risk, send acknowledge=[\w,]*\.?$/, "");

/** {send, sending, operation, failure, risks, taken, take, dismiss} for a form that is wanted so. */
export function useSending({ wanted, plan, name, refused, finished }) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState(null);
  const [risks, setRisks] = useState(null);
  const [taken, setTaken] = useState(() => new Set());
  const [job, setJob] = useState(null);
  const operation = useOperation(job?.id);

  const fail = (problem) => {
    setSending(false);
    if (problem.status === 428 && RISKS.includes(problem.code)) setRisks({ codes: (problem.confirm ?? "").split(",").filter(Boolean), message: plainly(problem.message) });
    else if (problem.status === 428 && plan) openDialog(ConfirmChange, { plan: { ...plan, needs: plan.needs ?? { kind: "type_name", confirm: problem.confirm, reason: problem.message } }, run: (confirm) => send(confirm) });
    else if (problem.field) refused(problem);
    else setFailure({ title: problem.title, message: problem.message });
  };

  const done = (message, target) => {
    finished();
    toast({ kind: "ok", title: message });
    go(containerLink({ name: target }), { replace: true });
  };

  /** The requests after the one that became an operation; they answer at once. */
  const rest = async (list, message, confirm) => {
    let last = message;
    for (const { path, init } of list) {
      const view = await api(path, { ...init, query: { ...init.query, confirm } });
      last = message ?? `${view.name} is changed.`;
    }
    done(last, name);
  };

  async function send(confirm) {
    if (plan?.needs && confirm === undefined) {
      openDialog(ConfirmChange, { plan, run: send });
      return;
    }
    setSending(true);
    setFailure(null);
    try {
      const [first, ...others] = requests(wanted, { confirm, acknowledge: [...taken].join(",") });
      if (first.init.method === "PUT") {
        await rest([first, ...others], null, confirm);
        return;
      }
      const answer = await api(first.path, first.init);
      setJob({ id: answer.operation, others, confirm });
    } catch (problem) {
      fail(problem);
    }
  }

  useEffect(() => {
    if (!operation || !isOver(operation)) return;
    const { others, confirm } = job;
    setJob(null);
    setSending(false);
    if (operation.state !== "succeeded") {
      setFailure({ title: operation.state === "cancelled" ? "It was cancelled" : `${operation.title} failed`, message: operation.message ?? "It does not say why.", operation });
      return;
    }
    const made = others.length > 0 ? name : operation.result?.name ?? operation.target;
    if (others.length === 0) done(operation.message ?? `${made} is ready.`, made);
    else rest(others, operation.message, confirm).catch((problem) => fail({ ...problem, status: problem.status, field: problem.field, title: `${operation.target} was made anew, but not all of it was saved`, message: problem.message }));
  }, [operation?.state]);

  return {
    send, sending, failure, risks, taken, operation: job ? operation ?? { id: job.id, title: "Sending it", state: "queued", steps: [] } : null,
    take: (code, yes) => setTaken((was) => { const next = new Set(was); if (yes) next.add(code); else next.delete(code); return next; }),
    dismiss: () => setFailure(null), forgetRisks: () => { setRisks(null); setTaken(new Set()); },
  };
}
