//! Settings: what is taken, what is refused, and that memory and disk agree.

use crate::support::app::{App, NO_ENGINE};
use dockermate::store::{Sizes, Store};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn settings_patch_changes_only_its_fields() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let before = client.get("/api/settings").json();
    for (patch, field, value) in [
        (
            json!({"host_environment": "PRD"}),
            "host_environment",
            json!("PRD"),
        ),
        (
            json!({"host_name": " cellar "}),
            "host_name",
            json!("cellar"),
        ),
        (
            json!({"skill_level": "advanced"}),
            "skill_level",
            json!("advanced"),
        ),
        (json!({"theme": "light"}), "theme", json!("light")),
        (
            json!({"require_prd_confirmation": false}),
            "require_prd_confirmation",
            json!(false),
        ),
        (
            json!({"dashboard_cards": ["host", "a-b_c"]}),
            "dashboard_cards",
            json!(["host", "a-b_c"]),
        ),
        (
            json!({"dashboard_hidden": []}),
            "dashboard_hidden",
            json!([]),
        ),
    ] {
        let answer = client.json("PATCH", "/api/settings", &patch);
        assert_eq!(answer.status, 200, "{patch}: {}", answer.text());
        assert_eq!(answer.json()[field], value, "{patch}");
    }
    assert_eq!(
        client.json("PATCH", "/api/settings", &json!({})).status,
        200
    );
    let after = client.get("/api/settings").json();
    assert_ne!(after, before);
    assert_eq!(after["theme"], "light", "the first ones stayed");
    app.stop();
    app.up();
    assert_eq!(client.get("/api/settings").json(), after);
}

#[test]
fn invalid_setting_is_refused_with_its_field() {
    let (_app, client) = App::ready(NO_ENGINE);
    let before = client.get("/api/settings").json();
    for (patch, field) in [
        (json!({"theme": "pink"}), "theme"),
        (json!({"theme": 1}), "theme"),
        (json!({"skill_level": "guru"}), "skill_level"),
        (json!({"host_environment": "prd"}), "host_environment"),
        (json!({"host_name": "  "}), "host_name"),
        (json!({"host_name": "a\nb"}), "host_name"),
        (json!({"host_name": "x".repeat(65)}), "host_name"),
        (json!({"dashboard_cards": ["<b>"]}), "dashboard_cards"),
        (json!({"dashboard_cards": vec!["a"; 33]}), "dashboard_cards"),
        (json!({"dashboard_cards": "host"}), "dashboard_cards"),
        (json!({"dashboard_hidden": [1]}), "dashboard_hidden"),
        (
            json!({"require_prd_confirmation": "no"}),
            "require_prd_confirmation",
        ),
        (json!({"theme": "dark", "colour": "red"}), "colour"),
        // One bad part spoils the whole.
        (json!({"theme": "dark", "host_name": ""}), "host_name"),
    ] {
        let answer = client.json("PATCH", "/api/settings", &patch);
        assert_eq!(answer.status, 400, "{patch}: {}", answer.text());
        answer.problem();
        let named = answer.json()["field"].as_str().unwrap().to_owned();
        assert!(named.starts_with(field), "{patch}: {named}");
    }
    assert_eq!(client.get("/api/settings").json(), before);
}

#[test]
fn the_environments_are_the_four_of_the_design() {
    let (_app, client) = App::ready(NO_ENGINE);
    let items = client.get("/api/environments").json();
    let of = |field: &str| -> Vec<Value> {
        items["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[field].clone())
            .collect()
    };
    assert_eq!(of("code"), ["PRD", "UAT", "DEV", "SANDBOX"]);
    assert_eq!(of("confirmation"), ["type_name", "yes", "none", "none"]);
}

/// A client that sends a change and hangs up without waiting for the answer.
#[test]
fn memory_and_disk_agree_when_the_client_hangs_up() {
    let (app, client) = App::ready(NO_ENGINE);
    let store = Store::open_beside(
        &app.data_dir(),
        Sizes {
            initial: 64 << 20,
            most: 1 << 30,
        },
    )
    .unwrap();
    let on_disk = || {
        store
            .settings()
            .unwrap()
            .map_or_else(String::new, |settings| settings.host_name)
    };
    let in_memory = || {
        client.get("/api/settings").json()["host_name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for round in 0..120_u64 {
        let mut stream = client.connect().unwrap();
        let body = json!({"host_name": format!("round {round}")}).to_string();
        stream
            .write_all(&client.request("PATCH", "/api/settings", &[], body.as_bytes()))
            .unwrap();
        stream.flush().unwrap();
        // Somewhere between the request's arrival and the end of its commit.
        let hang_up = Instant::now() + Duration::from_micros(round * 97 % 6000);
        while Instant::now() < hang_up {
            std::thread::yield_now();
        }
        drop(stream);
        let deadline = Instant::now() + Duration::from_secs(3);
        loop {
            let (memory, disk) = (in_memory(), on_disk());
            // Before the first change the disk has no name of its own.
            if memory == disk || !disk.starts_with("round") {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "in memory {memory:?}, on the disk {disk:?}"
            );
        }
    }
}
