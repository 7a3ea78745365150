// @ts-check
// How it looks and how much it shows.
import { html } from "../../vendor/preact.js";
import { level, theme } from "../state.js";
import { saveSettings, setLevel, setTheme } from "../preferences.js";
import { Icon } from "../components/elements/icon.js";
import { toast } from "../components/frame/toast.js";

const THEMES = [
  ["auto", "System", "Follows the setting of your device."],
  ["dark", "Dark", "Dark background."],
  ["light", "Light", "Light background."],
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

export function AppearanceSettings({ data }) {
  const levels = data.skill_levels.map(({ code, name, description }) => [code, name, description]);
  const reset = async () => {
    if (await saveSettings({ dashboard_cards: [], dashboard_hidden: [] }))
      toast({ kind: "ok", title: "The dashboard was reset" });
  };
  return html`
    <section class="card">
      <div class="body stack">
        <${Choice} name="theme" title="Theme" list=${THEMES} current=${theme.value} choose=${setTheme} />
        <${Choice} name="level" title="Skill level" list=${levels} current=${level.value} choose=${setLevel} />
        <p class="hint">
          Nothing is locked at a lower level, only folded away, with the number of what is folded. The
          switch is at the top of every page.
        </p>
        <div class="field">
          <legend>Dashboard</legend>
          <button type="button" class="btn" onClick=${reset}>
            <${Icon} name="undo-2" />
            Reset the dashboard
          </button>
        </div>
      </div>
    </section>
  `;
}
