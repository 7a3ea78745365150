// What the keyboard does.
import { html } from "../../../vendor/preact.js";
import { DialogHead, Modal } from "./dialog.js";

const GROUPS = [
  [
    "Go to",
    [
      [["g", "d"], "Dashboard"],
      [["g", "c"], "Containers"],
      [["g", "i"], "Images"],
      [["g", "n"], "Networks"],
      [["g", "t"], "Templates"],
      [["g", "o"], "Operations"],
      [["g", "s"], "Settings"],
    ],
  ],
  [
    "Everywhere",
    [
      [["Ctrl K"], "Search or run a command"],
      [["/"], "Filter this list, or search"],
      [["?"], "This help"],
      [["Esc"], "Close, or clear"],
    ],
  ],
  [
    "In a list",
    [
      [["j"], "Next row"],
      [["k"], "Row before"],
      [["Enter"], "Open"],
      [["x"], "Select"],
      [["Shift x"], "Extend the selection"],
      [["."], "Actions of the row"],
      [["c"], "New container"],
    ],
  ],
  [
    "In a log",
    [
      [["/"], "Search"],
      [["Enter"], "Next find"],
      [["Shift Enter"], "Find before"],
      [["End"], "Newest line, and follow"],
    ],
  ],
];

export const KeysHelp = ({ close }) => html`
  <${Modal} class="dialog" label="Keyboard shortcuts" close=${close}>
    <${DialogHead} title="Keyboard" close=${close} />
    <div class="content">
      <div class="keys">
        ${GROUPS.map(([name, keys]) => html`
          <div key=${name}>
            <h3>${name}</h3>
            ${keys.map(([combo, what]) => html`
              <p key=${what}>
                <span>${what}</span>
                <span>
                  ${combo.map((key) => html`
                      <kbd>${key}</kbd>${" "}
                    `)}
                </span>
              </p>
            `)}
          </div>
        `)}
      </div>
    </div>
  </${Modal}>
`;
