//! Where a service is opened: what ports answer, what labels and the owner say.

use crate::support::app::{App, free_port};
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

fn addresses(client: &Client, name: &str) -> Vec<Value> {
    let list = client.get(&format!("/api/containers?q={name}")).json();
    let mut items = list["items"].as_array().into_iter().flatten();
    let found = items.find(|item| item["name"] == name);
    found
        .and_then(|item| item["addresses"].as_array().cloned())
        .unwrap_or_default()
}

/// In the host's network, so that its port is this host's.
fn serve(engine: &Engine, name: &str, port: u16, script: &str) {
    let expose = port.to_string();
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "host",
        "--expose",
        &expose,
        "--name",
        name,
        "bb:1",
        "sh",
        "-c",
        script,
    ]);
}

#[test]
fn port_that_speaks_http_is_offered_and_one_that_does_not_is_not() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let (web, other) = (engine.name("web"), engine.name("other"));
    let (port, wrong) = (free_port(), free_port());
    let greeting = format!("while :; do echo SSH-2.0-x | nc -l -p {wrong}; done");
    let page = format!("mkdir /w; echo hello > /w/index.html; exec httpd -f -p {port} -h /w");
    serve(engine, &other, wrong, &greeting);
    // It is asked again while nobody answers.
    serve(engine, &web, port, &format!("sleep 4; {page}"));
    let found = until("the port has answered", SOON, || {
        Some(addresses(&client, &web)).filter(|found| !found.is_empty())
    });
    assert_eq!(
        found,
        [json!({"source": "port", "port": port, "scheme": "http", "checked": true})]
    );
    assert!(addresses(&client, &other).is_empty());
    // A service that does not run cannot be opened.
    engine.docker(&["stop", "-t", "0", &web]);
    until("nothing is offered", SOON, || {
        addresses(&client, &web).is_empty().then_some(())
    });
}

#[test]
fn address_that_the_owner_sets_comes_first_is_kept_and_can_be_taken_back() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let rule = "traefik.http.routers.x.rule=Host(`cloud.example.org`)";
    let name = engine.run(&["--label", rule]);
    let first = |client: &Client| addresses(client, &name).first().map(|a| a["url"].clone());
    until("the label is read", SOON, || {
        (first(&client) == Some(json!("http://cloud.example.org/"))).then_some(())
    });
    let put = |url: &str| {
        client.json(
            "PUT",
            &format!("/api/containers/{name}"),
            &json!({"url": url}),
        )
    };
    for bad in [
        "javascript:alert(1)",
        "cloud.example.org",
        "https://u:p@example.org/",
    ] {
        let refused = put(bad);
        assert_eq!(refused.status, 400, "{bad}");
        assert_eq!(refused.json()["field"], "url");
    }
    let mine = "https://files.example.org/start";
    assert_eq!(put(mine).status, 200);
    assert_eq!(first(&client), Some(json!(mine)));
    app.stop();
    app.up();
    until("it is kept", SOON, || {
        (first(&client) == Some(json!(mine))).then_some(())
    });
    assert_eq!(put("").status, 200);
    assert_eq!(first(&client), Some(json!("http://cloud.example.org/")));
}
