//! The live stream: order, resuming, gaps, and an engine that goes and comes.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::time::{Duration, Instant};

fn rename(client: &Client, name: &str) {
    let answer = client.json("PATCH", "/api/settings", &json!({"host_name": name}));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn reconnecting_client_receives_every_event_once() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut live = client.events("/api/events", None);
    assert_eq!(live.next().unwrap().kind, "engine", "the state comes first");
    for n in 0..5 {
        rename(&client, &format!("name {n}"));
    }
    let is = |n: usize| {
        move |event: &crate::support::client::Event| {
            event.kind == "settings" && event.data["host_name"] == format!("name {n}")
        }
    };
    let mut last = None;
    for n in 0..3 {
        let event = live.find("a change", |event| event.kind == "settings");
        assert!(is(n)(&event), "in order: {event:?}");
        last = event.id;
    }
    drop(live);
    let mut again = client.events("/api/events", last.as_deref());
    for n in 3..5 {
        let event = again.find("what was missed", |event| {
            matches!(event.kind.as_str(), "settings" | "inventory")
        });
        assert!(is(n)(&event), "{event:?}");
    }
    rename(&client, "name 5");
    let event = again.find("what comes", |event| event.kind == "settings");
    assert!(is(5)(&event), "{event:?}");
    // Without an id it begins now.
    let mut fresh = client.events("/api/events", None);
    fresh.find("the state", |event| event.kind == "engine");
    rename(&client, "name 6");
    let event = fresh.find("the first change", |event| event.kind == "settings");
    assert!(is(6)(&event), "{event:?}");
}

#[test]
fn client_that_missed_too_many_events_is_told_to_reload() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let mut live = client.events("/api/events", None);
    rename(&client, "before");
    let id = live
        .find("a change", |event| event.kind == "settings")
        .id
        .unwrap();
    for bad in ["rubbish", "0-0", "-", "ffffffff-18446744073709551615", "é"] {
        let mut stream = client.events("/api/events", Some(bad));
        stream.find("told so", |event| event.kind == "inventory");
    }
    app.stop();
    app.up();
    // Another run: its numbers mean nothing here.
    let mut stream = client.events("/api/events", Some(&id));
    stream.find("told so", |event| event.kind == "inventory");
}

#[test]
fn host_figures_are_sent_on_request() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut with = client.events("/api/events?host=1", None);
    let sample = with.find("a sample", |event| event.kind == "host").data;
    for field in ["memory_total_bytes", "disk_total_bytes"] {
        assert!(sample[field].as_u64().unwrap() > 0, "{sample}");
    }
    with.find("another one", |event| event.kind == "host");
    let mut without = client.events("/api/events", None);
    rename(&client, "quiet");
    loop {
        let event = without.next().unwrap();
        assert_ne!(event.kind, "host");
        if event.kind == "settings" {
            break;
        }
    }
}

#[test]
fn engine_disconnect_and_reconnect_are_reported() {
    let mut engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--restart", "always"]);
    let list = || client.get("/api/containers");
    until("the container is known", SOON, || {
        list().text().contains(&format!("\"{name}\"")).then_some(())
    });
    let mut events = client.events("/api/events", None);
    events.find("up", |event| {
        event.kind == "engine" && event.data["state"] == "up"
    });
    engine.down();
    let down = events.find("down", |event| {
        event.kind == "engine" && event.data["state"] == "down"
    });
    assert!(down.data["error"].as_str().unwrap().len() > 10, "{down:?}");
    let since = down.data["since"].as_str().unwrap().to_owned();
    let refused = list();
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (503, "engine_unavailable")
    );
    assert!(refused.header("retry-after").is_some());
    assert_eq!(
        refused.json()["since"],
        since.as_str(),
        "{}",
        refused.text()
    );
    for path in [
        "/",
        "/containers",
        &format!("/containers/{name}"),
        "/settings",
    ] {
        let asked = Instant::now();
        let page = client.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{path}: {:?}",
            asked.elapsed()
        );
        let data = client
            .send("GET", path, &[("Accept", "application/json")], b"")
            .json();
        assert_eq!(data["frame"]["engine"]["state"], "down", "{path}");
        // What was known last, beside an engine that is known to be gone.
        assert_eq!(data["frame"]["counts"]["containers"], 1, "{path}");
        assert!(
            !page.text().contains("\"state\":\"running\""),
            "{path} shows what was as if it were"
        );
    }
    for (method, path) in [
        ("POST", format!("/api/containers/{name}/start")),
        ("GET", format!("/api/containers/{name}")),
        ("GET", format!("/api/containers/{name}/logs")),
        ("DELETE", format!("/api/containers/{name}")),
        (
            "GET",
            format!("/api/containers/{name}/commands?action=stop"),
        ),
    ] {
        let asked = Instant::now();
        let answer = client.send(method, &path, &[], b"");
        assert_eq!(answer.status, 503, "{method} {path}: {}", answer.text());
        assert!(asked.elapsed() < Duration::from_secs(2), "{method} {path}");
    }
    engine.up();
    let second = engine.run(&[]);
    assert_eq!(
        client
            .send("POST", "/api/system/engine/retry", &[], b"")
            .status,
        204
    );
    events.find("up again", |event| {
        event.kind == "engine" && event.data["state"] == "up"
    });
    until("a fresh list", SOON, || {
        let list = list();
        (list.status == 200 && list.text().contains(&format!("\"{second}\""))).then_some(())
    });
    let status = client.get("/api/system").json();
    assert_eq!(status["engine"]["state"], "up");
}
