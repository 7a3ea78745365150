//! Volumes of another container: those that were given stay, whoever has its name now.

use super::{again, known, recreate, succeeded};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::Engine;
use serde_json::json;

fn volume(engine: &Engine, name: &str) -> String {
    let mounts = engine.inspect(name)["Mounts"].clone();
    mounts[0]["Name"].as_str().unwrap().to_owned()
}

fn plan(client: &Client, name: &str) -> serde_json::Value {
    let path = format!("/api/containers/{name}/recreate?dry_run=true");
    let answer = client.post(&path, &json!({"pull": "never"}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn recreate_keeps_the_volumes_of_a_container_that_was_renamed_and_whose_name_another_has() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let own = engine.name("t");
    let (user, moved) = (format!("{own}-user"), format!("{own}-moved"));
    engine.docker(&["run", "-d", "--name", &own, "-v", "/data", "bb:1"]);
    engine.docker(&["run", "-d", "--name", &user, "--volumes-from", &own, "bb:1"]);
    known(&client, engine, &own);
    known(&client, engine, &user);
    let data = volume(engine, &own);

    let body = json!({"name": moved});
    let path = format!("/api/containers/{own}");
    let rename = client
        .json("PUT", &format!("{path}?dry_run=true"), &body)
        .json();
    assert!(rename["warnings"].to_string().contains(&user), "{rename}");
    assert_eq!(client.json("PUT", &path, &body).status, 200);

    // Nobody has the name.
    let said = plan(&client, &user)["warnings"].to_string();
    assert!(said.contains("by their own names"), "{said}");
    succeeded(&again(&client, &user));
    assert_eq!(volume(engine, &user), data);
    engine.docker(&["rm", "-f", &user]);

    // Another one has it.
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &user,
        "--volumes-from",
        &moved,
        "bb:1",
    ]);
    engine.docker(&["rename", &moved, &format!("{moved}-on")]);
    engine.docker(&["run", "-d", "--name", &moved, "-v", "/data", "bb:1"]);
    known(&client, engine, &user);
    known(&client, engine, &moved);
    let said = plan(&client, &user)["warnings"].to_string();
    assert!(said.contains("by their own names"), "{said}");
    succeeded(&again(&client, &user));
    assert_eq!(volume(engine, &user), data);
    for name in [user.clone(), moved.clone(), format!("{moved}-on")] {
        engine.docker(&["rm", "-f", "-v", &name]);
    }
}

/// It is recreated with the container that has the name now.
#[test]
fn recreate_of_another_container_of_the_name_leaves_the_volumes_of_a_dependent_alone() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let own = engine.name("t");
    let (user, moved) = (format!("{own}-user"), format!("{own}-moved"));
    engine.docker(&["run", "-d", "--name", &own, "-v", "/data", "bb:1"]);
    engine.docker(&[
        "run",
        "-d",
        "--rm",
        "--name",
        &user,
        "--volumes-from",
        &own,
        "bb:1",
    ]);
    let data = volume(engine, &user);
    engine.docker(&["rename", &own, &moved]);
    engine.docker(&["run", "-d", "--name", &own, "-v", "/data", "bb:1"]);
    known(&client, engine, &own);
    known(&client, engine, &user);
    succeeded(&again(&client, &own));
    assert_eq!(volume(engine, &user), data);
    // One that the engine removed while it stopped is built again as it was.
    let failing =
        json!({"changes": {"command": ["/nowhere"]}, "pull": "never", "stable_seconds": 0});
    let failed = recreate(&client, &own, &failing);
    assert_ne!(failed.status, 200, "{}", failed.text());
    assert_eq!(volume(engine, &user), data);
    for name in [&*own, &user, &moved] {
        engine.docker(&["rm", "-f", "-v", name]);
    }
}
