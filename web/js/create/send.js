// Sending the form: the risks and confirmations it may need, the operation that follows, and what
// remains to be done after it. Invariant: whatever fails, the form is still there as it was typed.
import { useEffect, useRef, useState } from "../../vendor/preact.js";
import { api, containerLink } from "../api.js";
import { follow } from "../follow.js";
import { go } from "../navigation.js";
import { containers } from "../state.js";
import { addressUrl } from "../components/containers/ports.js";
import { openDialog } from "../components/frame/dialog.js";
import { toast } from "../components/frame/toast.js";
import { useOperation } from "../components/operations/progress.js";
import { formOf } from "../components/operations/try-again.js";
import { ConfirmChange } from "./dialogs.js";
import { requests } from "./preview.js";

const RISKS = ["container_limit", "risk_not_acknowledged"];

/** The sentence of a refusal without the advice for programs. */
const plainly = (text) => text.replace(/\s*If you take the risk, send acknowledge=[\w,]*\.?$/, "");

/**
 * {send, sending, operation, failure, risks, taken, take, dismiss} for a form that is wanted so.
 * `fieldOf(operation)`: the field that a failed operation is the fault of, or null.
 */
export function useSending({ wanted, plan, name, refused, fieldOf, finished }) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState(null);
  const [risks, setRisks] = useState(null);
  const [taken, setTaken] = useState(() => new Set());
  const [job, setJob] = useState(null);
  const operation = useOperation(job);
  const here = useRef(true);
  useEffect(
    () => () => {
      here.current = false;
    },
    [],
  );

  const fail = (problem) => {
    setSending(false);
    if (problem.status === 428 && RISKS.includes(problem.code))
      setRisks({
        codes: (problem.confirm ?? "").split(",").filter(Boolean),
        message: plainly(problem.message),
      });
    else if (problem.status === 428 && plan)
      openDialog(ConfirmChange, {
        plan: {
          ...plan,
          needs: plan.needs ?? { kind: "type_name", confirm: problem.confirm, reason: problem.message },
        },
        run: (confirm) => send(confirm),
      });
    else if (problem.field) refused(problem);
    else setFailure({ title: problem.title, message: problem.message, unknown: problem.status === 0 });
  };

  const done = (message, target) => {
    finished();
    const [address] =
      [...(containers.value?.values() ?? [])].find((c) => c.name === target)?.addresses ?? [];
    toast({
      kind: "ok",
      title: message,
      action: address && { label: "Open", run: () => open(addressUrl(address), "_blank", "noopener") },
    });
    if (here.current) go(containerLink({ name: target }), { replace: true });
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
      setJob(answer.operation);
      follow(
        answer.operation,
        (ended) => over(ended, others, confirm),
        (problem) => {
          setJob(null);
          fail(problem);
        },
      );
    } catch (problem) {
      fail(problem);
    }
  }

  /** The form may have been left meanwhile; what remains to be done is done all the same. */
  function over(ended, others, confirm) {
    setJob(null);
    setSending(false);
    if (ended.state !== "succeeded") {
      const title = ended.state === "cancelled" ? "It was cancelled" : `${ended.title} failed`;
      const field = ended.state === "cancelled" ? null : fieldOf(ended);
      const message = ended.message ?? "No reason was given.";
      setFailure({ title, message, operation: ended, atField: Boolean(field) });
      if (field) refused({ field, message, past: true });
      if (!here.current)
        toast({
          kind: "crit",
          title,
          text: ended.message ?? "",
          action: ended.is_request_known
            ? { label: "Change and try again", run: () => go(formOf(ended)) }
            : undefined,
        });
      return;
    }
    const made = ended.result?.name ?? ended.target;
    if (others.length === 0) done(ended.message ?? `${made} is ready.`, made);
    else
      rest(others, ended.message, confirm).catch((problem) => {
        setFailure({
          title: `${ended.target} was recreated, but not everything was saved`,
          message: problem.message,
        });
        if (!here.current)
          toast({
            kind: "crit",
            title: `${ended.target} was recreated, but not everything was saved`,
            text: problem.message,
          });
      });
  }

  return {
    send,
    sending,
    failure,
    risks,
    taken,
    operation: job
      ? (operation ?? { id: job, title: "Sending the request", state: "queued", steps: [] })
      : null,
    take: (code, yes) =>
      setTaken((was) => {
        const next = new Set(was);
        if (yes) next.add(code);
        else next.delete(code);
        return next;
      }),
    dismiss: () => setFailure(null),
    forgetRisks: () => {
      setRisks(null);
      setTaken(new Set());
    },
  };
}
