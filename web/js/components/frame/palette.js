// The command palette: pages, containers and what can be done, found by typing.
import { html, useEffect, useMemo, useRef, useState } from "../../../vendor/preact.js";
import { ACTIONS, refusal } from "../../actions.js";
import { act } from "../../act.js";
import { containerLink, copyLink, editLink, listContainers } from "../../api.js";
import { containerList, containers, engineUp, replaceContainers } from "../../state.js";
import { go } from "../../navigation.js";
import { setLevel, setTheme } from "../../preferences.js";
import { openDialog } from "./dialog.js";
import { Modal } from "./dialog.js";
import { Icon } from "../elements/icon.js";
import { atLeast } from "../elements/level.js";
import { KeysHelp } from "./keys-help.js";
import { describe } from "../containers/status.js";

const PAGES = [
  { label: "Dashboard", icon: "house", hint: "g d", run: () => go("/") },
  { label: "Containers", icon: "box", hint: "g c", run: () => go("/containers") },
  { label: "Images", icon: "layers", hint: "g i", run: () => go("/images") },
  { label: "Pull an image", icon: "download", run: () => go("/images?do=pull") },
  { label: "Networks", icon: "network", hint: "g n", run: () => go("/networks") },
  { label: "Topology", icon: "network", run: () => go("/topology") },
  { label: "Ports", icon: "plug", run: () => go("/ports") },
  { label: "New network", icon: "network", run: () => go("/networks?do=create") },
  { label: "Registries and logins", icon: "key-round", run: () => go("/registries") },
  { label: "Templates", icon: "layout-template", hint: "g t", run: () => go("/templates") },
  { label: "New container", icon: "plus", hint: "c in the list", run: () => go("/containers/new") },
  { label: "Unhealthy containers", icon: "heart-pulse", run: () => go("/containers?state=unhealthy") },
  { label: "Stopped containers", icon: "circle-stop", run: () => go("/containers?state=stopped") },
  { label: "Settings", icon: "settings", hint: "g s", run: () => go("/settings") },
  { label: "Settings: environments", icon: "tag", run: () => go("/settings#environments") },
  { label: "Settings: HTTPS and certificate", icon: "lock", run: () => go("/settings#https") },
  { label: "Settings: change the password", icon: "key-round", run: () => go("/settings#security") },
  { label: "Settings: about this version", icon: "info", run: () => go("/settings#about") },
  { label: "Operations", icon: "history", hint: "g o", run: () => go("/operations") },
  { label: "Keyboard shortcuts", icon: "keyboard", hint: "?", run: () => openDialog(KeysHelp) },
  { label: "Theme: dark", icon: "moon", run: () => setTheme("dark") },
  { label: "Theme: light", icon: "sun", run: () => setTheme("light") },
  { label: "Theme: system", icon: "contrast", run: () => setTheme("auto") },
  { label: "Skill level: beginner", icon: "sliders-horizontal", run: () => setLevel("beginner") },
  { label: "Skill level: intermediate", icon: "sliders-horizontal", run: () => setLevel("intermediate") },
  { label: "Skill level: advanced", icon: "sliders-horizontal", run: () => setLevel("advanced") },
];

/** How well every typed word is found, the best first; -1 is not at all. */
export function score(text, words) {
  const lower = text.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const at = lower.indexOf(word);
    if (at < 0) return -1;
    sum += at === 0 ? 0 : /[\s/:_.-]/.test(lower[at - 1]) ? 1 : 3;
  }
  return sum * 100 + text.length;
}

function entries(words) {
  const list = containerList.value ?? [];
  const all = [...PAGES];
  for (const c of list) {
    all.push({
      label: c.name,
      also: `${c.image} ${c.stack ?? ""}`,
      icon: describe(c).icon,
      hint: describe(c).text,
      run: () => go(containerLink(c)),
    });
  }
  if (words.length > 0) {
    for (const c of list) {
      for (const [name, action] of Object.entries(ACTIONS)) {
        if (action.can(c) && !refusal(name, c)) {
          all.push({
            label: `${action.label} ${c.name}`,
            icon: action.icon,
            hint: c.environment ?? "",
            rank: !action.level || atLeast(action.level) ? 50 : 60,
            run: () => act(name, c),
          });
        }
      }
      all.push({
        label: `Logs of ${c.name}`,
        icon: "file-text",
        rank: 40,
        run: () => go(containerLink(c, "logs")),
      });
      if (!refusal("change", c))
        all.push({ label: `Edit ${c.name}`, icon: "pencil", rank: 45, run: () => go(editLink(c)) });
      all.push({ label: `Duplicate ${c.name}`, icon: "copy", rank: 55, run: () => go(copyLink(c)) });
    }
  }
  if (words.length === 0) return all.slice(0, 60);
  return all
    .map((entry) => {
      const own = score(entry.label, words);
      const other = own < 0 && entry.also ? score(`${entry.label} ${entry.also}`, words) : -1;
      return {
        entry,
        points:
          (own >= 0 ? own : other >= 0 ? other + 500 : -1) +
          (own >= 0 || other >= 0 ? (entry.rank ?? 0) : 0),
      };
    })
    .filter((found) => found.points >= 0)
    .sort((a, b) => a.points - b.points)
    .slice(0, 60)
    .map((found) => found.entry);
}

export function Palette({ close }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = useMemo(() => entries(words), [text, containers.value]);
  useEffect(() => {
    if (!containers.value && engineUp.value) listContainers().then(replaceContainers, () => {});
  }, []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const choose = (entry) => {
    close();
    if (entry) queueMicrotask(entry.run);
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? (event.ctrlKey && { n: 1, p: -1 }[event.key]);
    if (step) setAt((was) => (found.length ? (was + step + found.length) % found.length : 0));
    else if (event.key === "Enter") choose(found[at]);
    else return;
    event.preventDefault();
  };
  return html`
    <${Modal} class="palette" label="Search or run a command" close=${close}>
      <label>
        <${Icon} name="search" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant=${found[at] ? `palette-${at}` : undefined}
          aria-label="Search or run a command"
          placeholder="A page, a container or an action"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          autofocus
          value=${text}
          onInput=${(e) => {
            setText(e.target.value);
            setAt(0);
          }}
          onKeyDown=${keys}
        />
      </label>
      <ul id="palette-list" role="listbox" aria-label="Found" ref=${list}>
        ${found.map((entry, index) => html`
          <li
            key=${index}
            id=${`palette-${index}`}
            role="option"
            aria-selected=${index === at ? "true" : "false"}
            onMouseMove=${() => setAt(index)}
            onClick=${() => choose(entry)}
          >
            <${Icon} name=${entry.icon} />
            <span>${entry.label}</span>
            ${entry.hint && html`<small>${entry.hint}</small>`}
          </li>
        `)}
      </ul>
      ${found.length === 0 && html`
        <p class="none">No results. Try a container's name, its image, or an action like “restart”.</p>
      `}
      <div class="foot">
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>Enter</kbd> go
        </span>
        <span>
          <kbd>Esc</kbd> close
        </span>
      </div>
    </${Modal}>
  `;
}
