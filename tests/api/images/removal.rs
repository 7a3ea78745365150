//! Tagging and removing: what is used stays, by name and with the way out.

use super::{exists, fresh, is_listed, known, listed, own_image, path, remake};
use crate::api::recreate;
use crate::support::app::App;
use crate::support::engine::{Engine, is_podman, kind};
use crate::support::proxy::{FAULT, Proxy};
use serde_json::json;

#[test]
fn used_image_is_not_removed_and_its_users_are_named() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(engine);
    let id = known(&client, &tag)["id"].as_str().unwrap().to_owned();
    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, &tag]);
    recreate::known(&client, engine, &name);
    for url in [
        path(&id, ""),
        path(&id, "?dry_run=true"),
        path(&id, &format!("?tag={tag}")),
    ] {
        let refused = client.delete(&url);
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (409, "image_in_use")
        );
        let said = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            said.contains(&*name) && said.contains("delete it"),
            "{said}"
        );
    }
    assert!(exists(engine, &tag));
    engine.docker(&["rm", &name]);
    listed(&client, &id, "it is used no longer", |row| {
        row["used_by"] == json!([])
    });
    let plan = client.delete(&path(&id, "?dry_run=true")).json();
    assert!(plan["title"].as_str().unwrap().contains(&tag), "{plan}");
    if kind().starts_with("docker") {
        // The others name a digest of their own, whether a registry has it or not.
        let warning = plan["warnings"][0].as_str().unwrap();
        assert!(warning.contains("No registry"), "{plan}");
    }
    let done = client.delete(&path(&id, ""));
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(done.json()["kind"], "image.remove");
    assert!(!exists(engine, &tag));
    assert!(!is_listed(&client, &id), "memory shows it at once");
}

#[test]
fn image_gets_another_tag_and_loses_one_of_several() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let (tag, other) = (own_image(engine), fresh());
    let id = known(&client, &tag)["id"].as_str().unwrap().to_owned();
    let tagged = client.post(&path(&tag, "/tag"), &json!({"tag": other}));
    assert_eq!(tagged.status, 200, "{}", tagged.text());
    let row = listed(&client, &id, "it has both", |row| {
        row["tags"].as_array().unwrap().len() == 2
    });
    assert!(row["tags"].to_string().contains(&other), "{row}");
    let again = client.post(&path(&tag, "/tag?dry_run=true"), &json!({"tag": other}));
    assert!(
        again.json()["steps"][0]
            .as_str()
            .unwrap()
            .contains("already")
    );
    for bad in ["", "a b", "Upper:1", "x@sha256:00"] {
        let refused = client.post(&path(&tag, "/tag"), &json!({"tag": bad}));
        assert_eq!(
            (refused.status, &refused.json()["field"]),
            (400, &json!("tag")),
            "{bad}"
        );
    }
    // A container of it does not keep a name that is not the last.
    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, &tag]);
    recreate::known(&client, engine, &name);
    let untagged = client.delete(&path(&id, &format!("?tag={other}")));
    assert_eq!(untagged.status, 200, "{}", untagged.text());
    assert!(exists(engine, &tag) && !exists(engine, &other));
    let unknown = client.delete(&path(&id, "?tag=nobody:1"));
    assert_eq!(
        (unknown.status, &unknown.json()["field"]),
        (400, &json!("tag"))
    );
    engine.docker(&["rm", &name]);
    engine.docker(&["rmi", &tag]);
}

#[test]
fn tag_of_a_production_container_moves_only_when_it_is_typed() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let (tag, newer) = (own_image(engine), own_image(engine));
    let name = engine.name("u");
    engine.docker(&[
        "create",
        "--network",
        "none",
        "--name",
        &name,
        "--label",
        "dockermate.environment=PRD",
        &tag,
    ]);
    recreate::known(&client, engine, &name);
    let newer_id = known(&client, &newer)["id"].clone();
    let body = json!({"tag": tag});
    let plan = client
        .post(&path(&newer, "/tag?dry_run=true"), &body)
        .json();
    assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
    assert_eq!(plan["needs"]["confirm"], tag.as_str());
    assert!(plan["warnings"].to_string().contains(&*name), "{plan}");
    let refused = client.post(&path(&newer, "/tag"), &body);
    assert_eq!(refused.status, 428, "{}", refused.text());
    let moved = client.post(&path(&newer, &format!("/tag?confirm={tag}")), &body);
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(known(&client, &tag)["id"], newer_id);
    // The container keeps its image, whatever that is called now.
    assert_eq!(engine.inspect(&name)["State"]["Status"], "created");
    engine.docker(&["start", &name]);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn several_images_are_removed_and_used_ones_left_out() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tags = [own_image(engine), own_image(engine), own_image(engine)];
    let ids = tags.each_ref().map(|tag| known(&client, tag)["id"].clone());
    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, &tags[2]]);
    recreate::known(&client, engine, &name);
    let body = json!({"action": "remove", "images": ids});
    let plan = client.post("/api/images/bulk?dry_run=true", &body).json();
    assert_eq!(plan["title"], "Remove 2 images");
    assert!(plan["warnings"].to_string().contains(&*name), "{plan}");
    let done = client.post("/api/images/bulk", &body);
    assert_eq!(done.status, 200, "{}", done.text());
    let results = done.json()["results"].clone();
    assert_eq!(results.as_array().unwrap().len(), 2, "{results}");
    assert!(!exists(engine, &tags[0]) && !exists(engine, &tags[1]) && exists(engine, &tags[2]));
    let used = json!({"action": "remove", "images": [ids[2]]});
    let refused = client.post("/api/images/bulk", &used);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (409, "image_in_use")
    );
    let none = client.post(
        "/api/images/bulk",
        &json!({"action": "remove", "images": []}),
    );
    assert_eq!(
        (none.status, &none.json()["field"]),
        (400, &json!("images"))
    );
    engine.docker(&["rm", &name]);
}

