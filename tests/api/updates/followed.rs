//! What the history and the policy know of a container when it has become another, has
//! another name, or was cut off.

use super::apply::{SERVE, has_state, history, image_of, run, update, version};
use super::automatic::{check, set_policy, settings};
use crate::api::recreate::{again, known, nothing_left, succeeded};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::simulated_registry::SimulatedRegistry;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

fn policy(client: &Client, name: &str) -> Value {
    let answer = client.get(&format!("/api/updates/policy/{name}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["policy"].clone()
}

#[test]
fn rollback_leaves_another_container_of_the_name_alone() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    registry.publish("other", "1", &version("other", SERVE));
    let (reference, other) = (registry.reference("app:1"), registry.reference("other:1"));
    let volume = format!("data{}", number());
    let mount = format!("{volume}:/data");
    let name = run(engine, &reference, &["-v", &mount]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    registry.publish("app", "1", &version("two", SERVE));
    succeeded(&update(&client, &name, &json!({})));
    let entry = history(&client, &name).remove(0);
    let path = format!("/api/updates/rollback/{}", entry["id"].as_str().unwrap());
    let plan = || client.post(&format!("{path}?dry_run=true"), &json!({}));
    assert!(plan().json()["needs"].is_null(), "{}", plan().text());

    // Recreated, it has another id and is the same.
    known(&client, engine, &name);
    succeeded(&again(&client, &name));
    known(&client, engine, &name);
    assert!(plan().json()["needs"].is_null(), "{}", plan().text());

    // Another image of the same repository: only its owner knows, and types its name.
    let third = version("three", SERVE);
    registry.publish("app", "3", &third);
    let third = registry.reference("app:3");
    engine.docker(&["rm", "-f", &name]);
    engine.docker(&["run", "-d", "--network", "none", "--name", &name, &third]);
    known(&client, engine, &name);
    let planned = plan().json();
    assert_eq!(planned["needs"]["kind"], "type_name", "{planned}");
    assert!(
        planned["warnings"].to_string().contains("by hand"),
        "{planned}"
    );
    let id = engine.inspect(&name)["Id"].clone();
    assert_eq!(client.post(&path, &json!({})).status, 428);
    assert_eq!(
        client
            .post(&format!("{path}?confirm=yes"), &json!({}))
            .status,
        428
    );
    assert_eq!(engine.inspect(&name)["Id"], id);

    // The volume of then is gone: it would come up empty.
    engine.docker(&["volume", "rm", &volume]);
    until("the plan warns", SOON, || {
        let warnings = plan().json()["warnings"].to_string();
        (warnings.contains(&volume) && warnings.contains("come up empty")).then_some(())
    });

    // Another service.
    engine.docker(&["rm", "-f", &name]);
    engine.docker(&["run", "-d", "--network", "none", "--name", &name, &other]);
    known(&client, engine, &name);
    let id = engine.inspect(&name)["Id"].clone();
    for answer in [
        plan(),
        client.post(&format!("{path}?confirm={}", &*name), &json!({})),
    ] {
        assert_eq!(answer.problem(), "no_rollback", "{}", answer.text());
        assert!(
            answer.text().contains("saved configuration"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(engine.inspect(&name)["Id"], id);
}

#[test]
fn automatic_update_that_was_cut_off_is_tried_again() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let name = run(engine, &registry.reference("app:1"), &[]);
    let (mut app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    let rules = json!({"policy": "auto", "stable_seconds": 5});
    set_policy(&client, &name, &rules);
    has_state(&client, &name, "up_to_date");
    let before = image_of(engine, &name);
    registry.publish("app", "1", &version("two", SERVE));
    check(&client, &name);
    until("it is being watched", SOON, || {
        let names = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
        names.contains(".old-").then_some(())
    });
    app.kill();
    app.up();
    let tried = || history(&client, &name);
    let cut_off = until("it was rolled back", SOON, || {
        let entry = tried().pop()?;
        (entry["outcome"] == "rolled_back").then_some(entry)
    });
    assert_eq!(cut_off["interrupted"], true, "{cut_off}");
    until("it is tried again", SOON, || {
        client.post("/api/system/jobs/apply_updates/run", &json!({}));
        let all = tried();
        (all.len() > 1 && all[0]["outcome"] == "succeeded").then_some(())
    });
    assert_eq!(tried()[0]["interrupted"], false);
    assert_ne!(image_of(engine, &name), before);
    nothing_left(engine, &name);
}

#[test]
fn container_that_was_there_before_stays_so_under_another_name() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let labels = ["--label", "dockermate.environment=DEV"];
    let name = run(engine, &registry.reference("app:1"), &labels);
    let (mut app, client) = App::ready(&engine.host());
    settings(&client, &json!({"automatic": true}));
    known(&client, engine, &name);
    has_state(&client, &name, "up_to_date");
    assert_eq!(policy(&client, &name), "notify");
    let new = run(engine, &registry.reference("app:1"), &labels);
    known(&client, engine, &new);
    assert_eq!(policy(&client, &new), "auto", "it came later");

    let mine = format!("mine{}", number());
    let path = format!("/api/containers/{}", &*name);
    let renamed = client.json("PUT", &path, &json!({"name": mine}));
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    assert_eq!(policy(&client, &mine), "notify", "renamed here");
    succeeded(&again(&client, &mine));
    known(&client, engine, &mine);
    assert_eq!(policy(&client, &mine), "notify", "recreated");
    has_state(&client, &mine, "up_to_date");
    let theirs = format!("theirs{}", number());
    engine.docker(&["rename", &mine, &theirs]);
    known(&client, engine, &theirs);
    assert_eq!(policy(&client, &theirs), "notify", "renamed by others");
    // Also while nobody looks.
    has_state(&client, &theirs, "up_to_date");
    app.stop();
    let late = format!("late{}", number());
    engine.docker(&["rename", &theirs, &late]);
    app.up();
    known(&client, engine, &late);
    assert_eq!(policy(&client, &late), "notify", "renamed meanwhile");
    engine.docker(&["rm", "-f", &late]);
}

#[test]
fn what_was_there_before_is_noted_for_each_engine() {
    let (one, two) = (&Engine::start(), &Engine::start());
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let labels = ["--label", "dockermate.environment=DEV"];
    let start = |engine| run(engine, &registry.reference("app:1"), &labels);
    let (first, second) = (start(one), start(two));
    let (mut app, client) = App::ready(&one.host());
    settings(&client, &json!({"automatic": true}));
    known(&client, one, &first);
    has_state(&client, &first, "up_to_date");
    assert_eq!(policy(&client, &first), "notify");
    let later = start(one);
    known(&client, one, &later);
    has_state(&client, &later, "up_to_date");
    assert_eq!(policy(&client, &later), "auto");
    for (engine, was_before, other) in [(two, &second, None), (one, &first, Some(&later))] {
        app.stop();
        app.reach(&engine.host());
        app.up();
        known(&client, engine, was_before);
        has_state(&client, was_before, "up_to_date");
        assert_eq!(policy(&client, was_before), "notify");
        if let Some(later) = other {
            known(&client, engine, later);
            until("what came later is known as that", SOON, || {
                (policy(&client, later) == "auto").then_some(())
            });
        }
    }
}
