//! Images that are fetched first: from registries that have them, do not have
//! them, want a password, are down, or are slow.

use super::{create, dev, exists, ready};
use crate::support::app::{App, free_port};
use crate::support::client::Client;
use crate::support::engine::{Engine, number, root};
use crate::support::proxy::{Proxy, Refusal};
use crate::support::registry::{Registry, slow_road};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

#[test]
fn images_are_found_in_registries_or_reported_missing() {
    let engine = Engine::shared();
    let (_app, client) = ready(engine);
    let registry = Registry::start();
    let reference = registry.reference("bb:1");
    engine.docker(&["tag", "bb:1", &reference]);
    engine.docker(&["push", "-q", &reference]);
    engine.docker(&["rmi", &reference]);
    let name = engine.name("p");
    let spec = |image: &str| json!({"image": image, "name": name, "network_mode": "none"});
    for (image, status, code) in [
        (registry.reference("bb:none"), 409, "image_not_found"),
        (registry.reference("none:1"), 409, "image_not_found"),
        (
            format!("localhost:{}/bb:1", free_port()),
            502,
            "registry_unavailable",
        ),
    ] {
        let answer = create(&client, "", &spec(&image));
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (status, code),
            "{}",
            answer.text()
        );
        assert!(
            answer.json()["detail"].as_str().unwrap().contains(&image),
            "{}",
            answer.text()
        );
        assert!(!exists(engine, &name));
    }
    let answer = create(&client, "", &spec(&reference));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let operation = answer.json();
    let steps: Vec<_> = operation["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["title"].as_str().unwrap())
        .collect();
    assert!(
        steps[0].contains("Pull") && steps[0].contains(&reference),
        "{steps:?}"
    );
    assert!(
        operation["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["state"] == "succeeded"),
        "{operation}"
    );
    assert_eq!(engine.inspect(&name)["State"]["Status"], "running");
    assert_eq!(engine.inspect(&name)["Id"], operation["result"]["id"]);
    // A newer image under the same tag, when it is asked for.
    engine.import(&reference, &[crate::support::engine::TICK, "ENV NEW=1"]);
    engine.docker(&["push", "-q", &reference]);
    engine.docker(&["tag", "bb:1", &reference]);
    let body = json!({"pull": "always", "stable_seconds": 0});
    let answer = crate::api::recreate::recreate(&client, &name, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        engine.inspect(&name)["Config"]["Env"]
            .to_string()
            .contains("NEW=1")
    );
}

#[test]
fn private_registry_needs_a_login() {
    let engine = Engine::shared();
    let (_app, client) = ready(engine);
    let registry = Registry::locked("user", "secret");
    let reference = registry.reference("bb:1");
    let config = root().join(format!("docker-{}", number()));
    let config = config.to_str().unwrap();
    let server = format!("localhost:{}", registry.port);
    engine.docker(&[
        "--config", config, "login", "-u", "user", "-p", "secret", &server,
    ]);
    engine.docker(&["tag", "bb:1", &reference]);
    engine.docker(&["--config", config, "push", "-q", &reference]);
    engine.docker(&["rmi", &reference]);
    let name = engine.name("p");
    let answer = create(
        &client,
        "",
        &json!({"image": reference, "name": name, "network_mode": "none"}),
    );
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (409, "image_denied"),
        "{}",
        answer.text()
    );
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("login"),
        "{}",
        answer.text()
    );
    assert!(!exists(engine, &name));

    // With the login of the command line it is given out.
    let mut app = App::start(&engine.host());
    app.kill();
    app.env
        .push(("DOCKER_CONFIG".to_owned(), config.to_owned()));
    app.up();
    let client = app.set_up();
    let answer = create(
        &client,
        "",
        &json!({"image": reference, "name": name, "environment": "DEV", "network_mode": "none"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(exists(engine, &name));
    assert!(
        !app.log().contains("secret"),
        "the password is in the log: {}",
        app.log()
    );
}

/// The reference of an image that takes long to pull and is not on the engine.
fn slow_image(engine: &Engine, registry: &Registry) -> String {
    let tag = format!("slow{}:1", number());
    // Of its own, so that no layer is there already.
    let copy = format!("COPY --from=bb:1 /bin/busybox /again{}", number());
    engine.build(&tag, &[&copy]);
    let pushed = registry.reference(&tag);
    engine.docker(&["tag", &tag, &pushed]);
    engine.docker(&["push", "-q", &pushed]);
    engine.docker(&["rmi", &pushed, &tag]);
    format!("localhost:{}/{tag}", slow_road(registry.port))
}

/// Asks for a container of it; gives the path of the operation.
fn begin(client: &Client, reference: &str, name: &str) -> String {
    let spec = json!({"image": reference, "name": name, "network_mode": "none"}).to_string();
    let accepted = client.send(
        "POST",
        "/api/containers",
        &[
            ("Content-Type", "application/json"),
            ("Prefer", "respond-async"),
        ],
        spec.as_bytes(),
    );
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let id = accepted.json()["operation"].as_str().unwrap().to_owned();
    format!("/api/operations/{id}")
}

/// Waits until a layer is being downloaded.
fn downloading(client: &Client, path: &str) -> Value {
    until("a layer is on its way", SOON, || {
        let operation = client.get(path).json();
        assert_eq!(operation["state"], "running", "{operation}");
        let progress = &operation["progress"];
        (progress["done"].as_u64() > Some(0)
            && progress["total"].as_u64() > progress["done"].as_u64())
        .then(|| operation.clone())
    })
}

fn over(client: &Client, path: &str) -> Value {
    until("it is over", SOON, || {
        let operation = client.get(path).json();
        (operation["state"] != "running").then_some(operation)
    })
}

#[test]
fn pull_whose_stream_broke_off_is_a_failure_with_the_reason() {
    let engine = Engine::shared();
    let registry = Registry::start();
    let reference = slow_image(engine, &registry);
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    dev(&client);
    let name = engine.name("p");
    // Without a line end, as some proxies leave it.
    for (body, reason) in [
        (
            "{\"status\":\"Pulling\"}\n{\"error\":\"a reason of its own\"}",
            "reason of its own",
        ),
        ("{\"status\":\"Pulling\"}\n", "o such image"),
    ] {
        proxy.filter(move |request| {
            request
                .starts_with("POST /images/create")
                .then_some(Refusal::Answer {
                    status: 200,
                    content_type: "application/json",
                    body,
                })
        });
        let operation = over(&client, &begin(&client, "localhost:1/none:1", &name));
        assert_eq!(operation["state"], "failed", "{operation}");
        assert!(operation.to_string().contains(reason), "{operation}");
    }
    proxy.end_filter();
    let path = begin(&client, &reference, &name);
    downloading(&client, &path);
    proxy.cut();
    let operation = over(&client, &path);
    assert_eq!(operation["state"], "failed", "{operation}");
    let told = operation.to_string();
    assert!(told.contains("The pull broke off"), "{told}");
    assert!(!exists(engine, &name));
}

#[test]
fn slow_pull_reports_progress_and_can_be_cancelled() {
    let engine = Engine::shared();
    let (_app, client) = ready(engine);
    let registry = Registry::start();
    let reference = slow_image(engine, &registry);
    let name = engine.name("p");
    let path = begin(&client, &reference, &name);
    let operation = downloading(&client, &path);
    assert_eq!(operation["progress"]["unit"], "bytes");
    let parts = operation["progress"]["parts"].as_array().unwrap();
    assert!(
        parts.iter().any(|part| part["status"] == "Downloading"),
        "{operation}"
    );
    assert_eq!(operation["cancellable"], true);
    let plan = client.delete(&format!("{path}?dry_run=true"));
    assert_eq!(plan.status, 200, "{}", plan.text());
    assert_eq!(
        client.get(&path).json()["state"],
        "running",
        "a plan does nothing"
    );
    assert_eq!(client.delete(&path).status, 200);
    let over = over(&client, &path);
    assert_eq!(
        (over["state"].as_str(), over["error"].as_str()),
        (Some("cancelled"), Some("cancelled")),
        "{over}"
    );
    assert!(!exists(engine, &name));
    assert!(
        engine
            .try_docker(&["image", "inspect", &reference])
            .is_none()
    );
    let again = client.delete(&path);
    assert_eq!(
        (again.status, again.problem().as_str()),
        (409, "operation_over")
    );
}
