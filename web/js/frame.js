// @ts-check
// Fills the frame of the document: names, counts, level, theme, menus.
import { effect, html, render } from "../vendor/preact.js";
import { badgeColors } from "./badge-colors.js";
import { counts, engine, frame, level, page, running, settings, theme, updateSummary } from "./state.js";
import { memory, plural } from "./format.js";
import { loading } from "./navigation.js";
import { setLevel, setTheme } from "./preferences.js";
import { openDialog } from "./components/frame/dialog.js";
import { environmentClass, environmentOf } from "./components/containers/environment.js";
import { Icon } from "./components/elements/icon.js";
import { openMenu } from "./components/frame/menu.js";
import { OperationsDrawer } from "./components/operations/drawer.js";
import { Palette } from "./components/frame/palette.js";
import { KeysHelp } from "./components/frame/keys-help.js";
import { api } from "./api.js";
import { forgetPageKey } from "./page-key.js";

const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];
const put = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
};

const THEMES = [
  ["auto", "System", "contrast"],
  ["dark", "Dark", "moon"],
  ["light", "Light", "sun"],
];

async function signOut() {
  try {
    await api("/api/auth/logout", { method: "POST" });
  } finally {
    forgetPageKey();
    location.assign("/login");
  }
}

function menuButton() {
  const side = $("#side");
  const button = $("[data-menu]");
  const shade = $("[data-shade]");
  const show = (open) => {
    side.classList.toggle("open", open);
    shade.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) side.querySelector("a").focus();
  };
  button.addEventListener("click", () => show(!side.classList.contains("open")));
  shade.addEventListener("click", () => show(false));
  side.addEventListener("click", (event) => {
    if (event.target.closest("a, [data-operations]")) show(false);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side.classList.contains("open")) {
      show(false);
      button.focus();
    }
  });
  return show;
}

export function bindFrame() {
  menuButton();
  for (const button of $$("[data-set-level]"))
    button.addEventListener("click", () => setLevel(button.dataset.setLevel));
  for (const button of $$("[data-operations]"))
    button.addEventListener("click", () => openDialog(OperationsDrawer));
  for (const button of $$("[data-palette]")) button.addEventListener("click", () => openDialog(Palette));
  const themeButton = $("[data-theme-toggle]");
  themeButton.addEventListener("click", () =>
    openMenu(
      themeButton,
      THEMES.map(([value, label, icon]) => ({
        label,
        icon,
        checked: theme.value === value,
        run: () => setTheme(value),
      })),
    ),
  );
  const session = $("[data-session-menu]");
  session.addEventListener("click", () =>
    openMenu(session, [
      { label: "Password and sessions", icon: "key-round", href: "/settings#security" },
      { label: "Theme and skill level", icon: "contrast", href: "/settings#appearance" },
      { label: "Keyboard shortcuts", icon: "keyboard", run: () => openDialog(KeysHelp) },
      { line: true },
      { label: "Sign out", icon: "log-out", run: signOut },
    ]),
  );

  effect(() => {
    document.documentElement.dataset.level = level.value;
    for (const button of $$("[data-set-level]"))
      button.setAttribute("aria-pressed", String(button.dataset.setLevel === level.value));
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
  $("[data-host-env]").replaceChildren();
  effect(() => {
    const { host_name: name, host_environment: env } = settings.value;
    put($("[data-host-name]"), name ?? "");
    const badge = $("[data-host-env]");
    const known = environmentOf(env);
    badge.className = `env ${environmentClass(known)}`;
    const colors = known ? badgeColors(known.color) : {};
    for (const part of ["--c", "--d"]) badge.style.setProperty(part, colors[part] ?? "");
    render(
      html`
        ${known && html`<${Icon} name=${known.icon} />`}
        <span>${env ?? ""} host</span>
      `,
      badge,
    );
  });
  effect(() => {
    const parts = {
      container: "containers",
      create: "containers",
      network: "networks",
      ports: "networks",
      topology: "networks",
    };
    const current = parts[page.value?.page] ?? page.value?.page;
    for (const link of $$("#side [data-page]")) {
      if (link.dataset.page === current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  });
  effect(() => {
    const c = counts.value;
    const badge = $("[data-count=containers]");
    put(badge, c ? String(c.containers) : "");
    badge.title = c?.groups.unhealthy ? `${c.groups.unhealthy} of ${c.containers} unhealthy` : "";
    put(
      $("[data-limit-line]"),
      c && frame.value ? limitLine(c.containers, frame.value.profile.max_containers) : "",
    );
  });
  effect(() => {
    const n = updateSummary.value?.counts.update_available ?? 0;
    const badge = $("[data-count=updates]");
    put(badge, n > 0 ? String(n) : "");
    badge.title = n > 0 ? `${plural(n, "update")} available` : "";
  });
  effect(() => {
    const profile = frame.value?.profile;
    if (!profile) return;
    put($("[data-profile-title]"), profile.title);
    put($("[data-machine-line]"), `${plural(profile.cpu_cores, "core")}, ${memory(profile.memory_bytes)}`);
  });
  effect(() => {
    const e = engine.value;
    put(
      $("[data-engine-line]"),
      e?.state === "up" && e.info
        ? `${e.info.product.replace(" Engine", "")} ${e.info.version}`
        : e?.state === "connecting"
          ? "Connecting to the engine"
          : "Engine not responding",
    );
  });
  effect(() => {
    put($("[data-operation-count]"), running.value.length ? String(running.value.length) : "");
    $(".top [data-operations]").setAttribute(
      "aria-label",
      running.value.length ? `Operations, ${running.value.length} running` : "Operations",
    );
  });
  effect(() => {
    const bar = $(".loading-bar");
    if (loading.value && !bar)
      document.body.append(
        Object.assign(document.createElement("div"), {
          className: "loading-bar",
          // For the eyes: where it leads is announced when it is there.
          ariaHidden: "true",
        }),
      );
    else if (!loading.value) bar?.remove();
  });
}

export const limitLine = (count, max) => (max ? `${count} of ${max} containers` : `${count} containers`);
