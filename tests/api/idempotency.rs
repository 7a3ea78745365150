//! A change that is sent twice with one `Idempotency-Key` is made once, whatever
//! became of the first answer.

use super::create::{dev, exists};
use crate::support::app::{App, NO_ENGINE, at_signal};
use crate::support::client::{Answer, Client};
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::Write as _;

const REPLAYED: &str = "idempotency-replayed";
const ASYNC: (&str, &str) = ("Prefer", "respond-async");

fn ready(engine: &Engine) -> (App, Client) {
    let (app, client) = App::ready(&engine.host());
    dev(&client);
    (app, client)
}

#[track_caller]
fn create(client: &Client, key: &str, spec: &Value, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("Idempotency-Key", key)];
    headers.extend(more);
    let body = spec.to_string();
    client.send(
        "POST",
        "/api/containers?pull=never",
        &headers,
        body.as_bytes(),
    )
}

/// The operations that have created a container of this name, or tried to.
fn creations(client: &Client, name: &str) -> Vec<Value> {
    let mut list = client.get("/api/operations?limit=200").json();
    let mut items = list["items"].take().as_array().unwrap().clone();
    items.retain(|one| one["kind"] == "container.create" && one["target"] == *name);
    items
}

fn ended(client: &Client, id: &Value) -> Value {
    let path = format!("/api/operations/{}", id.as_str().unwrap());
    until("the operation ends", SOON, || {
        let operation = client.try_get(&path)?.json();
        operation["finished_at"].is_string().then_some(operation)
    })
}

#[test]
fn same_creation_with_one_key_makes_one_container_and_is_answered_the_same() {
    let engine = Engine::shared();
    let (_app, client) = ready(engine);
    let name = engine.name("key");
    let spec = json!({"image": "bb:1", "name": *name});
    let key = format!("first-{}", *name);
    let first = create(&client, &key, &spec, &[]);
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(first.header(REPLAYED), None);
    assert_eq!(first.json()["request_id"], *key);
    let id = engine.inspect(&name)["Id"].clone();
    for _ in 0..2 {
        let again = create(&client, &key, &spec, &[]);
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(again.header(REPLAYED), Some("true"));
        let media = again.header("content-type");
        assert_eq!(media, first.header("content-type"));
    }
    assert_eq!(engine.inspect(&name)["Id"], id);
    assert_eq!(creations(&client, &name).len(), 1);
    // Without the key, and with another one, it is another request.
    for answer in [
        client.post("/api/containers?pull=never", &spec),
        create(&client, "another-key", &spec, &[]),
    ] {
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.problem(), "name_taken");
    }
    // That it was refused is an answer as well.
    let refused = create(&client, "another-key", &spec, &[]);
    assert_eq!(refused.problem(), "name_taken");
    assert_eq!(refused.header(REPLAYED), Some("true"));
    // There is one user: a client that had to log in again is the same one.
    let body = json!({"password": crate::support::app::PASSWORD});
    let login = client.post("/api/auth/login", &body).json();
    let client = client.with(login["session_token"].as_str().unwrap());
    let later = create(&client, &key, &spec, &[]);
    assert_eq!((later.status, &later.body), (200, &first.body));
    assert_eq!(later.header(REPLAYED), Some("true"));
    assert_eq!(creations(&client, &name).len(), 1);
}

#[test]
fn key_of_another_request_and_malformed_key_are_refused() {
    let (_app, client) = App::ready(NO_ENGINE);
    let patch = |key: &str, path: &str, body: &Value| {
        let body = body.to_string();
        client.send("PATCH", path, &[("Idempotency-Key", key)], body.as_bytes())
    };
    let settings = "/api/settings";
    let key = "0123-abcd_XYZ";
    let level = |level: &str| json!({"skill_level": level});
    let first = patch(key, settings, &level("advanced"));
    assert_eq!(first.status, 200, "{}", first.text());
    for answer in [
        patch(key, settings, &level("beginner")),
        client.send(
            "POST",
            "/api/system/jobs/sweep/run",
            &[("Idempotency-Key", key)],
            b"",
        ),
    ] {
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.problem(), "idempotency_key_reused");
    }
    assert_eq!(client.get(settings).json()["skill_level"], "advanced");
    let again = patch(key, settings, &level("advanced"));
    assert_eq!(again.header(REPLAYED), Some("true"));
    for wrong in [
        "short",
        "with blank in it",
        "a\"quoted\"key",
        &"x".repeat(65),
    ] {
        let answer = patch(wrong, settings, &level("beginner"));
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
        assert_eq!(answer.json()["field"], "Idempotency-Key");
    }
    // A preview keeps no answer, and tells of a malformed key as the change would.
    let path = "/api/system/engine/retry?dry_run=true";
    let preview = client.send("POST", path, &[("Idempotency-Key", "short")], b"");
    assert_eq!(preview.status, 400, "{}", preview.text());
    let preview = client.send("POST", path, &[("Idempotency-Key", key)], b"");
    assert_eq!(preview.status, 200, "{}", preview.text());
}

#[test]
fn answer_that_says_try_later_is_not_remembered() {
    let (_app, client) = App::ready(NO_ENGINE);
    let spec = json!({"image": "bb:1", "name": "later"});
    for _ in 0..2 {
        let answer = create(&client, "try-later-1", &spec, &[]);
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.header(REPLAYED), None);
    }
}

