// @ts-check
// Changes to the settings: shown at once, saved, and taken back with a word when that fails.
import { api } from "./api.js";
import { settings } from "./state.js";
import { toast } from "./components/frame/toast.js";

export async function saveSettings(patch) {
  const before = settings.value;
  settings.value = { ...before, ...patch };
  try {
    settings.value = {
      ...settings.value,
      ...(await api("/api/settings", { method: "PATCH", body: patch })),
    };
    return true;
  } catch (problem) {
    settings.value = before;
    toast({ kind: "crit", title: "The setting was not saved", text: problem.message });
    return false;
  }
}

export const setLevel = (skill_level) => saveSettings({ skill_level });
export const setTheme = (theme) => saveSettings({ theme });
