//! Images: the list with who uses them, one in full, tagging, removing, pruning,
//! saving and loading; what an image proposes for a container, and pulling one.

mod archives;
mod list;
mod parents;
mod prune;
mod removal;

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::Client;
use crate::support::engine::{Engine, number, root};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// A name for an image that no other test has.
fn fresh() -> String {
    format!("image{}:1", number())
}

/// An image that shares no layer with another; gives its tag.
fn own_image(engine: &Engine) -> String {
    let tag = fresh();
    remake(engine, &tag);
    tag
}

/// The tag names another image from now on.
fn remake(engine: &Engine, tag: &str) {
    let file = root().join(format!("layer-{}", number()));
    std::fs::write(&file, file.to_str().unwrap()).unwrap();
    engine.bare_image(tag, &[(&file, "/layer")]);
}

/// The image that a tag names, once the program knows it.
fn known(client: &Client, tag: &str) -> Value {
    until(&format!("the image {tag} is known"), SOON, || {
        let answer = client.get(&path(tag, ""));
        (answer.status == 200).then(|| answer.json())
    })
}

/// Waits until the list says this of an image.
fn listed(client: &Client, id: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    until(what, SOON, || {
        let list = client.get("/api/images").json();
        let items = list["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["id"] == id)?;
        fits(found).then(|| found.clone())
    })
}

fn is_listed(client: &Client, id: &str) -> bool {
    let list = client.get("/api/images").json();
    let items = list["items"].as_array().unwrap();
    items.iter().any(|item| item["id"] == id)
}

fn path(reference: &str, rest: &str) -> String {
    format!("/api/images/{}{rest}", reference.replace('/', "%2F"))
}

/// Whether the engine itself has it.
fn exists(engine: &Engine, reference: &str) -> bool {
    engine
        .try_docker(&["image", "inspect", reference])
        .is_some()
}

#[test]
fn proposals_come_from_the_image_and_name_free_ports() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tag = format!("offers{}:1", number());
    engine.import(
        &tag,
        &[
            "EXPOSE 80",
            "EXPOSE 5353/udp",
            "VOLUME /data",
            "ENV MODE=calm",
        ],
    );
    let found = client
        .get(&format!("/api/images/proposals?image={tag}"))
        .json();
    assert_eq!(found["is_here"], true);
    assert_eq!(found["volumes"], json!(["/data"]));
    assert_eq!(
        found["variables"],
        json!([{ "name": "MODE", "value": "calm" }])
    );
    let ports = found["ports"].as_array().unwrap();
    assert_eq!(ports.len(), 2);
    assert_eq!(
        (&ports[0]["container_port"], &ports[0]["protocol"]),
        (&json!(80), &json!("tcp"))
    );
    // A port that something listens on is not proposed.
    let proposed = ports[0]["host_port"].as_u64().unwrap();
    assert!(proposed >= 8080, "{proposed}");
    let port = u16::try_from(proposed).unwrap();
    let listener = std::net::TcpListener::bind(("0.0.0.0", port)).unwrap();
    let again = client
        .get(&format!("/api/images/proposals?image={tag}"))
        .json();
    assert_ne!(again["ports"][0]["host_port"], json!(port));
    drop(listener);
    engine.docker(&["rmi", &tag]);
    let gone = client
        .get(&format!("/api/images/proposals?image={tag}"))
        .json();
    assert_eq!(
        gone,
        json!({ "is_here": false, "ports": [], "more_ports": 0, "volumes": [], "variables": [] })
    );
}

#[test]
fn pull_is_planned_and_its_failure_is_told() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let path = "/api/images/pull?image=127.0.0.1:1/nothing:1";
    let plan = client.post(&format!("{path}&dry_run=true"), &json!({}));
    assert_eq!(plan.status, 200, "{}", plan.text());
    assert!(
        plan.json()["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .ends_with("pull 127.0.0.1:1/nothing:1")
    );
    let failed = client.post(path, &json!({}));
    let operation = failed.json();
    assert_ne!(operation["state"], "succeeded", "{}", failed.text());
    for path in ["/api/images/proposals", "/api/images/proposals?image=A%20b"] {
        let refused = client.get(path);
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert_eq!(refused.json()["field"], "image");
    }
}

#[test]
fn proposals_need_the_engine() {
    let (_app, client) = App::ready(NO_ENGINE);
    assert_eq!(client.get("/api/images/proposals?image=bb:1").status, 503);
}
