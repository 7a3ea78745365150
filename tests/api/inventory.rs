//! What the memory holds is what the engine holds: it follows events, and asks
//! again where the engine did not answer.

use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::proxy::Proxy;
use crate::support::wait::{SOON, until};
use serde_json::Value;

/// From the list: one container by itself is read from the engine.
fn find(client: &Client, name: &str) -> Option<Value> {
    let list = client.get(&format!("/api/containers?q={name}")).json();
    let mut items = list["items"].as_array()?.iter();
    items.find(|item| item["name"] == name).cloned()
}

#[test]
fn container_whose_inspect_fails_after_an_event_is_asked_for_again_until_memory_is_right() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.run(&[]);
    let id = engine.inspect(&name)["Id"].as_str().unwrap().to_owned();
    until("it is known", SOON, || {
        find(&client, &name).filter(|found| found["state"] == "running")
    });
    let inspect = format!("/containers/{id}/json");
    proxy.refuse(&inspect, 4);
    engine.docker(&["kill", &name]);
    until("the inspects have failed", SOON, || {
        (proxy.still_refused(&inspect) == 0).then_some(())
    });
    until("memory is right", SOON, || {
        find(&client, &name).filter(|found| found["state"] == "exited")
    });
    let asked = proxy.take_asked();
    let inspects = asked.iter().filter(|line| line.contains(&inspect)).count();
    assert!((5..12).contains(&inspects), "{asked:?}");
    engine.docker(&["rm", &name]);
}

#[test]
fn container_that_cannot_be_inspected_at_the_start_is_listed_and_asked_for_again() {
    let engine = Engine::shared();
    let name = engine.run(&["--restart", "always"]);
    let id = engine.inspect(&name)["Id"].as_str().unwrap().to_owned();
    let proxy = Proxy::start(engine.socket());
    let inspect = format!("/containers/{id}/json");
    proxy.refuse(&inspect, 3);
    let (_app, client) = App::ready(&proxy.host());
    until("it is listed", SOON, || find(&client, &name));
    until("its inspects have failed", SOON, || {
        (proxy.still_refused(&inspect) == 0).then_some(())
    });
    until("all of it is known", SOON, || {
        find(&client, &name).filter(|found| found["restart_policy"] == "always")
    });
    engine.docker(&["rm", "-f", &name]);
}
