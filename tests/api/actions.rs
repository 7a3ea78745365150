//! What can be done to a container: results, refusals, plans, confirmations,
//! and that the commands shown for it do the same.

use crate::support::app::App;
use crate::support::client::{Answer, Client, Events};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::process::Command;

#[track_caller]
fn known(client: &Client, name: &str) -> Value {
    until("the container is known", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200).then(|| answer.json())
    })
}

fn act(client: &Client, name: &str, action: &str) -> Answer {
    client.send(
        "POST",
        &format!("/api/containers/{name}/{action}"),
        &[],
        b"",
    )
}

fn engine_state(engine: &Engine, name: &str) -> String {
    engine.docker(&["inspect", "-f", "{{.State.Status}}", name])
}

#[track_caller]
fn succeeded(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let operation = answer.json();
    assert_eq!(operation["state"], "succeeded", "{operation}");
    assert!(operation["finished_at"].is_string(), "{operation}");
    operation
}

#[test]
fn every_action_works_and_repeating_it_changes_nothing() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    for (action, after, message) in [
        ("start", "running", "was running already"),
        ("pause", "paused", "is paused"),
        ("pause", "paused", "is paused"),
        ("unpause", "running", "was resumed"),
        ("unpause", "running", "was resumed"),
        ("restart", "running", "was restarted"),
        ("stop", "exited", "has stopped"),
        ("stop", "exited", "had stopped already"),
        ("start", "running", "is running"),
        ("kill", "exited", "was sent the signal"),
    ] {
        let operation = succeeded(&act(&client, &name, action));
        assert_eq!(engine_state(engine, &name), after, "{action}");
        assert_eq!(known(&client, &name)["state"], after, "{action}");
        assert_eq!(operation["target"], name.as_str());
        assert_eq!(operation["kind"], format!("container.{action}"));
        let told = operation["message"].as_str().unwrap();
        assert!(told.contains(message), "{action}: {told}");
    }
    for action in ["pause", "unpause", "kill"] {
        let refused = act(&client, &name, action);
        assert_eq!(refused.status, 409, "{action}: {}", refused.text());
        refused.problem();
    }
    succeeded(&client.delete(&format!("/api/containers/{name}")));
    for action in ["start", "stop", "restart", "pause", "unpause", "kill"] {
        let missing = act(&client, &name, action);
        assert_eq!(
            (missing.status, missing.problem().as_str()),
            (404, "container_not_found"),
            "{action}"
        );
    }
    assert_eq!(
        client.delete(&format!("/api/containers/{name}")).status,
        404
    );
}

#[test]
fn options_are_checked_and_used() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let try_it =
        |action: &str, body: Value| client.post(&format!("/api/containers/{name}/{action}"), &body);
    for (action, body, field) in [
        ("stop", json!({"timeout": 3601}), "timeout"),
        ("stop", json!({"timeout": -1}), "timeout"),
        ("stop", json!({"timeout": "5"}), "timeout"),
        ("start", json!({"timeout": 5}), "timeout"),
        ("kill", json!({"signal": "; rm"}), "signal"),
        ("kill", json!({"signal": ""}), "signal"),
        ("pause", json!({"signal": "SIGTERM"}), "signal"),
        ("kill", json!({"force": true}), "force"),
    ] {
        let answer = try_it(action, body.clone());
        assert_eq!(answer.status, 400, "{action} {body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{action} {body}");
    }
    let unknown = try_it("kill", json!({"signal": "SIGNOPE"}));
    assert_eq!(unknown.status, 400, "{}", unknown.text());
    assert_eq!(engine_state(engine, &name), "running");
    succeeded(&try_it("kill", json!({"signal": "HUP"})));
    succeeded(&try_it("stop", json!({"timeout": 0})));
    assert_eq!(engine_state(engine, &name), "exited");
}

#[test]
fn asynchronous_request_returns_the_operation_id() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let mut events = client.events("/api/events", None);
    let accepted = client.send(
        "POST",
        &format!("/api/containers/{name}/restart"),
        &[("Prefer", "respond-async, wait=10")],
        b"",
    );
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let id = accepted.json()["operation"].as_str().unwrap().to_owned();
    let over = events.find("the end of the operation", |event| {
        event.kind == "operation" && event.data["id"] == id && event.data["state"] != "running"
    });
    assert_eq!(over.data["state"], "succeeded", "{over:?}");
    assert_eq!(
        client.get(&format!("/api/operations/{id}")).json()["state"],
        "succeeded"
    );
    let list = client.get("/api/operations?limit=1").json();
    assert_eq!(list["items"][0]["id"], id);
    assert_eq!(client.get("/api/operations/nothing").problem(), "not_found");
    // A state that is reached already is not an error; an impossible action is, with the reason.
    let over = ended(&client, &mut events, &name, "unpause");
    assert_eq!(over["state"], "succeeded", "{over}");
    succeeded(&act(&client, &name, "stop"));
    let over = ended(&client, &mut events, &name, "pause");
    assert_eq!(over["state"], "failed", "{over}");
    assert!(over["message"].as_str().unwrap().len() > 10, "{over}");
}

