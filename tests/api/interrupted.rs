//! What the engine did and what of it could be read are two things: a call that
//! succeeded counts although the look afterwards failed, and a stream that
//! broke off is told apart from one that ended.

use super::create::{create, dev, exists};
use super::exec::known;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::proxy::{FAULT, Proxy, Refusal};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

fn ready(engine: &Engine) -> (Proxy, App, Client) {
    let proxy = Proxy::start(engine.socket());
    let (app, client) = App::ready(&proxy.host());
    dev(&client);
    (proxy, app, client)
}

/// `GET /containers/ID/json` with a full id.
fn inspects(request: &str) -> bool {
    let id = request.strip_prefix("GET /containers/");
    id.and_then(|rest| rest.strip_suffix("/json"))
        .is_some_and(|id| id.len() == 64)
}

/// Answers the first inspects after each change with a fault.
fn fault_after_changes(proxy: &Proxy, most: u32) {
    let mut left = 0;
    proxy.filter(move |request| {
        if request.starts_with("POST ") {
            left = most;
        } else if left > 0 && inspects(request) {
            left -= 1;
            return Some(FAULT);
        }
        None
    });
}

#[test]
fn creation_succeeds_although_the_container_cannot_be_read_at_first() {
    let engine = Engine::isolated();
    let (proxy, _app, client) = ready(engine);
    let name = engine.name("u");
    for network in ["one", "two"] {
        engine.docker(&["network", "create", &format!("{name}-{network}")]);
    }
    fault_after_changes(&proxy, 2);
    let spec = json!({
        "image": "bb:1", "name": name, "networks": [
            {"name": format!("{name}-one")}, {"name": format!("{name}-two")},
        ],
    });
    let answer = create(&client, "pull=never", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    proxy.end_filter();
    let found = engine.inspect(&name);
    assert_eq!(found["State"]["Running"], true);
    let networks = found["NetworkSettings"]["Networks"].as_object().unwrap();
    assert_eq!(networks.len(), 2, "{networks:?}");
    known(&client, &name);
}

#[test]
fn creation_succeeds_although_the_container_cannot_be_read_at_all() {
    let engine = Engine::isolated();
    let (proxy, mut app, client) = ready(engine);
    let name = engine.name("u");
    fault_after_changes(&proxy, u32::MAX);
    let spec = json!({"image": "bb:1", "name": name});
    let answer = create(&client, "pull=never&start=false", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    proxy.end_filter();
    app.kill();
    app.up();
    until("it is known", SOON, || {
        (client.try_get(&format!("/api/containers/{name}"))?.status == 200).then_some(())
    });
    assert!(exists(engine, &name), "nothing takes it for half-made");
}

#[test]
fn changes_succeed_although_the_container_cannot_be_read_at_first() {
    let engine = Engine::isolated();
    let (proxy, _app, client) = ready(engine);
    let name = engine.name("u");
    let new = format!("{name}-new");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    known(&client, &name);
    fault_after_changes(&proxy, 2);
    let path = format!("/api/containers/{name}");
    let answer = client.json("PUT", &path, &json!({"restart": "always"}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = client.json("PUT", &path, &json!({"name": new}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["name"], new.as_str(), "memory knows it");
    proxy.end_filter();
    let found = engine.inspect(&new);
    assert_eq!(found["HostConfig"]["RestartPolicy"]["Name"], "always");
}

/// Runs a command, breaks the connections off once it has begun, and gives the
/// answer. `gone` is an engine that does not answer afterwards either.
fn broken_off(proxy: &Proxy, client: &Client, engine: &Engine, name: &str, gone: bool) -> Value {
    let path = format!("/api/containers/{name}/exec");
    let mark = format!("/tmp/{}", crate::support::engine::number());
    let script = format!("echo begun; : > {mark}; sleep 40; echo never");
    let body = json!({"command": ["sh", "-c", script], "timeout": 30});
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| client.post(&path, &body));
        until("it has begun", SOON, || {
            engine.try_docker(&["exec", name, "test", "-e", &mark])
        });
        if gone {
            proxy.filter(|_| Some(Refusal::Cut));
        }
        // What it wrote is on its way.
        std::thread::sleep(std::time::Duration::from_millis(300));
        proxy.cut();
        let answer = answer.join().unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    })
}

#[test]
fn a_command_whose_stream_broke_off_is_interrupted_and_has_no_exit_code() {
    let engine = Engine::shared();
    let (proxy, _app, client) = ready(engine);
    let name = engine.run(&[]);
    known(&client, &name);
    for (gone, part) in [(false, "still running"), (true, "engine")] {
        let result = broken_off(&proxy, &client, engine, &name, gone);
        assert_eq!(result["interrupted"], true, "{result}");
        assert_eq!(result["exit_code"], Value::Null, "{result}");
        assert_eq!(result["timed_out"], false, "{result}");
        assert_eq!(result["stdout"], "begun\n");
        let note = result["note"].as_str().unwrap();
        assert!(note.contains(part), "{note}");
        proxy.end_filter();
        until("the engine is there again", SOON, || {
            (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
        });
    }
    let path = format!("/api/containers/{name}/exec");
    let whole = client.post(&path, &json!({"command": ["sh", "-c", "exit 3"]}));
    assert_eq!(whole.json()["exit_code"], 3, "{}", whole.text());
    assert_eq!(whole.json()["interrupted"], false);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn a_terminal_whose_stream_broke_off_closes_with_the_reason() {
    let engine = Engine::shared();
    let (proxy, _app, client) = ready(engine);
    let name = engine.run(&[]);
    known(&client, &name);
    for gone in [false, true] {
        let mut socket = client.socket(&format!("/api/containers/{name}/terminal"));
        socket.type_in("echo $((6 * 7))\n");
        socket.shows("42");
        if gone {
            proxy.filter(|_| Some(Refusal::Cut));
        }
        proxy.cut();
        socket.until("it is closed", |s| s.closed.is_some());
        let said = &socket.said[0];
        assert_eq!(said["type"], "error", "{said}");
        assert_eq!(said["code"], "terminal_interrupted", "{said}");
        assert!(
            said["message"].as_str().unwrap().contains("engine"),
            "{said}"
        );
        assert_eq!(socket.closed, Some(1011));
        proxy.end_filter();
        until("the engine is there again", SOON, || {
            (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
        });
    }
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn live_figures_end_with_an_error_when_the_engine_goes_away() {
    let engine = Engine::shared();
    let (proxy, _app, client) = ready(engine);
    let name = engine.run(&[]);
    known(&client, &name);
    let mut one = client.events(&format!("/api/containers/{name}/stats"), None);
    one.find("a sample", |event| event.kind == "sample");
    let mut all = client.events("/api/stats", None);
    all.find("samples", |event| event.kind == "samples");
    proxy.filter(|_| Some(Refusal::Cut));
    proxy.cut();
    for stream in [&mut one, &mut all] {
        let end = stream.find("the end", |event| event.kind == "end");
        let error = end.data["error"].as_str().unwrap_or_default();
        assert!(error.contains("engine"), "{end:?}");
        assert!(stream.next().is_none(), "and nothing after it");
    }
    proxy.end_filter();
    engine.docker(&["rm", "-f", &name]);
}
