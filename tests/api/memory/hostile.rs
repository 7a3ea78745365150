//! A small memory, and registries and containers that are made to fill it.

use super::{Contained, up};
use crate::support::app::{PASSWORD, free_port};
use crate::support::client::Client;
use crate::support::engine::{Engine, Name, root};
use crate::support::simulated_registry::{Published, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

fn logged_in(client: Client) -> Client {
    let body = json!({"password": PASSWORD});
    assert_eq!(client.post("/api/setup", &body).status, 201);
    let login = client.post("/api/auth/login", &body);
    client.with(login.json()["session_token"].as_str().unwrap())
}

/// A container of an image that its registry has changed since.
fn container<'a>(engine: &'a Engine, registry: &SimulatedRegistry, repository: &str) -> Name<'a> {
    registry.publish(repository, "1", &Published::new(repository));
    let image = registry.reference(&format!("{repository}:1"));
    engine.docker(&["pull", "-q", &image]);
    let name = engine.name("m");
    engine.docker(&["create", "--network", "none", "--name", &name, &image]);
    name
}

#[test]
fn answers_of_a_registry_that_stand_for_a_hundred_times_their_bytes_do_not_fill_the_memory() {
    let engine = Engine::start();
    let registry = SimulatedRegistry::start();
    let fitting = "{},".repeat(340_000);
    let larger = "{},".repeat(1_300_000);
    let mut names = Vec::new();
    for (at, entries) in [&fitting, &fitting, &fitting, &larger, &larger]
        .into_iter()
        .enumerate()
    {
        let repository = format!("list{at}");
        names.push(container(&engine, &registry, &repository));
        let key = if at % 2 == 0 { "manifests" } else { "layers" };
        let body = format!("{{\"schemaVersion\":2,\"{key}\":[{entries}{{}}]}}");
        registry.publish_bytes(&repository, "1", body);
    }
    let reviewed = container(&engine, &registry, "labels");
    let labels: Map<String, Value> = (0..150_000)
        .map(|n| (format!("{n:x}"), "".into()))
        .collect();
    let changed = Published {
        config: json!({"Labels": labels, "Env": vec![""; 4000]}),
        ..Published::new("changed")
    };
    registry.publish("labels", "1", &changed);
    let port = free_port();
    let data = tempfile::tempdir_in(root()).unwrap();
    let path = data.path().display().to_string();
    let contained = Contained::start_following(&engine, "hostile-registry", "64m", &path, port);
    let client = logged_in(up(port));
    for _ in 0..3 {
        let check = client.try_json("POST", "/api/updates/check", &json!({}));
        contained.is_alive();
        let status = check.unwrap().status;
        // The one that runs by itself may be under way.
        assert!(matches!(status, 200 | 409), "{status}");
        let review = format!("/api/updates/review/{}", &*reviewed);
        let review = client.try_get(&review);
        contained.is_alive();
        let review = review.unwrap();
        assert_eq!(review.status, 200, "{}", review.text());
    }
    let list = client.get("/api/updates").json();
    let refused = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["reason"] == "invalid_answer");
    assert_eq!(refused.count(), names.len(), "{list}");
    drop((names, reviewed));
    engine.docker(&["rm", "-f", "hostile-registry"]);
}

#[test]
fn container_with_megabytes_of_labels_that_starts_again_and_again_fills_no_memory() {
    let engine = Engine::start();
    let labels: Map<String, Value> = (0..40)
        .map(|n| (format!("label{n}"), "x".repeat(100_000).into()))
        .collect();
    let made = engine.ask(
        "POST",
        "/containers/create?name=labelled",
        &json!({"Image": "bb:1", "Cmd": ["false"], "Labels": labels,
            "HostConfig": {"NetworkMode": "none", "RestartPolicy": {"Name": "always"}}}),
    );
    let id = made["Id"].as_str().unwrap();
    engine.docker(&["start", id]);
    let port = free_port();
    let data = tempfile::tempdir_in(root()).unwrap();
    let path = data.path().display().to_string();
    let contained = Contained::start_following(&engine, "labels-memory", "64m", &path, port);
    let client = logged_in(up(port));
    let lists = |name: &str| {
        let found = client.try_get(&format!("/api/containers/{name}"));
        found.filter(|answer| answer.status == 200)
    };
    until("the container is listed", SOON, || lists("labelled"));
    let mut slowest = Duration::ZERO;
    for n in 0..5 {
        let name = format!("other{n}");
        engine.docker(&["create", "--network", "none", "--name", &name, "bb:1"]);
        let began = Instant::now();
        until("a new container is listed", SOON, || lists(&name));
        slowest = slowest.max(began.elapsed());
        std::thread::sleep(Duration::from_secs(1));
        contained.is_alive();
    }
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    let labelled = client.get("/api/containers/labelled").json();
    assert!(
        labelled.to_string().contains("\"labels_left_out\":40"),
        "{labelled}"
    );
    engine.docker(&["rm", "-f", "labels-memory", "labelled"]);
}
