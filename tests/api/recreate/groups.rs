//! Groups with members that the engine removes by itself (`--rm`): a rollback
//! creates them again in order, each with what it uses now, and loses none,
//! even one that cannot be started.

use super::rollback::state;
use super::{known, nothing_left, recreate};
use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, number};
use crate::support::proxy::{Proxy, When};
use serde_json::{Value, json};

/// Runs one with data in a volume of its own.
fn run(engine: &Engine, name: &str, arguments: &[&str]) {
    let mut all = vec!["run", "-d", "--stop-timeout", "0", "--name", name];
    all.extend(arguments);
    all.extend(["-v", "/own", "bb:1"]);
    engine.docker(&all);
    engine.docker(&["exec", name, "sh", "-c", "echo kept > /own/marker"]);
}

fn rolled_back(client: &Client, name: &str, changes: &Value) -> Answer {
    let body = json!({"changes": changes, "stable_seconds": 2, "pull": "never"});
    let answer = recreate(client, name, &body);
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    answer
}

/// All run, with their data.
#[track_caller]
fn all_run(engine: &Engine, names: &[&str], told: &str) {
    for name in names {
        assert!(
            engine.try_docker(&["inspect", name]).is_some(),
            "{name} is lost: {told}"
        );
        assert_eq!(state(engine, name), "running", "{name}: {told}");
        let data = engine.docker(&["exec", name, "cat", "/own/marker"]);
        assert_eq!(data, "kept", "{name}: {told}");
        nothing_left(engine, name);
    }
}

/// A dependent is in the namespace of the owner that is there now.
#[track_caller]
fn shares(engine: &Engine, name: &str, namespace: &str, owner: &str) {
    let of = |name: &str| {
        let pid = engine.docker(&["inspect", "-f", "{{.State.Pid}}", name]);
        std::fs::read_link(format!("/proc/{pid}/ns/{namespace}")).unwrap()
    };
    assert_eq!(of(name), of(owner));
}

/// The owner and the new one of it are gone when the rollback begins, one in
/// between is still there, and the last is gone.
#[test]
fn rollback_of_a_chain_restores_an_auto_remove_container_behind_a_plain_one() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for (first, second) in [
        (["--rm"].as_slice(), ["--restart", "always"].as_slice()),
        (&[], &["--rm"]),
        (&["--restart", "always"], &["--rm"]),
        (&["--rm"], &["--rm"]),
    ] {
        let owner = engine.name("g");
        let (middle, last) = (format!("{owner}-middle"), format!("{owner}-last"));
        run(engine, &owner, first);
        let inside = format!("container:{owner}");
        run(engine, &middle, &[second, &["--network", &inside]].concat());
        let behind = format!("container:{middle}");
        run(engine, &last, &["--rm", "--pid", &behind]);
        let all: [&str; 3] = [&owner, &middle, &last];
        for name in all {
            known(&client, engine, name);
        }
        let told = rolled_back(&client, &owner, &json!({"command": ["false"]})).text();
        all_run(engine, &all, &told);
        shares(engine, &middle, "net", &owner);
        shares(engine, &last, "pid", &middle);
    }
}

#[test]
fn rollback_restores_auto_remove_dependents_whose_new_ones_still_run() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("g");
    let (one, two) = (format!("{owner}-one"), format!("{owner}-two"));
    let inside = format!("container:{owner}");
    run(engine, &owner, &["--rm"]);
    run(engine, &one, &["--rm", "--network", &inside]);
    let check = ["--health-cmd", "sleep 1", "--health-interval", "2s"];
    let arguments = [&["--rm", "--network", &inside], check.as_slice()].concat();
    run(engine, &two, &arguments);
    let all: [&str; 3] = [&owner, &one, &two];
    for name in all {
        known(&client, engine, name);
    }
    let told = rolled_back(&client, &owner, &json!({"command": ["sleep", "1"]})).text();
    all_run(engine, &all, &told);
    shares(engine, &one, "net", &owner);
    shares(engine, &two, "net", &owner);
}

/// The engine removes with `--rm` what it cannot start.
#[test]
fn rollback_keeps_an_auto_remove_container_that_cannot_be_started() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let owner = engine.name("g");
    let inside = format!("{owner}-inside");
    let port = format!("127.0.0.1:{}:80", 21_000 + number() % 9_000);
    run(engine, &owner, &["--rm", "-p", &port]);
    let namespace = format!("container:{owner}");
    run(engine, &inside, &["--rm", "--network", &namespace]);
    for name in [&*owner, &inside] {
        known(&client, engine, name);
    }
    let thief = format!("{owner}-thief");
    let mut command = engine.client();
    command.args(["run", "-d", "--name", &thief, "-p", &port, "bb:1"]);
    // The first two are the new ones, the third is what the rollback creates again.
    let steal = move || assert!(command.output().unwrap().status.success());
    proxy.arm_for("/containers/create", 3, When::Along, steal);
    let told = rolled_back(&client, &owner, &json!({"command": ["false"]})).text();
    assert!(!proxy.disarm(), "{:?}", proxy.seen());
    assert!(told.contains("could not be started"), "{told}");
    assert_eq!(state(engine, &owner), "created", "{told}");
    assert_eq!(state(engine, &inside), "created", "{told}");
    nothing_left(engine, &owner);
    // Once the cause is gone, both can be started as they are.
    engine.docker(&["rm", "-f", &thief]);
    engine.docker(&["start", &owner]);
    engine.docker(&["start", &inside]);
    all_run(engine, &[&*owner, &inside], &told);
    shares(engine, &inside, "net", &owner);
}

#[test]
fn volume_that_several_members_no_longer_use_is_named_once() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("g");
    let user = format!("{owner}-user");
    let volume = format!("{owner}-data");
    let mount = format!("{volume}:/data");
    engine.docker(&["run", "-d", "--name", &owner, "-v", &mount, "bb:1"]);
    let from = [
        "run",
        "-d",
        "--name",
        &user,
        "--volumes-from",
        &owner,
        "bb:1",
    ];
    engine.docker(&from);
    for name in [&*owner, &user] {
        known(&client, engine, name);
    }
    let body = json!({"changes": {"mounts": []}, "stable_seconds": 0, "pull": "never"});
    let answer = recreate(&client, &owner, &body);
    let operation = super::succeeded(&answer);
    assert_eq!(operation["result"]["unused_volumes"], json!([volume]));
}
