//! Images that others were built on, with the classic builder: one that something
//! needs outlives what was built on it, and one that nothing needs goes with it.

use super::{exists, fresh, is_listed, known, listed, path};
use crate::api::recreate;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, TICK, kind};
use serde_json::{Value, json};

/// A parent with a file of its own and a child of it, both known by their tags; gives the
/// tags and ids.
fn family(engine: &Engine, client: &Client) -> [(String, String); 2] {
    let (parent, child) = (fresh(), fresh());
    let file = "COPY --from=0 /bin/busybox /own";
    engine.build(&parent, &["FROM bb:1", file, TICK]);
    engine.build(&child, &[&format!("FROM {parent}"), "LABEL child=1"]);
    [parent, child].map(|tag| {
        let id = known(client, &tag)["id"].as_str().unwrap().to_owned();
        (tag, id)
    })
}

/// The parent loses its name to another image.
fn untag(engine: &Engine, client: &Client, tag: &str) {
    engine.docker(&["tag", "bb:1", tag]);
    let now = engine.docker(&["image", "inspect", "-f", "{{.Id}}", "bb:1"]);
    listed(client, &now, "the tag has moved", |row| {
        row["tags"].to_string().contains(tag)
    });
}

fn shown(preview: &Value, id: &str) -> bool {
    let images = preview["images"].as_array().unwrap();
    images.iter().any(|image| image["id"] == id)
}

#[test]
fn image_of_a_saved_configuration_outlives_what_was_built_on_it() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    for whole in [false, true] {
        let [(parent, parent_id), (child, child_id)] = family(&engine, &client);
        let name = engine.name("u");
        let line = ["create", "--network", "none", "--name", &name];
        let label = ["--label", "dockermate.environment=PRD", &parent];
        engine.docker(&[&line[..], &label[..]].concat());
        recreate::known(&client, &engine, &name);
        let gone = client.delete(&format!("/api/containers/{name}?confirm={name}"));
        assert_eq!(gone.status, 200, "{}", gone.text());
        untag(&engine, &client, &parent);
        let preview = client.get("/api/images/prune?unused=true").json();
        assert!(shown(&preview, &child_id), "{preview}");
        assert!(!shown(&preview, &parent_id), "{preview}");
        let done = if whole {
            client.delete(&path(&child, ""))
        } else {
            let body = json!({"unused": true, "images": [child_id]});
            client.post("/api/images/prune", &body)
        };
        assert_eq!(done.status, 200, "{}", done.text());
        assert!(!exists(&engine, &child), "{}", done.text());
        assert!(exists(&engine, &parent_id), "{}", done.text());
        let all = client.get(&format!("/api/backups?container={name}")).json();
        let backup = all["items"][0]["id"].as_str().unwrap().to_owned();
        let restore = format!("/api/backups/{backup}/restore");
        let restored = client.post(&restore, &json!({}));
        assert_eq!(restored.status, 200, "{}", restored.text());
        assert_eq!(engine.inspect(&name)["Image"], parent_id.as_str());
        engine.docker(&["rm", "-f", &name]);
        // Nothing may refer to it in the next round.
        assert_eq!(client.delete(&format!("/api/backups/{backup}")).status, 204);
        let _ = engine.try_docker(&["rmi", &parent_id]);
    }
}

#[test]
fn unneeded_parent_without_a_name_is_pruned_with_what_was_built_on_it() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let [(parent, parent_id), (child, child_id)] = family(&engine, &client);
    let size = |image: &str| known(&client, image)["size_bytes"].as_u64().unwrap();
    let own = size(&parent) - size("bb:1");
    untag(&engine, &client, &parent);
    let preview = client.get("/api/images/prune?unused=true").json();
    assert!(shown(&preview, &child_id), "{preview}");
    let frees = |body: &Value| {
        let plan = client.post("/api/images/prune?dry_run=true", body).json();
        plan["steps"].as_array().unwrap().last().unwrap().clone()
    };
    let alone = json!({"unused": true, "images": [child_id]});
    if !kind().starts_with("containerd") {
        // This image store does not tell what an image was built on.
        let alone_frees = frees(&alone).to_string();
        assert!(
            !alone_frees.contains("MB"),
            "the layers stay with the parent: {alone_frees}"
        );
        assert!(shown(&preview, &parent_id), "{preview}");
        assert!(preview["frees_bytes"].as_u64().unwrap() >= own, "{preview}");
        // With each step that the builder has left of it.
        let base = known(&client, "bb:1")["id"].clone();
        let shown = preview["images"].as_array().unwrap().iter();
        let family: Vec<&Value> = shown
            .map(|image| &image["id"])
            .filter(|id| **id != base)
            .collect();
        let all = json!({"unused": true, "images": family});
        assert!(frees(&all).to_string().contains("MB"), "{}", frees(&all));
    }
    let done = client.post("/api/images/prune", &json!({"unused": true}));
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(!exists(&engine, &child), "{}", done.text());
    if exists(&engine, &parent_id) {
        // It is an image of its own from then on.
        assert!(is_listed(&client, &parent_id), "{}", done.text());
        let again = client.post("/api/images/prune", &json!({}));
        assert_eq!(again.status, 200, "{}", again.text());
    }
    assert!(!exists(&engine, &parent_id), "{}", done.text());
}
