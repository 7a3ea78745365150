//! What happens to an update when something is taken away in its middle: the network,
//! the disk, the engine, the container itself.

use super::apply::{SERVE, history, image_of, named, run, update, version};
use crate::api::recreate::{Snapshot, known, nothing_left, succeeded};
use crate::support::app::{App, at_signal};
use crate::support::client::Client;
use crate::support::disk::SmallDisk;
use crate::support::engine::{Engine, number};
use crate::support::proxy::{Proxy, When};
use crate::support::simulated_registry::{Mood, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// More steps than it has.
const MOST: u32 = 60;
/// An engine that was killed starts slowly on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn begun(client: &Client, name: &str) -> String {
    let answer = client.send(
        "POST",
        "/api/updates/apply",
        &[
            ("prefer", "respond-async"),
            ("content-type", "application/json"),
        ],
        json!({"container": name, "stable_seconds": 0})
            .to_string()
            .as_bytes(),
    );
    assert_eq!(answer.status, 202, "{}", answer.text());
    format!(
        "/api/operations/{}",
        answer.json()["operation"].as_str().unwrap()
    )
}

#[track_caller]
fn ended(client: &Client, path: &str) -> Value {
    until("the operation has ended", PATIENCE, || {
        let operation = client.try_get(path)?;
        let operation = (operation.status == 200).then(|| operation.json())?;
        (operation["state"] != "running" && operation["finished_at"].is_string())
            .then_some(operation)
    })
}

#[test]
fn network_that_goes_while_a_pull_runs_leaves_the_container_as_it_was() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let reference = registry.reference("app:1");
    let name = run(engine, &reference, &[]);
    let before = Snapshot::of(engine, &name);
    let old_image = image_of(engine, &name);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    registry.publish("app", "1", &version("two", SERVE));

    // Nothing comes any more: it can be cancelled.
    registry.set_mood("app", Mood::Stalled);
    registry.take_asked();
    let path = begun(&client, &name);
    until("a layer was begun", SOON, || {
        let asked = registry.take_asked();
        asked
            .iter()
            .any(|one| one.path.contains("/blobs/"))
            .then_some(())
    });
    assert_eq!(engine.inspect(&name)["State"]["Running"], true);
    let cancelled = client.delete(&path);
    assert!(cancelled.status < 300, "{}", cancelled.text());
    assert_eq!(ended(&client, &path)["state"], "cancelled");
    assert!(history(&client, &name).is_empty(), "nothing was changed");

    // The connection breaks, and nobody answers afterwards.
    registry.set_mood("app", Mood::Broken);
    let path = begun(&client, &name);
    let operation = ended(&client, &path);
    assert_eq!(operation["state"], "failed", "{operation}");
    assert_eq!(history(&client, &name)[0]["outcome"], "failed");

    let said = before.differences(&Snapshot::of(engine, &name));
    assert!(said.is_empty(), "{}", said.join("\n"));
    assert_eq!(before.id, Snapshot::of(engine, &name).id);
    assert_eq!(named(engine, &reference), old_image);
    nothing_left(engine, &name);

    // With the network the same update succeeds.
    registry.set_mood("app", Mood::Failing(500, 0));
    succeeded(&update(&client, &name, &json!({"stable_seconds": 0})));
    assert_ne!(image_of(engine, &name), old_image);
}

#[test]
fn disk_that_fills_while_a_pull_runs_leaves_the_container_as_it_was() {
    let mut engine = Engine::start();
    engine.down();
    let disk = SmallDisk::of(engine.data_dir(), 48);
    engine.up();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("one", SERVE));
    let reference = registry.reference("app:1");
    let name = run(&engine, &reference, &[]);
    let before = Snapshot::of(&engine, &name);
    let old_image = image_of(&engine, &name);
    let (_app, client) = App::ready(&engine.host());
    known(&client, &engine, &name);
    let noise: String = (0_u64..400_000)
        .map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761) & 0xffff_ffff))
        .collect();
    registry.publish("app", "1", &version(&noise, SERVE));
    disk.fill_but(1_500_000);
    let answer = update(&client, &name, &json!({"stable_seconds": 0}));
    assert_eq!(answer.problem(), "engine_disk_full", "{}", answer.text());
    assert!(answer.text().contains("space"), "{}", answer.text());
    assert_eq!(engine.inspect(&name)["State"]["Running"], true);
    let said = before.differences(&Snapshot::of(&engine, &name));
    assert!(said.is_empty(), "{}", said.join("\n"));
    assert_eq!(before.id, Snapshot::of(&engine, &name).id);
    assert_eq!(named(&engine, &reference), old_image);
    nothing_left(&engine, &name);
    assert_eq!(history(&client, &name)[0]["outcome"], "failed");
    std::fs::remove_file(disk.ballast()).unwrap();
    succeeded(&update(&client, &name, &json!({"stable_seconds": 0})));
    assert_ne!(image_of(&engine, &name), old_image);
    drop(name);
    engine.down();
}

