// @ts-check
// The page key of this browser's session. The cookie goes to every program on this host,
// whatever its port; this storage belongs to our origin alone, so the server wants both.
const NAME = "dockermate.page-key";

/** In memory too: storage may be forbidden. */
let held = "";

function stored() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

/** The storage first: another tab may have signed in since. */
export const pageKey = () => stored() || held;

/**
 * False if the browser does not store it: then it lasts as long as this page, and the next one asks
 * for the password again.
 * @param {string} key
 */
export function keepPageKey(key) {
  held = key;
  try {
    // An old one must not outlive a new one that does not fit.
    localStorage.removeItem(NAME);
    localStorage.setItem(NAME, key);
    return true;
  } catch {
    return false;
  }
}

export const NOT_STORED =
  "You are signed in, but this browser stores nothing for this address, so the next page would ask for the password again. Allow site data for it, and leave private browsing if that forbids it.";

export function forgetPageKey() {
  held = "";
  try {
    localStorage.removeItem(NAME);
  } catch {
    // Nothing was stored.
  }
}

/** The headers that prove the session. */
export const proof = () => ({ "X-DockerMate-Key": pageKey() });
