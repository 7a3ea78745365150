//! Recovery long after the interruption: what has become of the new container
//! meanwhile is respected, and its data is kept.

use super::known;
use super::restored::{over, watched};
use super::rollback::state;
use crate::support::app::{App, at_signal};
use crate::support::engine::Engine;
use rustix::process::Signal;
use serde_json::json;

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
    assert!(recovered["message"].to_string().contains(volume), "{recovered}");
    let mount = format!("{volume}:/new");
    let read = ["run", "--rm", "-v", &mount, "bb:1", "cat", "/new/marker"];
    assert_eq!(engine.docker(&read), "weeks");
    engine.docker(&["volume", "rm", volume]);
    assert_eq!(state(engine, &name), "running");
}
