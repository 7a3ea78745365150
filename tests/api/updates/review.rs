//! What an update would bring, before anything is pulled.

use super::{check, container, settled};
use crate::support::app::App;
use crate::support::engine::{Engine, number};
use crate::support::simulated_registry::{Mood, Published, SimulatedRegistry};
use serde_json::{Value, json};

fn version(text: &str, config: Value, created: &'static str) -> Published {
    Published {
        config,
        created,
        ..Published::new(text)
    }
}

#[test]
fn review_compares_dates_labels_layers_and_configurations() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let salt = number();
    let old = json!({"Cmd": ["/run"], "Env": ["PATH=/bin", "MODE=calm"], "ExposedPorts": {"80/tcp": {}},
        "Labels": {"org.opencontainers.image.version": "1.0"}});
    let new = json!({"Cmd": ["/run", "--fast"], "Env": ["PATH=/bin", "MODE=fast", "EXTRA=1"],
        "ExposedPorts": {"80/tcp": {}, "443/tcp": {}}, "User": "1000", "Volumes": {"/data": {}},
        "Labels": {"org.opencontainers.image.version": "1.1", "org.opencontainers.image.revision": "abc",
            "org.opencontainers.image.source": "https://github.com/owner/app"}});
    let first = version(&format!("one {salt}"), old, "2026-01-02T03:04:05Z");
    registry.publish_index("app", "stable", &first, "");
    let reference = registry.reference("app:stable");
    let name = container(engine, &reference);
    let (_app, client) = App::ready(&engine.host());
    settled(&client, &[&name]);
    let path = format!("/api/updates/review/{}", &*name);
    let same = client.get(&path).json();
    assert_eq!(same["is_same"], true, "{same}");
    assert_eq!(same["changes"], json!([]), "{same}");
    assert_eq!(
        (&same["layers"], &same["reused_layers"]),
        (&json!(2), &json!(2)),
        "{same}"
    );

    let second = version(&format!("two {salt}"), new.clone(), "2026-02-03T04:05:06Z");
    let (index, _) = registry.publish_index("app", "stable", &second, "");
    check(&client, &format!("?container={}", &*name));
    let answer = client.get(&path);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let review = answer.json();
    assert_eq!(review["is_same"], false);
    assert_eq!(review["new"]["digest"], index.as_str());
    assert_eq!(review["new"]["version"], "1.1");
    assert_eq!(review["new"]["revision"], "abc");
    assert_eq!(review["current"]["version"], "1.0");
    assert_eq!(
        review["releases_url"],
        "https://github.com/owner/app/releases"
    );
    assert!(review["new"]["created_at"].as_str() > review["current"]["created_at"].as_str());
    assert_eq!(
        (&review["layers"], &review["reused_layers"]),
        (&json!(2), &json!(1)),
        "{review}"
    );
    assert!(
        review["download_bytes"].as_u64() > Some(0) && review["reused_bytes"].as_u64() > Some(0)
    );
    let changes: Vec<String> = review["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!("{} {} {}", change["field"], change["kind"], change["name"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        changes,
        [
            "env added EXTRA",
            "env changed MODE",
            "cmd changed ",
            "ports added 443/tcp",
            "volumes added /data",
            "user added ",
        ]
    );
    // Another tag of the repository, and one that it does not have.
    registry.publish(
        "app",
        "next",
        &version(&format!("three {salt}"), new, "2026-03-04T05:06:07Z"),
    );
    let next = client.get(&format!("{path}?tag=next")).json();
    assert_eq!(
        next["new"]["reference"],
        registry.reference("app:next").as_str()
    );
    let missing = client.get(&format!("{path}?tag=none"));
    assert_eq!(
        (missing.status, missing.problem().as_str()),
        (409, "image_not_found"),
        "{}",
        missing.text()
    );
    let wrong = client.get(&format!("{path}?tag=a%2Fb"));
    assert_eq!(
        (wrong.status, &wrong.json()["field"]),
        (400, &json!("tag")),
        "{}",
        wrong.text()
    );
    registry.set_mood("app", Mood::Html);
    let lying = client.get(&path);
    assert_eq!(
        (lying.status, lying.problem().as_str()),
        (502, "registry_invalid_answer"),
        "{}",
        lying.text()
    );
    // Nothing of it was pulled.
    let images = engine.docker(&[
        "images",
        "--no-trunc",
        "--quiet",
        registry.reference("app").as_str(),
    ]);
    assert_eq!(images.lines().count(), 1, "{images}");
}
