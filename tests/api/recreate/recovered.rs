//! Recovery long after the interruption: what has become of the new container
//! meanwhile is respected, and its data is kept.

use super::restored::{over, watched};
use super::rollback::state;
use super::{known, nothing_left};
use crate::support::app::{App, at_signal};
use crate::support::engine::Engine;
use rustix::process::Signal;
use serde_json::{Value, json};

#[test]
fn volume_that_the_new_container_filled_after_the_interruption_is_kept_and_named() {
    let engine = Engine::isolated();
    let (mut app, client) = App::ready(&engine.host());
    let name = engine.name("v");
    engine.docker(&["run", "-d", "--stop-timeout", "0", "--name", &name, "bb:1"]);
    let old = engine.inspect(&name)["Id"].clone();
    known(&client, engine, &name);
    watched(&client, engine, &name, 60, &json!({"mounts": ["/new"]}));
    at_signal(app.pid(), Signal::KILL)();
    app.ended();
    engine.docker(&["exec", &name, "sh", "-c", "echo weeks > /new/marker"]);
    let volume = engine.inspect(&name)["Mounts"][0]["Name"].clone();
    let volume = volume.as_str().unwrap();
    // As after a restart of the machine: it has just been started.
    engine.docker(&["restart", "-t", "0", &name]);
    app.up();
    let recovered = over(&client);
    assert_eq!(recovered["state"], "rolled_back", "{recovered}");
    assert_eq!(engine.inspect(&name)["Id"], old, "{recovered}");
    assert!(
        recovered["message"].to_string().contains(volume),
        "{recovered}"
    );
    let mount = format!("{volume}:/new");
    let read = ["run", "--rm", "-v", &mount, "bb:1", "cat", "/new/marker"];
    assert_eq!(engine.docker(&read), "weeks");
    engine.docker(&["volume", "rm", volume]);
    assert_eq!(state(engine, &name), "running");
}

