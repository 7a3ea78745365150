// A shell in the container: opened by hand, drawn by xterm, ended with the page.
// Invariant: what the container writes can colour and move text here and do nothing else: no title,
// no clipboard, no window, no link that opens.
import { html, useEffect, useRef, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { terminalBundle } from "../../heavy.js";
import { engineUp } from "../../state.js";
import { copyText } from "../elements/copy.js";
import { Empty } from "../elements/empty.js";
import { Icon } from "../elements/icon.js";
import { RunCommand } from "./run-command.js";
import { openSocket } from "./socket.js";
import { toast } from "../frame/toast.js";

const SHELLS = ["sh", "bash", "ash", "zsh", "/busybox/sh"];
/** What nginx has to be told; the README has the whole of it. */
const NGINX = `proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection "upgrade";
proxy_read_timeout 1h;`;
const KEYS = [
  ["Esc", "\x1b"],
  ["Tab", "\t"],
  ["Ctrl C", "\x03"],
  ["Ctrl D", "\x04"],
  ["↑", "\x1b[A"],
  ["↓", "\x1b[B"],
  ["←", "\x1b[D"],
  ["→", "\x1b[C"],
];
const SIZES = [10, 11, 12, 13, 14, 16, 18, 22];
const ANSI = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
  "brightBlack",
  "brightRed",
  "brightGreen",
  "brightYellow",
  "brightBlue",
  "brightMagenta",
  "brightCyan",
  "brightWhite",
];

const remembered = () => {
  const size = Number(localStorage.getItem("terminal-size"));
  return SIZES.includes(size) ? size : 13;
};

/** The colours that the style sheet gives to the terminal. */
function colours(element) {
  const style = getComputedStyle(element);
  const own = (name) => style.getPropertyValue(name).trim();
  return {
    background: style.backgroundColor,
    foreground: style.color,
    cursor: own("--cursor"),
    cursorAccent: style.backgroundColor,
    selectionBackground: own("--selection"),
    ...Object.fromEntries(ANSI.map((name, at) => [name, own(`--ansi-${at}`)])),
  };
}

function makeTerminal({ Terminal, FitAddon }, element, fontSize) {
  const term = new Terminal({
    fontSize,
    fontFamily: getComputedStyle(element).fontFamily,
    theme: colours(element),
    scrollback: 5000,
    cursorBlink: false,
    minimumContrastRatio: 4.5,
    allowProposedApi: false,
    windowOptions: {},
    linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
  });
  const fit = new FitAddon();
  term.loadAddon(fit);
  // Titles and the clipboard (OSC 0, 1, 2, 52) are swallowed, not only left without a listener.
  for (const code of [0, 1, 2, 52]) term.parser.registerOscHandler(code, () => true);
  term.open(element);
  return { term, fit };
}

function ending(what) {
  if (what.message) return what.message;
  return what.exit === 0 || what.exit === null
    ? "The shell has ended."
    : `The shell has ended with exit code ${what.exit}.`;
}

const WORDS = {
  closed: ["circle-stop", "Closed"],
  opening: ["rotate-cw", "Opening…", "spin"],
  open: ["circle-check", "Open"],
};

