// @ts-check
// Text with a button that copies it.
import { html, useState } from "../../../vendor/preact.js";
import { Icon } from "./icon.js";
import { toast } from "../frame/toast.js";

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast({
      kind: "warn",
      title: "Copying failed",
      text: "The browser did not allow it. Select the text and copy it manually.",
    });
    return false;
  }
}

export function useCopied() {
  const [copied, set] = useState(false);
  const copy = async (text) => {
    if (!(await copyText(text))) return;
    set(true);
    setTimeout(() => set(false), 1500);
  };
  return [copied, copy];
}

export function Copyable({ text, shown = text, what = "" }) {
  const [copied, copy] = useCopied();
  return html`
    <button
      type="button"
      class="copyable mono"
      title=${`${text}\nCopy`}
      aria-label=${what ? `Copy ${what}: ${shown}` : `Copy ${shown}`}
      onClick=${(event) => {
        event.preventDefault();
        copy(text);
      }}
    >
      <span class="clip">${shown}</span>
      <${Icon} name=${copied ? "check" : "copy"} />
    </button>
  `;
}
