// @ts-check
// Sending a request so that a change is made once, although its answer is lost: it is sent again with the
// id of the first try, and the server answers with what became of that.
// Invariant: without an id of its own a change is sent at most once.

/** How long an answer is looked for, and the pauses between two tries; the last one repeats. */
const PATIENCE = 30_000;
const PAUSES = [400, 800, 1500, 3000];

/** @type {(id: string, over: boolean) => void} */
let tell = () => {};
/**
 * Who is told that the answer to a request is being looked for, and when that is over.
 * @param {typeof tell} listener
 */
export const whenLooking = (listener) => {
  tell = listener;
};

/**
 * Without a time, long enough for a network to be there again.
 * @param {number} ms
 */
export const pause = (ms = 400) => new Promise((done) => setTimeout(done, ms));

/** A random id; `crypto.randomUUID` asks for nothing more than this does. */
function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Whether the request gets an id: a change that needs a session. Logging in, the setup and previews do not.
 * @param {URL} url
 * @param {string} method
 */
export const takesId = (url, method) =>
  method !== "GET" &&
  !/^\/api\/(auth|setup)(\/|$)/.test(url.pathname) &&
  url.searchParams.get("dry_run") !== "true";

/** Of a proxy between us and DockerMate, that has no answer either. */
const isOfProxy = (response) =>
  [502, 503, 504].includes(response.status) &&
  !(response.headers.get("Content-Type") ?? "").includes("json");

/**
 * The answer and its text. What only reads is asked for again once: a device that changes networks loses what
 * is under way. A change is asked for again for half a minute.
 * @param {URL} url
 * @param {RequestInit & {headers: Record<string, string>}} init
 */
export async function sendOnce(url, init) {
  const method = init.method ?? "GET";
  const id = takesId(url, method) ? freshId() : "";
  if (id) init.headers["Idempotency-Key"] = id;
  let deadline = 0;
  for (let turn = 0; ; turn += 1) {
    try {
      const response = await fetch(url, init);
      const text = response.status === 204 ? "" : await response.text();
      if (id && isOfProxy(response)) throw new TypeError(`The proxy answered ${response.status}.`);
      if (deadline) tell(id, true);
      return { response, text };
    } catch (cause) {
      deadline ||= Date.now() + PATIENCE;
      const again = id ? Date.now() < deadline : method === "GET" && turn === 0;
      if (cause.name === "AbortError" || !again) {
        if (id) tell(id, true);
        throw cause;
      }
      if (id) tell(id, false);
      await pause(PAUSES[Math.min(turn, PAUSES.length - 1)]);
    }
  }
}
