// @ts-check
// Stands in each document, before its style sheets: fetches what the page is made of, and again what
// does not come. Invariant: a module is started once, from whichever file brought it; what never comes
// leaves the plain text of the document in sight.
(() => {
  const root = document.documentElement;
  const base = root.dataset.assets;
  const PAUSES = [300, 1000, 3000];
  /** @type {Map<string, Function>} */
  const factories = new Map();
  const started = new Map();
  const fetched = new Map();
  let build = "";
  let again = 0;

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  /** A browser does not ask twice for the address of a script that failed: each try has its own. */
  const another = () => `?again=${(again += 1)}`;

  async function importFile(path) {
    let url = `${base}${path}`;
    for (const pause of PAUSES) {
      try {
        return await import(url);
      } catch {
        await wait(pause);
        url = `${base}${path}${another()}`;
      }
    }
    return import(url);
  }

  function adopt(file) {
    // Third-party code has exports of its own.
    if (!file.modules) return file;
    build ||= file.build;
    if (file.build !== build) throw new Error("DockerMate was updated. Reload the page.");
    for (const [name, factory] of Object.entries(file.modules))
      if (!factories.has(name)) factories.set(name, factory);
    return null;
  }

  function fetchFile(path) {
    if (!fetched.has(path)) {
      const coming = importFile(path).then(adopt);
      fetched.set(path, coming);
      coming.catch(() => fetched.delete(path));
    }
    return fetched.get(path);
  }

  /** The exports of a module that is here. */
  function use(name) {
    if (!started.has(name)) started.set(name, factories.get(name)(use, load) ?? {});
    return started.get(name);
  }

  /** The exports of a module, fetched if it is not here. */
  async function load(name) {
    const own = factories.has(name) ? null : await fetchFile(name);
    return own ?? use(name);
  }

  function failed(cause) {
    console.error(cause);
    root.dataset.failed = "";
  }

  // Style sheets are asked for by the document itself. The link that failed stays: it has the nonce.
  const sheets = new Map();
  addEventListener(
    "error",
    ({ target: link }) => {
      if (!(link instanceof HTMLLinkElement) || link.rel !== "stylesheet") return;
      const href = link.href.split("?")[0];
      const turn = sheets.get(href) ?? 0;
      if (turn === PAUSES.length || link.dataset.own !== undefined) return;
      sheets.set(href, turn + 1);
      setTimeout(() => {
        const next = document.createElement("link");
        next.rel = "stylesheet";
        next.href = href + another();
        link.after(next);
      }, PAUSES[turn]);
    },
    true,
  );

  const [main, page] = (root.dataset.scripts ?? "").split(" ");
  // Together with the app, which asks for it once it has the page's data.
  if (page) fetchFile(page).catch(() => {});
  /** As a script of the document would: once all of it is here, and its style sheets have come or failed. */
  async function inTurn() {
    if (document.readyState === "loading")
      await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
    const waiting = [...document.querySelectorAll("link")].filter(
      (link) => link.rel === "stylesheet" && !link.sheet && !sheets.has(link.href),
    );
    const settled = waiting.map(
      (link) =>
        new Promise((done) => {
          link.addEventListener("load", done);
          link.addEventListener("error", done);
        }),
    );
    await Promise.race([Promise.all(settled), wait(3000)]);
  }

  if (main)
    Promise.all([fetchFile(main), inTurn()])
      .then(() => use(main))
      .catch(failed);
})();
