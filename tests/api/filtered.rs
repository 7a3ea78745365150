//! Behind a proxy that lets only some requests through (docker-socket-proxy):
//! what it refuses is told in a sentence that names its setting.

use super::exec::known;
use crate::support::app::{App, program};
use crate::support::client::{Answer, Client};
use crate::support::engine::Engine;
use crate::support::proxy::{FORBIDDEN, Proxy};
use crate::support::wait::{SOON, until};
use serde_json::json;

/// An engine of which these requests are refused.
fn behind(engine: &Engine, refused: &'static [&'static str]) -> Proxy {
    let proxy = Proxy::start(engine.socket());
    proxy.filter(move |request| {
        let refuses = |beginning: &&str| request.starts_with(*beginning);
        refused.iter().any(refuses).then_some(FORBIDDEN)
    });
    proxy
}

#[track_caller]
fn names_setting(answer: &Answer, setting: &str) {
    assert_eq!(answer.problem(), "engine_filtered", "{}", answer.text());
    let text = answer.text();
    assert!(text.contains(setting) && !text.contains('<'), "{text}");
}

fn error_of(client: &Client) -> String {
    until("the engine is reported as down", SOON, || {
        let status = client.get("/api/system").json()["engine"].clone();
        (status["state"] == "down").then(|| status["error"].as_str().unwrap_or("").to_owned())
    })
}

#[test]
fn an_engine_without_info_is_used_with_what_its_version_says() {
    let engine = Engine::shared();
    let proxy = behind(engine, &["GET /info"]);
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let status = client.get("/api/system").json()["engine"].clone();
    assert_eq!(status["state"], "up", "{status}");
    let api = status["info"]["api_version"].as_str().unwrap();
    assert!(api.starts_with("1."), "{status}");
    let warnings = status["info"]["warnings"].to_string();
    assert!(warnings.contains("INFO=1"), "{status}");
    let answer = client.post(&format!("/api/containers/{name}/pause"), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn an_engine_without_events_or_list_is_down_with_a_sentence() {
    let engine = Engine::shared();
    for (refused, setting) in [
        (&["GET /events"][..], "EVENTS=1"),
        (&["GET /containers/"], "CONTAINERS=1"),
        (&["GET /version"], "VERSION=1"),
    ] {
        let proxy = behind(engine, refused);
        let (_app, client) = App::ready(&proxy.host());
        let error = error_of(&client);
        assert!(error.contains(setting) && !error.contains('<'), "{error}");
    }
}

#[test]
fn actions_that_the_proxy_refuses_name_its_setting() {
    let engine = Engine::shared();
    let proxy = behind(engine, &["POST ", "DELETE "]);
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let path = |action: &str| format!("/api/containers/{name}/{action}");
    for action in ["stop", "restart", "pause", "kill"] {
        names_setting(&client.post(&path(action), &json!({})), "POST=1");
    }
    names_setting(
        &client.post(&path("exec"), &json!({"command": "ls"})),
        "EXEC=1",
    );
    let rename = json!({"name": format!("{name}x")});
    names_setting(
        &client.json("PUT", &format!("/api/containers/{name}"), &rename),
        "POST=1",
    );
    engine.docker(&["stop", "-t", "1", &name]);
    until("it is known to be stopped", SOON, || {
        (client.get(&format!("/api/containers/{name}")).json()["state"] == "exited").then_some(())
    });
    names_setting(&client.post(&path("start"), &json!({})), "POST=1");
    let path = format!("/api/containers/{name}?confirm={name}");
    names_setting(&client.delete(&path), "POST=1");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn doctor_names_what_the_proxy_refuses() {
    let engine = Engine::shared();
    for (refused, setting, code) in [
        (&["GET /info"][..], "INFO=1", 0),
        (&["GET /events"], "EVENTS=1", 69),
        (&["GET /containers/"], "CONTAINERS=1", 69),
    ] {
        let proxy = behind(engine, refused);
        let dir = crate::support::engine::root().join("doctor");
        let output = program()
            .args(["doctor", "--docker-host", &proxy.host(), "--data-dir"])
            .arg(dir)
            .args(["--port", &crate::support::app::free_port().to_string()])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(setting) && !text.contains('<'), "{text}");
        assert_eq!(output.status.code(), Some(code), "{text}");
    }
}
