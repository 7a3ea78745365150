//! Prune: exactly what the preview has shown, never what something needs.

use super::{exists, fresh, is_listed, known, listed, own_image, remake};
use crate::api::recreate;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, TICK, is_podman, kind};
use crate::support::registry::{Registry, slow_road};
use serde_json::{Value, json};
use std::process::Stdio;

fn preview(client: &Client, unused: bool) -> Value {
    let answer = client.get(&format!("/api/images/prune?unused={unused}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn ids(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn prune_removes_what_its_preview_shows_and_frees_what_it_says() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let (used, free, child) = (own_image(&engine), own_image(&engine), fresh());
    let id = |tag: &str| known(&client, tag)["id"].as_str().unwrap().to_owned();
    let (used_id, free_id, base_id) = (id(&used), id(&free), id("bb:1"));
    // The layer of bb:1 under another configuration: removing one of both frees nothing.
    engine.import(&child, &[TICK, "ENV CHILD=1"]);
    let child_id = id(&child);
    let name = engine.name("u");
    for (name, image) in [(&*name, &used), (&format!("{name}-b"), &"bb:1".to_owned())] {
        engine.docker(&["create", "--network", "none", "--name", name, image]);
        recreate::known(&client, &engine, name);
    }
    assert!(
        ids(&preview(&client, false)["images"]).is_empty(),
        "nothing is dangling"
    );
    let shown = preview(&client, true);
    let gone = ids(&shown["images"]);
    assert!(
        gone.contains(&&*free_id) && gone.contains(&&*child_id),
        "{shown}"
    );
    assert!(
        !gone.contains(&&*used_id) && !gone.contains(&&*base_id),
        "{shown}"
    );
    let size = known(&client, &free)["size_bytes"].as_u64().unwrap();
    let frees = shown["frees_bytes"].as_u64().unwrap();
    if kind().starts_with("containerd") {
        // Beside its layers the packed form is stored, which is estimated.
        assert!(frees > size / 3 && frees < size * 2, "{frees} of {size}");
    } else {
        // That of the child's own layer, a few bytes, some builders count too.
        assert!(frees.abs_diff(size) < 1000, "{frees} of {size}: {shown}");
        assert_eq!(shown["is_exact"], true, "{shown}");
    }
    let body = json!({"unused": true, "images": [free_id]});
    let plan = client.post("/api/images/prune?dry_run=true", &body).json();
    assert_eq!(plan["title"], "Prune 1 image", "{plan}");
    assert!(
        plan["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .contains(&free),
        "{plan}"
    );
    let done = client.post("/api/images/prune", &body);
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(
        !exists(&engine, &free) && exists(&engine, &child),
        "only what was shown"
    );
    assert!(!is_listed(&client, &free_id));
    let rest = client.post("/api/images/prune", &json!({"unused": true}));
    assert_eq!(rest.status, 200, "{}", rest.text());
    assert!(!exists(&engine, &child) && exists(&engine, &used) && exists(&engine, "bb:1"));
    let nothing = client.post("/api/images/prune", &json!({"unused": true}));
    assert_eq!(
        (nothing.status, nothing.problem().as_str()),
        (409, "nothing_to_prune")
    );
}

#[test]
fn dangling_image_is_pruned_and_tagged_ones_stay() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(&engine);
    let old = known(&client, &tag)["id"].as_str().unwrap().to_owned();
    // The tag moves to another image; what it named stays while a container uses it.
    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, &tag]);
    recreate::known(&client, &engine, &name);
    remake(&engine, &tag);
    let row = listed(&client, &old, "its tag has moved", |row| {
        row["is_dangling"] == true
    });
    assert_eq!(row["used_by"][0]["name"], name.as_str());
    assert!(
        ids(&preview(&client, false)["images"]).is_empty(),
        "it is used"
    );
    engine.docker(&["rm", &name]);
    listed(&client, &old, "it is used no longer", |row| {
        row["used_by"] == json!([])
    });
    assert_eq!(ids(&preview(&client, false)["images"]), [&*old]);
    let done = client.post("/api/images/prune", &json!({}));
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(!exists(&engine, &old) && exists(&engine, &tag));
}

