//! Making containers, and what can be said and done about them afterwards.

mod bulk;
mod change;
mod pulled;
mod refused;
mod saved_image;
mod saved_partners;
mod whole;

use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::Engine;
use serde_json::{Value, json};

/// A host where every container is DEV unless it says otherwise.
fn ready(engine: &Engine) -> (App, Client) {
    // Containers of other tests are ignored.
    let app = App::start_with(&engine.host(), &["--profile", "enterprise"]);
    let client = app.set_up();
    dev(&client);
    (app, client)
}

pub fn dev(client: &Client) {
    let answer = client.json(
        "PATCH",
        "/api/settings",
        &json!({"host_environment": "DEV"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

pub fn create(client: &Client, query: &str, spec: &Value) -> Answer {
    client.post(&format!("/api/containers?{query}"), spec)
}

pub fn exists(engine: &Engine, name: &str) -> bool {
    engine.try_docker(&["container", "inspect", name]).is_some()
}
