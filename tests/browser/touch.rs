//! What a finger meets is at least 44 px wide and high, on a phone and on a tablet
//! (WCAG 2.2, 2.5.5; a link within a sentence is excepted).

use super::shots::household;
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use serde_json::json;

/// The controls that are smaller, with what they say and their size. What is met
/// around a control counts: it is asked what lies 21 px from its middle.
const SMALL: &str = "(() => {
const small = [];
const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const inSentence = (e) => e.matches('a, .link') && getComputedStyle(e).display === 'inline'
  && [...e.parentElement.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
for (const e of document.querySelectorAll('main a[href], .top a, .top button, main button, main input, main select, main textarea, main summary, dialog button, [role^=menuitem]')) {
  if (!seen(e) || inSentence(e) || e.matches('[disabled], .x, .search input') || e.closest('.visually-hidden')) continue;
  const control = e.matches('[type=checkbox], [type=radio]') ? e.closest('label') ?? e : e;
  control.scrollIntoView({ block: 'center', inline: 'center' });
  const { left, top, width, height } = control.getBoundingClientRect();
  const meets = (x, y) => control.contains(document.elementFromPoint(left + width / 2 + x, top + height / 2 + y));
  const high = height >= 43 || (meets(0, -21) && meets(0, 21));
  const wide = width >= 43 || (meets(-21, 0) && meets(21, 0));
  if (!high || !wide) small.push(`${control.outerHTML.slice(0, 120)}: ${Math.round(width)} by ${Math.round(height)}`);
}
return small;
})()";

#[test]
fn every_control_is_large_enough_for_a_finger() {
    // Its networks go with it.
    let engine = Engine::start_isolated();
    household(&engine);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.cdp(
        "Emulation.setTouchEmulationEnabled",
        json!({"enabled": true, "maxTouchPoints": 1}),
    );
    for (width, height) in [(390, 844), (820, 1180)] {
        browser.size(width, height);
        for (path, ready) in [
            ("/", ".tile"),
            ("/containers", ".row-item"),
            ("/containers/paperless", ".health-dots .crit"),
            ("/containers/jellyfin#logs", ".log-lines"),
            ("/containers/jellyfin#stats", ".chart canvas"),
            ("/containers/paperless#cli", ".cli pre"),
            ("/containers/new?image=gitea/gitea:1.22", "#f-name"),
            ("/images", ".row-item"),
            ("/networks", "[data-network]"),
            ("/networks/media", ".net-map button"),
            ("/ports", "#near"),
            ("/topology", ".topology svg"),
            ("/updates", "#history"),
            ("/registries", "[data-registry]"),
            ("/templates", ".pattern"),
            ("/operations", "main h1"),
            ("/settings#host", "[data-job]"),
            ("/settings#environments", ".matrix"),
            ("/settings#updates", "#soak-days"),
            ("/containers/jellyfin#updates", "#policy input"),
            ("/settings#security", "#current"),
        ] {
            browser.open(path);
            browser.wait(&format!("document.querySelector({})", json!(ready)));
            let small = browser.eval(SMALL);
            assert_eq!(small, json!([]), "{path} with {width} px");
        }
    }
}
