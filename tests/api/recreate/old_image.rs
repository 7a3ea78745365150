//! The image that a rollback needs: it is not removed while the operation is open, and
//! another one never takes its place unsaid.

use super::known;
use super::restored::{over, watched};
use super::rollback::state;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, TICK, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

/// Runs one that the engine removes when it stops, of an image with a child; both tags
/// and the image's id. The tag names another image from then on.
fn running(engine: &Engine, client: &Client, name: &str) -> [String; 3] {
    let (tag, child) = (format!("old{}:1", number()), format!("old{}:1", number()));
    engine.build(&tag, &["LABEL old=1", TICK]);
    engine.build(&child, &[&format!("FROM {tag}"), "LABEL child=1"]);
    let id = engine.docker(&["image", "inspect", "-f", "{{.Id}}", &tag]);
    engine.docker(&[
        "run",
        "-d",
        "--rm",
        "--stop-timeout",
        "0",
        "--name",
        name,
        "-v",
        "/data",
        &tag,
    ]);
    engine.docker(&["tag", "bb:1", &tag]);
    known(client, engine, name);
    [tag, child, id]
}

#[test]
fn image_that_an_open_operation_needs_outlives_what_was_built_on_it() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("o");
    let [tag, child, id] = running(engine, &client, &name);
    let changes = json!({"image": "bb:1", "command": ["sh", "-c", "sleep 8; exit 3"]});
    watched(&client, engine, &name, 40, &changes);
    until("the image is known", SOON, || {
        (client.get(&format!("/api/images/{child}")).status == 200).then_some(())
    });
    let removed = client.delete(&format!("/api/images/{child}"));
    assert_eq!(removed.status, 200, "{}", removed.text());
    let ended = over_recreate(&client);
    assert_eq!(ended["state"], "rolled_back", "{ended}");
    assert_eq!(engine.inspect(&name)["Image"], id.as_str(), "{ended}");
    // Its tag names another image, and nobody but this message says that no update comes.
    let message = ended["message"].as_str().unwrap();
    assert!(
        message.contains(&format!("because {tag} does not name")),
        "{ended}"
    );
    assert_eq!(state(engine, &name), "running", "{ended}");
    engine.docker(&["rm", "-f", &name]);
}

/// The recreation's end; the newest operation may be another one.
fn over_recreate(client: &Client) -> serde_json::Value {
    until("it is over", std::time::Duration::from_mins(2), || {
        let list = client.get("/api/operations?limit=5").json();
        let items = list["items"].as_array()?.clone();
        let found = items
            .into_iter()
            .find(|one| one["kind"] == "container.recreate")?;
        (!found["finished_at"].is_null()).then_some(found)
    })
}

#[test]
fn container_whose_image_is_gone_is_restored_from_another_one_only_stopped_and_said() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("o");
    let inside = format!("{name}-inside");
    let [tag, child, id] = running(engine, &client, &name);
    let line = ["run", "-d", "--stop-timeout", "0", "--network"];
    let rest = ["--name", &inside, "bb:1"];
    engine.docker(&[&line[..], &[&format!("container:{name}")], &rest[..]].concat());
    known(&client, engine, &inside);
    let changes = json!({"image": "bb:1", "command": ["sh", "-c", "sleep 8; exit 3"]});
    watched(&client, engine, &name, 40, &changes);
    engine.docker(&["rmi", "-f", &child]);
    let _ = engine.try_docker(&["rmi", "-f", &id]);
    assert!(engine.try_docker(&["image", "inspect", &id]).is_none());
    let ended = over(&client);
    assert_eq!(ended["state"], "rolled_back", "{ended}");
    let message = ended["message"].as_str().unwrap();
    assert!(!message.contains("what it was before"), "{message}");
    assert!(
        message.contains(&id[7..19]) && message.contains(&tag) && message.contains("left stopped"),
        "{message}"
    );
    assert_eq!(state(engine, &name), "created", "{ended}");
    assert_ne!(engine.inspect(&name)["Image"], id.as_str(), "{ended}");
    assert_ne!(state(engine, &inside), "running", "{ended}");
    engine.docker(&["rm", "-f", &inside, &name]);
}
