//! Tagging and removing: what is used stays, by name and with the way out.

use super::{exists, fresh, is_listed, known, listed, own_image, path};
use crate::api::recreate;
use crate::support::app::App;
use crate::support::engine::{Engine, kind};
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
