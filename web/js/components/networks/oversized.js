// @ts-check
// The warning that a network is larger than this host can use: analyze it, recreate it smaller, or put it off.
import { html } from "../../../vendor/preact.js";
import { api } from "../../api.js";
import { date } from "../../format.js";
import { engineUp } from "../../state.js";
import { Icon } from "../elements/icon.js";
import { openMenu } from "../frame/menu.js";
import { toast } from "../frame/toast.js";
import { askAnalyze, askMigrate, networkPath } from "./acts.js";

const CHOICES = [
  ["7_days", "For 7 days"],
  ["30_days", "For 30 days"],
  ["permanent", "For good"],
  ["maintenance_window", "Until the next maintenance window"],
];
const TOLD = {
  "7_days": (network) => `until ${until(network, 7)}`,
  "30_days": (network) => `until ${until(network, 30)}`,
  permanent: () => "for good",
  maintenance_window: () => "until the next maintenance window",
};
const until = (network, days) => {
  const end = new Date(network.oversized.dismissed.at);
  end.setDate(end.getDate() + days);
  return date(end);
};

async function change(network, options, reload) {
  try {
    await api(networkPath(network, "/dismissal"), options);
    reload();
  } catch (problem) {
    toast({ kind: "crit", title: "The warning was not changed", text: problem.detail ?? problem.message });
  }
}

export function OversizedWarning({ network, hasWindows, reload }) {
  const told = network.oversized;
  const up = engineUp.value;
  if (told.dismissed)
    return html`
      <p class="net-note faint">
        <span>
          Larger than this host can use; the warning is dismissed ${TOLD[told.dismissed.for](network)}.
        </span>
        <button
          type="button"
          class="btn quiet s"
          onClick=${() => change(network, { method: "DELETE" }, reload)}
        >
          Show it again
        </button>
      </p>
    `;
  return html`
    <section class="card net-warning" aria-label="Oversized network">
      <${Icon} name="triangle-alert" />
      <div class="grow">
        <h2>Larger than this host can use</h2>
        <p>
          ${told.unused_percent}% of its addresses stay unused with the ${told.max_containers} containers that
          this host should have at most. ${told.recommended.cidr} would do.
        </p>
      </div>
      <div class="row">
        <button type="button" class="btn" disabled=${!up} onClick=${() => askAnalyze(network)}>
          Analyze
        </button>
        <button type="button" class="btn" disabled=${!up} onClick=${() => askMigrate(network, reload)}>
          Recreate smaller
        </button>
        <button
          type="button"
          class="btn quiet"
          aria-haspopup="menu"
          aria-expanded="false"
          onClick=${(event) =>
            openMenu(
              event.currentTarget,
              CHOICES.map(([word, label]) => ({
                label,
                disabled:
                  word === "maintenance_window" && !hasWindows ? "None is set in Settings" : undefined,
                run: () => change(network, { method: "POST", body: { for: word } }, reload),
              })),
            )}
        >
          Dismiss
          <${Icon} name="chevron-down" />
        </button>
      </div>
    </section>
  `;
}
