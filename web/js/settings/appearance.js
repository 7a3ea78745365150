// @ts-check
// How it looks and how much it shows.
import { html } from "../../vendor/preact.js";
import { level, theme } from "../state.js";
import { saveSettings, setLevel, setTheme } from "../preferences.js";
import { Icon } from "../components/elements/icon.js";
import { toast } from "../components/frame/toast.js";

const THEMES = [
  ["auto", "As the browser", "Follows what your device prefers."],
  ["dark", "Dark", "Easy on the eyes at night."],
  ["light", "Light", "For bright rooms."],
];
const LEVELS = [
  [
    "beginner",
    "Beginner",
    "The everyday things, with explanations, and a question before anything stops. Commands in their simplest form.",
  ],
  ["intermediate", "Intermediate", "Everything most people change. Commands as you would type them."],
  ["advanced", "Advanced", "All there is, and few words. Commands as a script that checks what it does."],
];

const Choice = ({ name, title, list, current, choose }) => html`
  <fieldset class="field">
    <legend>${title}</legend>
    <div class="choices">
      ${list.map(([value, word, text]) => html`
        <label class="choice" key=${value}>
          <input type="radio" name=${name} checked=${current === value} onChange=${() => choose(value)} />
          <span>
            <b>${word}</b>
            <small>${text}</small>
          </span>
        </label>
      `)}
    </div>
  </fieldset>
`;

export function AppearanceSettings() {
  const reset = async () => {
    if (await saveSettings({ dashboard_cards: [], dashboard_hidden: [] }))
      toast({ kind: "ok", title: "The dashboard is as it came" });
  };
  return html`
    <section class="card">
      <div class="body stack">
        <${Choice} name="theme" title="Theme" list=${THEMES} current=${theme.value} choose=${setTheme} />
        <${Choice} name="level" title="Skill level" list=${LEVELS} current=${level.value} choose=${setLevel} />
        <p class="hint">
          Nothing is forbidden at a lower level, only folded away; what is folded is always counted. The
          switch is at the top of every page.
        </p>
        <div class="field">
          <legend>Dashboard</legend>
          <button type="button" class="btn" onClick=${reset}>
            <${Icon} name="undo-2" />
            Bring back all cards in their first order
          </button>
        </div>
      </div>
    </section>
  `;
}
