// @ts-check
// Server-sent events over fetch: EventSource cannot send the page key. The same interface, and the
// same rules (WHATWG HTML, 9.2): a broken stream is resumed with Last-Event-ID, a refused one is not.
import { proof } from "./page-key.js";

/** A stream that ends with the session of an old password is back before anybody notices. */
const RETRY = 300;
const LONGEST_RETRY = 5000;
/** How often a stream is asked for again when the session seems to have ended: another page of this
 *  browser may have changed the password, and the new key is here a moment later. */
const REFUSED = 3;

/**
 * The sentence of a problem document, or nothing.
 * @param {Response} response
 * @param {string} type
 */
async function refusalOf(response, type) {
  if (!type.startsWith("application/problem+json")) return "";
  const { detail, title } = await response.json();
  return detail || title || "";
}

export class EventStream {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    this.readyState = EventStream.CONNECTING;
    /** @type {(() => void) | null} */
    this.onopen = null;
    /** @type {(() => void) | null} */
    this.onerror = null;
    /** @type {Map<string, (event: {data: string, lastEventId: string}) => void>} */
    this.listeners = new Map();
    /** Why the stream was refused, once it is closed. */
    this.refusal = "";
    this.lastId = "";
    this.failures = 0;
    this.refusals = 0;
    this.timer = 0;
    this.connect();
  }

  /**
   * @param {string} name
   * @param {(event: {data: string, lastEventId: string}) => void} listener
   */
  addEventListener(name, listener) {
    this.listeners.set(name, listener);
  }

  close() {
    this.readyState = EventStream.CLOSED;
    clearTimeout(this.timer);
    this.aborter?.abort();
  }

  async connect() {
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    try {
      const response = await fetch(this.url, {
        headers: {
          Accept: "text/event-stream",
          ...proof(),
          ...(this.lastId && { "Last-Event-ID": this.lastId }),
        },
        credentials: "same-origin",
        cache: "no-store",
        signal,
      });
      if (signal.aborted) return;
      if (response.status === 401 && this.refusals < REFUSED) {
        this.refusals += 1;
        throw new Error("the session has ended");
      }
      const type = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !type.startsWith("text/event-stream") || !response.body) {
        this.refusal = await refusalOf(response, type);
        if (signal.aborted) return;
        this.aborter.abort();
        this.readyState = EventStream.CLOSED;
        this.tell(() => this.onerror?.());
        return;
      }
      this.readyState = EventStream.OPEN;
      this.refusals = 0;
      this.tell(() => this.onopen?.());
      await this.read(response.body.getReader());
    } catch {
      // It broke off, which is the same as an end.
    }
    if (signal.aborted) return;
    // Also a body that nobody reads any more.
    this.aborter.abort();
    this.readyState = EventStream.CONNECTING;
    this.timer = setTimeout(() => this.connect(), Math.min(LONGEST_RETRY, RETRY * 2 ** this.failures));
    this.failures += 1;
    this.tell(() => this.onerror?.());
  }

  /**
   * An error of a listener is not one of the connection.
   * @param {() => void} call
   */
  tell(call) {
    try {
      call();
    } catch (cause) {
      reportError(cause);
    }
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async read(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    let name = "";
    let id = this.lastId;
    /** @type {string[]} */
    let data = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (this.readyState === EventStream.CLOSED) return;
        if (line === "") {
          this.lastId = id;
          if (data.length > 0) {
            this.failures = 0;
            const event = { data: data.join("\n"), lastEventId: id };
            const listener = this.listeners.get(name || "message");
            this.tell(() => listener?.(event));
          }
          name = "";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") name = text;
        else if (field === "data") data.push(text);
        else if (field === "id") id = text;
      }
    }
  }
}
