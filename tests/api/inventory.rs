//! What the memory holds is what the engine holds: it follows events, and asks
//! again where the engine did not answer.

use crate::support::app::App;
use crate::support::client::{Client, Event};
use crate::support::engine::{Engine, is_podman};
use crate::support::proxy::{Proxy, Refusal};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::Instant;

/// From the list: one container by itself is read from the engine.
fn find(client: &Client, name: &str) -> Option<Value> {
    let list = client.get(&format!("/api/containers?q={name}")).json();
    let mut items = list["items"].as_array()?.iter();
    items.find(|item| item["name"] == name).cloned()
}

#[test]
fn container_whose_inspect_fails_after_an_event_is_asked_for_again_until_memory_is_right() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.run(&[]);
    let id = engine.inspect(&name)["Id"].as_str().unwrap().to_owned();
    until("it is known", SOON, || {
        find(&client, &name).filter(|found| found["state"] == "running")
    });
    let inspect = format!("/containers/{id}/json");
    proxy.refuse(&inspect, 4);
    engine.docker(&["kill", &name]);
    until("the inspects have failed", SOON, || {
        (proxy.still_refused(&inspect) == 0).then_some(())
    });
    until("memory is right", SOON, || {
        find(&client, &name).filter(|found| found["state"] == "exited")
    });
    let asked = proxy.take_asked();
    let inspects = asked.iter().filter(|line| line.contains(&inspect)).count();
    assert!((5..12).contains(&inspects), "{asked:?}");
    engine.docker(&["rm", &name]);
}

#[test]
fn container_that_cannot_be_inspected_at_the_start_is_listed_and_asked_for_again() {
    let engine = Engine::shared();
    let name = engine.run(&["--restart", "always"]);
    let id = engine.inspect(&name)["Id"].as_str().unwrap().to_owned();
    let proxy = Proxy::start(engine.socket());
    let inspect = format!("/containers/{id}/json");
    proxy.refuse(&inspect, 3);
    let (_app, client) = App::ready(&proxy.host());
    until("it is listed", SOON, || find(&client, &name));
    until("its inspects have failed", SOON, || {
        (proxy.still_refused(&inspect) == 0).then_some(())
    });
    until("all of it is known", SOON, || {
        find(&client, &name).filter(|found| found["restart_policy"] == "always")
    });
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn container_whose_inspect_hangs_leaves_the_engine_and_the_others_available() {
    let engine = Engine::shared();
    let hung: Vec<_> = (0..4).map(|_| engine.run(&[])).collect();
    let other = engine.run(&[]);
    let ids: Vec<String> = hung
        .iter()
        .map(|name| engine.inspect(name)["Id"].as_str().unwrap().to_owned())
        .collect();
    let proxy = Proxy::start(engine.socket());
    proxy.filter(move |request| {
        let is_hung = |id: &String| request.ends_with(&format!("/containers/{id}/json"));
        ids.iter().any(is_hung).then_some(Refusal::Silence)
    });
    let (_app, client) = App::ready(&proxy.host());
    for name in &hung {
        let listed = until("it is listed", SOON, || find(&client, name));
        assert_eq!(listed["state"], "running");
    }
    // Their inspects hang again and again, and what happens to others is followed.
    for state in ["exited", "running", "exited"] {
        let verb = if state == "running" { "start" } else { "kill" };
        engine.docker(&[verb, &other]);
        until("the other one is followed", SOON, || {
            find(&client, &other).filter(|found| found["state"] == state)
        });
    }
    assert_eq!(client.get("/api/system").json()["engine"]["state"], "up");
    proxy.end_filter();
    engine.docker(&["kill", &hung[0]]);
    until("it is asked for again", SOON, || {
        find(&client, &hung[0]).filter(|found| found["state"] == "exited")
    });
    for name in hung.iter().chain([&other]) {
        engine.docker(&["rm", "-f", name]);
    }
}

/// Requests for a list of images, networks or volumes.
fn lists(asked: &[String]) -> Vec<&String> {
    let is_list = |line: &&String| {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        line.starts_with("GET ")
            && ["/images/json", "/networks", "/volumes", "/system/df"]
                .iter()
                .any(|list| path.ends_with(list))
    };
    asked.iter().filter(is_list).collect()
}

/// As the engine calls an image that was named without a registry.
fn full_reference(tag: &str) -> String {
    if is_podman() {
        format!("docker.io/library/{tag}")
    } else {
        tag.to_owned()
    }
}

#[test]
fn networks_volumes_and_images_of_the_cli_show_in_feed_and_choices() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("l");
    let tag = format!("{name}:1");
    let reference = full_reference(&tag);
    let mut events = client.events("/api/events", None);
    events.find("the first state", |event| event.kind == "engine");
    let of = |kind: &'static str, field: &'static str| {
        let name = name.to_string();
        move |event: &Event| event.kind == kind && event.data[field] == name
    };
    let tagged = |event: &Event, kind: &str| {
        let tags = event.data["tags"].as_array().cloned().unwrap_or_default();
        event.kind == kind && tags.contains(&json!(reference))
    };

    engine.docker(&[
        "network",
        "create",
        "--subnet",
        "10.213.7.0/24",
        "--internal",
        "--label",
        "a=b",
        &name,
    ]);
    let network = events.find("the network", of("network", "name")).data;
    assert_eq!(network["subnets"][0]["network"], "10.213.7.0/24");
    assert_eq!(
        (&network["internal"], &network["labels"]["a"]),
        (&json!(true), &json!("b"))
    );
    engine.docker(&["volume", "create", "--label", "c=d", &name]);
    let volume = events.find("the volume", of("volume", "name")).data;
    assert_eq!(
        (&volume["driver"], &volume["labels"]["c"]),
        (&json!("local"), &json!("d"))
    );
    engine.build(&tag, &["LABEL e=f"]);
    let image = events
        .find("the image", |event| tagged(event, "image"))
        .data;
    assert_eq!(image["labels"]["e"], "f");
    assert!(image["size_bytes"].as_u64().unwrap() > 0);

    let has = |list: &str, wanted: &str| {
        let choices = client.get("/api/containers/choices").json();
        let all = choices[list].as_array().unwrap().clone();
        all.iter()
            .any(|item| *item == wanted || item["name"] == wanted)
    };
    let there = || {
        (
            has("networks", &name),
            has("volumes", &name),
            has("images", &reference),
        )
    };
    assert_eq!(there(), (true, true, true));

    engine.docker(&["network", "rm", &name]);
    events.find("the network is gone", of("network_removed", "name"));
    engine.docker(&["volume", "rm", &name]);
    events.find("the volume is gone", of("volume_removed", "name"));
    engine.docker(&["rmi", &tag]);
    let gone = |event: &Event| {
        tagged(event, "image_removed") || event.kind == "image" && event.data["id"] == image["id"]
    };
    events.find("the image is gone", gone);
    assert_eq!(there(), (false, false, false));
}

