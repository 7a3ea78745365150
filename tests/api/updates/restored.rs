//! A configuration that an update has saved is restored also where containers of other
//! environments are.

use super::apply::{SERVE, has_state, run, update, version};
use crate::api::recreate::known;
use crate::support::app::App;
use crate::support::engine::Engine;
use crate::support::simulated_registry::SimulatedRegistry;
use serde_json::{Value, json};

#[test]
fn what_had_no_environment_is_restored_without_on_a_mixed_host() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let (_app, client) = App::ready(&engine.host());
    let mixed = json!({"host_environment": "MIXED"});
    assert_eq!(client.json("PATCH", "/api/settings", &mixed).status, 200);
    let home = json!({"code": "HOME", "confirmation": "none"});
    assert_eq!(client.post("/api/environments", &home).status, 201);
    for environment in [None, Some("HOME")] {
        let repository = format!("mixed{}", environment.unwrap_or("-none").to_lowercase());
        registry.publish(&repository, "1", &version("one", SERVE));
        let name = run(engine, &registry.reference(&format!("{repository}:1")), &[]);
        known(&client, engine, &name);
        let path = format!("/api/containers/{}", *name);
        if environment.is_some() {
            let tagged = client.json("PUT", &path, &json!({ "environment": environment }));
            assert_eq!(tagged.status, 200, "{}", tagged.text());
        }
        has_state(&client, &name, "up_to_date");
        registry.publish(&repository, "1", &version("two", SERVE));
        let updated = update(&client, &name, &json!({"stable_seconds": 0}));
        assert_eq!(updated.status, 200, "{}", updated.text());
        engine.docker(&["rm", "-f", &name]);
        if let Some(code) = environment {
            let gone = client.delete(&format!("/api/environments/{code}"));
            assert!(matches!(gone.status, 200 | 204), "{}", gone.text());
        }
        let backups = client.get(&format!("/api/backups?container={}", *name));
        let id = backups.json()["items"][0]["id"].clone();
        let id = id.as_str().unwrap();
        let restored = client.send("POST", &format!("/api/backups/{id}/restore"), &[], b"");
        assert_eq!(restored.status, 200, "{}", restored.text());
        known(&client, engine, &name);
        assert_eq!(client.get(&path).json()["environment"], Value::Null);
    }
}
