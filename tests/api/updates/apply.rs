//! Updates that are made: what works is kept, what does not work is rolled back, and
//! each can be taken back.

use crate::api::recreate::{Snapshot, known, nothing_left, succeeded};
use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, Name, is_podman, number};
use crate::support::simulated_registry::{Published, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// Runs until it is told to end.
pub const SERVE: &str = "trap exit TERM; while :; do sleep 0.1; done";

/// A version of a service, unlike every other.
pub fn version(text: &str, script: &str) -> Published {
    Published::running(&format!("{text} {}", number()), script)
}

pub fn run<'a>(engine: &'a Engine, image: &str, more: &[&str]) -> Name<'a> {
    let name = engine.name("u");
    let mut arguments = vec!["run", "-d", "--network", "none", "--name", &name];
    arguments.extend(more);
    arguments.push(image);
    engine.docker(&arguments);
    name
}

pub fn update(client: &Client, name: &str, more: &Value) -> Answer {
    let mut body = json!({ "container": name, "stable_seconds": 1 });
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    client.post("/api/updates/apply", &body)
}

pub fn history(client: &Client, name: &str) -> Vec<Value> {
    let list = client.get(&format!("/api/updates/history?container={name}"));
    list.json()["items"].as_array().unwrap().clone()
}

pub fn image_of(engine: &Engine, name: &str) -> String {
    engine.docker(&["container", "inspect", "-f", "{{.Image}}", name])
}

/// The id of the image that a reference names.
pub fn named(engine: &Engine, reference: &str) -> String {
    engine.docker(&["image", "inspect", "-f", "{{.Id}}", reference])
}

fn state(client: &Client, name: &str) -> Value {
    client.get(&format!("/api/containers/{name}")).json()["update"]["state"].clone()
}

#[track_caller]
pub fn has_state(client: &Client, name: &str, expected: &str) {
    until(&format!("{name} is {expected}"), SOON, || {
        (state(client, name) == expected).then_some(())
    });
}

