// @ts-check
// Says that the connection was lost while something was being changed, and that its result is being looked for.
import { whenLooking } from "../../send-once.js";
import { dismiss, toast } from "./toast.js";

whenLooking((id, over) => {
  const toastId = `looking-${id}`;
  if (over) dismiss(toastId);
  else
    toast({
      id: toastId,
      kind: "busy",
      title: "Looking for the result…",
      text: "The connection to DockerMate was lost during a change. Nothing is changed twice.",
    });
});
