//! The commands of the actions, run in a shell: each form ends where the
//! program's own action ends.

use super::{FORMS, Snapshot, pasted};
use crate::api::recreate::{again, known, succeeded};
use crate::support::app::App;
use crate::support::engine::{Engine, is_podman};
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
/// `docker rm --volumes` spares; the program and every form remove them.
#[test]
fn every_form_of_a_deletion_removes_anonymous_volumes_of_a_recreated_container() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let name = engine.name("t");
        engine.docker(&["run", "-d", "--name", &name, "-v", "/data", "bb:1"]);
        known(&client, engine, &name);
        succeeded(&again(&client, &name));
        let volume = engine.inspect(&name)["Mounts"][0]["Name"].clone();
        let volume = volume.as_str().unwrap();
        let url = format!("/api/containers/{name}?dry_run=true&force=true&volumes=true");
        let plan = client.delete(&url).json();
        assert!(plan["steps"].to_string().contains(volume), "{plan}");
        let text = plan["commands"][form]["text"].as_str().unwrap().to_owned();
        let output = pasted(engine, &text);
        assert!(output.status.success(), "{form}: {output:?}\n{text}");
        let left = engine.try_docker(&["volume", "inspect", volume]);
        assert!(left.is_none(), "{form}: {text}");
    }
}

/// `docker volume create` gives a volume such a name too.
#[test]
fn deletion_and_its_commands_keep_a_volume_with_a_generated_name_that_somebody_attached() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let volume = engine.docker(&["volume", "create"]);
    let mount = format!("{volume}:/data");
    // Also once it has been recreated.
    for (turn, form) in FORMS.iter().chain([&"act"]).enumerate() {
        let name = engine.name("t");
        engine.docker(&[
            "run", "-d", "--name", &name, "-v", &mount, "-v", "/x", "bb:1",
        ]);
        known(&client, engine, &name);
        if turn % 2 == 1 {
            succeeded(&again(&client, &name));
        }
        let url = format!("/api/containers/{name}?force=true&volumes=true");
        let plan = client.delete(&format!("{url}&dry_run=true")).json();
        // Podman does not tell which of them somebody named, and keeps it all the same.
        if !is_podman() {
            assert!(!plan["steps"].to_string().contains(&volume), "{plan}");
            assert!(plan["keeps"].to_string().contains(&volume), "{plan}");
        }
        if *form == "act" {
            succeeded(&client.delete(&url));
        } else {
            let text = plan["commands"][form]["text"].as_str().unwrap().to_owned();
            let output = pasted(engine, &text);
            assert!(output.status.success(), "{form}: {output:?}\n{text}");
        }
        assert!(
            engine.try_docker(&["volume", "inspect", &volume]).is_some(),
            "{form}"
        );
    }
    engine.docker(&["volume", "rm", &volume]);
}

/// A name and limits at once; a restart with those that use its network.
#[test]
fn every_form_of_a_plan_does_all_of_its_steps() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let name = engine.name("t");
        let user = format!("{name}-user");
        let other = format!("{name}-other");
        let network = format!("container:{name}");
        engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
        engine.docker(&["run", "-d", "--name", &user, "--network", &network, "bb:1"]);
        known(&client, engine, &name);
        known(&client, engine, &user);
        let paste = |plan: &Value| {
            let text = plan["commands"][form]["text"].as_str().unwrap().to_owned();
            let output = pasted(engine, &text);
            assert!(output.status.success(), "{form}: {output:?}\n{text}");
        };
        let started = |name: &str| engine.inspect(name)["State"]["StartedAt"].clone();
        let before = started(&user);
        let body = json!({"action": "restart", "containers": [&*name], "timeout": 0, "restart_dependents": true});
        let plan = client
            .post("/api/containers/bulk?dry_run=true", &body)
            .json();
        assert!(plan["steps"].to_string().contains(&user), "{plan}");
        paste(&plan);
        assert_ne!(started(&user), before, "{form}");

        let change = json!({"name": other, "restart": "always", "memory": "64m"});
        let url = format!("/api/containers/{name}?dry_run=true");
        paste(&client.json("PUT", &url, &change).json());
        let host = &engine.inspect(&other)["HostConfig"];
        assert_eq!(host["RestartPolicy"]["Name"], "always", "{form}");
        assert_eq!(host["Memory"], 64 << 20, "{form}");
    }
}

#[test]
fn plan_of_a_bulk_deletion_names_volumes_and_losses_and_leaves_out_what_is_skipped() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let runs = engine.name("t");
    let stopped = format!("{runs}-stopped");
    engine.docker(&["run", "-d", "--name", &runs, "bb:1"]);
    engine.docker(&["create", "--name", &stopped, "-v", "/data", "bb:1"]);
    known(&client, engine, &runs);
    known(&client, engine, &stopped);
    let volume = engine.inspect(&stopped)["Mounts"][0]["Name"].clone();
    let volume = volume.as_str().unwrap();
    let body = json!({"action": "delete", "containers": [&*runs, &stopped], "volumes": true});
    let plan = client
        .post("/api/containers/bulk?dry_run=true", &body)
        .json();
    let said = |key: &str| plan[key].to_string();
    assert!(said("steps").contains(volume), "{plan}");
    let delete = format!("Delete {stopped}.");
    assert!(said("steps").contains(&delete), "{plan}");
    let skipped = format!("{runs} will be skipped");
    assert!(said("warnings").contains(&skipped), "{plan}");
    assert!(
        said("warnings").contains("anonymous volumes cannot be brought back"),
        "{plan}"
    );
    assert!(
        said("warnings").contains("outside volumes, is lost"),
        "{plan}"
    );
    for form in FORMS {
        let text = plan["commands"][form]["text"].as_str().unwrap();
        assert_eq!(
            text.matches(&*runs).count(),
            text.matches(&stopped).count(),
            "{text}"
        );
    }
    // What the act refuses, its plan does.
    let refused = client.delete(&format!("/api/containers/{runs}?dry_run=true"));
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (409, "container_running")
    );
}
