// The terminal, loaded when its tab is opened. styleNonce comes from the build: see terminal.mjs.
export { Terminal, styleNonce } from "@xterm/xterm";
export { FitAddon } from "@xterm/addon-fit";
