//! Recreate of a container that needs what has been removed since, or that the
//! engine replaces with others only: refused beforehand.

use super::{known, succeeded};
use crate::api::create::{create, dev};
use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, is_podman};
use serde_json::{Value, json};

fn recreate(client: &Client, name: &str, query: &str, changes: &Value) -> Answer {
    let body = json!({"pull": "never", "stable_seconds": 0, "changes": changes});
    client.post(&format!("/api/containers/{name}/recreate{query}"), &body)
}

/// Plan and recreate are refused as the creation of the same container is.
#[track_caller]
fn refused_as_in_creation(client: &Client, name: &str, spec: &Value) {
    let expected = create(client, "pull=never&dry_run=true", spec);
    assert_eq!(expected.status, 400, "{}", expected.text());
    for query in ["?dry_run=true", ""] {
        let answer = recreate(client, name, query, &json!({}));
        assert_eq!(answer.status, 400, "{}", answer.text());
        let (ours, theirs) = (answer.json(), expected.json());
        assert_eq!(ours["error"], theirs["error"], "{ours}");
        assert_eq!(ours["field"], theirs["field"], "{ours}");
    }
}

#[test]
fn stopped_container_whose_network_was_removed_is_refused_until_it_is_given_another() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    dev(&client);
    let name = engine.name("m");
    let network = format!("{name}-net");
    engine.docker(&["network", "create", &network]);
    engine.docker(&["create", "--name", &name, "--network", &network, "bb:1"]);
    if is_podman() {
        // Podman removes no network that a container is on.
        return;
    }
    engine.docker(&["network", "rm", &network]);
    known(&client, engine, &name);
    let spec = json!({
        "image": "bb:1", "name": format!("{name}-two"), "networks": [{"name": network}],
    });
    refused_as_in_creation(&client, &name, &spec);
    let changes = json!({"networks": [], "network_mode": "none"});
    succeeded(&recreate(&client, &name, "", &changes));
}

#[test]
fn container_whose_partner_was_removed_is_refused() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    dev(&client);
    if is_podman() {
        // Podman removes no container that another one depends on.
        return;
    }
    for (option, field) in [("--network", "network_mode"), ("--pid", "pid")] {
        let name = engine.name("m");
        let partner = format!("{name}-partner");
        engine.docker(&["run", "-d", "--name", &partner, "bb:1"]);
        let mode = format!("container:{partner}");
        engine.docker(&["create", "--name", &name, option, &mode, "bb:1"]);
        engine.docker(&["rm", "-f", &partner]);
        known(&client, engine, &name);
        let mut spec = json!({"image": "bb:1", "name": format!("{name}-two")});
        spec[field] = json!(mode);
        crate::support::wait::until(
            "the partner is known to be gone",
            crate::support::wait::SOON,
            || (client.get(&format!("/api/containers/{partner}")).status == 404).then_some(()),
        );
        refused_as_in_creation(&client, &name, &spec);
    }
}

#[test]
fn member_of_a_pod_is_refused() {
    if !is_podman() {
        return;
    }
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("m");
    let pod = format!("{name}-pod");
    engine.ask("POST", "/v4.0.0/libpod/pods/create", &json!({"name": pod}));
    let member = json!({"name": name, "image": "bb:1", "pod": pod, "command": ["sleep", "1000"]});
    engine.ask("POST", "/v4.0.0/libpod/containers/create", &member);
    engine.docker(&["start", &name]);
    known(&client, engine, &name);
    for query in ["?dry_run=true", ""] {
        let answer = recreate(&client, &name, query, &json!({}));
        assert_eq!(answer.problem(), "orchestrated", "{}", answer.text());
        assert!(answer.text().contains(&pod), "{}", answer.text());
    }
    engine.ask(
        "DELETE",
        &format!("/v4.0.0/libpod/pods/{pod}?force=true"),
        &json!({}),
    );
}
