//! What is noted of a container (environment, description, notes, tags) belongs
//! to that container and to what replaces it, never to a name alone.

use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

#[track_caller]
fn known(client: &Client, name: &str) -> Value {
    until("the container is known", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200).then(|| answer.json())
    })
}

#[track_caller]
fn with_id(client: &Client, name: &str, id: &str) -> Value {
    until("the new container is known", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200 && answer.json()["id"] == id).then(|| answer.json())
    })
}

#[track_caller]
fn annotate(client: &Client, name: &str, environment: &str) {
    let answer = client.json(
        "PUT",
        &format!("/api/containers/{name}"),
        &json!({"environment": environment, "notes": "mine", "tags": ["kept"]}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[track_caller]
fn succeeded(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["state"], "succeeded", "{}", answer.text());
}

/// Creates a container with the given words before and after the image; gives its id.
fn create(engine: &Engine, name: &str, before: &[&str], after: &[&str]) -> String {
    let mut words = vec!["create", "--network", "none", "--name", name];
    words.extend(before);
    words.push("bb:1");
    words.extend(after);
    engine.docker(&words)
}

#[track_caller]
fn inherits(client: &Client, name: &str, id: &str, expected: bool) {
    let found = with_id(client, name, id);
    assert_eq!(found["environment"] == "PRD", expected, "{found}");
    assert_eq!(found["notes"] == "mine", expected, "{found}");
    assert_eq!(found["tags"] == json!(["kept"]), expected, "{found}");
}

#[test]
fn delete_forgets_the_annotations_and_says_so() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    create(engine, &name, &[], &[]);
    known(&client, &name);
    annotate(&client, &name, "SANDBOX");
    let plan = client
        .delete(&format!("/api/containers/{name}?dry_run=true"))
        .json();
    assert!(
        plan["offers"].to_string().contains("keep_annotations"),
        "{plan}"
    );
    assert!(plan["steps"].to_string().contains("SANDBOX"), "{plan}");
    succeeded(&client.delete(&format!("/api/containers/{name}")));
    let id = create(engine, &name, &[], &[]);
    let found = with_id(&client, &name, &id);
    assert_ne!(found["environment"], "SANDBOX", "{found}");
    assert_eq!(found["notes"], "", "{found}");
    // In bulk as well.
    annotate(&client, &name, "SANDBOX");
    succeeded(&client.post(
        "/api/containers/bulk",
        &json!({"action": "delete", "containers": [name]}),
    ));
    let id = create(engine, &name, &[], &[]);
    assert_ne!(with_id(&client, &name, &id)["environment"], "SANDBOX");
    engine.docker(&["rm", &name]);
}

#[test]
fn annotations_that_a_delete_kept_are_named_by_the_creation_that_takes_them_over() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    create(engine, &name, &[], &[]);
    known(&client, &name);
    annotate(&client, &name, "SANDBOX");
    let plan = client
        .delete(&format!(
            "/api/containers/{name}?keep_annotations=true&dry_run=true"
        ))
        .json();
    assert!(plan["keeps"].to_string().contains("SANDBOX"), "{plan}");
    succeeded(&client.delete(&format!("/api/containers/{name}?keep_annotations=true")));
    let spec = json!({"name": name, "image": "bb:1", "network_mode": "none"});
    let plan = client
        .post("/api/containers?dry_run=true&start=false", &spec)
        .json();
    assert!(plan["warnings"].to_string().contains("SANDBOX"), "{plan}");
    succeeded(&client.post("/api/containers?start=false", &spec));
    let found = known(&client, &name);
    assert_eq!(found["environment"], "SANDBOX", "{found}");
    assert_eq!(found["notes"], "mine", "{found}");
    succeeded(&client.delete(&format!("/api/containers/{name}")));
    let plan = client
        .post("/api/containers?dry_run=true&start=false", &spec)
        .json();
    assert!(!plan["warnings"].to_string().contains("SANDBOX"), "{plan}");
}

#[test]
fn an_unrelated_container_under_a_freed_name_inherits_nothing() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    create(engine, &name, &[], &["sleep", "1000"]);
    known(&client, &name);
    annotate(&client, &name, "PRD");
    engine.docker(&["rm", &name]);
    let id = create(engine, &name, &[], &["cat"]);
    inherits(&client, &name, &id, false);
    // The same while nobody looked.
    annotate(&client, &name, "PRD");
    app.stop();
    engine.docker(&["rm", &name]);
    let id = create(engine, &name, &[], &["sleep", "1000"]);
    app.up();
    inherits(&client, &name, &id, false);
    engine.docker(&["rm", &name]);
}

