// @ts-check
// The keyboard, for the whole page. Pages register what a key means to them; typing is never taken away.
import { go } from "./navigation.js";
import { dialogOpen, openDialog } from "./components/frame/dialog.js";
import { menuOpen } from "./components/frame/menu.js";
import { Palette } from "./components/frame/palette.js";
import { KeysHelp } from "./components/frame/keys-help.js";

const GO = {
  d: "/",
  c: "/containers",
  i: "/images",
  n: "/networks",
  t: "/templates",
  o: "/operations",
  s: "/settings",
};
let pending = 0;
const pages = [];

/** Keys of a page: {key: run}. A run that answers false lets the key through. Returns how to end it. */
export function pageKeys(map) {
  pages.push(map);
  return () => pages.splice(pages.indexOf(map), 1);
}

const typing = (target) =>
  target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

export function bindKeys() {
  addEventListener("keydown", (event) => {
    if (
      event.key.toLowerCase() === "k" &&
      (event.ctrlKey || event.metaKey) &&
      !event.altKey &&
      !event.shiftKey
    ) {
      event.preventDefault();
      if (!dialogOpen()) openDialog(Palette);
      return;
    }
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      dialogOpen() ||
      menuOpen()
    )
      return;
    if (typing(event.target)) return;
    if (pending && Date.now() - pending < 1200) {
      pending = 0;
      if (GO[event.key]) {
        event.preventDefault();
        go(GO[event.key]);
        return;
      }
    }
    for (const map of [...pages].reverse()) {
      if (map[event.key] && map[event.key](event) !== false) {
        event.preventDefault();
        return;
      }
    }
    if (event.key === "g") pending = Date.now();
    else if (event.key === "?") openDialog(KeysHelp);
    else if (event.key === "/") {
      event.preventDefault();
      openDialog(Palette);
    }
  });
}