#[test]
fn update_replaces_the_container_and_a_rollback_brings_the_old_one_back() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let mut first = version("one", SERVE);
    first.config["Env"] = json!(["PATH=/bin", "DEFAULT=old"]);
    registry.publish_index("app", "stable", &first, "");
    let reference = registry.reference("app:stable");
    let name = run(engine, &reference, &["-e", "MINE=1", "-v", "/data"]);
    let (_app, client) = App::ready(&engine.host());
    let before = Snapshot::of(engine, &name);
    known(&client, engine, &name);
    has_state(&client, &name, "up_to_date");
    let old_image = image_of(engine, &name);

    let answer = update(&client, &name, &json!({}));
    let said = succeeded(&answer)["message"].clone();
    assert!(
        said.as_str()
            .unwrap()
            .contains("already; nothing was changed"),
        "{said}"
    );
    assert_eq!(Snapshot::of(engine, &name).id, before.id);
    assert!(history(&client, &name).is_empty());

    let mut second = version("two", SERVE);
    second.config["Env"] = json!(["PATH=/bin", "DEFAULT=new"]);
    let (digest, _) = registry.publish_index("app", "stable", &second, "");
    client.post(
        &format!("/api/updates/check?container={}", &*name),
        &json!({}),
    );
    has_state(&client, &name, "update_available");
    let available = client.get("/api/updates/available").json();
    assert!(available.to_string().contains(&*name), "{available}");
    let plan = client.post(
        "/api/updates/apply?dry_run=true",
        &json!({ "container": &*name }),
    );
    let plan = plan.json();
    assert_eq!(plan["title"], format!("Update {}", &*name));
    let steps = plan["steps"].to_string();
    assert!(steps.contains(&format!("Pull {reference}.")), "{plan}");
    assert!(plan["warnings"].to_string().contains("/data"), "{plan}");
    let script = plan["commands"]["advanced"]["text"].as_str().unwrap();
    assert!(script.contains("docker pull"), "{script}");

    let operation = succeeded(&update(&client, &name, &json!({})));
    assert_eq!(operation["kind"], "container.update");
    nothing_left(engine, &name);
    let new_image = image_of(engine, &name);
    assert_ne!(new_image, old_image);
    let env = engine.inspect(&name)["Config"]["Env"].to_string();
    assert!(
        env.contains("DEFAULT=new") && env.contains("MINE=1"),
        "{env}"
    );
    let mounts = |of: &Value| of["Mounts"][0]["Name"].clone();
    let volume = mounts(&engine.inspect(&name));
    has_state(&client, &name, "up_to_date");
    let entry = history(&client, &name).remove(0);
    assert_eq!(
        (&entry["outcome"], &entry["trigger"], &entry["new_digest"]),
        (&json!("succeeded"), &json!("manual"), &json!(digest)),
        "{entry}"
    );
    assert_eq!(entry["old_image_id"], old_image);
    assert!(entry["completed_at"].is_string() && entry["backup"].is_string());

    // Taken back, with what was set by then, and the tag names the old image again.
    let id = entry["id"].as_str().unwrap();
    let path = format!("/api/updates/rollback/{id}");
    let plan = client
        .post(&format!("{path}?dry_run=true"), &json!({}))
        .json();
    assert_eq!(plan["title"], format!("Roll {} back", &*name), "{plan}");
    assert!(plan["warnings"].to_string().contains("/data"), "{plan}");
    let command = plan["commands"]["simple"]["text"].as_str().unwrap();
    assert!(command.starts_with("docker"), "{command}");
    assert!(command.contains("image tag"), "{command}");
    known(&client, engine, &name);
    succeeded(&client.post(&path, &json!({})));
    let after = Snapshot::of(engine, &name);
    let said = before.differences(&after);
    assert!(said.is_empty(), "{}", said.join("\n"));
    assert_eq!(mounts(&engine.inspect(&name)), volume);
    assert_eq!(named(engine, &reference), old_image);
    has_state(&client, &name, "update_available");
    let all = history(&client, &name);
    assert_eq!(all[0]["trigger"], "rollback");
    assert_eq!(all[0]["outcome"], "succeeded", "{all:?}");
    assert_eq!(all[1]["rolled_back_by"], all[0]["id"]);
    let again = client.post(&path, &json!({}));
    assert_eq!(again.problem(), "no_rollback", "{}", again.text());
    // Its image is pulled by digest when it is gone.
    succeeded(&update(&client, &name, &json!({"remove_old_image": true})));
    assert!(
        engine
            .try_docker(&["image", "inspect", &old_image])
            .is_none(),
        "the old image was removed"
    );
    let entry = history(&client, &name).remove(0);
    let path = format!("/api/updates/rollback/{}", entry["id"].as_str().unwrap());
    let plan = client
        .post(&format!("{path}?dry_run=true"), &json!({}))
        .json();
    assert!(plan["steps"].to_string().contains("@sha256:"), "{plan}");
    known(&client, engine, &name);
    succeeded(&client.post(&path, &json!({})));
    assert_eq!(image_of(engine, &name), old_image);
    let said = before.differences(&Snapshot::of(engine, &name));
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn new_version_that_does_not_work_is_rolled_back_with_its_tag() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let health = |mut image: Published, check: &str| {
        image.config["Healthcheck"] = json!({
            "Test": ["CMD-SHELL", check], "Interval": 300_000_000, "Timeout": 1_000_000_000, "Retries": 2,
            "StartPeriod": 3_000_000_000_i64,
        });
        image
    };
    let late = "sleep 1; touch /ready; trap exit TERM; while :; do sleep 0.1; done";
    let (_app, client) = App::ready(&engine.host());
    for (what, new, works) in [
        ("exits at once", version("e", "echo broken; exit 3"), false),
        ("exits later", version("l", "sleep 2; exit 1"), false),
        (
            "is never healthy",
            health(version("n", SERVE), "false"),
            false,
        ),
        (
            "is healthy late",
            health(version("h", late), "test -f /ready"),
            true,
        ),
        (
            "does not exist",
            {
                let mut image = version("m", SERVE);
                image.config["Entrypoint"] = json!(["/missing"]);
                image
            },
            false,
        ),
    ] {
        // Podman runs health checks by timers of systemd, which is not there.
        if is_podman() && what.contains("healthy") {
            continue;
        }
        let repository = format!("app{}", number());
        registry.publish(&repository, "1", &version("one", SERVE));
        let reference = registry.reference(&format!("{repository}:1"));
        let name = run(engine, &reference, &["--restart", "unless-stopped"]);
        let before = Snapshot::of(engine, &name);
        let old_image = image_of(engine, &name);
        registry.publish(&repository, "1", &new);
        known(&client, engine, &name);
        let answer = update(&client, &name, &json!({"stable_seconds": 4}));
        let entry = history(&client, &name).remove(0);
        if works {
            succeeded(&answer);
            assert_eq!(entry["outcome"], "succeeded", "{what}: {entry}");
            assert_ne!(image_of(engine, &name), old_image, "{what}");
            continue;
        }
        assert_eq!(answer.problem(), "rolled_back", "{what}: {}", answer.text());
        let after = Snapshot::of(engine, &name);
        assert_eq!(before.id, after.id, "{what}: the old one itself is back");
        let said = before.differences(&after);
        assert!(said.is_empty(), "{what}: {}", said.join("\n"));
        nothing_left(engine, &name);
        assert_eq!(named(engine, &reference), old_image, "{what}: its tag");
        assert_eq!(entry["outcome"], "rolled_back", "{what}: {entry}");
        let told = entry["message"].as_str().unwrap();
        assert!(told.contains("rolled back"), "{what}: {told}");
        let id = entry["id"].as_str().unwrap();
        let path = format!("/api/updates/rollback/{id}");
        assert_eq!(client.post(&path, &json!({})).problem(), "no_rollback");
    }
}

