// @ts-check
// Requests to our own API. Every failure becomes a Problem with a sentence to show.
// Invariant: a lost session leads to the login page, never to a dead page.

import { proof } from "./page-key.js";
import { sendOnce, takesId } from "./send-once.js";

/**
 * What an answer of the API is made of, from its description.
 * @typedef {import("../check/api.js").components["schemas"]} Schemas
 * @typedef {Partial<Schemas["Problem"]> & Record<string, any>} ProblemBody
 */

/** An error as `application/problem+json` says it; `status` 0 means no answer. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {ProblemBody} body
   */
  constructor(status, body = {}) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.title = body.title ?? "The request failed";
    this.code = body.error ?? "";
    this.field = body.field ?? null;
    this.confirm = body.confirm ?? null;
    this.retryAfter = body.retry_after ?? null;
    this.body = body;
  }
}

/** Nobody knows whether a change was made, and where to look. */
export const resultUnknown = () =>
  new Problem(0, {
    title: "Result unknown",
    error: "result_unknown",
    detail:
      "The connection to DockerMate was lost, and it is not known whether the change was made. Look at Operations before you try again.",
  });

/**
 * @param {string} path
 * @param {{method?: string, query?: Record<string, any>, body?: any, headers?: Record<string, string>,
 *   signal?: AbortSignal, stay?: boolean}} options `stay` keeps a lost session from leading to the login.
 * @returns {Promise<any>}
 */
export async function api(path, { method = "GET", query, body, headers = {}, signal, stay = false } = {}) {
  const url = new URL(path, location.origin);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(key, value);
  }
  /** @type {RequestInit & {headers: Record<string, string>}} */
  const init = {
    method,
    headers: { Accept: "application/json", ...proof(), ...headers },
    credentials: "same-origin",
    cache: "no-store",
    signal,
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["Content-Type"] = "application/json";
  }
  let response;
  let text;
  try {
    ({ response, text } = await sendOnce(url, init));
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    if (takesId(url, method)) throw resultUnknown();
    throw new Problem(0, {
      title: "No answer",
      detail:
        "DockerMate is not responding. Check that the host is running and that you are on its network.",
    });
  }
  let answer = null;
  if (text) {
    try {
      answer = JSON.parse(text);
    } catch {
      answer = null;
    }
  }
  if (response.ok) return answer;
  const problem = new Problem(response.status, answer ?? {});
  if (!stay) leave(problem);
  throw problem;
}

/**
 * Where a request must lead when nobody is signed in, or nothing is set up. True if it does.
 * @param {any} problem
 * @param {{pathname: string, search: string, hash: string}} at where to come back to
 */
export function leave(problem, at = location) {
  if (problem.status === 401)
    location.assign(`/login?next=${encodeURIComponent(at.pathname + at.search + at.hash)}`);
  else if (problem.code === "setup_required") location.assign("/setup");
  else if (problem.code === "password_change_required") location.assign("/settings#security");
  else return false;
  return true;
}

/**
 * The address of something that the browser itself fetches, which cannot send the page key.
 * @param {string | URL} path
 */
export async function withTicket(path) {
  const { ticket } = await api("/api/auth/ticket", { method: "POST" });
  const url = new URL(path, location.href);
  url.searchParams.set("ticket", ticket);
  return url;
}

export const containerPath = (key, rest = "") => `/api/containers/${encodeURIComponent(key)}${rest}`;
/** The page of a container. `/containers/new` is the form, so one of that name goes by its id. */
export const containerLink = (c, tab = "") =>
  `/containers/${encodeURIComponent(c.name === "new" && c.id ? c.id : c.name)}${tab && `#${tab}`}`;
export const editLink = (c) => `/containers/${encodeURIComponent(c.name)}/edit`;
export const copyLink = (c) => `/containers/new?from=${encodeURIComponent(c.name)}`;

/** All containers, however many pages that takes. */
export async function listContainers() {
  const items = [];
  for (let page = 1; page <= 100; page += 1) {
    const answer = await api("/api/containers", { query: { page, per_page: 1000 } });
    items.push(...answer.items);
    if (page >= answer.pages || answer.items.length === 0) break;
  }
  return items;
}
