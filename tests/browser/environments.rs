//! Environments in the settings, and their badges wherever they are shown.

use crate::support::app::App;
use crate::support::browser::{Browser, FETCH, key};
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::json;

/// The contrast of a badge's text with what is painted under it, worst case:
/// every badge on the page, as the browser has computed it.
const WORST: &str = r"(() => {
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
const light = (c) => [.2126, .7152, .0722].reduce((sum, w, i) => sum + w * ((v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4))(c[i] / 255), 0);
const ground = (e) => { for (let at = e.parentElement; at; at = at.parentElement) { const c = rgba(getComputedStyle(at).backgroundColor); if (c[3] > .99) return c; } return [255, 255, 255]; };
const all = [...document.querySelectorAll('main .env[style]')].map((e) => {
  const style = getComputedStyle(e);
  const [x, y] = [light(rgba(style.color)), light(over(rgba(style.backgroundColor), ground(e)))].sort((a, b) => b - a);
  return (x + .05) / (y + .05);
});
return all.length ? Math.min(...all) : 0; })()";

#[test]
fn environment_is_added_edited_moved_and_deleted() {
    let engine = Engine::shared();
    let name = engine.run(&["--label", "dockermate.environment=STAGE"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/settings#environments");
    let other = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    other.wait("document.querySelector('.head-line .env.none')");
    browser.press("Add one");
    browser.wait("document.querySelector('dialog[open]')");
    browser.in_order();
    browser.expect_in_console("status of 400");
    browser.fill("#env-code", "mixed");
    browser.press_in("dialog", "Add");
    browser.wait("document.querySelector('#env-code-error')");
    browser.in_order();
    browser.fill("#env-code", "stage");
    browser.fill("#env-name", "<i>Staging</i>");
    browser.press_in("dialog", "Pink");
    browser.press_in("dialog", "rocket");
    browser.wait("document.querySelector('dialog .env svg').childElementCount > 0");
    browser.press_in("dialog", "Add");
    browser.wait("document.querySelector('[data-environment=STAGE]')");
    browser.wait(&format!("(async () => (await (await {FETCH}('/api/environments')).json()).items.find((one) => one.code === 'STAGE').icon === 'rocket')()"));
    browser.says("<i>Staging</i>");
    browser.in_order();
    // Another page follows: the label that meant nothing has a meaning now.
    other.wait("document.querySelector('.head-line .env:not(.none)')?.innerText === 'STAGE'");
    other.in_order();
    other.press("Environment: STAGE");
    other.wait("[...document.querySelectorAll('[role=menuitemradio]')].map((e) => e.innerText.split(/\\s/)[0]).slice(0, 5).join() === 'PRD,UAT,DEV,SANDBOX,STAGE'");
    other.keys(key::ESCAPE);

    browser.press("Edit STAGE");
    browser.wait("document.querySelector('#env-name').value === '<i>Staging</i>'");
    browser.eval("void (document.querySelector('#env-warnings').value = 'none', document.querySelector('#env-warnings').dispatchEvent(new Event('change', { bubbles: true })))");
    browser.press_in("dialog", "Save");
    browser.wait("!document.querySelector('dialog') && document.querySelector('[data-environment=STAGE]').innerText.includes('Nothing')");

    // To the top by keyboard: the focus stays with what is moved.
    browser.eval("document.querySelector('[data-environment=STAGE] [data-move=up]').focus()");
    for place in [3, 2, 1, 0] {
        browser.keys(key::ENTER);
        browser.wait(&format!(
            "[...document.querySelectorAll('[data-environment]')].findIndex((row) => row.dataset.environment === 'STAGE') === {place} && document.activeElement.closest('[data-environment]')?.dataset.environment === 'STAGE'"
        ));
    }
    until("the order is kept", SOON, || {
        let list = client.get("/api/environments").json();
        (list["items"][0]["code"] == "STAGE").then_some(())
    });
    browser.in_order();

    browser.expect_in_console("status of 409");
    browser.press("Delete STAGE");
    browser.says(&name);
    browser.in_order();
    let ready = "!document.querySelector('dialog button[type=submit]').disabled";
    assert_eq!(browser.eval(ready), json!(false), "something uses it");
    browser.eval("void (document.querySelector('#move-to').value = 'DEV', document.querySelector('#move-to').dispatchEvent(new Event('change', { bubbles: true })))");
    browser.wait(ready);
    browser.says("What will happen");
    browser.press_in("dialog footer", "Delete");
    browser.wait("!document.querySelector('[data-environment=STAGE]')");
    other.wait("document.querySelector('.head-line .env.dev')");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn every_environment_color_is_readable_in_both_themes() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    for (n, color) in [
        "#000000", "#ffffff", "#ffff00", "#0000ff", "#ff00ff", "#808080", "#003300", "#fef3c7",
        "#22c55e", "#7f1d1d", "#00ffff", "#1e293b",
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"code": format!("A-LONG-CODE-{n}"), "color": color});
        assert_eq!(client.post("/api/environments", &body).status, 201);
    }
    let browser = Browser::signed_in(&app, &client, "/settings#environments");
    for theme in ["dark", "light"] {
        client.json("PATCH", "/api/settings", &json!({"theme": theme}));
        browser.wait(&format!("document.documentElement.dataset.theme === '{theme}' && document.querySelectorAll('main .env[style]').length >= 16"));
        let worst = browser.eval(WORST).as_f64().unwrap();
        assert!(worst >= 4.5, "{theme}: {worst}");
    }
    browser.open("/settings#host");
    browser.wait("document.querySelectorAll('main .env').length >= 17");
    browser.press("A-LONG-CODE-3");
    browser.wait("document.querySelector('[data-host-env]').innerText === 'A-LONG-CODE-3 host'");
    browser.in_order();
}
