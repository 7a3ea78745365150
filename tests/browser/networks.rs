//! Networks in the interface: a household's media network is created, divided, filled,
//! looked at and removed, by mouse and by keyboard.

use super::shots::{folder, household, settled, take};
use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::{Browser, key};
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::Value;

fn network(engine: &Engine, name: &str) -> Option<Value> {
    let text = engine.try_docker(&["network", "inspect", name])?;
    Some(serde_json::from_str::<Value>(&text).unwrap()[0].clone())
}

fn cell(end: u32) -> String {
    format!(".net-map [aria-label*='.{end},']")
}

#[test]
fn media_network_is_created_divided_and_filled_by_mouse() {
    let engine = Engine::start_isolated();
    let (_app, client) = App::ready(&engine.host());
    for name in ["jellyfin", "sonarr"] {
        engine.docker(&["run", "-d", "--name", name, "bb:1", "sleep", "10000"]);
    }
    let browser = Browser::signed_in(&_app, &client, "/networks");
    browser.says("3 networks on this host");
    browser.press("New network");
    browser.fill("#net-name", "media-network");
    browser.fill("#net-containers", "40");
    browser.wait("document.querySelector('.net-sizes :checked')?.value === '/26'");
    browser.wait("document.querySelector('#net-subnet').value.endsWith('/26')");
    browser.says("Create the bridge network media-network.");
    browser.fill("#net-subnet", "172.20.0.0/26");
    browser.says("Give it the subnet 172.20.0.0/26, with 172.20.0.1 as its gateway.");
    browser.press_in("dialog", "Create");
    browser.wait(
        "location.pathname === '/networks/media-network' && document.querySelector('.net-map')",
    );
    assert_eq!(
        network(&engine, "media-network").unwrap()["IPAM"]["Config"][0]["Subnet"],
        "172.20.0.0/26"
    );
    assert_eq!(browser.count(".net-map button"), 64);

    // A range by the keyboard: from .10 nine to the right, then r.
    browser.click(&cell(10));
    let wider = format!("{}\u{1f}{}", key::SHIFT, key::RIGHT);
    browser.strike(&[wider.as_str(); 9]);
    browser.keys("r");
    browser.wait("document.querySelector('#range-last')?.value === '172.20.0.19'");
    browser.fill("#range-label", "Media Services");
    browser.says("Keep 172.20.0.10 to 172.20.0.19 of media-network for Media Services.");
    browser.press_in("dialog", "Reserve");
    browser.wait("document.querySelectorAll('.net-map [data-state=reserved]').length === 10");

    // A container gets the next address of it.
    browser.press("Connect container");
    browser.wait("document.querySelectorAll('#connect-container option').length === 3");
    browser.eval("(() => { const s = document.querySelector('#connect-container'); s.value = 'jellyfin'; s.dispatchEvent(new Event('change', {bubbles: true})) })()");
    browser.wait(
        "document.querySelector('#connect-how').innerText.includes('Media Services (172.20.0.10)')",
    );
    browser.eval("(() => { const s = document.querySelector('#connect-how'); s.selectedIndex = 2; s.dispatchEvent(new Event('change', {bubbles: true})) })()");
    browser.says("Give it the fixed address 172.20.0.10.");
    browser.press_in("dialog", "Connect");
    browser.wait("document.querySelector('.net-map [data-state=used][aria-label*=jellyfin]')");
    let on = &engine.inspect("jellyfin")["NetworkSettings"]["Networks"]["media-network"];
    assert_eq!(on["IPAddress"], "172.20.0.10");

    // A click on a free address gives it to another.
    browser.click(&cell(11));
    browser.press("Give it to a container");
    browser.wait("document.querySelector('#connect-address')?.value === '172.20.0.11'");
    browser.wait("document.querySelectorAll('#connect-container option').length === 2");
    browser.eval("(() => { const s = document.querySelector('#connect-container'); s.value = 'sonarr'; s.dispatchEvent(new Event('change', {bubbles: true})) })()");
    browser.says("Give it the fixed address 172.20.0.11.");
    browser.press_in("dialog", "Connect");
    browser.wait("document.querySelector('.net-map [data-state=used][aria-label*=sonarr]')");
    // Stopped by somebody else: its address waits, without a reload.
    engine.docker(&["stop", "-t", "0", "sonarr"]);
    browser.wait("document.querySelector('.net-map [data-state=waiting][aria-label*=sonarr]')");

    browser.press("Disconnect jellyfin");
    browser.says("Disconnect jellyfin from media-network");
    browser.press_in("dialog", "Disconnect");
    browser.wait("!document.querySelector('.net-members').innerText.includes('jellyfin')");
    engine.docker(&["rm", "-f", "sonarr"]);
    browser.wait("!document.querySelector('.head .btn.danger').disabled");
    browser.press("Remove");
    browser.press_in("dialog", "Remove");
    browser.wait("location.pathname === '/networks' && !document.querySelector('[data-network=media-network]')");
    assert!(network(&engine, "media-network").is_none());
    browser.in_order();
}

