//! A saved configuration names its image twice: by its reference, and by what that was then.

use super::ready;
use crate::api::recreate::known;
use crate::support::engine::{Engine, number};
use serde_json::{Value, json};

fn saved_and_deleted(
    engine: &Engine,
    client: &crate::support::client::Client,
    name: &str,
    image: &str,
) -> String {
    engine.docker(&["run", "-d", "--name", name, image, "sleep", "1000"]);
    known(client, engine, name);
    let path = format!("/api/containers/{name}");
    let tagged = client.json("PUT", &path, &json!({"environment": "PRD"}));
    assert_eq!(tagged.status, 200, "{}", tagged.text());
    let deleted = client.delete(&format!("{path}?force=true&confirm={name}"));
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    let all = client.get(&format!("/api/backups?container={name}")).json();
    all["items"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn restore_takes_the_image_that_was_saved_and_says_when_its_name_leads_to_another() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let (name, image) = (engine.name("g"), format!("saved{}:1", number()));
    let id_of = |image: &str| engine.docker(&["image", "inspect", "-f", "{{.Id}}", image]);
    engine.build(&image, &["FROM bb:1", "LABEL version=1"]);
    let first = id_of(&image);
    let backup = saved_and_deleted(engine, &client, &name, &image);
    let restore = |dry: &str| {
        client.send(
            "POST",
            &format!("/api/backups/{backup}/restore{dry}"),
            &[],
            b"",
        )
    };
    let warnings = || -> Value { restore("?dry_run=true").json()["warnings"].clone() };
    assert!(!warnings().to_string().contains(&image), "{}", warnings());

    engine.docker(&["tag", &image, &format!("{image}-kept")]);
    engine.build(&image, &["FROM bb:1", "LABEL version=2"]);
    let second = id_of(&image);
    assert_ne!(first, second);
    assert!(warnings().to_string().contains(&first), "{}", warnings());
    let restored = restore("");
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(engine.inspect(&name)["Image"], first.as_str());

    // Once that is gone, what the name leads to is all there is.
    engine.docker(&["rm", "-f", &name]);
    engine.docker(&["rmi", "-f", &first]);
    let said = warnings().to_string();
    assert!(
        said.contains("names another image now") && said.contains("no longer exists"),
        "{said}"
    );
    let restored = restore("");
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(engine.inspect(&name)["Image"], second.as_str());
}
