//! Updates: every state that a container can be in, on a real engine that pulled
//! from a simulated registry.

pub mod apply;
pub mod automatic;
mod compose;
mod followed;
mod guards;
mod interrupted;
mod meanwhile;
mod restored;
mod review;
mod selected;
mod taken_back;

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::Client;
use crate::support::engine::{Engine, Name, number};
use crate::support::simulated_registry::{Asked, Door, Mood, Published, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Whether the engine stores images by their content.
fn is_containerd(engine: &Engine) -> bool {
    engine
        .docker(&["info", "--format", "{{.DriverStatus}}"])
        .contains("io.containerd.snapshotter")
}

/// Pulls an image and makes a container of it, which never runs.
pub fn container<'a>(engine: &'a Engine, image: &str) -> Name<'a> {
    engine.docker(&["pull", "-q", image]);
    made(engine, image)
}

fn made<'a>(engine: &'a Engine, image: &str) -> Name<'a> {
    let name = engine.name("u");
    engine.docker(&["create", "--network", "none", "--name", &name, image]);
    name
}

/// The list, as soon as every one of these has been looked up.
fn settled(client: &Client, names: &[&Name<'_>]) -> Value {
    until("everything was looked up", SOON, || {
        let list = client.try_get("/api/updates")?;
        if list.status != 200 {
            return None;
        }
        let list = list.json();
        let is_known = |name: &str| {
            let found = find(&list, name)?;
            (found["reason"] != "not_checked").then_some(())
        };
        let all = names.iter().all(|name| is_known(name).is_some());
        let is_over = list["checking"] == false && !list["checked_at"].is_null();
        (all && is_over).then_some(list)
    })
}

fn find<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list["items"]
        .as_array()?
        .iter()
        .find(|item| item["name"] == name)
}

#[track_caller]
fn status<'a>(list: &'a Value, name: &str) -> &'a Value {
    find(list, name).unwrap_or_else(|| panic!("{name} is not in {list}"))
}

