//! The API description, checked by two validators and used by a client that is
//! generated from it.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::engine::{Engine, number, root};
use crate::support::openapi::{all, command, folder};
use std::path::PathBuf;
use std::process::Command;

/// The description as the program gives it away.
fn document(app: &App) -> PathBuf {
    let dir = root().join(format!("openapi-{}", number()));
    std::fs::create_dir_all(&dir).unwrap();
    let answer = app.client().get("/api/openapi.json");
    assert_eq!(answer.status, 200);
    let file = dir.join("openapi.json");
    std::fs::write(&file, answer.body).unwrap();
    file
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = all(&output);
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

#[test]
fn openapi_spec_validator_accepts_the_description_and_refuses_a_damaged_one() {
    let app = App::start(NO_ENGINE);
    let (tools, file) = (folder("tools"), document(&app));
    let said = succeeds(command(&tools, "openapi-spec-validator").arg(&file));
    assert!(said.contains("OK"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"responses\"", "\"answers\"")).unwrap();
    let damaged = command(&tools, "openapi-spec-validator")
        .arg(&file)
        .output();
    assert!(!damaged.unwrap().status.success());
}

#[test]
fn redocly_finds_neither_error_nor_warning_by_its_recommended_rules() {
    let app = App::start(NO_ENGINE);
    let (tools, file) = (folder("tools"), document(&app));
    let lint = |what: &str| {
        command(&tools, "redocly")
            .args(["lint", "--extends", "recommended", "--format", "json"])
            .arg(what)
            // It would ask the registry for a newer version, and count its users.
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
            .env("REDOCLY_TELEMETRY", "off")
            .current_dir(file.parent().unwrap())
            .output()
            .unwrap()
    };
    let found = lint("openapi.json");
    let said = all(&found);
    assert!(found.status.success(), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&found.stdout).expect(&said);
    assert_eq!(report["totals"]["errors"], 0, "{said}");
    assert_eq!(report["totals"]["warnings"], 0, "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"security\"", "\"secured\"")).unwrap();
    assert!(!lint("openapi.json").status.success());
}

#[test]
fn generated_python_client_logs_in_and_manages_a_container() {
    let engine = Engine::isolated();
    let app = App::start(&engine.host());
    let mut client = app.set_up();
    client.session = None;
    let (tools, file) = (folder("tools"), document(&app));
    let dir = file.parent().unwrap();
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi");
    // A part of the description that the generator cannot use is an error.
    succeeds(
        command(&tools, "openapi-python-client")
            .args(["generate", "--meta", "none", "--fail-on-warning"])
            .args(["--config", &format!("{sources}/client.yaml")])
            .arg("--path")
            .arg(&file)
            .arg("--output-path")
            .arg(dir.join("dockermate_client")),
    );
    std::fs::write(dir.join("ca.crt"), client.get("/ca.crt").body).unwrap();
    let name = engine.name("p");
    let said = succeeds(
        command(&tools, "python3")
            .arg(format!("{sources}/use_client.py"))
            .arg(format!("https://localhost:{}", app.port))
            .args([dir.join("ca.crt").to_str().unwrap(), PASSWORD, &name])
            .env("PYTHONPATH", dir),
    );
    assert!(said.trim_end().ends_with("all as described"), "{said}");
}
