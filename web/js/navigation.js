// Moving between pages without a blank screen: the old page stays until the new one is ready.
// Invariant: whatever goes wrong, the browser can still load the address the ordinary way.
import { signal, useEffect, useState } from "../vendor/preact.js";
import { api, leave, Problem, withTicket } from "./api.js";
import { adopt, assets, engineUp, hash, page } from "./state.js";
import { sheet } from "./sheets.js";
import { caughtUp } from "./stream.js";
import { toast } from "./components/frame/toast.js";

const PAGES = [
  /^\/$/,
  /^\/containers$/,
  /^\/containers\/[^/]+(\/edit)?$/,
  /^\/images$/,
  /^\/networks(\/[^/]+)?$/,
  /^\/(ports|topology)$/,
  /^\/updates$/,
  /^\/registries$/,
  /^\/templates$/,
  /^\/operations$/,
  /^\/settings$/,
];
export const loading = signal(false);
export const view = signal(null);
const scrolls = new Map();
let turn = 0;
/** The page that is open and must be asked before it is left: {ask, href}. */
let guard = null;
let key = history.state?.key ?? 0;

export const isOurs = (url) => url.origin === location.origin && PAGES.some((p) => p.test(url.pathname));
const samePage = (url) => url.pathname === location.pathname && url.search === location.search;

/** Pages with a style sheet of their own. */
const SHEETS = {
  images: "css/images.css",
  network: "css/networks.css",
  networks: "css/networks.css",
  ports: "css/networks.css",
  topology: "css/topology.css",
  registries: "css/registries.css",
};

/** The component of a page, once its style sheet is here, too. */
export const loadModule = (name) =>
  Promise.all([import(`./pages/${name}.js`), SHEETS[name] && sheet(SHEETS[name])]).then(
    ([module]) => module.default,
  );

/** True on a page that came without an engine, until there is one and it has been asked for again. */
export function useReturn() {
  const [without] = useState(!engineUp.peek());
  const up = engineUp.value;
  useEffect(() => {
    if (without && up) go(location.href, { replace: true });
  }, [up]);
  return without || !up;
}

/** From now on `ask` decides (true, or a promise of it) whether this page is left. Returns how to end it. */
export function guardLeaving(ask) {
  const mine = { ask, href: location.href };
  guard = mine;
  return () => {
    if (guard === mine) guard = null;
  };
}

async function mayLeave() {
  const asked = guard;
  if (!asked) return true;
  if (!(await asked.ask())) return false;
  if (guard === asked) guard = null;
  return true;
}

/** The data of a page: from its own address, whose document is the same for everybody. */
export async function pageData(url) {
  const answer = await api(url.pathname + url.search, { stay: true });
  if (!answer?.page || !answer.frame) throw new Error("not page data");
  return answer;
}

/** A download of ours. The browser fetches it, with a ticket in place of the page key. */
async function download(link) {
  try {
    const href = await withTicket(link.href);
    Object.assign(document.createElement("a"), { href: href.href, download: link.download }).click();
  } catch (cause) {
    toast({ kind: "crit", title: "The download failed", text: cause.message });
  }
}

/** Goes to an address of ours. `replace` keeps the history as long as it is. */
export async function go(to, { replace = false, pop = false } = {}) {
  const url = new URL(to, location.href);
  if (!pop && !(await mayLeave())) return;
  if (!isOurs(url)) {
    location.assign(url);
    return;
  }
  const mine = (turn += 1);
  const slow = setTimeout(() => {
    loading.value = true;
  }, 250);
  try {
    const answer = await pageData(url);
    if (answer.frame.asset_base !== assets) throw new Error("another version");
    const component = await loadModule(answer.page);
    if (mine !== turn) return;
    if (!pop) {
      scrolls.set(key, scrollY);
      key += 1;
      history[replace ? "replaceState" : "pushState"]({ key }, "", url);
    }
    hash.value = url.hash.slice(1);
    adopt(answer);
    caughtUp(answer.frame.feed);
    view.value = { component, data: answer.data, key: `${url.pathname}#${mine}` };
    arrive(pop);
  } catch (cause) {
    if (mine === turn && !(cause instanceof Problem && leave(cause, url))) location.assign(url);
  } finally {
    clearTimeout(slow);
    if (mine === turn) loading.value = false;
  }
}

function arrive(pop) {
  document.title = `${page.value.title} · DockerMate`;
  const top = pop ? (scrolls.get(key) ?? 0) : 0;
  requestAnimationFrame(() => {
    scrollTo(0, top);
    document.getElementById("main").focus({ preventScroll: true });
  });
}

/** Moves to a tab of the page that is open. */
export function setHash(name) {
  if (hash.value === name) return;
  history.replaceState(history.state, "", `#${name}`);
  hash.value = name;
}

export function setQuery(params) {
  const query = params.toString();
  history.replaceState(history.state, "", `${location.pathname}${query && `?${query}`}${location.hash}`);
}

export function start() {
  history.scrollRestoration = "manual";
  history.replaceState({ key }, "", location.href);
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target.closest?.("a[href]");
    if (!link || link.target) return;
    const url = new URL(link.href);
    if (link.hasAttribute("download")) {
      if (url.origin !== location.origin || !url.pathname.startsWith("/api/")) return;
      event.preventDefault();
      download(link);
      return;
    }
    if (!isOurs(url)) return;
    if (samePage(url) && url.hash) {
      event.preventDefault();
      if (link.classList.contains("skip")) {
        document.getElementById("main").focus();
        return;
      }
      setHash(url.hash.slice(1));
      return;
    }
    event.preventDefault();
    go(url);
  });
  addEventListener("popstate", async (event) => {
    const { href } = guard ?? {};
    const target = location.href;
    if (href && samePage(new URL(href))) return;
    if (href) {
      // The address has moved already; it comes back while the question is open.
      history.pushState({ key }, "", href);
      if (!(await mayLeave())) return;
      go(target);
      return;
    }
    scrolls.set(key, scrollY);
    key = event.state?.key ?? 0;
    go(location.href, { pop: true });
  });
  addEventListener("hashchange", () => {
    hash.value = location.hash.slice(1);
  });
}