#[test]
fn update_to_another_tag_and_what_is_not_updated() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    for tag in ["1.25", "1.27"] {
        registry.publish("app", tag, &version(tag, SERVE));
    }
    let name = run(engine, &registry.reference("app:1.25"), &[]);
    let digest = registry.publish("app", "1.0", &version("pinned", SERVE));
    let pinned = registry.reference(&format!("app:1.0@{digest}"));
    let pinned = run(engine, &pinned, &[]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    known(&client, engine, &pinned);
    for (container, more, problem) in [
        (&pinned, json!({}), "pinned"),
        (&name, json!({"tag": "../x"}), "invalid"),
        (&name, json!({"stable_seconds": 601}), "invalid"),
        (&name, json!({"tag": "9.9"}), "image_not_found"),
    ] {
        let before = Snapshot::of(engine, container);
        let answer = update(&client, container, &more);
        assert_eq!(answer.problem(), problem, "{more}: {}", answer.text());
        assert_eq!(Snapshot::of(engine, container).id, before.id);
    }
    let entry = history(&client, &name).remove(0);
    assert_eq!(entry["outcome"], "failed", "the pull failed: {entry}");
    assert_eq!(update(&client, "nobody", &json!({})).status, 404);

    succeeded(&update(&client, &name, &json!({"tag": "1.27"})));
    let image = engine.inspect(&name)["Config"]["Image"].clone();
    assert_eq!(image, registry.reference("app:1.27"));

    // Production asks for its name, and anything else changes nothing.
    client.json(
        "PUT",
        &format!("/api/containers/{}", &*name),
        &json!({"environment": "PRD"}),
    );
    registry.publish("app", "1.27", &version("newer", SERVE));
    let before = Snapshot::of(engine, &name);
    let answer = update(&client, &name, &json!({}));
    assert_eq!(answer.status, 428, "{}", answer.text());
    let path = format!("/api/updates/apply?confirm={}", &*name);
    let body = json!({"container": &*name, "stable_seconds": 1});
    assert_eq!(Snapshot::of(engine, &name).id, before.id);
    succeeded(&client.post(&path, &body));
}