#[test]
fn image_whose_tag_a_production_container_was_created_from_goes_only_when_it_is_typed() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(&engine);
    let name = engine.name("u");
    let label = "dockermate.environment=PRD";
    let line = ["create", "--network", "none", "--name", &name, "--label"];
    engine.docker(&[&line[..], &[label, &tag]].concat());
    recreate::known(&client, &engine, &name);
    remake(&engine, &tag);
    let id = engine.docker(&["image", "inspect", "-f", "{{.Id}}", &tag]);
    listed(&client, &id, "the tag has moved", |row| {
        row["tags"].to_string().contains(&tag)
    });
    let plan = client.delete(&path(&id, "?dry_run=true")).json();
    assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
    let confirm = plan["needs"]["confirm"].as_str().unwrap().to_owned();
    assert!(plan["warnings"].to_string().contains(&*name), "{plan}");
    assert_eq!(client.delete(&path(&id, "")).status, 428);
    // Together with others it stays, and it is said why.
    let shown = client.get("/api/images/prune?unused=true").json();
    let kept = shown["kept"].as_array().unwrap();
    let why = kept.iter().find(|one| one["id"] == *id).unwrap();
    assert!(why["reason"].as_str().unwrap().contains(&*name), "{why}");
    let body = json!({"action": "remove", "images": [id]});
    let refused = client.post("/api/images/bulk", &body);
    assert_eq!(refused.status, 409, "{}", refused.text());
    let said = refused.json()["detail"].to_string();
    assert!(said.contains(&*name), "{said}");
    assert!(exists(&engine, &tag));
    let done = client.delete(&path(&id, &format!("?confirm={confirm}")));
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(!exists(&engine, &tag));
}

#[test]
fn removal_that_is_refused_half_way_says_which_names_are_gone() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let (one, two) = (own_image(engine), fresh());
    engine.docker(&["tag", &one, &two]);
    let id = known(&client, &two)["id"].as_str().unwrap().to_owned();
    let row = listed(&client, &id, "it has both", |row| {
        row["tags"].as_array().unwrap().len() == 2
    });
    let tags: Vec<&str> = row["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag.as_str().unwrap())
        .collect();
    let last = tags[1].rsplit('/').next().unwrap_or_default();
    let last = last.trim_end_matches(":1").to_owned();
    proxy.filter(move |line| (line.starts_with("DELETE") && line.contains(&last)).then_some(FAULT));
    let refused = client.delete(&path(&id, ""));
    assert!(refused.status >= 400, "{}", refused.text());
    let said = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(said.contains(tags[0]), "{said}");
    proxy.end_filter();
    engine.docker(&["rmi", tags[1]]);
}

/// On Docker these are two names; on Podman the short one means the other.
#[test]
fn name_with_localhost_in_front_is_another_name_on_docker() {
    if is_podman() {
        return;
    }
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let short = own_image(engine);
    let long = format!("localhost/{short}");
    engine.docker(&["tag", &short, &long]);
    let id = known(&client, &long)["id"].as_str().unwrap().to_owned();
    listed(&client, &id, "it has both", |row| {
        row["tags"].as_array().unwrap().len() == 2
    });
    let done = client.delete(&path(&short, &format!("?tag={short}")));
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(exists(engine, &long) && !exists(engine, &short));
    for query in ["", "?dry_run=true"] {
        let gone = client.delete(&path(&short, query));
        assert_eq!(gone.status, 404, "{}", gone.text());
    }
    let other = client.delete(&path(&id, &format!("?tag={short}")));
    assert_eq!((other.status, &other.json()["field"]), (400, &json!("tag")));
    assert!(exists(engine, &long));
    let plan = client.post(&path(&long, "/tag?dry_run=true"), &json!({"tag": short}));
    let steps = plan.json()["steps"].to_string();
    assert!(!steps.contains("already"), "{steps}");
    engine.docker(&["rmi", &long]);
}