fn check(client: &Client, query: &str) -> Value {
    let answer = client.post(&format!("/api/updates/check{query}"), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn heads(asked: &[Asked], repository: &str) -> usize {
    let path = format!("/v2/{repository}/manifests/");
    asked
        .iter()
        .filter(|one| one.method == "HEAD" && one.path.starts_with(&path))
        .count()
}

#[test]
fn every_state_is_reached_with_one_head_for_each_distinct_reference() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let image = |text: &str| Published::new(&format!("{text} {}", number()));
    for name in ["same", "moved", "gone", "html", "lying"] {
        registry.publish(name, "1.0", &image(name));
    }
    registry.publish_index("index", "1.0", &image("index"), "first");
    for tag in [
        "1.25-alpine",
        "1.26-alpine",
        "1.27-alpine",
        "2.0-alpine",
        "2.1",
        "latest",
        "2024.1-alpine",
    ] {
        registry.publish("versions", tag, &image(tag));
    }
    let pinned = registry.publish("pinned", "1.0", &image("pinned"));
    let locked = SimulatedRegistry::start();
    locked.publish("locked", "1.0", &image("locked"));
    let busy = SimulatedRegistry::start();
    busy.publish("limited", "1.0", &image("limited"));
    let down = SimulatedRegistry::start();
    down.publish("down", "1.0", &image("down"));

    let of = |name: &str| container(engine, &registry.reference(name));
    let (same, moved, gone) = (of("same:1.0"), of("moved:1.0"), of("gone:1.0"));
    let again = made(engine, &registry.reference("same:1.0"));
    let (html, lying) = (of("html:1.0"), of("lying:1.0"));
    let limited = container(engine, &busy.reference("limited:1.0"));
    let (index, versions) = (of("index:1.0"), of("versions:1.25-alpine"));
    let pinned = container(engine, &registry.reference(&format!("pinned:1.0@{pinned}")));
    let private = container(engine, &locked.reference("locked:1.0"));
    let unreachable = container(engine, &down.reference("down:1.0"));
    let built = registry.reference(&format!("built{}:1.0", number()));
    engine.import(&built, &["CMD [\"/bin/true\"]"]);
    let built = made(engine, &built);

    registry.publish("moved", "1.0", &image("moved again"));
    registry.untag("gone", "1.0");
    busy.set_mood("limited", Mood::Limited(3600));
    registry.set_mood("html", Mood::Html);
    registry.set_mood("lying", Mood::WrongDigest);
    locked.set_door(Door::Basic("me".to_owned(), "secret".to_owned()));
    drop(down);

    let (_app, client) = App::ready(&engine.host());
    let all = [
        &same,
        &again,
        &moved,
        &gone,
        &limited,
        &html,
        &lying,
        &index,
        &versions,
        &pinned,
        &private,
        &unreachable,
        &built,
    ];
    let list = settled(&client, &all);
    for (name, state, reason) in [
        (&same, "up_to_date", None),
        (&again, "up_to_date", None),
        (&index, "up_to_date", None),
        (&moved, "update_available", None),
        (&versions, "newer_version", None),
        (&pinned, "pinned", None),
        (&private, "unknown", Some("login")),
        (&gone, "unknown", Some("not_found")),
        (&unreachable, "unknown", Some("unreachable")),
        (&limited, "unknown", Some("rate_limited")),
        (&html, "unknown", Some("invalid_answer")),
        (&lying, "unknown", Some("invalid_answer")),
    ] {
        let found = status(&list, name);
        assert_eq!(
            (&found["state"], &found["reason"]),
            (&json!(state), &json!(reason)),
            "{found}"
        );
        assert!(!found["message"].as_str().unwrap().is_empty(), "{found}");
    }
    let built = status(&list, &built);
    if is_containerd(engine) {
        assert_eq!(built["reason"], "not_found", "{built}");
    } else {
        assert_eq!(built["state"], "local_build", "{built}");
    }
    let newer = &status(&list, &versions)["newer"];
    assert_eq!(
        *newer,
        json!({"patch": null, "minor": "1.27-alpine", "major": "2.0-alpine"})
    );
    // Of its registry it is known when it may be asked again.
    let registries = list["registries"].as_array().unwrap();
    let limits = registries
        .iter()
        .find(|one| one["registry"] == busy.host())
        .unwrap();
    assert!(limits["retry_at"].is_string(), "{limits}");
    busy.take_asked();
    check(&client, &format!("?container={}", &*limited));
    assert!(busy.take_asked().is_empty(), "it is not asked before");
    // The same is in the list of containers and in each of them.
    let one = client.get(&format!("/api/containers/{}", &*moved)).json();
    assert_eq!(one["update"]["state"], "update_available", "{one}");
    let listed = client.get(&format!("/api/containers?q={}", &*moved)).json();
    assert_eq!(listed["items"][0]["update"]["state"], "update_available");
    assert!(!list.to_string().contains("secret"));
}

#[test]
fn other_index_of_the_same_image_is_looked_at_once_and_not_offered() {
    // Containers of other tests that appear would be looked up meanwhile.
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let image = Published::new(&format!("index {}", number()));
    registry.publish_index("app", "stable", &image, "first");
    let name = container(engine, &registry.reference("app:stable"));
    // Another index: the image for this platform is the same.
    let (second, _) = registry.publish_index("app", "stable", &image, "second");
    let (mut app, client) = App::ready(&engine.host());
    let list = settled(&client, &[&name]);
    let found = status(&list, &name);
    assert_eq!(found["state"], "up_to_date", "{found}");
    assert_eq!(found["latest_digest"], second.as_str());
    registry.take_asked();
    let done = check(&client, &format!("?container={}", &*name));
    assert!(
        done["message"].as_str().unwrap().contains("It runs what"),
        "{done}"
    );
    let asked = registry.take_asked();
    assert_eq!(heads(&asked, "app"), 1, "{asked:?}");
    assert!(
        !asked
            .iter()
            .any(|one| one.method == "GET" && one.path.contains("/manifests/")),
        "what the index stands for is remembered: {asked:?}"
    );
    // Also after a restart, which asks nothing before it is due.
    app.stop();
    app.up();
    let list = settled(&client, &[&name]);
    assert_eq!(status(&list, &name)["state"], "up_to_date");
    assert_eq!(heads(&registry.take_asked(), "app"), 0);
    // A single manifest that replaces the index by the image in it is the same too.
    registry.publish("app", "stable", &image);
    check(&client, &format!("?container={}", &*name));
    let list = client.get("/api/updates").json();
    assert_eq!(status(&list, &name)["state"], "up_to_date", "{list}");
}

#[test]
fn update_is_told_live_and_goes_with_the_new_image() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let image = |text: &str| Published::new(&format!("{text} {}", number()));
    registry.publish("app", "stable", &image("one"));
    let reference = registry.reference("app:stable");
    let (_app, client) = App::ready(&engine.host());
    let mut live = client.events("/api/events", None);
    // A container that appears is looked up by itself.
    let name = container(engine, &reference);
    live.find("it is up to date", |event| {
        event.kind == "container"
            && event.data["name"] == *name
            && event.data["update"]["state"] == "up_to_date"
    });
    registry.publish("app", "stable", &image("two"));
    // The number of them may be told before the container is.
    let mut numbers = client.events("/api/events", None);
    let done = check(&client, &format!("?container={}", &*name));
    assert_eq!(done["state"], "succeeded", "{done}");
    live.find("it has an update", |event| {
        event.kind == "container"
            && event.data["name"] == *name
            && event.data["update"]["state"] == "update_available"
    });
    let told = numbers.find("the number", |event| {
        event.kind == "updates" && event.data["counts"]["update_available"].as_u64() > Some(0)
    });
    assert!(told.data["counts"]["update_available"].as_u64() >= Some(1));
    // Pulled, but the container still runs the old one.
    engine.docker(&["pull", "-q", &reference]);
    check(&client, &format!("?container={}", &*name));
    let list = client.get("/api/updates").json();
    assert_eq!(status(&list, &name)["state"], "update_available", "{list}");
    let new = made(engine, &reference);
    let list = until("the new one is known", SOON, || {
        let list = client.get("/api/updates").json();
        let known = find(&list, &new)?["state"] == "up_to_date";
        known.then_some(list)
    });
    assert_eq!(status(&list, &name)["state"], "update_available");
}