#[test]
fn oversized_network_asks_for_three_acknowledgments() {
    let engine = Engine::isolated();
    let app = App::start_with(&engine.host(), &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let browser = Browser::signed_in(&app, &client, "/networks?do=create");
    browser.wait("document.querySelector('.net-sizes :checked')?.value === '/27'");
    assert!(!browser.text(".net-sizes").contains("oversized"));
    browser.fill("#net-name", "wide");
    browser.press("Show larger network sizes (not recommended)");
    browser.wait("document.querySelector('.net-sizes').innerText.includes('oversized')");
    browser.click(".net-sizes [value='/24']");
    browser.says("I understand this network is oversized");
    browser.says("Acknowledge what an oversized network means.");
    for text in [
        "I understand this network is oversized",
        "I accept potential performance issues",
        "I understand its size cannot be changed later without recreating it",
    ] {
        assert!(network(engine, "wide").is_none());
        browser.press(text);
    }
    browser.wait("!document.querySelector('dialog footer .primary').disabled");
    browser.press("Use recommended /27");
    browser.wait("document.querySelector('#net-subnet').value.endsWith('/27') && !document.querySelector('.well')");
    browser.in_order();
}

#[test]
fn oversized_network_is_analyzed_dismissed_and_recreated_smaller() {
    let engine = Engine::start_isolated();
    let app = App::start_with(&engine.host(), &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let line = "network create --subnet 10.161.0.0/24 experimental";
    engine.docker(&line.split(' ').collect::<Vec<_>>());
    for (name, address) in [("api", "10.161.0.10"), ("worker", "10.161.0.200")] {
        let line = format!("run -d --name {name} --network experimental --ip {address} bb:1");
        engine.docker(&line.split(' ').collect::<Vec<_>>());
    }
    let browser = Browser::signed_in(&app, &client, "/networks/experimental");
    // The old one may be asked for once more.
    browser.expect_in_console("status of 404");
    browser.says("Larger than this host can use");
    for (choice, told) in [
        ("For 7 days", "the warning is dismissed until"),
        ("For 30 days", "the warning is dismissed until"),
        ("For good", "the warning is dismissed for good"),
    ] {
        browser.press("Dismiss");
        browser.press(choice);
        browser.says(told);
        browser.press("Show it again");
        browser.wait("document.querySelector('.net-warning')");
    }
    browser.press("Dismiss");
    browser.says("None is set in Settings");
    browser.keys(key::ESCAPE);
    for (width, height) in [(1440, 900), (820, 1180), (390, 844)] {
        browser.size(width, height);
        settled(&browser);
        browser.screenshot(&folder().join(format!("networks-oversized-{width}.png")));
        browser.press("Analyze");
        browser.says("3 of 254 addresses are in use");
        settled(&browser);
        browser.screenshot(&folder().join(format!("networks-analysis-{width}.png")));
        browser.press_in("dialog", "Recreate smaller");
        browser.says("10.161.0.200 becomes 10.161.0.2");
        settled(&browser);
        browser.screenshot(&folder().join(format!("networks-migrate-{width}.png")));
        browser.press_in("dialog", "Cancel");
        browser.wait("!document.querySelector('dialog')");
    }
    browser.size(1440, 900);
    browser.press("Recreate smaller");
    browser.wait("document.querySelector('.net-sizes :checked')?.value === '/27'");
    browser.says("api, which keeps 10.161.0.10");
    browser.wait("!document.querySelector('dialog footer .primary').disabled");
    browser.press_in("dialog", "Recreate");
    browser.wait("document.querySelectorAll('.net-map button').length === 32");
    browser.wait("document.querySelector('.net-map [data-state=used][aria-label*=worker]')");
    assert_eq!(browser.count(".net-warning"), 0);
    assert_eq!(
        network(&engine, "experimental").unwrap()["IPAM"]["Config"][0]["Subnet"],
        "10.161.0.0/27"
    );
    browser.in_order();
}

#[test]
fn ports_are_found_by_text_and_a_free_one_by_its_number() {
    let engine = Engine::start_isolated();
    let (app, client) = App::ready(&engine.host());
    engine.docker(&["run", "-d", "--name", "web", "-p", "20801:80", "bb:1"]);
    engine.docker(&["create", "--name", "old", "-p", "20801:8080", "bb:1"]);
    let browser = Browser::signed_in(&app, &client, "/networks");
    browser.press_in(".tabs", "Ports");
    browser.wait("location.pathname === '/ports'");
    browser.wait("document.querySelectorAll('[data-port=\"20801/tcp\"]').length === 2");
    browser.says("old publishes it too: only one of them can run at a time.");
    browser.fill("#near", "20801");
    browser.press("Find");
    browser.says("20802 is free.");
    for (width, height) in [(1440, 900), (820, 1180), (390, 844)] {
        browser.size(width, height);
        settled(&browser);
        browser.screenshot(&folder().join(format!("networks-ports-{width}.png")));
    }
    browser.fill("[aria-label='Filter ports']", "old 8080");
    browser.wait("document.querySelectorAll('[data-port]').length === 1");
    // It follows without a reload.
    engine.docker(&["rm", "old"]);
    browser.says("No port matches");
    browser.in_order();
}

#[test]
fn topology_is_moved_by_keys_and_by_hand_and_leads_to_what_it_shows() {
    let engine = Engine::start_isolated();
    household(&engine);
    for line in [
        "network create --subnet 10.162.0.0/24 cinema",
        "network connect cinema jellyfin",
        "network connect cinema sonarr",
    ] {
        engine.docker(&line.split(' ').collect::<Vec<_>>());
    }
    let (app, client) = App::ready(&engine.host());
    until("both are on it", SOON, || {
        let view = client.get("/api/networks/cinema").json();
        (view["members"].as_array()?.len() == 2).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, "/networks");
    browser.press_in(".tabs", "Topology");
    browser.wait(
        "location.pathname === '/topology' && document.querySelector('.topology .k-network')",
    );
    for (width, height) in [(1440, 900), (820, 1180), (390, 844)] {
        browser.size(width, height);
        browser.open("/topology");
        browser.wait("document.querySelector('.topology .k-container')");
        settled(&browser);
        browser.screenshot(&folder().join(format!("networks-topology-{width}.png")));
    }
    browser.size(1440, 900);
    browser.open("/topology");
    browser.wait("document.querySelector('.topology .k-container')");
    settled(&browser);
    let sight = "document.querySelector('.topology svg').getAttribute('viewBox')";
    let before = browser.eval(sight);
    browser.eval("void document.querySelector('.topology').focus()");
    browser.keys(key::RIGHT);
    browser.wait(&format!("{sight} !== '{}'", before.as_str().unwrap()));
    browser.press("Fit");
    browser.wait(&format!("{sight} === '{}'", before.as_str().unwrap()));
    browser.eval("void document.querySelector('[aria-label=Larger]').click()");
    browser.wait(&format!("{sight} !== '{}'", before.as_str().unwrap()));
    // What is saved is a file of its own.
    browser.eval("void (URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return 'blob:none'; }, HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; })");
    browser.press("Save as SVG");
    let saved = browser.wait("window.saved");
    let saved = saved.as_str().unwrap();
    assert!(
        saved.starts_with("<svg") && saved.contains("jellyfin"),
        "{saved}"
    );
    assert!(
        !saved.contains("href") && saved.contains("fill: rgb"),
        "{saved}"
    );
    assert_eq!(browser.eval("window.savedAs"), "topology-all.svg");
    browser.open("/topology?network=cinema");
    browser.wait("document.querySelectorAll('.topology .k-container').length === 2");
    // It follows without a reload.
    engine.docker(&["network", "disconnect", "cinema", "sonarr"]);
    browser.wait("document.querySelectorAll('.topology .k-container').length === 1");
    browser.in_order();
    browser.click(".topology .k-container");
    browser.wait("location.pathname === '/containers/jellyfin'");
    browser.open("/topology?network=nothing");
    browser.says("There is no network nothing");
}

#[test]
fn networks_without_an_engine_say_so_and_come_with_it() {
    let (_app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&_app, &client, "/networks");
    browser.says("The container engine is not responding");
    browser.open("/networks/media");
    browser.says("The container engine is not responding");
    browser.in_order();
}

#[test]
fn what_the_server_refuses_is_told_at_its_field_and_once() {
    let engine = Engine::isolated();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/networks?do=create");
    browser.expect_in_console("status of 400");
    browser.wait("document.querySelector('.net-sizes :checked')");
    browser.fill("#net-name", "wrong");
    browser.fill("#net-subnet", "10.97.0.5/27");
    browser.wait("document.querySelector('#net-subnet-error')?.innerText.includes('10.97.0.0')");
    browser.wait("document.querySelectorAll('dialog .field-error').length === 1");
    browser.wait("document.querySelector('#net-subnet').getAttribute('aria-describedby') === 'net-subnet-error'");
    if std::env::var_os("DOCKERMATE_SCREENSHOTS").is_some() {
        for (width, height) in [(1440, 900), (820, 1180), (390, 844)] {
            browser.size(width, height);
            settled(&browser);
            browser.screenshot(&folder().join(format!("networks-refused-{width}.png")));
        }
        browser.size(1440, 900);
    }
    browser.fill("#net-subnet", "10.97.0.0/27");
    browser.wait("!document.querySelector('dialog .field-error')");
    browser.fill("#net-gateway", "10.98.0.1");
    browser.wait("document.querySelector('#net-gateway-error')");
    browser.in_order();
}

#[test]
fn fixed_address_that_may_be_given_away_is_told_on_the_page() {
    let engine = Engine::isolated();
    let (app, client) = App::ready(&engine.host());
    let name = engine.name("waits");
    let network = format!("net-{name}");
    engine.docker(&["network", "create", "--subnet", "10.96.4.0/27", &network]);
    let create = [
        "create",
        "--name",
        &name,
        "--network",
        &network,
        "--ip",
        "10.96.4.9",
        "bb:1",
    ];
    engine.docker(&create);
    let path = format!("/api/networks/{network}");
    until("it waits there", SOON, || {
        let view = client.get(&path).json();
        (view["warnings"].as_array()?.len() == 1).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, &format!("/networks/{network}"));
    browser.says(&format!(
        "{name} does not run: the engine may give its fixed address"
    ));
    if std::env::var_os("DOCKERMATE_SCREENSHOTS").is_some() {
        for (width, height) in [(1440, 900), (820, 1180), (390, 844)] {
            browser.size(width, height);
            settled(&browser);
            browser.screenshot(&folder().join(format!("networks-warned-{width}.png")));
        }
    }
    browser.in_order();
    engine.docker(&["rm", &name]);
    engine.docker(&["network", "rm", &network]);
}

#[test]
fn pictures_of_networks_are_taken_at_three_widths() {
    let mut engine = Engine::start_isolated();
    household(&engine);
    let (app, client) = App::ready(&engine.host());
    let created = client.post(
        "/api/networks",
        &serde_json::json!({"name": "media-network", "subnet": "10.30.0.0/26"}),
    );
    assert_eq!(created.status, 200, "{}", created.text());
    for (first, last, label, color) in [
        (".10", ".19", "Web services", "blue"),
        (".20", ".29", "Databases", "green"),
        (".30", ".39", "Media services", "amber"),
    ] {
        let made = client.post(
            "/api/networks/media-network/reservations",
            &serde_json::json!({"first": first, "last": last, "label": label, "color": color}),
        );
        assert_eq!(made.status, 201, "{}", made.text());
    }
    for (name, range) in [
        ("jellyfin", "Media services"),
        ("sonarr", "Media services"),
        ("postgres", "Databases"),
        ("gitea", "Web services"),
    ] {
        let body = serde_json::json!({"container": name, "reservation": range});
        client.post("/api/networks/media-network/connect", &body);
    }
    until("they are on it", SOON, || {
        let view = client.get("/api/networks/media-network").json();
        (view["members"].as_array()?.len() >= 2).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, "/networks");
    take(
        &browser,
        &client,
        "networks",
        &[
            (
                "list",
                "/networks",
                "document.querySelector('[data-network=media-network]')",
            ),
            (
                "one",
                "/networks/media-network",
                "document.querySelector('.net-map [data-state=used]')",
            ),
            (
                "create",
                "/networks?do=create",
                "document.querySelector('.net-sizes :checked')",
            ),
        ],
    );
    browser.size(1440, 900);
    browser.open("/networks/media-network");
    browser.wait("document.querySelector('.net-map [data-state=used]')");
    browser.press("Connect container");
    browser.wait("document.querySelector('#connect-how')");
    settled(&browser);
    browser.screenshot(&folder().join("networks-connect.png"));
    engine.down();
}