#[test]
fn pages_and_checks_ask_the_engine_for_no_list() {
    // Its own: what other tests do with images would have lists read again.
    let engine = Engine::start_isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let choices = until("memory is filled", SOON, || {
        let answer = client.get("/api/containers/choices");
        (answer.status == 200).then(|| answer.json())
    });
    let images = choices["images"].as_array().unwrap();
    assert!(
        images.contains(&json!(full_reference("bb:1"))),
        "{images:?}"
    );
    assert!(
        !lists(&proxy.take_asked()).is_empty(),
        "read once, at the start"
    );
    let spec = |network: &str| {
        json!({"name": "none", "environment": "DEV", "image": "bb:1", "networks": [{"name": network}],
            "mounts": [{"kind": "volume", "source": "nowhere", "target": "/x"}]})
    };
    for _ in 0..3 {
        assert_eq!(client.page("/containers/new").status, 200);
        assert_eq!(client.get("/api/containers/choices").status, 200);
        let missing = client.post("/api/containers?dry_run=true", &spec("nowhere"));
        assert_eq!(missing.problem(), "network_missing", "{}", missing.text());
        assert!(missing.text().contains("There are: "), "{}", missing.text());
        let planned = client.post("/api/containers?dry_run=true", &spec("bridge"));
        assert_eq!(planned.status, 200, "{}", planned.text());
        assert!(
            planned.text().contains("Create the volume nowhere"),
            "{}",
            planned.text()
        );
    }
    let asked = proxy.take_asked();
    assert_eq!(lists(&asked), [""; 0], "{asked:?}");
}

#[test]
fn burst_of_events_reads_a_list_about_once_a_second() {
    let engine = Engine::start_isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.name("b");
    let mut events = client.events("/api/events", None);
    events.find("the first state", |event| event.kind == "engine");
    until("all lists are known", SOON, || {
        (client.get("/api/containers/choices").status == 200).then_some(())
    });
    proxy.take_asked();
    let began = Instant::now();
    for n in 0..30 {
        engine.docker(&["volume", "create", &format!("{name}-{n}")]);
    }
    let last = format!("{name}-29");
    events.find("the last one", |event| {
        event.kind == "volume" && event.data["name"] == last
    });
    let seconds = began.elapsed().as_secs();
    let asked = proxy.take_asked();
    let reads = lists(&asked).len() as u64;
    assert!(reads <= seconds + 2, "{reads} in {seconds} s");
}

#[test]
fn list_that_the_engine_refuses_leaves_the_rest_working_and_is_asked_for_again() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    proxy.refuse("/volumes ", 3);
    let (_app, client) = App::ready(&proxy.host());
    until("the engine is up", SOON, || {
        (client.get("/api/containers").status == 200).then_some(())
    });
    until("the volumes are known", SOON, || {
        (client.get("/api/containers/choices").status == 200).then_some(())
    });
    assert_eq!(proxy.still_refused("/volumes "), 0);
}
