// @ts-check
// Reads the log of a container into a buffer, over breaks and restarts.
import { useEffect, useRef, useState } from "../../../vendor/preact.js";
import { containerPath } from "../../api.js";
import { EventStream } from "../../event-stream.js";
import { MAX } from "./buffer.js";
import { query } from "./tools.js";

/**
 * Reads the stream into the buffer (`push` and `clear`), in one go per frame. Answers [state, error, again]: a log that broke
 * off is `broken`, one that cannot be read is `failed`, both with the error that the server sent; only one
 * that was read to its end is `ended`. When the container starts again the log continues by itself.
 */
export function useLogStream(c, options, buffer, onLines, gone = false) {
  const [state, setState] = useState("reading");
  const [broken, setBroken] = useState("");
  const [again, setAgain] = useState(0);
  const resume = useRef(null);
  const { tail, since, out, err } = options;
  useEffect(() => {
    resume.current = null;
    buffer.clear();
    onLines(0);
  }, [c.id, tail, since, out, err]);
  useEffect(() => {
    if (gone) return undefined;
    let waiting = [];
    let frame = 0;
    let newest = resume.current;
    const flush = () => {
      cancelAnimationFrame(frame);
      frame = 0;
      const lines = newest
        ? waiting.filter(
            (line) =>
              Date.parse(line.t) > Date.parse(newest) ||
              (line.t > newest && line.t.length === newest.length),
          )
        : waiting;
      waiting = [];
      newest = null;
      if (lines.length === 0) return;
      resume.current = lines.at(-1).t;
      onLines(buffer.push(lines));
    };
    setState("reading");
    setBroken("");
    const source = new EventStream(
      containerPath(
        c.id,
        `/logs?${query(options, { follow: true, timestamps: true, ...(newest && { since: newest, tail: undefined }) })}`,
      ),
    );
    source.onopen = () => setState("live");
    source.addEventListener("lines", (event) => {
      for (const line of JSON.parse(event.data)) waiting.push(line);
      // Nothing is drawn in a tab that nobody sees.
      if (document.hidden || waiting.length > MAX) flush();
      else frame ||= requestAnimationFrame(flush);
    });
    source.addEventListener("end", (event) => {
      source.close();
      flush();
      const { error } = JSON.parse(event.data || "{}");
      setBroken(error ?? "");
      setState(error ? "broken" : "ended");
    });
    source.onerror = () => {
      if (source.readyState !== EventStream.CLOSED) {
        setState("reconnecting");
        return;
      }
      setBroken(source.refusal);
      setState("failed");
    };
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [c.id, tail, since, out, err, again, c.started_at, gone]);
  return [state, broken, () => setAgain((n) => n + 1)];
}
