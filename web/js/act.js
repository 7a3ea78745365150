// @ts-check
// Doing something with a container: asked first where that is due, and reported until it is over.
// Invariant: nothing that a click cannot take back is done before its plan was shown.
import { ACTIONS, refusal, send } from "./actions.js";
import { tell } from "./follow.js";
import { toast } from "./components/frame/toast.js";
import { openDialog } from "./components/frame/dialog.js";
import { atLeast } from "./components/elements/level.js";
import { ActionDialog } from "./components/containers/action-dialog.js";

const ask = (name, c, first = null) =>
  openDialog(ActionDialog, { name, c, first, done: (id) => report(name, c, id) });

/** Asks first where that is due, else acts. */
export async function act(name, c) {
  const action = ACTIONS[name];
  const reason = refusal(name, c);
  if (reason) {
    toast({ kind: "warn", title: `${action.label} is not possible`, text: `${reason}.` });
    return;
  }
  if (action.asks || (action.careful && !atLeast("intermediate"))) {
    ask(name, c);
    return;
  }
  try {
    if (action.careful || name === "start") {
      const plan = await send(name, c, { dryRun: true });
      if (plan.needs || plan.offers.length > 0) {
        ask(name, c, plan);
        return;
      }
    }
    report(name, c, await send(name, c));
  } catch (problem) {
    if (problem.status === 428) ask(name, c);
    else
      toast({
        kind: problem.status === 0 ? "warn" : "crit",
        title: `${action.label} ${c.name}: ${problem.title}`,
        text: problem.message,
      });
  }
}

/** Tells how it goes until it is over; what a click takes back is offered. */
function report(name, c, id) {
  const action = ACTIONS[name];
  const undo = action.undo && {
    label: "Undo",
    run: () => act(action.undo, { ...c, state: action.undo === "unpause" ? "paused" : "exited" }),
  };
  tell(id, { doing: `${action.doing} ${c.name}`, undo: undo || undefined });
}
