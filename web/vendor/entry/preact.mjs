// The one module of third-party code that every page needs.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
export { h, render, Component, Fragment, createRef, createContext, options } from "preact";
export {
  useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext, useId, useErrorBoundary,
} from "preact/hooks";
export {
  signal, computed, effect, batch, untracked, useSignal, useComputed, useSignalEffect,
} from "@preact/signals";
