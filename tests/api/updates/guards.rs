//! What keeps an update from doing harm that nobody asked for.

use super::apply::{SERVE, has_state, history, image_of, named, run, update, version};
use super::automatic::{check, closed_window, set_policy, settings};
use crate::api::recreate::{known, nothing_left, succeeded};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::simulated_registry::{Published, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::time::Duration;

/// Lets the job look, and gives it time to begin something.
pub fn let_the_job_look(client: &Client) {
    for _ in 0..2 {
        client.post("/api/system/jobs/apply_updates/run", &json!({}));
        std::thread::sleep(Duration::from_millis(700));
    }
}

#[test]
fn new_version_must_work_although_the_old_container_is_young_and_was_restarted() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let once = format!("if [ -e /data/once ]; then {SERVE}; fi; touch /data/once; exit 1");
    let (_app, client) = App::ready(&engine.host());
    for (what, old, more, new) in [
        (
            "restarts for ever",
            once.as_str(),
            &["--restart", "unless-stopped", "-v", "/data"][..],
            "echo broken; exit 1",
        ),
        ("has ended", SERVE, &[], "echo usage; exit 0"),
    ] {
        let repository = format!("young{}", number());
        registry.publish(&repository, "1", &version("one", old));
        let reference = registry.reference(&format!("{repository}:1"));
        let name = run(engine, &reference, more);
        until("it runs", SOON, || {
            let found = engine.inspect(&name);
            let has_restarted = more.is_empty() || found["RestartCount"] == 1;
            (has_restarted && found["State"]["Status"] == "running").then_some(())
        });
        known(&client, engine, &name);
        let old_image = image_of(engine, &name);
        registry.publish(&repository, "1", &version("two", new));
        let answer = update(&client, &name, &json!({"stable_seconds": 3}));
        assert_eq!(answer.problem(), "rolled_back", "{what}: {}", answer.text());
        assert_eq!(image_of(engine, &name), old_image, "{what}");
        assert_eq!(named(engine, &reference), old_image, "{what}: its tag");
        nothing_left(engine, &name);
    }
}

#[test]
fn label_of_an_image_switches_no_automatic_updates_on() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let labelled = |text: &str| {
        let mut image = version(text, SERVE);
        image.config["Labels"] = json!({
            "com.centurylinklabs.watchtower.enable": "true", "dockermate.update.range": "major",
        });
        image
    };
    registry.publish("app", "1.0.0", &labelled("one"));
    let reference = registry.reference("app:1.0.0");
    let name = run(engine, &reference, &[]);
    let own = run(engine, &reference, &["-l", "dockermate.update=auto"]);
    let (_app, client) = App::ready(&engine.host());
    for name in [&name, &own] {
        known(&client, engine, name);
    }
    let policy = |name: &str| client.get(&format!("/api/updates/policy/{name}")).json();
    let of_image = policy(&name);
    assert_eq!(
        (&of_image["policy"], &of_image["source"], &of_image["range"]),
        (&json!("notify"), &json!("default"), &json!("digest"))
    );
    let of_owner = policy(&own);
    assert_eq!(
        (&of_owner["policy"], &of_owner["source"], &of_owner["range"]),
        (&json!("auto"), &json!("label"), &json!("digest"))
    );
}

