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
const LEFT_OUT: &[(&str, &str)] = &[(
    "open_container_terminal",
    "it answers with a WebSocket; tests/api/terminal.rs opens it",
)];
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
        engine.docker(&["run", "-d", "--network", "none", "--name", &name, "bb:1"]);
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
    let begun = Instant::now();
    let mut left_out = LEFT_OUT.to_vec();
    let mut schemathesis = command(&folder("schemathesis"), "schemathesis");
    schemathesis
        .arg("--config-file")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/openapi/schemathesis.toml"
        ))
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
