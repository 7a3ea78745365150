//! A media server, from nothing to four services with addresses of their own, by mouse:
//! a network, a reserved range, and a container for each with the next address of it.

use super::create::{choose, planned, unfold};
use super::shots::{folder, settled};
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use std::time::{Duration, Instant};

const SERVICES: [&str; 4] = ["jellyfin", "sonarr", "radarr", "prowlarr"];

#[test]
fn media_server_network_and_its_services_are_made_by_mouse_in_under_two_minutes() {
    let engine = Engine::start_isolated();
    for name in SERVICES {
        engine.docker(&["tag", "bb:1", &format!("home/{name}:1")]);
    }
    let (_app, client) = App::ready(&engine.host());
    let host = serde_json::json!({"host_environment": "DEV"});
    assert_eq!(client.json("PATCH", "/api/settings", &host).status, 200);
    let browser = Browser::signed_in(&_app, &client, "/networks");
    browser.size(1440, 2400);
    let began = Instant::now();

    browser.press("New network");
    browser.fill("#net-name", "media-network");
    browser.fill("#net-containers", "40");
    browser.wait("document.querySelector('.net-sizes :checked')?.value === '/26'");
    browser.fill("#net-subnet", "172.20.0.0/26");
    // Automatic addresses come from the upper half: the lower one is for fixed ones.
    browser.press("Keep the first half for fixed addresses and reservations");
    browser.says("Give automatic addresses from 172.20.0.32/27 only");
    browser.press_in("dialog", "Create");
    browser.wait(
        "location.pathname === '/networks/media-network' && document.querySelector('.net-map')",
    );

    browser.press("Reserve range");
    browser.fill("#range-first", ".10");
    browser.fill("#range-last", ".19");
    browser.fill("#range-label", "Media Services");
    browser.says("Keep 172.20.0.10 to 172.20.0.19 of media-network for Media Services.");
    browser.press_in("dialog", "Reserve");
    browser.wait("document.querySelectorAll('.net-map [data-state=reserved]').length === 10");

    for (at, name) in SERVICES.into_iter().enumerate() {
        browser.open(&format!("/containers/new?image=home/{name}:1"));
        browser.fill("#f-name", name);
        unfold(&browser, "networks");
        choose(&browser, "#f-network", "networks");
        choose(
            &browser,
            "[data-field='networks[0].name'] select",
            "media-network",
        );
        browser.press("Choose on the map");
        let next = format!("Media Services: 172.20.0.{}", 10 + at);
        browser.says(&next);
        if at == 0 {
            browser.wait("getComputedStyle(document.querySelector('.net-map')).display === 'grid'");
            at_three_widths(&browser, "networks-pick");
        }
        browser.press_in("dialog", &next);
        planned(&browser);
        browser.press_in(".create-bar", "Create and start");
        browser.wait(&format!("location.pathname === '/containers/{name}'"));
    }
    browser.open("/networks/media-network");
    browser.wait("document.querySelectorAll('.net-map [data-state=used]').length === 4");
    let took = began.elapsed();
    println!("The media server took {took:?}");
    assert!(took < Duration::from_secs(120), "{took:?}");
    for (at, name) in SERVICES.into_iter().enumerate() {
        let on = &engine.inspect(name)["NetworkSettings"]["Networks"]["media-network"];
        assert_eq!(on["IPAddress"], format!("172.20.0.{}", 10 + at), "{name}");
    }
    browser.press("Documentation");
    browser.says("| `jellyfin` | `172.20.0.10` (fixed) |");
    at_three_widths(&browser, "networks-documentation");
    browser.press_in("dialog", "Copy");
    browser.press_in("dialog", "Close");
    browser.in_order();
}

/// Pictures of what is open.
fn at_three_widths(browser: &Browser, name: &str) {
    for (width, height) in [(390, 844), (820, 1180), (1440, 900)] {
        browser.size(width, height);
        settled(browser);
        browser.screenshot(&folder().join(format!("{name}-{width}.png")));
    }
}