#[test]
fn environment_that_an_image_names_lets_nothing_be_updated_by_itself() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let labelled = |text: &str, environment: &str| {
        let mut image = version(text, SERVE);
        image.config["Labels"] = json!({ "dockermate.environment": environment });
        image
    };
    let (_app, client) = App::ready(&engine.host());
    settings(&client, &json!({"automatic": true}));
    let host = |environment: &str| {
        let body = json!({ "host_environment": environment });
        assert_eq!(client.json("PATCH", "/api/settings", &body).status, 200);
    };
    host("PRD");
    registry.publish("before", "1", &version("one", SERVE));
    let before = run(engine, &registry.reference("before:1"), &[]);
    known(&client, engine, &before);
    has_state(&client, &before, "up_to_date");
    registry.publish("dev", "1", &labelled("one", "DEV"));
    registry.publish("prd", "1", &labelled("one", "PRD"));
    let of_image = run(engine, &registry.reference("dev:1"), &[]);
    let wanted = ["-l", "dockermate.update=auto"];
    let wanted = run(engine, &registry.reference("dev:1"), &wanted);
    let of_owner = ["-l", "dockermate.environment=SANDBOX"];
    let of_owner = run(engine, &registry.reference("dev:1"), &of_owner);
    let protected = run(engine, &registry.reference("prd:1"), &[]);
    let policy = |name: &str| {
        let found = client.get(&format!("/api/updates/policy/{name}")).json();
        found["policy"].as_str().unwrap().to_owned()
    };
    for name in [&of_image, &wanted, &of_owner, &protected] {
        known(&client, engine, name);
        has_state(&client, name, "up_to_date");
    }
    let shown = client.get(&format!("/api/containers/{}", *of_image)).json();
    assert_eq!(shown["environment"], "DEV", "it is shown as before");
    for (name, expected) in [
        (&of_image, "notify"),
        (&wanted, "notify"),
        (&of_owner, "auto"),
        (&protected, "notify"),
    ] {
        assert_eq!(policy(name), expected, "production");
    }
    registry.publish("dev", "1", &labelled("two", "DEV"));
    check(&client, &of_image);
    has_state(&client, &of_image, "update_available");
    let_the_job_look(&client);
    assert!(history(&client, &of_image).is_empty());
    // Nor along with others: on this host it is production.
    let plan = client.post("/api/updates/apply-all?dry_run=true", &json!({}));
    let told = plan.json()["warnings"].to_string();
    assert!(
        told.contains(&format!("{} is skipped: it is tagged PRD", *of_image)),
        "{told}"
    );
    host("MIXED");
    assert_eq!(policy(&of_image), "notify", "nobody says what it is");
    host("DEV");
    assert_eq!(policy(&of_image), "auto", "the host is for development");
    assert_eq!(policy(&protected), "notify", "a label may still protect");
}

#[test]
fn image_that_says_it_is_old_waits_as_long_as_any_other() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("pack", "1.0.0", &version("one", SERVE));
    let name = run(engine, &registry.reference("pack:1.0.0"), &[]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    settings(&client, &json!({"soak_days": 7}));
    set_policy(&client, &name, &json!({"policy": "auto", "range": "patch"}));
    let old = Published {
        created: "1980-01-01T00:00:01Z",
        ..version("two", SERVE)
    };
    registry.publish("pack", "1.0.1", &old);
    check(&client, &name);
    has_state(&client, &name, "newer_version");
    let status = client.get(&format!("/api/containers/{}", *name)).json();
    assert!(
        status["update"]["newer_since"]["1.0.1"].is_string(),
        "{status}"
    );
    let_the_job_look(&client);
    assert!(history(&client, &name).is_empty());
    settings(&client, &json!({"soak_days": 0}));
    until("it is updated without a wait", SOON, || {
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "succeeded").then_some(())
    });
}

#[test]
fn database_on_a_tag_without_a_version_takes_no_other_major_version_by_itself() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let database = |major: &str, version_of: &str| {
        let mut image = version(version_of, SERVE);
        image.config["Env"] = json!([
            "PATH=/bin",
            format!("PG_MAJOR={major}"),
            format!("PG_VERSION={version_of}-1.pgdg"),
        ]);
        image
    };
    registry.publish("library/postgres", "latest", &database("16", "16.3"));
    let name = run(engine, &registry.reference("library/postgres:latest"), &[]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    set_policy(
        &client,
        &name,
        &json!({"policy": "auto", "stable_seconds": 0}),
    );
    let digest = registry.publish("library/postgres", "latest", &database("16", "16.4"));
    check(&client, &name);
    until("the same major version is taken", SOON, || {
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "succeeded" && entry["new_digest"] == digest).then_some(())
    });
    registry.publish("library/postgres", "latest", &database("17", "17.0"));
    check(&client, &name);
    has_state(&client, &name, "update_available");
    let_the_job_look(&client);
    assert_eq!(history(&client, &name).len(), 1, "the next one is not");
    let plan = client.post(
        "/api/updates/apply?dry_run=true",
        &json!({"container": &*name}),
    );
    assert!(plan.text().contains("names no version"), "{}", plan.text());
    set_policy(
        &client,
        &name,
        &json!({"policy": "auto", "range": "major", "stable_seconds": 0}),
    );
    until("it is taken where that was chosen", SOON, || {
        (history(&client, &name).len() == 2).then_some(())
    });
}

