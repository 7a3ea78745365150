//! Updates that are made by themselves: only where somebody said so, only in a window,
//! and never twice what did not work.

use super::apply::{SERVE, has_state, history, image_of, run, version};
use crate::api::recreate::known;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::simulated_registry::SimulatedRegistry;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub fn set_policy(client: &Client, name: &str, rules: &Value) -> Value {
    let answer = client.json("PUT", &format!("/api/updates/policy/{name}"), rules);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

pub fn settings(client: &Client, updates: &Value) {
    let answer = client.json("PATCH", "/api/settings", &json!({ "updates": updates }));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

pub fn check(client: &Client, name: &str) {
    client.post(&format!("/api/updates/check?container={name}"), &json!({}));
}

/// A window that is not open, whatever the time is: it began and ended 12 hours ago.
pub fn closed_window() -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let hour = (now.as_secs() / 3600 + 12) % 24;
    json!({"days": [], "start": format!("{hour:02}:00"), "minutes": 60})
}

/// Waits until a published version was tried, and gives how that ended.
fn tried(client: &Client, name: &str, digest: &str) -> String {
    until(&format!("{digest} is tried"), SOON, || {
        let entry = history(client, name).into_iter().next()?;
        let is_over = entry["outcome"] != "running" && entry["new_digest"] == digest;
        is_over.then(|| entry["outcome"].as_str().unwrap().to_owned())
    })
}

#[test]
fn twenty_published_versions_end_on_the_last_good_one_and_none_is_tried_twice() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &version("0", SERVE));
    let name = run(engine, &registry.reference("app:1"), &["-v", "/data"]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &name);
    let policy = set_policy(
        &client,
        &name,
        &json!({"policy": "auto", "stable_seconds": 1}),
    );
    assert_eq!(
        (&policy["policy"], &policy["source"]),
        (&json!("auto"), &json!("user"))
    );
    let volume = engine.inspect(&name)["Mounts"][0]["Name"].clone();
    let mut good = image_of(engine, &name);
    for number in 1..=20 {
        let works = number % 3 != 0;
        let script = if works { SERVE } else { "exit 7" };
        let digest = registry.publish("app", "1", &version(&number.to_string(), script));
        check(&client, &name);
        let outcome = tried(&client, &name, &digest);
        assert_eq!(
            outcome,
            if works { "succeeded" } else { "rolled_back" },
            "{number}"
        );
        let now = image_of(engine, &name);
        assert_eq!(now != good, works, "{number}");
        good = now;
        if !works {
            // It is looked at again and again, and not tried again.
            let before = history(&client, &name).len();
            check(&client, &name);
            client.post("/api/system/jobs/apply_updates/run", &json!({}));
            std::thread::sleep(Duration::from_millis(500));
            assert_eq!(history(&client, &name).len(), before, "{number}");
        }
    }
    let inspect = engine.inspect(&name);
    assert_eq!(inspect["State"]["Running"], true);
    assert_eq!(inspect["Mounts"][0]["Name"], volume, "its data");
    let all = history(&client, &name);
    assert_eq!(all.len(), 20);
    assert!(all.iter().all(|entry| entry["trigger"] == "automatic"));
}

#[test]
fn nothing_is_updated_by_itself_outside_of_a_window_before_its_time_or_unasked() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    for repository in ["closed", "prd", "old", "ignored", "soak", "labelled"] {
        registry.publish(repository, "1", &version("one", SERVE));
    }
    let of = |repository: &str, more: &[&str]| {
        run(
            engine,
            &registry.reference(&format!("{repository}:1")),
            more,
        )
    };
    let closed = of("closed", &[]);
    let prd = of(
        "prd",
        &[
            "--label",
            "dockermate.environment=PRD",
            "--label",
            "dockermate.update=auto",
        ],
    );
    let old = of("old", &["--label", "dockermate.environment=DEV"]);
    let ignored = of(
        "ignored",
        &["--label", "com.centurylinklabs.watchtower.enable=false"],
    );
    let soak = of("soak", &[]);
    let labelled = of("labelled", &["--label", "dockermate.update=auto"]);
    let (_app, client) = App::ready(&engine.host());
    for name in [&closed, &prd, &old, &ignored, &soak, &labelled] {
        known(&client, engine, name);
    }
    has_state(&client, &labelled, "up_to_date");
    has_state(&client, &ignored, "ignored");
    settings(
        &client,
        &json!({"automatic": true, "windows": [closed_window()]}),
    );
    set_policy(&client, &closed, &json!({"policy": "auto"}));
    set_policy(&client, &soak, &json!({"policy": "auto", "soak_days": 7}));
    for repository in ["closed", "prd", "old", "ignored", "soak", "labelled"] {
        registry.publish(repository, "1", &version("two", SERVE));
    }
    client.post("/api/updates/check", &json!({}));
    for name in [&closed, &prd, &old, &soak, &labelled] {
        has_state(&client, name, "update_available");
    }
    until("the job has said that they wait", SOON, || {
        let jobs = client.get("/api/system/jobs").json();
        jobs.to_string()
            .contains("wait for the maintenance window")
            .then_some(())
    });
    let all = client.get("/api/updates/history").json();
    assert_eq!(all["items"], json!([]), "the window is closed");
    // With the window open, only those that somebody asked for, and that are old enough.
    settings(&client, &json!({"automatic": true}));
    for name in [&closed, &labelled] {
        until("it is updated", SOON, || {
            let entry = history(&client, name).into_iter().next()?;
            (entry["outcome"] == "succeeded").then_some(())
        });
    }
    std::thread::sleep(Duration::from_secs(1));
    for (name, why) in [
        (&prd, "production"),
        (&old, "was there before"),
        (&soak, "is too new"),
        (&ignored, "is ignored"),
    ] {
        assert!(history(&client, name).is_empty(), "{why}");
    }
    let policy = client.get(&format!("/api/updates/policy/{}", *prd)).json();
    assert_eq!(policy["policy"], "notify");
    assert!(policy["reason"].as_str().unwrap().contains("production"));
    for (rules, field) in [
        (json!({"soak_days": 91}), "soak_days"),
        (json!({"stable_seconds": 601}), "stable_seconds"),
        (json!({"policy": "maybe"}), "policy"),
    ] {
        let answer = client.json("PUT", &format!("/api/updates/policy/{}", *old), &rules);
        assert!(answer.text().contains(field), "{}", answer.text());
        assert!(
            answer.status == 400 || answer.status == 422,
            "{}",
            answer.text()
        );
    }
    for updates in [
        json!([null, null]),
        json!({"windows": [["03:00", 60]]}),
        json!({"check_minutes": 1}),
        json!({"soak_days": 91}),
        json!({"windows": [{"start": "25:00", "minutes": 60}]}),
        json!({"windows": [{"start": "03:00", "minutes": 1}]}),
    ] {
        let body = json!({ "updates": updates });
        let answer = client.json("PATCH", "/api/settings", &body);
        assert!(
            answer.status == 400 && answer.text().contains("updates"),
            "{}",
            answer.text()
        );
    }
}