function Screen({ c, shown }) {
  const [state, setState] = useState("closed");
  const [over, setOver] = useState(null);
  const [shell, setShell] = useState("");
  const [user, setUser] = useState("");
  const [size, setSize] = useState(remembered);
  const [aloud, setAloud] = useState(false);
  const box = useRef();
  const tools = useRef();
  const live = useRef({});
  const turn = useRef(0);

  const fit = () => {
    const { term, fit: addon } = live.current;
    if (!term || !box.current?.offsetParent) return;
    addon.fit();
  };
  // What is still being opened ends with it, and finds that its turn is over.
  const drop = () => {
    turn.current += 1;
    live.current.socket?.close();
    live.current.socket = null;
  };
  const finish = (what) => {
    live.current.socket = null;
    setState("closed");
    setOver({ text: ending(what), proxy: what.code === "proxy" });
    if (what.code === "refused" || what.code === "session_ended") api("/api/auth/session").catch(() => {});
  };
  const open = async () => {
    drop();
    const mine = turn.current;
    setState("opening");
    setOver(null);
    try {
      const bundle = await terminalBundle();
      if (mine !== turn.current) return;
      if (!live.current.term) {
        live.current = makeTerminal(bundle, box.current, size);
        const { term } = live.current;
        term.onData((text) => live.current.socket?.send(text));
        term.onBinary((text) =>
          live.current.socket?.send(Uint8Array.from(text, (char) => char.charCodeAt(0))),
        );
        term.onResize(({ cols, rows }) => {
          clearTimeout(live.current.timer);
          live.current.timer = setTimeout(() => live.current.socket?.resize(cols, rows), 80);
        });
        term.attachCustomKeyEventHandler((event) => {
          if (!event.ctrlKey || !event.shiftKey) return true;
          const way = { ArrowUp: leave, C: copy, c: copy }[event.key];
          if (!way) return true;
          event.preventDefault();
          if (event.type === "keydown") way();
          return false;
        });
      }
    } catch {
      if (mine !== turn.current) return;
      setState("closed");
      setOver({ text: "The terminal could not be loaded. Check the connection and try again." });
      return;
    }
    const { term } = live.current;
    term.options.screenReaderMode = aloud;
    term.reset();
    fit();
    live.current.socket = openSocket(
      c.id,
      {
        cols: term.cols,
        rows: term.rows,
        ...(shell.trim() && { shell: shell.trim() }),
        ...(user.trim() && { user: user.trim() }),
      },
      {
        open() {
          setState("open");
          fit();
          term.focus();
        },
        data: (bytes, drawn) => term.write(bytes, drawn),
        end: finish,
      },
    );
  };
  const leave = () => tools.current?.querySelector("button:not([disabled])")?.focus();
  const copy = () => {
    const text = live.current.term?.getSelection();
    if (text) copyText(text);
    else toast({ kind: "info", title: "Nothing is selected", text: "Select text with the mouse first." });
  };
  const paste = async () => {
    try {
      live.current.term?.paste(await navigator.clipboard.readText());
      live.current.term?.focus();
    } catch {
      toast({
        kind: "info",
        title: "The browser does not allow access to the clipboard",
        text: "Paste with Ctrl Shift V, or with the browser's own menu.",
      });
    }
  };
  const grow = (by) => {
    const next = SIZES[Math.max(0, Math.min(SIZES.length - 1, SIZES.indexOf(size) + by))];
    setSize(next);
    localStorage.setItem("terminal-size", next);
    if (live.current.term) live.current.term.options.fontSize = next;
    fit();
  };
  const speak = () => {
    setAloud(!aloud);
    if (live.current.term) live.current.term.options.screenReaderMode = !aloud;
  };

  useEffect(() => {
    const observer = new ResizeObserver(fit);
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      clearTimeout(live.current.timer);
      drop();
      live.current.term?.dispose();
      live.current = {};
    };
  }, []);
  useEffect(() => {
    if (shown) {
      fit();
      live.current.term?.focus();
    }
  }, [shown]);

  const off = c.state !== "running" || !engineUp.value;
  const [icon, word, spin] = WORDS[state];
  return html`
    <section class="card term" aria-label="Terminal">
      <header class="term-tools" ref=${tools}>
        <label class="term-choice">
          <span>Shell</span>
          <input
            class="input slim mono"
            value=${shell}
            disabled=${state !== "closed"}
            list="term-shells"
            placeholder="automatic"
            autocomplete="off"
            autocapitalize="off"
            spellcheck=${false}
            onInput=${(e) => setShell(e.target.value)}
          />
          <datalist id="term-shells">
            ${SHELLS.map((name) => html`
              <option key=${name} value=${name}></option>
            `)}
          </datalist>
        </label>
        <label class="term-choice">
          <span>User</span>
          <input
            class="input slim mono"
            value=${user}
            disabled=${state !== "closed"}
            placeholder="the image's"
            autocomplete="off"
            spellcheck=${false}
            onInput=${(e) => setUser(e.target.value)}
          />
        </label>
        ${state === "closed" ? html`
          <button type="button" class="btn s primary" disabled=${off} onClick=${open}>
            <${Icon} name="square-terminal" />
            ${over ? "Open again" : "Open"}
          </button>
        ` : html`
          <button
            type="button"
            class="btn s"
            onClick=${() => {
              drop();
              finish({ message: "You closed the shell." });
            }}
          >
            <${Icon} name="x" />
            Close
          </button>
        `}
        <span class="grow"></span>
        <div class="seg" role="group" aria-label="Font size">
          <button
            type="button"
            aria-label="A−, smaller letters"
            title="Smaller letters"
            disabled=${size === SIZES[0]}
            onClick=${() => grow(-1)}
          >
            A−
          </button>
          <button
            type="button"
            aria-label="A+, larger letters"
            title="Larger letters"
            disabled=${size === SIZES.at(-1)}
            onClick=${() => grow(1)}
          >
            A+
          </button>
        </div>
        <button
          type="button"
          class="btn quiet icon s"
          aria-label="Copy the selection"
          title="Copy the selection (Ctrl Shift C)"
          onClick=${copy}
        >
          <${Icon} name="copy" />
        </button>
        <button
          type="button"
          class="btn quiet icon s"
          aria-label="Paste"
          title="Paste (Ctrl Shift V)"
          disabled=${state !== "open"}
          onClick=${paste}
        >
          <${Icon} name="clipboard-paste" />
        </button>
        <button
          type="button"
          class="btn quiet s"
          aria-pressed=${String(aloud)}
          title="Makes the output available to screen readers"
          onClick=${speak}
        >
          Screen reader
        </button>
      </header>
      <div class="term-place">
        <div class="term-box" ref=${box}></div>
        ${state === "closed" && html`
          <div class=${`term-over ${over ? "" : "first"}`}>
            ${off && !over ? html`
              <${Empty}
                icon="square-terminal"
                title=${engineUp.value ? "It does not run" : "The engine is not responding"}
              >
                <p>
                  ${engineUp.value
                    ? "Start the container to open a shell in it."
                    : "The engine starts the shell."}
                </p>
              </${Empty}>
            ` : over ? html`
              <div class="term-ending" role="status">
                <p>${over.text}</p>
                ${over.proxy && html`
                    <p>
                      In Nginx Proxy Manager, switch on “Websockets Support” for this proxy host. In nginx,
                      add to the location:
                    </p>
                    <pre>${NGINX}</pre>
                  `}
              </div>
            ` : html`
              <${Empty} icon="square-terminal" title=${`A shell in ${c.name}`}>
                <p>
                  Opens a shell in the running container. Changes outside its volumes are lost when it is
                  recreated. The shell is closed when you leave this page, and its use is recorded in the
                  security log.
                </p>
                <div class="row">
                  <button type="button" class="btn primary" onClick=${open}>
                    <${Icon} name="square-terminal" />
                    Open a terminal
                  </button>
                </div>
              </${Empty}>
            `}
          </div>
        `}
      </div>
      ${state === "open" && html`
        <div class="term-keys" role="group" aria-label="Keys">
          ${KEYS.map(([label, text]) => html`
            <button
              type="button"
              class="btn s"
              key=${label}
              onClick=${() => {
                live.current.socket?.send(text);
                live.current.term?.focus();
              }}
            >
              ${label}
            </button>
          `)}
        </div>
      `}
      <footer class="log-foot">
        <span class="st">
          <${Icon} name=${icon} class=${spin ?? ""} />
          <span role="status">${word}</span>
        </span>
        <span class="grow"></span>
        <span class="faint">
          All keys go to the shell. <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>↑</kbd> leaves it.
        </span>
      </footer>
    </section>
  `;
}

export default function TerminalTab({ c, shown }) {
  return html`
    <div class="stack">
      ${c.environment === "PRD" && html`
        <div class="banner">
          <${Icon} name="triangle-alert" />
          <div>
            <b>This container is tagged PRD</b>
            <p>Changes affect production.</p>
          </div>
        </div>
      `}
      <${RunCommand} c=${c} />
      <${Screen} c=${c} shown=${shown} />
    </div>
  `;
}