/// Starts a recreation that succeeds, with a backup of the data folder from the middle of
/// it, which is restored after `since`.
fn restored_from_the_middle(engine: &Engine, name: &str, since: impl FnOnce()) -> Value {
    let (mut app, client) = App::ready(&engine.host());
    known(&client, engine, name);
    watched(&client, engine, name, 5, &json!({"labels": {"a": "b"}}));
    let copy = app.dir().join("copy");
    let made = app.command(&["backup", copy.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(over(&client)["state"], "succeeded");
    since();
    app.stop();
    std::fs::copy(&copy, app.data_dir().join("db/data.mdb")).unwrap();
    let key = copy.with_extension("key");
    std::fs::copy(key, app.data_dir().join("secret.key")).unwrap();
    app.up();
    over(&client)
}

#[test]
fn restored_backup_with_an_open_entry_leaves_what_was_stopped_since_stopped() {
    let engine = Engine::isolated();
    let name = engine.name("v");
    let line = ["run", "-d", "--restart", "always", "--stop-timeout", "0"];
    engine.docker(&[&line, ["--name", &name, "bb:1"].as_slice()].concat());
    let mut new = Value::Null;
    let recovered = restored_from_the_middle(engine, &name, || {
        engine.docker(&["exec", &name, "sh", "-c", "echo weeks > /marker"]);
        engine.docker(&["stop", &name]);
        new = engine.inspect(&name)["Id"].clone();
    });
    assert_eq!(recovered["state"], "succeeded", "{recovered}");
    assert_eq!(engine.inspect(&name)["Id"], new, "{recovered}");
    assert_eq!(state(engine, &name), "exited", "{recovered}");
    engine.docker(&["start", &name]);
    assert_eq!(engine.docker(&["exec", &name, "cat", "/marker"]), "weeks");
}

#[test]
fn restored_backup_with_an_open_entry_leaves_what_replaced_its_containers_since_alone() {
    let engine = Engine::isolated();
    let name = engine.name("v");
    let run = || {
        let line = ["run", "-d", "--rm", "--stop-timeout", "0", "--name", &name];
        engine.docker(&[&line, ["bb:1"].as_slice()].concat());
        engine.inspect(&name)["Id"].clone()
    };
    run();
    let mut now = Value::Null;
    let recovered = restored_from_the_middle(engine, &name, || {
        engine.docker(&["rm", "-f", &name]);
        now = run();
    });
    assert_eq!(recovered["state"], "rolled_back", "{recovered}");
    assert_eq!(engine.inspect(&name)["Id"], now, "{recovered}");
    nothing_left(engine, &name);
}

/// Of the old one nothing but the journal is left, and the new one runs, but not for long.
#[test]
fn auto_remove_container_that_was_not_verified_before_the_interruption_is_verified_after_it() {
    let engine = Engine::isolated();
    for (ends, expected) in [(true, "rolled_back"), (false, "succeeded")] {
        let (mut app, client) = App::ready(&engine.host());
        let name = engine.name("v");
        let line = ["run", "-d", "--rm", "--stop-timeout", "0", "-e", "A=old"];
        engine.docker(&[&line, ["--name", &name, "bb:1"].as_slice()].concat());
        known(&client, engine, &name);
        let command = if ends { "12" } else { "100000" };
        let changes = json!({"command": ["sleep", command], "env": ["A=new"]});
        watched(&client, engine, &name, 15, &changes);
        at_signal(app.pid(), Signal::KILL)();
        app.ended();
        app.up();
        let recovered = over(&client);
        assert_eq!(recovered["state"], expected, "{recovered}");
        assert_eq!(state(engine, &name), "running", "{recovered}");
        let env = engine.docker(&["exec", &name, "sh", "-c", "echo $A"]);
        assert_eq!(env, if ends { "old" } else { "new" }, "{recovered}");
        nothing_left(engine, &name);
    }
}

/// What became of the dependent of a group since the backup was made.
#[test]
fn restored_backup_from_the_middle_of_a_group_leaves_what_the_owner_has_now_alone() {
    let engine = Engine::isolated();
    for since in ["recreated", "deleted", "renamed"] {
        let (own, dep) = (engine.name("v"), engine.name("v"));
        let line = ["run", "-d", "--stop-timeout", "0", "--name"];
        engine.docker(&[&line[..], &[&own, "-v", "/data", "bb:1"]].concat());
        let inside = format!("container:{own}");
        engine.docker(&[&line[..], &[&dep, "--network", &inside, "bb:1"]].concat());
        let mut new = Value::Null;
        let recovered = restored_from_the_middle(engine, &own, || {
            engine.docker(&["exec", &own, "sh", "-c", "echo weeks > /home.txt"]);
            match since {
                "recreated" => {
                    engine.docker(&["rm", "-f", &dep]);
                    engine.docker(&[&line[..], &[&dep, "--network", &inside, "bb:1"]].concat());
                }
                "deleted" => {
                    engine.docker(&["rm", "-f", &dep]);
                }
                _ => {
                    engine.docker(&["rename", &dep, &format!("{dep}-renamed")]);
                }
            }
            new = engine.inspect(&own)["Id"].clone();
        });
        assert_eq!(recovered["state"], "succeeded", "{since}: {recovered}");
        assert_eq!(engine.inspect(&own)["Id"], new, "{since}: {recovered}");
        assert_eq!(state(engine, &own), "running", "{since}: {recovered}");
        let read = engine.docker(&["exec", &own, "cat", "/home.txt"]);
        assert_eq!(read, "weeks", "{since}: {recovered}");
        let dep_now = match since {
            "renamed" => format!("{dep}-renamed"),
            _ => dep.to_string(),
        };
        let there = engine.try_docker(&["inspect", &dep_now]).is_some();
        assert_eq!(there, since != "deleted", "{since}: {recovered}");
        if there {
            assert_eq!(state(engine, &dep_now), "running", "{since}: {recovered}");
            engine.docker(&["rm", "-f", &dep_now]);
        }
        nothing_left(engine, &own);
    }
}
