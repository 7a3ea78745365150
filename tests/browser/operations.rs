//! Operations: seen while they run, found again after a reload, ended early,
//! and listed with how they ended.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use serde_json::json;

#[test]
fn a_running_one_survives_a_reload_and_is_cancelled() {
    let engine = Engine::shared();
    let owner = engine.run(&[]);
    // It does not hear the signal, so that stopping it takes its whole time;
    // and the one whose network it lives in waits for that.
    let slow = format!("{owner}-slow");
    engine.docker(&[
        "run",
        "-d",
        "--network",
        &format!("container:{owner}"),
        "--stop-timeout",
        "8",
        "--name",
        &slow,
        "bb:1",
        "sh",
        "-c",
        "trap '' TERM; while true; do sleep 1; done",
    ]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={owner}"));
    for name in [&owner, &slow] {
        browser.click(&format!("input[aria-label='Select {name}']"));
    }
    browser.press_in(".bulk", "Stop");
    browser.says("Stop 2 containers");
    browser.wait("document.querySelectorAll('dialog .plan-list li').length >= 2");
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("document.querySelector('[data-operation-count]').innerText === '1'");
    // Both rows say what is being done to them.
    browser.wait("[...document.querySelectorAll('.row-item.selected .c-state')].every((s) => s.innerText.includes('Stopping'))");

    browser.reload();
    browser.wait("document.querySelector('[data-operation-count]').innerText === '1'");
    browser.press_in(".top", "Operations, 1 running");
    browser.wait("document.querySelector('.drawer .op [role=progressbar]')");
    browser.in_order();
    browser.press_in(".drawer .op", "Cancel");
    browser.wait("document.querySelector('.drawer .op').innerText.includes('cancelled')");
    browser.wait("document.querySelector('[data-operation-count]').innerText === ''");
    let operation = &client.get("/api/operations").json()["items"][0];
    assert_eq!(operation["state"], "cancelled", "{operation}");
    assert_eq!(
        engine.docker(&["inspect", "-f", "{{.State.Running}}", &owner]),
        "true",
        "what came after was not done"
    );
    browser.in_order();

    // The page lists it with the others, narrowed by state and kind.
    browser.press_in(".drawer", "All operations");
    browser.wait("location.pathname === '/operations'");
    assert_eq!(browser.text("main h1"), "Operations");
    browser.press_in("[aria-label=State]", "Cancelled 1");
    browser.wait("location.search === '?state=cancelled'");
    browser.wait("document.querySelectorAll('main .op').length === 1");
    browser.in_order();
    browser.open("/operations?kind=container.start");
    browser.says("No matching operations");
    browser.press("Show all");
    browser.wait("document.querySelectorAll('main .op').length === 1");
    assert_eq!(
        browser.eval("document.querySelector('#side [aria-current]').innerText"),
        json!("Operations")
    );
    engine.docker(&["rm", "-f", &slow, &owner]);
}
