//! A service of a Compose project that was updated, and taken back, is still that
//! service: the next `docker compose up` finds nothing to do.

use super::apply::{SERVE, history, image_of, update, version};
use crate::api::recreate::{known, succeeded};
use crate::support::app::App;
use crate::support::compose::Project;
use crate::support::engine::Engine;
use crate::support::simulated_registry::SimulatedRegistry;
use serde_json::json;

#[test]
fn compose_up_leaves_an_updated_and_a_rolled_back_service_alone() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let text = format!(
        "services:\n  web:\n    image: {}\n    network_mode: none\n    environment: {{MODE: production}}\n    volumes: [\"data:/data\"]\n    stop_grace_period: 1s\nvolumes: {{data: {{}}}}\n",
        registry.reference("app:1")
    );
    let name = engine.name("cu");
    let project = Project::new(engine, &name, &text);
    project.run(&["up", "-d"]);
    let web = format!("{name}-web-1");
    let (_app, client) = App::ready(&engine.host());
    let id = || engine.inspect(&web)["Id"].as_str().unwrap().to_owned();
    let first = image_of(engine, &web);

    registry.publish("app", "1", &version("two", SERVE));
    known(&client, engine, &web);
    succeeded(&update(&client, &web, &json!({})));
    let updated = id();
    assert_ne!(image_of(engine, &web), first);
    let said = project.run(&["up", "-d"]);
    assert_eq!(id(), updated, "{said}");

    // A version that does not work leaves nothing that Compose would bring back.
    registry.publish("app", "1", &version("three", "exit 1"));
    let answer = update(&client, &web, &json!({}));
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    let said = project.run(&["up", "-d"]);
    assert_eq!(id(), updated, "{said}");

    let all = history(&client, &web);
    let entry = all.iter().find(|entry| entry["outcome"] == "succeeded");
    let path = format!(
        "/api/updates/rollback/{}",
        entry.unwrap()["id"].as_str().unwrap()
    );
    known(&client, engine, &web);
    succeeded(&client.post(&path, &json!({})));
    assert_eq!(image_of(engine, &web), first);
    let taken_back = id();
    let said = project.run(&["up", "-d"]);
    assert_eq!(id(), taken_back, "{said}");
}
