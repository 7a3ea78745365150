//! Schemathesis against the built program and an engine of its own, which it
//! may do anything to: thousands of requests made from the API description,
//! right and wrong ones, with a session and without. Every answer must be one
//! that is described, and none may be an internal error.
//!
//!     DOCKERMATE_TEST_SCHEMATHESIS=10000 sh tests/run.sh schemathesis
//!
//! How many cases there are at least the variable says; `SCHEMATHESIS_SEED` is the seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    reason = "a test that cannot go on says so and stops"
)]

#[allow(dead_code, reason = "this uses a part of what tests stand on")]
mod support;

use serde_json::json;
use std::path::Path;
use std::time::Instant;
use support::app::App;
use support::client::Client;
use support::engine::{Engine, number, root};
use support::openapi::{command, folder};

fn wanted() -> u32 {
    let text = std::env::var("DOCKERMATE_TEST_SCHEMATHESIS").unwrap_or_else(|_| "1000".to_owned());
    text.parse()
        .expect("DOCKERMATE_TEST_SCHEMATHESIS is a number")
}

/// Operations that are not asked, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "open_container_terminal",
        "it answers with a WebSocket; tests/api/terminal.rs opens it",
    ),
    (
        "load_images",
        "its body is an archive, which is not made from a description; tests/api/images sends some",
    ),
];
/// With a session also these.
const ENDS_SESSION: &[(&str, &str)] = &[
    ("log_out", "nothing would have a session afterwards"),
    (
        "end_session",
        "the same: it learns the id of its own session from list_sessions",
    ),
];

/// One run against a program and an engine of its own.
fn run(kind: &str, with_session: bool) {
    let engine = Engine::start_isolated();
    for number in 1..=6 {
        let name = format!("fuzz-{number}");
        // Healthy at once: without a check a recreated one is watched for ten seconds.
        let health = ["--health-cmd", "true", "--health-interval", "1s"];
        let mut run = vec!["run", "-d", "--network", "none", "--name", &name];
        run.extend(health);
        run.push("bb:1");
        engine.docker(&run);
    }
    // No order of a certificate reaches an authority.
    let nowhere = "https://127.0.0.1:1/directory";
    let app = App::start_with(&engine.host(), &["--acme-directory", nowhere]);
    let client = app.set_up();
    let dir = root().join(format!("schemathesis-{kind}-{}", number()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("ca.crt"), client.get("/ca.crt").body).unwrap();
    std::fs::write(
        dir.join("openapi.json"),
        client.get("/api/openapi.json").body,
    )
    .unwrap();
    create_known_resources(&client, &dir);
    let begun = Instant::now();
    let mut left_out = LEFT_OUT.to_vec();
    let mut schemathesis = command(&folder("schemathesis"), "schemathesis");
    schemathesis
        .arg("--config-file")
        .arg("schemathesis.toml")
        .args(["run", "openapi.json", "--no-color", "--report", "json"])
        .args(["--url", &format!("https://localhost:{}", app.port)])
        .args([
            "--tls-verify",
            "ca.crt",
            "--report-json-path",
            "report.json",
        ])
        // Its systematic cases are some thousands; the random ones come on top.
        .args(["--max-examples", &wanted().div_ceil(200).to_string()])
        .args([
            "--seed",
            &std::env::var("SCHEMATHESIS_SEED").unwrap_or_else(|_| "1".to_owned()),
        ])
        .env(
            "PYTHONPATH",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi"),
        )
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .current_dir(&dir);
    if with_session {
        left_out.extend_from_slice(ENDS_SESSION);
        let token = client.session.as_deref().unwrap();
        schemathesis.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    for (name, why) in left_out {
        println!("{kind}: {name} is left out: {why}");
        schemathesis.args(["--exclude-operation-id", name]);
    }
    let ended = schemathesis.status().unwrap();
    assert!(ended.success(), "{kind}: see above");
    let cases = cases(&dir);
    println!(
        "{kind}: {cases} cases in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert!(cases >= u64::from(wanted()), "{kind}: only {cases} cases");
    assert!(is_well(&client), "{}", app.log());
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

/// Something of every kind to ask for, and its ids where the settings look for them.
fn create_known_resources(client: &Client, dir: &Path) {
    for number in 1..=3 {
        let name = format!("fuzz-{number}");
        // Its configuration is saved before a change.
        let path = format!("/api/containers/{name}");
        let moved = client.json("PUT", &path, &json!({"environment": "PRD"}));
        assert_eq!(moved.status, 200, "{}", moved.text());
        let recreated = client.post(
            &format!("{path}/recreate?confirm={name}"),
            &json!({"changes": {"labels": {"fuzz": "yes"}}, "stable_seconds": 1}),
        );
        assert_eq!(recreated.status, 200, "{}", recreated.text());
        let saved = client.post("/api/templates", &json!({"name": name, "container": name}));
        assert_eq!(saved.status, 201, "{}", saved.text());
        let code = format!("FUZZ{number}");
        let added = client.post("/api/environments", &json!({"code": code}));
        assert_eq!(added.status, 201, "{}", added.text());
    }
    for (file, path, key) in [
        ("backups", "/api/backups", "id"),
        ("operations", "/api/operations", "id"),
        ("templates", "/api/templates", "id"),
        ("environments", "/api/environments", "code"),
        ("jobs", "/api/system/jobs", "id"),
    ] {
        let list = client.get(path).json();
        let items = list["items"].as_array().unwrap().iter();
        // Each a quoted text on a line of its own.
        let ids: Vec<String> = items.map(|item| item[key].to_string()).collect();
        assert!(!ids.is_empty(), "{path}: {list}");
        // The newest, and the user's own, come first.
        let ids = ids[..ids.len().min(8)].join("\n");
        std::fs::write(dir.join(format!("{file}.txt")), ids + "\n").unwrap();
    }
    let settings = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/openapi/schemathesis.toml"
    );
    std::fs::copy(settings, dir.join("schemathesis.toml")).unwrap();
}

/// How many cases there were, by the report.
fn cases(dir: &Path) -> u64 {
    let text = std::fs::read(dir.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&text).unwrap();
    report["test_cases"]["generated"].as_u64().unwrap()
}

fn is_well(client: &Client) -> bool {
    client.get("/healthz").status == 200
}

#[test]
fn schemathesis_finds_no_fault_with_a_session() {
    run("with a session", true);
}

#[test]
fn schemathesis_finds_no_fault_without_a_session() {
    run("without a session", false);
}
