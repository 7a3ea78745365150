// @ts-check
// What an exit code tells. Those of 125 to 127 are the engine's (`docker run`, "Exit status"), those above 128 are
// 128 and the number of the signal that ended the program.
const MEANINGS = {
  0: "it ended without an error",
  1: "the program reported an error; its log usually says which",
  2: "usually a wrong option or argument in its command",
  125: "the engine could not run it",
  126: "its command exists but cannot be executed",
  127: "its command was not found in the image",
  130: "it was interrupted (SIGINT)",
  134: "the program aborted itself (SIGABRT)",
  137: "killed, usually because the memory limit was reached",
  139: "the program crashed (SIGSEGV)",
  143: "it was asked to stop (SIGTERM)",
};

/** What an exit code means; empty for one that only the program itself knows. `stopped`: somebody stopped it. */
export const exitMeaning = (code, stopped = false) =>
  code === 137 && stopped ? "killed, by hand or because it did not stop in time" : (MEANINGS[code] ?? "");

/** "Exit code 127: its command was not found in the image" */
export function exitText(code, stopped = false) {
  const meaning = exitMeaning(code, stopped);
  return `Exit code ${code}${meaning && `: ${meaning}`}`;
}
