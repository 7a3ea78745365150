//! The ports of the host: published ones, listeners, conflicts, and a free one.

use crate::support::app::App;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::Value;
use std::net::TcpListener;

fn of<'a>(list: &'a Value, port: u16, name: &str) -> Option<&'a Value> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .find(|one| one["port"] == port && one["container"]["name"] == name)
}

#[test]
fn ports_are_listed_with_who_has_them_and_a_free_one_is_found() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let here = TcpListener::bind("127.0.0.1:0").unwrap();
    let listened = here.local_addr().unwrap().port();
    // Below the ports that the kernel gives out by itself.
    let port = 21_000 + u16::try_from(number() % 5000).unwrap() * 2;
    let (first, second, third) = (engine.name("a"), engine.name("b"), engine.name("c"));
    let publish = format!("127.0.0.1:{port}:80");
    engine.docker(&["run", "-d", "--name", &first, "-p", &publish, "bb:1"]);
    engine.docker(&[
        "create",
        "--name",
        &second,
        "-p",
        &format!("{port}:8080"),
        "bb:1",
    ]);
    engine.docker(&[
        "create",
        "--name",
        &third,
        "-p",
        &format!("{listened}:80"),
        "bb:1",
    ]);
    let list = until("all three are listed", SOON, || {
        let list = client.get("/api/ports").json();
        let names = [(port, &first), (port, &second), (listened, &third)];
        names
            .iter()
            .all(|(port, name)| of(&list, *port, name).is_some())
            .then_some(list)
    });
    assert_eq!(list["sees_host"], true, "{list}");
    let running = of(&list, port, &first).unwrap();
    assert_eq!(running["addresses"][0], "127.0.0.1", "{running}");
    assert_eq!(running["container_port"], 80, "{running}");
    assert_eq!(running["container"]["running"], true, "{running}");
    let told = running["conflict"].as_str().unwrap();
    assert!(told.contains(second.as_str()), "{told}");
    let stopped = of(&list, port, &second).unwrap();
    assert_eq!(stopped["container"]["running"], false, "{stopped}");
    let blocked = of(&list, listened, &third).unwrap()["conflict"].as_str();
    assert!(blocked.unwrap().contains("cannot start"), "{blocked:?}");
    let items = list["items"].as_array().unwrap();
    let program = items
        .iter()
        .find(|one| one["port"] == listened && one["container"].is_null());
    assert_eq!(program.unwrap()["addresses"][0], "127.0.0.1", "{program:?}");

    let free = |near: u16| {
        let answer = client.get(&format!("/api/ports/free?near={near}"));
        answer.json()["port"].as_u64().unwrap()
    };
    assert!(free(port) > u64::from(port));
    assert_ne!(free(listened), u64::from(listened));
    for wrong in ["near=0", "near=70000", "protocol=icmp"] {
        let answer = client.get(&format!("/api/ports/free?{wrong}"));
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
    }
    engine.docker(&["rm", "-f", &first, &second, &third]);
}