#[test]
fn image_of_a_saved_configuration_is_kept_and_said() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(&engine);
    let id = known(&client, &tag)["id"].as_str().unwrap().to_owned();
    let name = engine.name("u");
    let label = "dockermate.environment=PRD";
    engine.docker(&[
        "create",
        "--network",
        "none",
        "--name",
        &name,
        "--label",
        label,
        &tag,
    ]);
    recreate::known(&client, &engine, &name);
    let gone = client.delete(&format!("/api/containers/{name}?confirm={name}"));
    assert_eq!(gone.status, 200, "{}", gone.text());
    listed(&client, &id, "it is used no longer", |row| {
        row["used_by"] == json!([])
    });
    let shown = preview(&client, true);
    assert!(!ids(&shown["images"]).contains(&&*id), "{shown}");
    let kept = shown["kept"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == *id)
        .unwrap();
    assert!(kept["reason"].as_str().unwrap().contains(&*name), "{kept}");
    assert_eq!(known(&client, &tag)["saved_for"], json!([&*name]));
    let _ = client.post("/api/images/prune", &json!({"unused": true}));
    assert!(exists(&engine, &tag));
    // By its own name it goes, once somebody has read what that means.
    let plan = client.delete(&super::path(&id, "?dry_run=true")).json();
    assert!(plan["warnings"].to_string().contains(&*name), "{plan}");
    assert_eq!(client.delete(&super::path(&id, "")).status, 200);
    assert!(!exists(&engine, &tag));
}

#[test]
fn nothing_is_pruned_while_a_container_is_being_created() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let registry = Registry::start();
    let reference = registry.reference("slow:1");
    remake(&engine, &reference);
    engine.docker(&["push", "-q", &reference]);
    engine.docker(&["rmi", &reference]);
    let slow = format!("localhost:{}/slow:1", slow_road(registry.port));
    let name = engine.name("p");
    let spec = json!({"image": slow, "name": name, "network_mode": "none", "environment": "DEV"});
    let path = "/api/containers?acknowledge=limit";
    let headers = [
        ("Prefer", "respond-async"),
        ("Content-Type", "application/json"),
    ];
    let begun = client.send("POST", path, &headers, spec.to_string().as_bytes());
    assert_eq!(begun.status, 202, "{}", begun.text());
    for url in ["/api/images/prune", "/api/images/prune?dry_run=true"] {
        let refused = client.post(url, &json!({"unused": true}));
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (409, "operation_running")
        );
        assert!(refused.json()["detail"].as_str().unwrap().contains(&*name));
    }
    let operation = begun.json()["operation"].as_str().unwrap().to_owned();
    assert_eq!(
        client
            .delete(&format!("/api/operations/{operation}"))
            .status,
        200
    );
}

#[test]
fn build_cache_is_shown_and_pruned_where_the_engine_has_one() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let cache = || client.get("/api/build-cache").json();
    if is_podman() {
        assert_eq!(
            (&cache()["is_available"], &cache()["items"]),
            (&json!(false), &json!([]))
        );
        let refused = client.post("/api/build-cache/prune", &json!({"all": true}));
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (409, "engine_lacks")
        );
        return;
    }
    assert_eq!(cache()["is_available"], true);
    if kind() == "docker" {
        // The client of the others needs a plugin for this builder.
        let mut build = engine.client();
        build.env("DOCKER_BUILDKIT", "1").args([
            "build",
            "-q",
            "--network",
            "none",
            "-t",
            "cached:1",
            "-",
        ]);
        let mut child = build
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let file = "FROM bb:1\nRUN seq 1 100000 > /numbers\n";
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), file.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        assert!(cache()["size_bytes"].as_u64().unwrap() > 0, "{}", cache());
    }
    let plan = client
        .post("/api/build-cache/prune?dry_run=true", &json!({"all": true}))
        .json();
    assert!(
        plan["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .contains("builder prune")
    );
    let done = client.post("/api/build-cache/prune", &json!({"all": true}));
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(cache()["reclaimable_bytes"], 0, "{}", cache());
}