#[test]
fn registry_that_never_answers_delays_no_other() {
    // One of its own: every program that follows it waits for this registry.
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let stalled = SimulatedRegistry::start();
    let mut names = Vec::new();
    registry.publish("app", "stable", &Published::new(&format!("{}", number())));
    for n in 0..4 {
        let repository = format!("stalled{n}");
        stalled.publish(
            &repository,
            "stable",
            &Published::new(&format!("{n} {}", number())),
        );
        names.push(container(
            engine,
            &stalled.reference(&format!("{repository}:stable")),
        ));
        stalled.set_mood(&repository, Mood::Silent);
    }
    let good = container(engine, &registry.reference("app:stable"));
    let (_app, client) = App::ready(&engine.host());
    let began = Instant::now();
    let mut all: Vec<&Name<'_>> = names.iter().collect();
    all.push(&good);
    let list = settled(&client, &all);
    assert_eq!(status(&list, &good)["state"], "up_to_date");
    for name in &names {
        assert_eq!(status(&list, name)["reason"], "unreachable");
    }
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn check_is_planned_refused_without_an_engine_and_named_for_unknown_containers() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    registry.publish("app", "stable", &Published::new(&format!("{}", number())));
    let name = container(engine, &registry.reference("app:stable"));
    let (_app, client) = App::ready(&engine.host());
    settled(&client, &[&name]);
    registry.take_asked();
    let plan = client.post(
        &format!("/api/updates/check?dry_run=true&container={}", &*name),
        &json!({}),
    );
    assert_eq!(plan.status, 200, "{}", plan.text());
    assert!(
        plan.text().contains(&registry.reference("app:stable")),
        "{}",
        plan.text()
    );
    assert!(registry.take_asked().is_empty());
    let missing = client.post("/api/updates/check?container=nobody-here", &json!({}));
    assert_eq!(missing.status, 404, "{}", missing.text());
    let jobs = client.get("/api/system/jobs").text();
    assert!(jobs.contains("check_updates"), "{jobs}");
    let (_app, client) = App::ready(NO_ENGINE);
    assert_eq!(client.get("/api/updates").status, 503);
    assert_eq!(client.post("/api/updates/check", &json!({})).status, 503);
    assert_eq!(client.get("/api/updates/review/web").status, 503);
}
