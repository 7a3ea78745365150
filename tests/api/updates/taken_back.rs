//! Updates that were taken back: for good, all of those that came after too, of the
//! container that was updated and of no other, and with everything that it had.

use super::apply::{SERVE, has_state, history, image_of, run, update, version};
use super::automatic::{check, set_policy};
use super::guards::let_the_job_look;
use crate::api::recreate::{known, recreate, succeeded};
use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, number};
use crate::support::simulated_registry::SimulatedRegistry;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// The newest update of a container, as a path to take it back.
fn way_back(client: &Client, name: &str) -> String {
    let entry = history(client, name).remove(0);
    format!("/api/updates/rollback/{}", entry["id"].as_str().unwrap())
}

fn planned(client: &Client, path: &str) -> Answer {
    client.post(&format!("{path}?dry_run=true"), &json!({}))
}

fn begin(engine: &Engine, name: &str, more: &[&str]) {
    let begun = ["run", "-d", "--network", "none", "--name", name];
    engine.docker(&[&begun[..], more].concat());
}

#[test]
fn later_updates_are_taken_back_with_an_earlier_one_and_do_not_come_back_by_themselves() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("a", SERVE));
    let name = run(engine, &registry.reference("app:1"), &[]);
    let (_app, client) = App::ready(&engine.host());
    let first_image = image_of(engine, &name);
    let mut ways = Vec::new();
    for text in ["b", "c"] {
        registry.publish("app", "1", &version(text, SERVE));
        known(&client, engine, &name);
        succeeded(&update(&client, &name, &json!({})));
        ways.push(way_back(&client, &name));
    }
    known(&client, engine, &name);
    let plan = planned(&client, &ways[0]).text();
    assert!(plan.contains("updated again since"), "{plan}");
    succeeded(&client.post(&ways[0], &json!({})));
    assert_eq!(image_of(engine, &name), first_image);
    let all = history(&client, &name);
    assert_eq!(all.len(), 3);
    for entry in &all[1..] {
        assert_eq!(entry["rolled_back_by"], all[0]["id"], "{entry}");
    }
    known(&client, engine, &name);
    let forward = planned(&client, &ways[1]);
    assert_eq!(forward.problem(), "no_rollback", "{}", forward.text());

    let rules = json!({"policy": "auto", "stable_seconds": 0});
    set_policy(&client, &name, &rules);
    check(&client, &name);
    has_state(&client, &name, "update_available");
    let_the_job_look(&client);
    assert_eq!(history(&client, &name).len(), 3);
    assert_eq!(image_of(engine, &name), first_image);
    let digest = registry.publish("app", "1", &version("d", SERVE));
    check(&client, &name);
    until("one that was never tried is taken", SOON, || {
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "succeeded" && entry["new_digest"] == digest).then_some(())
    });
}

#[test]
fn update_that_was_undone_by_recreating_with_the_older_image_does_not_come_back_by_itself() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1.25", &version("a", SERVE));
    registry.publish("app", "1.27", &version("b", SERVE));
    let older = registry.reference("app:1.25");
    let name = run(engine, &older, &[]);
    let (mut app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    let rules = json!({"policy": "auto", "range": "minor", "stable_seconds": 0});
    set_policy(&client, &name, &rules);
    check(&client, &name);
    until("it is updated", SOON, || {
        let entry = history(&client, &name).into_iter().next()?;
        (entry["outcome"] == "succeeded").then_some(())
    });
    known(&client, engine, &name);
    let body = json!({"changes": {"image": older}, "pull": "never", "stable_seconds": 0});
    succeeded(&recreate(&client, &name, &body));
    // What was tried is forgotten with a start.
    app.stop();
    app.up();
    known(&client, engine, &name);
    check(&client, &name);
    has_state(&client, &name, "newer_version");
    let_the_job_look(&client);
    assert_eq!(history(&client, &name).len(), 1);
    assert_eq!(engine.inspect(&name)["Config"]["Image"], older);
    registry.publish("app", "1.28", &version("c", SERVE));
    check(&client, &name);
    until("one that was never tried is taken", SOON, || {
        (history(&client, &name).len() == 2).then_some(())
    });
}