#[test]
fn update_all_goes_in_order_leaves_production_alone_and_continues_after_a_failure() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let names: Vec<Name<'_>> = ["dev", "uat", "prd", "bad", "none", "same"]
        .iter()
        .map(|repository| {
            registry.publish(repository, "1", &version("one", SERVE));
            run(engine, &registry.reference(&format!("{repository}:1")), &[])
        })
        .collect();
    let [dev, uat, prd, bad, none, same] = &names[..] else {
        unreachable!()
    };
    let (mut app, client) = App::ready(&engine.host());
    for (name, code) in [(dev, "DEV"), (uat, "UAT"), (prd, "PRD"), (bad, "DEV")] {
        known(&client, engine, name);
        let path = format!("/api/containers/{}", &**name);
        let set = client.json("PUT", &path, &json!({"environment": code}));
        assert_eq!(set.status, 200, "{}", set.text());
    }
    for repository in ["dev", "uat", "prd", "none"] {
        registry.publish(repository, "1", &version("two", SERVE));
    }
    registry.publish("bad", "1", &version("two", "exit 1"));
    client.post("/api/updates/check", &json!({}));
    for name in [dev, uat, prd, bad, none] {
        has_state(&client, name, "update_available");
    }
    let before: Vec<String> = names.iter().map(|name| image_of(engine, name)).collect();

    let plan = client.post("/api/updates/apply-all?dry_run=true", &json!({}));
    let plan = plan.json();
    let steps = plan["steps"].to_string();
    let place = |name: &Name<'_>| steps.find(&format!("Update {} ", &**name)).unwrap();
    assert!(
        place(dev) < place(none) && place(none) < place(uat),
        "{steps}"
    );
    assert!(plan["warnings"].to_string().contains(&**prd), "{plan}");

    assert_eq!(plan["needs"]["kind"], "yes", "{plan}");
    let unanswered = client.post("/api/updates/apply-all", &json!({"stable_seconds": 1}));
    assert_eq!(unanswered.status, 428, "{}", unanswered.text());
    let answer = client.post(
        "/api/updates/apply-all?confirm=yes",
        &json!({"stable_seconds": 1}),
    );
    let operation = succeeded(&answer);
    assert_eq!(operation["message"], "3 updated, 1 skipped, 1 failed.");
    let results = operation["results"].as_array().unwrap();
    let of = |name: &Name<'_>| {
        let found = results.iter().find(|result| result["target"] == **name);
        found.map(|result| result["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(of(prd).as_deref(), Some("cancelled"));
    assert_eq!(of(bad).as_deref(), Some("rolled_back"));
    assert_eq!(of(uat).as_deref(), Some("succeeded"));
    assert_eq!(of(same), None);
    for (at, (name, is_updated)) in names
        .iter()
        .zip([true, true, false, false, true, false])
        .enumerate()
    {
        assert_eq!(
            image_of(engine, name) != before[at],
            is_updated,
            "{}",
            &**name
        );
    }
    assert_eq!(history(&client, dev)[0]["trigger"], "update_all");

    // One that is cut off keeps what was done, and its results say so.
    for repository in ["dev", "uat", "none"] {
        registry.publish(repository, "1", &version("three", SERVE));
    }
    client.post("/api/updates/check", &json!({}));
    for name in [dev, uat, none] {
        has_state(&client, name, "update_available");
    }
    let body = json!({"stable_seconds": 3, "containers": [&**dev, &**none, &**uat]});
    let begun = client.send(
        "POST",
        "/api/updates/apply-all?confirm=yes",
        &[
            ("prefer", "respond-async"),
            ("content-type", "application/json"),
        ],
        body.to_string().as_bytes(),
    );
    let id = begun.json()["operation"].as_str().unwrap().to_owned();
    let path = format!("/api/operations/{id}");
    until("the first is updated", SOON, || {
        let operation = client.get(&path).json();
        (operation["results"].as_array()?.len() == 1).then_some(())
    });
    app.kill();
    app.up();
    until("what was open is recovered", SOON, || {
        let list = client.try_get("/api/operations?limit=10")?;
        let list = list.json()["items"].as_array()?.clone();
        let open = list.iter().any(|operation| {
            let state = operation["state"].as_str();
            state == Some("running")
                || (state == Some("interrupted") && operation["finished_at"].is_null())
        });
        (!open).then_some(())
    });
    let operation = client.get(&path).json();
    assert_eq!(operation["state"], "interrupted", "{operation}");
    assert_eq!(operation["results"][0]["target"], **dev, "{operation}");
    assert!(
        operation["message"]
            .as_str()
            .unwrap()
            .contains("in its results"),
        "{operation}"
    );
    for name in [dev, none, uat] {
        nothing_left(engine, name);
        assert_eq!(engine.inspect(name)["State"]["Running"], true);
    }
    assert_eq!(history(&client, dev)[0]["outcome"], "succeeded");
}
