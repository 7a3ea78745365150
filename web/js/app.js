// @ts-check
// Starts a page: its data, the page's module, then the live connection.
import { html, render, signal, useErrorBoundary } from "../vendor/preact.js";
import { adopt } from "./state.js";
import { leave } from "./api.js";
import { loadModule, pageData, start, view } from "./navigation.js";
import { connect } from "./stream.js";
import { bindFrame } from "./frame.js";
import { bindKeys } from "./keys.js";
import { Banner, Connection } from "./components/frame/banner.js";
import "./components/frame/looking.js";
import { DialogHost } from "./components/frame/dialog.js";
import { MenuHost } from "./components/frame/menu.js";
import { Toasts } from "./components/frame/toast.js";
import { Empty } from "./components/elements/empty.js";

const failed = signal(null);

function Page() {
  const [error] = useErrorBoundary((cause) => console.error(cause));
  const current = view.value;
  if (error || failed.value) {
    return html`
      <${Empty} icon="triangle-alert" title="This page failed to load">
        <p>${failed.value?.message ?? "Nothing was changed. Details are in the browser's console."}</p>
        <div class="row">
          <button type="button" class="btn primary" onClick=${() => location.reload()}>
            Reload
          </button>
          <a class="btn" href="/containers">
            Containers
          </a>
        </div>
      </${Empty}>
    `;
  }
  return current && html`<${current.component} key=${current.key} data=${current.data} />`;
}

const Root = () => html`<${Page} key=${view.value?.key} />`;

function draw() {
  const main = document.getElementById("main");
  main.replaceChildren();
  render(html`<${Root} />`, main);
}

async function boot() {
  let answer;
  try {
    answer = await pageData(location);
  } catch (cause) {
    if (leave(cause)) return;
    console.error(cause);
    failed.value = cause;
    draw();
    return;
  }
  adopt(answer);
  document.title = `${answer.title} · DockerMate`;
  bindFrame();
  bindKeys();
  start();
  render(html`<${Connection} />`, document.getElementById("connection"));
  render(html`<${Banner} />`, document.getElementById("banner"));
  render(
    html`
      <${DialogHost} />
      <${MenuHost} />
      <${Toasts} />
    `,
    document.getElementById("overlays"),
  );
  try {
    view.value = { component: await loadModule(answer.page), data: answer.data, key: location.pathname };
  } catch (cause) {
    console.error(cause);
    failed.value = {};
  }
  draw();
  performance.mark("drawn");
  connect();
}

boot().catch((cause) => {
  console.error(cause);
  document.documentElement.dataset.failed = "";
});