#[test]
fn rollback_replaces_no_other_container_that_has_the_name_and_the_image_of_the_update() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let repository = format!("db{}", number());
    registry.publish(&repository, "1", &version("a", SERVE));
    let reference = registry.reference(&format!("{repository}:1"));
    let name = engine.name("u");
    let [first, second] = ["one", "two"].map(|text| format!("{}-{text}", *name));
    let [of_first, of_second] = [&first, &second].map(|volume| format!("{volume}:/data"));
    begin(engine, &name, &["-v", &of_first, &reference]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    registry.publish(&repository, "1", &version("b", SERVE));
    succeeded(&update(&client, &name, &json!({"stable_seconds": 0})));
    let path = way_back(&client, &name);

    // The one that was updated has another name now.
    let moved = format!("{}-moved", *name);
    engine.docker(&["rename", &name, &moved]);
    begin(engine, &name, &["-v", &of_second, &reference]);
    known(&client, engine, &name);
    known(&client, engine, &moved);
    let id = engine.inspect(&name)["Id"].clone();
    let confirmed = format!("{path}?confirm={}", *name);
    for answer in [planned(&client, &path), client.post(&confirmed, &json!({}))] {
        assert_eq!(answer.problem(), "no_rollback", "{}", answer.text());
        assert!(answer.text().contains(&moved), "{}", answer.text());
    }
    assert_eq!(engine.inspect(&name)["Id"], id);

    // It is gone, and a third one uses its volume.
    engine.docker(&["rm", "-f", &moved]);
    begin(engine, &moved, &["-v", &of_first, &reference]);
    known(&client, engine, &moved);
    let plan = planned(&client, &path).json();
    assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
    let warnings = plan["warnings"].to_string();
    assert!(
        warnings.contains("by hand") && warnings.contains(&first) && warnings.contains(&moved),
        "{plan}"
    );
    assert_eq!(client.post(&path, &json!({})).status, 428);
    assert_eq!(engine.inspect(&name)["Id"], id);
}

#[test]
fn rollback_asks_before_it_gives_a_container_a_volume_that_another_one_writes_to() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let repository = format!("db{}", number());
    registry.publish(&repository, "1", &version("a", SERVE));
    let reference = registry.reference(&format!("{repository}:1"));
    let name = engine.name("u");
    let (volume, other) = (format!("{}-data", *name), format!("{}-other", *name));
    let folder = engine.data_dir().join(&*name).display().to_string();
    let (mount, bind) = (format!("{volume}:/data"), format!("{folder}:/folder"));
    begin(engine, &name, &["-v", &mount, "-v", &bind, &reference]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    registry.publish(&repository, "1", &version("b", SERVE));
    succeeded(&update(&client, &name, &json!({"stable_seconds": 0})));
    let path = way_back(&client, &name);
    let plan = || planned(&client, &path).json();
    known(&client, engine, &name);
    // One that it shares now as well is its owner's choice.
    begin(engine, &other, &["-v", &mount, "-v", &bind, "bb:1"]);
    known(&client, engine, &other);
    assert!(plan()["needs"].is_null(), "{}", plan());
    let body = json!({"changes": {"mounts": []}, "pull": "never", "stable_seconds": 0});
    succeeded(&recreate(&client, &name, &body));
    known(&client, engine, &name);
    let asked = plan();
    assert_eq!(asked["needs"]["kind"], "type_name", "{asked}");
    let warnings = asked["warnings"].to_string();
    for part in [&volume, &folder, &other] {
        assert!(warnings.contains(part.as_str()), "{asked}");
    }
    assert_eq!(client.post(&path, &json!({})).status, 428);
    // Reading does no harm.
    engine.docker(&["rm", "-f", &other]);
    let (mount, bind) = (format!("{mount}:ro"), format!("{bind}:ro"));
    begin(engine, &other, &["-v", &mount, "-v", &bind, "bb:1"]);
    known(&client, engine, &other);
    assert!(plan()["needs"].is_null(), "{}", plan());
    succeeded(&client.post(&path, &json!({})));
    let mounts = engine.inspect(&name)["Mounts"].to_string();
    assert!(
        mounts.contains(&volume) && mounts.contains(&folder),
        "{mounts}"
    );
}

