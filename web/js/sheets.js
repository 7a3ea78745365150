// @ts-check
// Style sheets that only some pages need. Invariant: what was fetched once is not fetched again.
import { assets } from "./state.js";

const PAUSES = [300, 1000, 3000];
const sheets = new Map();

const fetchSheet = (path) =>
  new Promise((done, fail) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = `${assets}${path}`;
    // The loader leaves it alone: it is asked for again here.
    link.dataset.own = "";
    link.onload = done;
    link.onerror = () => {
      link.remove();
      fail(new Error(`${path} was not loaded`));
    };
    document.head.append(link);
  });

async function persist(path) {
  for (const pause of PAUSES) {
    try {
      return await fetchSheet(path);
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  return fetchSheet(path);
}

/** Comes in once, and again when it does not come. */
export function sheet(path) {
  if (!sheets.has(path)) {
    const coming = persist(path);
    sheets.set(path, coming);
    coming.catch(() => sheets.delete(path));
  }
  return sheets.get(path);
}