#[test]
fn old_image_that_no_registry_has_is_kept() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let repository = format!("built{}", number());
    let reference = registry.reference(&format!("{repository}:1"));
    engine.import(
        &reference,
        &[&format!("CMD [\"/bin/sh\", \"-c\", \"{SERVE}\"]")],
    );
    let name = run(engine, &reference, &[]);
    let old_image = image_of(engine, &name);
    registry.publish(&repository, "2", &version("two", SERVE));
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    let body = json!({"tag": "2", "stable_seconds": 0, "remove_old_image": true});
    let operation = succeeded(&update(&client, &name, &body));
    let said = operation["message"].as_str().unwrap();
    assert!(said.contains("no registry is known to have it"), "{said}");
    assert!(
        engine
            .try_docker(&["image", "inspect", &old_image])
            .is_some()
    );
}

#[test]
fn two_updates_of_one_tag_end_with_a_tag_that_names_what_works() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let repository = format!("both{}", number());
    registry.publish(&repository, "1", &version("one", SERVE));
    let reference = registry.reference(&format!("{repository}:1"));
    let picky = "if [ \"$MODE\" = bad ]; then sleep 2; exit 1; fi; ";
    let bad = run(engine, &reference, &["-e", "MODE=bad"]);
    let good = run(engine, &reference, &[]);
    let (_app, client) = App::ready(&engine.host());
    for name in [&bad, &good] {
        known(&client, engine, name);
    }
    registry.publish(
        &repository,
        "1",
        &version("two", &format!("{picky}{SERVE}")),
    );
    std::thread::scope(|scope| {
        let failing = scope.spawn(|| update(&client, &bad, &json!({"stable_seconds": 5})));
        std::thread::sleep(Duration::from_millis(700));
        succeeded(&update(&client, &good, &json!({"stable_seconds": 0})));
        assert_eq!(failing.join().unwrap().problem(), "rolled_back");
    });
    assert_eq!(named(engine, &reference), image_of(engine, &good));
}

#[test]
fn image_that_was_pushed_after_the_last_look_is_judged_before_it_is_installed() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let name = run(engine, &registry.reference("app:1"), &[]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    settings(&client, &json!({"windows": [closed_window()]}));
    set_policy(
        &client,
        &name,
        &json!({"policy": "auto", "stable_seconds": 0}),
    );
    registry.publish("app", "1", &version("two", SERVE));
    check(&client, &name);
    has_state(&client, &name, "update_available");
    let last = registry.publish("app", "1", &version("three", SERVE));
    settings(&client, &json!({"windows": []}));
    until("it is looked at again, and taken then", SOON, || {
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "succeeded" && entry["new_digest"] == last).then_some(())
    });
    let first = history(&client, &name).pop().unwrap();
    assert_eq!(first["outcome"], "failed", "{first}");
    let told = first["message"].as_str().unwrap();
    assert!(told.contains("was not judged yet"), "{told}");
}

