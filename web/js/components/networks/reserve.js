// @ts-check
// A reserved range: made, changed, removed.
import { html, useState } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { toast } from "../frame/toast.js";
import { Confirm } from "../operations/plan.js";
import { networkPath } from "./acts.js";
import { COLORS } from "./usage.js";

/** `of` is the range that is changed; else `first` and `last` begin the form. `done` is told when it is stored. */
export function ReserveDialog({ network, of = null, first = "", last = "", color = "blue", done, close }) {
  const [from, setFrom] = useState(of?.first ?? first);
  const [to, setTo] = useState(of?.last ?? last);
  const [label, setLabel] = useState(of?.label ?? "");
  const [description, setDescription] = useState(of?.description ?? "");
  const [tone, setTone] = useState(of?.color ?? color);
  const [prevent, setPrevent] = useState(of?.prevent_auto_assign ?? true);
  const body = {
    first: from.trim(),
    last: to.trim(),
    label: label.trim(),
    description: description.trim(),
    color: tone,
    prevent_auto_assign: prevent,
  };
  const path = networkPath(network, of ? `/reservations/${of.id}` : "/reservations");
  const method = of ? "PUT" : "POST";
  const blocked = !body.first || !body.last ? "Enter the addresses." : !body.label ? "Enter a label." : "";
  const input = (id, value, set, more = {}) => html`
    <input
      id=${id}
      autocomplete="off"
      spellcheck="false"
      value=${value}
      onInput=${(e) => set(e.target.value)}
      ...${more}
    />
  `;
  return html`
    <${Confirm}
      title=${of ? `Change the reservation ${of.label}` : "Reserve a range"}
      icon="tag"
      label=${of ? "Save" : "Reserve"}
      doing="Saving"
      again=${blocked ? "" : JSON.stringify(body)}
      close=${close}
      blocked=${blocked}
      ask=${async () => (blocked ? null : api(path, { method, body, query: { dry_run: true } }))}
      run=${async () => {
        await api(path, { method, body });
        toast({ kind: "ok", title: `${body.label} has ${body.first} to ${body.last}` });
        done();
      }}
      before=${html`
          <div class="two">
            <div class="field">
              <label for="range-first">First address</label>
              ${input("range-first", from, setFrom, { class: "mono", placeholder: ".10", autofocus: !from })}
            </div>
            <div class="field">
              <label for="range-last">Last address</label>
              ${input("range-last", to, setTo, { class: "mono", placeholder: ".19" })}
            </div>
          </div>
          <div class="field">
            <label for="range-label">Label</label>
            ${input("range-label", label, setLabel, {
              placeholder: "Media Services",
              maxlength: 60,
              autofocus: Boolean(from),
            })}
          </div>
          <div class="field">
            <label for="range-description">Description</label>
            ${input("range-description", description, setDescription, { maxlength: 500 })}
          </div>
          <fieldset class="net-colors">
            <legend>Color</legend>
            ${COLORS.map((name) => html`
              <label title=${name}>
                <input
                  type="radio"
                  name="range-color"
                  value=${name}
                  checked=${tone === name}
                  onChange=${() => setTone(name)}
                />
                <i class=${`c-${name}`} aria-hidden="true"></i>
                <span class="visually-hidden">${name}</span>
              </label>
            `)}
          </fieldset>
          <label class="check">
            <input type="checkbox" checked=${prevent} onChange=${(e) => setPrevent(e.target.checked)} />
            <span>Keep automatic addresses out of it</span>
          </label>
        `}
    />
  `;
}

export function ReleaseDialog({ network, range, done, close }) {
  const path = networkPath(network, `/reservations/${range.id}`);
  return html`
    <${Confirm}
      icon="trash-2"
      label="Remove"
      doing="Removing"
      danger
      close=${close}
      ask=${() => api(path, { method: "DELETE", query: { dry_run: true } })}
      run=${async () => {
        await api(path, { method: "DELETE" });
        toast({ kind: "ok", title: `The reservation ${range.label} was removed` });
        done();
      }}
    />
  `;
}
