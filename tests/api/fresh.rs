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