/// Starts an action without waiting, and waits for its end in the events.
#[track_caller]
fn ended(client: &Client, events: &mut Events, name: &str, action: &str) -> Value {
    let accepted = client.send(
        "POST",
        &format!("/api/containers/{name}/{action}"),
        &[("Prefer", "respond-async")],
        b"",
    );
    assert_eq!(accepted.status, 202, "{action}: {}", accepted.text());
    let id = accepted.json()["operation"].as_str().unwrap().to_owned();
    let over = events.find("the end of the operation", |event| {
        event.kind == "operation" && event.data["id"] == id && event.data["state"] != "running"
    });
    over.data
}

#[test]
fn a_dry_run_plans_and_does_nothing() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--label", "dockermate.environment=PRD", "-v", "/data"]);
    let before = known(&client, &name);
    for action in ["start", "stop", "restart", "pause", "unpause", "kill"] {
        let plan = act(&client, &name, &format!("{action}?dry_run=true"));
        assert_eq!(plan.status, 200, "{action}: {}", plan.text());
        let plan = plan.json();
        assert!(!plan["steps"].as_array().unwrap().is_empty(), "{action}");
        let needs = match action {
            "start" | "unpause" => Value::Null,
            _ => json!("yes"),
        };
        assert_eq!(plan["needs"]["kind"], needs, "{action}");
        for mode in ["simple", "intermediate", "advanced"] {
            let text = plan["commands"][mode]["text"].as_str().unwrap();
            assert!(text.contains(&name), "{action} {mode}: {text}");
        }
    }
    let plan = client
        .delete(&format!(
            "/api/containers/{name}?dry_run=true&volumes=true&force=true"
        ))
        .json();
    assert_eq!(plan["needs"]["kind"], "type_name");
    assert_eq!(plan["needs"]["confirm"], name.as_str());
    let volume = engine.docker(&["inspect", "-f", "{{(index .Mounts 0).Name}}", &name]);
    assert!(
        plan["steps"]
            .to_string()
            .contains(&format!("anonymous volumes: {volume}.")),
        "{plan}"
    );
    assert!(
        plan["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .contains("-v"),
        "{plan}"
    );
    let after = known(&client, &name);
    assert_eq!(after["started_at"], before["started_at"]);
    assert_eq!(after["state"], "running");
    let list = client.get("/api/operations").json();
    assert_eq!(list["items"], json!([]), "a plan is not an operation");
    let odd = act(&client, &name, "stop?dry_run=maybe");
    assert_eq!(
        (odd.status, odd.json()["field"].as_str()),
        (400, Some("dry_run"))
    );
}

/// A running container of an environment; gives its name.
fn tagged(engine: &Engine, client: &Client, environment: &str) -> String {
    let label = format!("dockermate.environment={environment}");
    let name = engine.run(&["--label", &label]);
    known(client, &name);
    name
}

#[test]
fn delete_needs_the_confirmation_of_its_environment() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let make = |environment| tagged(engine, &client, environment);
    let (prd, uat, dev) = (make("PRD"), make("UAT"), make("DEV"));
    let delete =
        |name: &str, rest: &str| client.delete(&format!("/api/containers/{name}?force=true{rest}"));
    for wrong in [
        "",
        "&confirm=",
        "&confirm=yes",
        "&confirm=true",
        "&confirm=prd",
    ] {
        let refused = delete(&prd, wrong);
        assert_eq!(refused.status, 428, "{wrong}: {}", refused.text());
        assert_eq!(refused.problem(), "confirmation_required");
        assert_eq!(refused.json()["confirm"], prd.as_str());
    }
    let refused = delete(&uat, "");
    assert_eq!(
        (refused.status, refused.json()["confirm"].as_str()),
        (428, Some("yes"))
    );
    let running = client.delete(&format!("/api/containers/{dev}"));
    assert_eq!(
        (running.status, running.problem().as_str()),
        (409, "container_running")
    );
    for name in [&prd, &uat, &dev] {
        assert_eq!(engine_state(engine, name), "running", "still there");
    }
    succeeded(&delete(&prd, &format!("&confirm={prd}")));
    succeeded(&delete(&uat, "&confirm=yes"));
    succeeded(&delete(&dev, ""));
    let left = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
    for name in [&prd, &uat, &dev] {
        assert!(!left.lines().any(|line| line == name), "{left}");
    }
    assert!(engine.docker(&["images"]).contains("bb"), "the image stays");
    // With the setting off a yes is enough for PRD.
    let prd = make("PRD");
    client.json(
        "PATCH",
        "/api/settings",
        &json!({"require_prd_confirmation": false}),
    );
    assert_eq!(delete(&prd, "").json()["confirm"], "yes");
    succeeded(&delete(&prd, "&confirm=yes"));
}

