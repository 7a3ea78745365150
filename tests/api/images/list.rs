//! The list of images and one in full: from memory, live, filtered and sorted.

use super::{fresh, known, listed, own_image, path};
use crate::api::recreate;
use crate::support::app::{App, NO_ENGINE};
use crate::support::engine::Engine;
use serde_json::{Value, json};

fn names(value: &Value) -> Vec<&str> {
    let list = value.as_array().unwrap().iter();
    list.map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn list_tells_of_each_image_what_it_is_and_who_uses_it() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(engine);
    let image = known(&client, &tag);
    let id = image["id"].as_str().unwrap();
    let row = listed(&client, id, "it is listed", |_| true);
    assert!(row["tags"][0].as_str().unwrap().ends_with(&tag), "{row}");
    assert!(row["size_bytes"].as_u64().unwrap() > 100_000, "{row}");
    assert!(row["created_at"].is_string(), "{row}");
    let platform = row["platform"].as_str().unwrap();
    assert!(platform.starts_with("linux/"), "{row}");
    assert_eq!(row["is_dangling"], false);
    assert_eq!(row["used_by"], json!([]));

    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, &tag]);
    recreate::known(&client, engine, &name);
    let row = listed(&client, id, "it is used", |row| row["used_by"] != json!([]));
    assert_eq!(names(&row["used_by"]), [name.as_str()]);
    assert_eq!(row["used_by"][0]["running"], false);
    engine.docker(&["start", &name]);
    listed(&client, id, "its user runs", |row| {
        row["used_by"][0]["running"] == true
    });

    let text = tag.split(':').next().unwrap();
    let found = |query: &str| {
        let answer = client.get(&format!("/api/images?q={text}{query}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["items"].as_array().unwrap().len()
    };
    assert_eq!((found(""), found("&use=used")), (1, 1));
    assert_eq!((found("&use=unused"), found("&use=dangling")), (0, 0));
    let sizes: Vec<u64> = client.get("/api/images?sort=-size").json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["size_bytes"].as_u64().unwrap())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    for (query, field) in [("use=some", "use"), ("sort=weight", "sort")] {
        let refused = client.get(&format!("/api/images?{query}"));
        assert_eq!(
            (refused.status, &refused.json()["field"]),
            (400, &json!(field))
        );
    }
}

#[test]
fn stream_tells_who_uses_an_image_whenever_that_changes() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(engine);
    let id = known(&client, &tag)["id"].clone();
    let mut events = client.events("/api/events", None);
    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, &tag]);
    let of_image = |users: usize| {
        let id = id.clone();
        move |event: &crate::support::client::Event| {
            event.kind == "image"
                && event.data["id"] == id
                && event.data["used_by"].as_array().unwrap().len() == users
        }
    };
    let told = events.find("the image is used", of_image(1));
    assert_eq!(told.data["used_by"][0]["name"], name.as_str());
    engine.docker(&["rm", "-f", &name]);
    events.find("the image is used no longer", of_image(0));
}

#[test]
fn one_image_is_told_in_full_by_id_tag_and_beginning_of_the_id() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tag = fresh();
    engine.import(
        &tag,
        &[
            "EXPOSE 80",
            "VOLUME /data",
            "ENV MODE=calm",
            "ENV DB_PASSWORD=hunter2",
            "USER 1000",
            "WORKDIR /srv",
            r#"CMD ["sleep","9"]"#,
            "LABEL org.example=yes",
        ],
    );
    let image = known(&client, &tag);
    let id = image["id"].as_str().unwrap();
    let config = &image["config"];
    assert_eq!(config["ports"], json!(["80/tcp"]));
    assert_eq!(config["volumes"], json!(["/data"]));
    assert_eq!(config["command"], json!(["sleep", "9"]));
    assert_eq!(
        (&config["user"], &config["working_dir"]),
        (&json!("1000"), &json!("/srv"))
    );
    let variables = config["variables"].as_array().unwrap();
    let secret = |name: &str| {
        let found = variables.iter().find(|one| one["name"] == name);
        found.unwrap_or_else(|| panic!("{variables:?}"))["secret"].clone()
    };
    assert_eq!(
        (secret("MODE"), secret("DB_PASSWORD")),
        (json!(false), json!(true))
    );
    assert_eq!(image["labels"]["org.example"], "yes");
    let history = image["history"].as_array().unwrap();
    assert!(
        history
            .iter()
            .any(|step| step["size_bytes"].as_u64() > Some(100_000)),
        "{history:?}"
    );
    // Its one layer is that of bb:1, which comes of the same archive.
    let shared = image["shared_bytes"].as_u64().unwrap();
    assert!(shared > 100_000, "{shared}");
    assert_eq!(image["inspect"]["Id"], id);
    let digits = id.trim_start_matches("sha256:");
    for reference in [id, digits, &digits[..20]] {
        assert_eq!(
            client.get(&path(reference, "")).json()["id"],
            id,
            "{reference}"
        );
    }
    let missing = client.get(&path("nobody:1", ""));
    assert_eq!(
        (missing.status, missing.problem().as_str()),
        (404, "image_not_found")
    );

    let sharing = client.get("/api/images/sharing").json();
    let found = sharing["images"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == id);
    assert_eq!(found.unwrap()["shared_bytes"], shared);
    assert!(sharing["layers_bytes"].as_u64().unwrap() >= shared);
    for action in ["inspect", "history", "save", "remove"] {
        let commands = client.get(&path(&tag, &format!("/commands?action={action}")));
        assert_eq!(commands.status, 200, "{action}: {}", commands.text());
        assert!(
            commands.json()["simple"]["text"]
                .as_str()
                .unwrap()
                .contains(&tag)
        );
    }
    engine.docker(&["rmi", &tag]);
}

#[test]
fn images_need_the_engine() {
    let (_app, client) = App::ready(NO_ENGINE);
    for path in [
        "/api/images",
        "/api/images/sharing",
        "/api/images/prune",
        "/api/build-cache",
    ] {
        assert_eq!(client.get(path).status, 503, "{path}");
    }
}
