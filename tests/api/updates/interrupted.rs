//! The power is cut at every step of an update: afterwards the container is the old
//! or the new one, its tag names the same image, and the history says so.

use super::apply::{SERVE, history, image_of, named, run, update, version};
use crate::api::recreate::{Snapshot, known, nothing_left, succeeded};
use crate::support::app::{App, at_signal};
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::simulated_registry::SimulatedRegistry;
use crate::support::wait::until;
use rustix::process::Signal;
use serde_json::json;
use std::time::Duration;

/// A loaded machine starts slowly.
const PATIENCE: Duration = Duration::from_secs(90);
/// More steps than it has.
const MOST: u32 = 60;

#[test]
fn update_that_is_cut_off_anywhere_ends_at_one_of_its_two_ends() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("first", SERVE));
    let reference = registry.reference("app:1");
    let name = run(engine, &reference, &[]);
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let mut undisturbed = false;
    let mut step = 1;
    while !undisturbed {
        assert!(step < MOST, "it never ends");
        let signal = if step % 2 == 0 {
            Signal::KILL
        } else {
            Signal::TERM
        };
        registry.publish("app", "1", &version("next", SERVE));
        known(&client, engine, &name);
        let before = Snapshot::of(engine, &name);
        let old_image = image_of(engine, &name);
        // One that was cut off while it pulled has moved the tag.
        let tagged = named(engine, &reference);
        let known_updates = history(&client, &name).len();
        proxy.arm(step, When::After, at_signal(app.pid(), signal));
        let body = json!({ "container": &*name, "stable_seconds": 0 });
        let answer = client.try_json("POST", "/api/updates/apply", &body);
        undisturbed = proxy.disarm();
        if undisturbed {
            succeeded(&answer.unwrap());
        } else {
            app.ended();
            app.up();
            until(&format!("step {step} is dealt with"), PATIENCE, || {
                let answer = client.try_get("/api/operations?limit=1")?;
                let newest = (answer.status == 200).then(|| answer.json()["items"][0].clone())?;
                let state = newest["state"].as_str()?;
                (!matches!(state, "running" | "interrupted") || newest["finished_at"].is_string())
                    .then_some(())
            });
        }
        nothing_left(engine, &name);
        assert_eq!(engine.inspect(&name)["State"]["Running"], true, "{step}");
        let after = Snapshot::of(engine, &name);
        let now = image_of(engine, &name);
        let all = history(&client, &name);
        let entry = (all.len() > known_updates).then(|| all[0].clone());
        let outcome = entry.as_ref().map(|entry| entry["outcome"].clone());
        if now == old_image {
            let said = before.differences(&after);
            assert!(said.is_empty(), "{step}: {}", said.join("\n"));
            // Cut off before it began, or rolled back.
            assert!(
                outcome
                    .as_ref()
                    .is_none_or(|outcome| *outcome == "rolled_back" || *outcome == "failed"),
                "{step}: {entry:?}"
            );
            if outcome == Some(json!("rolled_back")) {
                assert_eq!(named(engine, &reference), tagged, "{step}: its tag");
            }
        } else {
            assert_eq!(outcome, Some(json!("succeeded")), "{step}: {entry:?}");
            assert_eq!(named(engine, &reference), now, "{step}: its tag");
        }
        step += 1;
    }
    assert!(step > 8, "only {step} steps were cut");
    let _ = update(&client, &name, &json!({}));
}

/// The engine has removed the old one by then: what is created again must still have its
/// tag, or no update would ever be found for it.
#[test]
fn failing_update_of_what_the_engine_removes_has_its_tag_wherever_it_is_cut_off() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("first", SERVE));
    let reference = registry.reference("app:1");
    let name = run(engine, &reference, &["--rm", "--stop-timeout", "0"]);
    let image = image_of(engine, &name);
    registry.publish("app", "1", &version("next", "exit 3"));
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        // One that was cut off while it pulled has moved it.
        engine.docker(&["tag", &image, &reference]);
        known(&client, engine, &name);
        proxy.arm(step, When::After, at_signal(app.pid(), Signal::KILL));
        let body = json!({ "container": &*name, "stable_seconds": 1 });
        let answer = client.try_json("POST", "/api/updates/apply", &body);
        if proxy.disarm() {
            assert_eq!(answer.unwrap().problem(), "rolled_back");
            assert!(step > 8, "only {step} steps were cut");
            break;
        }
        app.ended();
        app.up();
        until(&format!("step {step} is dealt with"), PATIENCE, || {
            let answer = client.try_get("/api/operations?limit=1")?;
            let list = (answer.status == 200).then(|| answer.json()["items"].clone())?;
            // None at all: it was not begun.
            let is_open = list
                .as_array()?
                .iter()
                .any(|newest| newest["state"] == "running" || newest["finished_at"].is_null());
            (!is_open).then_some(())
        });
        nothing_left(engine, &name);
        let found = engine.inspect(&name);
        let is_pulled = history(&client, &name)
            .first()
            .is_some_and(|entry| entry["outcome"] == "rolled_back");
        assert_eq!(found["State"]["Running"], true, "{step}");
        assert_eq!(found["Image"], image.as_str(), "{step}");
        assert_eq!(found["Config"]["Image"], reference, "{step}");
        if is_pulled {
            assert_eq!(named(engine, &reference), image, "{step}: its tag");
        }
    }
}