#[test]
fn client_that_hangs_up_gets_the_answer_when_it_sends_again() {
    let engine = Engine::shared();
    let (_app, client) = ready(engine);
    let name = engine.name("hang");
    let spec = json!({"image": "bb:1", "name": *name});
    let key = format!("hang-{}", *name);
    let request = client.request(
        "POST",
        "/api/containers?pull=never",
        &[("Idempotency-Key", &key)],
        spec.to_string().as_bytes(),
    );
    let mut stream = client.connect().unwrap();
    stream.write_all(&request).unwrap();
    stream.flush().unwrap();
    until("it has begun", SOON, || {
        (!creations(&client, &name).is_empty()).then_some(())
    });
    drop(stream);
    let again = create(&client, &key, &spec, &[]);
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json()["state"], "succeeded", "{}", again.text());
    assert_eq!(again.header(REPLAYED), Some("true"));
    assert_eq!(creations(&client, &name).len(), 1);
    assert!(exists(engine, &name));
}

#[test]
fn requests_with_one_key_at_the_same_time_are_one() {
    let engine = Engine::shared();
    let (_app, client) = ready(engine);
    let name = engine.name("same");
    let spec = json!({"image": "bb:1", "name": *name});
    let key = format!("same-{}", *name);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| create(&client, &key, &spec, &[])))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let replayed = answers.iter().filter(|one| one.header(REPLAYED).is_some());
    assert_eq!(replayed.count(), 3);
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
    }
    assert_eq!(creations(&client, &name).len(), 1);
}

#[test]
fn after_a_restart_the_key_leads_to_the_operation_that_it_started() {
    let engine = Engine::shared();
    let (mut app, client) = ready(engine);
    let name = engine.name("again");
    let spec = json!({"image": "bb:1", "name": *name});
    let key = format!("again-{}", *name);
    let first = create(&client, &key, &spec, &[ASYNC]);
    assert_eq!(first.status, 202, "{}", first.text());
    let operation = first.json()["operation"].clone();
    assert_eq!(ended(&client, &operation)["state"], "succeeded");
    app.stop();
    app.up();
    let again = create(&client, &key, &spec, &[ASYNC]);
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(again.header(REPLAYED), Some("true"));
    assert_eq!(ended(&client, &operation)["request_id"], *key);
    assert_eq!(creations(&client, &name).len(), 1);
}

#[test]
fn creation_that_a_power_cut_interrupted_is_not_made_again_by_its_key() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    dev(&client);
    let name = engine.name("cut");
    let spec = json!({"image": "bb:1", "name": *name});
    let key = format!("cut-{}", *name);
    let kill = at_signal(app.pid(), Signal::KILL);
    proxy.arm_for("/containers/create", 1, When::After, kill);
    let headers = [("Idempotency-Key", key.as_str())];
    let body = spec.to_string();
    let sent = client.try_send(
        "POST",
        "/api/containers?pull=never",
        &headers,
        body.as_bytes(),
    );
    assert!(sent.is_err(), "its answer is lost");
    app.ended();
    app.up();
    let again = create(&client, &key, &spec, &[]);
    assert_eq!(again.status, 202, "{}", again.text());
    let operation = ended(&client, &again.json()["operation"]);
    assert_eq!(operation["request_id"], *key, "{operation}");
    assert_eq!(operation["state"], "rolled_back", "{operation}");
    assert_eq!(creations(&client, &name).len(), 1);
    assert!(!exists(engine, &name));
}

#[test]
fn failed_creation_is_known_as_it_was_sent_until_the_next_restart() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    dev(&client);
    let name = engine.name("sent");
    let spec = json!({"image": "bb:1", "name": *name, "env": {"DB_PASSWORD": "hunter2"}});
    proxy.refuse("/start", 1);
    let answer = client.post("/api/containers?pull=never", &spec);
    assert!(answer.status >= 400, "{}", answer.text());
    let operation = creations(&client, &name).remove(0);
    assert_eq!(operation["is_request_known"], true, "{operation}");
    let steps = operation["steps"].as_array().unwrap();
    let states: Vec<&Value> = steps.iter().map(|step| &step["state"]).collect();
    assert_eq!(states, ["succeeded", "failed", "succeeded"], "{operation}");
    let page = format!(
        "/containers/new?operation={}",
        operation["id"].as_str().unwrap()
    );
    let sent = client.page(&page).json()["data"]["sent"].clone();
    assert_eq!(
        sent["spec"]["env"],
        json!(["DB_PASSWORD=hunter2"]),
        "{sent}"
    );
    assert_eq!(sent["spec"]["name"], *name, "{sent}");
    assert_eq!(
        (&sent["start"], &sent["pull"]),
        (&json!(true), &json!("never"))
    );
    app.stop();
    app.up();
    let operation = creations(&client, &name).remove(0);
    assert_eq!(operation["state"], "failed", "{operation}");
    assert_eq!(operation["is_request_known"], Value::Null, "{operation}");
    assert_eq!(client.page(&page).json()["data"]["missing"], true);
    // One that succeeded is not kept.
    let made = client.post("/api/containers?pull=never", &spec).json();
    assert_eq!(made["is_request_known"], Value::Null, "{made}");
    // Nothing of it is on the disk.
    let found = std::process::Command::new("grep")
        .args(["-rl", "hunter2"])
        .arg(app.data_dir())
        .output()
        .unwrap();
    assert!(found.stdout.is_empty(), "{found:?}");
}