#[test]
fn each_of_two_databases_is_judged_by_what_it_runs() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let publish = |major: &str, text: &str| {
        let mut image = version(text, SERVE);
        image.config["Env"] = json!(["PATH=/bin", format!("PG_MAJOR={major}")]);
        registry.publish("library/postgres", "latest", &image)
    };
    let reference = registry.reference("library/postgres:latest");
    publish("16", "16.3");
    let old = run(engine, &reference, &[]);
    publish("17", "17.0");
    engine.docker(&["pull", "-q", &reference]);
    let new = run(engine, &reference, &[]);
    let (_app, client) = App::ready(&engine.host());
    for name in [&old, &new] {
        known(&client, engine, name);
        set_policy(
            &client,
            name,
            &json!({"policy": "auto", "stable_seconds": 0}),
        );
    }
    let digest = publish("17", "17.1");
    client.post("/api/updates/check", &json!({}));
    until("the one of the same version is updated", SOON, || {
        let entry = history(&client, &new).into_iter().next()?;
        (entry["outcome"] == "succeeded" && entry["new_digest"] == digest).then_some(())
    });
    let_the_job_look(&client);
    assert!(history(&client, &old).is_empty());
}

#[test]
fn dependent_of_the_same_tag_is_not_updated_along_by_itself() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let reference = registry.reference("app:1");
    let owner = run(engine, &reference, &[]);
    let worker = engine.name("u");
    let namespace = format!("container:{}", *owner);
    engine.docker(&[
        "run",
        "-d",
        "--network",
        &namespace,
        "--name",
        &worker,
        &reference,
    ]);
    let (_app, client) = App::ready(&engine.host());
    for name in [&owner, &worker] {
        known(&client, engine, name);
    }
    set_policy(
        &client,
        &owner,
        &json!({"policy": "auto", "stable_seconds": 0}),
    );
    registry.publish("app", "1", &version("two", SERVE));
    client.post("/api/updates/check", &json!({}));
    has_state(&client, &owner, "update_available");
    let_the_job_look(&client);
    assert!(history(&client, &owner).is_empty());
    let plan = client.post(
        "/api/updates/apply-all?dry_run=true",
        &json!({"containers": [&*owner]}),
    );
    assert!(
        plan.text().contains("moves to another image"),
        "{}",
        plan.text()
    );
    set_policy(
        &client,
        &worker,
        &json!({"policy": "auto", "stable_seconds": 0}),
    );
    until("both are, where both may be", SOON, || {
        let entry = history(&client, &owner).into_iter().next()?;
        (entry["outcome"] == "succeeded").then_some(())
    });
}

#[test]
fn dependent_that_is_a_job_may_end_as_before() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let repository = format!("owner{}", number());
    registry.publish(&repository, "1", &version("one", SERVE));
    let reference = registry.reference(&format!("{repository}:1"));
    let owner = run(engine, &reference, &[]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &owner);
    registry.publish(&repository, "1", &version("two", SERVE));
    let job = engine.name("u");
    let namespace = format!("container:{}", *owner);
    let script = ["sh", "-c", "sleep 6"];
    let begun = ["run", "-d", "--network", &namespace, "--name", &job, "bb:1"];
    engine.docker(&[&begun[..], &script].concat());
    known(&client, engine, &job);
    succeeded(&update(&client, &owner, &json!({"stable_seconds": 9})));
    assert_eq!(engine.inspect(&job)["State"]["ExitCode"], 0);
}

#[test]
fn tag_that_is_another_image_by_now_is_tried_again() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1.25", &version("one", SERVE));
    let name = run(engine, &registry.reference("app:1.25"), &[]);
    let (mut app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    set_policy(
        &client,
        &name,
        &json!({"policy": "auto", "range": "minor", "stable_seconds": 1}),
    );
    registry.publish("app", "1.27", &version("broken", "exit 1"));
    check(&client, &name);
    until("it is rolled back", SOON, || {
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "rolled_back").then_some(())
    });
    let_the_job_look(&client);
    assert_eq!(history(&client, &name).len(), 1, "it is not tried again");
    registry.publish("app", "1.27", &version("mended", SERVE));
    // Once in a while a registry is asked, and after a start.
    app.stop();
    app.up();
    until("the mended one is taken", SOON, || {
        let_the_job_look(&client);
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "succeeded").then_some(())
    });
}
