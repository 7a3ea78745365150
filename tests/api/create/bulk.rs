//! One act on many: a result for each, those that depend in the right order,
//! and production asks.

use super::{exists, ready};
use crate::api::recreate::known;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, Name};
use serde_json::{Value, json};

fn run<'a>(engine: &'a Engine, client: &Client, arguments: &[&str]) -> Name<'a> {
    let name = engine.name("b");
    let mut all = vec!["run", "-d", "--name", &name];
    all.extend(arguments);
    all.push("bb:1");
    engine.docker(&all);
    known(client, engine, &name);
    name
}

fn bulk(client: &Client, query: &str, body: &Value) -> Answer {
    client.post(&format!("/api/containers/bulk{query}"), body)
}

fn state(engine: &Engine, name: &str) -> String {
    engine.docker(&["inspect", "-f", "{{.State.Status}}", name])
}

#[test]
fn bulk_action_has_a_result_for_each_and_runs_owners_in_order() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let owner = run(engine, &client, &[]);
    let inside = run(
        engine,
        &client,
        &["--network", &format!("container:{owner}")],
    );
    let third = run(engine, &client, &[]);
    let all = json!([inside, owner, third, owner]);
    let results = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["results"].as_array().unwrap().clone()
    };
    let at = |results: &[Value], name: &str| {
        results
            .iter()
            .position(|result| result["target"] == name)
            .unwrap()
    };
    let plan = bulk(
        &client,
        "?dry_run=true",
        &json!({"action": "stop", "containers": all}),
    )
    .json();
    assert_eq!(plan["title"], "Stop 3 containers");
    assert_eq!(state(engine, &owner), "running");
    let stopped = results(&bulk(
        &client,
        "",
        &json!({"action": "stop", "containers": all}),
    ));
    assert_eq!(stopped.len(), 3, "twice the same is one");
    assert!(at(&stopped, &inside) < at(&stopped, &owner), "{stopped:?}");
    for name in [&owner, &inside, &third] {
        assert_eq!(state(engine, name), "exited");
    }
    let started = results(&bulk(
        &client,
        "",
        &json!({"action": "start", "containers": all}),
    ));
    assert!(at(&started, &owner) < at(&started, &inside), "{started:?}");
    assert_eq!(state(engine, &inside), "running");
    // One of them cannot be paused.
    engine.docker(&["stop", &third]);
    known(&client, engine, &third);
    crate::support::wait::until("its end is known", crate::support::wait::SOON, || {
        (client.get(&format!("/api/containers/{third}")).json()["state"] == "exited").then_some(())
    });
    let answer = bulk(
        &client,
        "",
        &json!({"action": "pause", "containers": [owner, third]}),
    );
    let partly = results(&answer);
    assert_eq!(answer.json()["state"], "succeeded");
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains(third.as_str()),
        "{}",
        answer.text()
    );
    assert_eq!(
        (
            partly[at(&partly, &owner)]["state"].as_str(),
            partly[at(&partly, &third)]["state"].as_str()
        ),
        (Some("succeeded"), Some("failed"))
    );
    assert!(partly[at(&partly, &third)]["error"].is_string());
    let none = bulk(
        &client,
        "",
        &json!({"action": "pause", "containers": [third]}),
    );
    assert_eq!(none.problem(), "bulk_failed");
    assert_eq!(
        client.get("/api/operations?limit=1").json()["items"][0]["results"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    bulk(
        &client,
        "",
        &json!({"action": "unpause", "containers": [owner]}),
    );
    assert_eq!(state(engine, &owner), "running");
}

#[test]
fn invalid_bulk_requests_change_nothing() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = run(engine, &client, &[]);
    for (body, status, field) in [
        (
            json!({"action": "stop", "containers": []}),
            400,
            "containers",
        ),
        (
            json!({"action": "fly", "containers": [name]}),
            400,
            "action",
        ),
        (
            json!({"action": "tag", "containers": [name]}),
            400,
            "action",
        ),
        (
            json!({"action": "stop", "containers": [name], "add_tags": ["x"]}),
            400,
            "action",
        ),
        (
            json!({"action": "stop", "containers": [name], "timeout": 9999}),
            400,
            "timeout",
        ),
        (
            json!({"action": "stop", "containers": [name], "force": true}),
            400,
            "force",
        ),
        (
            json!({"action": "stop", "containers": [name, "nobody"]}),
            404,
            "",
        ),
        (
            json!({"action": "tag", "containers": [name], "environment": "MOON"}),
            400,
            "environment",
        ),
    ] {
        let answer = bulk(&client, "", &body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(
            answer.json()["field"].as_str().unwrap_or(""),
            field,
            "{body}"
        );
    }
    assert_eq!(state(engine, &name), "running");
}

#[test]
fn bulk_tags_are_added_and_production_needs_confirmation() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let (one, two) = (
        run(engine, &client, &[]),
        run(engine, &client, &["-v", "/data"]),
    );
    let answer = bulk(
        &client,
        "",
        &json!({"action": "tag", "containers": [one, two], "environment": "PRD", "add_tags": ["a", "b"]}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    bulk(
        &client,
        "",
        &json!({"action": "tag", "containers": [two], "remove_tags": ["a"]}),
    );
    let view = |name: &str| client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(
        (view(&one)["environment"].as_str(), &view(&one)["tags"]),
        (Some("PRD"), &json!(["a", "b"]))
    );
    assert_eq!(view(&two)["tags"], json!(["b"]));
    let both =
        json!({"action": "delete", "containers": [one, two], "force": true, "volumes": true});
    for wrong in ["", "?confirm=yes", "?confirm=delete", "?confirm=delete%203"] {
        let refused = bulk(&client, wrong, &both);
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (428, "confirmation_required"),
            "{wrong}"
        );
        assert_eq!(refused.json()["confirm"], "delete 2");
    }
    assert!(exists(engine, &one) && exists(engine, &two));
    // Running ones are left out unless forced.
    let tame = json!({"action": "delete", "containers": [one, two]});
    let refused = bulk(&client, "?confirm=delete%202", &tame);
    assert_eq!(refused.problem(), "bulk_failed", "{}", refused.text());
    let answer = bulk(&client, "?confirm=delete%202", &both);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!exists(engine, &one) && !exists(engine, &two));
    let backups = client.get(&format!("/api/backups?container={one}")).json();
    assert_eq!(backups["items"][0]["reason"], "delete", "{backups}");
}
