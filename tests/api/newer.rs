//! An engine that refuses every API version that the program knows, as engines
//! will: it is used in the oldest version that it has.

use super::exec::known;
use crate::support::app::App;
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, Refusal};
use crate::support::wait::{SOON, until};
use serde_json::json;

#[test]
fn engine_that_needs_a_newer_api_is_used_with_a_warning() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let mut version = engine.ask("GET", "/version", &json!(null));
    let spoken = version["ApiVersion"].as_str().unwrap().to_owned();
    version["ApiVersion"] = json!("1.99");
    version["MinAPIVersion"] = json!("1.90");
    let body: &'static str = version.to_string().leak();
    proxy.filter(move |request| {
        (request == "GET /version").then_some(Refusal::Answer {
            status: 200,
            content_type: "application/json",
            body,
        })
    });
    proxy.translate("1.90", &spoken);
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let engine_status = until("the engine is up", SOON, || {
        let status = client.get("/api/system").json()["engine"].clone();
        (status["state"] == "up").then_some(status)
    });
    assert_eq!(engine_status["info"]["api_version"], "1.90");
    let warnings = engine_status["info"]["warnings"].to_string();
    assert!(warnings.contains("API 1.90 or newer"), "{warnings}");
    let path = format!("/api/containers/{name}/recreate");
    let answer = client.post(&path, &json!({"stable_seconds": 0}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    for asked in proxy.take_asked() {
        let path = asked.split(' ').nth(1).unwrap();
        let unversioned = ["/version", "/_ping"].contains(&path);
        assert!(path.starts_with("/v1.90/") || unversioned, "{asked}");
    }
    engine.docker(&["rm", "-f", &name]);
}
