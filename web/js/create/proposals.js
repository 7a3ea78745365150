// @ts-check
// What the image proposes: its ports, the folders that it keeps data in, its variables; each is one click.
// Invariant: nothing is set by itself, and nothing that is set already is proposed or changed.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { api } from "../api.js";
import { begun, follow } from "../follow.js";
import { Icon } from "../components/elements/icon.js";
import { CancelButton, OperationProgress, useOperation } from "../components/operations/progress.js";
import { freePort } from "./ports-in-use.js";
import { portRange } from "./values.js";

const WAIT = 350;
const MOST = 8;

/** Whether a text can be the name of an image, and not only its beginning. */
const isWhole = (image) => /^\w[\w.\-/:@]*\w$/.test(image);

/** What the image named here proposes: null until it is known. `again` asks once more. */
export function useProposals(image, choices, first) {
  const [found, setFound] = useState(first);
  const [turn, setTurn] = useState(0);
  const [begin] = useState(choices);
  useEffect(() => {
    if (!isWhole(image) || (first?.image === image && turn === 0 && choices === begin)) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(
      () =>
        api("/api/images/proposals", { query: { image }, signal: abort.signal }).then(
          (answer) => setFound({ ...answer, image }),
          (problem) => {
            if (problem.name !== "AbortError") setFound({ image, unknown: true });
          },
        ),
      WAIT,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [image, turn, choices]);
  return { proposals: found?.image === image ? found : null, again: () => setTurn((was) => was + 1) };
}

/** Ports that no row publishes. Pure. */
export const openPorts = (proposals, rows) =>
  (proposals?.ports ?? []).filter(
    ({ container_port: port, protocol }) =>
      !rows.some((row) => {
        const range = portRange(row.container_port);
        return range && row.protocol === protocol && range[0] <= port && port <= range[1];
      }),
  );

/** Folders that nothing is mounted at. Pure. */
export const openFolders = (proposals, rows) => {
  const plain = (path) => path.replace(/\/+$/, "");
  return (proposals?.volumes ?? []).filter(
    (path) => !rows.some(({ target }) => plain(target) === plain(path)),
  );
};

/** Variables that are not set. Pure. */
export const openVariables = (proposals, rows) =>
  (proposals?.variables ?? []).filter(({ name }) => !rows.some(([other]) => other === name));

/** The row that publishes a port: as proposed, or as the next port that nobody has. Pure. */
export function portRow({ container_port: port, protocol, host_port: host }, rows, used) {
  const wanted = host ?? port;
  const free = freePort(wanted - 1, protocol, rows, used);
  return { container_port: String(port), host_port: String(free ?? ""), protocol, host_ip: "" };
}

/** The name of a volume for a folder. Pure. */
export function volumeName(container, image, folder) {
  const base =
    container ||
    image
      .split("/")
      .at(-1)
      .replace(/[:@].*$/, "");
  const last = folder.split("/").filter(Boolean).at(-1) ?? "data";
  return `${base}-${last}`.replace(/[^\w.-]/g, "-");
}

function Chips({ label, what, items }) {
  const [all, setAll] = useState(false);
  if (items.length === 0) return null;
  const shown = all ? items : items.slice(0, MOST);
  return html`
    <div class="proposals" role="group" aria-label=${label}>
      <p class="small muted">
        <${Icon} name="wand-sparkles" class="small-icon" />
        ${what}
      </p>
      <div class="suggest">
        ${shown.map(({ key, text, add }) => html`
          <button type="button" class="chip" key=${key} onClick=${add}>
            <${Icon} name="plus" class="small-icon" />
            <span class="clip">${text}</span>
          </button>
        `)}
        ${items.length > shown.length && html`
          <button type="button" class="link small" onClick=${() => setAll(true)}>
            ${items.length - shown.length} more
          </button>
        `}
      </div>
    </div>
  `;
}

export function ProposedPorts({ form, add }) {
  const rows = form.draft.ports;
  if (!["", "networks"].includes(form.draft.network_mode)) return null;
  const items = openPorts(form.proposals, rows).map((port) => {
    const row = portRow(port, rows, form.choices?.ports ?? []);
    const text = `${port.container_port}/${port.protocol}`;
    return {
      key: text,
      text: row.host_port ? `Publish ${text} as ${row.host_port}` : `Publish ${text}`,
      add: () => add(row),
    };
  });
  const what = items.length === 1 ? "The image exposes one more port." : "The image exposes these ports.";
  return html`<${Chips} label="Ports of the image" what=${what} items=${items} />`;
}

export function ProposedFolders({ form, add }) {
  const { draft } = form;
  const items = openFolders(form.proposals, draft.mounts).map((folder) => ({
    key: folder,
    text: `Keep ${folder} in a volume`,
    add: () =>
      add({
        kind: "volume",
        source: volumeName(draft.name.trim(), draft.image.trim(), folder),
        target: folder,
      }),
  }));
  return html`
    <${Chips}
      label="Folders of the image"
      what="The image keeps data here. In a volume with a name it outlives the container."
      items=${items}
    />
  `;
}

export function ProposedVariables({ form, add }) {
  const items = openVariables(form.proposals, form.draft.env).map(({ name, value }) => ({
    key: name,
    text: value ? `${name}=${value}` : name,
    add: () => add([name, value]),
  }));
  return html`
    <${Chips}
      label="Variables of the image"
      what="The image sets these itself; add one to change it."
      items=${items}
    />
  `;
}

/** Below the image: what it proposes, or that this is known after a pull. */
export function ImageNote({ form }) {
  const { proposals, draft } = form;
  const image = draft.image.trim();
  const [job, setJob] = useState(null);
  const [asked, setAsked] = useState(false);
  const operation = useOperation(job);
  if (!isWhole(image) || form.mode !== "new" || proposals?.unknown) return null;
  const pull = async () => {
    setAsked(true);
    try {
      const id = begun(
        await api("/api/images/pull", {
          method: "POST",
          query: { image },
          headers: { Prefer: "respond-async" },
        }),
      );
      setJob(id);
      follow(
        id,
        (ended) => {
          setJob(null);
          setAsked(false);
          if (ended.state === "succeeded") form.askProposals();
          else if (ended.state !== "cancelled") form.refuse({ field: "image", message: ended.message });
        },
        (problem) => {
          setJob(null);
          setAsked(false);
          form.refuse({ field: "image", message: problem.message });
        },
      );
    } catch (problem) {
      setAsked(false);
      form.refuse({ field: "image", message: problem.message });
    }
  };
  if (operation)
    return html`
      <div class="pull-now">
        <${OperationProgress} operation=${operation} />
        <${CancelButton} operation=${operation} />
      </div>
    `;
  if (!proposals) return html`<p class="hint image-note">Looking for it on this host…</p>`;
  if (!proposals.is_here)
    return html`
      <p class="hint image-note">
        Not on this host yet. Its ports, folders and variables are known after the pull.${" "}
        <button type="button" class="btn s" disabled=${asked} onClick=${pull}>
          <${Icon} name="download" />
          Pull now
        </button>
      </p>
    `;
  return html`
    <p class="hint ok-hint image-note">
      <${Icon} name="circle-check" class="small-icon" /> On this host.
    </p>
  `;
}