#[test]
fn a_replacement_by_others_keeps_the_annotations() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    create(engine, &name, &[], &["sleep", "1000"]);
    known(&client, &name);
    annotate(&client, &name, "PRD");
    // Removed and created again with the same settings, as Watchtower does.
    engine.docker(&["rm", &name]);
    let id = create(engine, &name, &[], &["sleep", "1000"]);
    inherits(&client, &name, &id, true);
    // Renamed, created again, the old one removed.
    let aside = format!("{name}-old");
    engine.docker(&["rename", &name, &aside]);
    let id = create(engine, &name, &[], &["sleep", "1000"]);
    inherits(&client, &name, &id, true);
    engine.docker(&["rm", &aside]);
    inherits(&client, &name, &id, true);
    // While DockerMate is down.
    app.stop();
    engine.docker(&["rm", &name]);
    let id = create(engine, &name, &[], &["sleep", "1000"]);
    app.up();
    inherits(&client, &name, &id, true);
    // Renamed for good: they go with the container.
    let other = format!("{name}-b");
    engine.docker(&["rename", &name, &other]);
    inherits(&client, &other, &id, true);
    let id = create(engine, &name, &[], &["cat"]);
    inherits(&client, &name, &id, false);
    engine.docker(&["rm", &name, &other]);
}

#[test]
fn a_service_of_compose_keeps_the_annotations_whatever_is_changed_in_it() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    let labels = [
        "--label",
        "com.docker.compose.project=p",
        "--label",
        "com.docker.compose.service=web",
    ];
    create(engine, &name, &labels, &["sleep", "1000"]);
    known(&client, &name);
    annotate(&client, &name, "PRD");
    // As `docker compose up` does: the new one beside the old one, then the name.
    let beside = format!("0123456789ab_{name}");
    let id = create(engine, &beside, &labels, &["cat"]);
    engine.docker(&["rm", &name]);
    engine.docker(&["rename", &beside, &name]);
    inherits(&client, &name, &id, true);
    // Also after `docker compose down`.
    engine.docker(&["rm", &name]);
    let id = create(engine, &name, &labels, &["sleep", "5"]);
    inherits(&client, &name, &id, true);
    // Another service of that name is another container.
    engine.docker(&["rm", &name]);
    let id = create(
        engine,
        &name,
        &[
            "--label",
            "com.docker.compose.project=q",
            "--label",
            "com.docker.compose.service=web",
        ],
        &["sleep", "5"],
    );
    inherits(&client, &name, &id, false);
    engine.docker(&["rm", &name]);
}

#[test]
fn command_of_a_container_is_in_no_file_of_the_data_folder() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let secret = format!("hunter2-{}", number());
    let name = format!("t{}", number());
    let line = format!("exec sleep 1000 # {secret}");
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &name,
        "bb:1",
        "sh",
        "-c",
        &line,
    ]);
    known(&client, &name);
    annotate(&client, &name, "DEV");
    let copy = app.data_dir().join("copy.mdb");
    let made = app.command(&["backup", copy.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    for file in [app.data_dir().join("db/data.mdb"), copy] {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{}", file.display());
    }
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn deleting_what_is_left_of_a_replacement_keeps_the_annotations_of_the_container() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    annotate(&client, &name, "PRD");
    let left = format!("{name}.old-12345678");
    engine.docker(&["create", "--network", "none", "--name", &left, "bb:1"]);
    known(&client, &left);
    let path = format!("/api/containers/{left}?confirm={left}");
    let plan = client.delete(&format!("{path}&dry_run=true")).json();
    assert!(!plan.to_string().contains("annotations"), "{plan}");
    assert_eq!(client.delete(&path).status, 200);
    let view = client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(view["environment"], "PRD", "{view}");
    let refused = client.send("POST", &format!("/api/containers/{name}/kill"), &[], b"");
    assert_eq!(refused.status, 428, "{}", refused.text());
    engine.docker(&["rm", "-f", &name]);
}
