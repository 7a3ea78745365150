//! A container that the engine creates only after the operation that asked for
//! it was rolled back: it is removed when it appears, or at the next start.

use super::kills::newest;
use super::known;
use crate::support::app::{App, at_signal};
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::json;

fn exists(engine: &Engine, name: &str) -> bool {
    engine.try_docker(&["inspect", name]).is_some()
}

#[test]
fn container_created_after_its_operation_was_rolled_back_is_removed() {
    let engine = &Engine::start_isolated();
    let name = engine.name("l");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    known(&client, engine, &name);
    // The engine is asked, and the program ends before there is an answer. Here
    // the request is lost, and the test creates the container later.
    proxy.arm_for(
        "/containers/create",
        1,
        When::Before,
        at_signal(app.pid(), Signal::KILL),
    );
    let body = json!({"changes": {"restart": "always"}, "pull": "never"});
    let _ = client.try_json("POST", &format!("/api/containers/{name}/recreate"), &body);
    assert!(!proxy.disarm(), "{:?}", proxy.seen());
    app.ended();
    app.up();
    let operation = until("it is rolled back", SOON, || {
        newest(&client).filter(|operation| operation["state"] == "rolled_back")
    });
    let id = operation["id"].as_str().unwrap();
    let late = format!("{name}.new-{}", &id[id.len() - 8..]);
    let other = format!("{name}.new-00000000");

    engine.docker(&["create", "--name", &other, "bb:1"]);
    // It may be gone a moment after it has the name.
    let before = format!("{name}-before");
    engine.docker(&["create", "--name", &before, "-v", "/data", "bb:1"]);
    let mounts = "{{range .Mounts}}{{.Name}}{{end}}";
    let volume = engine.docker(&["inspect", "-f", mounts, &before]);
    engine.docker(&["rename", &before, &late]);
    until("the late one is removed", SOON, || {
        (!exists(engine, &late)).then_some(())
    });
    assert!(
        engine.try_docker(&["volume", "inspect", &volume]).is_none(),
        "its own empty volume is removed with it"
    );
    let jobs = client.get("/api/system/jobs").json();
    assert!(
        jobs.to_string().contains("remove_late_containers"),
        "{jobs}"
    );

    app.stop();
    engine.docker(&["create", "--name", &late, "bb:1"]);
    app.up();
    until("it is removed at the next start", SOON, || {
        (!exists(engine, &late)).then_some(())
    });
    assert!(
        exists(engine, &other),
        "a name of another origin is left alone"
    );
    assert_eq!(engine.inspect(&name)["State"]["Running"], true);
}
