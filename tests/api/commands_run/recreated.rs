//! The commands that recreate a container, run in a shell: each form ends where
//! the program's own recreate ends, which keeps everything that inspect shows.

use super::{FORMS, Snapshot, differences, pasted, shot};
use crate::api::recreate::{known, with_each};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, Name};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// The text that is shown for a recreate of this container.
#[track_caller]
fn shown(client: &Client, name: &str, form: &str, body: &Value) -> String {
    let path = format!("/api/containers/{name}/recreate?dry_run=true");
    let answer = client.post(&path, body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["commands"][form]["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Without a registry, without a long watch.
fn quick() -> Value {
    json!({"pull": "never", "stable_seconds": 1})
}

/// Runs the form for `name` and says what is different afterwards in any of `all`.
fn recreated(
    client: &Client,
    engine: &Engine,
    form: &str,
    name: &str,
    all: &[String],
) -> Vec<String> {
    for name in all {
        known(client, engine, name);
    }
    let before: Vec<Snapshot> = all.iter().map(|name| shot(engine, name)).collect();
    let text = shown(client, name, form, &quick());
    let output = pasted(engine, &text);
    if !output.status.success() {
        return vec![format!("{name}, {form}: {output:?}\n{text}")];
    }
    // The engine removes one that has --rm in its own time.
    until("no old container is left", SOON, || {
        let left = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
        let old = |line: &str| all.iter().any(|name| line == format!("{name}-old"));
        (!left.lines().any(old)).then_some(())
    });
    let mut said = Vec::new();
    for (name, before) in all.iter().zip(&before) {
        let after = shot(engine, name);
        if after.id == before.id {
            said.push(format!("{name}, {form}: it is the same container"));
        }
        // `Config.Volumes` declares anonymous volumes; a command attaches the same
        // volumes by their names, which `Mounts` shows.
        let differing = differences(before, &after)
            .into_iter()
            .filter(|line| !line.starts_with("/Config/Volumes: "));
        said.extend(differing.map(|line| format!("{name}, {form}: {line}\n{text}")));
    }
    said
}

#[test]
fn every_form_recreates_a_container_as_it_was() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let cases: [(&[&str], &str); 10] = [
        (
            &["-e", "A=b c", "--label", "x=it's", "-v", "/data"],
            "running",
        ),
        (
            &["--rm", "-v", "/data", "--mount", "type=volume,target=/more"],
            "running",
        ),
        (&["--rm", "-v", "/data"], "paused"),
        (&["--rm", "-v", "/data"], "created"),
        (&["--network", "none", "--restart", "always"], "running"),
        (&["-v", "/data", "--tmpfs", "/tmp"], "created"),
        (&["--restart", "unless-stopped"], "exited"),
        (&["-m", "64m", "--cpus", "0.5"], "paused"),
        (
            &["--health-cmd", "true", "--health-interval", "1s"],
            "running",
        ),
        (
            &[
                "--network",
                "NETWORK",
                "--ip",
                "SUBNET.20",
                "--network-alias",
                "www",
            ],
            "running",
        ),
    ];
    let network = engine.name("n");
    let subnet = format!("10.77.{}", crate::support::engine::number() % 250);
    let range = format!("{subnet}.0/24");
    engine.docker(&["network", "create", "--subnet", &range, &network]);
    let all: Vec<(usize, &str, Name<'_>)> = (0..cases.len())
        .flat_map(|at| FORMS.map(|form| (at, form, engine.name("t"))))
        .collect();
    let fixed = std::sync::Mutex::new(());
    let said = with_each(&all, |(at, form, name)| {
        let (arguments, state) = cases[*at];
        // Only one of them can have the address.
        let _turn = arguments.contains(&"--ip").then(|| fixed.lock());
        let arguments: Vec<String> = arguments
            .iter()
            .map(|text| text.replace("NETWORK", &network).replace("SUBNET", &subnet))
            .collect();
        let mut line = match state {
            "created" => vec!["create", "--name", name],
            _ => vec!["run", "-d", "--name", name],
        };
        line.extend(arguments.iter().map(String::as_str));
        line.push("bb:1");
        engine.docker(&line);
        let data = arguments.contains(&"/data".to_owned()) && state != "created";
        if data {
            engine.docker(&["exec", name, "sh", "-c", "echo kept > /data/marker"]);
        }
        match state {
            "paused" => drop(engine.docker(&["pause", name])),
            "exited" => drop(engine.docker(&["stop", "-t", "3", name])),
            _ => {}
        }
        let said = recreated(&client, engine, form, name, &[name.to_string()]);
        if data {
            if state == "paused" {
                engine.docker(&["unpause", name]);
            }
            let kept = engine.try_docker(&["exec", name, "cat", "/data/marker"]);
            assert_eq!(kept.as_deref(), Some("kept"), "{form}: {said:?}");
        }
        if state == "running" {
            assert_eq!(engine.inspect(name)["State"]["Status"], "running");
        }
        engine.docker(&["rm", "-f", "-v", name]);
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn every_form_recreates_the_dependents_too() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let all: Vec<(&str, Name<'_>)> = FORMS.iter().map(|form| (*form, engine.name("t"))).collect();
    let said = with_each(&all, |(form, owner)| {
        let name = |rest: &str| format!("{owner}-{rest}");
        let inside = format!("container:{owner}");
        let run = |name: &str, arguments: &[&str]| {
            let mut line = vec!["run", "-d", "--name", name];
            line.extend(arguments);
            line.push("bb:1");
            engine.docker(&line);
        };
        run(owner, &["-v", "/data"]);
        run(&name("net"), &["--network", &inside, "-v", "/own"]);
        run(&name("pid"), &["--pid", &inside]);
        run(
            &name("vol"),
            &[
                "--volumes-from",
                &format!("{owner}:ro"),
                "--network",
                "none",
            ],
        );
        run(&name("link"), &["--link", &format!("{owner}:db")]);
        run(&name("frozen"), &["--network", &inside]);
        engine.docker(&["pause", &name("frozen")]);
        engine.docker(&[
            "create",
            "--name",
            &name("idle"),
            "--network",
            &inside,
            "bb:1",
        ]);
        engine.docker(&["exec", owner, "sh", "-c", "echo kept > /data/marker"]);
        let group: Vec<String> = ["net", "pid", "vol", "link", "frozen", "idle"]
            .iter()
            .map(|rest| name(rest))
            .chain([owner.to_string()])
            .collect();
        let said = recreated(&client, engine, form, owner, &group);
        if said.is_empty() {
            let kept = engine.docker(&["exec", &name("vol"), "cat", "/data/marker"]);
            assert_eq!(kept, "kept", "{form}");
            let hosts = engine.docker(&["exec", &name("link"), "cat", "/etc/hosts"]);
            let id = engine.docker(&["inspect", "-f", "{{.Id}}", owner]);
            assert!(hosts.contains(&id[..12]), "{form}: {hosts}");
        }
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn every_form_recreates_auto_remove_dependents() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let owner = engine.name("t");
        let side = format!("{owner}-side");
        engine.docker(&["run", "-d", "--name", &owner, "bb:1"]);
        let inside = format!("container:{owner}");
        engine.docker(&[
            "run",
            "-d",
            "--rm",
            "--name",
            &side,
            "--network",
            &inside,
            "-v",
            "/data",
            "bb:1",
        ]);
        engine.docker(&["exec", &side, "sh", "-c", "echo kept > /data/marker"]);
        let said = recreated(
            &client,
            engine,
            form,
            &owner,
            &[owner.to_string(), side.clone()],
        );
        assert!(said.is_empty(), "{}", said.join("\n"));
        assert_eq!(
            engine.docker(&["exec", &side, "cat", "/data/marker"]),
            "kept"
        );
    }
}

/// Whatever step fails, the old one runs under its own name afterwards.
#[test]
fn every_form_leaves_the_old_container_running_when_a_step_fails() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let name = engine.name("t");
        let side = format!("{name}-side");
        let inside = format!("container:{name}");
        engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
        engine.docker(&["run", "-d", "--name", &side, "--network", &inside, "bb:1"]);
        known(&client, engine, &side);
        known(&client, engine, &name);
        let state = || {
            [&*name, &side]
                .map(|name| engine.docker(&["inspect", "-f", "{{.Id}} {{.State.Status}}", name]))
        };
        let before = state();
        let fails = |why: &str, body: &Value| {
            let text = shown(&client, &name, form, body);
            let output = pasted(engine, &text);
            assert!(
                !output.status.success(),
                "{form}, {why}: {output:?}\n{text}"
            );
            assert_eq!(state(), before, "{form}, {why}: {output:?}\n{text}");
        };
        let unknown = json!({"changes": {"command": ["/nowhere"]}, "pull": "never"});
        fails("the new one cannot start", &unknown);
        // The name of an old one is taken, first that of the dependent.
        for taken in [format!("{side}-old"), format!("{name}-old")] {
            engine.docker(&["create", "--name", &taken, "bb:1"]);
            fails("a name is taken", &quick());
            let there = engine.try_docker(&["inspect", &taken]);
            assert!(there.is_some(), "{form}: {taken} was not ours to remove");
            engine.docker(&["rm", &taken]);
        }
        let left = engine.docker(&[
            "ps",
            "-a",
            "--format",
            "{{.Names}}",
            "--filter",
            &format!("name={name}"),
        ]);
        assert_eq!(left.lines().count(), 2, "{form}: {left}");
    }
}

/// With `--rm` there is no way back once the old one has stopped: it is said.
#[test]
fn every_form_says_that_an_auto_removed_container_did_not_come_back() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let name = engine.name("t");
        engine.docker(&["run", "-d", "--rm", "--name", &name, "-v", "/data", "bb:1"]);
        known(&client, engine, &name);
        let volume = engine.docker(&["inspect", "-f", "{{(index .Mounts 0).Name}}", &name]);
        let body = json!({"changes": {"command": ["/nowhere"]}, "pull": "never"});
        let text = shown(&client, &name, form, &body);
        let output = pasted(engine, &text);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{form}: {output:?}\n{text}");
        assert!(told.contains("Not finished"), "{form}: {told}\n{text}");
        engine.docker(&["volume", "inspect", &volume]);
        engine.try_docker(&["rm", "-f", &name]);
        engine.docker(&["volume", "rm", &volume]);
    }
}

#[test]
fn script_rolls_back_a_container_that_does_not_stay_up() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("t");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    known(&client, engine, &name);
    let state = || engine.docker(&["inspect", "-f", "{{.Id}} {{.State.Status}}", &name]);
    let before = state();
    let body =
        json!({"changes": {"command": ["sh", "-c", "echo because; exit 3"]}, "pull": "never"});
    let output = pasted(engine, &shown(&client, &name, "advanced", &body));
    assert!(!output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("because"),
        "{output:?}"
    );
    assert_eq!(state(), before);
}