#[test]
fn rollback_brings_the_containers_back_whose_network_and_volumes_were_used() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let repository = format!("app{}", number());
    registry.publish(&repository, "1", &version("a", SERVE));
    let reference = registry.reference(&format!("{repository}:1"));
    let [first, second] = ["/a", "/b"].map(|target| run(engine, "bb:1", &["-v", target]));
    let network = format!("container:{}", *first);
    let name = engine.name("u");
    let begun = ["run", "-d", "--network", &network, "--volumes-from", &first];
    engine.docker(&[&begun[..], &["--name", &name, &reference]].concat());
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    let used = || {
        let host = engine.inspect(&name)["HostConfig"].clone();
        (host["NetworkMode"].clone(), host["VolumesFrom"].clone())
    };
    let before = used();
    let moved = || {
        registry.publish(&repository, "1", &version("b", SERVE));
        known(&client, engine, &name);
        succeeded(&update(&client, &name, &json!({"stable_seconds": 0})));
        let path = way_back(&client, &name);
        known(&client, engine, &name);
        let other = format!("container:{}", *second);
        let changes = json!({"network_mode": other, "volumes_from": [&*second]});
        let body = json!({"changes": changes, "pull": "never", "stable_seconds": 0});
        succeeded(&recreate(&client, &name, &body));
        known(&client, engine, &name);
        path
    };
    let path = moved();
    let plan = planned(&client, &path).json();
    let steps = plan["steps"].to_string();
    assert!(
        steps.contains("network_mode") && steps.contains("volumes_from"),
        "{plan}"
    );
    succeeded(&client.post(&path, &json!({})));
    assert_eq!(used(), before);

    // What is gone is what it uses now, and the plan names no change that is none.
    let path = moved();
    let now = used();
    engine.docker(&["rm", "-f", &first]);
    until("the plan knows that it is gone", SOON, || {
        let steps = planned(&client, &path).json()["steps"].to_string();
        let is_same = !steps.contains("network_mode") && !steps.contains("volumes_from");
        is_same.then_some(())
    });
    succeeded(&client.post(&path, &json!({})));
    assert_eq!(used(), now);
}

#[test]
fn container_that_the_engine_removes_still_has_its_tag_after_a_rollback() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let (_app, client) = App::ready(&engine.host());
    for is_dependent in [false, true] {
        let repository = format!("job{}", number());
        registry.publish(&repository, "1", &version("a", SERVE));
        let reference = registry.reference(&format!("{repository}:1"));
        let owner = run(
            engine,
            &reference,
            if is_dependent { &[] } else { &["--rm"] },
        );
        known(&client, engine, &owner);
        let mut all = vec![owner];
        if is_dependent {
            let inside = engine.name("u");
            let namespace = format!("container:{}", *all[0]);
            let begun = ["run", "-d", "--rm", "--network", &namespace];
            engine.docker(&[&begun[..], &["--name", &inside, &reference]].concat());
            known(&client, engine, &inside);
            all.push(inside);
        }
        let images: Vec<String> = all.iter().map(|name| image_of(engine, name)).collect();
        registry.publish(&repository, "1", &version("b", "sleep 1; exit 3"));
        let answer = update(&client, &all[0], &json!({"stable_seconds": 4}));
        assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
        for (name, image) in all.iter().zip(&images) {
            assert_eq!(&image_of(engine, name), image, "{}", answer.text());
            let found: Value = engine.inspect(name);
            assert_eq!(found["Config"]["Image"], reference, "{}", answer.text());
            known(&client, engine, name);
            check(&client, name);
            has_state(&client, name, "update_available");
        }
        assert!(!answer.text().contains("by the ID"), "{}", answer.text());
    }
}
