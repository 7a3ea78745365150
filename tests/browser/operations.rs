//! Operations: seen while they run, found again after a reload, ended early,
//! and listed with how they ended.

use crate::support::app::{App, at_signal};
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use crate::support::proxy::{FAULT, Proxy, When};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::json;

#[test]
fn running_operation_survives_a_reload_and_is_cancelled() {
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

#[test]
fn interrupted_operation_that_cannot_be_recovered_is_discarded_on_request() {
    let engine = Engine::isolated();
    let name = engine.name("d");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let path = format!("/api/containers/{name}");
    until("it is known", SOON, || {
        (client.get(&path).status == 200).then_some(())
    });
    proxy.arm_for(
        "/rename",
        1,
        When::After,
        at_signal(app.pid(), Signal::KILL),
    );
    let body = json!({"changes": {"restart": "always"}, "pull": "never"});
    let _ = client.try_json("POST", &format!("{path}/recreate"), &body);
    assert!(!proxy.disarm(), "{:?}", proxy.seen());
    app.ended();
    // From now on the engine changes nothing.
    proxy.filter(|request| request.starts_with("POST ").then_some(FAULT));
    app.up();
    let id = until("its recovery has failed", SOON, || {
        let newest = client.try_get("/api/operations?limit=1")?.json()["items"][0].clone();
        (newest["error"] == "recovery_pending").then(|| newest["id"].as_str().unwrap().to_owned())
    });
    let discard = format!("/api/operations/{id}/discard");
    let plan = client.post(&format!("{discard}?dry_run=true"), &json!({}));
    assert_eq!(plan.status, 200, "{}", plan.text());

    let browser = Browser::signed_in(&app, &client, "/operations");
    browser.press("Discard…");
    browser.says("Allow other operations on the container");
    browser.in_order();
    browser.press_in("dialog footer", "Discard");
    browser.says("its recovery was discarded");
    browser.wait("!document.querySelector('.op-foot')");
    browser.in_order();
    assert_eq!(
        client.post(&discard, &json!({})).problem(),
        "nothing_to_discard"
    );
    proxy.end_filter();
    // The old one still has the name it was given, and the owner may act again.
    let listed = engine.docker(&[
        "ps",
        "-a",
        "--format",
        "{{.Names}}",
        "--filter",
        &format!("name={name}"),
    ]);
    let old = listed
        .lines()
        .find(|other| other.contains(".old-"))
        .unwrap_or(&listed)
        .to_owned();
    let removed = until("it is known", SOON, || {
        let answer = client.send(
            "DELETE",
            &format!("/api/containers/{old}?force=true&confirm={old}"),
            &[],
            b"",
        );
        (answer.status != 404).then_some(answer)
    });
    assert_eq!(removed.status, 200, "{}", removed.text());
}