#[test]
fn prd_asks_a_yes_for_interruptions_and_other_environments_nothing() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let make = |environment| tagged(engine, &client, environment);
    let (prd, uat) = (make("PRD"), make("UAT"));
    for action in ["pause", "restart", "kill", "stop"] {
        let refused = act(&client, &prd, action);
        assert_eq!(refused.status, 428, "{action}: {}", refused.text());
        assert_eq!(refused.json()["confirm"], "yes", "{action}");
        assert!(refused.text().contains("tagged PRD"), "{}", refused.text());
    }
    assert_eq!(engine_state(engine, &prd), "running");
    let bulk = |confirm: &str, containers: &[&String]| {
        let body = json!({"action": "stop", "containers": containers});
        client.post(&format!("/api/containers/bulk{confirm}"), &body)
    };
    let refused = bulk("", &[&uat, &prd]);
    assert_eq!(refused.status, 428, "{}", refused.text());
    assert_eq!(refused.json()["confirm"], "yes");
    succeeded(&act(&client, &uat, "stop"));
    succeeded(&act(&client, &prd, "restart?confirm=yes"));
    succeeded(&bulk("?confirm=yes", &[&prd]));
    // What does not run cannot be interrupted.
    succeeded(&act(&client, &prd, "restart"));
    client.json(
        "PATCH",
        "/api/settings",
        &json!({"require_prd_confirmation": false}),
    );
    succeeded(&act(&client, &prd, "stop"));
    for name in [&prd, &uat] {
        engine.docker(&["rm", "-f", name]);
    }
}

#[test]
fn delete_removes_anonymous_volumes_on_request_and_never_named_ones() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let volumes = || engine.docker(&["volume", "ls", "-q"]);
    for asked in [false, true] {
        let named = format!("named{}", number());
        let name = engine.run(&["-v", "/anonymous", "-v", &format!("{named}:/named")]);
        known(&client, &name);
        let anonymous = engine.docker(&[
            "inspect",
            "-f",
            r#"{{range .Mounts}}{{if eq .Destination "/anonymous"}}{{.Name}}{{end}}{{end}}"#,
            &name,
        ]);
        assert_eq!(anonymous.len(), 64);
        succeeded(&client.delete(&format!("/api/containers/{name}?force=1&volumes={asked}")));
        assert!(volumes().contains(&named), "a named volume was removed");
        assert_eq!(volumes().contains(&anonymous), !asked, "volumes={asked}");
    }
}

#[test]
fn the_commands_shown_do_the_same_when_pasted() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let paste = |text: &str| {
        // Some of them save a file where they are, named after the second.
        let dir = app.dir().join(format!("paste-{}", number()));
        std::fs::create_dir(&dir).unwrap();
        let output = Command::new("timeout")
            .args(["20", "sh", "-c", text])
            .current_dir(&dir)
            .env("DOCKER_HOST", engine.host())
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{text}\n{printed}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (printed, dir)
    };
    for mode in ["simple", "intermediate", "advanced"] {
        let name = engine.run(&[]);
        known(&client, &name);
        for (action, after) in [
            ("stop", "exited"),
            ("start", "running"),
            ("pause", "paused"),
            ("unpause", "running"),
            ("restart", "running"),
            ("inspect", "running"),
            ("kill", "exited"),
            ("logs", "exited"),
            ("delete", ""),
        ] {
            let shown = client
                .get(&format!("/api/containers/{name}/commands?action={action}"))
                .json();
            let text = shown[mode]["text"].as_str().unwrap();
            let (printed, dir) = paste(text);
            match action {
                "logs" => {
                    // The advanced one saves them, and says where.
                    let saved = printed
                        .trim_end()
                        .trim_end_matches('.')
                        .rsplit(' ')
                        .next()
                        .and_then(|file| std::fs::read_to_string(dir.join(file)).ok())
                        .unwrap_or_default();
                    let shown = format!("{printed}{saved}");
                    assert!(shown.contains("tick 1"), "{text}: {shown}");
                }
                "inspect" => assert!(printed.contains("bb:1"), "{text}: {printed}"),
                _ => {}
            }
            let left = engine.docker(&[
                "ps",
                "-a",
                "--filter",
                &format!("name=^{name}$"),
                "--format",
                "{{.State}}",
            ]);
            assert_eq!(left, after, "{mode} {action}: {text}");
        }
    }
    let unknown = client.get("/api/containers/nobody/commands?action=stop");
    assert_eq!(unknown.status, 404);
    let name = engine.run(&[]);
    known(&client, &name);
    let odd = client.get(&format!("/api/containers/{name}/commands?action=fly"));
    assert_eq!(
        (odd.status, odd.json()["field"].as_str()),
        (400, Some("action"))
    );
}
