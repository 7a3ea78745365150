//! The commands of the actions, run in a shell: each form ends where the
//! program's own action ends.

use super::{FORMS, Snapshot, pasted};
use crate::api::recreate::known;
use crate::support::app::App;
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// How it is afterwards: nothing when it is gone.
fn end(engine: &Engine, name: &str) -> Option<(String, Value)> {
    engine.try_docker(&["container", "inspect", name])?;
    let shot = Snapshot::of(engine, name);
    let code = engine.inspect(name)["State"]["ExitCode"].clone();
    Some((shot.value["State"].to_string(), code))
}

#[test]
fn every_form_of_an_action_ends_where_the_action_ends() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    // State before, method and path below the container, body or more of the query.
    for (state, method, path, query) in [
        ("exited", "POST", "/start", ""),
        ("running", "POST", "/start", ""),
        ("running", "POST", "/stop", ""),
        ("running", "POST", "/stop", r#"{"timeout":1}"#),
        ("paused", "POST", "/stop", r#"{"timeout":1}"#),
        ("running", "POST", "/restart", ""),
        ("running", "POST", "/pause", ""),
        ("paused", "POST", "/unpause", ""),
        ("running", "POST", "/kill", ""),
        ("running", "POST", "/kill", r#"{"signal":"SIGTERM"}"#),
        ("exited", "DELETE", "", ""),
        ("running", "DELETE", "", "&force=true"),
        ("running", "DELETE", "", "&force=true&volumes=true"),
        ("temporary", "POST", "/stop", ""),
        ("temporary", "POST", "/restart", ""),
    ] {
        let what = format!("{state} {method} {path} {query}");
        let (query, body) = if query.starts_with('{') {
            ("", query)
        } else {
            (query, "")
        };
        let make = || {
            let name = engine.name("t");
            let rm = if state == "temporary" {
                "--rm=true"
            } else {
                "--rm=false"
            };
            engine.docker(&[
                "run",
                "-d",
                rm,
                "--stop-timeout",
                "30",
                "--name",
                &name,
                "-v",
                "/data",
                "bb:1",
            ]);
            match state {
                "exited" => drop(engine.docker(&["stop", &name])),
                "paused" => drop(engine.docker(&["pause", &name])),
                _ => {}
            }
            let volume = engine.docker(&["inspect", "-f", "{{(index .Mounts 0).Name}}", &name]);
            known(&client, engine, &name);
            (name, volume)
        };
        let settled = |name: &str, volume: &str| {
            until("it is no longer on its way", SOON, || {
                let now = engine.try_docker(&["inspect", "-f", "{{.State.Status}}", name]);
                let moves = match now.as_deref() {
                    // A signal is delivered, and what it does comes afterwards.
                    Some("running") => path == "/kill",
                    now => now == Some("removing"),
                };
                (!moves).then_some(())
            });
            let volume = engine.try_docker(&["volume", "inspect", volume]).is_some();
            let mut end = end(engine, name);
            // Of a paused one that is stopped it is chance which of the two signals
            // comes first when it runs again.
            if (state, path) == ("paused", "/stop")
                && let Some((_, code)) = &mut end
            {
                assert!(*code == 137 || *code == 143, "{what}: {code}");
                *code = Value::Null;
            }
            (end, volume)
        };
        let (name, volume) = make();
        let url = format!("/api/containers/{name}{path}?confirm={name}{query}");
        let done = client.send(method, &url, &[], body.as_bytes());
        assert!(done.status < 300, "{what}: {}", done.text());
        let wanted = settled(&name, &volume);
        for form in FORMS {
            let (name, volume) = make();
            let url = format!("/api/containers/{name}{path}?dry_run=true{query}");
            let plan = client.send(method, &url, &[], body.as_bytes()).json();
            let text = plan["commands"][form]["text"].as_str().unwrap().to_owned();
            let output = pasted(engine, &text);
            assert!(
                output.status.success(),
                "{what}, {form}: {output:?}\n{text}"
            );
            assert_eq!(settled(&name, &volume), wanted, "{what}, {form}\n{text}");
        }
    }
}

#[test]
fn every_form_of_rename_update_and_exec_does_what_the_program_does() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let name = engine.name("t");
        engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
        known(&client, engine, &name);
        let text = |answer: &Value| {
            answer["commands"][form]["text"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let path = format!("/api/containers/{name}");

        let body = json!({"memory": "80m", "restart": "on-failure:3"});
        let plan = client
            .json("PUT", &format!("{path}?dry_run=true"), &body)
            .json();
        let output = pasted(engine, &text(&plan));
        assert!(output.status.success(), "{form}: {output:?}");
        let host = engine.inspect(&name)["HostConfig"].clone();
        assert_eq!(host["Memory"], 80 << 20, "{form}");
        assert_eq!(host["MemorySwap"], 160 << 20, "{form}");
        assert_eq!(
            host["RestartPolicy"],
            json!({"Name": "on-failure", "MaximumRetryCount": 3})
        );

        let body =
            json!({"command": ["sh", "-c", "cat; echo $A"], "env": {"A": "b c"}, "stdin": "it's "});
        let plan = client
            .json("POST", &format!("{path}/exec?dry_run=true"), &body)
            .json();
        let output = pasted(engine, &text(&plan));
        assert!(output.status.success(), "{form}: {output:?}");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(shown.trim(), "it's b c", "{form}");

        let other = format!("{name}-other");
        let plan = client
            .json(
                "PUT",
                &format!("{path}?dry_run=true"),
                &json!({"name": other}),
            )
            .json();
        let output = pasted(engine, &text(&plan));
        assert!(output.status.success(), "{form}: {output:?}");
        engine.docker(&["inspect", &other]);
    }
}

#[test]
fn every_form_of_a_bulk_action_reaches_all_of_them() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let first = engine.name("t");
        let second = format!("{first}-b");
        for name in [&*first, &second] {
            engine.docker(&["run", "-d", "--name", name, "bb:1"]);
            known(&client, engine, name);
        }
        let body = json!({"action": "stop", "containers": [&*first, &second]});
        let plan = client
            .post("/api/containers/bulk?dry_run=true", &body)
            .json();
        let text = plan["commands"][form]["text"].as_str().unwrap().to_owned();
        let output = pasted(engine, &text);
        assert!(output.status.success(), "{form}: {output:?}\n{text}");
        for name in [&*first, &second] {
            assert_eq!(engine.inspect(name)["State"]["Status"], "exited", "{form}");
        }
    }
}

/// A container that was recreated has its anonymous volumes by name, which
/// `docker rm --volumes` spares; the program and the script remove them.
#[test]
fn script_of_a_deletion_removes_anonymous_volumes_that_are_attached_by_name() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("t");
    let volume = engine.docker(&["volume", "create", &"ab12".repeat(16)]);
    let mount = format!("{volume}:/data");
    engine.docker(&["run", "-d", "--name", &name, "-v", &mount, "bb:1"]);
    known(&client, engine, &name);
    let url = format!("/api/containers/{name}?dry_run=true&force=true&volumes=true");
    let plan = client.delete(&url).json();
    let text = plan["commands"]["advanced"]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let output = pasted(engine, &text);
    assert!(output.status.success(), "{output:?}\n{text}");
    assert!(engine.try_docker(&["volume", "inspect", &volume]).is_none());
}
