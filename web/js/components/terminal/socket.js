// @ts-check
// The connection of a terminal: bytes both ways, sizes and endings as JSON beside them.
// Invariant: what was shown is acknowledged, so that a flood waits at the container and not in this page.
import { api, containerPath, withTicket } from "../../api.js";

const ACK = 64 * 1024;
const PIECE = 16 * 1024;

/**
 * Why a socket was refused, which the browser does not tell: the same path asked without one.
 * @param {string} path
 */
async function refusal(path) {
  try {
    await api(path, { stay: true });
  } catch (/** @type {any} */ problem) {
    // The server lacks nothing but the upgrade, which the browser asked for.
    if (problem.code === "websocket_required")
      return {
        code: "proxy",
        message:
          "The browser could not open a WebSocket, which a terminal needs. A proxy between it and DockerMate may not pass them, or the browser may not accept DockerMate's certificate for them.",
      };
    return { code: "refused", message: problem.message };
  }
  return { code: "refused", message: "The connection was closed before the shell began. Try again." };
}

/**
 * Opens one. `on` has open(), data(bytes, shown), and end({code, exit, message}), which comes once.
 * `shown` is to be called when the bytes were drawn.
 */
export function openSocket(id, query, on) {
  /** @type {WebSocket | null} */
  let socket = null;
  const encoder = new TextEncoder();
  let opened = false;
  let ended = false;
  let unsaid = 0;
  let said = null;
  const steer = (message) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const end = (what) => {
    if (ended) return;
    ended = true;
    on.end(what);
  };
  const opens = () => {
    opened = true;
    steer({ type: "ack", bytes: 0 });
    on.open();
  };
  const receive = ({ data }) => {
    if (typeof data !== "string") {
      on.data(new Uint8Array(data), () => {
        unsaid += data.byteLength;
        if (unsaid < ACK) return;
        steer({ type: "ack", bytes: unsaid });
        unsaid = 0;
      });
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "exit") said = { exit: message.code, message: message.message };
    if (message.type === "error") said = { code: message.code, message: message.message };
  };
  const path = containerPath(id, `/terminal?${new URLSearchParams(query)}`);
  const closes = async () => {
    if (ended) return;
    const lost = { code: "lost", message: "The connection was lost, and the shell was closed." };
    end(said ?? (opened ? lost : await refusal(path)));
  };
  withTicket(path).then(
    (url) => {
      if (ended) return;
      url.protocol = "wss:";
      socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.onopen = opens;
      socket.onmessage = receive;
      socket.onclose = closes;
    },
    (problem) => end({ code: problem.code || "refused", message: problem.message }),
  );
  return {
    resize: (cols, rows) => steer({ type: "resize", cols, rows }),
    send(text) {
      if (socket?.readyState !== WebSocket.OPEN) return;
      const bytes = typeof text === "string" ? encoder.encode(text) : text;
      for (let at = 0; at < bytes.length; at += PIECE) socket.send(bytes.subarray(at, at + PIECE));
    },
    close() {
      ended = true;
      socket?.close();
    },
  };
}