#[test]
fn container_that_is_removed_in_the_middle_of_its_update_leaves_nothing_unclear() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let reference = registry.reference("app:1");
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let (mut kept, mut gone) = (0, 0);
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        registry.publish("app", "1", &version("one", SERVE));
        engine.docker(&["pull", "-q", &reference]);
        let name = run(engine, &reference, &["-v", "/data"]);
        let id = Snapshot::of(engine, &name).id;
        registry.publish("app", "1", &version("two", SERVE));
        known(&client, engine, &name);
        let mut remove = engine.client();
        remove.args(["rm", "-f", &id]);
        proxy.arm(step, When::Along, move || drop(remove.output().unwrap()));
        let answer = update(&client, &name, &json!({"stable_seconds": 1}));
        let seen = proxy.seen();
        let undisturbed = proxy.disarm();
        if undisturbed {
            succeeded(&answer);
            break;
        }
        nothing_left(engine, &name);
        let about = format!("{step}: {} {seen:?}", answer.text());
        if engine
            .try_docker(&["container", "inspect", &name])
            .is_some()
        {
            let state = engine.inspect(&name)["State"]["Running"].clone();
            assert_eq!(state, true, "{about}");
            assert_eq!(
                image_of(engine, &name),
                named(engine, &reference),
                "{about}"
            );
            succeeded(&answer);
            assert_eq!(
                history(&client, &name)[0]["outcome"],
                "succeeded",
                "{about}"
            );
            kept += 1;
        } else {
            assert_ne!(answer.status, 200, "{about}");
            assert!(answer.text().contains("removed"), "{about}");
            gone += 1;
        }
    }
    assert!(kept > 0 && gone > 0, "{kept} kept, {gone} gone");
}

#[test]
fn engine_killed_in_the_middle_of_an_update_ends_at_one_of_its_two_ends() {
    let mut engine = Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("first", SERVE));
    let reference = registry.reference("app:1");
    let name = format!("u{}", number());
    let mut all = vec!["run", "-d", "--network", "none", "--name", &name];
    all.extend(["--restart", "always", "-v", "/data", &reference]);
    engine.docker(&all);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    // Every other request: a recreate is tried at each of them.
    for step in (1..=MOST).step_by(2) {
        assert!(step < MOST, "it never ends");
        registry.publish("app", "1", &version("next", SERVE));
        known(&client, &engine, &name);
        let before = Snapshot::of(&engine, &name);
        let old_image = image_of(&engine, &name);
        let known_updates = history(&client, &name).len();
        proxy.arm(step, When::After, at_signal(engine.pid(), Signal::KILL));
        let answer = update(&client, &name, &json!({"stable_seconds": 0}));
        let seen = proxy.seen();
        let undisturbed = proxy.disarm();
        if undisturbed {
            succeeded(&answer);
            break;
        }
        engine.kill();
        engine.up();
        let about = format!("{step}: {} {seen:?}", answer.text());
        until(&format!("it is dealt with: {about}"), PATIENCE, || {
            let list = client.try_get("/api/operations?limit=5")?;
            let list = (list.status == 200).then(|| list.json())?;
            let open = list["items"].as_array()?.iter().any(|operation| {
                operation["state"] == "running" || operation["finished_at"].is_null()
            });
            let names = engine.try_docker(&["ps", "-a", "--format", "{{.Names}}"])?;
            let runs = engine.try_docker(&["inspect", "-f", "{{.State.Status}}", &name])?;
            (!open && runs == "running" && !names.contains(".new-") && !names.contains(".old-"))
                .then_some(())
        });
        let kept = engine.docker(&["exec", &name, "cat", "/data/marker"]);
        assert_eq!(kept, "kept", "{about}");
        let now = image_of(&engine, &name);
        let all = history(&client, &name);
        let outcome = (all.len() > known_updates).then(|| all[0]["outcome"].clone());
        if now == old_image {
            let said = before.differences(&Snapshot::of(&engine, &name));
            assert!(said.is_empty(), "{about}: {}", said.join("\n"));
            assert_ne!(outcome, Some(json!("succeeded")), "{about}");
        } else {
            assert_eq!(outcome, Some(json!("succeeded")), "{about}: {all:?}");
            assert_eq!(named(&engine, &reference), now, "{about}");
        }
    }
}
