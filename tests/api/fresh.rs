//! What was done on the command line a moment ago counts, although the news of
//! it have not come yet.

use super::create::{create, dev};
use crate::support::app::App;
use crate::support::engine::{Engine, is_podman};
use serde_json::json;

#[test]
fn container_that_was_just_made_is_known_and_the_name_of_one_just_removed_is_free() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    dev(&client);
    for _ in 0..5 {
        let name = engine.name("q");
        engine.docker(&["create", "--name", &name, "bb:1"]);
        let answer = client.get(&format!("/api/containers/{name}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        engine.docker(&["rm", "-f", &name]);
        let spec = json!({"image": "bb:1", "name": name, "network_mode": "none"});
        let answer = create(&client, "pull=never&start=false", &spec);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[test]
fn beginning_of_an_id_that_was_a_removed_name_is_not_asked_for() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("q");
    engine.docker(&["create", "--name", &name, "bb:1"]);
    let id = engine.inspect(&name)["Id"].as_str().unwrap().to_owned();
    let short = &id[..12];
    engine.docker(&["create", "--name", short, "bb:1"]);
    let found = client.get(&format!("/api/containers/{short}"));
    assert_eq!(found.status, 200, "{}", found.text());
    assert_ne!(found.json()["id"], id.as_str(), "a name comes first");
    // By its own id: the name would be the other one's here.
    let own = found.json()["id"].as_str().unwrap().to_owned();
    engine.docker(&["rm", "-f", &own]);
    crate::support::wait::until("it is known", crate::support::wait::SOON, || {
        (client.get(&format!("/api/containers/{own}")).status == 404).then_some(())
    });
    let answer = client.delete(&format!("/api/containers/{short}"));
    assert_eq!(answer.problem(), "container_not_found", "{}", answer.text());
}

#[test]
fn devices_that_the_engine_ignores_are_told_after_creation() {
    if !is_podman() {
        return;
    }
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    dev(&client);
    let name = engine.name("q");
    let spec = json!({
        "image": "bb:1", "name": name, "network_mode": "none",
        "device_requests": [{"driver": "nvidia", "count": -1, "capabilities": [["gpu"]]}],
    });
    let answer = create(&client, "pull=never&start=false", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let warnings = answer.json()["result"]["warnings"].to_string();
    assert!(warnings.contains("ignored"), "{}", answer.text());
}
